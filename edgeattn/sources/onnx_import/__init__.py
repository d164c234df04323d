"""ONNX -> PyTorch: constants are computed, the rest is recorded as a `torch.fx` graph.

reading.py       the file: sizes, external data, checker, model-local functions
refusals.py      what is refused before any work: old opsets, int8 models, unknown operators
graph.py         the walk over the nodes
recorder.py      call a PyTorch function now (constants) or later (the graph)
operation.py     one ONNX node as the operator files see it
operators.py     the table; one file per group of operators beside it
fuse_*.py        put back together what exporters took apart
"""
