import json
import struct
import zlib
from dataclasses import replace

import pytest

from edgeattn.deploy.choice import choose_engine
from edgeattn.deploy.connection import Completed
from edgeattn.deploy.fake import FakeConnection
from edgeattn.deploy.inventory import Deployed, Inventory
from edgeattn.deploy.payload import Content, payload_of
from edgeattn.deploy.program import program
from edgeattn.deploy.ship import Shipment, header_of, ship, shipment
from edgeattn_runtime.bundle import open_bundle
from edgeattn_runtime.errors import BadEnvironment
from tests.edgeattn.deploy.facts import board, python

DONE = Completed(0, b'{"release": "/home/pi/.edgeattn/releases/tiny-1", "received": 1}\n')


@pytest.fixture
def payload(bundle_path):
    own = python(engines={"ai-edge-litert": "2.1.0"}, numpy="2.0.2")
    bundle = open_bundle(bundle_path)
    return payload_of(bundle, choose_engine(bundle, board(own)))


@pytest.fixture
def with_wheels(payload, tmp_path):
    wheel = tmp_path / "engine.whl"
    wheel.write_bytes(b"w" * 5000)
    return replace(payload, wheels={"engine.whl": Content.of(wheel)}, unpacked_bytes=20_000_000)


def holding(payload, **changes):
    """An inventory in which the payload is deployed, or nearly."""
    files = {name: content.sha256 for name, content in payload.files.items()}
    deployed = Deployed(
        **{
            "release": "tiny-1",
            "release_id": payload.release_id,
            "files": files,
            "whole": True,
            "found": frozenset(files.values()),
            "python": "/usr/bin/python3",
            "run_as": "ai-edge-litert",
            **changes,
        }
    )
    return Inventory(ours=True, empty=False, bundles={payload.name: deployed}, incoming={})


def test_an_empty_board_lacks_everything(payload):
    load = shipment(payload, board())
    assert load.needed
    assert load.bytes == sum(content.size for content in payload.files.values())


def test_a_board_that_has_it_all_needs_nothing(payload):
    assert shipment(payload, board(inventory=holding(payload))) == Shipment((), needed=False)


def test_a_new_release_of_known_files_moves_no_bytes_but_is_made(payload):
    load = shipment(payload, board(inventory=holding(payload, release_id="older")))
    assert (load.needed, load.bytes) == (True, 0)


def test_an_engine_that_was_removed_is_sent_again(with_wheels):
    load = shipment(with_wheels, board(inventory=holding(with_wheels)))
    assert [content.size for content, _ in load.contents] == [5000]


def test_what_came_before_a_line_dropped_is_not_sent_again(payload):
    model, golden = payload.files["model_fp32.tflite"], payload.files["golden.npz"]
    came = {f"{model.sha256}.part": 100, golden.sha256: golden.size}
    facts = board(inventory=Inventory(ours=True, empty=False, bundles={}, incoming=came))
    offsets = {content.sha256: offset for content, offset in shipment(payload, facts).contents}
    assert offsets[model.sha256] == 100
    assert golden.sha256 not in offsets


def test_a_part_longer_than_the_whole_is_sent_anew(payload):
    model = payload.files["model_fp32.tflite"]
    came = {f"{model.sha256}.part": model.size + 1}
    facts = board(inventory=Inventory(ours=True, empty=False, bundles={}, incoming=came))
    assert (model, 0) in shipment(payload, facts).contents


def test_the_stream_is_the_program_the_header_and_the_contents_in_order(payload):
    line = FakeConnection([DONE])
    load = shipment(payload, board())
    assert ship(line, board(), payload, load) == "/home/pi/.edgeattn/releases/tiny-1"
    _, code = program("/usr/bin/python3", "receive", "/home/pi/.edgeattn")
    assert line.inputs[0].startswith(code)
    stream = zlib.decompress(line.inputs[0][len(code) :])
    (length,) = struct.unpack(">I", stream[:4])
    header = json.loads(stream[4 : 4 + length])
    assert header == json.loads(json.dumps(header_of(payload, load)))
    assert stream[4 + length :] == b"".join(b"".join(c.read(o)) for c, o in load.contents)


def test_a_disk_too_small_for_the_unpacked_engine_is_refused(with_wheels):
    facts = board(free_bytes=15_000_000)
    with pytest.raises(BadEnvironment, match=r"has 15.0 MB free .* deploying needs 21"):
        ship(FakeConnection([]), facts, with_wheels, shipment(with_wheels, facts))


def test_an_engine_that_is_unpacked_there_needs_no_room(with_wheels):
    inventory = Inventory(
        ours=True, empty=False, bundles={}, incoming={}, engines=frozenset([with_wheels.engine_key])
    )
    facts = board(free_bytes=15_000_000, inventory=inventory)
    load = shipment(with_wheels, facts)
    assert ship(FakeConnection([DONE]), facts, with_wheels, load)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"writable": False}, "does not let anything be written at /home/pi/.edgeattn; --dir"),
        ({"inventory": Inventory(empty=False, bundles={}, incoming={})}, "not edgeattn's"),
    ],
)
def test_a_folder_that_will_not_do_is_refused_before_anything_is_sent(payload, changes, sentence):
    facts = board(**changes)
    with pytest.raises(BadEnvironment, match=sentence):
        ship(FakeConnection([]), facts, payload, shipment(payload, facts))


@pytest.mark.parametrize("said", [b"{}", b'{"release": "here"}', b'{"release": 7}'])
def test_a_board_that_does_not_say_where_it_is_is_not_believed(payload, said):
    line = FakeConnection([Completed(0, said)])
    with pytest.raises(BadEnvironment, match="does not say where"):
        ship(line, board(), payload, shipment(payload, board()))
