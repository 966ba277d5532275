"""Two models side by side on the same songs: by how much one is better, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reprise.targets import HEADS
from reprise.training.shipped.heads import HeadLabels, Rows
from reprise.training.shipped.ridge import Floats

__all__ = ["PairedGain", "gains_table", "paired_gains"]


@dataclass(frozen=True, kw_only=True)
class PairedGain:
    """By how much one model's R² of one feature exceeds another's on the same songs and folds.

    Attributes
    ----------
    feature : str
        One of `reprise.targets.HEADS`, or "mean" of them all.
    first, second : float
        R² of either, the mean over the ways of dealing the artists.
    gain : float
        second - first.
    low, high : float
        Bootstrap 95 % interval of the gain, over artists.
    """

    feature: str
    first: float
    second: float
    gain: float
    low: float
    high: float


def paired_gains(
    labels: HeadLabels, first: Floats, second: Floats, *, resamples: int = 2000, seed: int = 0
) -> tuple[PairedGain, ...]:
    """Compare two models on the songs with Spotify's own values.

    Parameters
    ----------
    labels : HeadLabels
    first, second : arrays, shape (n_seeds, n_rows, 7)
        Predictions of unheard artists by the same folds, as of `reprise.training.shipped.heads.cross_validate`.
    resamples : int
        Draws of artists, with replacement.

    Returns
    -------
    tuple of PairedGain
        One a feature, then their mean.
    """
    known = np.flatnonzero(~np.isnan(labels.true).any(axis=1))
    true = labels.true[known]
    _, of_song = np.unique(labels.artists[known], return_inverse=True)
    songs = [np.flatnonzero(of_song == k) for k in range(of_song.max() + 1)]
    errors = [np.mean((p[:, known] - true) ** 2, axis=0) for p in (first, second)]
    rng = np.random.default_rng(seed)

    def explained(error: Floats, rows: Rows) -> Floats:
        r2 = 1 - error[rows].mean(axis=0) / true[rows].var(axis=0)
        return np.append(r2, r2.mean())

    draws = []
    for _ in range(resamples):
        rows = np.concatenate([songs[k] for k in rng.integers(len(songs), size=len(songs))])
        draws.append(explained(errors[1], rows) - explained(errors[0], rows))
    low, high = np.quantile(draws, [0.025, 0.975], axis=0)
    both = [explained(error, np.arange(len(true))) for error in errors]
    return tuple(
        PairedGain(
            feature=name,
            first=float(a),
            second=float(b),
            gain=float(b - a),
            low=float(start),
            high=float(end),
        )
        for name, a, b, start, end in zip((*HEADS, "mean"), *both, low, high, strict=True)
    )


def gains_table(labels: HeadLabels, gains: tuple[PairedGain, ...]) -> str:
    """Write gains as a Markdown table."""
    songs = int((~np.isnan(labels.true).any(axis=1)).sum())
    lines = [
        f"R² on {songs} songs; the gain with its bootstrap 95 % interval over artists.",
        "",
        "| feature | first | second | gain |",
        "|---|---|---|---|",
        *(
            f"| {row.feature} | {row.first:.3f} | {row.second:.3f} "
            f"| {row.gain:+.3f} [{row.low:+.3f}, {row.high:+.3f}] |"
            for row in gains
        ),
    ]
    return "\n".join(lines)
