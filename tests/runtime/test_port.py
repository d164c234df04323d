from __future__ import annotations

from edgeattn_runtime.port import Port

IMAGE = Port("image", (1, 3, 64, 64), "float32", "NCHW")


def test_a_port_survives_json():
    read = Port.from_json(IMAGE.to_json())
    assert read == IMAGE
    assert read.layout == "NCHW"


def test_the_layout_takes_no_part_in_comparisons():
    assert Port("image", (1, 3, 64, 64), "float32") == IMAGE
    assert hash(Port("image", (1, 3, 64, 64), "float32")) == hash(IMAGE)


def test_a_port_reads_as_people_write_it():
    assert str(IMAGE) == "image float32 [1, 3, 64, 64]"
