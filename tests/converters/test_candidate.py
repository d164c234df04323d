import pytest

from edgeattn_converters.candidate import Draft
from tests.converters.programs import captured


@pytest.mark.parametrize(
    ("format", "precision", "file"),
    [("onnx", "fp32", "model_fp32.onnx"), ("tflite", "int8", "model_int8.tflite")],
)
def test_a_draft_names_its_file_after_precision_and_format(format, precision, file):
    program = captured("tied")
    draft = Draft("key", format, precision, None, b"", program, program)
    assert draft.file == file
