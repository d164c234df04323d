"""Make the candidate files: per format a stock export, a float file and int8 variants."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator, Sequence

from edgeattn_converters.bias_correction import Means, channel_means, correct_bias
from edgeattn_converters.calibrate import Ranges, Sample
from edgeattn_converters.candidate import Draft
from edgeattn_converters.cost import audit
from edgeattn_converters.placement import place
from edgeattn_converters.policy import Policy, Specialise
from edgeattn_converters.program import Program
from edgeattn_converters.quantize import quantize
from edgeattn_converters.recipe import Recipe
from edgeattn_converters.weight_planes import choose_planes
from edgeattn_converters.weight_rounding import round_weights
from edgeattn_runtime.errors import CannotConvert


def drafts(
    captured: Program,
    program: Program,
    ranges: Ranges,
    recipe: Recipe,
    policy: Policy,
    samples: Sequence[Sample] = (),
    *,
    trained: Program | None = None,
) -> Iterator[Draft]:
    """Yield the candidates of one format, stock export first.

    Args:
        captured: The model as torch.export gave it.
        program: The same after the passes.
        ranges: What calibration saw on `program`.
        recipe: What the user wants.
        policy: What the engine runs fast.
        samples: Real inputs to round weights, correct biases and choose the planes of fused cores
            with; none leaves them as they are.
        trained: `program` with constants trained for int8: what the integer files are made of.
    """
    format = policy.format
    target = policy.name if policy.elsewhere else None
    engine = target or format
    if format == "onnx" and target is None:
        content = _lower(captured, format)
        yield Draft("onnx stock", format, "fp32", None, content, captured, captured, stock=True)
    exact = _specialised(program, policy.float_form)
    content = _lower(exact, format, policy.operators)
    yield Draft(f"{engine} fp32", format, "fp32", None, content, exact, exact, target=target)
    if not recipe.int8:
        return
    forms: dict[Specialise, tuple[Program, Means | None]] = {}  # each made once for all variants
    seen: set[tuple[str, ...]] = set()
    for variant in recipe.variants(policy.cores, policy.linears):
        form = policy.form_for(variant.core)
        if form not in forms:
            exact = _specialised(program if trained is None else trained, form)
            correct = samples and recipe.bias_correction
            forms[form] = exact, channel_means(exact, samples) if correct else None
        exact, means = forms[form]
        placed = tuple(one.precision for one in place(exact, variant, policy).values())
        if placed in seen or set(placed) == {"float"}:
            continue  # nothing to vary: the variants are one; or nothing to quantise at all
        seen.add(placed)
        yield int8_draft(exact, ranges, variant, policy, samples, means)


def int8_form(program: Program, policy: Policy, core: str = "measure") -> Program:
    """Return a Program in the form that an engine's integer kernels want."""
    return _specialised(program, policy.form_for(core))


def int8_draft(
    exact: Program,
    ranges: Ranges,
    recipe: Recipe,
    policy: Policy,
    samples: Sequence[Sample] = (),
    means: Means | None = None,
) -> Draft:
    """Return one quantised candidate.

    Args:
        exact: The float Program, as `int8_form` returned it.
        ranges: What calibration saw.
        recipe: Decided in everything; a "measure" in it counts as int8.
        policy: What the engine runs fast.
        samples: As in `drafts`.
        means: bias_correction.channel_means of `exact`, when known.
    """
    quantised = quantize(exact, ranges, recipe, policy)
    simulation = quantised.program
    if samples and recipe.weight_rounding == "gptq":
        simulation = round_weights(exact, simulation, samples, bias_follows=recipe.bias_correction)
    if samples and recipe.bias_correction:
        simulation = correct_bias(exact, simulation, samples, means)
    if recipe.core == "fused":
        simulation = choose_planes(simulation, samples)
    target = policy.name if policy.elsewhere else None
    return Draft(
        f"{target or policy.format} {recipe.name}",
        policy.format,
        "int8",
        recipe.name,
        _lower(simulation, policy.format, policy.operators),
        simulation,
        exact,
        quantised.decisions,
        audit(exact, quantised.decisions),
        target=target,
    )


def _specialised(program: Program, forms: tuple[Callable[[Program], Program], ...]) -> Program:
    for form in forms:
        program = form(program)
    return program


def _lower(program: Program, format: str, operators: str = "named") -> bytes:
    """Write a file; each writer brings its libraries, so it is imported when it is asked for."""
    if format == "onnx":
        from edgeattn_converters.onnx.lower import lower as lower_onnx

        return lower_onnx(program, operators)
    from edgeattn_converters.tflite.lower import lower as lower_tflite

    try:
        return lower_tflite(program)
    except CannotConvert:
        if importlib.util.find_spec("litert_torch") is None:
            raise
        from edgeattn_converters.tflite.litert import lower as lower_with_litert

        return lower_with_litert(program)
