"""Recipes: what the user wants. What an engine can run fast is a policy (policy.py)."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from pathlib import Path

from edgeattn_converters.range_method import RangeMethod
from edgeattn_runtime.errors import BadInput, BadUsage

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

CORES = {
    "measure": "",
    "int8": "core",
    "scores": "scores",
    "float": "float-core",
    "fused": "fused-core",
}
"""What a recipe may say of the attention core, and the word for it in a variant's name."""

LINEARS = {"measure": "", "static": "", "dynamic": "-dynamic", "w4": "-w4"}
"""What a recipe may say of its Linears, and the word for it in a variant's name."""

PRECISIONS = ("int8", "dynamic", "w4", "float")
"""What a recipe may ask of a single layer: static int8, dynamic-range int8, the same with weights
of 4 bits, float."""

ROUNDINGS = ("nearest", "gptq")
"""How weights become integers; weight_rounding.py says what the second one does."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How a float model becomes an integer one.

    Attributes:
        name: How reports call it.
        int8: False leaves every operator float.
        keep_float: Layer names that stay float, as shell patterns: `stages.0.*`.
        core: Which products of the attention core are int8: "int8" both QK' and PV, "scores" QK'
            alone, "float" none; "fused" makes the core one operator of integers, which the library
            edgeattn-kernels computes where it is at hand, and the engine in float elsewhere;
            "measure" tries what the policy lists and keeps the fastest.
        linears: "static" quantises their activations by calibrated ranges, "dynamic" by the range
            each has as the model runs, "w4" does so with weights of 4 bits, half the size and some
            20 dB worse; "measure" tries what the policy lists.
        layers: (shell pattern of layer or operator names, precision), the first match decides.
        bias_correction: Take each layer's mean error on calibration samples out of its bias.
        centre_keys: Take out of the keys of attention what a softmax does not see.
        equalise: Give the channels between two layers like ranges, where a ReLU or less is between.
        smooth: Share wide channels of norms and values with the weights behind them.
        calibration: The range method: "minmax", "percentile", "mse" or "entropy".
        percentile: What "percentile" covers of each tensor from either side, in percent.
        weight_rounding: "nearest", or "gptq" to round for the least error of each layer's result.
    """

    name: str
    int8: bool = True
    keep_float: tuple[str, ...] = ()
    core: str = "measure"
    linears: str = "measure"
    layers: tuple[tuple[str, str], ...] = ()
    bias_correction: bool = True
    centre_keys: bool = True
    equalise: bool = True
    smooth: bool = False
    calibration: str = "minmax"
    percentile: float = 99.99
    weight_rounding: str = "nearest"

    def __post_init__(self) -> None:
        """Refuse a core, a range method or a rounding nobody knows."""
        if self.core not in CORES:
            raise BadUsage(
                f"recipe {self.name}: core is {self.core!r}; choose from {', '.join(CORES)}"
            )
        if self.linears not in LINEARS:
            raise BadUsage(
                f"recipe {self.name}: linears is {self.linears!r}; choose from {', '.join(LINEARS)}"
            )
        for pattern, precision in self.layers:
            if precision not in PRECISIONS:
                raise BadUsage(
                    f"recipe {self.name}: layers gives {pattern} the precision {precision!r}; "
                    f"choose from {', '.join(PRECISIONS)}"
                )
        if self.weight_rounding not in ROUNDINGS:
            raise BadUsage(
                f"recipe {self.name}: weight_rounding is {self.weight_rounding!r}; "
                f"choose from {', '.join(ROUNDINGS)}"
            )
        RangeMethod(self.calibration, self.percentile)  # checks itself

    @property
    def range_method(self) -> RangeMethod:
        """The range method with its percentile."""
        return RangeMethod(self.calibration, self.percentile)

    def variants(self, cores: tuple[str, ...], linears: tuple[str, ...]) -> Iterator[Recipe]:
        """Yield this recipe with core and Linears decided, each named for what was."""
        for how in linears if self.linears == "measure" else (self.linears,):
            for core in cores if self.core == "measure" else (self.core,):
                name = self.name
                name += f"-{CORES[core]}" if self.core == "measure" else ""
                name += LINEARS[how] if self.linears == "measure" else ""
                yield replace(self, core=core, linears=how, name=name)


FLOAT = Recipe(name="fp32", int8=False, core="float")

RECIPES = {
    "int8": Recipe(name="int8"),
    "w4": Recipe(name="w4", linears="w4", weight_rounding="gptq"),
    "int8-core": Recipe(name="int8-core", core="int8"),
    "int8-scores": Recipe(name="int8-scores", core="scores"),
    "int8-float-core": Recipe(name="int8-float-core", core="float"),
    "int8-fused-core": Recipe(name="int8-fused-core", core="fused"),
}


def read_recipe(spec: str) -> Recipe:
    """Return the recipe of that name, or the one in a TOML file.

    Raises:
        BadUsage: No such name.
        BadInput: A file that is no recipe.
    """
    if spec in RECIPES:
        return RECIPES[spec]
    path = Path(spec)
    if path.suffix != ".toml":
        near = difflib.get_close_matches(spec, RECIPES, n=1)
        hint = f"did you mean {near[0]}" if near else f"choose from {', '.join(RECIPES)}"
        raise BadUsage(f"there is no recipe {spec!r}; {hint}, or name a .toml file")
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadInput(f"recipe {path} cannot be read: {error}") from error
    known = {field.name for field in fields(Recipe)}
    unknown = sorted(set(table) - known)
    if unknown:
        raise BadInput(
            f"recipe {path} sets {unknown[0]!r}; a recipe knows {', '.join(sorted(known))}"
        )
    keep = table.get("keep_float", [])
    if not isinstance(keep, list) or not all(isinstance(pattern, str) for pattern in keep):
        raise BadInput(f"recipe {path}: keep_float is {keep!r}; give a list of layer patterns")
    layers = table.get("layers", {})
    if not isinstance(layers, dict) or not all(isinstance(how, str) for how in layers.values()):
        raise BadInput(
            f"recipe {path}: layers is {layers!r}; give a table such as "
            '[layers] "blocks.*.mlp.*" = "dynamic"'
        )
    for switch in ("int8", "bias_correction", "centre_keys", "equalise", "smooth"):
        if not isinstance(table.get(switch, True), bool):
            raise BadInput(f"recipe {path}: {switch} is {table[switch]!r}; give true or false")
    percentile = table.get("percentile", 99.99)
    if isinstance(percentile, bool) or not isinstance(percentile, int | float):
        raise BadInput(f"recipe {path}: percentile is {percentile!r}; give a number such as 99.99")
    return Recipe(
        name=str(table.get("name", path.stem)),
        int8=table.get("int8", True),
        bias_correction=table.get("bias_correction", True),
        centre_keys=table.get("centre_keys", True),
        equalise=table.get("equalise", True),
        smooth=table.get("smooth", False),
        keep_float=tuple(keep),
        core=str(table.get("core", "measure")),
        linears=str(table.get("linears", "measure")),
        layers=tuple(layers.items()),
        calibration=str(table.get("calibration", "minmax")),
        percentile=percentile,
        weight_rounding=str(table.get("weight_rounding", "nearest")),
    )
