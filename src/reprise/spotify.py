"""Spotify's spelling: from what Reprise says to the audio-features and audio-analysis objects of Spotify's Web API.

Nothing else below the web knows that spelling. The shapes are those of the OpenAPI description of 2025; they know no
null, so that what is not known gets the value that `docs/reference/audio-analysis.md` names for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reprise.targets import HEADS

__all__ = ["audio_features"]

_UNKNOWN = {"key": -1, "mode": -1, "loudness": -60.0, "tempo": 0.0, "time_signature": 4} | dict.fromkeys(
    HEADS, 0.0
)
"""What stands where a feature was not found: no key, no mode, silence, no tempo, the most common metre."""


def audio_features(
    *, id: str, values: Mapping[str, Any], duration_ms: int | None, base: str
) -> dict[str, Any]:
    """Return Spotify's audio-features object.

    Parameters
    ----------
    id : str
        Of the track, in 22 characters of base 62.
    values : mapping of str to number or None
        The twelve `reprise.targets.SPOTIFY_FEATURES` by name: a record's, or a row's of a library; others are ignored.
    duration_ms : int or None
        Length of the track.
    base : str
        Address of the API without a slash at its end, such as ``"http://127.0.0.1:8000/v1"``.

    Returns
    -------
    dict of str to number or str
        Complete and without null: what is ``None`` or absent gets key -1, mode -1, loudness -60, tempo 0,
        time signature 4; a predicted feature gets 0.

    Examples
    --------
    >>> features = audio_features(id="4iV5W9uYEdYUVa79Axb7Rh", values={"tempo": 120.0}, duration_ms=1000, base="")
    >>> features["tempo"], features["key"], features["track_href"]
    (120.0, -1, '/tracks/4iV5W9uYEdYUVa79Axb7Rh')
    """
    found: dict[str, Any] = {
        name: unknown if (value := values.get(name)) is None else value for name, unknown in _UNKNOWN.items()
    }
    return found | {
        "duration_ms": duration_ms or 0,
        "id": id,
        "uri": f"spotify:track:{id}",
        "track_href": f"{base}/tracks/{id}",
        "analysis_url": f"{base}/audio-analysis/{id}",
        "type": "audio_features",
    }
