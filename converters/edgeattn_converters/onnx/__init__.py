"""Program -> ONNX, through torch.onnx, with ONNX Runtime's own operators where they win."""
