"""Fill a library's database with many tracks: ``python -m benchmarks.fill_library FOLDER [TRACKS]``.

What the tracks are is said by `benchmarks.big_library`. Their records are those of the demo's pieces, with as many
beats as a song of four minutes has, so that rows are as long as real ones. There is no audio behind them.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.big_library import BigLibrary, big_library
from reprise.targets import SPOTIFY_FEATURES

__all__ = ["fill"]

_BATCH = 2000
_BEATS = 480
_INTEGERS = frozenset({"key", "mode", "time_signature"})


@dataclass(frozen=True, kw_only=True)
class _Owners:
    """Primary keys of the artist and the album of every track, or ``None``."""

    artists: list[int | None]
    albums: list[int | None]


def fill(tracks: int) -> None:
    """Put so many analysed tracks into the library of this process, which Django must have been brought up for."""
    from django.db import connection, transaction

    from reprise.web.library.search import refresh

    library = big_library(tracks)
    analyses = _analyses()
    with transaction.atomic():
        owners = _owners(library)
        for start in range(0, tracks, _BATCH):
            _put(library, range(start, min(tracks, start + _BATCH)), owners, analyses)
    refresh()
    if connection.vendor == "postgresql":
        _index_places()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _owners(library: BigLibrary) -> _Owners:
    from reprise.web.library.models import Album, Artist, name_key

    firsts = [artists.split(";")[0] for artists in library.artists]
    names = {key: name for name in firsts if (key := name_key(name))}
    Artist.objects.bulk_create([Artist(key=k, name=n[:500]) for k, n in names.items()], batch_size=_BATCH)
    pks = dict(Artist.objects.values_list("key", "pk"))
    artists = [pks.get(name_key(name)) for name in firsts]
    keys = [name_key(album) for album in library.albums]
    titles = {(a, k): title for a, k, title in zip(artists, keys, library.albums, strict=True) if k}
    Album.objects.bulk_create(
        [Album(artist_id=a, key=k, title=title[:500]) for (a, k), title in titles.items()], batch_size=_BATCH
    )
    albums = {(a, k): pk for a, k, pk in Album.objects.values_list("artist_id", "key", "pk")}
    return _Owners(artists=artists, albums=[albums.get(pair) for pair in zip(artists, keys, strict=True)])


def _analyses() -> list[tuple[dict[str, Any], bytes]]:
    """Return real records and outlines of waveforms."""
    import soundfile

    from reprise.analysis import analyze
    from reprise.demo import PIECES, render
    from reprise.web.library.storing import outline_bytes

    found = []
    with tempfile.TemporaryDirectory() as folder:
        for piece in PIECES[:3]:
            path = Path(folder) / "piece.flac"
            soundfile.write(path, render(piece, 44_100).T, 44_100)
            record = analyze(path, detail=True, embedding=True, waveform=True).to_dict()
            del record["embedding"]
            waveform = outline_bytes(record.pop("waveform"))
            record["detail"]["beats_s"] = (np.arange(_BEATS) / 2).tolist()
            found.append((record, waveform))
    return found


def _put(
    library: BigLibrary, rows: range, owners: _Owners, analyses: Sequence[tuple[dict[str, Any], bytes]]
) -> None:
    from django.utils import timezone

    from reprise.web.library.models import Analysis, Track, TrackLabel

    tracks = [_track(library, at, owners) for at in rows]
    Track.objects.bulk_create(tracks, batch_size=500)
    Analysis.objects.bulk_create(
        [
            Analysis(
                track=track, record=analyses[at % len(analyses)][0], waveform=analyses[at % len(analyses)][1],
                model="benchmark", embedding=library.embeddings[at].astype("<f2").tobytes(),
                vector=library.vectors[at].astype("<f4").tobytes(), changed_at=timezone.now(),
            )
            for at, track in zip(rows, tracks, strict=True)
        ],
        batch_size=200,
    )  # fmt: skip
    TrackLabel.objects.bulk_create(
        [
            TrackLabel(track=track, kind=kind, name=name[:100], score=score)
            for at, track in zip(rows, tracks, strict=True)
            for kind, name, score in _labels(library, at)
        ],
        batch_size=_BATCH,
    )


def _track(library: BigLibrary, at: int, owners: _Owners) -> Any:
    from django.utils import timezone

    from reprise.web.library.models import Track, name_key

    values = dict(zip(SPOTIFY_FEATURES, library.values[at].tolist(), strict=True))
    features = {name: int(value) if name in _INTEGERS else value for name, value in values.items()}
    positive, lively = values["valence"] >= 0.5, values["energy"] >= 0.5
    title = library.titles[at][:500] or "Untitled"
    return Track(
        path=f"/no such music/{at // 12:06}/{at:07}.flac", size=30_000_000, mtime_ns=at, status="analysed",
        audio_hash=f"{at:032x}", title=title, title_key=name_key(title), artist_id=owners.artists[at],
        album_id=owners.albums[at], year=1950 + at * 7919 % 76, genre=library.genres[at],
        genre_probability=0.3 + at % 60 / 100, analysed_at=timezone.now(),
        duration_ms=round(1000 * library.duration_s[at]),
        mood_valence=2 * values["valence"] - 1, mood_arousal=2 * values["energy"] - 1,
        quadrant=("Q1" if positive else "Q2") if lively else ("Q4" if positive else "Q3"), **features,
    )  # fmt: skip


def _labels(library: BigLibrary, at: int) -> Iterator[tuple[str, str, float]]:
    """Say a track's genre and another one, and the tags that MusiCNN heard."""
    from reprise.features.musicnn import MSD_TAGS, MTT_TAGS

    n = len(library.genres)
    for name, score in {library.genres[(at * 7919 + 1) % n]: 0.2, library.genres[at]: 0.6}.items():
        yield "genre", name, score
    tags: dict[str, float] = {}
    half = library.embeddings.shape[1] // 2
    for names, start in ((MSD_TAGS, 0), (MTT_TAGS, half)):
        scores = library.embeddings[at, start : start + len(names)]
        for which in np.flatnonzero(scores >= 0.1):
            tags[names[which].casefold()] = min(1.0, float(scores[which]))
    for name, score in tags.items():
        yield "tag", name, score


