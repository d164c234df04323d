import pytest
import torch

from edgeattn.sources.onnx_import.recorder import Recorder, dtype, shape
from edgeattn.sources.onnx_import.unreadable import UnreadableNodeError


def test_functions_of_constants_are_called_at_once():
    recorder = Recorder()
    three = recorder.call(torch.add, torch.tensor(1), torch.tensor(2))
    assert three.item() == 3
    assert not list(recorder.graph.nodes)


def test_functions_of_inputs_are_recorded_with_their_shape():
    recorder = Recorder()
    x = recorder.input("x", torch.zeros(2, 3))
    y = recorder.call(torch.matmul, x, torch.ones(3, 5))
    assert shape(y) == (2, 5)
    assert dtype(y) == torch.float32
    module = recorder.finish((y,))
    assert module(torch.ones(2, 3)).tolist() == [[3.0] * 5] * 2


def test_weights_go_by_their_onnx_names():
    recorder = Recorder()
    x = recorder.input("x", torch.zeros(2))
    names = ["layers.0.weight", "layers", "odd/name:0", "layers.0.weight"]
    total = x
    for name in names:
        total = recorder.call(torch.add, total, recorder.named(torch.ones(2), name))
    stored = [name for name, _ in recorder.finish((total,)).named_parameters()]
    assert sorted(stored) == ["layers.0.weight", "layers.0.weight_1", "layers_1", "odd_name_0"]


def test_a_weight_inside_another_gets_a_flat_name():
    recorder = Recorder()
    total = recorder.input("x", torch.zeros(2))
    for name in ("a", "a.b"):
        total = recorder.call(torch.add, total, recorder.named(torch.ones(2), name))
    module = recorder.finish((total,))
    assert sorted(dict(module.named_parameters())) == ["a", "a_b"]
    assert module(torch.zeros(2)).tolist() == [2.0, 2.0]


def test_a_function_that_does_not_fit_names_the_shapes():
    recorder = Recorder()
    x = recorder.input("x", torch.zeros(2, 3))
    with pytest.raises(UnreadableNodeError, match=r"does not fit its inputs \[2, 3\], \[4, 5\]"):
        recorder.call(torch.matmul, x, torch.ones(4, 5))


def test_a_constant_is_transposed_once():
    recorder, weight = Recorder(), torch.ones(2, 3)
    assert recorder.transposed(weight) is recorder.transposed(weight)
    assert recorder.transposed(weight).shape == (3, 2)


def test_an_enormous_constant_is_refused_before_it_is_made():
    with pytest.raises(UnreadableNodeError, match=r"would take 4096\.0 GiB, more than 4"):
        Recorder().call(torch.full, [2**20, 2**20], 0.0)
