"""What 8-bit weights do on x86 without VNNI, and what 7-bit weights save.

    python benchmarks/without_vnni.py [--emulator qemu-x86_64-static]

Quantises the gesture model by both x86 policies, then runs both files twice: on this CPU and under
QEMU's user-mode emulation of a Haswell, which has AVX2 and no VNNI. Numbers only, no times.
Needs Debian's qemu-user-static. Writes docs/measurements/without-vnni.md.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
POLICY_NAMES = ("onnxruntime-x86-vnni", "onnxruntime-x86")
PHOTOS = 32


def write_models(folder: Path) -> None:
    """Write one ONNX file and its expected outputs for each policy."""
    import torch

    from edgeattn.data.load import load_data
    from edgeattn.sources import load_model
    from edgeattn_converters.bias_correction import SAMPLES, correct_bias
    from edgeattn_converters.calibrate import calibrate
    from edgeattn_converters.capture import capture
    from edgeattn_converters.evidence import by_port, samples_of, simulate
    from edgeattn_converters.onnx.lower import lower
    from edgeattn_converters.passes import apply_passes
    from edgeattn_converters.policies import POLICIES
    from edgeattn_converters.quantize import quantize
    from edgeattn_converters.recipe import RECIPES

    torch.set_num_threads(1)
    loaded = load_model("gesture-hybrid")
    assert loaded.example_inputs is not None
    program = apply_passes(capture(loaded.module, loaded.example_inputs, name=loaded.name))
    train = load_data("gestures", split="train", samples=256)
    samples = list(samples_of(program, by_port(program, train.x)))
    ranges = calibrate(program, samples)
    x = by_port(program, load_data("gestures", split="test", samples=PHOTOS).x)
    exact = simulate(program, x)["output"]
    for name in POLICY_NAMES:
        form = program
        for rewrite in POLICIES[name].int8_form:
            form = rewrite(form)
        quantised = quantize(form, ranges, RECIPES["int8-float-core"], POLICIES[name]).program
        quantised = correct_bias(form, quantised, samples[:SAMPLES])
        (folder / f"{name}.onnx").write_bytes(lower(quantised))
        promised = simulate(quantised, x)["output"]
        np.savez(folder / f"{name}.npz", x=next(iter(x.values())), promised=promised, exact=exact)


def run_models(folder: Path) -> dict[str, dict[str, float]]:
    """Run both files on the CPU this process sees."""
    import onnxruntime  # type: ignore[import-untyped]

    from edgeattn_runtime.accuracy import agreement, sqnr_db

    found = {}
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    for name in POLICY_NAMES:
        with np.load(folder / f"{name}.npz") as arrays:
            x, promised, exact = arrays["x"], arrays["promised"], arrays["exact"]
        session = onnxruntime.InferenceSession(
            str(folder / f"{name}.onnx"), options, providers=["CPUExecutionProvider"]
        )
        port = session.get_inputs()[0].name
        answers = [session.run(None, {port: photo[None]})[0] for photo in x]
        outputs = np.concatenate(answers)
        found[name] = {
            "engine against simulation": sqnr_db(promised, outputs),
            "engine against float": sqnr_db(exact, outputs),
            "agreement": agreement(exact, outputs),
        }
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--emulator", default="qemu-x86_64-static")
    parser.add_argument("--only-run", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.only_run is not None:
        print(json.dumps(run_models(options.only_run)))
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_models(folder)
        paths = [ROOT, ROOT / "converters", ROOT / "runtime", sysconfig.get_paths()["purelib"]]
        command = [
            options.emulator, "-cpu", "Haswell", os.path.realpath(sys.executable), __file__,
            "--only-run", name,
        ]  # fmt: skip
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(map(str, paths)),
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
            "ORT_DISABLE_TELEMETRY": "1",
        }
        haswell = json.loads(
            subprocess.run(
                command, env=environment, stdout=subprocess.PIPE, check=True, text=True
            ).stdout
        )
        here = run_models(folder)
    lines = [
        "# x86 without VNNI",
        "",
        f"gesture-hybrid, {PHOTOS} test photos, ONNX Runtime; Haswell is emulated by QEMU.",
        "Made by `python benchmarks/without_vnni.py`.",
        "",
        "| policy | CPU | engine against simulation | engine against float | top-1 agreement |",
        "|---|---|---|---|---|",
    ]
    for policy in POLICY_NAMES:
        for cpu, found in (("this machine", here), ("Haswell, emulated", haswell)):
            row = found[policy]
            lines.append(
                f"| {policy} | {cpu} | {row['engine against simulation']:.1f} dB | "
                f"{row['engine against float']:.1f} dB | {row['agreement']:.1%} |"
            )
    text = "\n".join(lines) + "\n"
    (ROOT / "docs" / "measurements" / "without-vnni.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
