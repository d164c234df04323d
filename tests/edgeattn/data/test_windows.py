import numpy as np

from edgeattn.data.windows import even_rate, windows


def ramp(count, channels=2):
    return np.arange(count * channels, dtype=np.float32).reshape(count, channels)


def test_a_straight_line_stays_one_at_another_rate():
    samples = ramp(1025)  # 102.4 Hz for ten seconds
    evened, labels = even_rate(samples, np.zeros(1025, np.int64), 10.0, 100.0)
    assert evened.shape == (1001, 2)
    assert labels.shape == (1001,)
    # float32 rounds the weights of two neighbours, values up to 2,048
    np.testing.assert_allclose(evened[:, 0], np.linspace(0, 2048, 1001), rtol=0, atol=2e-3)


def test_labels_change_where_they_did_in_time():
    labels = np.repeat([0, 1], [512, 513])
    _, evened = even_rate(ramp(1025), labels, 10.0, 100.0)
    assert np.flatnonzero(np.diff(evened)).tolist() == [499]  # at 5.0 s


def test_windows_overlap_by_all_but_the_hop():
    x, _ = windows(ramp(10), np.zeros(10, np.int64), 4, 2)
    assert x.shape == (4, 2, 4)
    assert np.array_equal(x[1, :, :2], x[0, :, 2:])
    assert np.array_equal(x[0], ramp(10)[:4].T)


def test_what_does_not_fill_a_window_is_left_out():
    assert len(windows(ramp(11), np.zeros(11, np.int64), 4, 4)[0]) == 2
    x, y = windows(ramp(3), np.zeros(3, np.int64), 4, 4)
    assert x.shape == (0, 2, 4)
    assert y.shape == (0,)


def test_a_window_has_the_label_of_most_of_it():
    _, y = windows(ramp(8), np.array([2, 2, 2, 1, 1, 1, 1, 1]), 4, 2)
    assert y.tolist() == [2, 1, 1]
