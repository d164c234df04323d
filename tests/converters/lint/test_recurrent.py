from torch import nn

from edgeattn_converters.lint.recurrent import recurrent


def test_a_gru_is_found_once_with_what_it_became(found):
    (finding,) = found(recurrent, nn.GRU(4, 4, batch_first=True), (1, 4, 4), policies=())
    assert (finding.layer, finding.count) == ("model", 1)
    assert "a cell for each time step" in finding.why


def test_an_mlp_with_gates_is_left_alone(found):
    model = nn.Sequential(*(part for _ in range(6) for part in (nn.Linear(4, 4), nn.Tanh())))
    assert found(recurrent, model, (1, 4), policies=()) == []
