from __future__ import annotations

import numpy as np

from benchmarks.integer_ports import Level
from benchmarks.peers.engines.litert import Feed, in_order, level_of
from edgeattn_runtime.port import Port


def test_images_are_turned_to_channels_last_where_the_file_wants_that() -> None:
    image = np.arange(24, dtype=np.float32).reshape(1, 2, 3, 4)
    turned = Feed("x", "float32", (1, 3, 4, 2), None).of(image)
    np.testing.assert_array_equal(turned, image.transpose(0, 2, 3, 1))
    np.testing.assert_array_equal(Feed("x", "float32", (1, 2, 3, 4), None).of(image), image)


def test_floats_are_quantised_with_the_ports_scale_and_ids_are_widened() -> None:
    floats = Feed("x", "int8", (1, 2), Level(0.5, 1)).of(np.array([[1.0, -1.0]], np.float32))
    np.testing.assert_array_equal(floats, np.array([[3, -1]], np.int8))
    ids = Feed("ids", "int64", (1, 2), None).of(np.array([[7, 300]], np.int32))
    assert ids.dtype == np.int64
    np.testing.assert_array_equal(ids, [[7, 300]])


def test_only_an_int8_port_with_a_scale_has_a_level() -> None:
    assert level_of({"dtype": np.int8, "quantization": (0.5, 3)}) == Level(0.5, 3)
    assert level_of({"dtype": np.float32, "quantization": (0.0, 0)}) is None


def test_ports_are_matched_by_name_else_by_the_order_of_their_names() -> None:
    def ports(*names: str) -> list[Port]:
        return [Port(name, (1, 2), "int32") for name in names]

    named = in_order(ports("serving_default_mask:0", "serving_default_ids:0"), ["ids", "mask"])
    assert [port.name for port in named] == ["serving_default_ids:0", "serving_default_mask:0"]
    placed = in_order(ports("args_1", "args_0"), ["ids", "mask"])
    assert [port.name for port in placed] == ["args_0", "args_1"]
