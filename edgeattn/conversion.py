"""A model and data as the user names them -> a bundle with its proof."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

from edgeattn.bundle_samples import class_numbers
from edgeattn.configuration import write_configuration
from edgeattn.data.choice import Chosen, choose_data
from edgeattn.data.photos import Steps, is_photo_folder, prepared, steps_taken
from edgeattn.data.recordings import clip_of
from edgeattn.devices.target import resolve_target
from edgeattn.dry_run import plan
from edgeattn.report.page import check_can_draw, write_page
from edgeattn.sources import LoadedModel, load_model
from edgeattn.sources.example import Examples, first_sample, parameter_names, ports_of
from edgeattn_converters.bundle_writer import check_out, staged
from edgeattn_converters.convert import convert as convert_order
from edgeattn_converters.order import Order
from edgeattn_converters.policies import policy_for, split_targets
from edgeattn_converters.recipe import read_recipe
from edgeattn_converters.search.formats import Search
from edgeattn_runtime import machine
from edgeattn_runtime.clock import refuse_without_time
from edgeattn_runtime.errors import BadUsage
from edgeattn_runtime.report import Gates
from edgeattn_runtime.session import installed_engine

Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class Conversion:
    """What `convert` made.

    Attributes:
        bundle: The folder; None after a dry run.
        report: report.json as an object.
        passed: Whether the gates hold.
        warnings: What makes the result less worth believing, one sentence each.
    """

    bundle: Path | None
    report: dict[str, Any]
    passed: bool
    warnings: tuple[str, ...] = ()


def convert(
    model: str | Path | nn.Module,
    example_inputs: Examples | None = None,
    *,
    out: Path | str,
    formats: Sequence[str] = ("onnx", "tflite"),
    calib: Path | str | None = None,
    evaluation: Path | str | None = None,
    samples: int = 256,
    recipe: str = "int8",
    max_drop: float | None = 1.0,
    min_speedup: float | None = None,
    search: bool | None = None,
    search_budget_s: float = 180.0,
    allow_random: bool = False,
    force: bool = False,
    threads: int = 1,
    target: str | None = None,
    keep_steps: bool = False,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> Conversion:
    """Turn a model into a bundle that a device can run, and prove it.

    Args:
        model: A PyTorch module in eval mode (it may carry `.labels` and `.preprocessing`), or what
            `edgeattn convert` takes as MODEL.
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
        search: Look for per-layer precision: None does where no int8 variant holds the gates, True
            also where a mix may be faster, False never.
        search_budget_s: Seconds that the search may take, all formats together. What it measured
            lies beside `out` until the bundle is done, so that the same call resumes it.
        allow_random: Accept noise where no data was named.
        force: Replace the bundle at `out`.
        threads: CPU threads for one inference while measuring.
        target: A class of CPU ("arm64", ...), a policy's name ("tensorrt"), a device's name
            ("raspberry-pi-5") or profile, or several with commas between; None is this machine.
        keep_steps: Write the Program after every pass to `out`/steps, and keep the search's journal
            beside `out`.
        dry_run: Check everything that can be checked at once, and stop.
        progress: Called with what is being done and the share done, 0 to 1.

    Raises:
        EdgeattnError: See edgeattn_runtime.errors; nothing is left at `out` then.
    """
    out, chosen_recipe = Path(out), read_recipe(recipe)
    formats = (formats,) if isinstance(formats, str) else tuple(dict.fromkeys(formats))
    if not formats:
        raise BadUsage("no format was asked for; name onnx, tflite or both")
    for format in formats:
        policy_for(format, machine.cpu_class())  # says what is wrong with one it does not know
        installed_engine(format)
    targets = resolve_target(target)
    policies, elsewhere = ({}, ()) if targets is None else split_targets(targets)
    for policy in elsewhere:
        if policy.format not in formats:
            raise BadUsage(
                f"{policy.name} reads {policy.format} files; add {policy.format} to --to"
            )
    if not dry_run:
        refuse_without_time("a conversion")
        check_out(out, force=force)
        check_can_draw()
    calib = None if calib is None else str(calib)
    evaluation = None if evaluation is None else str(evaluation)
    model = str(model) if isinstance(model, Path) else model
    loaded = _loaded(model, example_inputs)
    inputs = ports_of(loaded)
    data = choose_data(
        calib=calib,
        evaluation=evaluation,
        dataset=loaded.dataset,
        samples=samples,
        allow_random=allow_random,
        inputs=inputs,
        clip=None if inputs is None else clip_of(inputs[0].shape, loaded.preprocessing),
    )
    data, steps = _prepared(data, loaded, calib or loaded.dataset, evaluation or loaded.dataset)
    example = loaded.example_inputs or first_sample(loaded, data.calibration)
    order = Order(
        module=loaded.module,
        example_inputs=example,
        name=loaded.name,
        calibration=data.calibration.x,
        calibration_hashes=data.calibration.hashes(),
        evaluation=data.evaluation.x,
        labels_of=class_numbers(data.evaluation, loaded.labels),
        formats=formats if policies or not elsewhere else (),  # () asks for nothing that runs here
        recipe=chosen_recipe,
        gates=Gates(max_drop, min_speedup),
        threads=threads,
        policies=policies,
        elsewhere=elsewhere,
        target=targets,
        labels=loaded.labels or data.evaluation.labels,
        preprocessing=steps,
        trained=loaded.trained,
        search=None
        if search is False
        else Search(
            always=search is True,
            seconds=search_budget_s,
            journal=out.absolute().with_name(f".{out.absolute().name}.search.jsonl"),
        ),
    )
    if dry_run:
        return Conversion(None, plan(order, data).to_json(), passed=True)
    with staged(out, force=force) as folder:
        if keep_steps:
            order = replace(order, steps=folder / "steps")
        converted = convert_order(order, folder, progress)
        report = converted.report.to_json()
        report["data"] = {**data.facts(), "shift": converted.shift.to_json()}
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
                search=search,
                search_budget=f"{search_budget_s:g}s",
                allow_random=allow_random,
                threads=threads,
                target=target,
            )
        write_page(folder / "report.html", report, converted, labels=converted.evidence.labels)
    if order.search is not None and not keep_steps:
        order.search.forget(converted.report.search)
    warnings = tuple(filter(None, (converted.shift.warning, _rounding_warning(order))))
    return Conversion(out, report, converted.report.verdict.passed, warnings)


def _loaded(model: str | nn.Module, example_inputs: Examples | None) -> LoadedModel:
    """Return the model; `example_inputs` win over the source's own."""
    if isinstance(example_inputs, torch.Tensor):
        example_inputs = (example_inputs,)
    if isinstance(model, str):
        loaded = load_model(model)
        return loaded if example_inputs is None else replace(loaded, example_inputs=example_inputs)
    return LoadedModel(
        model,
        name=type(model).__name__,
        kind="module",
        example_inputs=example_inputs,
        input_names=parameter_names(model, example_inputs),
        labels=getattr(model, "labels", None),
        preprocessing=tuple(getattr(model, "preprocessing", ())),
    )


def _prepared(
    data: Chosen, loaded: LoadedModel, calib: str | None, evaluation: str | None
) -> tuple[Chosen, Steps]:
    """Return photos out of folders as the model wants them, and the steps for the manifest."""
    folders = is_photo_folder(calib), is_photo_folder(evaluation or calib)
    if data.random or not any(folders):
        return data, loaded.preprocessing
    if not loaded.preprocessing:
        x = next(iter(data.calibration.x.values()))
        return data, steps_taken(*x.shape[2:]) if all(folders) else ()
    calibration, judged = (
        prepared(side, loaded.preprocessing, loaded.name) if folder else side
        for side, folder in zip((data.calibration, data.evaluation), folders, strict=True)
    )
    return Chosen(calibration, judged), loaded.preprocessing


def _rounding_warning(order: Order) -> str | None:
    if order.trained is None:
        return None
    here = (
        order.policies.get(format) or policy_for(format, machine.cpu_class())
        for format in order.formats
    )
    return order.trained.warning((*here, *order.elsewhere))
