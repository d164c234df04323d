import sys

import pytest

from edgeattn.doctor import examine
from edgeattn.installation import Part

HERE = Part(name="click", module="click", purpose="parse")
ABSENT = Part(name="no-such-part", module="no_such_part", purpose="run", extra="onnx")
SPARE = Part(name="no-such-spare", module="no_such_spare", purpose="shine", essential=False)


def test_a_machine_with_all_parts_is_healthy():
    diagnosis = examine((HERE,))
    assert diagnosis.healthy
    assert diagnosis.text().splitlines()[-1] == "Ready to convert and run."


def test_a_missing_essential_is_told_with_its_remedy_at_the_end():
    diagnosis = examine((HERE, ABSENT))
    assert not diagnosis.healthy
    assert diagnosis.text().splitlines()[-3:] == [
        "no-such-part (missing, run):  python -m pip install 'edgeattn[onnx]'",
        "",
        "Not ready: see above.",
    ]


def test_what_is_optional_does_not_make_it_ill():
    diagnosis = examine((HERE, SPARE))
    assert diagnosis.healthy
    assert "python -m pip install no-such-spare" in diagnosis.text()


def test_nothing_heavy_is_imported_to_look(monkeypatch):
    monkeypatch.delitem(sys.modules, "rich", raising=False)
    examine()
    assert "rich" not in sys.modules


@pytest.mark.parametrize(
    ("features", "words"),
    [
        (["avx2", "avx512_vnni"], "VNNI: int8 products without saturation"),
        (["avx2"], "7-bit"),
        (["asimddp"], "dot product"),
        (["asimddp", "i8mm"], "i8mm"),
        ([], "no instruction for it"),
    ],
)
def test_the_cpu_is_judged_by_what_int8_needs(monkeypatch, features, words):
    fake_machine(monkeypatch, features=features)
    assert words in examine((HERE,)).integer_cpu


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"governor": "powersave"}, "The CPU governor is powersave"),
        ({"throttled": True}, "The clock is held back right now"),
    ],
)
def test_what_spoils_latencies_is_remarked(monkeypatch, facts, words):
    fake_machine(monkeypatch, **facts)
    diagnosis = examine((HERE,))
    assert any(remark.startswith(words) for remark in diagnosis.remarks)
    assert words in diagnosis.text()


def test_a_steady_machine_is_not_remarked_on(monkeypatch):
    fake_machine(monkeypatch, governor="performance", throttled=False)
    monkeypatch.setattr("edgeattn.doctor.LITTLE_DISK_MB", 0.0)
    assert examine((HERE,)).remarks == ()


def test_little_disk_is_remarked(monkeypatch):
    fake_machine(monkeypatch)
    monkeypatch.setattr("edgeattn.doctor.LITTLE_DISK_MB", float("inf"))
    assert "MB are free here" in examine((HERE,)).remarks[0]


def fake_machine(monkeypatch, **facts):
    class Context:
        def to_json(self):
            return {"features": [], **facts}

    monkeypatch.setattr("edgeattn_runtime.machine.context", Context)
