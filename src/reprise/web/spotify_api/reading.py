"""Reading what was asked, and refusing what cannot be meant."""

from __future__ import annotations

from django.http import HttpRequest

from reprise.web.library.identity import is_id, is_track_id
from reprise.web.spotify_api.errors import SpotifyError

__all__ = ["checked_id", "ids_of", "track_id", "track_of_uri", "whole_number"]

_URI = "spotify:track:"


def checked_id(text: str) -> str:
    """Return an identifier if it is spelled as one.

    Raises
    ------
    SpotifyError
        400 if it is not 22 characters of base62; a URI is none.
    """
    if not is_id(text):
        raise SpotifyError(400, "an id has 22 characters of base62")
    return text


def track_id(text: str) -> str:
    """Return what names a track, if it is spelled as an identifier or an ISRC.

    Raises
    ------
    SpotifyError
        400 if it is neither.
    """
    if not is_track_id(text):
        raise SpotifyError(400, "a track is named by 22 characters of base62 or its ISRC")
    return text


def track_of_uri(uri: object) -> str:
    """Return the identifier in ``spotify:track:ID``.

    Raises
    ------
    SpotifyError
        400 if it is no such thing.
    """
    if not isinstance(uri, str) or not uri.startswith(_URI):
        raise SpotifyError(400, "a track is given as spotify:track:ID")
    return track_id(uri.removeprefix(_URI))


def ids_of(request: HttpRequest, most: int, *, of_tracks: bool = False) -> list[str]:
    """Read ``ids``, separated by commas.

    Parameters
    ----------
    request : HttpRequest
    most : int
        How many there may be.
    of_tracks : bool
        Whether an ISRC will do.

    Raises
    ------
    SpotifyError
        400 if there are none or too many, or one is none.
    """
    said = request.GET.get("ids", "").strip()
    ids = [each.strip() for each in said.split(",")] if said else []
    if not 1 <= len(ids) <= most:
        raise SpotifyError(400, f"ids: name 1 to {most}, separated by commas")
    return [(track_id if of_tracks else checked_id)(each) for each in ids]


def whole_number(request: HttpRequest, name: str, default: int, low: int, high: int) -> int:
    """Read a whole number.

    Raises
    ------
    SpotifyError
        400 if it is none, or out of its range.
    """
    said = request.GET.get(name, "").strip()
    if not said:
        return default
    digits = said.removeprefix("-")
    if digits.isascii() and digits.isdigit() and len(digits) < 12 and low <= int(said) <= high:
        return int(said)
    raise SpotifyError(400, f"{name} must be a whole number, {low} to {high}")
