"""Every shipped profile: each number has a source, each name means something."""

from __future__ import annotations

import dataclasses
import re
from importlib import resources
from pathlib import Path

import pytest

from edgeattn.deploy.board import Interpreter
from edgeattn.deploy.wheels import ENGINE_WHEELS
from edgeattn.devices.cores import cores, peak
from edgeattn.devices.facts import FEATURES, Avoid
from edgeattn.devices.load import shipped
from edgeattn.devices.profile import LISTS, OWN_WORDS, Profile
from edgeattn_converters.policies import CPU_CLASSES, POLICIES

PROFILES = list(shipped().values())
WANTED = (
    "raspberry-pi-3", "raspberry-pi-4", "raspberry-pi-5", "raspberry-pi-zero-2-w", "jetson-nano",
    "jetson-orin-nano", "jetson-agx-orin", "rk3588", "pixel-8", "galaxy-s24", "iphone-15",
    "generic-arm64",
)  # fmt: skip
PATHS_OF_ONE_MACHINE = re.compile(r"(^|\s)(/tmp|/home|/root|/work|/Users)/")
ROOT = Path(__file__).parents[2]

by_name = pytest.mark.parametrize("profile", PROFILES, ids=lambda one: one.name)


def records(profile: Profile) -> list[object]:
    found = [one for field, _ in LISTS.values() for one in getattr(profile, field)]
    return found + [one for one in (profile.memory, profile.cpu) if one is not None]


def test_every_device_that_was_promised_has_a_profile() -> None:
    assert sorted(shipped()) == sorted(WANTED)


def test_a_file_is_named_like_its_device() -> None:
    folder = resources.files("edgeattn_devices")
    files = {file.name for file in folder.iterdir() if file.name.endswith(".toml")}
    assert files == {f"{name.replace('-', '_')}.toml" for name in WANTED}


@by_name
def test_every_number_has_a_source(profile: Profile) -> None:
    for record in records(profile):
        source = record.source  # type: ignore[attr-defined]
        assert source, record
        assert all(len(one) > 12 for one in source), record


@by_name
def test_every_source_is_used(profile: Profile) -> None:
    used = {one for record in records(profile) for one in record.source}  # type: ignore[attr-defined]
    assert set(profile.sources.values()) <= used


@by_name
def test_no_source_is_a_path_of_one_machine(profile: Profile) -> None:
    for record in records(profile):
        for one in record.source:  # type: ignore[attr-defined]
            assert not PATHS_OF_ONE_MACHINE.search(one)


@by_name
def test_a_page_of_ours_that_is_named_exists(profile: Profile) -> None:
    for record in records(profile):
        for one in record.source:  # type: ignore[attr-defined]
            for path in re.findall(r"\bdocs/[\w/.-]+\.md", one):
                assert (ROOT / path).is_file(), one


@by_name
def test_a_number_on_a_profile_itself_is_a_choice_and_no_fact(profile: Profile) -> None:
    numbers = {
        field.name
        for field in dataclasses.fields(profile)
        if isinstance(getattr(profile, field.name), int | float)
    }
    assert numbers == {"threads"}


@by_name
def test_the_targets_are_a_cpu_class_and_policies(profile: Profile) -> None:
    first, *others = profile.targets
    assert first in CPU_CLASSES
    assert all(POLICIES[name].elsewhere for name in others)


@by_name
def test_the_policy_of_an_accelerator_exists_and_takes_part(profile: Profile) -> None:
    named = {one.policy for one in profile.accelerators if one.policy}
    assert named <= set(POLICIES)
    assert set(profile.targets[1:]) <= named


@by_name
def test_the_cpu_class_says_what_the_features_say(profile: Profile) -> None:
    assert set(profile.features) <= set(FEATURES)
    assert ("dotprod" in profile.features) == (profile.cpu_class == "arm64-dotprod")


@by_name
def test_every_core_has_a_peak_and_the_features_of_its_profile(profile: Profile) -> None:
    for cluster in profile.clusters:
        assert set(profile.features) == set(cores()[cluster.core].features)


@by_name
def test_a_device_whose_clock_is_known_has_a_roof(profile: Profile) -> None:
    known = any(cluster.clock_mhz for cluster in profile.clusters)
    assert (peak(profile, "fp32") is not None) == known
    assert (peak(profile, "int8") is not None) == known


@by_name
def test_no_measured_bandwidth_exceeds_what_the_bus_can_carry(profile: Profile) -> None:
    carried = [one.gb_per_s for one in profile.bandwidths if not one.measured]
    measured = [one.gb_per_s for one in profile.bandwidths if one.measured]
    assert not carried or max(measured, default=0) <= max(carried)


@by_name
def test_the_measured_bandwidth_that_counts_is_of_reads_and_writes(profile: Profile) -> None:
    # As edgeattn/devices/on_board.py measures it, so that estimates stand on one footing.
    counted = profile.bandwidth
    assert counted is None or not counted.measured or "read and written" in counted.what


@by_name
def test_something_not_to_try_is_said_with_its_reason(profile: Profile) -> None:
    assert profile.avoid
    assert all(isinstance(one, Avoid) and one.why for one in profile.avoid)


@by_name
def test_no_more_threads_than_cores_are_recommended(profile: Profile) -> None:
    cores_in_all = sum(cluster.count for cluster in profile.clusters)
    assert profile.threads <= max(cores_in_all, 1)


def test_no_two_devices_answer_to_one_name() -> None:
    names = [name for one in PROFILES for name in (one.name, *one.aliases)]
    assert len(names) == len(set(names))


def test_the_cores_say_where_their_numbers_come_from() -> None:
    for core in cores().values():
        assert any(one.startswith("derived: ") for one in core.source)
        assert any(not one.startswith(OWN_WORDS) for one in core.source)


def version(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split(".")))


@by_name
def test_the_engine_has_a_wheel_for_every_python_of_the_device(profile: Profile) -> None:
    for system in profile.systems:
        if system.python is None or system.glibc is None:
            continue  # a phone: apps bring their engine
        python = Interpreter(
            path="/usr/bin/python3",
            version=version(system.python),
            glibc=(version(system.glibc)[0], version(system.glibc)[1]),
            engines={},
        )
        fitting = [
            wheel
            for wheel in ENGINE_WHEELS
            if wheel.engine == profile.engine and wheel.fits(python, "aarch64")
        ]
        assert fitting, f"{profile.engine} on {system.name}"


def test_every_board_but_the_generic_one_names_a_system_with_its_python() -> None:
    phones = {"pixel-8", "galaxy-s24", "iphone-15"}
    with_python = {one.name for one in PROFILES if any(system.python for system in one.systems)}
    assert with_python == set(WANTED) - phones - {"generic-arm64"}
