"""Sections tile whatever there is, the same comes under the same letter, and composed songs are divided rightly."""

from __future__ import annotations

from itertools import pairwise

import mir_eval
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reprise.audio.loudness import HOPS_PER_SECOND
from reprise.audio.resample import Resampler
from reprise.demo.songs import Song, compose
from reprise.features.chroma import Chroma
from reprise.features.onset import OnsetEnvelope
from reprise.features.spectrogram import SAMPLE_RATE_HZ, Spectrogram
from reprise.models.rhythm import estimate_rhythm
from reprise.models.sections import Sound, estimate_sections, hear_cells
from reprise.models.tonality import estimate_tuning
from reprise.records import Section

SONGS = (1000, 1001, 1002, 1004)
"""None of those that the settings were chosen on."""


def _sections(y: np.ndarray, sr: int) -> tuple[Section, ...]:
    resampler = Resampler(sr, SAMPLE_RATE_HZ)
    mono = np.concatenate([resampler.push(y.mean(axis=0)), resampler.flush()])
    spectrogram, envelope, chroma = Spectrogram(), OnsetEnvelope(), Chroma()
    envelope.push(spectrogram.push(mono))
    envelope.push(spectrogram.flush())
    chroma.push(mono)
    onset, chromagram = envelope.result(), chroma.result()
    sound = hear_cells(onset, chromagram, estimate_rhythm(onset), estimate_tuning(chromagram).cents)
    return estimate_sections(sound, duration_s=y.shape[1] / sr)


def _made(blocks: list[tuple[int, int]], noise: float = 0.02, per_bar: int = 4) -> Sound:
    """Blocks of (kind, cells); each kind has its own sound and its own four chords, a second a cell."""
    rng = np.random.default_rng(0)
    kinds = 1 + max(kind for kind, _ in blocks)
    sounds, chords = rng.normal(0, 1, (kinds, 26)), rng.uniform(0, 1, (kinds, 4, 12))
    timbre = np.concatenate([np.tile(sounds[kind], (cells, 1)) for kind, cells in blocks])
    chroma = np.concatenate([chords[kind][np.arange(cells) // 4 % 4] for kind, cells in blocks])
    return Sound(
        edges_s=np.arange(len(timbre) + 1.0),
        timbre=(timbre + noise * rng.normal(0, 1, timbre.shape)).astype(np.float32),
        chroma=(chroma + noise * rng.uniform(0, 1, chroma.shape)).astype(np.float32),
        per_bar=per_bar,
    )


def _tiles(sections: tuple[Section, ...], duration_s: float) -> bool:
    return (
        sections[0].start_s == 0
        and all(abs(a.start_s + a.duration_s - b.start_s) < 1e-6 for a, b in pairwise(sections))
        and abs(sections[-1].start_s + sections[-1].duration_s - duration_s) < 2e-3
        and all(section.duration_s > 0 and 0 <= section.confidence <= 1 for section in sections)
    )


@settings(max_examples=50, deadline=None)
@given(
    n=st.integers(1, 400),
    seed=st.integers(0, 1000),
    per_bar=st.sampled_from([3, 4]),
    kind=st.sampled_from(["noise", "silence", "steps"]),
)
def test_sections_tile_anything(n: int, seed: int, per_bar: int, kind: str) -> None:
    rng = np.random.default_rng(seed)
    timbre = {
        "noise": rng.normal(0, 1, (n, 26)),
        "silence": np.zeros((n, 26)),
        "steps": np.repeat(rng.normal(0, 1, (n, 26)), 16, axis=0)[:n],
    }[kind].astype(np.float32)
    sound = Sound(
        edges_s=np.arange(n + 1.0),
        timbre=timbre,
        chroma=rng.uniform(0, 1, (n, 12)).astype(np.float32),
        per_bar=per_bar,
    )
    sections = estimate_sections(sound, duration_s=float(n), hop_powers=rng.random(10 * n, np.float32))
    assert _tiles(sections, n)
    assert sections[0].label == "A"
    assert all(section.loudness_db is not None and -60 <= section.loudness_db <= 0 for section in sections)


@settings(max_examples=20, deadline=None)
@given(st.permutations([0, 1, 0, 2, 1, 0]), st.sampled_from([16, 32, 48]))
def test_blocks_are_found_and_named_in_the_order_in_which_they_come(kinds: list[int], cells: int) -> None:
    sections = estimate_sections(_made([(kind, cells) for kind in kinds]), duration_s=6.0 * cells)
    found = {(section.start_s, section.label) for section in sections}
    names = {kind: chr(ord("A") + i) for i, kind in enumerate(dict.fromkeys(kinds))}
    # Two equal neighbours may well be one.
    for at, kind in enumerate(kinds):
        if at == 0 or kinds[at - 1] != kind:
            assert (float(at * cells), names[kind]) in found
    assert {label for _, label in found} == set(names.values())


def test_loudness_is_that_of_the_section() -> None:
    powers = np.repeat(np.float32([1e-2, 1e-4]), 32 * HOPS_PER_SECOND)
    quiet_after_loud = estimate_sections(_made([(0, 32), (1, 32)]), duration_s=64.0, hop_powers=powers)
    assert [section.label for section in quiet_after_loud] == ["A", "B"]
    loud, quiet = (section.loudness_db for section in quiet_after_loud)
    assert loud is not None
    assert quiet is not None
    assert loud - quiet == pytest.approx(20, abs=0.01)


def test_a_clear_change_is_surer_than_a_faint_one() -> None:
    clear, faint = (
        estimate_sections(_made([(0, 32), (1, 32)], noise), duration_s=64.0)[1].confidence
        for noise in (0.02, 1.5)
    )
    assert clear > faint


@pytest.fixture(scope="module")
def songs() -> list[tuple[Song, tuple[Section, ...]]]:
    composed = [compose(seed, SAMPLE_RATE_HZ) for seed in SONGS]
    return [(song, _sections(song.y, song.sample_rate)) for song in composed]


def test_composed_songs_are_divided_far_better_than_evenly(
    songs: list[tuple[Song, tuple[Section, ...]]],
) -> None:
    """Even parts of the true number, with the true letters, are what one could guess without listening."""
    scores = []
    for song, sections in songs:
        duration_s = song.sections[-1].end_s
        truth = np.array([[section.start_s, section.end_s] for section in song.sections])
        names = [section.label for section in song.sections]
        starts = np.array([section.start_s for section in sections])
        found = np.stack([starts, np.append(starts[1:], duration_s)], axis=1)
        edges = np.linspace(0, duration_s, len(truth) + 1)
        even = np.stack([edges[:-1], edges[1:]], axis=1)
        row = []
        for intervals, labels in ((found, [section.label for section in sections]), (even, names)):
            row += [
                mir_eval.segment.detection(truth, intervals, window=window_s, trim=True)[2]
                for window_s in (0.5, 3.0)
            ]
            row.append(mir_eval.segment.pairwise(truth, names, intervals, labels)[2])
        scores.append(row)
    exact, near, pairs, even_exact, even_near, even_pairs = np.mean(scores, axis=0)
    assert exact > even_exact + 0.3
    assert near > even_near + 0.3
    assert pairs > even_pairs + 0.05
    assert near > 0.7


def test_sections_of_a_song_tile_it_and_are_not_too_many(
    songs: list[tuple[Song, tuple[Section, ...]]],
) -> None:
    for song, sections in songs:
        assert _tiles(sections, song.y.shape[1] / song.sample_rate)
        assert len(song.form) / 2 <= len(sections) <= 2 * len(song.form)
