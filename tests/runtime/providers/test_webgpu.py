import os

import pytest

from edgeattn_runtime.placement import DRIVER_VARIABLES
from edgeattn_runtime.providers import accelerator
from edgeattn_runtime.providers.webgpu import SOFTWARE


@pytest.fixture(autouse=True)
def no_driver(monkeypatch):
    for variable in (SOFTWARE, *DRIVER_VARIABLES):
        monkeypatch.setenv(variable, "")


def test_a_software_driver_is_not_taken_unasked():
    accelerator("webgpu").prepare()
    assert os.environ[SOFTWARE] == ""


def test_a_software_driver_is_taken_when_it_is_asked_for():
    accelerator("webgpu:software=yes").prepare()
    assert os.environ[SOFTWARE] == "1"


def test_naming_a_software_driver_asks_for_it(monkeypatch):
    monkeypatch.setenv("VK_ICD_FILENAMES", "/usr/lib/chromium/vk_swiftshader_icd.json")
    accelerator("webgpu").prepare()
    assert os.environ[SOFTWARE] == "1"
