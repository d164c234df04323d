import json

import pytest
from click.testing import CliRunner

from edgeattn.cli.main import main
from tests.edgeattn.embed.conftest import *  # noqa: F403  # the tiny bundle


def run(*words):
    return CliRunner().invoke(main, ["embed", *map(str, words)])


def test_the_kit_is_named_after_the_bundle_and_lies_beside_it(bundle_path):
    done = run(bundle_path, "cpp", "--json")
    assert done.exit_code == 0, done.output
    read = json.loads(done.stdout)
    assert read["folder"] == f"{bundle_path}-cpp"
    assert (read["name"], read["kind"]) == ("Tiny", "numbers")
    assert read["bytes"] == sum(read["files"].values())


@pytest.mark.parametrize("typed", [".", "../bundle"])
def test_the_folder_one_is_in_can_be_the_bundle(bundle_path, monkeypatch, typed):
    monkeypatch.chdir(bundle_path)
    assert run(typed, "cpp").exit_code == 0
    assert (bundle_path.parent / "bundle-cpp/README.md").is_file()


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("web", "--coreml"), 2, "a Core ML model runs on Apple's systems, not on web"),
        (("ios", "--name", ""), 2, "give --name"),
        (("web", "--out", "/dev/null/kit"), 3, "cannot write /dev/null/kit"),
    ],
)
def test_a_refusal_is_one_line_and_its_code(bundle_path, words, code, said):
    done = run(bundle_path, *words)
    assert done.exit_code == code, done.output
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_words_say_where_the_kit_is_and_what_to_read(bundle_path, tmp_path):
    done = run(bundle_path, "cpp", "--out", tmp_path / "kit", "--name", "Fist or palm")
    assert done.stdout.startswith("FistOrPalm: ")
    assert f"{tmp_path / 'kit' / 'README.md'} says how to build it." in done.stdout


def test_an_unknown_target_ends_with_2(bundle_path):
    assert run(bundle_path, "cobol").exit_code == 2


def test_a_folder_that_is_no_bundle_ends_with_3(tmp_path):
    done = run(tmp_path, "cpp")
    assert done.exit_code == 3
    assert "has no manifest.json" in done.stderr


def test_a_kit_that_is_there_ends_with_2_and_force_replaces_it(bundle_path):
    assert run(bundle_path, "cpp").exit_code == 0
    again = run(bundle_path, "cpp")
    assert (again.exit_code, len(again.stderr.splitlines())) == (2, 1)
    assert run(bundle_path, "cpp", "--force").exit_code == 0
