"""A bundle: the folder that carries a converted model to a device.

    bundle = open_bundle("bundle")
    session = bundle.session(precision="int8", engine="onnx")
    session.run({"image": image})

Nothing in a bundle is trusted: names stay inside the folder, a file is hashed before an engine
sees it, arrays are read without pickles.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from edgeattn_runtime.errors import BadData, BadUsage, BrokenBundle
from edgeattn_runtime.manifest import SCHEMA_VERSION, Manifest, Recommendation
from edgeattn_runtime.model_file import ModelFile, PrecisionAudit
from edgeattn_runtime.preprocessing import numpy_steps, preprocess
from edgeattn_runtime.providers import is_accelerator
from edgeattn_runtime.samples import Golden, Samples
from edgeattn_runtime.session import (
    ENGINES,
    FORMATS,
    Session,
    format_of_engine,
    is_installed,
    missing,
    open_session,
)

__all__ = [
    "SCHEMA_VERSION",
    "Bundle",
    "Manifest",
    "ModelFile",
    "PrecisionAudit",
    "Recommendation",
    "open_bundle",
    "sha256_of",
]

LARGEST_MANIFEST_BYTES = 4 << 20


def open_bundle(path: Path | str) -> Bundle:
    """Open a bundle and check that it holds what it says; no engine is loaded yet.

    Sizes are compared here, hashes when a file is opened.

    Raises:
        BrokenBundle: No folder, no manifest, an unknown schema, a missing or altered file.
    """
    path = Path(path)
    if path.is_file():
        raise BrokenBundle(
            f"{path} is a file; pass the bundle's folder (an archive wants unpacking first), "
            f"such as {path.parent}"
        )
    if not path.is_dir():
        raise BrokenBundle(
            f"there is no bundle folder {path}; `edgeattn convert MODEL --out {path}` makes one"
        )
    manifest_path = path / "manifest.json"
    if not manifest_path.is_file():
        raise BrokenBundle(
            f"{path} has no manifest.json, so it is no bundle; "
            "pass the folder that `edgeattn convert --out` wrote"
        )
    if manifest_path.stat().st_size > LARGEST_MANIFEST_BYTES:
        raise BrokenBundle(
            f"manifest.json has {manifest_path.stat().st_size / 1e6:.0f} MB, the limit is "
            f"{LARGEST_MANIFEST_BYTES / 1e6:.0f}; this is no bundle of ours"
        )
    try:
        text = manifest_path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BrokenBundle(f"manifest.json cannot be read: {error}") from error
    bundle = Bundle(path, Manifest.loads(text))
    present = [file for file in bundle.manifest.files if (path / file.name).exists()]
    if not present:
        names = ", ".join(file.name for file in bundle.manifest.files)
        raise BrokenBundle(f"{path} holds none of its model files ({names}); copy it again")
    for file in present:
        bundle.file_path(file)
    return bundle


@dataclass(frozen=True)
class Bundle:
    """An opened bundle.

    Attributes:
        path: The folder.
        manifest: What it holds.
    """

    path: Path
    manifest: Manifest

    def session(
        self, precision: str | None = None, engine: str | None = None, threads: int = 1
    ) -> Session:
        """Verify and open one model file; see `choose` for what is picked.

        Raises:
            BrokenBundle: The file was altered.
            BadUsage: The bundle has no such file.
            BadEnvironment: No engine for it is installed.
        """
        file = self.choose(precision, engine)
        named = engine in ENGINES or is_accelerator(engine)
        return self.open(file, engine=engine if named else None, threads=threads)

    def choose(self, precision: str | None = None, engine: str | None = None) -> ModelFile:
        """Return the file to take.

        Args:
            precision: "int8", "fp32", ...; None takes what the manifest recommends.
            engine: "onnx", "tflite", an engine's or an accelerator's name; None takes one that is
                installed.
        """
        if engine is not None and is_accelerator(engine):
            return self._choose_for_accelerator(precision, engine)
        formats = tuple(FORMATS) if engine is None else (format_of_engine(engine),)
        files = [file for file in self.present() if file.format in formats]
        if precision is not None:
            files = [file for file in files if file.precision == precision]
        if not files:
            held = ", ".join(f"{file.precision} {file.format}" for file in self.present())
            asked = " ".join(word for word in (precision, engine) if word)
            raise BadUsage(f"the bundle has no {asked} file; it has {held}")
        recommended = {choice.file for choice in self.manifest.recommended.values()}
        # The recommended one of each format first, in the manifest's order; then as listed; what is
        # made for an engine that this package does not run comes last.
        files.sort(key=lambda file: (file.target is not None, file.name not in recommended))
        for file in files:
            if engine in ENGINES or self.runnable(file):
                return file
        raise missing(FORMATS[files[0].format][0], files[0].format)

    def _choose_for_accelerator(self, precision: str | None, engine: str) -> ModelFile:
        """Return the file for an accelerator, that which its target recommends first."""
        from edgeattn_runtime.accelerated import files_for  # it stands on this module

        files = files_for(self, engine)
        fitting = [file for file in files if precision in (None, file.precision)]
        if not fitting:
            held = ", ".join(f"{file.precision} ({file.name})" for file in files)
            raise BadUsage(f"the bundle has no {precision} file for {engine}; it has {held}")
        recommended = {choice.file for choice in self.manifest.targets.values()}
        return min(fitting, key=lambda file: file.name not in recommended)

    def open(self, file: ModelFile, *, engine: str | None = None, threads: int = 1) -> Session:
        """Verify the sha256 of a model file, open it, and compare its ports with the manifest."""
        path = self.file_path(file)
        found = sha256_of(path)
        if found != file.sha256:
            raise BrokenBundle(
                f"{file.name} has sha256 {found[:12]}..., the manifest says {file.sha256[:12]}...; "
                "copy the bundle again, or rebuild it with `edgeattn convert --config config.toml`"
            )
        session = open_session(path, engine=engine, threads=threads)
        if set(session.inputs) != set(self.manifest.inputs):
            raise BrokenBundle(
                f"{file.name} takes {', '.join(map(str, session.inputs))}; the manifest says "
                f"{', '.join(map(str, self.manifest.inputs))}: convert the model again"
            )
        return session

    def present(self) -> tuple[ModelFile, ...]:
        """Return the listed model files that lie here; a board gets only its engine's files."""
        return tuple(f for f in self.manifest.files if (self.path / f.name).exists())

    def runnable(self, file: ModelFile) -> bool:
        """Tell whether an engine for a file is installed."""
        return any(is_installed(engine) for engine in FORMATS[file.format])

    def file_path(self, file: ModelFile) -> Path:
        """Return where a listed file lies, after checking that it lies here and has its size."""
        path = self.path / file.name
        if not path.is_file():
            raise BrokenBundle(f"{file.name} is missing from {self.path}; copy the bundle again")
        self._check_inside(path)
        size = path.stat().st_size
        if size != file.bytes:
            raise BrokenBundle(
                f"{file.name} has {size} bytes, the manifest says {file.bytes}; "
                "copy the bundle again"
            )
        return path

    def golden(self) -> Golden:
        """Return the golden vectors.

        Raises:
            BrokenBundle: golden.npz is missing, truncated, or something else.
        """
        golden = Golden.read(self._array_file("golden.npz"))
        for port in self.manifest.inputs:
            array = golden.inputs.get(port.name)
            if array is None or array.shape[1:] != port.shape[1:] or array.dtype != port.dtype:
                held = "no such input" if array is None else f"{array.dtype} {list(array.shape)}"
                raise BrokenBundle(
                    f"golden.npz holds {held} where the model takes {port}; convert it again"
                )
        return golden

    def evaluation(self) -> Samples | None:
        """Return the labelled samples of eval.npz, ready to be fed; None when it has none."""
        if not (self.path / "eval.npz").exists():
            return None
        try:
            names = tuple(port.name for port in self.manifest.inputs)
            return self.prepare(Samples.read(self._array_file("eval.npz"), inputs=names))
        except BadData as error:
            raise BrokenBundle(f"eval.npz cannot be used: {error}") from error

    def prepare(self, samples: Samples) -> Samples:
        """Return samples after the manifest's NumPy steps, unless they are prepared already."""
        if samples.prepared:
            return samples
        x = preprocess(samples.x, numpy_steps(self.manifest.preprocessing))
        return Samples(x, samples.y, prepared=True)

    def _array_file(self, name: str) -> Path:
        """Return the path of one of the bundle's own .npz files."""
        path = self.path / name
        if not path.is_file():
            raise BrokenBundle(f"{name} is missing from {self.path}; copy the bundle again")
        self._check_inside(path)
        return path

    def _check_inside(self, path: Path) -> None:
        """Refuse a link that leads out of the bundle."""
        if self.path.resolve() not in path.resolve().parents:
            raise BrokenBundle(
                f"{path.name} is a link to {path.resolve()}, outside the bundle; "
                "copy the file itself into it"
            )


def sha256_of(path: Path) -> str:
    """Return the sha256 of a file in hexadecimal."""
    import hashlib  # OpenSSL loads with it: only when a file is to be opened

    digest = hashlib.sha256()
    with path.open("rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()
