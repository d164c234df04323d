"""The `edgeattn` command: a group that loads a command only when it is called.

`edgeattn --help` must answer at once, so the one-line help of every command is written here,
beside the place where the command lives; nothing is imported to print it.
"""

from __future__ import annotations

import difflib
import importlib
import os
from typing import Any, NamedTuple

import click

from edgeattn import __version__
from edgeattn.cli.faults import describe, silence_stdout
from edgeattn.cli.voice import verbosity


class Entry(NamedTuple):
    """Where a command lives, and what it does in one line."""

    target: str  # "module:attribute"
    help: str  # the first line of the command's docstring


COMMANDS: dict[str, Entry] = {
    "quickstart": Entry(
        "edgeattn.cli.quickstart:quickstart_command",
        "Convert the embedded model with real photos, and prove it.",
    ),
    "zoo": Entry(
        "edgeattn.cli.zoo:zoo_command",
        "List the models that are ready to use, or tell all of NAME.",
    ),
    "train": Entry("edgeattn.cli.train:train_command", "Train MODEL on DATA."),
    "prune": Entry(
        "edgeattn.cli.prune:prune_command",
        "Make a smaller model of CHECKPOINT; the original stays as it is.",
    ),
    "audit": Entry(
        "edgeattn.cli.audit:audit_command",
        "Say whether attention is worth it on DATA, by trying.",
    ),
    "convert": Entry(
        "edgeattn.cli.convert:convert_command",
        "Turn MODEL into a bundle that a device can run, and prove it.",
    ),
    "lint": Entry(
        "edgeattn.cli.lint:lint_command",
        "Say what would hurt MODEL on a device, and what to do about it.",
    ),
    "check": Entry("edgeattn.cli.check:check_command", "Check BUNDLE against its golden outputs."),
    "bench": Entry("edgeattn.cli.bench:bench_command", "Measure how fast BUNDLE runs here."),
    "deploy": Entry(
        "edgeattn.cli.deploy:deploy_command", "Put BUNDLE onto DEVICE and check it there."
    ),
    "trtexec": Entry(
        "edgeattn.cli.trtexec:trtexec_command", "Build and time BUNDLE with TensorRT's trtexec."
    ),
    "compare": Entry(
        "edgeattn.cli.compare:compare_command", "Compare two runs measured under like conditions."
    ),
    "runs": Entry("edgeattn.cli.runs:runs_command", "List, show and plot what was measured."),
    "devices": Entry(
        "edgeattn.cli.devices:devices_command", "List boards and phones, or say all about PROFILE."
    ),
    "embed": Entry(
        "edgeattn.cli.embed:embed_command", "Write the source code that takes BUNDLE into an app."
    ),
    "doctor": Entry(
        "edgeattn.cli.doctor:doctor_command", "Say what this machine has, and what is missing."
    ),
}


class LazyGroup(click.Group):
    """Commands are imported when called; whatever goes wrong in one ends as one line."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the work, not of the alphabet."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command and return it; None when there is no such command."""
        if cmd_name not in COMMANDS:
            return None
        module, attribute = COMMANDS[cmd_name].target.split(":")
        command = getattr(importlib.import_module(module), attribute)
        if not isinstance(command, click.Command):
            raise TypeError(f"{COMMANDS[cmd_name].target} is no click command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.help) for name, entry in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; suggest the nearest name for one that does not exist."""
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            near = difflib.get_close_matches(name, COMMANDS, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else "; `edgeattn --help` lists them"
            ctx.fail(f"there is no command {name!r}{hint}")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; turn what it raises into one line and an exit code."""
        os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # before any engine is imported
        if "NO_COLOR" in os.environ:
            ctx.color = False
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.Abort, click.exceptions.Exit):
            raise
        except BrokenPipeError as fault:
            silence_stdout()
            ctx.exit(describe(fault).exit_code)
        except (Exception, KeyboardInterrupt) as fault:
            if verbosity(ctx) and not isinstance(fault, KeyboardInterrupt):
                import traceback

                click.echo(traceback.format_exc(), err=True, nl=False)
            line, exit_code = describe(fault)
            click.echo(line, err=True)
            ctx.exit(exit_code)


_HELP = """Attention models on the edge: quantised once, proven on the device.

\b
Start here:
  edgeattn quickstart --out bundle
  edgeattn convert model.py:build --calib photos/ --eval photos/ --out bundle

\b
Exit codes: 0 done and the gates hold; 1 a gate failed or an operator cannot be
converted; 2 what was typed is wrong; 3 an input or the environment is at fault.
"""


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]}, help=_HELP)
@click.version_option(__version__, message="edgeattn %(version)s")
def main() -> None:
    """Run one command of the line."""
