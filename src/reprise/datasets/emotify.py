"""Emotify: clips of four genres with the emotions that listeners chose."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from reprise.datasets.description import Description, read_labels
from reprise.targets import EMOTIONS

__all__ = ["DESCRIPTION", "Emotify", "load"]

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
        ``classical``, ``electronic``, ``pop`` or ``rock``.
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
        If the table is missing or lacks a column.
    """
    table = read_labels(folder / "labels" / "emotify.csv", DESCRIPTION)
    return Emotify(
        clips=tuple(table["clip"].to_pylist()),
        genres=np.array([str(value) for value in table["genre"].to_pylist()]),
        shares=np.stack([np.asarray(table[name].to_pylist(), np.float64) for name in EMOTIONS], axis=1),
        raters=np.asarray(table["raters"].to_pylist(), np.float64),
    )
