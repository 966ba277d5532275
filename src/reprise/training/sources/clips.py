"""The labelled clips of the data folder: audio features of Panda's songs, weak labels of classical music and speech."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from reprise.datasets import panda
from reprise.datasets.arrays import ArrayStore
from reprise.datasets.featurise import featurise
from reprise.errors import DatasetError, UnknownNameError
from reprise.features.clip_sets import CLIP_SETS
from reprise.registry import require_known
from reprise.targets import HEADS
from reprise.training.examples import Examples, Floats
from reprise.training.numbers import clip_numbers
from reprise.training.recipe import DataSettings
from reprise.training.shipped.corpus import GROUPS, clip_paths, load_corpus, speech_mixes
from reprise.training.shipped.heads import HeadsTrainer
from reprise.training.shipped.labels import clip_labels, corpus_statistics, head_labels
from reprise.training.shipped.refined_heads import RefinedHeadsTrainer, artist_variety, weigh_by_variety
from reprise.training.shipped.ridge import artist_folds
from reprise.training.sources import Place

__all__ = ["OWN_WEIGHT", "clip_arrays", "load"]

OWN_WEIGHT = 3.0
"""A song's own label counts as much as so many artist means of 20 songs."""

_ANALYSIS = {f"analysis.{group}": group for group in GROUPS}


def load(settings: DataSettings, inputs: Sequence[str], place: Place) -> Examples:
    """Load the labelled clips.

    Parameters
    ----------
    settings : DataSettings
        Its targets are among `reprise.targets.HEADS`.
    inputs : sequence of str
        Clip sets (`reprise.features.clip_sets`), groups of the corpus, or ``numbers`` (`reprise.training.numbers`).
    place : Place

    Raises
    ------
    DatasetError
        If the folder holds no clips or no labels, or a clip could not be read.
    UnknownNameError
        If a target or an input is not known.
    """
    targets = settings.targets or HEADS
    require_known("target", targets, HEADS)
    paths = _paths(place)
    labels = clip_labels(place.data, tuple(paths))
    columns = np.array([HEADS.index(name) for name in targets])
    own = ~np.isnan(labels.true)
    values = np.where(own, labels.true, labels.weak)
    weights = np.where(np.isnan(values), 0.0, np.where(own, OWN_WEIGHT, labels.weak_weight))
    # Emotify's clips have no features: they would only be dragged along.
    rows = np.flatnonzero((weights > 0).any(axis=1))[: settings.limit or None]
    valence = values[rows, HEADS.index("valence")]
    clips = [clip for i, clip in enumerate(paths) if i in set(rows.tolist())]
    return Examples(
        source="clips",
        ids=tuple(clips),
        groups=labels.artists[rows],
        folds=artist_folds(labels.artists[rows], settings.folds, seed=0),
        inputs=_inputs(inputs, {clip: paths[clip] for clip in clips}, valence, place),
        targets=tuple(targets),
        values=values[np.ix_(rows, columns)],
        weights=weights[np.ix_(rows, columns)],
        own=own[np.ix_(rows, columns)],
        is_genre=False,
        citation=panda.DESCRIPTION.citation,
        licence=panda.DESCRIPTION.licence,
        extras={
            "heads_trainer": partial(_heads_trainer, place),
            "refined_heads_trainer": partial(_refined_heads_trainer, place),
        },
    )


def clip_arrays(name: str, clips: dict[str, Path], place: Place) -> npt.NDArray[Any]:
    """Return a clip set of some clips, extracting what is not kept yet; shape (n_clips, ...).

    Raises
    ------
    DatasetError
        If a clip cannot be read.
    """
    folder = place.cache / "features"
    report = featurise(clips, folder, [name], jobs=place.jobs)
    for clip, reason in report.failed.items():
        raise DatasetError(f"{clip}: {reason}")
    return ArrayStore(folder / name).load(list(clips))


def _paths(place: Place) -> dict[str, Path]:
    """Return the audio of every clip by its name, in the order of the corpus."""
    place.cache.mkdir(parents=True, exist_ok=True)
    music = {path.relative_to(place.data).as_posix(): path for path in clip_paths(place.data)}
    return music | {f"speech/{path.stem}": path for path in speech_mixes(place.data, place.cache)}


def _inputs(
    names: Sequence[str], clips: dict[str, Path], valence: Floats, place: Place
) -> dict[str, npt.NDArray[Any]]:
    arrays: dict[str, npt.NDArray[Any]] = {}
    for name in names:
        if name in CLIP_SETS:
            arrays[name] = clip_arrays(name, clips, place)
        elif name in _ANALYSIS:
            corpus = load_corpus(place.data, place.cache, jobs=place.jobs)
            arrays[name] = corpus.rows(list(clips))[_ANALYSIS[name]]
        elif name == "numbers":
            arrays[name] = clip_numbers(clips, valence, place.data, place.cache)
        else:
            raise UnknownNameError("input", name, [*CLIP_SETS, *GROUPS, "numbers"])
    return arrays


@cache
def _heads_trainer(place: Place) -> HeadsTrainer:
    corpus = load_corpus(place.data, place.cache, jobs=place.jobs)
    statistics = corpus_statistics(place.data, corpus, place.cache)
    return HeadsTrainer(corpus.groups, head_labels(place.data, corpus, statistics))


@cache
def _refined_heads_trainer(place: Place) -> HeadsTrainer:
    corpus = load_corpus(place.data, place.cache, jobs=place.jobs)
    songs, labels = panda.load(place.data), _heads_trainer(place).labels
    variety = np.full(labels.true.shape, np.nan)
    variety[corpus.places(songs.clips)] = artist_variety(place.data, songs.artists)
    return RefinedHeadsTrainer(corpus.groups, weigh_by_variety(labels, variety))
