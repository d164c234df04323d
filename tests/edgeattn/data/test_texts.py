import pytest

from edgeattn.data.texts import read_csv, read_json, text_data
from edgeattn.data.wordpiece import SPECIAL, WordPiece
from edgeattn_runtime.errors import BadData

PIECES = WordPiece((*SPECIAL, "a", "b"))


def data(texts, classes, labels=("x", "y")):
    return text_data(texts, classes, labels, "demo", tokenizer=PIECES, length=4)


def test_texts_become_ids_mask_and_class_numbers():
    found = data(["a b", "B"], ["y", "x"])
    assert found.x["ids"].tolist() == [[2, 4, 5, 0], [2, 5, 0, 0]]
    assert found.x["mask"].sum(1).tolist() == [3, 2]
    assert found.y.tolist() == [1, 0]
    assert found.labels == ("x", "y")


@pytest.mark.parametrize("empty", ["", "  \n", "\u200b"])
def test_an_empty_text_is_refused_by_its_number(empty):
    with pytest.raises(BadData, match="demo: 1 of 3 texts are empty, the first is text 2"):
        data(["a", empty, "b"], ["x", "x", "y"])


def test_a_class_nobody_named_is_refused():
    with pytest.raises(BadData, match=r"1 classes are not among the 2 of the data set.*'z'"):
        data(["a", "b"], ["x", "z"])


def test_quoted_cells_may_hold_commas_quotes_and_lines(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes('\ufefftext,category\n"a, ""b""\nc",x\r\nd,y\n'.encode())
    assert read_csv(path, ("text", "category")) == [('a, "b"\nc', "x"), ("d", "y")]


def test_a_line_separator_inside_a_text_is_no_new_line(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("text,category\na\u2028b\x0bc,x\n", encoding="utf-8")
    assert read_csv(path, ("text", "category")) == [("a\u2028b\x0bc", "x")]


def test_another_encoding_is_named_with_byte_and_line(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes("text,category\na,x\ncafé,y\n".encode("latin1"))
    with pytest.raises(BadData, match=r"a\.csv is not UTF-8: byte 0xe9 in line 3; .*iconv"):
        read_csv(path, ("text", "category"))


@pytest.mark.parametrize(
    "content", ["question,intent\na,x\n", "text,category\na,x\nb\n", 'text,category\n"a,x\n']
)
def test_a_csv_file_that_does_not_fit_is_refused(content, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(content)
    with pytest.raises(BadData, match=r"a\.csv is no CSV file with the columns text, category"):
        read_csv(path, ("text", "category"))


def test_broken_json_and_missing_files_are_refused(tmp_path):
    path = tmp_path / "a.json"
    path.write_text('{"train": [')
    with pytest.raises(BadData, match=r"a\.json is no JSON"):
        read_json(path)
    with pytest.raises(BadData, match=r"gone\.json cannot be read"):
        read_json(tmp_path / "gone.json")
