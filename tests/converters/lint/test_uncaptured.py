from edgeattn_converters.lint.uncaptured import uncaptured
from edgeattn_runtime.errors import CannotConvert


def test_the_message_becomes_the_reason_and_the_remedy():
    finding = uncaptured(CannotConvert("x has 3 open shapes; export it again; twice"), "model")
    assert finding.why == "x has 3 open shapes"
    assert finding.remedy == "export it again; twice"
    assert (finding.severity, finding.layer) == ("error", "model")


def test_a_message_without_a_remedy_gets_one():
    assert "fixed length" in uncaptured(CannotConvert("no"), "model").remedy
