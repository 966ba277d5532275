"""Beat tracking on activations that are known."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from reprise.models.rhythm_beats import track_beats


@settings(max_examples=25, deadline=None)
@given(period=st.floats(35, 120), phase=st.floats(0, 1), seed=st.integers(0, 99))
def test_regular_pulses_are_found_whatever_their_phase(period: float, phase: float, seed: int) -> None:
    pulses = np.arange(phase * period, 2000, period)
    activation = np.random.default_rng(seed).uniform(0, 0.3, 2000).astype(np.float32)
    activation[np.clip(np.rint(pulses).astype(int), 0, 1999)] = 4
    beats = track_beats(activation, np.full(2000, period * 1.03, np.float32))
    inner = pulses[(pulses > period) & (pulses < 2000 - period)]
    assert np.abs(beats[None, :] - inner[:, None]).min(axis=1).max() <= 1.5
    assert np.all(np.diff(beats) > 0)


def test_a_missing_pulse_is_filled_in() -> None:
    activation = np.zeros(1000, np.float32)
    activation[50::50] = 4
    activation[500] = 0
    beats = track_beats(activation, np.full(1000, 50, np.float32))
    assert np.abs(beats - 500).min() <= 2


def test_too_short_for_beats() -> None:
    assert track_beats(np.zeros(2, np.float32), np.full(2, 50, np.float32)).size == 0
