"""Finding, refusing and choosing: what happens before the first number."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

KERNELS = Path(__file__).parents[3] / "runtime" / "kernels"
LARGEST_BYTES = 300 * 1024


def built(source: str, folder: Path) -> Path:
    """Compile a stand-in library, or skip without a compiler."""
    (folder / "stand_in.c").write_text(source)
    path = folder / "libstand_in.so"
    try:
        subprocess.run(
            ["cc", "-shared", "-fPIC", "-o", str(path), str(folder / "stand_in.c")], check=True
        )
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no C compiler")
    return path


def test_a_library_of_another_interface_is_refused_by_name_and_version(
    kernels: ModuleType, tmp_path: Path
) -> None:
    from edgeattn_kernels.loading import loaded

    names = ("instruction_set", "status_text", "attend", "choose_instruction_set",
             "offered_instruction_set")  # fmt: skip
    functions = "".join(f"void edgeattn_{name}(void) {{}}\n" for name in names)
    path = built(
        "int edgeattn_kernels_abi(void) { return 7; }\n"
        'const char* edgeattn_kernels_version(void) { return "9.8.7"; }\n' + functions,
        tmp_path,
    )
    with pytest.raises(kernels.NoKernels, match=r"edgeattn-kernels 9\.8\.7 with interface 7"):
        loaded(str(path))


def test_a_library_of_something_else_is_refused(kernels: ModuleType, tmp_path: Path) -> None:
    from edgeattn_kernels.loading import loaded

    path = built("int something(void) { return 1; }\n", tmp_path)
    with pytest.raises(kernels.NoKernels, match="cannot be loaded as edgeattn-kernels"):
        loaded(str(path))
    (tmp_path / "text.so").write_text("no library")
    with pytest.raises(kernels.NoKernels, match="cannot be loaded"):
        loaded(str(tmp_path / "text.so"))


def test_a_package_without_its_library_says_how_to_build_it(
    kernels: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernels, "__path__", [])
    with pytest.raises(kernels.NoKernels, match=r"pip install \./runtime/kernels"):
        kernels.library()


def test_version_and_interface_are_those_of_the_sources(kernels: ModuleType) -> None:
    project = (KERNELS / "pyproject.toml").read_text()
    assert f'version = "{kernels.version()}"' in project
    header = (KERNELS / "include" / "edgeattn_kernels.h").read_text()
    assert f"#define EDGEATTN_KERNELS_ABI {kernels.ABI}\n" in header


def test_the_struct_has_the_fields_of_the_header() -> None:
    pytest.importorskip("edgeattn_kernels", reason="edgeattn-kernels is not installed")
    from edgeattn_kernels.interface import Call

    header = (KERNELS / "include" / "edgeattn_kernels.h").read_text()
    body = re.sub(r"/\*.*?\*/", "", header, flags=re.S).split("typedef struct {")[2].split("}")[0]
    declared = []
    for statement in body.split(";"):
        words = statement.replace("*", " ").split()
        if words:
            names = " ".join(words[2:] if words[0] == "const" else words[1:])
            declared += [name.strip() for name in names.split(",")]
    assert declared == [name for name, *_ in Call._fields_]


def test_an_unknown_instruction_set_is_refused(kernels: ModuleType) -> None:
    with pytest.raises(kernels.Refused, match="instruction set is not offered"):
        kernels.choose_instruction_set("abacus")


def chosen_with(wish: str) -> subprocess.CompletedProcess[str]:
    """Ask a new process, as the environment is read once."""
    return subprocess.run(
        [sys.executable, "-c", "import edgeattn_kernels as k; print(k.instruction_set())"],
        env=os.environ | {"EDGEATTN_KERNELS": wish}, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("wish", ["portable", "", "off"])
def test_the_environment_chooses_what_the_cpu_has(kernels: ModuleType, wish: str) -> None:
    done = chosen_with(wish)
    assert done.stdout.strip() == ("portable" if wish == "portable" else kernels.offered()[0])


@pytest.mark.parametrize("wish", ["avx3", "AVX2", "abacus", "avx2 ", "every"])
def test_an_environment_that_chooses_what_no_cpu_has_is_refused(
    kernels: ModuleType, wish: str
) -> None:
    if wish == "every":  # what exists on another machine is refused as well
        wish = "avx2" if kernels.offered()[0].startswith("neon") else "neon"
    done = chosen_with(wish)
    assert done.returncode == 1
    assert (
        "does not exist or that this CPU lacks; there are portable, avx2, avx-vnni" in done.stderr
    )
    assert f"it is {wish!r}, and this CPU has {', '.join(kernels.offered())}" in done.stderr


def test_a_refused_environment_computes_nothing_until_a_name_is_chosen(kernels: ModuleType) -> None:
    program = """
import numpy as np, edgeattn_kernels as k
one = np.ones((1, 1, 1, 4), np.int8)
try:
    k.attention(one, one, one, score_scale=1.0)
except k.Refused as refused:
    print(refused.status)
k.choose_instruction_set("portable")
print(k.instruction_set(), float(k.attention(one, one, one, score_scale=1.0)[0, 0, 0, 0]))
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"EDGEATTN_KERNELS": "avx3"}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.split() == ["13", "portable", "1.0"]


def test_what_the_cpu_has_is_listed_best_first_and_all_of_it_can_be_chosen(
    kernels: ModuleType,
) -> None:
    before, offered = kernels.instruction_set(), kernels.offered()
    assert offered[-1] == "portable"
    assert len(set(offered)) == len(offered)
    for name in offered:
        kernels.choose_instruction_set(name)
        assert kernels.instruction_set() == name
    kernels.choose_instruction_set(before)


def test_the_library_is_small_and_needs_the_c_library_alone(kernels: ModuleType) -> None:
    path = kernels.library()
    assert path.stat().st_size <= LARGEST_BYTES
    try:
        done = subprocess.run(
            ["readelf", "-dlW", str(path)], capture_output=True, text=True, check=True
        )
    except OSError:
        pytest.skip("no readelf")
    needed = re.findall(r"NEEDED.*\[(.*?)\]", done.stdout)
    assert {name.split(".")[0] for name in needed} <= {"libc", "libm", "libpthread", "ld-linux"}
    assert set(re.findall(r"LOAD.*(0x\w+)$", done.stdout, re.M)) == {"0x4000"}  # 16 KB pages


def test_the_package_imports_the_standard_library_and_numpy_alone() -> None:
    found = set()
    for path in (KERNELS / "edgeattn_kernels").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                found.add((node.module or "").split(".")[0])
    assert found - set(sys.stdlib_module_names) == {"numpy", "edgeattn_kernels"}
