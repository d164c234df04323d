import json
from types import SimpleNamespace

import pytest

from edgeattn.embed.coreml_package import INSIDE, check_ports, operators_of, package_of
from edgeattn_runtime.errors import CannotConvert


def spec_of(*, shape=(1, 8), dtype=65568):
    """The parts of coremltools' specification that are read, for a model of `make_kit`."""

    def feature(lengths, kind):
        array = SimpleNamespace(shape=list(lengths), dataType=kind)
        return SimpleNamespace(type=SimpleNamespace(multiArrayType=array))

    operations = [SimpleNamespace(type=name) for name in ("const", "linear", "const", "relu")]
    block = SimpleNamespace(operations=operations)
    function = SimpleNamespace(opset="CoreML6", block_specializations={"CoreML6": block})
    dates = {"com.github.apple.coremltools.conversion_date": "today", "source": "torch"}
    return SimpleNamespace(
        description=SimpleNamespace(
            input=[feature(shape, dtype)],
            output=[feature((1, 4), 65568)],
            metadata=SimpleNamespace(userDefined=dates),
        ),
        mlProgram=SimpleNamespace(functions={"main": function}),
        SerializeToString=lambda deterministic: json.dumps(dates).encode(),
    )


def test_ports_that_are_the_manifest_s_pass(make_kit):
    check_ports(spec_of(), make_kit())


@pytest.mark.parametrize("changes", [{"shape": (8,)}, {"dtype": 65552}])
def test_ports_that_are_not_the_manifest_s_are_refused(make_kit, changes):
    with pytest.raises(CannotConvert, match=r"coremltools made a model of .*, and the manifest"):
        check_ports(spec_of(**changes), make_kit())


def test_constants_are_not_counted():
    assert operators_of(spec_of()) == {"linear": 1, "relu": 1}


def test_a_package_names_its_parts_and_no_date():
    files = package_of(spec_of(), b"weights")
    index = json.loads(files["Manifest.json"])
    paths = {entry["path"] for entry in index["itemInfoEntries"].values()}
    assert paths == {"com.apple.CoreML/model.mlmodel", "com.apple.CoreML/weights"}
    root = index["itemInfoEntries"][index["rootModelIdentifier"]]
    assert root["name"] == "model.mlmodel"
    assert files[f"{INSIDE}/weights/weight.bin"] == b"weights"
    assert b"today" not in files[f"{INSIDE}/model.mlmodel"]


def test_a_model_of_few_numbers_has_no_file_of_weights():
    files = package_of(spec_of(), None)
    assert set(files) == {"Manifest.json", f"{INSIDE}/model.mlmodel"}
    assert len(json.loads(files["Manifest.json"])["itemInfoEntries"]) == 1
