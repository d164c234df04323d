"""`edgeattn devices [PROFILE]`, `devices probe DEVICE`, `devices estimate MODEL`."""

from __future__ import annotations

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