def _index_places() -> None:
    """Repeat the vectors in the column of pgvector; its index is made once, at the end."""
    from django.db import connection

    from reprise.similarity.space import DIMENSIONS
    from reprise.web.library import pgvector
    from reprise.web.library.models import Analysis

    if not pgvector.is_available():
        return
    # Read before the copy begins: a connection does one thing at a time.
    vectors = list(Analysis.objects.values_list("pk", "vector"))
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX IF EXISTS analysis_by_place")
        cursor.execute("CREATE TEMPORARY TABLE placed (track_id bigint PRIMARY KEY, place vector)")
        with cursor.copy("COPY placed (track_id, place) FROM STDIN") as copy:
            for key, vector in vectors:
                values = np.frombuffer(bytes(vector), "<f4").tolist()
                copy.write_row((key, "[" + ",".join(map(str, values)) + "]"))
        cursor.execute(
            "UPDATE library_analysis a SET place = p.place FROM placed p WHERE p.track_id = a.track_id"
        )
        cursor.execute("DROP TABLE placed")
        cursor.execute("SET maintenance_work_mem = '512MB'")
    pgvector.add_column(DIMENSIONS)


def main(folder: str, tracks: int) -> None:
    """Fill the library of a folder, or that of ``REPRISE_DATABASE``."""
    os.environ["REPRISE_DATA"] = folder
    from reprise.web.boot import boot

    boot()
    from reprise.web.library.models import Track

    if Track.objects.exists():
        sys.exit("there are tracks already; this fills empty libraries alone")
    fill(tracks)
    print(f"{Track.objects.count()} tracks")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 100_000)
