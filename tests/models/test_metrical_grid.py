"""Whatever beats and downbeats are found, bars, beats and tatums nest in one span."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from reprise.audio_analysis import TimeInterval
from reprise.features.onset import FRAME_RATE_HZ
from reprise.models.metrical_grid import metrical_grid
from reprise.models.rhythm import HeardRhythm
from reprise.models.rhythm_network import BeatActivation
from reprise.records import Rhythm


def _heard(beats_s: np.ndarray, downbeats: np.ndarray, division: int, duration_s: float) -> HeardRhythm:
    rng = np.random.default_rng(0)
    n = max(1, round(duration_s * FRAME_RATE_HZ))
    beats_s = beats_s.astype(np.float32)
    tatums_s = np.interp(
        np.arange((max(beats_s.size, 1) - 1) * division + 1) / division,
        np.arange(max(beats_s.size, 1)),
        beats_s if beats_s.size else [0.0],
    )
    rhythm = Rhythm(
        tempo_bpm=120.0, tempo_confidence=1.0, tempo_candidates=(), time_signature=4,
        time_signature_confidence=1.0, onsets_s=np.zeros(0, np.float32), beats_s=beats_s,
        tatums_s=tatums_s.astype(np.float32), downbeats_s=beats_s[downbeats[: beats_s.size]],
    )  # fmt: skip
    activation = BeatActivation(
        beats=rng.random(n, np.float32), downbeats=rng.random(n, np.float32), tempo=np.zeros(333, np.float32)
    )
    return HeardRhythm(
        rhythm=rhythm,
        flux=rng.random((5, n), np.float32),
        envelopes=rng.random((7, n), np.float32),
        activation=activation,
    )


def _edges(intervals: tuple[TimeInterval, ...]) -> list[int]:
    starts = [round(1e5 * each.start_s) for each in intervals]
    ends = [round(1e5 * (each.start_s + each.duration_s)) for each in intervals]
    assert starts[1:] == ends[:-1]
    assert all(each.duration_s > 0 and 0 <= each.confidence <= 1 for each in intervals)
    return [*starts, *ends[-1:]]


@settings(max_examples=200, deadline=None)
@given(
    steps_s=st.lists(st.floats(0.1, 2), max_size=40),
    first_s=st.floats(0, 3),
    short_s=st.floats(-1, 3),
    division=st.integers(1, 4),
    seed=st.integers(0, 1000),
)
def test_bars_are_made_of_beats_and_beats_of_tatums(
    steps_s: list[float], first_s: float, short_s: float, division: int, seed: int
) -> None:
    beats_s = first_s + np.cumsum(steps_s)
    # The recording may end before what was taken for its last beats, or long after.
    duration_s = max(1.0, float(beats_s[-1] if beats_s.size else 0.0) + short_s)
    downbeats = np.random.default_rng(seed).random(max(1, beats_s.size)) < 0.3
    bars, beats, tatums = (
        _edges(each) for each in metrical_grid(_heard(beats_s, downbeats, division, duration_s), duration_s)
    )
    assert set(bars) <= set(beats) <= set(tatums)
    if beats:
        assert (bars[0], bars[-1]) == (beats[0], beats[-1]) == (tatums[0], tatums[-1])
        assert beats[-1] <= round(1e5 * duration_s)
        assert len(tatums) - 1 == division * (len(beats) - 1)
    else:
        assert bars == tatums == []


def test_an_upbeat_is_a_bar_of_its_own() -> None:
    beats_s = 0.3 + 0.5 * np.arange(12)
    downbeats = np.arange(12) % 4 == 2
    bars, beats, tatums = metrical_grid(_heard(beats_s, downbeats, 2, 7.0), 7.0)
    assert [round(bar.start_s, 3) for bar in bars] == [0.3, 1.3, 3.3, 5.3]
    assert round(bars[-1].start_s + bars[-1].duration_s, 3) == 6.3
    assert (len(beats), len(tatums)) == (12, 24)


def test_one_beat_is_no_grid() -> None:
    assert metrical_grid(_heard(np.array([1.0]), np.array([True]), 1, 3.0), 3.0) == ((), (), ())
