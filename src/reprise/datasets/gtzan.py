"""GTZAN: timbre statistics, genres and, for identified tracks, Spotify's features; and the clips themselves.

The set is old and much used, and it has faults that inflate every figure measured on it. Sturm listened to all 1,000
excerpts and found some fifty exact copies, one of them in two classes; excerpts of one recording and versions of one
song; 43 plain and 63 debatable wrong labels; distorted excerpts, of one of which only 5 s can be used; and many
excerpts of few artists (35 of the 100 of reggae are Bob Marley) [2]_ [3]_. So: drop the copies, which `load` does, and
keep an artist on one side of a split. In the copy of the audio that most people have, ``jazz.00054.wav`` is no audio.

References
----------
.. [1] Tzanetakis, G. and Cook, P. "Musical genre classification of audio signals." IEEE Transactions on Speech and
   Audio Processing 10(5), 2002.
.. [2] Sturm, B. L. "An analysis of the GTZAN music genre dataset." ACM MIRUM workshop, 2012.
.. [3] Sturm, B. L. "The GTZAN dataset: its contents, its faults, their effects on evaluation, and its future use."
   arXiv:1306.1461, 2013.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from reprise.datasets.description import Description, read_labels
from reprise.errors import DatasetError
from reprise.targets import SPOTIFY_FEATURES

__all__ = ["COLUMNS", "DESCRIPTION", "GENRES", "Clip", "Gtzan", "clips", "load"]

COLUMNS: tuple[str, ...] = tuple(
    f"{name}_{statistic}"
    for name in (
        "chroma_stft", "rms", "spectral_centroid", "spectral_bandwidth", "rolloff", "zero_crossing_rate",
        *(f"mfcc{i}" for i in range(1, 21)),
    )
    for statistic in ("mean", "var")
)  # fmt: skip
"""The 52 stable ones of the 57 librosa statistics; ``harmony``, ``perceptr`` and ``tempo`` are left out."""

GENRES: tuple[str, ...] = (
    "blues", "classical", "country", "disco", "hiphop", "jazz", "metal", "pop", "reggae", "rock",
)  # fmt: skip

DESCRIPTION = Description(
    name="gtzan_features57",
    citation="Tzanetakis, G., Cook, P. (2002). Musical genre classification of audio signals. "
    "IEEE Transactions on Speech and Audio Processing 10(5). Artists and titles after Sturm (2013).",
    licence="Research use; statistics of 30-second excerpts, no audio. Spotify's values are Spotify's.",
    columns=(
        *COLUMNS, "filename", "label", "artist", "title", *(f"spotify_{name}" for name in SPOTIFY_FEATURES),
    ),
)  # fmt: skip

_NAME = re.compile(rf"({'|'.join(GENRES)})\.\d{{5}}\.(wav|au|opus)")


@dataclass(frozen=True, kw_only=True)
class Gtzan:
    """The table.

    Attributes
    ----------
    filenames : array of str, shape (n,)
        ``blues.00010.wav``.
    genres : array of str, shape (n,)
        Of `GENRES`, as GTZAN has them, right or wrong.
    artists, titles : arrays of str, shape (n,)
        Empty where nobody identified the excerpt.
    statistics : array, shape (n, 52)
        The values of `COLUMNS`.
    spotify : array, shape (n, 12)
        Spotify's values in the order of `reprise.targets.SPOTIFY_FEATURES`; NaN where the track was not identified.
    n_copies : int
        Rows with the statistics of another row, to the last digit: exact copies of an excerpt.
    """

    filenames: npt.NDArray[np.str_]
    genres: npt.NDArray[np.str_]
    artists: npt.NDArray[np.str_]
    titles: npt.NDArray[np.str_]
    statistics: npt.NDArray[np.float64]
    spotify: npt.NDArray[np.float64]
    n_copies: int

    @property
    def identified(self) -> npt.NDArray[np.bool_]:
        """Which tracks are known to Spotify, shape (n,); of a few of them it gives no tempo or metre."""
        return ~np.isnan(self.spotify[:, 0])


def load(folder: Path, *, copies: bool = False) -> Gtzan:
    """Load ``tables/gtzan_features57.csv`` below a folder.

    Parameters
    ----------
    folder : Path
        Holds ``tables``.
    copies : bool
        Keep exact copies. Else one row of each excerpt stays, if possible one that was identified.

    Raises
    ------
    DatasetError
        If the table is missing, lacks a column, has text for a number or a genre that is not in `GENRES`.
    """
    labels = read_labels(folder / "tables" / "gtzan_features57.csv", DESCRIPTION)
    if unknown := set(labels.texts("label")) - set(GENRES):
        raise labels.error(f"names unknown genres: {', '.join(sorted(unknown))}")
    statistics = labels.numbers(*COLUMNS)
    spotify = labels.numbers(*(f"spotify_{name}" for name in SPOTIFY_FEATURES))
    # Identified rows first, so that of two copies the one that says more is the first of its kind.
    order = np.argsort(np.isnan(spotify[:, 0]), kind="stable")
    first = np.sort(order[np.unique(statistics[order], axis=0, return_index=True)[1]])
    kept = np.arange(len(statistics)) if copies else first
    return Gtzan(
        filenames=np.array(labels.texts("filename"))[kept],
        genres=np.array(labels.texts("label"))[kept],
        artists=np.array(labels.texts("artist"))[kept],
        titles=np.array(labels.texts("title"))[kept],
        statistics=statistics[kept],
        spotify=spotify[kept],
        n_copies=len(statistics) - len(first),
    )


@dataclass(frozen=True, kw_only=True)
class Clip:
    """An excerpt that is here as audio."""

    path: Path
    genre: str


def clips(folder: Path) -> tuple[Clip, ...]:
    """List the audio: GTZAN's own layout ``genres/blues/blues.00000.wav`` (or ``.au``), or ``clips/gtzan_classical``.

    Parameters
    ----------
    folder : Path
        What holds ``genres`` (``genres_original`` in the common copy), or the data folder.

    Returns
    -------
    tuple of Clip
        By genre and number. A file's own name says its genre; other files are left out.

    Raises
    ------
    DatasetError
        If there is no clip, or one lies in the folder of another genre.
    """
    paths = sorted(
        path
        for pattern in ("genres/*/*", "genres_original/*/*", "clips/gtzan_classical/*")
        for path in folder.glob(pattern)
        if path.is_file()
    )
    found = []
    for path in paths:
        if name := _NAME.fullmatch(path.name):
            if path.parent.name not in {name[1], f"gtzan_{name[1]}"}:
                raise DatasetError(f"{DESCRIPTION.name}: {path} lies in the folder of another genre")
            found.append(Clip(path=path, genre=name[1]))
    if not found:
        raise DatasetError(
            f"{DESCRIPTION.name}: {folder} holds no clips; they are looked for at genres/NAME/NAME.00000.wav"
        )
    return tuple(found)
