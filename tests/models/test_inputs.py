"""What the trained models are given: named, complete, finite, whatever is unknown."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from reprise.features.chroma import Chromagram
from reprise.features.extract import Features
from reprise.features.musicnn import MusicnnOutput
from reprise.features.onset import OnsetStrength
from reprise.features.short_term import ShortTermFeatures
from reprise.models.inputs import EMBEDDING, input_groups, measured_names
from reprise.records import Loudness, Rhythm, Tonality

RNG = np.random.default_rng(0)
EMPTY = np.zeros(0, np.float32)
RHYTHM = Rhythm(
    tempo_bpm=120.0, tempo_confidence=0.5, tempo_candidates=(), time_signature=4, time_signature_confidence=0.25,
    onsets_s=EMPTY, beats_s=EMPTY, tatums_s=EMPTY, downbeats_s=EMPTY, descriptors={"clarity": 0.75},
)  # fmt: skip
TONALITY = Tonality(
    key=9, mode=0, key_confidence=0.5, mode_confidence=0.5, tuning_cents=0.0, descriptors={"change": 2.0}
)
LOUDNESS = Loudness(integrated_lufs=-14.0, range_lu=5.0, true_peak_db=-1.0, overall_db=-12.0)


def _rows(n: int, size: int) -> np.ndarray:
    return RNG.random((n, size)).astype(np.float32)


def _features(loudness: Loudness = LOUDNESS) -> Features:
    heard = MusicnnOutput(
        msd_tags=_rows(3, 50), msd_penultimate=_rows(3, 200), mtt_tags=_rows(3, 50),
        mtt_penultimate=_rows(3, 200), msd_pooled=_rows(3, 64), mtt_pooled=_rows(3, 256),
    )  # fmt: skip
    return Features(
        duration_s=9.0, loudness=loudness, hop_powers=_rows(1, 90)[0],
        onset=OnsetStrength(log_bands=np.zeros((26, 5), np.float16)),
        chroma=Chromagram(
            salience=np.zeros((3, 60, 2), np.float16), level_db=np.zeros(2, np.float32),
            tonalness=np.zeros(2, np.float32),
        ),
        mel_mean=_rows(1, 96)[0], mel_std=_rows(1, 96)[0], musicnn=heard,
        short_term=ShortTermFeatures(values=_rows(1, 69)[0]),
    )  # fmt: skip


def test_groups_have_the_promised_sizes() -> None:
    groups = input_groups(_features(), RHYTHM, TONALITY)
    sizes = {name: values.shape for name, values in groups.items()}
    assert sizes == {
        "embedding": (EMBEDDING,), "pooled": (320,), "tag_logits": (100,), "mel": (192,), "short_term": (69,),
        "measured": (len(measured_names(RHYTHM, TONALITY)),),
    }  # fmt: skip
    assert all(values.dtype == np.float32 for values in groups.values())


def test_measured_values_stand_under_their_names() -> None:
    values = input_groups(_features(), RHYTHM, TONALITY)["measured"]
    named = dict(zip(measured_names(RHYTHM, TONALITY), values.tolist(), strict=True))
    assert named["loudness_lufs"] == -14
    assert named["peak_to_loudness_lu"] == 13
    assert named["log2_tempo"] == pytest.approx(np.log2(120))
    assert (named["major"], named["rhythm_clarity"], named["tonality_change"]) == (0, 0.75, 2)


def test_the_embedding_is_the_mean_over_the_patches() -> None:
    features = _features()
    groups = input_groups(features, RHYTHM, TONALITY)
    np.testing.assert_allclose(groups["embedding"][:50], features.musicnn.msd_tags.mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(
        groups["embedding"][-200:], features.musicnn.mtt_penultimate.mean(axis=0), rtol=1e-6
    )


def test_what_is_unknown_still_gives_finite_numbers() -> None:
    unknown = Loudness(integrated_lufs=None, range_lu=None, true_peak_db=None, overall_db=None)
    groups = input_groups(
        _features(unknown), replace(RHYTHM, tempo_bpm=None), replace(TONALITY, key=-1, mode=None)
    )
    named = dict(zip(measured_names(RHYTHM, TONALITY), groups["measured"].tolist(), strict=True))
    assert named["major"] == 0.5
    assert all(np.isfinite(values).all() for values in groups.values())


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e300])
def test_no_descriptor_makes_an_input_that_is_not_finite(value: float) -> None:
    groups = input_groups(_features(), replace(RHYTHM, descriptors={"clarity": value}), TONALITY)
    assert np.isfinite(groups["measured"]).all()


def test_tags_of_0_and_1_have_finite_logits() -> None:
    features = _features()
    sure = replace(
        features.musicnn, msd_tags=np.zeros((3, 50), np.float32), mtt_tags=np.ones((3, 50), np.float32)
    )
    logits = input_groups(replace(features, musicnn=sure), RHYTHM, TONALITY)["tag_logits"]
    assert np.isfinite(logits).all()
    np.testing.assert_allclose(logits[:50], -logits[50:], rtol=1e-5)
