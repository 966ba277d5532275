"""What users of the application correct, in the same store that ``reprise correct`` writes to."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User

from reprise.training.feedback.corrections import Corrections, default_store
from reprise.web.library.models import Track

__all__ = ["corrected_by"]


def corrected_by(user: User, track: Track) -> dict[str, Any]:
    """Return what a user has said is right about a track, by feature, and by ``"genre"``."""
    if not track.heard_key:
        return {}
    with Corrections(default_store()) as store:
        mine = [c for c in store.live() if c.track == track.heard_key and c.who == user.username]
    return {c.what: c.genre if c.value is None else c.value for c in mine}
