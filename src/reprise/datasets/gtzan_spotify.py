"""GTZAN tracks that were identified on Spotify: timbre statistics with the track's own audio features."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from reprise.datasets.description import Description, read_labels
from reprise.targets import HEADS

__all__ = ["COLUMNS", "DESCRIPTION", "GtzanSpotify", "load"]

COLUMNS: tuple[str, ...] = tuple(
    f"{name}_{statistic}"
    for name in (
        "chroma_stft", "rms", "spectral_centroid", "spectral_bandwidth", "rolloff", "zero_crossing_rate",
        *(f"mfcc{i}" for i in range(1, 21)),
    )
    for statistic in ("mean", "var")
)  # fmt: skip
"""The 52 stable ones of the 57 librosa statistics; ``harmony``, ``perceptr`` and ``tempo`` are left out."""

DESCRIPTION = Description(
    name="gtzan_features57",
    citation="Tzanetakis, G., Cook, P. (2002). Musical genre classification of audio signals. "
    "IEEE Transactions on Speech and Audio Processing 10(5). Artists and titles after Sturm (2013).",
    licence="Research use; statistics of 30-second excerpts, no audio. Spotify's values are Spotify's.",
    columns=(*COLUMNS, "label", "artist", *(f"spotify_{name}" for name in HEADS)),
)


@dataclass(frozen=True, kw_only=True)
class GtzanSpotify:
    """The identified tracks.

    Attributes
    ----------
    statistics : array, shape (n, 52)
        The values of `COLUMNS`.
    spotify : array, shape (n, 7)
        Spotify's values in the order of `reprise.targets.HEADS`.
    artists : array of str, shape (n,)
    """

    statistics: npt.NDArray[np.float64]
    spotify: npt.NDArray[np.float64]
    artists: npt.NDArray[np.str_]


def load(folder: Path) -> GtzanSpotify:
    """Load the rows with Spotify's values from ``tables/gtzan_features57.csv`` below a folder.

    Raises
    ------
    DatasetError
        If the table is missing, lacks a column or has text for a number.
    """
    labels = read_labels(folder / "tables" / "gtzan_features57.csv", DESCRIPTION)
    spotify = labels.numbers(*(f"spotify_{name}" for name in HEADS))
    identified = ~np.isnan(spotify).any(axis=1)
    return GtzanSpotify(
        statistics=labels.numbers(*COLUMNS)[identified],
        spotify=spotify[identified],
        artists=np.array(labels.texts("artist"))[identified],
    )
