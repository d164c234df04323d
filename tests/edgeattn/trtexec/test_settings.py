import pytest

from edgeattn.trtexec.settings import Settings
from edgeattn_runtime.errors import BadUsage


def test_explicit_int8_wants_its_flag_and_float16_for_the_rest():
    assert Settings().precision_flags("int8") == ("--int8", "--fp16")
    assert Settings().precision_flags("fp16") == ("--fp16",)
    assert Settings().precision_flags("fp32") == ()


def test_best_is_never_asked_for():
    """It would let TensorRT quantise what has no Q/DQ, by ranges it guesses."""
    for version in (8, 10, 11):
        settings = Settings(tensorrt=version)
        for precision in ("fp32", "int8"):
            assert "--best" not in settings.precision_flags(precision) + settings.common_flags()


def test_strong_typing_has_no_precision_flags():
    assert Settings(strongly_typed=True).precision_flags("int8") == ("--stronglyTyped",)
    assert Settings(tensorrt=11).precision_flags("int8") == ()


def test_only_what_was_chosen_is_written():
    plain = Settings().common_flags()
    assert not [flag for flag in plain if flag.startswith(("--device", "--builder", "--memPool"))]
    chosen = Settings(device=1, optimisation=5, workspace_mb=512, cuda_graph=False).common_flags()
    assert chosen[:3] == (
        "--device=1", "--builderOptimizationLevel=5", "--memPoolSize=workspace:512"
    )  # fmt: skip
    assert "--useCudaGraph" not in chosen


def test_the_profiler_runs_apart_from_the_clock():
    assert "--separateProfileRun" in Settings().common_flags()


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"tensorrt": 9}, "TensorRT 9 is not known; choose from 8, 10, 11"),
        ({"tensorrt": 8, "strongly_typed": True}, "TensorRT 8 has no strong typing"),
        ({"optimisation": 6}, "optimisation is 6; it must be a whole number from 0 to 5"),
        ({"workspace_mb": 0}, "workspace_mb is 0"),
        ({"iterations": 0}, "iterations is 0"),
        ({"warmup_ms": -1}, "warmup_ms is -1"),
    ],
)
def test_what_trtexec_would_misread_is_refused(settings, words):
    with pytest.raises(BadUsage, match=words):
        Settings(**settings)
