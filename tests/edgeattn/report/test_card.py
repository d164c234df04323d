from html.parser import HTMLParser

import pytest

from edgeattn.report.card import render_html

VOID = {"meta", "img", "br", "hr", "link", "input", "rect", "line"}
INLINE = {"span", "b", "small", "code"}
PIXEL = "iVBORw0KGgo="
HOSTILE = "<script>alert(1)</script>"


class Page(HTMLParser):
    """The page as a list of elements and the text a reader sees; refuses tags left open."""

    def __init__(self, html):
        super().__init__()
        self.elements, self.words, self.open = [], [], []
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag
        if tag not in INLINE:
            self.words.append(" ")

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.words.append(data)

    def handle_decl(self, decl):
        assert decl == "doctype html"

    @property
    def text(self):
        return " ".join("".join(self.words).split())

    def find(self, tag, kind=""):
        return [
            a
            for t, a in self.elements
            if t == tag and kind in ("", *(a.get("class") or "").split())
        ]


def sample(**facts):
    return {
        "image_png_base64": PIXEL,
        "label": "palm",
        "float_prediction": "palm",
        "int8_prediction": "fist",
        "float_confidence": 0.97,
        "int8_confidence": 0.51,
        **facts,
    }


def test_the_verdict_stands_on_top(report):
    page = Page(render_html(report()))
    assert page.text.index("Ship model_int8.onnx") < page.text.index("side by side")
    assert len(page.find("h1")) == 1


def test_every_candidate_has_a_line_in_every_panel(report):
    page = Page(render_html(report()))
    assert len(page.find("figure")) == 5
    assert len(page.find("div", "line")) == 5 * 3
    assert len(page.find("div", "stock")) == 5


def test_the_table_has_a_column_a_candidate_and_a_row_a_fact(report):
    page = Page(render_html(report()))
    columns = [a for a in page.find("th") if a.get("scope") == "col"]
    assert [a["class"] for a in columns if "class" in a] == ["float", "stock", "ship"]
    assert "Speed-up 1.00\N{MULTIPLICATION SIGN} 1.00\N{MULTIPLICATION SIGN} 2.13" in page.text


def test_every_chart_can_be_heard(report):
    charts = Page(render_html(report())).find("svg", "chart")
    assert len(charts) >= 15
    assert all(chart["role"] == "img" and chart["aria-label"] for chart in charts)


def test_the_page_is_one_file_without_scripts_or_network(report):
    html = render_html(report(), assets={"samples": [sample()]})
    page = Page(html)
    assert {"script", "link", "iframe", "object"}.isdisjoint(tag for tag, _ in page.elements)
    assert "http:" not in html
    assert "https:" not in html
    assert "url(" not in html
    [policy] = [a["content"] for a in page.find("meta") if a.get("http-equiv")]
    assert policy.startswith("default-src 'none'")
    assert all(image["src"].startswith("data:image/png;base64,") for image in page.find("img"))


def test_a_photo_is_shown_with_its_label_and_both_answers(report):
    page = Page(render_html(report(), assets={"samples": [sample()]}))
    assert page.find("img") == [
        {"src": f"data:image/png;base64,{PIXEL}", "alt": "A sample of palm"}
    ]
    assert len(page.find("p", "answer")) == 2
    assert len(page.find("p", "wrong")) == 1
    assert "fist, wrong" in page.text


def test_an_unlabelled_photo_is_neither_right_nor_wrong(report):
    page = Page(render_html(report(), assets={"samples": [sample(label=None)]}))
    assert page.find("p", "wrong") == []
    assert "unlabelled" in page.text


@pytest.mark.parametrize("picture", ['"><b>', "", None, "data:image/svg+xml,<svg>"])
def test_a_picture_that_is_no_base64_is_left_out(report, picture):
    page = Page(render_html(report(), assets={"samples": [sample(image_png_base64=picture)]}))
    assert page.find("img") == []
    assert "no picture" in page.text


def test_hostile_words_stay_words(report, candidate):
    evil = candidate(
        engine=HOSTILE, precision=HOSTILE, recipe=HOSTILE, file=HOSTILE, note='" onload="x'
    )
    layer = {"name": HOSTILE, "op": HOSTILE, "sqnr_db": 3.0, "kept_float": True, "reason": HOSTILE}
    html = render_html(
        report(
            model={"name": HOSTILE, "params": HOSTILE},
            context={"cpu": HOSTILE, "machine": HOSTILE, "features": [HOSTILE]},
            candidates=[evil, evil],
            layers=[layer],
            verdict={"winner": HOSTILE, "passed": True, "reason": HOSTILE},
            created=HOSTILE,
            edgeattn_version="</style>",
        ),
        assets={
            "samples": [sample(label=HOSTILE, int8_prediction='"><img src=x>')],
            "calibration": {HOSTILE: HOSTILE},
            "command": HOSTILE,
        },
    )
    page = Page(html)
    assert "script" not in {tag for tag, _ in page.elements}
    assert len(page.find("img")) == 1
    assert not any(name.startswith("on") for _, attributes in page.elements for name in attributes)
    assert HOSTILE in "".join(page.words)


def test_an_empty_report_is_a_page_that_says_so():
    page = Page(render_html({}))
    assert "No candidate was chosen" in page.text
    assert "not measured" in page.text


def test_many_layers_are_folded_away(report):
    layers = [{"name": f"layer{i}", "sqnr_db": 30.0 + i} for i in range(20)]
    page = Page(render_html(report(layers=layers)))
    assert "The other 8 layers" in page.text
    assert len(page.find("table", "layers")) == 2


def test_calibration_machine_and_command_are_told(report):
    assets = {
        "calibration": {"samples": 256, "method": "minmax"},
        "command": "edgeattn convert m.py:build --out b",
    }
    text = Page(render_html(report(), assets=assets)).text
    for words in ("Samples 256", "Method minmax", "Governor not measured", "Intel Xeon Processor"):
        assert words in text
    assert "edgeattn convert m.py:build --out b" in text


def test_a_sustained_run_a_profile_and_remarks_are_shown(report, candidate):
    windows = [
        {"end_s": 10, "p50_ms": 3.0, "p95_ms": 3.3, "frequency_mhz": 1800.0},
        {"end_s": 20, "p50_ms": 3.9, "p95_ms": 4.1, "frequency_mhz": 1400.0},
    ]
    ops = [{"op": "QGemm", "count": 3, "ms": 0.5, "share": 1.0, "provider": "CPU"}]
    one = candidate(sustained={"windows": windows}, per_op=ops)
    page = render_html(report(candidates=[one], remarks=["energy was not measured: no sensor"]))
    assert "Without a pause: ONNX Runtime int8" in page
    assert page.count('class="curve"') == 2
    assert "Operator by operator: ONNX Runtime int8" in page
    assert "energy was not measured: no sensor" in page


def test_a_disturbed_run_is_marked_at_the_top(report):
    quiet = report()
    assert "Disturbed</span>" not in render_html(quiet)
    busy = report(context={**quiet["context"], "disturbed": ["others took <30 %>"]})
    page = render_html(busy)
    assert "Disturbed</span>" in page
    assert "not to be compared: others took &lt;30 %&gt;" in page


def test_instructions_are_drawn_instead_of_time(report, candidate):
    one = candidate(latency_ms=None, speedup_vs_fp32=None, instructions_m={"p50": 4.24})
    page = render_html(report(candidates=[one], context={"clock": "instructions"}))
    assert "<h3>Instructions</h3>" in page
    assert "<h3>Latency</h3>" not in page
    assert "says nothing about time" in page
