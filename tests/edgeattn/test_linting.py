"""edgeattn.linting: a model as typed -> what would hurt it."""

import pytest

from edgeattn.linting import lint
from edgeattn_converters.policies import policies_for
from edgeattn_runtime.errors import BadUsage

FACTORY = """
import torch
from torch import nn


class Branching(nn.Module):
    def forward(self, x):
        return x if x.sum() > 0 else -x


def branching():
    return Branching().eval(), (torch.ones(1, 4),)


def shapeless():
    return nn.Linear(4, 2).eval()
"""


@pytest.fixture
def factory(tmp_path):
    (tmp_path / "models.py").write_text(FACTORY)
    return lambda name: f"{tmp_path / 'models.py'}:{name}"


def test_a_model_that_cannot_be_captured_gets_a_finding_not_a_crash(factory):
    found = lint(factory("branching"), target="litert-xnnpack")
    assert not found.convertible
    assert [finding.severity for finding in found.findings] == ["error"]


def test_a_model_without_a_shape_is_asked_for_one(factory):
    with pytest.raises(BadUsage, match=r"return \(module, example_inputs\)"):
        lint(factory("shapeless"))


def test_an_unknown_target_is_refused_before_anything_is_loaded():
    with pytest.raises(BadUsage, match="there is no target"):
        lint("nothing.py:at_all", target="toaster")


def test_a_class_of_cpu_is_looked_at_for_both_formats(factory):
    found = lint(factory("branching"), target="arm64")
    assert found.targets == tuple(policy.name for policy in policies_for("arm64").values())
