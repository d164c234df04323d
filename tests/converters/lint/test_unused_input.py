from edgeattn_converters.lint.unused_input import unused_input


def test_an_input_without_a_reader_is_named(found):
    (finding,) = found(unused_input, lambda _, x, y: x.exp(), (1, 8), (1, 4))
    assert finding.severity == "warning"
    assert finding.layer


def test_inputs_that_are_read_are_left_alone(found):
    assert found(unused_input, lambda _, x, y: x + y, (1, 8), (1, 8)) == []
