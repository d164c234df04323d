from torch import nn

from edgeattn_converters.lint.old_interpreter import old_interpreter
from edgeattn_converters.policies import TFLITE_RUNTIME


def test_the_old_interpreter_is_warned_of_once(found):
    model = nn.Sequential(nn.Linear(8, 8), nn.Linear(8, 8))
    (finding,) = found(old_interpreter, model, (1, 8), policies=(TFLITE_RUNTIME,))
    assert "garbage without an error" in finding.why
    assert finding.layer == "0"


def test_a_model_without_weights_is_left_alone(found):
    assert found(old_interpreter, nn.ReLU(), (1, 8), policies=(TFLITE_RUNTIME,)) == []


def test_other_engines_are_left_alone(found):
    assert found(old_interpreter, nn.Linear(8, 8), (1, 8)) == []
