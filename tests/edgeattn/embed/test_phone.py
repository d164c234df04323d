import numpy as np
import pytest

from edgeattn.embed.phone import (
    PROBE_BYTES,
    float_literal,
    golden_of_app,
    phone_facts,
    samples_of,
)
from edgeattn_runtime.errors import BadUsage
from edgeattn_runtime.port import Port
from edgeattn_runtime.preprocessing import Step
from tests.edgeattn.embed.kit_files import kit_files
from tests.embed.android.text_bundle import text_bundle


@pytest.mark.parametrize("number", [1 / 255, 0.1, 1.0, 3e-39, 1e38, -2.5, 0.0])
def test_a_literal_reads_back_as_the_same_float(number):
    assert np.float32(float_literal(number)) == np.float32(number)
    assert ".e" not in float_literal(number)  # Kotlin and Swift want a digit there


def test_small_inputs_travel_all_and_a_large_one_alone(make_kit):
    kit = make_kit()
    assert samples_of(kit) == 4
    vector = kit.vectors.inputs["image"]
    assert golden_of_app(kit, vector.content) == vector.content
    assert PROBE_BYTES // (3 * 1024 * 1024 * 4) == 0  # a megapixel alone is over it, and travels


def test_a_batch_larger_than_the_golden_vectors_is_refused(make_kit):
    with pytest.raises(BadUsage, match=r"batches of 5, and .* only 4; convert"):
        samples_of(make_kit(inputs=(Port("image", (5, 8), "float32"),)))


def test_numbers_have_no_rate(make_kit):
    assert phone_facts(make_kit())["rate"] is None


def test_a_sound_knows_its_rate(make_kit):
    sound = make_kit(preprocessing=(Step("frames", {"rate": 8000}),))
    assert phone_facts(sound)["rate"] == 8000


@pytest.mark.parametrize(("target", "suffix"), [("android", ".kt"), ("ios", ".swift")])
@pytest.mark.parametrize("kind", ["text", "numbers"])
def test_no_line_is_longer_than_100_letters(make_bundle, tmp_path, kind, target, suffix):
    bundle = text_bundle(tmp_path / "text") if kind == "text" else make_bundle()
    lines = [
        (name, line)
        for name, content in kit_files(target, bundle, tmp_path).items()
        if name.endswith(suffix)
        for line in content.decode().splitlines()
    ]
    assert lines
    assert [one for one in lines if len(one[1]) > 100] == []
