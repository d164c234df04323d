import errno
import hashlib
import json
import os
import struct
import threading
import zlib

import pytest

from edgeattn.deploy.on_board import receive as module
from edgeattn.deploy.on_board.folder import Refusal
from edgeattn.deploy.on_board.receive import Stream, receive

CONTENT = bytes(range(256)) * 500
DIGEST = hashlib.sha256(CONTENT).hexdigest()


def header(**changes):
    return {
        "name": "tiny", "release": "0123456789ab", "files": {"model.onnx": DIGEST},
        "send": [{"sha256": DIGEST, "bytes": len(CONTENT), "offset": 0}], "engine": None,
        "python": "/usr/bin/python3",
        "deployed": {"files": {"model.onnx": DIGEST}, "engine_key": None}, **changes,
    }  # fmt: skip


def packed(head, content=CONTENT):
    text = json.dumps(head).encode()
    return zlib.compress(struct.pack(">I", len(text)) + text + content)


def feed(content, idle_s=20.0, end=True):
    """Return a stream that another thread fills, as a line would."""
    source, sink = os.pipe()

    def write():
        with open(sink, "wb") as file:
            file.write(content)
            file.flush()
            if not end:
                threading.Event().wait(1.0)

    threading.Thread(target=write, daemon=True).start()
    return Stream(source, idle_s)


def test_what_arrives_becomes_a_release(tmp_path):
    done = receive(str(tmp_path / "e"), feed(packed(header())))
    assert done == {
        "release": str(tmp_path / "e/releases/tiny-0123456789ab-1"), "received": len(CONTENT),
    }  # fmt: skip
    assert (tmp_path / "e/bundles/tiny/model.onnx").read_bytes() == CONTENT
    assert not (tmp_path / "e/incoming").exists()


def test_a_line_that_ends_keeps_what_came(tmp_path):
    noise = os.urandom(len(CONTENT))  # it does not shrink, so a cut stream has a part of it
    digest = hashlib.sha256(noise).hexdigest()
    whole = header(
        files={"model.onnx": digest},
        send=[{"sha256": digest, "bytes": len(noise), "offset": 0}],
    )
    with pytest.raises(Refusal) as refusal:
        receive(str(tmp_path), feed(packed(whole, noise)[:50_000]))
    assert refusal.value.kind == "cut"
    part = tmp_path / f"incoming/{digest}.part"
    came = part.read_bytes()
    assert len(came) > 40_000
    assert came == noise[: len(came)]
    rest = header(
        files={"model.onnx": digest},
        send=[{"sha256": digest, "bytes": len(noise), "offset": len(came)}],
    )
    done = receive(str(tmp_path), feed(packed(rest, noise[len(came) :])))
    assert done["received"] == len(noise) - len(came)
    assert (tmp_path / "bundles/tiny/model.onnx").read_bytes() == noise


def test_a_line_that_falls_silent_is_given_up(tmp_path):
    with pytest.raises(Refusal, match="nothing came for 0 s"):
        receive(str(tmp_path), feed(packed(header())[:100], idle_s=0.2, end=False))


def test_content_with_another_checksum_is_removed(tmp_path):
    with pytest.raises(Refusal) as refusal:
        receive(str(tmp_path), feed(packed(header(), CONTENT[::-1])))
    assert (refusal.value.kind, refusal.value.detail) == ("damaged", DIGEST)
    assert os.listdir(tmp_path / "incoming") == []
    assert not (tmp_path / "bundles").exists()


def test_a_full_disk_gets_its_room_back(tmp_path, monkeypatch):
    class Full(Stream):
        def some(self, most):
            if (tmp_path / "incoming").exists():
                raise OSError(errno.ENOSPC, "no space")
            return super().some(most)

    source = feed(packed(header()))._source
    with pytest.raises(OSError, match="no space"):
        receive(str(tmp_path), Full(source))
    assert sorted(os.listdir(tmp_path)) == ["edgeattn.json", "lock"]


def test_a_disk_that_fills_up_while_the_release_is_made_keeps_the_last_one(tmp_path, monkeypatch):
    receive(str(tmp_path), feed(packed(header())))
    before = sorted(path for path in tmp_path.rglob("*"))

    def full(path, content):
        raise OSError(errno.ENOSPC, "no space")

    monkeypatch.setattr("edgeattn.deploy.on_board.release.write", full)
    with pytest.raises(OSError, match="no space"):
        receive(str(tmp_path), feed(packed(header(release="ab" * 6))))
    assert sorted(path for path in tmp_path.rglob("*")) == before


def test_a_part_that_became_shorter_is_refused(tmp_path):
    send = [{"sha256": DIGEST, "bytes": len(CONTENT), "offset": 100}]
    with pytest.raises(Refusal, match="became shorter"):
        receive(str(tmp_path), feed(packed(header(send=send))))


@pytest.mark.parametrize("content", [b"", b"Welcome to Pi!\n" * 10, zlib.compress(b"\xff" * 10)])
def test_what_is_no_deploy_is_refused_and_changes_nothing(tmp_path, content):
    with pytest.raises(Refusal) as refusal:
        receive(str(tmp_path / "e"), feed(content))
    assert refusal.value.kind in ("cut", "garbled")
    assert not (tmp_path / "e").exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "../x"},
        {"release": "../../x"},
        {"files": {"../model.onnx": DIGEST}},
        {"files": {".hidden": DIGEST}},
        {"send": [{"sha256": "../../x", "bytes": len(CONTENT), "offset": 0}]},
    ],
)
def test_names_that_lead_out_of_the_folder_are_refused(tmp_path, changes):
    with pytest.raises(Refusal, match="a file called"):
        receive(str(tmp_path / "e"), feed(packed(header(**changes))))
    assert os.listdir(tmp_path) == ["e"]


def test_a_release_of_what_is_not_there_is_refused(tmp_path):
    with pytest.raises(Refusal, match=r"model\.onnx is not there"):
        receive(str(tmp_path), feed(packed(header(send=[]), b"")))
    assert os.listdir(tmp_path / "bundles") == []


def test_the_answer_is_a_line_of_json(tmp_path, monkeypatch, capsys):
    stream = feed(packed(header()))
    monkeypatch.setattr(module, "Stream", lambda source: stream)
    assert module.main([str(tmp_path)]) == 0
    assert json.loads(capsys.readouterr().out)["received"] == len(CONTENT)
