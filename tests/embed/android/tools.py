"""Kotlin's compiler, JUnit and Android's packager, out of npm and Debian packages; no Gradle.

The stubs beside this file stand for Android, AndroidX and LiteRT: enough to compile against. The
shim stands for ONNX Runtime's Java classes, over the engine's real shared library.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.boards.cache import built, key_of
from tests.boards.packages import environment, unpacked
from tests.embed.conftest import tool, unavailable

KOTLIN = "2.4.20"
HERE = Path(__file__).parent
JARS = ("libjna-java", "libjna-jni", "junit4", "libhamcrest-java")
PACKAGER = ("aapt", "zipalign", "android-framework-res")
COMPILER = "org.jetbrains.kotlin.cli.jvm.K2JVMCompiler"
SHORT = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")  # half the time for a run of seconds


def run(*words: object, code: int | None = 0, env=None, cwd: Path | None = None) -> str:
    """Run a program to its end and return what it said; another exit code fails the test."""
    done = subprocess.run(
        [str(word) for word in words], capture_output=True, text=True, check=False, env=env, cwd=cwd
    )
    said = done.stdout + done.stderr
    assert code is None or done.returncode == code, said
    return said


def kotlin() -> Path:
    """Return the folder of the compiler's jars."""
    npm = tool("npm")

    def fill(folder: Path) -> None:
        done = subprocess.run(
            [npm, "pack", "--silent", f"kotlin-compiler@{KOTLIN}"],
            cwd=folder, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            shutil.rmtree(folder)
            unavailable(f"npm cannot give kotlin-compiler: {done.stderr.strip()[-300:]}")
        archive = next(folder.glob("*.tgz"))
        run("tar", "-xf", archive, "-C", folder, "--strip-components=2", "package/lib")
        for left in (archive, *folder.glob("*-sources.jar"), *folder.glob("*.klib")):
            left.unlink()

    return built(f"kotlin-{KOTLIN}", fill)


def debian(*names: str, alone: bool = False) -> Path:
    """Return a folder with the files of Debian packages."""
    try:
        return unpacked(*names, alone=alone)
    except pytest.skip.Exception as reason:
        unavailable(str(reason))


def java_jars() -> list[Path]:
    """Return JUnit, Hamcrest and JNA."""
    folder = debian(*JARS, alone=True) / "usr/share/java"
    names = ("junit4", "hamcrest-all", "hamcrest", "jna")
    return [folder / f"{name}.jar" for name in names if (folder / f"{name}.jar").exists()]


def stubs() -> Path:
    """Return the compiled stubs and the compiled shim, in `stubs` and `shim` of a folder."""
    sources = sorted(path for path in HERE.rglob("*.*") if path.suffix in (".java", ".kt"))
    key = key_of(KOTLIN, [(path.name, path.read_text(encoding="utf-8")) for path in sources])

    def fill(folder: Path) -> None:
        classes = folder / "stubs"
        javac = tool("javac")
        words = ("-source", "8", "-target", "8", "-Xlint:-options", "-encoding", "utf-8")
        run(javac, *words, "-d", classes, *sorted((HERE / "stubs/android").rglob("*.java")))
        jars = [*java_jars(), kotlin() / "kotlinx-coroutines-core-jvm.jar", classes]
        compiled(sorted((HERE / "stubs/kotlin").glob("*.kt")), jars, classes)
        shim = folder / "shim"
        of_jars = os.pathsep.join(map(str, java_jars()))
        run(javac, *words, "-cp", of_jars, "-d", shim, *sorted(HERE.glob("shim/**/*.java")))

    return built(f"kotlin-stubs-{key}", fill)


def compiled(sources: Sequence[Path], classpath: Sequence[Path], out: Path, code: int = 0) -> str:
    """Compile Kotlin; a warning is an error."""
    library = kotlin()
    path = [library / "kotlin-stdlib.jar", *classpath]
    return run(
        tool("java"), "-Xmx900m", *SHORT, "-cp", library / "kotlin-compiler.jar", COMPILER,
        "-no-stdlib", "-no-reflect", "-jvm-target", "11", "-Werror",
        "-cp", os.pathsep.join(map(str, path)), "-d", out, *sources,
        code=code,
    )  # fmt: skip


def sources(kit: Path, *sets: str) -> list[Path]:
    """Return the Kotlin files of source sets, such as `library/src/main`."""
    found = [path for name in sets for path in sorted((kit / name / "kotlin").rglob("*.kt"))]
    assert found, f"no Kotlin in {sets}"
    return found


def compile_classpath() -> list[Path]:
    """Return what a kit is compiled against."""
    folder = stubs()
    coroutines = kotlin() / "kotlinx-coroutines-core-jvm.jar"
    return [folder / "stubs", folder / "shim", coroutines, *java_jars()]


def junit(kit: Path, classes: Path, *tests: str, code: int = 0) -> str:
    """Run JUnit as Gradle does, in the folder of the module."""
    path = [classes, kotlin() / "kotlin-stdlib.jar", *compile_classpath()]
    jni = debian(*JARS, alone=True)
    native = next(jni.glob("usr/lib/*/jni"))
    words = ["-Xmx400m", *SHORT, f"-Djava.library.path={native}", "-Djna.nosys=false"]
    words.append(f"-Donnxruntime={engine()}")
    env = {**os.environ, "ORT_DISABLE_TELEMETRY": "1"}
    return run(
        tool("java"), *words, "-cp", os.pathsep.join(map(str, path)),
        "org.junit.runner.JUnitCore", *tests, cwd=kit / "library", env=env, code=code,
    )  # fmt: skip


def engine() -> Path:
    """Return the shared library of ONNX Runtime in this Python."""
    import onnxruntime

    return next((Path(onnxruntime.__file__).parent / "capi").glob("libonnxruntime.so*"))


def packaged(kit: Path, flavor: str, out: Path) -> zipfile.ZipFile:
    """Package the sample app's manifest and the assets of a flavor, and align them as AGP does."""
    folder = debian(*PACKAGER)
    env = dict(environment(folder))
    env["LD_LIBRARY_PATH"] += f":{folder / 'usr/lib/p7zip'}"  # aapt2 reads archives with 7z.so
    gradle = (kit / "app/build.gradle.kts").read_text(encoding="utf-8")
    kept = re.search(r"noCompress \+= listOf\(([^)]*)\)", gradle)
    assert kept, gradle
    words = [word for name in re.findall(r'"(\w+)"', kept[1]) for word in ("-0", f".{name}")]
    manifest = out.with_suffix(".xml")
    text = (kit / "app/src/main/AndroidManifest.xml").read_text(encoding="utf-8")
    package = f'<manifest package="edgeattn.{kit.name.replace("-", "_")}.sample" '
    manifest.write_text(text.replace("<manifest ", package), encoding="utf-8")
    for name in ("main", flavor):
        words += ["-A", str(kit / f"library/src/{name}/assets")]
    framework = folder / "usr/share/android-framework-res/framework-res.apk"
    raw = out.with_suffix(".unaligned.apk")
    tools = folder / "usr/lib/android-sdk/build-tools/debian"
    run(tools / "aapt2", "link", "-I", framework, "--manifest", manifest, "--min-sdk-version", 28,
        "--target-sdk-version", 29, *words, "-o", raw, env=env)  # fmt: skip
    run(tools / "zipalign", "-f", "4", raw, out, env=env)
    run(tools / "zipalign", "-c", "4", out, env=env)
    return zipfile.ZipFile(out)
