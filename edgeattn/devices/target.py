"""What --target names -> classes of CPU and policies: the one place where devices meet converters.

Converters know engines and CPU classes, not boards. A profile's name stands for the targets it
lists: raspberry-pi-5 for arm64-dotprod, jetson-orin-nano for arm64-dotprod and tensorrt.
"""

from __future__ import annotations

from edgeattn.devices.load import find_profile, hint, names
from edgeattn_converters.policies import CPU_CLASSES, POLICIES
from edgeattn_runtime.errors import BadUsage


def resolve_target(typed: str | None) -> str | None:
    """Return `typed` with the names of devices replaced by their targets.

    Args:
        typed: Names with commas between them, each a class of CPU, a policy, a device's name or
            the path of a profile (*.toml); None is this machine.

    Returns:
        Classes of CPU and policies with commas between them, each once.

    Raises:
        BadUsage: A name nobody knows.
        BadInput: A profile that cannot be read.
    """
    if typed is None:
        return None
    found: list[str] = []
    for word in typed.split(","):
        found += _targets(word.strip())
    return ",".join(dict.fromkeys(found))


def _targets(word: str) -> tuple[str, ...]:
    if word in CPU_CLASSES or word in POLICIES:
        return (word,)
    profile = find_profile(word)
    if profile is None:
        known = (*CPU_CLASSES, *POLICIES, *names())
        raise BadUsage(
            f"there is no target {word!r}; {hint(word, known)} Classes of CPU: "
            f"{', '.join(CPU_CLASSES)}; engines: {', '.join(POLICIES)}; `edgeattn devices` lists "
            "boards and phones"
        )
    for name in profile.targets:
        if name not in CPU_CLASSES and name not in POLICIES:
            raise BadUsage(
                f"the profile {profile.name} names the target {name!r}; "
                f"{hint(name, tuple(POLICIES))} Classes of CPU: {', '.join(CPU_CLASSES)}"
            )
    return profile.targets
