"""edgeattn.linting: a model as typed -> what would hurt it."""

import numpy as np
import pytest
import torch
from torch import nn

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


def batched():
    return nn.Linear(4, 2).eval(), torch.ones(3, 4)
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


def test_only_the_selected_rules_are_kept(factory):
    found = lint(factory("branching"), target="litert-xnnpack", select=("mask",))
    assert found.findings == ()


def test_ignored_rules_are_left_out(factory):
    found = lint(factory("branching"), target="litert-xnnpack", ignore=("uncaptured",))
    assert found.findings == ()


def test_a_rule_nobody_knows_is_refused_before_anything_is_loaded():
    with pytest.raises(BadUsage, match="did you mean lanes"):
        lint("nothing.py:at_all", target="litert-xnnpack", select=("lane",))


def test_strict_minds_warnings(factory):
    warned = lint(factory("batched"), target="litert-xnnpack", select=("batch",))
    assert [finding.severity for finding in warned.findings] == ["warning"]
    assert (warned.passed(), warned.passed(strict=True)) == (True, False)


def test_samples_give_the_shape_that_a_model_lacks(factory, tmp_path):
    np.savez(tmp_path / "data.npz", x=np.ones((3, 4), np.float32))
    found = lint(factory("shapeless"), target="litert-xnnpack", data=str(tmp_path / "data.npz"))
    assert found.convertible


def test_dynamic_shapes_in_a_file_become_those_of_its_example(tmp_path):
    batch = torch.export.Dim("batch", min=1, max=8)
    exported = torch.export.export(
        nn.Linear(4, 2).eval(), (torch.ones(2, 4),), dynamic_shapes=({0: batch},)
    )
    torch.export.save(exported, tmp_path / "open.pt2")
    found = lint(str(tmp_path / "open.pt2"), target="litert-xnnpack")
    assert [finding.rule for finding in found.findings] == ["batch"]  # of two samples
