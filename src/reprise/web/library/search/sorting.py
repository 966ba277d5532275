"""The order of lists of tracks."""

from __future__ import annotations

import difflib

from django.db.models import F, QuerySet

from reprise.errors import ParameterError
from reprise.targets import SPOTIFY_FEATURES
from reprise.web.library.models import Track

__all__ = ["SORTS", "sorted_by"]

SORTS: dict[str, str] = {
    "title": "title_key",
    "artist": "artist__key",
    "album": "album__key",
    "duration": "duration_ms",
    "cluster": "cluster__number",
    "bpm": "tempo",
    "added": "added_at",
    "mood": "quadrant",
} | {
    name: name
    for name in (
        *SPOTIFY_FEATURES, "year", "duration_ms", "genre", "genre_probability", "mood_valence", "mood_arousal",
        "quadrant", "status", "origin", "added_at", "analysed_at", "loudness_lufs", "track_number", "country",
    )
}  # fmt: skip
"""What a list may be sorted by, and the column."""

_ALWAYS = frozenset({"added_at", "title_key", "genre", "quadrant", "status", "origin", "country"})


def sorted_by(tracks: QuerySet[Track], sort: str) -> QuerySet[Track]:
    """Put tracks into an order.

    Parameters
    ----------
    tracks : QuerySet of Track
    sort : str
        Names of `SORTS` with commas between them; ``-`` before one reverses it. Tracks without a value are last
        either way, and equals are in the order in which they came in. Empty is the newest first.

    Raises
    ------
    ParameterError
        If a name is unknown.
    """
    orders = []
    is_reversed = False
    for each in (sort or "-added_at").split(","):
        name = each.strip().removeprefix("-")
        is_reversed = each.strip().startswith("-")
        if name not in SORTS:
            nearest = difflib.get_close_matches(name, SORTS, n=1)
            hint = f"did you mean {nearest[0]!r}?" if nearest else f"known: {', '.join(SORTS)}"
            raise ParameterError(f"sort: {name!r} is unknown; {hint}")
        column = F(SORTS[name])
        # Where there is always a value, an index need not know where those without one come.
        last = None if SORTS[name] in _ALWAYS else True
        orders.append(column.desc(nulls_last=last) if is_reversed else column.asc(nulls_last=last))
    # The same direction as the last one: an index on that column then gives the whole order.
    return tracks.order_by(*orders, "-pk" if is_reversed else "pk")
