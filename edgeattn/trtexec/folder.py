"""A folder that a Jetson can run by itself: model files, inputs, and a script that calls trtexec.

    trt/  model_fp32.tensorrt.onnx  model_int8.tensorrt.onnx  x.bin  run.sh  plan.json

It needs neither EdgeAttn nor Python on the board. What trtexec writes stays in the folder, and
`edgeattn trtexec BUNDLE --read trt` reads it, here or there.
"""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

from edgeattn.trtexec.run import Run, input_file
from edgeattn.trtexec.settings import Settings
from edgeattn_runtime.bundle import Bundle, sha256_of
from edgeattn_runtime.errors import BadEnvironment, BadUsage, BrokenBundle

PLAN = "plan.json"
SCRIPT = "run.sh"
JETPACK = "/usr/src/tensorrt/bin/trtexec"  # where JetPack puts it, outside of PATH
HEAD = f"""\
#!/bin/sh
# Build and time with trtexec; everything stays in this folder. For steady times on a Jetson, first:
#   sudo nvpmodel -m 0 && sudo jetson_clocks
set -e
cd "$(dirname "$0")"
TRTEXEC=${{TRTEXEC:-$(command -v trtexec || echo {JETPACK})}}
"""


def write_folder(bundle: Bundle, runs: tuple[Run, ...], settings: Settings, folder: Path) -> Path:
    """Write the folder and return its script.

    Raises:
        BrokenBundle: A file was altered, or the golden vectors are missing.
        BadUsage: The folder is the bundle's own, or holds what is not of ours.
        BadEnvironment: The folder cannot be written.
    """
    if folder.resolve() == bundle.path.resolve():
        raise BadUsage(f"{folder} is the bundle itself; give --out another folder")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / PLAN).is_file():
        raise BadUsage(
            f"{folder} holds other files, which trtexec's would be mixed with; "
            "give --out a new folder"
        )
    ports = bundle.manifest.inputs
    inputs = bundle.golden().first(ports)
    lines = [HEAD]
    for run in runs:
        words = " ".join(map(shlex.quote, run.command(settings, [port.name for port in ports])))
        # Not through `tee`: a pipe would hide trtexec's exit code from `set -e`.
        lines.append(f'echo "{run.precision}: {run.file.name}"')
        log = run.export("log")
        lines.append(f'"$TRTEXEC" {words} > {log} 2>&1 || {{ tail -n 5 {log} >&2; exit 1; }}\n')
    plan = {
        "schema_version": 1,
        "warmup_ms": settings.warmup_ms,
        "tensorrt": settings.tensorrt,
        "files": {run.precision: run.file.sha256 for run in runs},
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for run in runs:
            shutil.copyfile(bundle.file_path(run.file), folder / run.file.name)
        for name, value in inputs.items():
            raw = value.astype(value.dtype.newbyteorder("<")).tobytes()
            (folder / input_file(name)).write_bytes(raw)
        (folder / PLAN).write_text(json.dumps(plan, indent=2) + "\n", encoding="utf-8")
        script = folder / SCRIPT
        script.write_text("\n".join(lines), encoding="utf-8")
        script.chmod(0o755)
    except OSError as error:
        raise BadEnvironment(
            f"cannot write {folder}: {error.strerror}; give another --out"
        ) from error
    for run in runs:
        found = sha256_of(folder / run.file.name)
        if found != run.file.sha256:
            raise BrokenBundle(
                f"{run.file.name} has sha256 {found[:12]}..., the manifest says "
                f"{run.file.sha256[:12]}...; copy the bundle again"
            )
    return script


def run_folder(folder: Path) -> None:
    """Run the script on this machine.

    Raises:
        BadEnvironment: There is no trtexec here, or it failed; the message holds its last error.
    """
    if shutil.which("trtexec") is None and not Path(JETPACK).is_file():
        raise BadEnvironment(
            f"there is no trtexec here, neither in PATH nor as {JETPACK}; copy {folder} to the "
            f"Jetson, run {SCRIPT} there, and read the folder with --read"
        )
    done = subprocess.run(["sh", str(folder / SCRIPT)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise BadEnvironment(f"trtexec ended with {done.returncode}: {last_error(folder)}")


def last_error(folder: Path) -> str:
    """Return the last line that trtexec marked as an error, in the newest log."""
    logs = sorted(folder.glob("*.log"), key=lambda path: path.stat().st_mtime)
    lines = logs[-1].read_text(encoding="utf-8", errors="replace").splitlines() if logs else []
    errors = [line for line in lines if "[E]" in line]
    return (errors or lines or ["it said nothing"])[-1].strip()


def read_plan(folder: Path) -> dict[str, Any]:
    """Return plan.json of a folder.

    Raises:
        BadUsage: It is no folder of ours.
    """
    try:
        plan = json.loads((folder / PLAN).read_text(encoding="utf-8"))
        if plan["schema_version"] != 1 or not isinstance(plan["files"], dict):
            raise ValueError(f"schema_version {plan['schema_version']!r}")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadUsage(
            f"{folder} has no readable {PLAN} ({error}); "
            "pass the folder that `edgeattn trtexec BUNDLE --out` made"
        ) from error
    return dict(plan)
