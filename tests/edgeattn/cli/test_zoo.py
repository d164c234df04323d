import json

from edgeattn.models.catalog import ZOO


def test_every_model_has_a_row(edgeattn):
    text = edgeattn("zoo").stdout
    for name, entry in ZOO.items():
        assert name in text
        assert entry.summary in text


def test_json_has_the_numbers_of_every_model(edgeattn):
    models = json.loads(edgeattn("zoo", "--json").stdout)["models"]
    assert [one["name"] for one in models] == [*ZOO]
    assert [one["params"] for one in models] == [entry.params for entry in ZOO.values()]
