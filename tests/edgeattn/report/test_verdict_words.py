import pytest

from edgeattn.report.verdict_words import place, processor, words_for


def plain(text):
    return text.replace("\N{MULTIPLICATION SIGN}", "x").replace("\N{NARROW NO-BREAK SPACE}", " ")


def test_the_verdict_names_the_file_the_speed_the_accuracy_and_the_machine(report):
    words = words_for(report())
    assert words.headline == "Ship model_int8.onnx"
    assert plain(words.sentence) == (
        "With ONNX Runtime it runs 2.13x as fast as the same model in fp32 and loses 0.33 points "
        "of accuracy (within what chance explains). "
        "Measured on Intel Xeon Processor, 2 cores, 1 thread."
    )
    assert (words.mood, words.badge) == ("good", "Gates hold")


def test_float_may_win(report):
    words = words_for(report(verdict={"winner": "model_fp32.onnx", "passed": True}))
    assert words.headline == "Ship the float model, model_fp32.onnx"
    assert "keeps the accuracy" in words.sentence
    assert [tile.title for tile in words.tiles] == ["Latency", "Accuracy", "Size", "Peak memory"]


def test_a_failed_gate_warns_of_the_winner(report):
    words = words_for(report(verdict={"winner": "model_int8.onnx", "passed": False}))
    assert words.headline == "Do not ship model_int8.onnx yet"
    assert (words.mood, words.badge) == ("poor", "Gates failed")


@pytest.mark.parametrize(
    ("passed", "headline"),
    [
        (False, "Nothing here can be recommended"),
        (None, "No candidate was chosen"),
        (True, "All that was asked for holds"),
    ],
)
def test_without_a_winner_nothing_is_claimed(report, passed, headline):
    words = words_for(report(verdict={"winner": None, "passed": passed}))
    assert (words.headline, words.sentence, words.tiles) == (headline, "", ())


@pytest.mark.parametrize(
    ("drop", "interval", "said"),
    [
        (0.0, [-1.0, 1.0], "keeps the accuracy of the source model"),
        (-0.5, [-1.0, 0.2], "gains 0.50 points of accuracy (within what chance explains)"),
        (2.5, [1.0, 4.0], "loses 2.50 points of accuracy (more than chance explains)"),
        (2.5, None, "loses 2.50 points of accuracy."),
    ],
)
def test_a_change_of_accuracy_is_weighed_against_chance(report, candidate, drop, interval, said):
    one = candidate(accuracy_drop_pp=drop, accuracy_interval_pp=interval)
    assert said in words_for(report(candidates=[one])).sentence


def test_without_labels_agreement_stands_in_for_accuracy(report, candidate):
    one = candidate(accuracy=None, accuracy_drop_pp=None, accuracy_interval_pp=None)
    sentence = plain(words_for(report(candidates=[one])).sentence)
    assert "agrees with it on 99.0 % of samples" in sentence


def test_what_nobody_measured_is_not_claimed(report):
    bare = {"engine": "onnx", "precision": "int8", "file": "model_int8.onnx"}
    words = words_for(report(candidates=[bare], context={}))
    assert words.sentence == "Neither speed nor accuracy was measured on an unnamed machine."
    assert {tile.value for tile in words.tiles} == {"not measured"}


def test_the_float_of_the_same_engine_is_what_size_is_held_against(report):
    size = words_for(report()).tiles[2]
    assert plain(size.detail) == "float: 1.35 MB"


def test_a_processor_loses_its_trademark_signs():
    assert processor("Intel(R) Core(TM) i5") == "Intel Core i5"


def test_a_place_counts_cores_and_threads():
    assert place({"context": {"cpu": "Cortex-A76", "cores": 4, "threads": 1}}) == (
        "Cortex-A76, 4 cores, 1 thread"
    )


@pytest.mark.parametrize(
    ("reason", "shown"),
    [("fastest of all", "Fastest of all"), ("model_int8.onnx is it", "model_int8.onnx is it")],
)
def test_a_reason_begins_with_a_capital_but_a_file_keeps_its_name(report, reason, shown):
    assert words_for(report(verdict={"winner": None, "reason": reason})).reason == shown
