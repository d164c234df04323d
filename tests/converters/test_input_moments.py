"""Moments are those of what a layer multiplies with: e' H e is the error of its result."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from edgeattn_converters.calibrate import Sample
from edgeattn_converters.gptq import output_error
from edgeattn_converters.input_moments import as_stored, by_group, input_moments, moments_bytes
from edgeattn_converters.operands import stored
from edgeattn_converters.operator_kind import HAS_WEIGHTS, kind
from edgeattn_converters.program import Program
from edgeattn_converters.specialise.channels_last import channels_last
from tests.converters.quantised import noise, program_of

LAYERS = {
    "linear on tokens": (lambda: nn.Linear(6, 5, bias=False), (1, 7, 6)),
    "linear on rows": (lambda: nn.Linear(6, 5, bias=False), (3, 6)),
    "convolution": (lambda: nn.Conv2d(4, 6, 3, 2, 1, bias=False), (2, 4, 9, 7)),
    "uneven kernel": (lambda: nn.Conv2d(4, 6, (1, 3), dilation=(1, 2), bias=False), (1, 4, 5, 9)),
    "grouped": (lambda: nn.Conv2d(8, 6, 3, padding=1, groups=2, bias=False), (1, 8, 5, 5)),
    "depthwise": (lambda: nn.Conv2d(8, 8, 3, padding=1, groups=8, bias=False), (1, 8, 5, 5)),
    "1x1": (lambda: nn.Conv2d(8, 5, 1, bias=False), (1, 8, 5, 5)),
}


def one_layer(name: str) -> tuple[Program, torch.fx.Node, list[Sample]]:
    make, size = LAYERS[name]
    torch.manual_seed(0)
    program = channels_last(program_of(make(), torch.zeros(size)))
    (layer,) = (node for node in program.graph.nodes if kind(node) in HAS_WEIGHTS)
    return program, layer, noise(program, 3)


@pytest.mark.parametrize("name", LAYERS)
def test_the_moments_tell_the_size_of_the_result(name) -> None:
    program, layer, samples = one_layer(name)
    weight = stored(program, layer, 1)
    moments = input_moments(program, [layer], samples)[layer]
    found = output_error(by_group(layer, weight).double(), moments.products).sum()
    expected = sum(float(program(*sample)[0].double().square().sum()) for sample in samples)
    assert float(found) == pytest.approx(expected, rel=1e-5)  # float32 results


@pytest.mark.parametrize("name", LAYERS)
def test_the_centred_moments_tell_how_far_results_lie_from_their_mean(name) -> None:
    program, layer, samples = one_layer(name)
    weight = stored(program, layer, 1)
    moments = input_moments(program, [layer], samples)[layer]
    found = output_error(by_group(layer, weight).double(), moments.centred).flatten()
    axis = -1 if kind(layer) != "conv" else 1
    results = torch.cat([program(*sample)[0].double().movedim(axis, -1) for sample in samples])
    rows = results.flatten(0, -2)
    torch.testing.assert_close(found, (rows - rows.mean(0)).square().sum(0), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("name", LAYERS)
def test_grouping_weights_can_be_undone(name) -> None:
    program, layer, _ = one_layer(name)
    weight = stored(program, layer, 1)
    assert torch.equal(as_stored(layer, by_group(layer, weight)), weight)


def test_samples_are_read_one_by_one() -> None:
    program, layer, samples = one_layer("grouped")
    streamed = input_moments(program, [layer], iter(samples))[layer]
    assert streamed.rows == 3 * 25
    assert streamed.products.element_size() * streamed.products.numel() < moments_bytes(layer)
