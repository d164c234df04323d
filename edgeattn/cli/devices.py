"""`edgeattn devices [PROFILE]`, `devices probe DEVICE`, `devices estimate MODEL`."""

from __future__ import annotations

from pathlib import Path

import click

from edgeattn.cli.voice import Voice, spoken


class DevicesGroup(click.Group):
    """A group in which any word that is no command is the name of a profile."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put `show` before a profile's name."""
        word = next((arg for arg in args if not arg.startswith("-")), None)
        if word is not None and word not in self.commands:
            args = ["show", *args]
        return super().parse_args(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands; `show` is what a profile's name stands for."""
        lines = [(name, one.get_short_help_str(90)) for name, one in self.commands.items()]
        with formatter.section("Commands"):
            formatter.write_dl([("PROFILE" if name == "show" else name, on) for name, on in lines])


@click.group("devices", cls=DevicesGroup, invoke_without_command=True)
@spoken
def devices_command(voice: Voice) -> None:
    """List boards and phones, or say all about PROFILE.

    PROFILE is a device's name, another of its names, or a file written by `devices probe`.

    \b
    edgeattn devices raspberry-pi-5
    edgeattn devices estimate gesture-hybrid --device raspberry-pi-5
    edgeattn devices probe ssh://pi@board --out board.toml
    """  # noqa: D301  # \b keeps click from filling the examples
    if click.get_current_context().invoked_subcommand is not None:
        return
    from edgeattn.devices.load import shipped
    from edgeattn.devices.text import render_profiles

    profiles = tuple(shipped().values())
    voice.result({"devices": [one.to_json() for one in profiles]}, render_profiles(profiles))


@devices_command.command("show", hidden=True)
@click.argument("profile")
@spoken
def show_command(profile: str, voice: Voice) -> None:
    """Print every fact of the device, each with its source."""
    from edgeattn.devices.load import load_profile
    from edgeattn.devices.text import render_profile

    found = load_profile(profile)
    voice.result(found.to_json(), render_profile(found))


@devices_command.command("estimate")
@click.argument("model")
@click.option(
    "--device",
    "devices",
    multiple=True,
    metavar="PROFILE",
    help="A device's name or a profile; may be repeated.  [default: all]",
)
@click.option(
    "--measured",
    metavar="RUN",
    help="A report.json, a bundle that holds one, or a number of `edgeattn runs`, measured on "
    "--device: says how far off the estimate is.",
)
@spoken
def estimate_command(
    model: str, devices: tuple[str, ...], measured: str | None, voice: Voice
) -> None:
    """Estimate what MODEL (or a bundle) takes on devices, by a roofline; nothing is run."""
    from edgeattn.compare import load_run
    from edgeattn.devices.load import load_profile, shipped

    profiles = [load_profile(name) for name in devices] or [*shipped().values()]
    report = None if measured is None else load_run(measured).report
    from edgeattn.devices.estimate import estimate  # torch loads only when it is needed

    found = estimate(model, profiles, report)
    voice.result(found.to_json(), found.text())


@devices_command.command("probe")
@click.argument("device")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE.toml",
    help="Where the profile goes.  [default: the terminal]",
)
@click.option("--force", is_flag=True, help="Replace --out where it exists.")
@spoken
def probe_command(device: str, out: Path | None, force: bool, voice: Voice) -> None:
    """Write a profile from a live board: DEVICE is local, ssh://user@host or adb://SERIAL.

    The board's own Python measures how fast it copies and multiplies, for about two seconds.
    """
    from edgeattn.deploy.connect import connect
    from edgeattn.devices.probe import check_out, probe_profile
    from edgeattn.devices.profile import read_profile

    if out is not None:
        check_out(out, force=force)
    with connect(device) as connection:
        text = probe_profile(connection)
    profile = read_profile(text, device)  # what was written can be read again
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(text, encoding="utf-8")
        voice.note(f"{out}: a profile of {profile.title}; `edgeattn devices {out}` prints it")
    voice.result(profile.to_json(), text.rstrip() if out is None else str(out))
