import textwrap
from pathlib import Path

import pytest
import torch

from edgeattn.sources import load_model
from edgeattn_runtime.errors import BadUsage, BrokenModel

ROOT = Path(__file__).parents[3]


@pytest.fixture
def code(tmp_path: Path):
    """Write a file of Python and return its path with a factory's name."""

    def write(text: str, factory: str = "build") -> str:
        path = tmp_path / "model.py"
        header = "import torch\nfrom torch import nn\n"
        path.write_text(header + textwrap.dedent(text))
        return f"{path}:{factory}"

    return write


def test_the_example_is_read_with_its_inputs():
    loaded = load_model(f"{ROOT / 'examples' / 'custom_model.py'}:build")
    assert loaded.name == "custom_model"
    assert loaded.input_names == ("image",)
    assert loaded.example_inputs[0].shape == (1, 3, 64, 64)
    assert loaded.module(*loaded.example_inputs).shape == (1, 10)
    assert not loaded.module.training


def test_a_module_in_training_mode_is_switched(code):
    loaded = load_model(code("build = lambda: nn.Sequential(nn.Linear(2, 2), nn.Dropout())"))
    assert not any(part.training for part in loaded.module.modules())


def test_a_class_without_arguments_is_a_factory(code):
    text = "class Net(nn.Linear):\n    def __init__(self, n=2):\n        super().__init__(n, n)\n"
    assert load_model(code(text, "Net")).input_names == ("input",)


def test_a_module_made_already_is_taken(code):
    assert load_model(code("net = nn.Linear(2, 3)", "net")).kind == "module"


def test_what_a_model_carries_is_kept(code):
    text = """
        def build():
            net = nn.Linear(2, 2)
            net.labels = ["a", "b"]
            net.preprocessing = [{"step": "scale", "factor": 2}]
            return net, torch.zeros(1, 2)
        """
    loaded = load_model(code(text))
    assert loaded.labels == ("a", "b")
    assert loaded.preprocessing == ({"step": "scale", "factor": 2},)
    assert loaded.example_inputs[0].shape == (1, 2)


def test_a_dotted_module_is_imported_from_the_working_folder(code, monkeypatch):
    path = Path(code("build = lambda: nn.Linear(2, 2)").rpartition(":")[0])
    path.rename(path.with_name("my_own_model.py"))
    monkeypatch.chdir(path.parent)
    assert load_model("my_own_model:build").name == "my_own_model"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("def build(width, *, heads): ...", "needs width, heads; a factory takes no arguments"),
        ("def build(): raise ValueError('no weights\\nhere')", r"raised ValueError: no weights \("),
        ("def build(): raise SystemExit(3)", r"raised SystemExit: 3 \(model\.py, line 3\)"),
        ("def build(): return nn.Linear", "returned the class Linear; return an instance"),
        ("def build(): return 3", r"returned an int; return an nn\.Module"),
        ("def build(): return {'a': 1}", r"returned a dict; return an nn\.Module"),
        ("def build(): pass", r"returned nothing \(None\)"),
        ("def build(): return nn.Linear(2, 2), 1, 2", r"a tuple of 3 \(Linear, int, int\)"),
        ("def build(): return nn.Linear(2, 2), [1]", "as example inputs; return a tuple"),
        ("def build(): return nn.Linear(2, 2), ()", r"a tuple of 0 \(\) as example inputs"),
        (
            "def build(): return nn.Linear(2, 2), torch.zeros(1, 3)",
            r"forward does not take its own example inputs \[1, 3\]: RuntimeError",
        ),
        (
            "def build(): return nn.Linear(2, 2), (torch.zeros(2), torch.zeros(2))",
            r"returned 2 example inputs, but forward takes 1 \(input\)",
        ),
        ("build = 7", "is a int, no factory"),
        ("class Empty(nn.Module): pass\nbuild = Empty", "Empty has no forward"),
        (
            "def build(): nn.Linear(2, 2).load_state_dict({'a': torch.ones(1)})",
            r"Error\(s\) in loading state_dict for Linear: Missing key",
        ),
        (
            "def build():\n    m = nn.Linear(2, 2)\n    m.labels = 'ab'\n    return m",
            "labels is a str",
        ),
        (
            "def build():\n    m = nn.Linear(2, 2)\n    m.preprocessing = ['x']\n    return m",
            "preprocessing is a list of 1",
        ),
        ("def build(): return nn.Linear(2, 2).half()", "weight is torch.float16"),
        ("def build(:", r"model\.py is not valid Python"),
        ("import not_there_at_all", r"importing model\.py raised ModuleNotFoundError: No module"),
    ],
)
def test_code_that_cannot_be_used_says_why(text, message, code):
    with pytest.raises(BrokenModel, match=message) as caught:
        load_model(code(text))
    assert "\n" not in str(caught.value)


def test_a_name_that_is_missing_comes_with_near_ones(code):
    with pytest.raises(BadUsage, match=r"has no biuld; it has build$"):
        load_model(code("def build(): ...\ndef other(): ...", "biuld"))
    with pytest.raises(BadUsage, match="it defines no function or class"):
        load_model(code("", "build"))


@pytest.mark.parametrize("spec", ["model.py", "model.py:", ":build"])
def test_a_file_without_a_factory_says_how_to_write_it(spec):
    with pytest.raises(BadUsage, match=r"names no factory; write .*:FACTORY"):
        load_model(spec)


def test_a_file_or_module_that_is_missing_says_so(tmp_path, code):
    code("")
    with pytest.raises(BrokenModel, match=r"does not exist; beside it lie model\.py"):
        load_model(f"{tmp_path}/modle.py:build")
    with pytest.raises(BrokenModel, match="is relative to nothing"):
        load_model("..sibling:build")
    (tmp_path / "folder.py").mkdir()
    with pytest.raises(BrokenModel, match="is a folder; name the"):
        load_model(f"{tmp_path}/folder.py:build")
    with pytest.raises(BrokenModel, match="there is no module nothing_like_it"):
        load_model("nothing_like_it.model:build")


def test_the_reason_stays_attached_for_a_traceback(code):
    with pytest.raises(BrokenModel) as caught:
        load_model(code("def build(): return {}['missing']"))
    assert isinstance(caught.value.__cause__, KeyError)


def test_example_inputs_need_no_gradient(code):
    loaded = load_model(
        code("build = lambda: (nn.Linear(2, 2), torch.ones(1, 2).requires_grad_())")
    )
    assert not loaded.example_inputs[0].requires_grad
    assert torch.equal(loaded.example_inputs[0], torch.ones(1, 2))
