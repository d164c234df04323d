import torch
import torch.nn.functional as F  # noqa: N812  its name in every PyTorch program
from torch import nn

from edgeattn_converters.lint.shared_weight import shared_weight

IDS = torch.arange(4, dtype=torch.int32)[None]


def test_tied_embeddings_are_a_warning(found):
    def tied(model, ids):
        return F.linear(model.words(ids), model.words.weight)

    (finding,) = found(shared_weight, tied, IDS, words=nn.Embedding(16, 8))
    assert (finding.severity, finding.count) == ("warning", 2)
    assert "[16, 8]" in finding.why


def test_a_linear_that_is_called_twice_is_an_info(found):
    (finding,) = found(shared_weight, lambda m, x: m.l(F.relu(m.l(x))), (1, 8), l=nn.Linear(8, 8))
    assert finding.severity == "info"
    assert "a copy for each" in finding.why


def test_two_look_ups_in_one_table_are_left_alone(found):
    def both(model, ids):
        return model.words(ids) + model.words(ids + 1)

    assert found(shared_weight, both, IDS, words=nn.Embedding(16, 8)) == []


def test_weights_of_their_own_are_left_alone(found):
    assert found(shared_weight, nn.Sequential(nn.Linear(8, 8), nn.Linear(8, 8)), (1, 8)) == []
