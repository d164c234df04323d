import contextlib
import hashlib
import os
import subprocess

import pytest

from edgeattn.deploy.on_board.folder import Refusal
from edgeattn.deploy.on_board.release import make, plain, step_back


def header(content, name="tiny", engine=None, python="/usr/bin/python3"):
    digest = hashlib.sha256(content).hexdigest()
    return {
        "name": name, "release": digest[:12], "files": {"model.onnx": digest}, "engine": engine,
        "python": python,
        "deployed": {"files": {"model.onnx": digest}, "engine_key": engine and engine["key"]},
    }  # fmt: skip


@pytest.fixture
def put(tmp_path):
    """Make a release with one file of this content."""

    def one(content, **changes):
        (tmp_path / "incoming").mkdir(exist_ok=True)
        digest = hashlib.sha256(content).hexdigest()
        (tmp_path / "incoming" / digest).write_bytes(content)
        return make(str(tmp_path), header(content, **changes))

    return one


def test_the_link_leads_to_the_newest_release(tmp_path, put):
    for content in (b"1", b"2", b"3"):
        place = put(content)
        assert os.path.realpath(tmp_path / "bundles/tiny") == place
        assert (tmp_path / "bundles/tiny/model.onnx").read_bytes() == content


def test_the_release_before_stays_and_older_ones_go(tmp_path, put):
    places = [os.path.basename(put(content)) for content in (b"1", b"2", b"3")]
    assert set(os.listdir(tmp_path / "releases")) == set(places[1:])


def test_the_same_release_again_gets_a_folder_of_its_own(put):
    assert [put(b"1")[-2:], put(b"1")[-2:]] == ["-1", "-2"]


def test_other_bundles_and_their_engines_stay(tmp_path, put):
    for key in ("used", "unused"):
        (tmp_path / "engines" / key).mkdir(parents=True)
    put(b"1", name="other", engine={"key": "used", "wheels": []})
    for content in (b"2", b"3", b"4"):
        put(content)
    assert set(os.listdir(tmp_path / "bundles")) == {"other", "tiny"}
    assert (tmp_path / "bundles/other/model.onnx").read_bytes() == b"1"
    assert os.listdir(tmp_path / "engines") == ["used"]


def test_a_file_of_an_older_release_is_shared(tmp_path, put):
    put(b"1")
    make(str(tmp_path), header(b"1", name="other"))  # nothing is in `incoming` any more
    stats = [(tmp_path / f"bundles/{name}/model.onnx").stat() for name in ("tiny", "other")]
    assert stats[0].st_ino == stats[1].st_ino


def test_without_hard_links_files_are_copied(tmp_path, put, monkeypatch):
    def refused(source, target):
        raise PermissionError(1, "no hard links here")

    monkeypatch.setattr(os, "link", refused)
    put(b"1")
    assert (tmp_path / "bundles/tiny/model.onnx").read_bytes() == b"1"


def test_a_file_altered_in_an_older_release_is_not_used(tmp_path, put):
    (tmp_path / put(b"1") / "model.onnx").write_bytes(b"x")
    with pytest.raises(Refusal, match=r"model\.onnx is not there"):
        make(str(tmp_path), header(b"1", name="other"))
    assert os.listdir(tmp_path / "bundles") == ["tiny"]


def test_a_flip_that_was_cut_short_is_taken_up(tmp_path, put):
    put(b"1")
    (tmp_path / "bundles/.link").symlink_to("nowhere")
    (tmp_path / "releases/.part").mkdir()
    put(b"2")
    assert (tmp_path / "bundles/tiny/model.onnx").read_bytes() == b"2"
    assert os.listdir(tmp_path / "bundles") == ["tiny"]


def test_the_script_finds_its_engine_wherever_the_folder_is(tmp_path, put):
    (tmp_path / "my python").write_text('#!/bin/sh\necho "$PYTHONPATH" "$@"\n')
    (tmp_path / "my python").chmod(0o755)
    (tmp_path / "engines/e").mkdir(parents=True)
    engine = {"key": "e", "wheels": []}
    place = put(b"1", engine=engine, python=str(tmp_path / "my python"))
    done = subprocess.run(
        [tmp_path / "bundles/tiny/edgeattn", "info", "a b"], capture_output=True, text=True
    )
    assert done.stdout == f"{place}/../../engines/e {place}/edgeattn.pyz info a b\n"


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", ".hidden", "a\nb", "-rf"])
def test_a_name_that_is_not_plain_is_refused(name):
    with pytest.raises(Refusal, match="a file called"):
        plain(name)


def test_the_link_can_step_back_to_the_release_before(tmp_path, put):
    first, second = put(b"1"), put(b"2")
    assert step_back(second) == os.path.basename(first)
    assert (tmp_path / "bundles/tiny/model.onnx").read_bytes() == b"1"
    assert os.path.isdir(second)
    assert (tmp_path / "bundles/tiny").resolve() == (tmp_path / "releases" / first).resolve()


def test_the_first_release_has_nothing_to_step_back_to(tmp_path, put):
    only = put(b"1")
    assert step_back(only) is None
    assert os.path.realpath(tmp_path / "bundles/tiny") == only


def test_a_link_that_leads_elsewhere_by_now_stays(tmp_path, put):
    _, second, third = put(b"1"), put(b"2"), put(b"3")
    assert step_back(second) is None
    assert os.path.realpath(tmp_path / "bundles/tiny") == third


def test_a_release_whose_record_is_damaged_stays(tmp_path, put):
    put(b"1")
    second = put(b"2")
    for text in ("{", "[]", '{"link": "tiny", "before": "../.."}', '{"before": 3, "link": "tiny"}'):
        (tmp_path / "releases" / second / "deployed.json").write_text(text)
        with contextlib.suppress(Refusal):
            assert step_back(second) is None
    assert os.path.realpath(tmp_path / "bundles/tiny") == second
