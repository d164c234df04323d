"""ONNX Runtime on an accelerator: make it available, open the session there, see what ran there.

Left alone, ONNX Runtime prints a warning, or nothing, and opens the session on the CPU: when the
provider is not built in, when its libraries are missing, when there is no GPU. Here each of them
is an error with its reason.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import os
import re
import shutil
import tempfile
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edgeattn_runtime.errors import BadEnvironment, BrokenModel, EdgeattnError, GateFailed
from edgeattn_runtime.placement import Placement, from_profile, software_driver
from edgeattn_runtime.providers import Provider, WebGpu
from edgeattn_runtime.providers.webgpu import PREFIX, SOFTWARE
from edgeattn_runtime.quiet import heard_engine

if TYPE_CHECKING:
    from edgeattn_runtime.array_types import Arrays

CPU = "CPUExecutionProvider"
PLUGIN = "onnxruntime_ep_webgpu"

# What in the engine's words says why a provider did not start, the most telling first.
REASONS = (
    re.compile(r"[\w+.-]+\.so[\w.]*: cannot open shared object file"),
    re.compile(r"Failed to get a WebGPU adapter[^\n]*"),
    re.compile(r"(?:CUDA failure|CUDA error|no CUDA-capable device)[^\n]*"),
    re.compile(r"Please install TensorRT libraries"),
)
STALE = re.compile(r"deserialize|engine cache|Serialization", re.IGNORECASE)


def open_there(
    onnxruntime: Any, model: Path | bytes, options: Any, provider: Provider, name: str
) -> Any:
    """Return an InferenceSession on a provider, its profiler running for `placement_of`.

    Raises:
        BadEnvironment: The provider is not built in, or there is nothing for it to run on.
        GateFailed: ONNX Runtime fell back to the CPU.
        BrokenModel: The provider started and refused the file.
    """
    provider.prepare()
    options.enable_profiling = True
    folder = tempfile.mkdtemp(prefix="edgeattn-profile-")
    options.profile_file_prefix = os.path.join(folder, "nodes")
    source = os.fspath(model) if isinstance(model, Path) else model
    said: list[bytes] = []
    try:
        with heard_engine(said):
            settings = _settings(onnxruntime, options, provider)
            session = onnxruntime.InferenceSession(source, options, enable_fallback=0, **settings)
    except Exception as error:  # its errors share no base class but Exception
        shutil.rmtree(folder, ignore_errors=True)
        if isinstance(error, EdgeattnError):
            raise
        raise _refusal(str(error), said, provider, name) from error
    # A session that never comes to its first run leaves no folder behind, either.
    weakref.finalize(session, shutil.rmtree, folder, True)
    actual = session.get_providers()[0]
    if actual != provider.requested:
        placement_of(session, {}, provider)  # ends the profile
        raise GateFailed(
            f"{provider.requested} was asked for and {name} was opened on {actual}"
            f"{_because(said)}; {provider.package} brings it"
        )
    return session


def placement_of(session: Any, inputs: Arrays, provider: Provider) -> Placement:
    """Return where one inference runs, and end the profile; later runs cost nothing more."""
    said: list[bytes] = []
    with heard_engine(said):
        if inputs:
            session.run(None, inputs)
        path = Path(session.end_profiling())
    try:
        events = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadEnvironment(
            f"the profile that says where operators ran cannot be read: {error}; make room in "
            f"{path.parent.parent}"
        ) from error
    path.unlink()
    path.parent.rmdir()
    software = software_driver() or (
        isinstance(provider, WebGpu) and os.environ.get(SOFTWARE) == "1"
    )
    return from_profile(events, provider.requested, software=software)


def version_of(onnxruntime: Any, provider: Provider) -> str:
    """Return the versions of engine and plugin, for reports."""
    version = str(onnxruntime.__version__)
    if not _by_plugin(provider):
        return version
    name = PLUGIN.replace("_", "-")
    return f"{version} with {name} {importlib.metadata.version(name)}"


def _settings(onnxruntime: Any, options: Any, provider: Provider) -> dict[str, Any]:
    """Return the arguments that name the provider, after making it available."""
    chosen = provider.engine_options()
    if isinstance(provider, WebGpu):
        for key, value in chosen.items():  # read from here by both the plugin and the build
            options.add_session_config_entry(PREFIX + key, value)
        if _by_plugin(provider):
            options.add_provider_for_devices([_device(onnxruntime, provider)], {})
            return {}
    if provider.requested not in _built_in(onnxruntime):
        raise _not_built_in(onnxruntime, provider)
    return {"providers": [(provider.requested, chosen), CPU]}


def _by_plugin(provider: Provider) -> bool:
    """Tell whether a plugin brings it; once registered it is listed like those built in."""
    return isinstance(provider, WebGpu) and importlib.util.find_spec(PLUGIN) is not None


def _built_in(onnxruntime: Any) -> list[str]:
    found: list[str] = onnxruntime.get_available_providers()
    return found


def _device(onnxruntime: Any, provider: WebGpu) -> Any:
    """Return the plugin's device, registering the plugin once."""
    import onnxruntime_ep_webgpu  # type: ignore[import-not-found, import-untyped, unused-ignore]

    found = _devices(onnxruntime, provider)
    if not found:
        try:
            onnxruntime.register_execution_provider_library(
                provider.name, onnxruntime_ep_webgpu.get_library_path()
            )
        except Exception as error:
            raise BadEnvironment(
                f"onnxruntime {onnxruntime.__version__} and the WebGPU plugin do not fit: "
                f"{_first_line(str(error))}; {provider.package} brings a pair that does"
            ) from error
        found = _devices(onnxruntime, provider)
    if not found:
        # A plugin that found nothing is let go, so that a later session may find something.
        onnxruntime.unregister_execution_provider_library(provider.name)
        raise BadEnvironment(
            "the WebGPU plugin finds no GPU on this machine; install the GPU's Vulkan driver, or "
            "say --engine webgpu:software=yes to take a software one (its times are no GPU's)"
        )
    return found[0]


