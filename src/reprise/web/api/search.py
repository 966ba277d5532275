"""Search: what a query finds, suggestions while typing, how values are spread."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Query, Router
from ninja.errors import HttpError

from reprise.errors import CollectError
from reprise.web.api.schemas import Distribution, OnlineSuggestion, SearchAnswer, Suggestion
from reprise.web.api.shapes import summaries_in_order
from reprise.web.library import online, search
from reprise.web.library.distributions import distributions
from reprise.web.library.preferences import preference

router = Router(tags=["search"])


@router.get("/search", response=SearchAnswer)
def find_tracks(
    request: HttpRequest,
    q: str = Query("", max_length=500),
    sort: str = Query("", max_length=60, description="Empty: the best fit first, or the newest."),
    limit: int = Query(50, ge=1, le=100),
    offset: int = Query(0, ge=0, le=10_000_000),
) -> Any:
    """Find tracks by words and conditions."""
    found = search.look_up(q, sort, limit=limit, offset=offset)
    return {
        "items": summaries_in_order(found.keys),
        "total": found.total,
        "limit": limit,
        "offset": offset,
        "query": found.query,
        "suggestions": found.suggestions,
    }


@router.get("/suggest", response=list[Suggestion])
def suggest(
    request: HttpRequest,
    q: str = Query("", max_length=500),
    limit: int = Query(8, ge=1, le=20),
) -> Any:
    """Suggest what somebody who has typed this far may want."""
    return search.suggest(q, limit)


@router.get("/suggest/online", response=list[OnlineSuggestion])
def suggest_online(request: HttpRequest, q: str = Query("", max_length=200)) -> Any:
    """Ask Deezer or iTunes for songs, if the owner has turned that on; else there are none."""
    provider = preference("online_search")
    if provider == "off":
        return []
    try:
        return online.search_online(q, provider)
    except CollectError as error:
        raise HttpError(502, str(error)) from error


@router.get("/distributions", response=list[Distribution])
def show_distributions(request: HttpRequest, q: str = Query("", max_length=500)) -> Any:
    """Count the values of every feature, of tempo, loudness, key and year."""
    return distributions(q)


@router.get("/genres", response=list[str])
def list_genres(request: HttpRequest) -> Any:
    """Name the genres that a track can be corrected to."""
    return search.genre_names()
