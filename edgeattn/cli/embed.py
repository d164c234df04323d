"""`edgeattn embed BUNDLE TARGET`: source code that takes a bundle into an app."""

from __future__ import annotations

from pathlib import Path

import click

from edgeattn.cli.voice import Voice, spoken


@click.command("embed")
@click.argument("bundle", type=click.Path(path_type=Path))
@click.argument("target", type=click.Choice(["android", "cpp", "ios", "web"]))
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Folder of the kit.  [default: BUNDLE-TARGET]",
)
@click.option("--name", help="Of the class and the package.  [default: the model's]")
@click.option("--force", is_flag=True, help="Replace a kit that is there, and nothing else.")
@click.option(
    "--coreml",
    is_flag=True,
    help="ios: add a Core ML model, made of the bundle's float file (needs coremltools).",
)
@spoken
def embed_command(
    bundle: Path,
    target: str,
    out: Path | None,
    name: str | None,
    force: bool,
    coreml: bool,
    voice: Voice,
) -> None:
    """Write the source code that takes BUNDLE into an app.

    cpp is a CMake project: headers for ONNX Runtime and LiteRT, an example, and tests that prove
    on the machine where it is built that model and preprocessing give what Python gave.
    android is a Gradle project in Kotlin, and ios a Swift package; both try the accelerator with
    golden vectors at the first start, and fall back to the CPU with a reason.
    web is a TypeScript module with a page, for browsers and Node; WebGPU proves itself there too.
    """
    from edgeattn.embed.embed import embed
    from edgeattn_runtime.bundle import open_bundle

    opened = open_bundle(bundle)
    if out is None:  # `.` and `..` have no name of their own
        place = bundle if bundle.name.strip(".") else bundle.resolve()
        out = place.with_name(f"{place.name}-{target}")
    done = embed(opened, target, out, name=name, force=force, coreml=coreml)
    kit = done.kit
    facts = {
        "target": target,
        "folder": str(out),
        "name": kit.names.type,
        "kind": kit.kind,
        "models": [file.name for file in kit.files],
        "files": dict(done.files),
        "bytes": done.bytes,
        "coreml": None if done.coreml is None else done.coreml.to_json(),
        "library": done.library,
    }
    if done.library is not None:
        voice.note(done.library)
    voice.result(
        facts,
        f"{kit.names.type}: {len(done.files)} files, {done.bytes / 1e6:.1f} MB, in {out}\n"
        f"{out / 'README.md'} says how to build it.",
    )