def _devices(onnxruntime: Any, provider: Provider) -> list[Any]:
    return [one for one in onnxruntime.get_ep_devices() if one.ep_name == provider.requested]


def _not_built_in(onnxruntime: Any, provider: Provider) -> BadEnvironment:
    held = ", ".join(_built_in(onnxruntime))
    return BadEnvironment(
        f"onnxruntime {onnxruntime.__version__} here has no {provider.requested} (it has {held}): "
        f"{provider.package} brings it"
    )


def _refusal(
    message: str, said: list[bytes], provider: Provider, name: str
) -> BadEnvironment | BrokenModel:
    """Return the error for a session that did not open."""
    told = message + "\n" + b"".join(said).decode("utf-8", "replace")
    cache = getattr(provider, "cache", None)
    if cache is not None and STALE.search(told):
        return BadEnvironment(
            f"TensorRT cannot use the engines in {cache}, which another version or GPU built "
            f"({_first_line(message)}); remove that folder, or name another one with cache=PATH"
        )
    for reason in REASONS:
        found = reason.search(told)
        if found:
            return BadEnvironment(
                f"{provider.requested} does not start here: {found.group().strip()}; install what "
                "is missing (`edgeattn doctor` lists GPUs and drivers), or take the CPU"
            )
    return BrokenModel(
        f"{provider.requested} cannot open {name}: {_first_line(message)}; convert the model for "
        f"{provider.target or provider.name}, or take the CPU"
    )


def _because(said: list[bytes]) -> str:
    told = b"".join(said).decode("utf-8", "replace")
    for reason in REASONS:
        found = reason.search(told)
        if found:
            return f", because {found.group().strip()}"
    return ""


def _first_line(text: str) -> str:
    return text.strip().splitlines()[0] if text.strip() else "no reason given"
