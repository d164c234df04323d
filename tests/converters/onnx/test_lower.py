import functools
import warnings

import onnx
import pytest
import torch

from edgeattn_converters.calibrate import calibrate
from edgeattn_converters.onnx.lower import OPSET, lower, quiet
from edgeattn_converters.quantize import quantize
from edgeattn_runtime.errors import CannotConvert
from edgeattn_runtime.session import open_session
from tests.converters.programs import rewritten
from tests.converters.quantised import (
    INT8,
    VNNI,
    answers,
    decibels,
    noise,
    program_of,
    simulated,
)


@functools.cache
def content(name):
    return lower(rewritten(name))


def test_a_float_model_keeps_the_numbers():
    program = rewritten("hybrid")
    samples = noise(program, 2)
    found = answers(content("hybrid"), program, samples)
    assert decibels(simulated(program, samples), found) > 100


def test_the_ports_keep_their_names_shapes_and_types():
    program = rewritten("hybrid")
    session = open_session(content("hybrid"))
    assert (session.inputs, session.outputs) == (program.inputs, program.outputs)


def test_the_file_tells_nothing_of_the_machine_that_wrote_it():
    model = onnx.load_from_string(content("hybrid"))
    text = str(model)
    assert model.producer_name == "edgeattn"
    assert ".py" not in text
    assert "/" not in "".join(node.doc_string for node in model.graph.node)
    assert not model.metadata_props
    assert not any(node.metadata_props for node in model.graph.node)
    assert not model.graph.value_info
    assert {entry.domain: entry.version for entry in model.opset_import}[""] == OPSET


def test_an_operator_without_a_translation_is_named():
    program = program_of(lambda x: torch.special.bessel_j0(x), torch.zeros(1, 4))
    with pytest.raises(CannotConvert, match=r"torch\.onnx cannot write tiny: .*bessel_j0"):
        lower(program)


def test_quiet_mutes_the_exporter_only(capsys):
    with quiet():
        print("progress of the exporter")
    assert capsys.readouterr().out == ""
    with pytest.warns(UserWarning, match="ours"), quiet():
        warnings.warn("ours", UserWarning, stacklevel=1)


def test_a_layer_that_is_called_twice_is_stored_once():
    class Twice(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.shared, self.other = torch.nn.Linear(64, 64), torch.nn.Linear(64, 64)

        def forward(self, x):
            return self.other(self.shared(self.shared(x).relu()).relu())

    program = program_of(Twice(), torch.zeros(1, 4, 64))
    file = lower(program)
    weights = [
        tensor for tensor in onnx.load_from_string(file).graph.initializer if len(tensor.dims) == 2
    ]
    assert len(weights) == 2
    samples = noise(program, 2)
    assert decibels(simulated(program, samples), answers(file, program, samples)) > 100
    quantised = quantize(program, calibrate(program, samples), INT8, VNNI).program
    assert len(lower(quantised)) < len(file) / 2.5  # two int8 weights, not three
