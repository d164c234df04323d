"""What the tests of the search share: a small subject, and a clock that reads files, not time."""

from __future__ import annotations

import copy
import functools
from collections.abc import Mapping

import numpy as np
import torch
from torch import nn

from edgeattn_converters.calibrate import calibrate
from edgeattn_converters.capture import capture
from edgeattn_converters.drafts import drafts, int8_form
from edgeattn_converters.evidence import gather_evidence, samples_of
from edgeattn_converters.passes import apply_passes
from edgeattn_converters.recipe import RECIPES, Recipe
from edgeattn_converters.search.subject import Subject
from edgeattn_converters.verify import Measured, accuracy_of
from edgeattn_runtime.latency import Latency, summarise
from edgeattn_runtime.session import open_session
from tests.converters.programs import MODELS, Attention, Block, normal, seeded
from tests.converters.quantised import LITERT


def centred(module, x):
    """Let the classes of an untrained model depend on its inputs: take the mean out of its head."""
    module = copy.deepcopy(module)
    with torch.no_grad():
        module.head.bias -= module(torch.from_numpy(x)).mean(0)
    return module


def with_outlier(module):
    """Return a model with the same answers, one channel of its stem 300 times as wide."""
    module = copy.deepcopy(module)
    norm, second = module.stem[0][1], module.stem[2][0]
    with torch.no_grad():
        norm.weight[0] *= 300
        norm.bias[0] *= 300
        second.weight[:, 0] /= 300
    return module


class Deep(nn.Module):
    """Four equal blocks and a head."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks = nn.Sequential(*(Block(Attention()) for _ in range(4)))
        self.head = nn.Linear(16, 5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.blocks(x).mean(1))


@functools.cache
def programs(name: str = "hybrid"):
    """Return (captured, after the passes, inputs for both)."""
    module, inputs = seeded(Deep, normal(1, 12, 16)) if name == "deep" else MODELS["hybrid"]()
    x = np.random.default_rng(0).normal(size=(72, *inputs[0].shape[1:])).astype(np.float32)
    module = centred(module, x)
    captured = capture(with_outlier(module) if name == "outliers" else module, inputs, name="tiny")
    return captured, apply_passes(captured), {captured.inputs[0].name: x}


@functools.cache
def subject(name: str = "hybrid", recipe: Recipe = RECIPES["int8"]) -> Subject:
    """Return a subject on LiteRT; nothing may change it."""
    captured, program, x = programs(name)
    samples = tuple(samples_of(program, {key: value[:8] for key, value in x.items()}))
    evidence = gather_evidence(captured, {key: value[8:] for key, value in x.items()}, None)
    ranges = calibrate(program, samples)
    exact = int8_form(program, LITERT)
    return Subject.of(exact, ranges, recipe, LITERT, samples, evidence)


@functools.cache
def measured(name: str = "hybrid") -> tuple[Measured, ...]:
    """Return the fp32 file and the uniform variants, timed by `by_size`."""
    captured, program, _ = programs(name)
    one = subject(name)
    found = []
    for draft in drafts(captured, program, one.ranges, one.recipe, one.policy, one.samples):
        facts = accuracy_of(draft, open_session(draft.content), one.evidence)
        found.append((draft, facts))
    times = by_size({draft.key: draft.content for draft, _ in found})
    base = times["tflite fp32"].p50
    return tuple(
        Measured(
            draft,
            replace_facts(facts, times[draft.key], base),
            facts.parity,
            facts.golden,
        )
        for draft, facts in found
    )


def replace_facts(one: Measured, latency: Latency, base: float):
    """Return the facts of a candidate with a latency."""
    from dataclasses import replace

    speedup = base / latency.p50
    return replace(
        one.facts, latency_ms=latency, speedup_vs_fp32=speedup, speedup_interval=(speedup, speedup)
    )


def by_size(files: Mapping[str, bytes]) -> dict[str, Latency]:
    """Say that a file takes a millisecond for 10 kB: what is float costs, and always the same."""
    return {name: summarise([len(content) / 1e4] * 3) for name, content in files.items()}
