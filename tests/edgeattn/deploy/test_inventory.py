import copy

from edgeattn.deploy.inventory import Inventory
from tests.edgeattn.deploy.test_board import BOARD, DIGEST


def test_the_inventory_takes_only_what_can_be_ours():
    inventory = Inventory.from_json(BOARD["inventory"])
    assert inventory.incoming == {DIGEST + ".part": 70_000}
    assert set(inventory.bundles) == {"tiny"}
    assert inventory.bundles["tiny"].whole
    assert inventory.bundles["tiny"].found == {DIGEST}


def test_a_file_with_another_checksum_is_not_there():
    changed = copy.deepcopy(BOARD["inventory"])
    changed["bundles"]["tiny"]["found"]["a"] = "cd" * 32
    deployed = Inventory.from_json(changed).bundles["tiny"]
    assert (deployed.whole, deployed.found) == (False, frozenset())
