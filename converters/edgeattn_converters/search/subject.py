"""The subject of a search: one model in one engine's form, and how to make a file of any mix."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from edgeattn_converters.calibrate import Ranges, Sample
from edgeattn_converters.candidate import Draft
from edgeattn_converters.drafts import int8_draft
from edgeattn_converters.evidence import Evidence
from edgeattn_converters.placement import Decision, place
from edgeattn_converters.policy import Policy
from edgeattn_converters.program import Program
from edgeattn_converters.recipe import Recipe
from edgeattn_converters.search.groups import Group, Mix, groups_of, recipe_of


@dataclass(frozen=True)
class Subject:
    """What is searched.

    Attributes:
        exact: The float Program in the engine's form.
        ranges: What calibration saw.
        recipe: What the user wants.
        policy: What the engine runs fast.
        samples: Calibration samples, to correct biases and to measure noise with.
        evidence: Evaluation samples and the float model's answers.
        groups: What is switched.
    """

    exact: Program
    ranges: Ranges
    recipe: Recipe
    policy: Policy
    samples: tuple[Sample, ...]
    evidence: Evidence
    groups: tuple[Group, ...]

    @classmethod
    def of(
        cls,
        exact: Program,
        ranges: Ranges,
        recipe: Recipe,
        policy: Policy,
        samples: tuple[Sample, ...],
        evidence: Evidence,
    ) -> Subject:
        """Return the subject with the groups that this engine and recipe leave open."""
        groups = groups_of(exact, recipe, policy)
        return cls(exact, ranges, recipe, policy, samples, evidence, groups)

    def recipe_of(self, mix: Mix, name: str) -> Recipe:
        """Return the recipe that makes a mix."""
        return recipe_of(self.recipe, self.groups, mix, name)

    def placed(self, mix: Mix) -> tuple[Decision, ...]:
        """Return where every operator of a mix runs, without making it."""
        return tuple(place(self.exact, self.recipe_of(mix, "trial"), self.policy).values())

    def precisions(self, mix: Mix) -> tuple[str, ...]:
        """Return what tells two mixes apart: the precision of every operator, followers too."""
        return tuple(decision.precision for decision in self.placed(mix))

    def draft(self, mix: Mix, name: str) -> Draft:
        """Return the file of a mix as it would ship."""
        recipe = self.recipe_of(mix, name)
        return int8_draft(self.exact, self.ranges, recipe, self.policy, self.samples)

    def quick_draft(self, mix: Mix, samples: int = 0) -> Draft:
        """Return a file as fast as the real one, with biases corrected on few samples or none."""
        recipe = replace(self.recipe_of(mix, "trial"), weight_rounding="nearest")
        few = self.samples[:samples]
        return int8_draft(self.exact, self.ranges, recipe, self.policy, few)

    def explained(self, draft: Draft, reasons: Mapping[str, str]) -> Draft:
        """Return a draft whose decisions give the search's reason; `reasons` go by group."""
        words = {
            member: reasons[group.name]
            for group in self.groups
            if group.name in reasons
            for member in group.members
        }
        decisions = tuple(
            replace(one, reason=words.get(one.name, one.reason)) for one in draft.decisions
        )
        return replace(draft, decisions=decisions)
