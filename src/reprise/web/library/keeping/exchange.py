"""What a library knows of its tracks, as lines of JSON that any other library takes in."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
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
from reprise.web.library.ids import ALPHABET, ID_LENGTH
from reprise.web.library.keeping.archive import whole_file
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
    """How many tracks, analyses among them, and playlists were written or taken in; and tracks that were there."""

    tracks: int
    analyses: int
    playlists: int
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
    """Write tracks, analyses, genres of files and playlists as they are at one moment; no users, no audio.

    Parameters
    ----------
    path : Path
        Gzipped lines of JSON: a header, then one object a track and a playlist.
    replace : bool
        Whether a file of this name may be replaced.

    Raises
    ------
    DatasetError
        If there is such a file.
    OSError
        If it cannot be written.
    """
    counts = {"tracks": 0, "analyses": 0, "playlists": 0}
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
    counts = {"tracks": 0, "analyses": 0, "playlists": 0, "known": 0}
    try:
        with transaction.atomic():
            waiting = _lines(path)
            while part := list(islice(waiting, _BATCH)):
                _take_tracks([value for kind, value in part if kind == "track"], counts)
                for kind, value in part:
                    if kind == "playlist":
                        counts["playlists"] += _take_playlist(value, user)
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
            if kind not in ("track", "playlist") or not isinstance(value, dict):
                raise ValueError("a line is neither a track nor a playlist")
            yield kind, value


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
    audio_hash = _text(line, "audio_hash", 32)
    track = Track(
        public_id=_id(line),
        path=_path(line),
        size=_whole(line, "size", 1 << 62),
        mtime_ns=_whole(line, "mtime_ns", 1 << 62, low=-(1 << 62)),
        audio_hash=audio_hash,
        missing_since=timezone.now(),
    )
    added = parse_datetime(_text(line, "added_at", 40))
    if added is None or added.tzinfo is None:
        raise ValueError("added_at is no time")
    stored = None
    if "analysis" in line:
        stored = read_reprise_record({"REPRISE_RECORD": (_text(line, "analysis", 1 << 20),)})
        if stored is None or stored.audio_hash != audio_hash or "embedding" not in stored.record:
            raise ValueError(f"the analysis of track {track.public_id} is damaged")
        stored.record.setdefault(
            "waveform", {"duration_s": 0.0, "bin_s": 0.0, "low": [], "high": [], "rms": []}
        )
    genres = line["genres"]
    if not isinstance(genres, list) or len(genres) > 50:
        raise ValueError("genres is no short list")
    for name, longest in _LENGTHS.items():
        setattr(track, name, _text(line, name, longest))
    tags = Tags(
        title=clean_text(_text(line, "title", 500)),
        artist=_words(line, "artist"),
        album=_words(line, "album"),
        album_artist=_words(line, "album_artist"),
        track_number=None if line["track_number"] is None else _whole(line, "track_number", 9999),
        year=None if line["year"] is None else _whole(line, "year", 9999),
        genres=tuple(genre for each in genres if (genre := clean_text(str(each)[:100]))),
        isrc=track.isrc or None,
        musicbrainz_recording_id=track.musicbrainz_id or None,
    )
    return track, tags, stored


def _take_playlist(line: Mapping[str, Any], user: User | None) -> int:
    public_id = _id(line)
    if Playlist.objects.filter(public_id=public_id).exists():
        return 0
    rule, tracks = line["rule"], line["tracks"]
    if rule is not None:
        rule = {
            "q": _text(rule, "q", 500),
            "sort": _text(rule, "sort", 60),
            "limit": _whole(rule, "limit", 1000),
        }
    if (
        not isinstance(tracks, list)
        or len(tracks) > MOST_TRACKS
        or not all(isinstance(t, str) for t in tracks)
    ):
        raise ValueError("the tracks of a playlist are no list of identifiers")
    playlist = Playlist(public_id=public_id, user=user)
    describe_playlist(
        playlist, _text(line, "name", 200), description=_text(line, "description", 2000), rule=rule
    )
    keys = track_ids(tracks)
    there = [keys[each] for each in tracks if each in keys and rule is None]
    PlaylistItem.objects.bulk_create(
        PlaylistItem(playlist=playlist, track_id=key, position=n) for n, key in enumerate(there)
    )
    return 1


def _id(line: Mapping[str, Any]) -> str:
    found = _text(line, "id", ID_LENGTH)
    if len(found) != ID_LENGTH or not set(found) <= set(ALPHABET):
        raise ValueError("an identifier is none")
    return found


def _path(line: Mapping[str, Any]) -> str:
    path = _text(line, "path", 1 << 16)
    if not path.startswith("/"):
        raise ValueError("a path is not absolute")
    return path


def _text(line: Mapping[str, Any], name: str, longest: int) -> str:
    value = line[name]
    if not isinstance(value, str) or len(value) > longest or "\0" in value:
        raise ValueError(f"{name} is no text of at most {longest} characters")
    value.encode()  # a lone surrogate is stored by no database
    return value


def _words(line: Mapping[str, Any], name: str) -> str | None:
    return None if line[name] is None else clean_text(_text(line, name, 500))


def _whole(line: Mapping[str, Any], name: str, high: int, *, low: int = 0) -> int:
    value = line[name]
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ValueError(f"{name} is no whole number in its range")
    return value
