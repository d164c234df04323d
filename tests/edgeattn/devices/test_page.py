from pathlib import Path

import pytest

from edgeattn.devices.load import shipped
from edgeattn.devices.page import page

ROOT = Path(__file__).parents[3]


def test_the_page_is_in_step_with_the_profiles():
    written = (ROOT / "docs" / "devices.md").read_text(encoding="utf-8")
    again = "write it again: python -m edgeattn.devices.page > docs/devices.md"
    assert written == page(shipped().values()), again


@pytest.mark.parametrize("name", shipped())
def test_every_device_has_a_row_and_a_heading(name):
    text = page([shipped()[name]])
    assert f"| [{name}](#{name}) |" in text
    assert f"\n## {name}\n" in text
