from torch import nn

from edgeattn_converters.lint.lanes import lanes


def test_a_width_that_leaves_lanes_empty_is_found(found):
    model = nn.Sequential(nn.Conv2d(3, 12, 3), nn.ReLU(), nn.Conv2d(12, 16, 3), nn.Flatten())
    (finding,) = found(lanes, model, (1, 3, 8, 8))
    assert finding.severity == "info"
    assert "12 of 16 lanes, 25% idle" in finding.why
    assert finding.layer == "0"


def test_a_head_width_that_leaves_lanes_empty_is_found(found):
    def attention(_, x):
        return (x @ x.transpose(-1, -2)).softmax(-1) @ x

    (finding,) = found(lanes, attention, (1, 2, 6, 20))
    assert "a head width of 20" in finding.why


def test_colours_and_classes_are_left_alone(found):
    model = nn.Sequential(nn.Conv2d(3, 16, 3), nn.Flatten(), nn.Linear(16 * 36, 10))
    assert found(lanes, model, (1, 3, 8, 8)) == []


def test_a_few_empty_lanes_of_many_are_left_alone(found):
    model = nn.Sequential(nn.Linear(8, 100), nn.ReLU(), nn.Linear(100, 8))
    assert found(lanes, model, (1, 4, 8)) == []
