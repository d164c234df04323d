"""What engines make of a roof: fitted on one x86 machine, assumed elsewhere, and bounded on ARM.

Shares: docs/measurements/roofline.md, seven models on one machine, one thread, where the compute
roofs are a measured float32 matrix product and, with VNNI, four times that. That ARM kernels reach
the same shares of a roof counted in cycles is an assumption that no board has checked.

Ratios: instructions of int8 over float32, counted under QEMU in one ViT block of width 192; at
width 64 they are 1.22 on Cortex-A72 and 0.88 on Cortex-A76. An int8 file is never estimated to gain
more than its instructions do.
"""

from __future__ import annotations

from edgeattn.devices.profile import Profile
from edgeattn.devices.roofline import Efficiency

EFFICIENCIES: dict[tuple[str, str], Efficiency] = {
    ("onnxruntime", "fp32"): Efficiency(0.67, 0.74),
    ("onnxruntime", "int8"): Efficiency(0.56, 0.46),
    ("ai-edge-litert", "fp32"): Efficiency(0.61, 1.36),
    ("ai-edge-litert", "int8"): Efficiency(0.74, 0.74),
}
"""By engine and precision of the file."""

WORST_OFF = 1.59
"""How many times too long or too short the worst of 28 estimates was, on that machine."""

SOURCE = "docs/measurements/roofline.md: fitted on one x86 machine, unchecked on ARM"


INT8_OVER_FP32 = {"arm64": 0.95, "arm64-dotprod": 0.52, "i8mm": 0.44}
"""Instructions of int8 over float32 by class of CPU: Cortex-A72, Cortex-A76, and with i8mm."""


def efficiency_of(engine: str, precision: str) -> Efficiency:
    """Return what an engine makes of a roof; tflite-runtime has LiteRT's kernels."""
    name = "ai-edge-litert" if engine == "tflite-runtime" else engine
    return EFFICIENCIES[name, precision]


def least_int8_over_fp32(profile: Profile) -> float:
    """Return the least share of the float32 time that int8 is estimated at; 0 sets no bound."""
    key = "i8mm" if "i8mm" in profile.features else profile.cpu_class
    return INT8_OVER_FP32.get(key, 0.0)
