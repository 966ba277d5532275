"""The 4Q emotion data set of Panda et al.: 30-second clips with moods, genres and, for some, Spotify's features."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from reprise.datasets.description import Description, read_labels
from reprise.targets import HEADS, QUADRANTS

__all__ = ["DESCRIPTION", "Panda", "load"]

DESCRIPTION = Description(
    name="panda",
    citation="Panda, R., Malheiro, R., Paiva, R. P. (2018). Novel audio features for music emotion recognition. "
    "IEEE Transactions on Affective Computing 11(4).",
    licence="Research use only; the clips are excerpts of commercial recordings and must not be redistributed.",
    columns=(
        "clip", "artist_key", "quadrant", "genres", "tag_valence_1_9", "tag_arousal_1_9", "artist_mean_n",
        "spotify_tempo", "spotify_key", "spotify_mode", "spotify_loudness",
        *(f"{source}_{name}" for source in ("spotify", "artist_mean") for name in HEADS),
    ),
)  # fmt: skip

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Panda:
    """Labels by clip; missing numbers are NaN.

    Attributes
    ----------
    clips : tuple of str
        Paths below the data folder.
    artists : array of str, shape (n,)
        The group of each clip in every split.
    genres : tuple of frozenset of str
    quadrants : array of int, shape (n,)
        0..3 for Q1..Q4.
    valence, arousal : arrays, shape (n,)
        Mean Warriner norms of the mood tags, mapped from 1..9 to 0..1.
    spotify : array, shape (n, 7)
        Spotify's own values in the order of `reprise.targets.HEADS`.
    artist_mean : array, shape (n, 7)
        Means over the artist's tracks: weak labels.
    artist_mean_n : array, shape (n,)
        How many tracks the means are over; 0 where there is none.
    tempo_bpm, key, mode, loudness_db : arrays, shape (n,)
        Spotify's own values.
    """

    clips: tuple[str, ...]
    artists: npt.NDArray[np.str_]
    genres: tuple[frozenset[str], ...]
    quadrants: npt.NDArray[np.int64]
    valence: Floats
    arousal: Floats
    spotify: Floats
    artist_mean: Floats
    artist_mean_n: Floats
    tempo_bpm: Floats
    key: Floats
    mode: Floats
    loudness_db: Floats


def load(folder: Path) -> Panda:
    """Load the labels from the data folder.

    Parameters
    ----------
    folder : Path
        The folder that holds ``clips/panda`` and ``labels/panda.csv``.

    Raises
    ------
    DatasetError
        If the table is missing, lacks a column, has text for a number or a quadrant other than Q1..Q4.
    """
    labels = read_labels(folder / "labels" / "panda.csv", DESCRIPTION)
    quadrants = labels.texts("quadrant")
    if unknown := set(quadrants) - set(QUADRANTS):
        raise labels.error(f"names unknown quadrants: {', '.join(sorted(unknown))}")
    valence, arousal = (labels.numbers("tag_valence_1_9", "tag_arousal_1_9").T - 1) / 8
    tempo_bpm, key, mode, loudness_db = labels.numbers(
        "spotify_tempo", "spotify_key", "spotify_mode", "spotify_loudness"
    ).T
    return Panda(
        clips=labels.texts("clip"),
        artists=np.array(labels.texts("artist_key")),
        genres=tuple(
            frozenset(part.strip() for part in cell.split(";") if part.strip())
            for cell in labels.texts("genres")
        ),
        quadrants=np.array([QUADRANTS.index(name) for name in quadrants]),
        valence=valence,
        arousal=arousal,
        spotify=labels.numbers(*(f"spotify_{name}" for name in HEADS)),
        artist_mean=labels.numbers(*(f"artist_mean_{name}" for name in HEADS)),
        artist_mean_n=np.nan_to_num(labels.numbers("artist_mean_n")[:, 0]),
        tempo_bpm=tempo_bpm,
        key=key,
        mode=mode,
        loudness_db=loudness_db,
    )
