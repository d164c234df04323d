from edgeattn_converters.lint.double_precision import double_precision


def test_every_operator_in_float64_is_found(found):
    findings = found(double_precision, lambda _, x: x.double().exp().float(), (1, 8))
    assert [one.severity for one in findings] == ["warning", "warning"]
    assert findings[1].op == "exp"


def test_float32_and_whole_numbers_are_left_alone(found):
    assert found(double_precision, lambda _, x: x.exp().argmax(-1), (1, 8)) == []
