"""A bundle -> a kit for one target, written whole or not at all."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from edgeattn import __version__
from edgeattn.embed.coreml import PACKAGE, CoreMl, coreml_of
from edgeattn.embed.kit import Kit, kit_of
from edgeattn.embed.library import library_note
from edgeattn.embed.place import check_free, place
from edgeattn.embed.resizing import resized_cases
from edgeattn.embed.source import remark, render
from edgeattn_runtime.bundle import Bundle
from edgeattn_runtime.errors import BadUsage

TARGETS = ("android", "cpp", "ios", "web")


@dataclass(frozen=True)
class Embedded:
    """What was written.

    Attributes:
        folder: Where.
        kit: Of what.
        files: Bytes by path below the folder.
        coreml: The Core ML model among them, where one was asked for.
        library: What its files lose without edgeattn-kernels, where they were measured with it.
    """

    folder: Path
    kit: Kit
    files: Mapping[str, int]
    coreml: CoreMl | None = None
    library: str | None = None

    @property
    def bytes(self) -> int:
        """All files together."""
        return sum(self.files.values())


def embed(
    bundle: Bundle,
    target: str,
    out: Path,
    *,
    name: str | None = None,
    force: bool = False,
    coreml: bool = False,
) -> Embedded:
    """Write the source code that takes a bundle into an app.

    Args:
        bundle: Opened.
        target: One of `TARGETS`.
        out: The folder to make.
        name: Of the class and the package, instead of the bundle's.
        force: Replace a kit that is there.
        coreml: Add a Core ML model, for iOS; needs coremltools.

    Raises:
        BadUsage: The bundle does not suit the target, or the folder is somebody's.
        BrokenBundle: The bundle is damaged.
        BadEnvironment: The folder cannot be written.
    """
    if coreml and target != "ios":
        raise BadUsage(
            f"a Core ML model runs on Apple's systems, not on {target}; leave --coreml out"
        )
    check_free(out, force=force)
    module = _generator(target)
    prefer = getattr(module, "PREFERRED", ())
    kit = kit_of(bundle, name=name, formats=module.FORMATS, prefer=prefer)
    size = kit.photo_size if kit.kind == "photo" else None
    resized = () if size is None else resized_cases(*size)
    apple = coreml_of(bundle, kit) if coreml else None
    library = library_note(bundle, kit)
    facts: dict[str, Any] = {
        "version": __version__,
        "library": library,
        "summary": summary(kit),
        "resized": resized,
        "coreml": apple,
        **module.facts(kit),
    }
    files = render(target, kit, facts)
    files |= {f"model/{file}": content for file, content in kit.contents.items()}
    files["model/manifest.json"] = (bundle.path / "manifest.json").read_bytes()
    files |= {f"golden/{file}": content for file, content in kit.vectors.files().items()}
    for case in resized:
        files |= {f"golden/{one.file}": one.content for one in (case.photo, case.fitting)}
    if apple is not None:
        files |= {f"model/{PACKAGE}/{file}": content for file, content in apple.files.items()}
        files |= {f"golden/{file}": content for file, content in apple.expected.items()}
    if hasattr(module, "arrange"):  # the target has places of its own for them
        files = module.arrange(kit, files)
    place(files, out, force=force)
    sizes = {name: len(content) for name, content in files.items()}
    return Embedded(out, kit, sizes, apple, library)


def summary(kit: Kit) -> str:
    """Return what the model does, in a sentence."""
    what = {
        "photo": "Tells photos apart",
        "text": "Tells texts apart",
        "sound": "Tells sounds apart",
        "numbers": "Tells samples apart",
    }.get(kit.kind)
    if what is None:
        return f"Runs {remark(kit.manifest.name)}."
    labels = kit.labels
    shown = ", ".join(map(remark, labels[:4])) + (" and so on" if len(labels) > 4 else "")
    return f"{what}, {len(labels)} classes: {shown}."


def _generator(target: str) -> ModuleType:
    return importlib.import_module(f"edgeattn.embed.{target}")
