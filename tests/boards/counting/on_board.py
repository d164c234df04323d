"""Run inferences between marks that the emulator counts: the board's side of `instructions`.

    on_board.py MODEL...      every model: 2 warm-ups, then 3 times each way of running it

Ways, in the order of their marks: the runtime's `invoke`, the runtime's `run`, the bare engine.
"""

from __future__ import annotations

import ctypes
import sys
from pathlib import Path

import numpy as np

from edgeattn_runtime.session import open_session

MARK = 0x7E57
WARMUPS, RUNS = 2, 3
WAYS = ("invoke", "run", "bare")

libc = ctypes.CDLL(None)


def mark(number):
    libc.syscall(ctypes.c_long(MARK), ctypes.c_long(number))


def bare_onnx(path, inputs):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return lambda: session.run(None, inputs)


def bare_tflite(path, inputs):
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_path=path, num_threads=1)
    interpreter.allocate_tensors()
    places = [one["index"] for one in interpreter.get_input_details()]
    results = [one["index"] for one in interpreter.get_output_details()]

    def run():
        for place, value in zip(places, inputs.values(), strict=True):
            interpreter.set_tensor(place, value)
        interpreter.invoke()
        return [interpreter.get_tensor(place) for place in results]

    return run


def main():
    number = 0
    for name in sys.argv[1:]:
        session = open_session(Path(name), threads=1)
        random = np.random.default_rng(0)
        inputs = {
            port.name: random.random(port.shape).astype(port.dtype) for port in session.inputs
        }
        session.bind(inputs)
        bare = (bare_onnx if name.endswith(".onnx") else bare_tflite)(name, inputs)
        for run in (session.invoke, lambda: session.run(inputs), bare):  # noqa: B023
            for _ in range(WARMUPS):
                run()
            mark(number)
            for _ in range(RUNS):
                run()
                number += 1
                mark(number)
            number += 1


if __name__ == "__main__":
    main()
