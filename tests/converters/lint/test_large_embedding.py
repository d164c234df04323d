import torch
from torch import nn

from edgeattn_converters.lint.large_embedding import large_embedding
from edgeattn_converters.policies import LITERT_XNNPACK

IDS = torch.arange(4, dtype=torch.int32)[None]


def model(words):
    return nn.Sequential(nn.Embedding(words, 64), nn.Linear(64, 64), nn.Linear(64, 8))


def test_a_table_that_is_most_of_the_file_is_found_with_its_size(found):
    (finding,) = found(large_embedding, model(1000), IDS, policies=(LITERT_XNNPACK,))
    assert finding.layer == "0"
    assert "0.3 MB" in finding.why


def test_a_small_table_is_left_alone(found):
    assert found(large_embedding, model(8), IDS) == []


def test_a_model_without_tables_is_left_alone(found):
    assert found(large_embedding, nn.Linear(8, 8), (1, 8)) == []
