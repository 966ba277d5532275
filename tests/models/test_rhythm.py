"""The whole rhythm of short synthetic pieces and of sound without any."""

from __future__ import annotations

import numpy as np
import pytest

from reprise.features.onset import OnsetEnvelope, OnsetStrength
from reprise.features.spectrogram import Spectrogram
from reprise.models.rhythm import estimate_rhythm
from reprise.records import Rhythm

SR = 16_000


def heard(y: np.ndarray) -> OnsetStrength:
    spectrogram, envelope = Spectrogram(), OnsetEnvelope()
    envelope.push(spectrogram.push(y.astype(np.float32)))
    envelope.push(spectrogram.flush())
    return envelope.result()


def stroke(kind: str, rng: np.random.Generator) -> np.ndarray:
    t = np.arange(int(0.15 * SR)) / SR
    if kind == "kick":
        return 0.8 * np.sin(2 * np.pi * (50 * t + 6 * (1 - np.exp(-t / 0.02)))) * np.exp(-t / 0.05)
    if kind == "bass":
        long = np.arange(int(0.35 * SR)) / SR
        return 0.4 * sum(np.sin(2 * np.pi * f * long) / f * 98 for f in (98, 196, 294)) * np.exp(-long / 0.3)
    if kind == "chord":
        long = np.arange(int(0.2 * SR)) / SR
        return 0.1 * sum(np.sin(2 * np.pi * f * long) for f in (392, 494, 587)) * np.exp(-long / 0.08)
    if kind == "snare":
        return 0.4 * rng.normal(size=t.size) * np.exp(-t / 0.04)
    noise = rng.normal(size=t.size)
    return 0.15 * np.diff(noise, prepend=0) * np.exp(-t / 0.015)


def pattern(
    bpm: float, bar: dict[str, list[float]], beats: int, seconds: float = 20
) -> tuple[np.ndarray, np.ndarray]:
    """Drums: beats of the bar at which each sounds; returns the audio and the beats' times."""
    rng = np.random.default_rng(0)
    y = rng.normal(0, 0.001, int(seconds * SR))
    n_beats = int(seconds * bpm / 60)
    for kind, places in bar.items():
        for start in range(0, n_beats, beats):
            for place in places:
                at = int((start + place) * 60 / bpm * SR)
                sound = stroke(kind, rng)[: max(0, y.size - at)]
                y[at : at + sound.size] += sound
    return y, np.arange(n_beats) * 60 / bpm


def check(rhythm: Rhythm) -> None:
    assert 0 <= rhythm.tempo_confidence <= 1
    assert 0 <= rhythm.time_signature_confidence <= 1
    assert rhythm.time_signature in (None, 3, 4, 5, 6, 7)
    for times in (rhythm.onsets_s, rhythm.beats_s, rhythm.tatums_s, rhythm.downbeats_s):
        assert times.dtype == np.float32
        assert np.all(np.diff(times) > 0)
    assert np.isin(rhythm.beats_s, rhythm.tatums_s).all()
    assert np.isin(rhythm.downbeats_s, rhythm.beats_s).all()
    assert all(np.isfinite(value) for value in rhythm.descriptors.values())
    if rhythm.tempo_candidates:
        assert rhythm.tempo_candidates[0].bpm == rhythm.tempo_bpm
        assert sum(c.confidence for c in rhythm.tempo_candidates) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("bpm", [84, 100, 121.5, 138])
def test_a_rock_beat(bpm: float) -> None:
    bar = {"kick": [0, 2], "snare": [1, 3], "hat": list(np.arange(0, 4, 0.5))}
    y, beats = pattern(bpm, bar, 4)
    rhythm = estimate_rhythm(heard(y))
    check(rhythm)
    assert rhythm.tempo_bpm == pytest.approx(bpm, rel=0.015)
    assert rhythm.time_signature == 4
    near = np.abs(rhythm.beats_s[:, None] - beats[None, :]).min(axis=1)
    assert np.mean(near < 0.03) > 0.95
    assert len(rhythm.tatums_s) == pytest.approx(2 * len(rhythm.beats_s), abs=2)


