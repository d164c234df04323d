"""What to recommend for engines that this machine does not run: never because it was faster.

Such a file's numbers were checked on the CPU engine of its format. Its speed is unmeasured, so the
int8 file is named for its target when it computes what it should and holds the accuracy gate, with
the float file beside it to be compared with there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from edgeattn_converters.verify import Measured
from edgeattn_runtime.manifest import Recommendation
from edgeattn_runtime.report import Gates, Verdict


def decide_elsewhere(
    measured: Sequence[Measured], notes: dict[str, str | None]
) -> tuple[list[Measured], dict[str, Recommendation]]:
    """Return the files to ship and, by target, the one to take.

    Args:
        measured: All candidates; those without a target are passed over.
        notes: By key, why a candidate is not to be recommended; gains a note for each variant that
            stays out of the bundle.
    """
    shipped: list[Measured] = []
    targets: dict[str, Recommendation] = {}
    for target in dict.fromkeys(one.draft.target for one in measured):
        if target is None:
            continue
        entries = [one for one in measured if one.draft.target == target]
        floats = [one for one in entries if one.draft.precision == "fp32"]
        integers = [one for one in entries if one.draft.precision != "fp32"]
        eligible = [one for one in integers if notes[one.draft.key] is None]
        kept = (eligible or integers)[:1]  # the order is the policy's
        for one in integers:
            if one not in kept and notes[one.draft.key] is None:
                notes[one.draft.key] = f"{target} prefers another variant; not in the bundle"
        shipped += floats + kept
        chosen = eligible[:1] or [one for one in floats if notes[one.draft.key] is None][:1]
        for one in chosen:
            objections = [notes[each.draft.key] for each in kept if each is not one]
            targets[target] = Recommendation(one.draft.file, _reason(one, floats, objections))
    return shipped, targets


def unmeasured(one: Measured) -> str | None:
    """Return the note on a candidate for another engine, or None for one that ran here."""
    if one.draft.target is None:
        return None
    return f"made for {one.draft.target}: unmeasured there, its numbers checked on the CPU"


def verdict_elsewhere(targets: Mapping[str, Recommendation], gates: Gates) -> Verdict:
    """Return the verdict on a bundle in which nothing ran for its speed."""
    winner = next(iter(targets.values())).file
    reason = _sentence(targets)
    if gates.min_speedup is not None:
        reason = (
            f"a speed-up of {gates.min_speedup:g}x was asked for and none can be measured here; "
            + reason
        )
    return Verdict(winner, gates.min_speedup is None, reason, gates)


def with_targets(verdict: Verdict, targets: Mapping[str, Recommendation]) -> Verdict:
    """Return a verdict that also names the files for other engines."""
    if not targets:
        return verdict
    return replace(verdict, reason=f"{verdict.reason}; {_sentence(targets)}")


def _sentence(targets: Mapping[str, Recommendation]) -> str:
    return "; ".join(f"{one.file} for {target}, {one.reason}" for target, one in targets.items())


def _reason(one: Measured, floats: Sequence[Measured], objections: Sequence[str | None]) -> str:
    target, facts = one.draft.target, one.facts
    words = f"unmeasured: this machine does not run {target}"
    if one.draft.precision == "fp32":
        lost = [f"; int8 lost: {objection}" for objection in objections if objection]
        return words + "".join(lost)
    if facts.accuracy_drop_pp is not None:
        words += f"; on the CPU it loses {facts.accuracy_drop_pp:.2f} points"
    if facts.sqnr_db is not None:
        words += f"; SQNR {facts.sqnr_db:.1f} dB against the float model"
    return words + "".join(f"; compare it there with {each.draft.file}" for each in floats)
