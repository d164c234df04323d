"""Definitions of what a model calls beside a fused core."""

import pytest
from onnx import TensorProto, helper

from edgeattn_converters.onnx.fused_norms import FROM_FLOAT, NORMS
from edgeattn_converters.onnx.fused_siblings import DEFINITIONS, define_siblings
from edgeattn_converters.onnx.fused_tables import DOMAIN, GELU, TABLES
from edgeattn_converters.onnx.symbolic import MICROSOFT, OPSET


def model(*names):
    nodes = [
        helper.make_node(name, [], [f"y{i}"], domain=DOMAIN) for i, name in enumerate(names)
    ] + [helper.make_node("Gelu", ["x"], ["y"])]
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1])
    return helper.make_model(
        helper.make_graph(nodes, "g", [], [y]), opset_imports=[helper.make_opsetid("", OPSET)]
    )


def defined(*names):
    made = model(*names)
    define_siblings(made)
    return [one.name for one in made.functions], {one.domain for one in made.opset_import}


def test_every_operator_defines_itself():
    assert set(DEFINITIONS) == {*TABLES, *NORMS}
    for name in DEFINITIONS:
        assert DEFINITIONS[name](name).name == name


def test_what_is_called_twice_is_defined_once():
    assert defined(GELU, FROM_FLOAT, GELU)[0] == sorted([GELU, FROM_FLOAT])


@pytest.mark.parametrize("names", [(), ("QLinearAttention",)], ids=["nothing", "attention"])
def test_what_is_no_sibling_is_left_to_others(names):
    assert defined(*names) == ([], {""})


def test_only_tables_need_the_engines_own_domain():
    assert MICROSOFT in defined(GELU)[1]
    assert MICROSOFT not in defined(FROM_FLOAT)[1]
