"""TF-IDF and a linear SVM on banking77 and clinc150: what a small text model has to come near.

    pip install 'edgeattn[baselines]' && python -m benchmarks.text_baseline [--quick]

Writes docs/measurements/text-baseline.md and .json. Nothing is timed, so that a busy machine gives
the same page.
"""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.record import Page, Table, effort_of, parse, write
from edgeattn.data.banking77 import read_banking77
from edgeattn.data.clinc150 import read_clinc150
from edgeattn.data.named import dataset_folder
from edgeattn_runtime.errors import BadEnvironment
from edgeattn_runtime.machine import context

READ: dict[str, Callable[..., tuple[list[str], list[str]]]] = {
    "banking77": read_banking77,
    "clinc150": read_clinc150,
}
FEATURES = {
    "words": [("word", (1, 2))],
    "words and letters": [("word", (1, 2)), ("char_wb", (2, 5))],
}

LEAD = """\
TF-IDF (sublinear counts of single words and pairs; in the second row also of 2 to 5 letters of a \
word) and scikit-learn {version}'s LinearSVC with its defaults, one class against the rest. \
"train" is the split that models of the zoo learn from; "train + validation" adds what they only \
look at. Accuracy on the whole test split, of clinc150 in scope."""


@dataclass(frozen=True)
class Row:
    """One classifier on one data set; accuracies are shares of the test split."""

    data: str
    features: str
    numbers: int
    train: float
    both: float
    tested: int


def main() -> None:
    options = parse("text_baseline", __doc__)
    effort, before = effort_of(options), context(threads=1)
    features = ("words",) if options.quick else tuple(FEATURES)
    rows = [measure(name, kind) for name in READ for kind in features]
    table = Table(
        "Accuracy on the test split",
        ("data", "features", "how many", "fitted on train", "on train + validation"),
        tuple(
            (r.data, r.features, f"{r.numbers:,}", f"{r.train:.2%}", f"{r.both:.2%}") for r in rows
        ),
    )
    version = importlib.metadata.version("scikit-learn")
    page = Page(
        name="text-baseline",
        title="TF-IDF and a linear SVM on two sets of requests",
        lead=LEAD.format(version=version),
        tables=(table,),
        data={"scikit-learn": version, "rows": [asdict(row) for row in rows]},
    )
    write(page, folder=options.out, effort=effort, before=before, module="text_baseline")


def measure(name: str, features: str) -> Row:
    """Fit twice and test both."""
    folder = dataset_folder(name)
    train, validation, test = (READ[name](folder, s) for s in ("train", "validation", "test"))
    alone = classifier(features).fit(*train)
    both = classifier(features).fit(train[0] + validation[0], train[1] + validation[1])
    return Row(
        name,
        features,
        alone[-1].coef_.shape[1],
        accuracy(alone.predict(test[0]), test[1]),
        accuracy(both.predict(test[0]), test[1]),
        len(test[0]),
    )


def classifier(features: str) -> Any:
    """Return an unfitted pipeline: texts -> intents."""
    try:
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.pipeline import make_pipeline, make_union
        from sklearn.svm import LinearSVC
    except ImportError as error:
        raise BadEnvironment(
            "the baseline needs scikit-learn; `pip install 'edgeattn[baselines]'` adds it"
        ) from error
    counted = [
        TfidfVectorizer(analyzer=analyzer, ngram_range=lengths, sublinear_tf=True)
        for analyzer, lengths in FEATURES[features]
    ]
    return make_pipeline(make_union(*counted), LinearSVC(random_state=0))


def accuracy(found: Sequence[str], wanted: Sequence[str]) -> float:
    """Return the share that agrees."""
    return sum(a == b for a, b in zip(found, wanted, strict=True)) / len(wanted)


if __name__ == "__main__":
    main()
