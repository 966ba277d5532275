"""Who may already listen to music like this: what the tracks of the library are that are most like it.

It says what the library holds and nothing about people: nobody's listening is known here, and the answer says so.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

import numpy as np

from reprise.web.library.models import Artist, Track
from reprise.web.library.similar import Likeness, Wanted, artists_near, similar
from reprise.web.library.vectors import Snapshot, library_vectors

__all__ = ["audience"]

_NEIGHBOURS = 50
_SAMPLE, _PAIRED = 300, 5000
_FEW = 10


def audience(track: Track) -> dict[str, Any]:
    """Return styles, artists, eras and countries of the tracks most like one, as `schemas.Audience` has them.

    But ``artists`` are as `artists_near` gives them, and ``tracks`` are `Likeness`.

    Every neighbour votes with its similarity above what is usual between two tracks of the library.

    Raises
    ------
    ParameterError
        If the track is not analysed.
    """
    found = similar(track, Wanted(limit=_NEIGHBOURS, per_artist=5, per_album=3))
    library = library_vectors()
    typical, usual = _typical(library)
    votes = [(each.track, max(0.0, (each.similarity or 0.0) - usual)) for each in found]
    years = sum(neighbour.year is not None for neighbour, _ in votes)
    countries = sum(bool(neighbour.country) for neighbour, _ in votes)
    styles = _shares(votes, lambda neighbour: neighbour.genre or None)
    artists = artists_near(track.artist_id, track.pk, 10)
    nearest = found[0].similarity if found else None
    return {
        "neighbours": len(found),
        "styles": styles,
        "artists": artists,
        "eras": _shares(votes, lambda n: f"{n.year // 10 * 10}s" if n.year else None),
        "countries": _shares(votes, lambda n: n.country or None),
        "known_year": years,
        "known_country": countries,
        "nearest_similarity": nearest,
        "typical_similarity": typical,
        "sentence": _sentence(styles, [artist for artist, _, _ in artists], nearest, typical),
        "caveats": _caveats(found, years, countries, nearest, typical),
        "tracks": found[:20],
    }


def _typical(library: Snapshot) -> tuple[float | None, float]:
    """Return the median similarity of tracks to their nearest neighbour by another artist, and of any two tracks.

    Both are remembered: a library that grows by less than a hundredth is the same.
    """
    n = library.keys.size
    if n < 3:
        return None, 0.0
    first = library.vectors[0].tobytes()
    if _kept is None or _kept[0] != first or abs(_kept[1] - n) > n // 100:
        _keep((first, n, *_measured(library)))
    assert _kept is not None
    return _kept[2:]


_kept: tuple[bytes, int, float, float] | None = None


def _keep(measured: tuple[bytes, int, float, float]) -> None:
    global _kept
    _kept = measured


def _measured(library: Snapshot) -> tuple[float, float]:
    n, draw = library.keys.size, np.random.default_rng(0)
    rows = draw.choice(n, min(n, _SAMPLE), replace=False)
    scores = library.vectors[rows] @ library.vectors.T
    usual = float(np.median(scores[:, draw.choice(n, min(n, _PAIRED), replace=False)]))
    same = (library.artists[rows, None] == library.artists) & (library.artists > 0)
    scores[same] = -1
    scores[np.arange(rows.size), rows] = -1
    return round(float(np.median(scores.max(axis=1))), 4), usual


def _shares(votes: list[tuple[Track, float]], name_of: Callable[[Track], str | None]) -> list[dict[str, Any]]:
    weights: dict[str, float] = defaultdict(float)
    counts: dict[str, int] = defaultdict(int)
    for neighbour, weight in votes:
        if (name := name_of(neighbour)) is not None:
            weights[name] += weight
            counts[name] += 1
    total = sum(weights.values())
    ranked = sorted(weights, key=lambda name: (-weights[name], name))[:12]
    return [
        {"name": name, "share": round(weights[name] / total, 4) if total else 0.0, "tracks": counts[name]}
        for name in ranked
    ]


def _sentence(
    styles: list[dict[str, Any]], artists: list[int], nearest: float | None, typical: float | None
) -> str:
    if not styles or nearest is None:
        return "There is nothing in this library to compare it with yet."
    names = " and ".join(style["name"] for style in styles[:2])
    named = Artist.objects.in_bulk(artists[:3])
    who = ", ".join(named[artist].name for artist in artists[:3] if artist in named)
    said = f"Whoever listens to {names}"
    said += f", to {who}, may like this." if who else ", may like this."
    if typical is not None and nearest < typical - 0.1:
        said += " But nothing in this library is very like it."
    return said


def _caveats(
    found: list[Likeness], years: int, countries: int, nearest: float | None, typical: float | None
) -> list[str]:
    said = [
        "This is read off the sound of the tracks in this library. Nobody's listening habits are known here."
    ]
    if len(found) < _FEW:
        said.append(f"Only {len(found)} tracks could be compared: add music to the library to learn more.")
    if found and years < len(found) / 2:
        said.append(f"The year is known of {years} of {len(found)} tracks: the eras may be off.")
    if found and countries < len(found) / 2:
        said.append(f"The country is known of {countries} of {len(found)} tracks: the countries may be off.")
    if nearest is not None and typical is not None and nearest < typical - 0.1:
        said.append(
            f"The nearest track is at {nearest:.2f}; the nearest of other tracks here mostly at {typical:.2f}."
        )
    return said
