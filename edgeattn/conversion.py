"""A model and data as the user names them -> a bundle with its proof."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

from edgeattn.bundle_samples import class_numbers
from edgeattn.configuration import write_configuration
from edgeattn.data.choice import Chosen, choose_data
from edgeattn.data.data import Array, Data
from edgeattn.report.page import write_page
from edgeattn.sources import LoadedModel, load_model
from edgeattn_converters.bundle_writer import check_out, staged
from edgeattn_converters.convert import Order
from edgeattn_converters.convert import convert as convert_order
from edgeattn_converters.recipe import read_recipe
from edgeattn_runtime import machine
from edgeattn_runtime.errors import BadData, BadUsage
from edgeattn_runtime.port import Port
from edgeattn_runtime.report import Gates, ModelFacts, Report, Verdict

Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class Conversion:
    """What `convert` made.

    Attributes:
        bundle: The folder; None after a dry run.
        report: report.json as an object.
        passed: Whether the gates hold.
    """

    bundle: Path | None
    report: dict[str, Any]
    passed: bool


def convert(
    model: str | nn.Module,
    example_inputs: tuple[torch.Tensor, ...] | None = None,
    *,
    out: Path | str,
    formats: tuple[str, ...] = ("onnx", "tflite"),
    calib: str | None = None,
    evaluation: str | None = None,
    samples: int = 256,
    recipe: str = "int8",
    max_drop: float | None = 1.0,
    min_speedup: float | None = None,
    allow_random: bool = False,
    force: bool = False,
    threads: int = 1,
    keep_steps: bool = False,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> Conversion:
    """Turn a model into a bundle that a device can run, and prove it.

    Args:
        model: A PyTorch module in eval mode, or what `edgeattn convert` takes as MODEL.
        example_inputs: One sample, batch first; its shapes become the model's. Without it the
            source's own example serves, else the first calibration sample.
        out: Where the bundle goes; it appears when it is whole.
        formats: "onnx", "tflite".
        calib: Samples to calibrate with: a data set's name, a folder, an .npz.
        evaluation: Samples to judge with, in the same forms.
        samples: Calibrate with at most so many.
        recipe: A recipe's name or a .toml file.
        max_drop: Gate: lose at most so many points of accuracy; None is off.
        min_speedup: Gate: be so many times as fast as fp32; None is off.
        allow_random: Accept noise where no data was named.
        force: Replace the bundle at `out`.
        threads: CPU threads for one inference while measuring.
        keep_steps: Write the Program after every pass to `out`/steps.
        dry_run: Check everything that can be checked at once, and stop.
        progress: Called with what is being done and the share done, 0 to 1.

    Raises:
        EdgeattnError: See edgeattn_runtime.errors; nothing is left at `out` then.
    """
    out = Path(out)
    chosen_recipe = read_recipe(recipe)
    if not formats:
        raise BadUsage("no format was asked for; name onnx, tflite or both")
    if not dry_run:
        check_out(out, force=force)
    loaded = _loaded(model, example_inputs)
    data = choose_data(
        calib=calib,
        evaluation=evaluation,
        dataset=loaded.dataset,
        samples=samples,
        allow_random=allow_random,
        inputs=_ports(loaded),
    )
    example = loaded.example_inputs or _first_sample(loaded, data.calibration)
    order = Order(
        module=loaded.module,
        example_inputs=example,
        name=loaded.name,
        calibration=data.calibration.x,
        calibration_hashes=data.calibration.hashes(),
        evaluation=data.evaluation.x,
        labels_of=class_numbers(data.evaluation, loaded.labels),
        formats=tuple(formats),
        recipe=chosen_recipe,
        gates=Gates(max_drop, min_speedup),
        threads=threads,
        labels=loaded.labels or data.evaluation.labels,
        preprocessing=loaded.preprocessing,
    )
    if dry_run:
        return Conversion(None, _plan(order, data).to_json(), passed=True)
    with staged(out, force=force) as folder:
        if keep_steps:
            order = replace(order, steps=folder / "steps")
        converted = convert_order(order, folder, progress)
        report = converted.report.to_json()
        report["data"] = _data_facts(data)
        if isinstance(model, str):
            write_configuration(
                folder / "config.toml",
                model=model,
                calib=calib,
                eval=evaluation,
                samples=samples,
                to=list(formats),
                recipe=recipe,
                max_drop=max_drop,
                min_speedup=min_speedup,
                allow_random=allow_random,
                threads=threads,
            )
        write_page(folder / "report.html", report, converted, labels=order.labels)
    return Conversion(out, report, converted.report.verdict.passed)


def _loaded(
    model: str | nn.Module, example_inputs: tuple[torch.Tensor, ...] | None
) -> LoadedModel:
    if isinstance(model, str):
        return load_model(model)
    if example_inputs is None:
        raise BadUsage("a module needs example_inputs: one sample, batch first, as a tuple")
    name = type(model).__name__
    return LoadedModel(model, name=name, kind="module", example_inputs=example_inputs)


def _ports(loaded: LoadedModel) -> tuple[Port, ...] | None:
    """Return what the model takes, as far as its source says."""
    if loaded.example_inputs is None:
        return None
    names = loaded.input_names or tuple(f"x{i}" for i in range(len(loaded.example_inputs)))
    return tuple(
        Port(name, tuple(value.shape), str(value.dtype).removeprefix("torch."))
        for name, value in zip(names, loaded.example_inputs, strict=False)
    )


def _first_sample(loaded: LoadedModel, data: Data) -> tuple[torch.Tensor, ...]:
    """Return the first sample in the order of `forward`; a single array may be called x."""
    names = loaded.input_names
    if set(data.x) == {"x"} or len(data.x) == len(names) == 1:
        return (_tensor(next(iter(data.x.values()))),)
    missing = [name for name in names if name not in data.x]
    if missing:
        raise BadData(
            f"{data.source} holds {', '.join(data.x)}, but {loaded.name} takes "
            f"{', '.join(names)}; name the arrays after the parameters of forward"
        )
    return tuple(_tensor(data.x[name]) for name in names)


def _tensor(array: Array) -> torch.Tensor:
    first = torch.from_numpy(array[:1].copy())
    return first.float() if first.dtype == torch.float64 else first


def _data_facts(data: Chosen) -> dict[str, Any]:
    return {
        "calibration": data.calibration.source,
        "calibration_samples": len(data.calibration),
        "evaluation": data.evaluation.source,
        "evaluation_samples": len(data.evaluation),
        "labelled": data.evaluation.y is not None,
        "random": data.random,
    }


def _plan(order: Order, data: Chosen) -> Report:
    """Return a report that says what would be done."""
    what = (
        f"dry run: would write {' and '.join(order.formats)} of {order.name}, calibrated with "
        f"{len(data.calibration)} samples of {data.calibration.source}, judged on "
        f"{len(data.evaluation)} of {data.evaluation.source}; nothing was measured"
    )
    parameters = sum(parameter.numel() for parameter in order.module.parameters())
    return Report(
        model=ModelFacts(order.name, parameters, None),
        context=machine.context(threads=order.threads),
        candidates=(),
        verdict=Verdict(None, True, what, order.gates),
    )
