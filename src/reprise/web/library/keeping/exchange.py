"""What a library knows of its tracks, as lines of JSON that any other library takes in."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from reprise._version import __version__
from reprise.audio.tag_files import StoredRecord, read_reprise_record
from reprise.audio.tag_files.stored_record import packed_record
from reprise.audio.tags import clean_text
from reprise.errors import DatasetError, ParameterError
from reprise.records import Tags
from reprise.web.library.describing import describe_all, label_all
from reprise.web.library.keeping.archive import whole_file
from reprise.web.library.keeping.corrected import corrected_lines, take_corrected
from reprise.web.library.keeping.fields import checked_id, path_of, text_of, whole_of, words_of
from reprise.web.library.keeping.rows import snapshot
from reprise.web.library.models import Analysis, Playlist, PlaylistItem, Track, TrackLabel
from reprise.web.library.paths import real_path
from reprise.web.library.playlists import MOST_TRACKS, describe_playlist, track_ids
from reprise.web.library.received import analysis_from
from reprise.web.library.storing import store_analysis

__all__ = ["Exchanged", "export_library", "full_record", "import_library"]

_FORMAT = {"format": "reprise-library", "version": 1}
_MOST_LINE_BYTES = 8 << 20
_BATCH = 200
_LENGTHS = {"country": 2, "isrc": 12, "spotify_id": 22, "musicbrainz_id": 36}


@dataclass(frozen=True, kw_only=True, slots=True)
class Exchanged:
    """How many tracks, analyses among them, playlists and corrections were written or taken in; and known tracks."""

    tracks: int
    analyses: int
    playlists: int
    corrections: int = 0
    known: int = 0


def full_record(analysis: Analysis) -> dict[str, Any]:
    """Put the record of an analysis together again, with its embedding and the outline of its waveform."""
    record = dict(analysis.record)
    record["embedding"] = np.frombuffer(analysis.embedding, "<f2").astype(float).tolist()
    low, high = np.frombuffer(analysis.waveform, np.int8).reshape(2, -1).tolist()
    if low:
        duration_s = record["duration_ms"] / 1000
        # What the table does not keep of the outline is not known any more.
        record["waveform"] = {
            "duration_s": duration_s, "bin_s": duration_s / len(low), "low": low, "high": high,
            "rms": [0] * len(low),
        }  # fmt: skip
    return record


def export_library(path: Path, *, replace: bool = False) -> Exchanged:
    """Write tracks, analyses, genres of files and playlists as they are at one moment, and corrections.

    No accounts and no audio are in it, but who corrected what is.

    Parameters
    ----------
    path : Path
        Gzipped lines of JSON: a header, then one object a track, a playlist, and a recording that was corrected.
    replace : bool
        Whether a file of this name may be replaced.

    Raises
    ------
    DatasetError
        If there is such a file.
    OSError
        If it cannot be written.
    """
    counts = {"tracks": 0, "analyses": 0, "playlists": 0, "corrections": 0}
    with whole_file(path, replace=replace) as stream, gzip.open(stream, "wb", compresslevel=3) as file:

        def write(line: Any) -> None:
            file.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")

        write(_FORMAT | {"reprise": __version__, "made_at": timezone.now().isoformat()})
        with snapshot() as using:
            tracks = Track.objects.using(using).select_related("artist", "album__artist", "analysis")
            for track in tracks.prefetch_related("labels").order_by("pk").iterator(chunk_size=_BATCH):
                line = _track_line(track)
                counts["tracks"] += 1
                counts["analyses"] += "analysis" in line
                write({"track": line})
            for playlist in Playlist.objects.using(using).order_by("pk"):
                counts["playlists"] += 1
                write({"playlist": _playlist_line(playlist)})
            for line in corrected_lines(using):
                counts["corrections"] += len(line["corrections"])
                write({"corrected": line})
    return Exchanged(**counts)


def _track_line(track: Track) -> dict[str, Any]:
    line: dict[str, Any] = {
        "id": track.public_id,
        "path": track.path,
        "size": track.size,
        "mtime_ns": track.mtime_ns,
        "audio_hash": track.audio_hash,
        "added_at": track.added_at.isoformat(),
        "title": track.title,
        "artist": track.artist and track.artist.name,
        "album": track.album and track.album.title,
        "album_artist": track.album and track.album.artist and track.album.artist.name,
        "track_number": track.track_number,
        "year": track.year,
        "genres": sorted(label.name for label in track.labels.all() if label.kind == TrackLabel.Kind.FILE),
        **{name: getattr(track, name) for name in _LENGTHS},
    }
    if track.status == Track.Status.ANALYSED and track.audio_hash and hasattr(track, "analysis"):
        record = full_record(track.analysis)
        line["analysis"] = packed_record(record, track.analysis.model, track.audio_hash)
    return line


def _playlist_line(playlist: Playlist) -> dict[str, Any]:
    return {
        "id": playlist.public_id,
        "name": playlist.name,
        "description": playlist.description,
        "rule": playlist.rule,
        "tracks": list(playlist.items.values_list("track__public_id", flat=True)),
    }


def import_library(path: Path, user: User | None) -> Exchanged:
    """Take in what `export_library` has written; what is there already stays as it is.

    A track that is not known is missing until a scan finds its audio, wherever that lies, and is not analysed again.
    Corrections stand under the names that they were made by; what the same one said here about the same thing counts.

    Parameters
    ----------
    path : Path
    user : User or None
        Whose the playlists become.

    Raises
    ------
    DatasetError
        If it is no such file, or any line of it is not as it should be: then nothing was taken in.
    """
    counts = {"tracks": 0, "analyses": 0, "playlists": 0, "corrections": 0, "known": 0}
    try:
        with transaction.atomic():
            waiting = _lines(path)
            corrected: list[Mapping[str, Any]] = []
            while not corrected and (part := list(islice(waiting, _BATCH))):
                _take_tracks([value for kind, value in part if kind == "track"], counts)
                for kind, value in part:
                    if kind == "playlist":
                        counts["playlists"] += _take_playlist(value, user)
                corrected = [value for kind, value in part if kind == "corrected"]
            if corrected:
                # They come last, and lie in a store of their own, whose transaction ends within this one.
                counts["corrections"] = take_corrected(chain(corrected, _only_corrected(waiting)))
    except (
        ValueError,
        TypeError,
        KeyError,
        AttributeError,
        ParameterError,
        EOFError,
        RecursionError,
    ) as error:
        raise DatasetError(f"{path} is no export of a library that can be read: {error}") from error
    except gzip.BadGzipFile as error:
        raise DatasetError(f"{path} is no export of a library: {error}") from error
    return Exchanged(**counts)


def _lines(path: Path) -> Iterator[tuple[str, Any]]:
    with gzip.open(path, "rb") as file:
        header = json.loads(file.readline(_MOST_LINE_BYTES))
        if not isinstance(header, dict) or {name: header.get(name) for name in _FORMAT} != _FORMAT:
            raise ValueError("it has another format or version")
        while line := file.readline(_MOST_LINE_BYTES):
            said = json.loads(line)
            if not isinstance(said, dict) or len(said) != 1 or not line.endswith(b"\n"):
                raise ValueError("a line is none of an export")
            kind, value = next(iter(said.items()))
            if kind not in ("track", "playlist", "corrected") or not isinstance(value, dict):
                raise ValueError("a line is neither a track nor a playlist nor a correction")
            yield kind, value


def _only_corrected(lines: Iterator[tuple[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for kind, value in lines:
        if kind != "corrected":
            raise ValueError("something follows the corrections")
        yield value


def _take_tracks(lines: Sequence[Mapping[str, Any]], counts: dict[str, int]) -> None:
    read = {line["id"]: _read_track(line) for line in lines}
    there = track_ids(read)
    paths = [track.path for track, _, _ in read.values()]
    taken = set(Track.objects.filter(path__in=paths).values_list("path", flat=True))
    new = []
    for public_id, each in read.items():
        if public_id in there or each[0].path in taken:
            counts["known"] += 1
        else:
            taken.add(each[0].path)
            new.append(each)
    tagged = [(track, tags) for track, tags, _ in new]
    describe_all(tagged)
    for track, tags, _ in new:
        track.title = tags.title or track.title
    Track.objects.bulk_create([track for track, _ in tagged])
    label_all(tagged)
    for track, _, stored in new:
        if stored is not None:
            store_analysis(
                track, analysis_from(stored.record | {"title": None, "artist": None}, real_path(track.path))
            )
            counts["analyses"] += 1
    counts["tracks"] += len(new)


def _read_track(line: Mapping[str, Any]) -> tuple[Track, Tags, StoredRecord | None]:
    audio_hash = text_of(line, "audio_hash", 32)
    track = Track(
        public_id=checked_id(line),
        path=path_of(line),
        size=whole_of(line, "size", 1 << 62),
        mtime_ns=whole_of(line, "mtime_ns", 1 << 62, low=-(1 << 62)),
        audio_hash=audio_hash,
        missing_since=timezone.now(),
    )
    added = parse_datetime(text_of(line, "added_at", 40))
    if added is None or added.tzinfo is None:
        raise ValueError("added_at is no time")
    stored = None
    if "analysis" in line:
        stored = read_reprise_record({"REPRISE_RECORD": (text_of(line, "analysis", 1 << 20),)})
        if stored is None or stored.audio_hash != audio_hash or "embedding" not in stored.record:
            raise ValueError(f"the analysis of track {track.public_id} is damaged")
        stored.record.setdefault(
            "waveform", {"duration_s": 0.0, "bin_s": 0.0, "low": [], "high": [], "rms": []}
        )
    genres = line["genres"]
    if not isinstance(genres, list) or len(genres) > 50:
        raise ValueError("genres is no short list")
    for name, longest in _LENGTHS.items():
        setattr(track, name, text_of(line, name, longest))
    tags = Tags(
        title=clean_text(text_of(line, "title", 500)),
        artist=words_of(line, "artist"),
        album=words_of(line, "album"),
        album_artist=words_of(line, "album_artist"),
        track_number=None if line["track_number"] is None else whole_of(line, "track_number", 9999),
        year=None if line["year"] is None else whole_of(line, "year", 9999),
        genres=tuple(genre for each in genres if (genre := clean_text(str(each)[:100]))),
        isrc=track.isrc or None,
        musicbrainz_recording_id=track.musicbrainz_id or None,
    )
    return track, tags, stored


def _take_playlist(line: Mapping[str, Any], user: User | None) -> int:
    public_id = checked_id(line)
    if Playlist.objects.filter(public_id=public_id).exists():
        return 0
    rule, tracks = line["rule"], line["tracks"]
    if rule is not None:
        rule = {
            "q": text_of(rule, "q", 500),
            "sort": text_of(rule, "sort", 60),
            "limit": whole_of(rule, "limit", 1000),
        }
    if (
        not isinstance(tracks, list)
        or len(tracks) > MOST_TRACKS
        or not all(isinstance(t, str) for t in tracks)
    ):
        raise ValueError("the tracks of a playlist are no list of identifiers")
    playlist = Playlist(public_id=public_id, user=user)
    describe_playlist(
        playlist, text_of(line, "name", 200), description=text_of(line, "description", 2000), rule=rule
    )
    keys = track_ids(tracks)
    there = [keys[each] for each in tracks if each in keys and rule is None]
    PlaylistItem.objects.bulk_create(
        PlaylistItem(playlist=playlist, track_id=key, position=n) for n, key in enumerate(there)
    )
    return 1
