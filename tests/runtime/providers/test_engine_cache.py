from types import SimpleNamespace

import pytest

from edgeattn_runtime.errors import BadEnvironment
from edgeattn_runtime.providers import engine_cache
from edgeattn_runtime.providers.engine_cache import STAMP, claim_cache, tensorrt_version


def test_a_new_folder_is_stamped(tmp_path):
    claim_cache(tmp_path / "a/b", version="10.3.0")
    assert (tmp_path / "a/b" / STAMP).read_text() == "10.3.0\n"


def test_engines_of_another_version_are_refused(tmp_path):
    claim_cache(tmp_path, version="8.6.2")
    (tmp_path / "model_sm87.engine").write_bytes(b"ptrt")
    with pytest.raises(BadEnvironment, match=r"were built by TensorRT 8\.6\.2, this is 10\.3\.0"):
        claim_cache(tmp_path, version="10.3.0")
    claim_cache(tmp_path, version="8.6.2")  # its own version still may


def test_a_folder_without_engines_changes_hands(tmp_path):
    claim_cache(tmp_path, version="8.6.2")
    claim_cache(tmp_path, version="10.3.0")
    assert (tmp_path / STAMP).read_text() == "10.3.0\n"


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(
        BadEnvironment, match=r"engine cache .* cannot be written: .*; name another"
    ):
        claim_cache(tmp_path / "file", version="10.3.0")


def test_without_tensorrt_nothing_is_stamped(tmp_path, monkeypatch):
    """The provider itself says that it is missing, and with which library."""
    monkeypatch.setattr(engine_cache, "tensorrt_version", lambda: None)
    claim_cache(tmp_path / "trt")
    assert list((tmp_path / "trt").iterdir()) == []


@pytest.mark.parametrize(
    ("number", "version"), [(8602, "8.6.2"), (100300, "10.3.0"), (101401, "10.14.1")]
)
def test_the_library_tells_its_version(number, version):
    library = SimpleNamespace(getInferLibVersion=lambda: number)
    assert tensorrt_version(lambda name: library) == version


def test_no_library_has_no_version():
    def missing(name):
        raise OSError("libnvinfer.so: cannot open shared object file")

    assert tensorrt_version(missing) is None