@pytest.mark.parametrize("length", [1.0, 2.5, 5.0])
def test_short_recordings_work(length: float) -> None:
    y, _ = pattern(120, {"kick": [0], "snare": [1]}, 2, seconds=length)
    check(estimate_rhythm(heard(y)))


def test_no_pulse_no_tempo() -> None:
    t = np.arange(20 * SR) / SR
    for y in (
        np.zeros_like(t),
        0.3 * np.sin(2 * np.pi * 220 * t),
        np.random.default_rng(1).normal(0, 0.1, t.size),
    ):
        rhythm = estimate_rhythm(heard(y))
        check(rhythm)
        assert rhythm.tempo_bpm is None
        assert rhythm.tempo_confidence == 0
        assert rhythm.beats_s.size == 0


EIGHTHS = {n: list(np.arange(0, n, 0.5)) for n in (3, 4, 5, 7)}


@pytest.mark.parametrize(
    ("bpm", "bar", "beats", "signature"),
    [
        (150, {"bass": [0], "chord": [1, 2]}, 3, 3),
        (124, {"kick": [0, 1, 2, 3], "hat": [0.5, 1.5, 2.5, 3.5]}, 4, 4),
        (174, {"kick": [0, 2.5], "snare": [1, 3], "hat": EIGHTHS[4]}, 4, 4),
        (66, {"bass": [0], "snare": [1], "chord": list(np.arange(0, 2, 1 / 3))}, 2, 6),
    ],
    ids=["waltz", "house", "drum and bass", "six-eight"],
)
def test_metres(bpm: float, bar: dict[str, list[float]], beats: int, signature: int) -> None:
    rhythm = estimate_rhythm(heard(pattern(bpm, bar, beats, seconds=24)[0]))
    check(rhythm)
    assert rhythm.tempo_bpm == pytest.approx(bpm, rel=0.02)
    assert rhythm.time_signature == signature


def test_swing_divides_by_three() -> None:
    bar = {"kick": [0, 2], "snare": [1, 3], "hat": [0, 1, 1 + 2 / 3, 2, 3, 3 + 2 / 3]}
    rhythm = estimate_rhythm(heard(pattern(132, bar, 4)[0]))
    check(rhythm)
    assert rhythm.tempo_bpm == pytest.approx(132, rel=0.02)
    assert len(rhythm.tatums_s) == pytest.approx(3 * len(rhythm.beats_s), abs=3)


def test_beats_follow_a_slowing_tempo() -> None:
    rng = np.random.default_rng(3)
    intervals = np.linspace(0.46, 0.60, 40)
    times = np.cumsum(intervals)
    y = rng.normal(0, 0.001, int((times[-1] + 1) * SR))
    for i, time in enumerate(times):
        sound = stroke("kick" if i % 2 == 0 else "snare", rng)
        y[int(time * SR) : int(time * SR) + sound.size] += sound
    rhythm = estimate_rhythm(heard(y))
    check(rhythm)
    near = np.abs(rhythm.beats_s[:, None] - times[None, :]).min(axis=1)
    assert np.mean(near < 0.04) > 0.85


def test_long_recordings_are_cut_without_a_seam() -> None:
    y, beats = pattern(120, {"kick": [0, 2], "snare": [1, 3], "hat": EIGHTHS[4]}, 4, seconds=30)
    onset = heard(y)
    long = OnsetStrength(log_bands=np.tile(onset.log_bands[:, :3750], (1, 22)))
    rhythm = estimate_rhythm(long)
    check(rhythm)
    assert rhythm.tempo_bpm == pytest.approx(120, rel=0.01)
    assert len(rhythm.beats_s) == pytest.approx(22 * len(beats), rel=0.01)


def test_descriptors_have_the_same_names_with_and_without_a_pulse() -> None:
    silent = estimate_rhythm(heard(np.zeros(3 * SR)))
    played = estimate_rhythm(heard(pattern(100, {"kick": [0], "hat": [0.5]}, 1)[0]))
    assert silent.descriptors.keys() == played.descriptors.keys()
    assert played.descriptors["pulse_clarity"] > 0.3 > silent.descriptors["pulse_clarity"]
