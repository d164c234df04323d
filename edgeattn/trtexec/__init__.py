"""TensorRT without ONNX Runtime: what `trtexec`, which every Jetson has, is told and answers."""
