import pytest
import torch
from torch import nn

from edgeattn_converters.capture import capture
from edgeattn_converters.lint.subject import prepare
from edgeattn_converters.policies import LITERT_XNNPACK, ONNXRUNTIME_X86_VNNI

BOTH = (ONNXRUNTIME_X86_VNNI, LITERT_XNNPACK)


class Formula(nn.Module):
    """A model that is one function of its inputs."""

    def __init__(self, function, **parts):
        super().__init__()
        self.function = function
        for name, part in parts.items():
            setattr(self, name, part)

    def forward(self, *inputs):
        return self.function(self, *inputs)


@pytest.fixture
def program():
    """Capture a module, or a function of (module, inputs), at the shapes given."""

    def build(model, *inputs, **parts):
        torch.manual_seed(0)
        module = model if isinstance(model, nn.Module) else Formula(model, **parts)
        tensors = tuple(
            torch.randn(value) if isinstance(value, tuple) else value for value in inputs
        )
        return capture(module.eval(), tensors, name="model")

    return build


@pytest.fixture
def found(program):
    """Return what one rule finds in a model, meant for both engines unless said otherwise."""

    def look(rule, model, *inputs, policies=BOTH, **parts):
        subject, refusals = prepare(program(model, *inputs, **parts), policies)
        assert not refusals
        return list(rule(subject))

    return look
