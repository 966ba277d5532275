"""A store of the user's own, filled by ``reprise collect`` and made fit by ``reprise dataset``."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from reprise.datasets.featurise import previews
from reprise.datasets.songs import Songs, load_songs
from reprise.datasets.split import split_parts
from reprise.datasets.store import Store
from reprise.errors import DatasetError
from reprise.features.clip_sets import CLIP_SETS
from reprise.registry import require_known
from reprise.targets import HEADS, SPOTIFY_FEATURES
from reprise.training.examples import Examples, Rows
from reprise.training.folds import stratified_folds
from reprise.training.numbers import NUMBERS
from reprise.training.recipe import DataSettings
from reprise.training.shipped.ridge import artist_folds
from reprise.training.sources import Place
from reprise.training.sources.clips import clip_arrays

__all__ = ["load"]

_TABLES = {"audio_features": SPOTIFY_FEATURES, "numbers": NUMBERS}
_PARTS = ("test", "validation", "train")
"""A split stands for three folds: the first is held out, the second chooses."""


def load(settings: DataSettings, inputs: Sequence[str], place: Place) -> Examples:
    """Load the songs of a store.

    Parameters
    ----------
    settings : DataSettings
        ``path`` is the store. ``selection`` and ``split`` name what ``reprise dataset clean`` and ``split`` have
        made; without a split artists are dealt into folds. Targets among `reprise.targets.HEADS` make a set for
        features; genres, or none with the twelve features as inputs, one for genres, of songs in exactly one.
    inputs : sequence of str
        Clip sets of the previews on disk, ``audio_features`` (n, 12) or ``numbers`` (n, 6).
    place : Place

    Raises
    ------
    DatasetError
        If there is no store, or no song has all that is asked for.
    UnknownNameError
        If a selection, a split or an input is not known.
    """
    path = Path(settings.path)
    if not settings.path or not path.is_file():
        raise DatasetError(f"there is no store {settings.path!r}; say where: --set data.path=songs.sqlite")
    require_known("input", inputs, [*CLIP_SETS, *_TABLES])
    is_genre = bool(set(settings.targets) - set(HEADS)) or (
        not settings.targets and "audio_features" in inputs
    )
    with Store(path) as store:
        songs = load_songs(store, settings.selection or None)
        names: dict[int, str] = dict(store.select("SELECT id, catalogue || ':' || ref FROM tracks"))
        clips = previews(store, settings.selection or None)
        parts = split_parts(store, settings.split) if settings.split else None
    ids = [names[track] for track in songs.track_ids.tolist()]
    targets = settings.targets or (
        tuple(sorted({g for gs in songs.genres for g in gs})) if is_genre else HEADS
    )
    values = _genres(songs, targets) if is_genre else _features(songs, targets)
    usable = np.isfinite(values).any(axis=1) & (values.sum(axis=1) > 0 if is_genre else True)
    for name in inputs:
        usable &= _has_input(songs, ids, clips, name)
    if parts is not None:
        usable &= np.array([track in parts for track in songs.track_ids.tolist()], bool)
    rows = np.flatnonzero(usable)[: settings.limit or None]
    if not rows.size:
        raise DatasetError(f"{path}: no song has labels and {', '.join(inputs)}")
    groups = np.array([songs.artists[row][0] if songs.artists[row] else f"song {ids[row]}" for row in rows])
    chosen = {ids[row]: clips[ids[row]] for row in rows if ids[row] in clips}
    # Two stores may have a song of one id with another preview.
    mark = hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:12]
    place = replace(place, cache=place.cache / "stores" / mark)
    arrays = {
        name: clip_arrays(name, chosen, place) if name in CLIP_SETS else _table(songs, name)[rows]
        for name in inputs
    }
    known = np.isfinite(values[rows])
    return Examples(
        source="store",
        ids=tuple(ids[row] for row in rows),
        groups=groups,
        folds=_folds(songs, rows, groups, values[rows] if is_genre else None, parts, settings),
        inputs=arrays,
        targets=tuple(targets),
        values=values[rows],
        weights=known.astype(np.float64),
        own=known,
        is_genre=is_genre,
        citation=f"the user's own store {path.name}",
        licence="as its provenance says: reprise collect status",
        columns={name: columns for name, columns in _TABLES.items() if name in inputs},
    )


def _folds(
    songs: Songs,
    rows: Rows,
    groups: npt.NDArray[np.str_],
    genres: npt.NDArray[np.float64] | None,
    parts: dict[int, str] | None,
    settings: DataSettings,
) -> Rows:
    if parts is not None:
        if settings.tested != 1:
            raise DatasetError("a split has one test part; say --set data.tested=1")
        return np.array([_PARTS.index(parts[track]) for track in songs.track_ids[rows].tolist()], np.intp)
    if genres is not None:
        return stratified_folds(groups, genres.argmax(axis=1), settings.folds, seed=0)
    return artist_folds(groups, settings.folds, seed=0)


def _features(songs: Songs, targets: Sequence[str]) -> npt.NDArray[np.float64]:
    return songs.features[:, [SPOTIFY_FEATURES.index(name) for name in targets]]


def _genres(songs: Songs, targets: Sequence[str]) -> npt.NDArray[np.float64]:
    """1 for a song's genre; nothing for a song in none of the targets or in several."""
    values = np.zeros((len(songs), len(targets)))
    place = {name: k for k, name in enumerate(targets)}
    for row, names in enumerate(songs.genres):
        found = [place[name] for name in names if name in place]
        if len(found) == 1:
            values[row, found[0]] = 1
    return values


def _has_input(songs: Songs, ids: Sequence[str], clips: dict[str, Path], name: str) -> npt.NDArray[np.bool_]:
    if name in CLIP_SETS:
        return np.array([song in clips for song in ids], bool)
    return np.asarray(np.isfinite(_table(songs, name)).all(axis=1))


def _table(songs: Songs, name: str) -> npt.NDArray[Any]:
    return _features(songs, _TABLES[name]).astype(np.float32)
