"""AudioFiler's table: 26 genres by the 69 short-term features of previews."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from reprise.datasets import audiofiler
from reprise.features.short_term import FEATURE_NAMES
from reprise.registry import require_known
from reprise.training.examples import Examples
from reprise.training.folds import stratified_folds
from reprise.training.recipe import DataSettings
from reprise.training.sources import Place

__all__ = ["load"]


def load(settings: DataSettings, inputs: Sequence[str], place: Place) -> Examples:
    """Load the cleaned table: each song once, songs under two genres left out, near copies in one fold.

    It names no artists, so songs of one artist may stand on both sides: figures are that much too kind.

    Parameters
    ----------
    settings : DataSettings
        Its targets are among `reprise.datasets.audiofiler.GENRES`.
    inputs : sequence of str
        ``short_term``: shape (n, 69).
    place : Place

    Raises
    ------
    DatasetError
        If the table is missing or not what its description says.
    UnknownNameError
        If a genre or an input is not known.
    """
    targets = settings.targets or audiofiler.GENRES
    require_known("genre", targets, audiofiler.GENRES)
    require_known("input", inputs, ["short_term"])
    table = audiofiler.clean(audiofiler.load(place.data / "tables" / "audiofiler_features69.parquet"))
    wanted = np.array([audiofiler.GENRES.index(name) for name in targets])
    rows = np.flatnonzero(np.isin(table.genres, wanted))
    if settings.limit:
        rows = np.sort(np.random.default_rng(0).permutation(rows)[: settings.limit])
    values = (table.genres[rows, np.newaxis] == wanted).astype(np.float64)
    return Examples(
        source="audiofiler",
        ids=tuple(f"row {row}" for row in rows),
        groups=table.groups[rows].astype(str),
        folds=stratified_folds(table.groups[rows], values.argmax(axis=1), settings.folds, seed=0),
        inputs={"short_term": table.features[rows]},
        targets=tuple(targets),
        values=values,
        weights=np.ones(values.shape),
        own=np.ones(values.shape, bool),
        is_genre=True,
        citation=audiofiler.DESCRIPTION.citation,
        licence=audiofiler.DESCRIPTION.licence,
        columns={"short_term": FEATURE_NAMES},
    )
