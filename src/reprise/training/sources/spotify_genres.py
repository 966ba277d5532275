"""The table of 114 genres: genre from a song's own audio features, without audio."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from reprise.datasets import spotify_genres
from reprise.registry import require_known
from reprise.targets import SPOTIFY_FEATURES
from reprise.training.examples import Examples
from reprise.training.folds import stratified_folds
from reprise.training.recipe import DataSettings
from reprise.training.shipped.labels import simple_name
from reprise.training.sources import Place

__all__ = ["load"]


def load(settings: DataSettings, inputs: Sequence[str], place: Place) -> Examples:
    """Load the songs of some genres; a song that is in several of them stands in each, as it was collected.

    Parameters
    ----------
    settings : DataSettings
        Its targets are genres of the table; all 114 if there are none.
    inputs : sequence of str
        ``audio_features``: shape (n, 12), the twelve in the order of `reprise.targets.SPOTIFY_FEATURES`.
    place : Place

    Raises
    ------
    DatasetError
        If the table is missing or not what its description says.
    UnknownNameError
        If a genre or an input is not known.
    """
    table = spotify_genres.load(place.data)
    genres = np.array(table["track_genre"].to_pylist())
    known = sorted(set(genres.tolist()))
    targets = settings.targets or tuple(known)
    require_known("genre", targets, known)
    require_known("input", inputs, ["audio_features"])
    features = np.stack([table[name].to_numpy().astype(np.float32) for name in SPOTIFY_FEATURES], axis=1)
    rows = np.flatnonzero(np.isin(genres, targets) & np.isfinite(features).all(axis=1))
    # The same song twice in one genre is one song.
    ids = np.array(table["track_id"].to_pylist())
    pairs = np.char.add(np.char.add(ids, " "), genres)
    rows = rows[np.sort(np.unique(pairs[rows], return_index=True)[1])]
    if settings.limit:
        rows = np.sort(np.random.default_rng(0).permutation(rows)[: settings.limit])
    artists = table["artists"].to_pylist()
    groups = np.array([simple_name(str(artists[row]).split(";")[0]) for row in rows])
    values = (genres[rows, np.newaxis] == np.array(targets)).astype(np.float64)
    return Examples(
        source="spotify_genres",
        ids=tuple(pairs[rows].tolist()),
        groups=groups,
        folds=stratified_folds(groups, values.argmax(axis=1), settings.folds, seed=0),
        inputs={"audio_features": features[rows]},
        targets=tuple(targets),
        values=values,
        weights=np.ones(values.shape),
        own=np.ones(values.shape, bool),
        is_genre=True,
        citation=spotify_genres.DESCRIPTION.citation,
        licence=spotify_genres.DESCRIPTION.licence,
        columns={"audio_features": SPOTIFY_FEATURES},
    )
