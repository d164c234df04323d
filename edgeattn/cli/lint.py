"""`edgeattn lint MODEL`: what would hurt, before 20 minutes of work."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from edgeattn.cli.voice import Voice, spoken

if TYPE_CHECKING:
    from edgeattn.linting import Linted


def split_names(ctx: click.Context, param: click.Parameter, value: str | None) -> tuple[str, ...]:
    """Return the rules in "mask,lanes"."""
    return tuple(name.strip() for name in (value or "").split(",") if name.strip())


@click.command("lint")
@click.argument("model", required=False)
@click.option(
    "--target",
    metavar="NAME[,NAME]",
    help="A device (raspberry-pi-5, ...), a class of CPU (x86, arm64, ...), a policy, or several.  "
    "[default: this machine]",
)
@click.option("--data", metavar="DATA", help="Samples, where MODEL brings no example inputs.")
@click.option(
    "--select", metavar="RULES", callback=split_names, help="Only these, as in mask,lanes."
)
@click.option("--ignore", metavar="RULES", callback=split_names, help="All but these.")
@click.option("--strict", is_flag=True, help="Exit with 1 on warnings, too.")
@click.option("--fix", is_flag=True, help="Write MODEL with the exact rewrites applied to --out.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A new .pt2 or .onnx file.",
)
@click.option("--force", is_flag=True, help="Replace --out where it exists.")
@click.option("--list", "as_list", is_flag=True, help="Print the catalogue of rules.")
@click.option("--explain", metavar="RULE", help="Print what a rule finds, and why it hurts.")
@spoken
def lint_command(
    model: str | None,
    target: str | None,
    data: str | None,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    strict: bool,
    fix: bool,
    out: Path | None,
    force: bool,
    as_list: bool,
    explain: str | None,
    voice: Voice,
) -> None:
    """Say what would hurt MODEL on a device, and what to do about it.

    MODEL is what `edgeattn convert` takes. The exit code is 1 when it cannot be converted, with
    --strict also when something would make it slow or wrong.

    \b
    edgeattn lint model.py:build
    edgeattn lint --explain mask
    edgeattn lint model.onnx --fix --out fixed.onnx
    """  # noqa: D301  # \b keeps click from filling the examples
    if as_list or explain is not None:
        _say_rules(explain, voice)
        return
    _check_words(model, fix, out, force)
    assert model is not None
    if fix:
        assert out is not None
        _fix(model, out, target, data, force, select, ignore, strict, voice)
    from edgeattn.linting import lint  # torch loads only when it is needed
    from edgeattn.report.findings import render_findings

    linted = lint(model, target=target, data=data, select=select, ignore=ignore)
    voice.result(_facts(linted), render_findings(linted.model, linted.targets, linted.findings))
    sys.exit(0 if linted.passed(strict=strict) else 1)


def _check_words(model: str | None, fix: bool, out: Path | None, force: bool) -> None:
    if model is None:
        raise click.UsageError("no MODEL was named; --list and --explain alone do without one")
    if fix and out is None:
        raise click.UsageError("--fix never changes MODEL; name the new file with --out FILE")
    if not fix and (out is not None or force):
        raise click.UsageError("--out and --force belong to --fix; add it, or leave them out")


def _say_rules(name: str | None, voice: Voice) -> None:
    from edgeattn.report.catalogue import render_catalogue, render_rule
    from edgeattn_converters.lint import CATALOGUE, rule_named

    if name is not None:
        rule = rule_named(name)
        voice.result(dataclasses.asdict(rule), render_rule(rule))
    else:
        facts = [dataclasses.asdict(rule) for rule in CATALOGUE]
        voice.result({"rules": facts}, render_catalogue(CATALOGUE))


def _fix(
    model: str,
    out: Path,
    target: str | None,
    data: str | None,
    force: bool,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    strict: bool,
    voice: Voice,
) -> NoReturn:
    from edgeattn.fixing import fix
    from edgeattn.report.findings import render_findings
    from edgeattn.report.fixes import render_fixed

    fixed = fix(model, out, target=target, data=data, force=force)
    linted = fixed.linted.only(select=select, ignore=ignore)
    facts = {
        **_facts(linted),
        "fixed": {
            "file": None if fixed.out is None else str(fixed.out),
            "changes": [dataclasses.asdict(finding) for finding in fixed.changes],
            "largest_difference": fixed.difference,
            "compared_on": fixed.inputs,
        },
    }
    rest = render_findings(linted.model, linted.targets, linted.findings)
    voice.result(facts, f"{render_fixed(fixed)}\n\n{rest}")
    sys.exit(0 if linted.passed(strict=strict) else 1)


def _facts(linted: Linted) -> dict[str, Any]:
    return {**dataclasses.asdict(linted), "convertible": linted.convertible}
