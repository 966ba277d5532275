"""OpenSubsonic's extension sonicSimilarity, version 1, and what a client asks before it uses that.

Reprise is no Subsonic server: it has these four methods, and every other is answered with 404.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from reprise.errors import ParameterError
from reprise.web.library.models import Track
from reprise.web.library.neighbours import find_track, likeness_to, names_of
from reprise.web.library.similar import Wanted, path, similar
from reprise.web.limits import TooManyError
from reprise.web.neighbours.access import user_of
from reprise.web.neighbours.child import child
from reprise.web.neighbours.envelope import SubsonicError, failed, ok

__all__ = ["EXTENSIONS", "answer"]

EXTENSIONS = (("sonicSimilarity", 1), ("formPost", 1), ("apiKeyAuthentication", 1))
_MOST_SIMILAR, _LONGEST_PATH = 500, 100
_OUR_TOKENS = "rp_"

Parameters = Mapping[str, str]


@csrf_exempt
def answer(request: HttpRequest, method: str) -> HttpResponse:
    """Answer a method of Subsonic's, asked by GET or by a form."""
    given = {**request.GET.dict(), **request.POST.dict()}
    form = given.get("f", "xml")
    try:
        return _answer(request, method.lower(), given, form)
    except SubsonicError as error:
        return failed(form, error)
    except ParameterError as error:
        return failed(form, SubsonicError(0, str(error)))
    except TooManyError as error:
        response = failed(form, SubsonicError(0, str(error)), status=429)
        response.headers["Retry-After"] = str(error.wait_s)
        return response


def _answer(request: HttpRequest, method: str, given: Parameters, form: str) -> HttpResponse:
    if request.method not in ("GET", "HEAD", "POST"):
        refused = failed(form, SubsonicError(0, "only GET and POST are served"), status=405)
        refused.headers["Allow"] = "GET, HEAD, POST"
        return refused
    if form not in ("xml", "json"):
        raise SubsonicError(0, "f: xml and json are served")
    if method == "getopensubsonicextensions":
        # Asked before logging in: what a server can do decides how a client logs in.
        user_of(request)
        return ok(
            form, {"openSubsonicExtensions": [{"name": name, "versions": [v]} for name, v in EXTENSIONS]}
        )
    _check_version(given)
    _check_access(request, given)
    if method not in _METHODS:
        return failed(form, SubsonicError(0, "Reprise does not have this method"), status=404)
    return ok(form, _METHODS[method](given))


def _check_version(given: Parameters) -> None:
    major = given.get("v", "1").partition(".")[0]
    if major != "1":
        is_old = major.isdecimal() and int(major[:9]) < 1
        raise SubsonicError(20 if is_old else 30, "v: version 1 of Subsonic's protocol is spoken here")


def _check_access(request: HttpRequest, given: Parameters) -> None:
    """Let in by one of our tokens, as key or as password, or on a local server from this machine."""
    password = _plain(given.get("p", ""))
    if "Authorization" in request.headers:
        # Who puts Reprise behind another server's address adds this; what clients say to that server is not for us.
        if user_of(request) is None:
            raise SubsonicError(44, "the token is not good")
    elif given.get("apiKey"):
        if any(given.get(name) for name in "upts"):
            raise SubsonicError(43, "apiKey goes without u, p, t and s")
        if user_of(request, given["apiKey"]) is None:
            raise SubsonicError(44, "the key is not good")
    elif password.startswith(_OUR_TOKENS):
        user = user_of(request, password)
        if user is None or user.get_username() != given.get("u"):
            raise SubsonicError(44, "the user and the token do not go together")
    elif user_of(request) is None:
        raise _how_to_come_in(given)


def _how_to_come_in(given: Parameters) -> SubsonicError:
    if given.get("t"):
        return SubsonicError(41, "Reprise keeps no passwords that t could be made of; use apiKey")
    if given.get("p"):
        return SubsonicError(42, "passwords are not taken in addresses; use a token of Reprise as apiKey")
    return SubsonicError(10, "apiKey: it is needed")


def _plain(password: str) -> str:
    if not password.startswith("enc:"):
        return password
    try:
        return bytes.fromhex(password[4:]).decode()
    except ValueError:
        raise SubsonicError(40, "p: after enc: come hexadecimal digits") from None


def _similar(given: Parameters) -> dict[str, Any]:
    track, is_foreign = _track(given, "id")
    # Some more: songs that the other server does not have fall out.
    count = _number(given, "count", 10, 1, _MOST_SIMILAR)
    found = similar(track, Wanted(limit=4 * count + 20 if is_foreign else count, per_artist=0, per_album=0))
    tracks = [each.track for each in found]
    scores = [each.similarity for each in found]
    return {"sonicMatch": _matches(tracks, scores, is_foreign)[:count]}


def _path(given: Parameters) -> dict[str, Any]:
    (start, is_foreign), (end, _) = _track(given, "startSongId"), _track(given, "endSongId")
    tracks = [each.track for each in path(start, end, _number(given, "count", 25, 2, _LONGEST_PATH))]
    # Of each song to the first, as the extension has it.
    return {"sonicMatch": _matches(tracks, likeness_to(start, tracks), is_foreign)}


def _matches(
    tracks: Sequence[Track], scores: Sequence[float | None], is_foreign: bool
) -> list[dict[str, Any]]:
    """Return matches; who asked by another server's identifier is answered by such alone."""
    names = names_of(tracks) if is_foreign else None
    return [
        {"entry": child(track, names), "similarity": -1.0 if score is None else round(max(0.0, score), 4)}
        for track, score in zip(tracks, scores, strict=True)
        if names is None or track.pk in names.tracks
    ]


def _track(given: Parameters, name: str) -> tuple[Track, bool]:
    if not given.get(name):
        raise SubsonicError(10, f"{name}: it is needed")
    found = find_track(given[name])
    if found is None:
        raise SubsonicError(70, f"{name}: there is no such song")
    return found


def _number(given: Parameters, name: str, default: int, least: int, most: int) -> int:
    said = given.get(name, "").strip()
    if not said:
        return default
    if not said.isdecimal() or len(said) > 9 or not least <= int(said):
        raise SubsonicError(0, f"{name}: a whole number from {least} to {most} is needed")
    return min(int(said), most)


_METHODS: dict[str, Callable[[Parameters], dict[str, Any]]] = {
    "ping": lambda given: {},
    "getsonicsimilartracks": _similar,
    "findsonicpath": _path,
}
