import pytest

from edgeattn.report.sustained import curves_of


def window(end_s, p50=3.0, **facts):
    return {
        "start_s": end_s - 10,
        "end_s": end_s,
        "p50_ms": p50,
        "p95_ms": p50 * 1.1,
        "n": 9,
        "temperature_c": None,
        **facts,
    }


@pytest.fixture
def curves(report, candidate):
    """Return the curves of a report whose int8 candidate ran without a pause."""

    def draw(*windows, **sustained):
        one = candidate(sustained={"windows": list(windows), **sustained})
        return curves_of(report(candidates=[one]))

    return draw


def test_latency_is_drawn_and_what_no_sensor_told_is_left_out(curves):
    [found] = curves(window(10), window(20, 3.9))
    assert [heading for heading, _, _ in found.charts] == ["Latency"]
    assert "20\N{NARROW NO-BREAK SPACE}seconds" not in found.sentence
    assert found.sentence.startswith("20 seconds without a pause: the median goes from 3.00")
    assert found.sentence.endswith("1.30\N{MULTIPLICATION SIGN}")


def test_clock_and_temperature_are_drawn_where_they_were_read(curves):
    [found] = curves(window(10, frequency_mhz=1800.0, temperature_c=50.0))
    assert [heading for heading, _, _ in found.charts] == ["Latency", "Clock", "Temperature"]


def test_long_runs_are_counted_in_minutes(curves):
    [found] = curves(window(300), window(600))
    assert found.sentence.startswith("10 minutes without a pause")
    assert "minutes</text>" in found.charts[0][2]


def test_what_held_the_clock_back_is_told_once(curves):
    hot = ["the soft temperature limit (firmware)"]
    [found] = curves(window(10, held_back=hot), window(20, held_back=hot), window(30))
    assert found.held_back == tuple(hot)


def test_an_interrupted_run_says_so(curves):
    [found] = curves(window(10), interrupted=True)
    assert found.sentence.startswith("10 seconds without a pause, then interrupted")


@pytest.mark.parametrize("windows", [(), ("damaged",)])
def test_a_run_without_windows_has_no_curve(curves, windows):
    assert curves(*windows) == ()


def test_a_candidate_that_did_not_run_has_no_curve(report):
    assert curves_of(report()) == ()
