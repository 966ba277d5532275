"""The table of 285,245 songs: some of Spotify's numbers from the others, without audio."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from reprise.datasets import panda, spotify_tracks
from reprise.errors import DatasetError
from reprise.registry import require_known
from reprise.targets import HEADS
from reprise.training.examples import Examples
from reprise.training.numbers import NUMBERS
from reprise.training.recipe import DataSettings
from reprise.training.shipped.labels import simple_name
from reprise.training.shipped.ridge import artist_folds
from reprise.training.sources import Place

__all__ = ["TARGETS", "load"]

TARGETS = ("danceability", "energy", "speechiness", "acousticness", "instrumentalness")


def load(settings: DataSettings, inputs: Sequence[str], place: Place) -> Examples:
    """Load the songs that have all twelve features; one row a song, no song twice.

    Songs by the artists of Panda's clips are left out, so that a network trained here can be joined with one that is
    tested on those clips.

    Parameters
    ----------
    settings : DataSettings
        Its targets are among `reprise.targets.HEADS` without valence, which is an input.
    inputs : sequence of str
        ``numbers``: shape (n, 6), the values of `NUMBERS`.
    place : Place

    Raises
    ------
    DatasetError
        If the table is missing or not what its description says, or Panda's labels are.
    UnknownNameError
        If a target or an input is not known.
    """
    targets = settings.targets or TARGETS
    known = [name for name in HEADS if name not in NUMBERS]
    require_known("target", targets, known)
    require_known("input", inputs, ["numbers"])
    table = spotify_tracks.load(place.data)
    numbers = np.stack([table[name].to_numpy().astype(np.float32) for name in NUMBERS], axis=1)
    values = np.stack([table[name].to_numpy().astype(np.float64) for name in targets], axis=1)
    artists = [simple_name(str(name)) for name in table["artist"].to_pylist()]
    titles = [simple_name(str(name)) for name in table["title"].to_pylist()]
    of_clips = {simple_name(str(name)) for name in panda.load(place.data).artists}
    complete = np.isfinite(numbers).all(axis=1) & np.isfinite(values).all(axis=1)
    # Pressings of one song must not stand on two sides; within an artist they would only count twice.
    first: dict[tuple[str, str], int] = {}
    for row in np.flatnonzero(complete).tolist():
        if artists[row] not in of_clips:
            first.setdefault((artists[row], titles[row]), row)
    rows = np.array(list(first.values()), np.intp)[: settings.limit or None]
    if not rows.size:
        raise DatasetError(f"{spotify_tracks.DESCRIPTION.name}: no song has all features")
    groups = np.array([artists[row] for row in rows])
    ids = table["track_id"].to_pylist()
    return Examples(
        source="spotify_tracks",
        ids=tuple(str(ids[row]) for row in rows),
        groups=groups,
        folds=artist_folds(groups, settings.folds, seed=0),
        inputs={"numbers": numbers[rows]},
        targets=tuple(targets),
        values=values[rows],
        weights=np.ones(values[rows].shape),
        own=np.ones(values[rows].shape, bool),
        is_genre=False,
        citation=spotify_tracks.DESCRIPTION.citation,
        licence=spotify_tracks.DESCRIPTION.licence,
    )
