"""What users of the application correct, in the same store that ``reprise correct`` writes to.

A correction stands under the name of the account, so that the bound of what one user can move is one of the account.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib.auth.models import User

from reprise.errors import ParameterError, RepriseError
from reprise.models.feedback import active_version
from reprise.models.fused_genre import FusedGenreModel
from reprise.training.feedback.correction import GENRE, Correction, Said, check_changes
from reprise.training.feedback.corrections import Corrections, default_store
from reprise.training.feedback.residual import Lesson, Verdict
from reprise.training.feedback.residual import learn as learn_from
from reprise.training.feedback.versions import history, roll_back
from reprise.web.library.hearing import heard_inputs
from reprise.web.library.models import Analysis, Track

__all__ = ["correct", "corrected_by", "learn", "learnt", "of_track", "roll_back_lesson", "withdraw"]

_STEP = 0.2
"""What "too high" means where no value is given: as much as tells one fifth of the scale from the next."""


def corrected_by(user: User, track: Track) -> dict[str, Any]:
    """Return what a user has said is right about a track, by feature, and by ``"genre"``."""
    return {row.what: row.genre if row.value is None else row.value for row in _mine(user, track)}


def of_track(user: User, track: Track) -> list[dict[str, Any]]:
    """Return a user's corrections of a track as the API shows them."""
    return [_shown(row) for row in _mine(user, track)]


def correct(
    user: User,
    track: Track,
    *,
    what: str,
    value: float | None = None,
    genre: str | None = None,
    verdict: str | None = None,
) -> dict[str, Any]:
    """Store what a user says is right about a track.

    Parameters
    ----------
    user : User
    track : Track
    what : str
        A predicted feature, or ``"genre"``.
    value, genre, verdict
        Exactly one: the right value in 0..1, the right genre, or a thumb: ``"right"``, ``"too_high"``, ``"too_low"``,
        for genre ``"right"`` or ``"wrong"``, which makes the runner-up right.

    Raises
    ------
    ParameterError
        If what was said makes no sense.
    AudioError
        If the track cannot be heard again.
    """
    if sum(each is not None for each in (value, genre, verdict)) != 1:
        raise ParameterError("give one of value, genre and verdict")
    analysis = Analysis.objects.filter(track=track).defer("embedding", "vector", "waveform").first()
    if analysis is None:
        raise ParameterError("the track is not analysed yet, so there is nothing to correct")
    record = analysis.record
    genres = [each["name"] for each in record["genres"]]
    said = genres[0] if what == GENRE else record[what]
    right = _verdict(what, verdict, said, genres) if verdict else genre if what == GENRE else value
    if right is None:
        raise ParameterError("a genre is corrected by a genre, a feature by a value")
    changes = check_changes({what: right}, FusedGenreModel.load().classes)
    with Corrections(default_store()) as store:
        number = store.add(
            user.username,
            changes,
            path=track.path,
            inputs=heard_inputs(track),
            said={what: Said(text=str(said), model=analysis.model)},
        )[0]
        row = next(each for each in store.live() if each.id == number)
    if track.heard_key != row.track:
        Track.objects.filter(pk=track.pk).update(heard_key=row.track)
    return _shown(row)


def _verdict(what: str, verdict: str, said: float | str, genres: Sequence[str]) -> float | str:
    if verdict == "right":
        return said
    if what == GENRE and verdict == "wrong":
        return genres[1]
    if what != GENRE and verdict in ("too_high", "too_low"):
        step = -_STEP if verdict == "too_high" else _STEP
        return min(1.0, max(0.0, float(said) + step))
    raise ParameterError(f"{verdict!r} cannot be said of {what}")


def withdraw(user: User, track: Track, correction_id: int) -> None:
    """Take one of a user's own corrections back.

    Raises
    ------
    ParameterError
        If there is no such correction of that user.
    """
    if not 0 < correction_id < 1 << 63:
        raise ParameterError(f"there is no correction {correction_id}")
    with Corrections(default_store()) as store:
        store.withdraw(correction_id, user.username)


def learnt() -> dict[str, Any]:
    """Return what was learnt so far, as the API shows it."""
    with Corrections(default_store()) as store:
        count = len(store.live())
    cards = history()
    in_use = active_version()
    last = next((card for card in cards if card["name"] == in_use), None)
    return {
        "corrections": count,
        "in_use": in_use,
        "versions": [{"name": card["name"], "date": card["date"]} for card in cards],
        "last": [change(each) for each in last["verdicts"]] if last else [],
    }


def learn(*, dry_run: bool) -> dict[str, Any]:
    """Learn from all corrections; return the errors before and after, and what is in use now."""
    with Corrections(default_store()) as store:
        lesson: Lesson = learn_from(store, dry_run=dry_run)
    return {
        "changes": [change(each) for each in lesson.verdicts],
        "made": lesson.made,
        "in_use": lesson.in_use,
    }


def roll_back_lesson() -> None:
    """Return to what was in use before.

    Raises
    ------
    ParameterError
        If the default models are in use.
    """
    roll_back()


def change(verdict: Verdict | dict[str, Any]) -> dict[str, Any]:
    """Return what was found about one feature, or genre, as the API shows it."""

    def of(thing: Any, name: str) -> Any:
        return thing.get(name) if isinstance(thing, dict) else getattr(thing, name)

    held_out, reference = of(verdict, "held_out"), of(verdict, "reference")
    return {
        **{name: of(verdict, name) for name in ("what", "corrections", "users", "is_kept", "reason")},
        "before": held_out and of(held_out, "before"),
        "after": held_out and of(held_out, "after"),
        "reference_before": reference and of(reference, "before"),
        "reference_after": reference and of(reference, "after"),
    }


def _mine(user: User, track: Track) -> list[Correction]:
    if not track.heard_key or not default_store().exists():
        return []
    try:
        with Corrections(default_store()) as store:
            return [row for row in store.live() if row.track == track.heard_key and row.who == user.username]
    except RepriseError:
        return []  # a page must show what was heard, even if the store is damaged


def _shown(row: Correction) -> dict[str, Any]:
    return {name: getattr(row, name) for name in ("id", "at", "who", "what", "value", "genre", "said")}
