from __future__ import annotations

from pathlib import Path

from benchmarks.peers import engines, tools
from benchmarks.peers.catalog import EDGEATTN, ENGINES, PEERS


def test_every_tool_and_engine_has_its_file() -> None:
    for package, modules in (
        (tools, {peer.module for peer in PEERS}),
        (engines, {engine.module for engine in ENGINES.values()}),
    ):
        assert package.__file__ is not None
        folder = Path(package.__file__).parent
        assert all((folder / f"{module}.py").is_file() for module in modules)


def test_every_recipe_the_catalogue_names_is_made_by_its_tool() -> None:
    for peer in PEERS:
        keys = [recipe.name for recipe in peer.recipes]
        assert len(set(keys)) == len(keys)
        assert all(recipe.engine in ENGINES for recipe in peer.recipes)


def test_every_engine_has_a_float_file_and_at_most_one_stock_recipe() -> None:
    recipes = [recipe for peer in PEERS for recipe in peer.recipes]
    for engine in ENGINES:
        mine = [recipe for recipe in recipes if recipe.engine == engine]
        assert any(recipe.precision == "fp32" for recipe in mine)
        assert sum(recipe.stock for recipe in mine) == 1


def test_only_edgeattn_runs_in_edgeattns_environment() -> None:
    assert [peer for peer in PEERS if peer.environment is None] == [EDGEATTN]
