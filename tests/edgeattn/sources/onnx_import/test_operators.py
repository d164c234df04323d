from onnx import defs

from edgeattn.sources.onnx_import import operators
from edgeattn.sources.onnx_import.operators import DEFAULT_DOMAIN, OPERATORS


def test_every_operator_exists_in_the_standard():
    known = {schema.name for schema in defs.get_all_schemas_with_history() if not schema.domain}
    assert {kind for domain, kind in OPERATORS if not domain} <= known


def test_no_group_hides_an_operator_of_another():
    groups = [value for name, value in vars(operators).items() if name.isupper()]
    tables = [g for g in groups if g is not OPERATORS and g is not DEFAULT_DOMAIN]
    default = [kind for table in tables for kind in table if isinstance(kind, str)]
    assert len(default) == len(set(default)) == len(DEFAULT_DOMAIN)
