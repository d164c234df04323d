import numpy as np
import pytest

from edgeattn_converters import verify as module
from edgeattn_converters.drafts import drafts
from edgeattn_converters.evidence import gather_evidence
from edgeattn_converters.recipe import RECIPES
from edgeattn_converters.verify import verify
from edgeattn_runtime.errors import BadData, BadEnvironment
from tests.converters.programs import captured, rewritten
from tests.converters.quantised import HERE, LITERT, ranges_of


@pytest.fixture(autouse=True)
def _short(monkeypatch):
    for name, value in {"WARMUP": 1, "ITERATIONS": 5, "BUDGET_S": 0.5}.items():
        monkeypatch.setattr(module, name, value)


@pytest.fixture(scope="module")
def candidates():
    name = "residual"
    return tuple(drafts(captured(name), rewritten(name), ranges_of(name), RECIPES["int8"], LITERT))


def evidence_of(y=None):
    x = np.random.default_rng(0).normal(size=(9, 3, 16, 16)).astype(np.float32)
    return gather_evidence(captured("residual"), {"x": x}, y)


@pytest.fixture(scope="module")
def measured(candidates, tmp_path_factory):
    folder = tmp_path_factory.mktemp("candidates")
    patch = pytest.MonkeyPatch()
    patch.setattr(module, "WARMUP", 1)
    patch.setattr(module, "ITERATIONS", 5)
    found, context = verify(candidates, evidence_of(np.arange(9) % 5), folder=folder, threads=1)
    patch.undo()
    assert list(folder.iterdir()) == []  # no file stays behind
    return found, context


def test_everything_about_a_candidate_is_measured(measured):
    found, context = measured
    assert [one.draft.precision for one in found] == ["fp32", "int8"]
    for one in found:
        facts = one.facts
        assert facts.latency_ms.n == 5
        assert facts.peak_rss_mb > 10  # Python, NumPy and the engine
        assert facts.bytes == len(one.draft.content)
        assert facts.accuracy is not None
        assert facts.accuracy_interval_pp[0] <= facts.accuracy_drop_pp
        assert one.parity.passed
    assert context.engine is not None


def test_speed_is_told_against_the_float_file_of_the_same_engine(measured):
    float_file, int8_file = measured[0]
    assert float_file.facts.speedup_vs_fp32 == 1.0
    ratio = float_file.facts.latency_ms.p50 / int8_file.facts.latency_ms.p50
    assert int8_file.facts.speedup_vs_fp32 == pytest.approx(ratio)


def test_the_golden_answers_are_those_of_the_simulation(measured):
    one = measured[0][1]
    assert one.golden["output"].shape == (9, 5)
    rows = evidence_of().x["x"]
    import torch

    promised = one.draft.simulation(torch.from_numpy(rows[:1]))[0].numpy()
    np.testing.assert_array_equal(one.golden["output"][:1], promised)


def test_without_labels_the_float_models_answers_count_as_right(candidates, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "peak_rss_mb", lambda path, threads: 1.0)
    found, _ = verify(candidates, evidence_of(), folder=tmp_path, threads=1)
    assert all(one.facts.accuracy is None for one in found)
    assert found[0].facts.accuracy_drop_pp == 0.0
    assert found[0].facts.top1_agreement == 1.0


def test_memory_that_cannot_be_measured_stays_open(candidates, tmp_path, monkeypatch):
    def refuse(path, threads):
        raise BadEnvironment("no child processes here")

    monkeypatch.setattr(module, "peak_rss_mb", refuse)
    found, _ = verify(candidates, evidence_of(), folder=tmp_path, threads=1)
    assert all(one.facts.peak_rss_mb is None for one in found)
    assert list(tmp_path.iterdir()) == []


def test_an_int8_file_alone_has_nothing_to_be_compared_with(candidates, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "peak_rss_mb", lambda path, threads: 1.0)
    with pytest.raises(BadData, match="has no fp32 file of its engine"):
        verify(candidates[1:], evidence_of(), folder=tmp_path, threads=1)


def test_progress_is_told(candidates, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "peak_rss_mb", lambda path, threads: 1.0)
    said = []
    verify(
        candidates, evidence_of(), folder=tmp_path, threads=1,
        progress=lambda text, share: said.append((text, share)),
    )  # fmt: skip
    assert [share for _, share in said] == sorted(share for _, share in said)
    assert said[-1][0] == "timing all candidates in turn"


@pytest.mark.parametrize("format", ["onnx", "tflite"])
def test_a_file_that_the_library_helps_is_timed_without_it_as_well(format, tmp_path, monkeypatch):
    pytest.importorskip("edgeattn_kernels", reason="edgeattn-kernels is not installed")
    monkeypatch.delenv("EDGEATTN_KERNELS", raising=False)
    name, policy = "torch attention", HERE if format == "onnx" else LITERT
    recipe = RECIPES["int8-fused-core"]
    made = tuple(drafts(captured(name), rewritten(name), ranges_of(name), recipe, policy))
    x = np.random.default_rng(0).normal(size=(9, 12, 16)).astype(np.float32)
    evidence = gather_evidence(captured(name), {"x": x}, None)
    found, _ = verify(made, evidence, folder=tmp_path, threads=1)
    floats = [one for one in found if one.draft.precision == "fp32"]
    fused = found[-1].facts
    assert fused.kernels is not None
    assert fused.ms_without_kernels > 0
    own = next(one for one in floats if not one.draft.stock)
    ratio = own.facts.latency_ms.p50 / fused.ms_without_kernels
    assert fused.speedup_without_kernels == pytest.approx(ratio)
    assert all(one.facts.ms_without_kernels is None for one in floats)
