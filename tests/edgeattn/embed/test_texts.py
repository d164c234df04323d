import pytest

from edgeattn.embed.kit import kit_of
from edgeattn.embed.texts import TEXTS, tokens_of
from edgeattn_runtime.bundle import open_bundle
from edgeattn_runtime.errors import BadUsage, BrokenBundle
from edgeattn_runtime.preprocessing import Step
from tests.embed.android.text_bundle import LENGTH, PIECES, text_bundle


def kit_with(tmp_path, **changes):
    options = {**PIECES.to_step(LENGTH), **changes}
    options.pop("step")
    bundle = text_bundle(tmp_path / "bundle", steps=(Step("tokenize", options),))
    return kit_of(open_bundle(bundle), formats=("onnx",))


def test_the_cases_are_what_python_makes_of_awkward_texts(tmp_path):
    tokens = tokens_of(kit_with(tmp_path))
    assert tokens.cases.decode().split("\0")[:-1] == list(TEXTS)
    assert tokens.expected.shape == (len(TEXTS), LENGTH)
    assert tokens.expected.content == PIECES.encode(TEXTS, LENGTH)[0].tobytes()
    assert (tokens.ids, tokens.mask, tokens.length) == ("ids", "mask", LENGTH)
    assert tokens.vocabulary.decode().split("\n")[:-1] == list(PIECES.vocabulary)


def test_a_model_without_text_has_no_tokens(make_kit):
    assert tokens_of(make_kit()) is None


def test_inputs_that_are_not_the_tokenizer_s_have_no_tokens(tmp_path):
    assert tokens_of(kit_with(tmp_path, ids="words")) is None


def test_a_length_that_is_not_the_model_s_has_no_tokens(tmp_path):
    assert tokens_of(kit_with(tmp_path, length=LENGTH + 1)) is None


def test_a_tokenizer_nobody_knows_is_refused_by_name(tmp_path):
    with pytest.raises(BadUsage, match=r"by 'bpe' and not by .* leave the step out"):
        tokens_of(kit_with(tmp_path, method="bpe"))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"vocabulary": ["a"]}, "its first pieces are"),
        ({"vocabulary": [*PIECES.vocabulary, "a\nb"]}, "holds the end of a line"),
    ],
)
def test_a_damaged_tokenizer_is_refused(tmp_path, changes, said):
    with pytest.raises(BrokenBundle, match=said):
        tokens_of(kit_with(tmp_path, **changes))
