"""One tensor as the weight of several layers: in int8 it may be stored once for each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from torch import fx

from edgeattn_converters.lint.finding import Finding
from edgeattn_converters.lint.rule import Rule
from edgeattn_converters.lint.subject import Subject, place_of
from edgeattn_converters.operator_kind import HAS_WEIGHTS, kind
from edgeattn_converters.program import constant, is_constant

READS = {**dict.fromkeys(HAS_WEIGHTS, 1), "embedding": 0}  # which argument the weight is
SHARED_WEIGHT = Rule(
    name="shared-weight",
    severity="warning",
    finds="A weight that two layers or more read: tied embeddings, a layer that is called twice.",
    why="the float file holds it once. In int8 the look-up keeps its float rows and the Linear "
    "gets an int8 copy: with 2000 x 64 tied numbers the int8 .tflite file is 704 kB where the "
    "float one is 538 kB. A Linear that is called twice may be stored twice as well.",
    remedy="nothing where speed counts; for size, ship the fp32 file or give the head its own, "
    "narrower table",
    evidence=("`edgeattn convert` of nn.Embedding(2000, 64) tied to an nn.Linear(64, 2000)",),
)


def shared_weight(subject: Subject) -> Iterator[Finding]:
    """Yield a finding for each weight with several readers."""
    readers: dict[tuple[int, tuple[int, ...]], list[fx.Node]] = defaultdict(list)
    for node in subject.captured.graph.nodes:
        place = READS.get(kind(node))
        if place is None or not is_constant(node.args[place]):
            continue
        weight = constant(subject.captured, node.args[place])
        readers[weight.data_ptr(), tuple(weight.shape)].append(node)
    for (_, size), nodes in readers.items():
        if len(nodes) < 2:
            continue
        kinds = {kind(node) for node in nodes}
        tied = "embedding" in kinds and len(kinds) > 1
        if kinds == {"embedding"}:
            continue  # two look-ups read one table
        yield SHARED_WEIGHT.finding(
            severity="warning" if tied else "info",
            op=kind(nodes[-1]),
            layer=place_of(nodes[-1]),
            count=len(nodes),
            why=f"{list(size)} numbers are the weight of {len(nodes)} operators "
            f"({', '.join(dict.fromkeys(map(place_of, nodes)))}): "
            + ("float for the look-up and int8 for the product" if tied else "a copy for each"),
        )
