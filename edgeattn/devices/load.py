"""Find a profile by name, by another of its names, or by the path of a user's own file."""

from __future__ import annotations

import difflib
from functools import cache
from importlib import resources
from pathlib import Path

from edgeattn.devices.profile import Profile, read_profile
from edgeattn_runtime.errors import BadInput, BadUsage

LARGEST_BYTES = 1 << 20
SUFFIX = ".toml"


@cache
def shipped() -> dict[str, Profile]:
    """Return the profiles that come with the package, by name."""
    folder = resources.files("edgeattn_devices")
    files = sorted(file.name for file in folder.iterdir() if file.name.endswith(SUFFIX))
    read = [read_profile((folder / name).read_text(encoding="utf-8"), name) for name in files]
    return {profile.name: profile for profile in sorted(read, key=lambda one: one.name)}


def find_profile(name: str) -> Profile | None:
    """Return the profile of a name, an alias or a path; None when it is none of them.

    Raises:
        BadInput: A path whose file cannot be read or is no profile.
    """
    if name.endswith(SUFFIX):
        return read_file(Path(name).expanduser())
    wanted = name.strip().lower().replace("_", "-").replace(" ", "-")
    for profile in shipped().values():
        if wanted in (profile.name, *profile.aliases):
            return profile
    return None


def load_profile(name: str) -> Profile:
    """Return the profile of a name, an alias or a path.

    Raises:
        BadUsage: A name nobody knows; the nearest ones are in the message.
    """
    found = find_profile(name)
    if found is None:
        raise BadUsage(f"there is no device {name!r}; {hint(name, names())}")
    return found


def names() -> tuple[str, ...]:
    """Return every name a profile answers to."""
    return tuple(name for one in shipped().values() for name in (one.name, *one.aliases))


def hint(typed: str, known: tuple[str, ...]) -> str:
    """Return what to type instead of `typed`."""
    near = difflib.get_close_matches(typed.lower(), known, n=3)
    return f"did you mean {' or '.join(near)}?" if near else "`edgeattn devices` lists them"


def read_file(path: Path) -> Profile:
    """Return the profile in a user's file."""
    if not path.is_file():
        raise BadInput(
            f"there is no file {path}; `edgeattn devices probe DEVICE --out {path}` writes one"
        )
    if path.stat().st_size > LARGEST_BYTES:
        raise BadInput(f"{path} has {path.stat().st_size} bytes; a profile has at most 1 MiB")
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise BadInput(f"{path} cannot be read: {fault}") from fault
    return read_profile(text, path.name)
