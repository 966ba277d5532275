"""``recommendations`` from seeds, and the genres that may be seeds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from math import inf, isfinite
from typing import Any, Literal

from django.http import HttpRequest

from reprise.web.library.recommending import (
    MOST_RECOMMENDED,
    MOST_SEEDS,
    TUNABLE,
    Pool,
    Seed,
    Wishes,
    available_genres,
    recommend,
)
from reprise.web.spotify_api.addresses import Addresses
from reprise.web.spotify_api.errors import SpotifyError
from reprise.web.spotify_api.objects import track_objects
from reprise.web.spotify_api.reading import checked_id, track_id, whole_number

__all__ = ["genre_seeds", "recommended"]

_KINDS: Mapping[str, Literal["artist", "genre", "track"]] = {
    "seed_artists": "artist", "seed_genres": "genre", "seed_tracks": "track",
}  # fmt: skip
_CHECKS = {"artist": checked_id, "track": track_id}
_LONGEST_GENRE = 100
# Of the OpenAPI file: what has no range there is any number. Those in _WHOLE must be whole.
_RANGES: Mapping[str, tuple[float, float]] = {
    "duration_ms": (-inf, inf), "key": (0, 11), "loudness": (-inf, inf), "mode": (0, 1), "popularity": (0, 100),
    "tempo": (-inf, inf), "time_signature": (-inf, 11),
}  # fmt: skip
_WHOLE = frozenset({"duration_ms", "key", "mode", "popularity", "time_signature"})
_NUMBER = re.compile(r"[+-]?(\d{1,30}(\.\d{0,30})?|\.\d{1,30})([eE][+-]?\d{1,3})?", re.ASCII)


def recommended(request: HttpRequest) -> dict[str, Any]:
    """Recommend tracks."""
    seeds = _seeds(request)
    wishes = Wishes(
        limit=whole_number(request, "limit", 20, 1, MOST_RECOMMENDED),
        least=dict(_numbers(request, "min")),
        most=dict(_numbers(request, "max")),
        targets=dict(_numbers(request, "target")),
    )
    found, addresses = recommend(seeds, wishes), Addresses(request)
    return {
        "seeds": [_seed_object(pool, addresses) for pool in found.pools],
        "tracks": track_objects(found.tracks, addresses),
    }


def genre_seeds(request: HttpRequest) -> dict[str, Any]:
    """List the genres of the library."""
    return {"genres": available_genres()}


def _seeds(request: HttpRequest) -> list[Seed]:
    """Read the seeds; one that is named twice counts once."""
    seeds = dict.fromkeys(
        Seed(kind=kind, id=_checked(kind, each.strip()))
        for name, kind in _KINDS.items()
        for each in request.GET.get(name, "").split(",")
        if each.strip()
    )
    if not 1 <= len(seeds) <= MOST_SEEDS:
        raise SpotifyError(
            400, f"name 1 to {MOST_SEEDS} seeds in all in {', '.join(_KINDS)}, separated by commas"
        )
    return list(seeds)


def _checked(kind: str, text: str) -> str:
    if kind != "genre":
        return _CHECKS[kind](text)
    if len(text) > _LONGEST_GENRE or "\0" in text:
        raise SpotifyError(400, "a genre is one of /v1/recommendations/available-genre-seeds")
    return text


def _numbers(request: HttpRequest, what: str) -> Iterator[tuple[str, float]]:
    """Read the numbers of all attributes that are asked for with ``min_``, ``max_`` or ``target_``."""
    for name in TUNABLE:
        if said := request.GET.get(f"{what}_{name}", "").strip():
            yield name, _number(f"{what}_{name}", name, said)


def _number(parameter: str, name: str, said: str) -> float:
    low, high = _RANGES.get(name, (0, 1))
    value = float(said) if _NUMBER.fullmatch(said) else inf
    if isfinite(value) and low <= value <= high and (name not in _WHOLE or value.is_integer()):
        return value
    kind = "a whole number" if name in _WHOLE else "a number"
    bounds = [f"from {low:g}"] * isfinite(low) + [f"up to {high:g}"] * isfinite(high)
    raise SpotifyError(400, " ".join([parameter, "must be", kind, *bounds]))


def _seed_object(pool: Pool, addresses: Addresses) -> dict[str, Any]:
    kind, name = pool.seed.kind, pool.seed.id
    genres = addresses.of("recommendations", "available-genre-seeds")
    return {
        "initialPoolSize": pool.initial,
        "afterFilteringSize": pool.filtered,
        "afterRelinkingSize": pool.distinct,
        "id": name,
        "type": kind,
        # A genre has no object of its own, and the schema has no null here.
        "href": genres if kind == "genre" else addresses.of(f"{kind}s", name),
    }
