import numpy as np
import pytest

from edgeattn.data.choice import choose_data, image_size
from edgeattn_runtime.errors import BadData, BadUsage
from edgeattn_runtime.port import Port

PORTS = (Port("x", (1, 4), "float32"),)


@pytest.fixture
def archive(tmp_path):
    def write(name="data.npz", count=40, **more):
        path = tmp_path / name
        x = np.random.default_rng(len(name)).normal(size=(count, 4)).astype(np.float32)
        np.savez(path, x=x, **more)
        return str(path)

    return write


def choose(**changes):
    settings = {
        "calib": None, "evaluation": None, "dataset": None, "samples": 256,
        "allow_random": False, "inputs": PORTS,
    }  # fmt: skip
    return choose_data(**{**settings, **changes})


def overlap(chosen):
    return set(chosen.calibration.hashes()) & set(chosen.evaluation.hashes())


@pytest.mark.parametrize("both", ["calib", "evaluation", "twice"])
def test_one_set_is_divided_so_that_nothing_is_judged_twice(archive, both):
    path = archive()
    named = {"calib": path, "evaluation": path} if both == "twice" else {both: path}
    chosen = choose(**named)
    assert (len(chosen.calibration), len(chosen.evaluation)) == (20, 20)
    assert not overlap(chosen)


def test_the_division_is_the_same_every_time(archive):
    path = archive()
    assert choose(calib=path).calibration.hashes() == choose(calib=path).calibration.hashes()


def test_few_samples_for_calibration_leave_more_to_judge_with(archive):
    chosen = choose(calib=archive(), samples=10)
    assert (len(chosen.calibration), len(chosen.evaluation)) == (10, 30)


def test_two_sets_are_taken_as_they_are(archive):
    chosen = choose(calib=archive("a.npz", 30), evaluation=archive("other.npz", 12), samples=25)
    assert (len(chosen.calibration), len(chosen.evaluation)) == (25, 12)


def test_the_models_own_data_set_serves_where_nothing_was_named(archive):
    chosen = choose(dataset="gestures", inputs=None, samples=16)
    assert (len(chosen.calibration), len(chosen.evaluation)) == (16, 545)
    assert not overlap(chosen)


def test_noise_needs_to_be_allowed_and_a_shape():
    with pytest.raises(BadUsage, match="calibration needs real data: name it with --calib"):
        choose()
    with pytest.raises(BadUsage, match="--allow-random needs to know the input's shape"):
        choose(allow_random=True, inputs=None)
    chosen = choose(allow_random=True)
    assert chosen.random
    assert len(chosen.calibration) == len(chosen.evaluation) == 32
    assert not overlap(chosen)


@pytest.mark.parametrize("side", ["calib", "evaluation"])
def test_too_few_samples_are_refused_on_either_side(archive, side):
    few, enough = archive("few.npz", 7), archive("enough.npz", 30)
    sides = {"calib": enough, "evaluation": enough, side: few}
    purpose = "calibration" if side == "calib" else "evaluation"
    with pytest.raises(BadData, match=rf"few\.npz holds 7 samples, {purpose} needs at least 8"):
        choose(**sides)
    with pytest.raises(BadData, match=r"few\.npz holds 7 samples to calibrate and to judge with"):
        choose(calib=few)


def test_asking_for_too_few_samples_is_a_slip_of_the_typing(archive):
    with pytest.raises(BadUsage, match="--samples is 7; calibration needs at least 8"):
        choose(calib=archive(), samples=7)


def test_labels_stay_with_their_samples(archive):
    y = np.arange(40) % 4
    chosen = choose(calib=archive(y=y))
    x = np.load(archive(y=y))["x"]
    for side in (chosen.calibration, chosen.evaluation):
        rows = [int(np.flatnonzero((x == sample).all(1))[0]) for sample in side.x["x"]]
        assert side.y.tolist() == y[rows].tolist()


@pytest.mark.parametrize(
    ("shape", "size"), [((1, 3, 8, 6), (8, 6)), ((1, 1, 8, 8), None), ((1, 4), None)]
)
def test_the_size_of_photos_is_that_of_the_first_image_input(shape, size):
    assert image_size((Port("ids", (1, 4), "int64"), Port("x", shape, "float32"))) == size
    assert image_size(None) is None


def test_its_facts_name_both_sides(archive):
    facts = choose(calib=archive("a.npz", 30), evaluation=archive("b.npz", 12)).facts()
    assert facts == {
        "calibration": "a.npz", "calibration_samples": 30, "evaluation": "b.npz",
        "evaluation_samples": 12, "labelled": False, "random": False,
    }  # fmt: skip
