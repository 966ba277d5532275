"""Emotify: clips of four genres with the emotions that listeners chose."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from reprise.datasets.description import Description, read_labels
from reprise.targets import EMOTIONS

__all__ = ["DESCRIPTION", "GENRES", "Emotify", "load"]

GENRES: tuple[str, ...] = ("classical", "electronic", "pop", "rock")

DESCRIPTION = Description(
    name="emotify",
    citation="Aljanaki, A., Wiering, F., Veltkamp, R. C. (2016). Studying emotion induced by music through a "
    "crowdsourcing game. Information Processing & Management 52(1).",
    licence="Research use; music from the Magnatune label.",
    columns=("clip", "genre", "raters", *EMOTIONS),
)


@dataclass(frozen=True, kw_only=True)
class Emotify:
    """Labels by clip.

    Attributes
    ----------
    clips : tuple of str
        Paths below the data folder.
    genres : array of str, shape (n,)
        Of `GENRES`.
    shares : array, shape (n, 9)
        Share of listeners who chose each of `reprise.targets.EMOTIONS`, 0..1.
    raters : array, shape (n,)
    """

    clips: tuple[str, ...]
    genres: npt.NDArray[np.str_]
    shares: npt.NDArray[np.float64]
    raters: npt.NDArray[np.float64]


def load(folder: Path) -> Emotify:
    """Load the labels from the folder that holds ``clips/emotify`` and ``labels/emotify.csv``.

    Raises
    ------
    DatasetError
        If the table is missing, lacks a column, has text for a number or a genre that is not in `GENRES`.
    """
    labels = read_labels(folder / "labels" / "emotify.csv", DESCRIPTION)
    genres = labels.texts("genre")
    if unknown := set(genres) - set(GENRES):
        raise labels.error(f"names unknown genres: {', '.join(sorted(unknown))}")
    return Emotify(
        clips=labels.texts("clip"),
        genres=np.array(genres),
        shares=labels.numbers(*EMOTIONS),
        raters=labels.numbers("raters")[:, 0],
    )
