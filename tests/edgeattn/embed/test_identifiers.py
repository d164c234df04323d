import re

import pytest

from edgeattn.embed.identifiers import RESERVED, Identifiers
from edgeattn_runtime.errors import BadUsage


@pytest.mark.parametrize(
    ("name", "type", "snake"),
    [
        ("gesture-hybrid", "GestureHybrid", "gesture_hybrid"),
        ("swin tiny/v2 (tuned)", "SwinTinyV2Tuned", "swin_tiny_v_2_tuned"),
        ("Café", "Cafe", "cafe"),
        ("2048-tokens", "Model2048Tokens", "model_2048_tokens"),
        ("class", "ModelClass", "model_class"),
        ("model", "ModelModel", "model_model"),  # what classes of kits are derived from
        ("Text Classifier", "ModelTextClassifier", "model_text_classifier"),
        ("Vision", "ModelVision", "model_vision"),  # Apple's
        ("../../etc/passwd", "EtcPasswd", "etc_passwd"),
        ("x", "X", "x"),
    ],
)
def test_a_name_is_spelled_as_each_language_expects(name, type, snake):
    found = Identifiers.of(name)
    assert (found.type, found.snake, found.kebab) == (type, snake, snake.replace("_", "-"))


@pytest.mark.parametrize("word", sorted(RESERVED))
def test_no_word_of_a_language_becomes_a_name(word):
    assert Identifiers.of(word).snake not in RESERVED


@pytest.mark.parametrize("name", ["親指", "---", "", "👍"])
def test_a_name_of_which_nothing_is_left_asks_for_another(name):
    with pytest.raises(BadUsage, match=r"holds no letter from a to z .* give --name"):
        Identifiers.of(name)


def test_a_name_too_long_for_a_file_asks_for_another():
    assert Identifiers.of("a" * 64).type == "A" + 63 * "a"
    with pytest.raises(BadUsage, match=r"'aaaaaaaaaaaaaaaaaaaa'\.\.\. has more than 64 .* --name"):
        Identifiers.of("a" * 65)


@pytest.mark.parametrize("name", ["a\nb", 'x"; rm -rf ~; "', "{{ 7 }}", "@{ kit }@", "a/../b"])
def test_nothing_but_letters_and_digits_stays_of_a_hostile_name(name):
    found = Identifiers.of(name)
    assert re.fullmatch("[A-Za-z][A-Za-z0-9]*", found.type)
    assert re.fullmatch("[a-z][a-z0-9_]*", found.snake)
