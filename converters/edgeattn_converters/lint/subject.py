"""Subject: what the rules look at, every stage of a conversion short of numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from torch import fx

from edgeattn_converters.lint.finding import Finding
from edgeattn_converters.lint.rule import Rule
from edgeattn_converters.operator_kind import kind
from edgeattn_converters.passes import PASSES
from edgeattn_converters.placement import Decision, place
from edgeattn_converters.policy import Policy
from edgeattn_converters.program import Program
from edgeattn_converters.recipe import RECIPES
from edgeattn_runtime.errors import CannotConvert

REWRITE_REFUSED = Rule(
    name="rewrite-refused",
    severity="error",
    finds="A rewrite of the conversion that refuses the model.",
    why="the conversion stops there, with the same message.",
    remedy="write that part of the model in another form",
    evidence=("the rewrite runs on the model",),
)

Rewrite = Callable[[Program], Program]


@dataclass(frozen=True)
class Target:
    """A model in the forms in which one engine gets it.

    Attributes:
        policy: What the engine runs fast.
        float_form: The Program behind the fp32 file.
        int8_form: The Program that would be quantised.
        decisions: What `place` says of the latter, with the first core the policy names.
    """

    policy: Policy
    float_form: Program
    int8_form: Program
    decisions: Mapping[fx.Node, Decision]

    def is_int8(self, node: fx.Node) -> bool:
        """Tell whether a node of `int8_form` would run in int8."""
        return node in self.decisions and self.decisions[node].int8

    def is_static(self, node: fx.Node) -> bool:
        """Tell whether a node would read and give int8: dynamic-range kernels take float."""
        return node in self.decisions and self.decisions[node].precision == "int8"


@dataclass(frozen=True)
class Subject:
    """One model under the magnifying glass.

    Attributes:
        captured: As torch.export gave it.
        program: After the passes.
        targets: Per policy, after its specialise functions.
    """

    captured: Program
    program: Program
    targets: tuple[Target, ...]


def prepare(captured: Program, policies: tuple[Policy, ...]) -> tuple[Subject, list[Finding]]:
    """Rewrite the model as `convert` would; a rewrite that refuses it becomes a finding."""
    findings: list[Finding] = []
    program = _rewritten(captured, PASSES, findings)
    targets = []
    for policy in policies:
        exact = _rewritten(program, policy.float_form, findings)
        form = _rewritten(program, policy.int8_form, findings)
        recipe = next(RECIPES["int8"].variants(policy.cores, policy.linears))
        targets.append(Target(policy, exact, form, place(form, recipe, policy)))
    return Subject(captured, program, tuple(targets)), list(dict.fromkeys(findings))


def _rewritten(program: Program, rewrites: tuple[Rewrite, ...], findings: list[Finding]) -> Program:
    for rewrite in rewrites:
        try:
            program = rewrite(program)
        except CannotConvert as fault:
            what, _, remedy = str(fault).partition("; ")
            findings.append(
                REWRITE_REFUSED.finding(
                    op=rewrite.__name__,
                    layer=program.name,
                    why=what,
                    remedy=remedy,
                )
            )
    return program


def calls(program: Program) -> list[fx.Node]:
    """Return the operators of a Program in the order of the work."""
    return [node for node in program.graph.nodes if node.op == "call_function"]


def place_of(node: fx.Node) -> str:
    """Return where an operator is: its module, else the name of its tensor."""
    return node.meta.get("layer") or node.name


def word_for(node: fx.Node) -> str:
    """Return the operator in one word: "gelu", "masked_fill"."""
    what = kind(node)
    if what in ("layout", "other"):
        return getattr(node.target, "__name__", str(node.target)).split(".")[0].lstrip("_")
    return what
