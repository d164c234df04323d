"""What the calibrated passes are worth: SQNR of the int8 simulation, with and without each.

python -m benchmarks.channel_scaling > docs/measurements/channel-scaling.md

The simulation computes what the engines do (house.md), so that no engine is needed and nothing is
timed: all three passes leave the operators as they are, but for one multiplication in a norm that
`smooth` touches.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor, nn

from benchmarks.peers.blocks import conv
from benchmarks.peers.models import SHAPES, images
from benchmarks.peers.models import built as built_shape
from benchmarks.peers.models import inputs as shape_inputs
from edgeattn_converters.calibrate import calibrate
from edgeattn_converters.capture import capture
from edgeattn_converters.passes import CALIBRATED, apply_passes
from edgeattn_converters.passes.channel_statistics import observe_channels
from edgeattn_converters.policies import POLICIES
from edgeattn_converters.program import Program
from edgeattn_converters.quantize import quantize
from edgeattn_converters.recipe import RECIPES

CALIBRATION, EVALUATION = 24, 16
VARIANTS = (("litert-xnnpack", "int8"), ("litert-xnnpack", "float"),
            ("onnxruntime-x86-vnni", "float"))  # fmt: skip
TRANSFORMERS = ("keyword", "bert", "swin")
Draw = Callable[[int, int], tuple[Tensor, ...]]  # count, seed -> inputs


def skewed(spread: float) -> nn.Module:
    """A MobileNet with ReLU whose BatchNorms scale channels by 10 ** (spread * normal)."""
    with torch.random.fork_rng():
        torch.manual_seed(0)

        def block(width: int, out: int, stride: int) -> nn.Sequential:
            wide = 4 * width
            return nn.Sequential(
                conv(width, wide, 1, activation=nn.ReLU),
                conv(wide, wide, 3, stride, wide, nn.ReLU),
                conv(wide, out, 1),
            )

        module = nn.Sequential(
            conv(3, 16, 3, 2, activation=nn.ReLU),
            block(16, 24, 2), block(24, 32, 2), block(32, 64, 1),
            conv(64, 128, 1, activation=nn.ReLU),
            nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(128, 10),
        )  # fmt: skip
        x = images(96)(4, torch.Generator().manual_seed(0))["input"]
        with torch.no_grad():
            for _ in range(10):
                module(x)
            for part in module.modules():
                if isinstance(part, nn.BatchNorm2d):
                    part.weight.mul_(10 ** (spread * torch.randn(len(part.weight))))
                    part.bias.add_(0.1 * torch.randn(len(part.bias)) * part.weight)
    return module.eval()


def models() -> dict[str, tuple[nn.Module, Draw]]:
    """Return the models with what draws their samples."""

    def photos(count: int, seed: int) -> tuple[Tensor, ...]:
        split = gestures["train" if seed == 1 else "test"]
        order = torch.randperm(len(split), generator=torch.Generator().manual_seed(seed))
        return (split[order[:count]],)

    def shape(name: str) -> Draw:
        return lambda count, seed: tuple(shape_inputs(name, count, seed).values())

    def drawn(count: int, seed: int) -> tuple[Tensor, ...]:
        return (images(96)(count, torch.Generator().manual_seed(seed))["input"],)

    from edgeattn.data.gestures import load_gestures
    from edgeattn.sources.zoo import load_from_zoo

    gestures = {
        split: torch.from_numpy(next(iter(load_gestures(split).x.values())).copy())
        for split in ("train", "test")
    }
    found: dict[str, tuple[nn.Module, Draw]] = {
        "gesture-hybrid, trained": (load_from_zoo("gesture-hybrid").module, photos)
    }
    found |= {SHAPES[name].title: (built_shape(name), shape(name)) for name in TRANSFORMERS}
    found |= {f"MobileNet, spread {spread}": (skewed(spread), drawn) for spread in (0.0, 0.25, 0.5)}
    return found


def sqnr(program: Program, calibration: list[tuple[Tensor, ...]],
         judged: list[tuple[Tensor, ...]], truth: Tensor) -> list[float]:  # fmt: skip
    """Return the SQNR in dB of each of VARIANTS."""
    ranges = calibrate(program, calibration)
    found = []
    for name, core in VARIANTS:
        policy, exact = POLICIES[name], program
        for form in policy.int8_form:
            exact = form(exact)
        recipe = replace(RECIPES["int8"], core=core, linears="static")
        simulation = quantize(exact, ranges, recipe, policy).program
        error = torch.cat([simulation(*sample)[0] for sample in judged]) - truth
        found.append(float(10 * torch.log10(truth.square().sum() / error.square().sum())))
    return found


def rows(title: str, module: nn.Module, draw: Draw) -> list[str]:
    """Return a model's lines of the table."""
    calibration, judged = (
        [tuple(part[i : i + 1] for part in draw(count, seed)) for i in range(count)]
        for count, seed in ((CALIBRATION, 1), (EVALUATION, 2))
    )
    program = apply_passes(capture(module, calibration[0], name="model"))
    truth = torch.cat([program(*sample)[0] for sample in judged])
    plain = sqnr(program, calibration, judged, truth)
    lines = [f"| {title} | none | " + " | ".join(f"{db:.1f} dB" for db in plain) + " |"]
    statistics = observe_channels(program, calibration)
    for name, rewrite in CALIBRATED.items():
        changed = rewrite(program, statistics)
        if str(changed.graph) == str(program.graph):
            continue  # nothing here for this pass
        gains = (
            after - before
            for after, before in zip(sqnr(changed, calibration, judged, truth), plain, strict=True)
        )
        lines.append(f"| | {name} | " + " | ".join(f"{gain:+.1f}" for gain in gains) + " |")
    return lines


def main() -> None:
    """Print the page."""
    torch.set_num_threads(1)
    head = " | ".join(f"{name}, core {core}" for name, core in VARIANTS)
    lines = [
        "# What scaling and centring channels is worth", "",
        f"SQNR of the int8 simulation against float on {EVALUATION} samples, weights per channel, "
        f"ranges from {CALIBRATION} others; below each model what one pass alone adds to it. "
        "Models without `trained` have random weights (benchmarks/peers/models.py); `MobileNet` "
        "has channel scales of 10 ** (spread * normal).", "",
        "    python -m benchmarks.channel_scaling > docs/measurements/channel-scaling.md", "",
        f"| model | pass | {head} |", "|---|---|" + "---|" * len(VARIANTS),
    ]  # fmt: skip
    for title, (module, draw) in models().items():
        lines += rows(title, module, draw)
        sys.stderr.write(f"{title}\n")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
