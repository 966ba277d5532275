"""Analyses that need not be made: they stand in a file's tags, or another copy of the same audio has one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet

from reprise.errors import ModelError
from reprise.records import TrackAnalysis
from reprise.web.library.models import Analysis, Track
from reprise.web.library.paths import real_path
from reprise.web.library.received import analysis_from
from reprise.web.library.sandbox import shared_sandbox
from reprise.web.library.scan.looking import Look
from reprise.web.library.storing import store_analysis

__all__ = ["may_be_known", "model_in_use", "store_known"]


def may_be_known(looks: Sequence[Look]) -> bool:
    """Whether there is an analysis of any of these files, by whichever model."""
    return any(look.stored for look in looks) or _twins(looks).exists()


def model_in_use() -> str:
    """Return what an analysis made now would name as its model; empty if none can be made."""
    try:
        return shared_sandbox().model()
    except ModelError:
        return ""


def store_known(pairs: Sequence[tuple[Track, Look]], model: str) -> set[int]:
    """Store the analyses that are there already.

    Parameters
    ----------
    pairs : sequence of (Track, Look)
        Saved tracks and what was seen in their files.
    model : str
        Only what this one has made counts.

    Returns
    -------
    set of int
        The tracks that need no analysis.
    """
    twins = {row.track.audio_hash: row for row in _twins([look for _, look in pairs]).filter(model=model)}
    done: set[int] = set()
    for track, look in pairs:
        analysis = _of_twin(twins.get(look.audio_hash), look, track) or _of_tags(look, track, model)
        if analysis is not None:
            store_analysis(track, analysis)
            done.add(track.pk)
    return done


def _twins(looks: Sequence[Look]) -> QuerySet[Analysis]:
    hashes = {look.audio_hash for look in looks if look.audio_hash}
    return Analysis.objects.select_related("track").filter(
        track__audio_hash__in=hashes, track__status=Track.Status.ANALYSED
    )


def _of_twin(twin: Analysis | None, look: Look, track: Track) -> TrackAnalysis | None:
    import numpy as np

    if twin is None or twin.track_id == track.pk:
        return None
    record = {**twin.record, "title": look.tags.title, "artist": look.tags.artist}
    record["embedding"] = np.frombuffer(twin.embedding, "<f2").astype(float).tolist()
    low, high = np.frombuffer(twin.waveform, np.int8).reshape(2, -1).tolist()
    # The table keeps less of the outline than the record had.
    record["waveform"] = {"duration_s": 0.0, "bin_s": 0.0, "low": low, "high": high, "rms": [0] * len(low)}
    return _rebuilt(record, track)


def _of_tags(look: Look, track: Track, model: str) -> TrackAnalysis | None:
    stored = look.stored
    if stored is None or {stored.version, stored.record["model"]} != {model}:
        return None
    if not {"embedding", "waveform"} <= stored.record.keys():
        return None
    return _rebuilt(stored.record | {"title": look.tags.title, "artist": look.tags.artist}, track)


def _rebuilt(record: dict[str, Any], track: Track) -> TrackAnalysis | None:
    try:
        return analysis_from(record, real_path(track.path))
    except (TypeError, ValueError, KeyError, AttributeError):
        return None
