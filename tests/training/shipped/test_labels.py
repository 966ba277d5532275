"""What is known about each clip: from which source, with which weight, and grouped by whom."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reprise.errors import DatasetError
from reprise.targets import HEADS
from reprise.training.shipped.heads import HeadLabels
from reprise.training.shipped.labels import classical_means, corpus_statistics, head_labels, simple_name


@pytest.fixture(scope="module")
def labels(tiny: Any) -> HeadLabels:
    statistics = corpus_statistics(tiny.folder, tiny.corpus, tiny.cache)
    return head_labels(tiny.folder, tiny.corpus, statistics)


def test_each_source_stands_at_its_clips(tiny: Any, labels: HeadLabels) -> None:
    clips = np.array(tiny.corpus.clips)
    panda, emotify, classical, speech = (
        np.char.startswith(clips, start)
        for start in ("clips/panda", "clips/emotify", "clips/gtzan", "speech")
    )
    own = ~np.isnan(labels.true).any(axis=1)
    assert own.sum() == 45
    assert not own[~panda].any()
    assert not np.isnan(labels.weak[panda]).any()
    assert np.isnan(labels.weak[emotify]).all()
    np.testing.assert_allclose(labels.weak[classical], np.tile(0.1 * np.arange(7), (classical.sum(), 1)))
    assert (labels.weak[speech, HEADS.index("speechiness")] > 0.9).all()
    assert (labels.weak[speech, HEADS.index("instrumentalness")] == 0).all()
    assert np.isnan(labels.weak[speech, HEADS.index("energy")]).all()
    np.testing.assert_allclose(labels.weak_weight[panda], 1)  # twenty songs of each artist
    assert (labels.weak_weight[emotify] == 0).all()
    assert ((labels.weak_weight[classical] > 0) & (labels.weak_weight[classical] < 0.5)).all()
    assert np.isnan(labels.mood[~panda]).all()


def test_the_teacher_judges_music_and_never_speech(tiny: Any, labels: HeadLabels) -> None:
    speech = np.char.startswith(np.array(tiny.corpus.clips), "speech")
    assert np.isfinite(labels.taught[~speech]).all()
    assert np.isnan(labels.taught[speech]).all()


def test_clips_of_unknown_artists_are_groups_of_their_own(tiny: Any, labels: HeadLabels) -> None:
    panda = np.char.startswith(np.array(tiny.corpus.clips), "clips/panda")
    assert len(set(labels.artists[panda])) == 30
    assert len(set(labels.artists[~panda])) == (~panda).sum()
    assert not set(labels.artists[panda]) & set(labels.artists[~panda])


def test_labels_of_clips_without_audio_are_refused(tiny: Any) -> None:
    groups = {name: values[1:] for name, values in tiny.corpus.groups.items()}
    corpus = replace(tiny.corpus, clips=tiny.corpus.clips[1:], groups=groups)
    with pytest.raises(DatasetError, match="labels but no audio"):
        head_labels(tiny.folder, corpus, np.ones((255, 52)))


@pytest.mark.parametrize(
    ("artist", "simple"),
    [("AC/DC", "acdc"), ("Beyoncé", "beyoncé"), ("NaN", "nan"), ("!!!", ""), ("Blink-182", "blink182")],
)
def test_names_are_reduced_to_letters_and_digits(artist: str, simple: str) -> None:
    assert simple_name(artist) == simple


def test_classical_means_are_over_classical_tracks_alone(tiny: Any) -> None:
    np.testing.assert_allclose(classical_means(tiny.folder), 0.1 * np.arange(7))


def test_a_table_without_classical_tracks_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="cannot be read"):
        classical_means(tmp_path)
    (tmp_path / "tables").mkdir()
    path = tmp_path / "tables" / "spotify_tracks_114_genres.parquet"
    pq.write_table(pa.table({"track_genre": ["rock"], **{name: [0.5] for name in HEADS}}), path)
    with pytest.raises(DatasetError, match="no classical tracks"):
        classical_means(tmp_path)
    pq.write_table(pa.table({"track_genre": ["classical"]}), path)
    with pytest.raises(DatasetError, match="cannot be read"):
        classical_means(tmp_path)
