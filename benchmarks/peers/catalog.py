"""Every tool of the bench, its recipes, and the engine that runs what it makes.

The ONNX and TFLite files all run in one process per engine, with EdgeAttn's pinned ONNX Runtime
and LiteRT, so that a ratio there speaks of the file alone. OpenVINO, ExecuTorch and PyTorch are
engines of their own and run in their tool's environment.
"""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.peers import environments
from benchmarks.peers.environments import Environment

ORT, LITERT = "ONNX Runtime", "LiteRT"
OPENVINO, EXECUTORCH, PYTORCH = "OpenVINO", "ExecuTorch", "PyTorch"


@dataclass(frozen=True)
class Engine:
    """What runs files.

    Attributes:
        module: Its file in benchmarks/peers/engines.
        environment: Where it is installed; None is EdgeAttn's own environment.
    """

    module: str
    environment: Environment | None = None


ENGINES = {
    ORT: Engine("onnx_runtime"),
    LITERT: Engine("litert"),
    OPENVINO: Engine("openvino_runtime", environments.OPENVINO),
    EXECUTORCH: Engine("executorch_runtime", environments.EXECUTORCH),
    PYTORCH: Engine("pytorch", environments.TORCHAO),
}


@dataclass(frozen=True)
class Recipe:
    """One way to make a file.

    Attributes:
        name: What the tool's file calls it.
        title: For tables.
        engine: Who runs the result.
        precision: "fp32" or "int8".
        stock: Whether this is the static recipe that the engine's own documentation gives.
    """

    name: str
    title: str
    engine: str
    precision: str = "int8"
    stock: bool = False


@dataclass(frozen=True)
class Peer:
    """A tool.

    Attributes:
        name: As `--peers` takes it.
        module: Its file in benchmarks/peers/tools.
        environment: Where it runs; None is EdgeAttn's own environment.
        recipes: What it makes.
        timeout_s: For all recipes of one model.
    """

    name: str
    module: str
    environment: Environment | None
    recipes: tuple[Recipe, ...]
    timeout_s: float = 1800.0


EDGEATTN = Peer(
    "edgeattn",
    "edgeattn_bundle",
    None,
    tuple(
        Recipe(f"{format} {name}", f"EdgeAttn {words}", engine, precision)
        for format, engine in (("onnx", ORT), ("tflite", LITERT))
        for name, words, precision in (
            ("fp32", "fp32", "fp32"),
            ("int8", "int8, recommended", "int8"),
            ("int8-core", "int8, QK' and PV in int8", "int8"),
        )
    ),
)

PEERS = (
    EDGEATTN,
    Peer(
        "onnxruntime", "onnx_runtime", environments.ONNXRUNTIME,
        (
            Recipe("float", "torch.onnx.export", ORT, "fp32"),
            Recipe("static", "quantize_static()", ORT, stock=True),
            Recipe("static-channel", "quantize_static(per_channel=True)", ORT),
            Recipe("static-prepared", "quant_pre_process, quantize_static(per_channel=True)", ORT),
            Recipe("dynamic", "quantize_dynamic()", ORT),
        ),
    ),
    Peer(
        "onnxsim", "onnx_attention", environments.ONNXRUNTIME,
        (
            Recipe("fused", "onnxsim, transformers.optimizer", ORT, "fp32"),
            Recipe("fused-dynamic", "onnxsim, transformers.optimizer, quantize_dynamic()", ORT),
            Recipe("fused-static", "onnxsim, transformers.optimizer, quantize_static()", ORT),
        ),
    ),
    Peer(
        "optimum", "optimum_presets", environments.OPTIMUM,
        (
            Recipe("vnni-static", "Optimum avx512_vnni(is_static=True)", ORT),
            Recipe("vnni-dynamic", "Optimum avx512_vnni(is_static=False)", ORT),
            Recipe("arm64-static", "Optimum arm64(is_static=True)", ORT),
            Recipe("arm64-dynamic", "Optimum arm64(is_static=False)", ORT),
        ),
    ),
    Peer(
        "olive", "olive_passes", environments.OLIVE,
        (
            Recipe("static", "Olive OnnxStaticQuantization", ORT),
            Recipe("dynamic", "Olive OnnxDynamicQuantization", ORT),
        ),
    ),
    Peer(
        "litert", "litert", environments.LITERT,
        (
            Recipe("float", "litert-torch", LITERT, "fp32"),
            Recipe("static", "ai-edge-quantizer static_wi8_ai8()", LITERT, stock=True),
            Recipe("dynamic", "ai-edge-quantizer dynamic_wi8_afp32()", LITERT),
        ),
    ),
    Peer(
        "onnx2tf", "onnx2tf_files", environments.ONNX2TF,
        (
            Recipe("float", "onnx2tf", LITERT, "fp32"),
            Recipe("integer", "onnx2tf -oiqt, integer", LITERT),
            Recipe("dynamic", "onnx2tf -oiqt, dynamic range", LITERT),
        ),
    ),
    Peer(
        "openvino", "openvino_nncf", environments.OPENVINO,
        (
            Recipe("float", "OpenVINO", OPENVINO, "fp32"),
            Recipe("transformer", "NNCF quantize(model_type=TRANSFORMER)", OPENVINO, stock=True),
            Recipe("default", "NNCF quantize()", OPENVINO),
        ),
    ),
    Peer(
        "executorch", "executorch_xnnpack", environments.EXECUTORCH,
        (
            Recipe("float", "ExecuTorch XNNPACK", EXECUTORCH, "fp32"),
            Recipe("static", "XNNPACKQuantizer PT2E, per channel", EXECUTORCH, stock=True),
            Recipe("dynamic", "XNNPACKQuantizer PT2E, dynamic", EXECUTORCH),
        ),
    ),
    Peer(
        "torchao", "torchao_int8", environments.TORCHAO,
        (
            Recipe("eager", "PyTorch eager", PYTORCH, "fp32"),
            Recipe("compiled", "PyTorch compiled (AOTInductor)", PYTORCH, "fp32"),
            Recipe("dynamic", "torchao Int8DynamicActivationInt8Weight, eager", PYTORCH),
            Recipe("dynamic-compiled", "torchao Int8DynamicActivation..., compiled", PYTORCH),
            Recipe("pt2e", "torchao X86InductorQuantizer PT2E, compiled", PYTORCH, stock=True),
        ),
        timeout_s=3600.0,
    ),
)  # fmt: skip
