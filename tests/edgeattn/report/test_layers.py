import pytest

from edgeattn.report.layers import layer_lines, precision_of_layers


def test_the_noisiest_layer_comes_first_and_the_unmeasured_last(report):
    names = [line.name for line in layer_lines(report()["layers"])]
    assert names == ["head", "stem", "attention.softmax"]


def test_a_layer_that_stayed_float_says_why(report):
    line = layer_lines(report()["layers"])[2]
    assert (line.precision, line.reason) == ("float", "slower in int8 on this engine")
    assert (line.chart, line.text) == (None, "not measured")


@pytest.mark.parametrize(("db", "kind"), [(19.9, "poor"), (20.0, "int8")])
def test_a_layer_that_drowns_in_noise_is_marked(db, kind):
    [line] = layer_lines([{"name": "a", "sqnr_db": db}])
    assert f'class="fill {kind}"' in line.chart


def test_the_layers_are_counted_by_precision(report):
    assert precision_of_layers(layer_lines(report()["layers"])) == "2 in int8, 1 kept float"
    assert precision_of_layers(()) == ""
