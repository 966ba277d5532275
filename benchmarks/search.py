"""How fast search is at a hundred thousand tracks: every keystroke of queries as people type them, and pages.

``python -m benchmarks.search`` fills a library of its own in a temporary folder with real names and features (the table
of 114 genres in ``../shared/data``), on SQLite, or on PostgreSQL where ``REPRISE_TEST_DATABASE`` says so:
``tools/postgresql.sh run .venv/bin/python -m benchmarks.search``.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

TABLE = (
    Path(__file__).resolve().parents[2] / "shared" / "data" / "tables" / "spotify_tracks_114_genres.parquet"
)
# As people type: titles, artists, both, with slips, without accents, in other scripts, in the middle of a name.
TYPED = (
    "the beatles", "beetles yesterday", "bohemian rapsody", "queen", "ac dc thunder", "acdc", "sigur ros",
    "beyonce halo", "love me do", "nirvana smells like", "metalica", "michael jakson thriller", "bad bunny",
    "coldplay yellow", "arctic monkys", "daft punk get luky", "radiohead creep", "bjork", "taylor swift love",
    "rammstien", "a", "the", "love", "energy", "genre:ho", "artist:beatl", "mood:h", "周杰倫", "米津", "кино",
)  # fmt: skip
QUERIES = (
    "love", "the beatles", "beetles", "bohemian rapsody", "energy>0.8 tempo:120-130", "genre:house energy>0.7",
    "love energy>0.7 -genre:rock", "key:Am valence<0.3 duration>3:30", "artist:coldplay", '"love me"', "the", "a",
    "genre:metal,punk year>2000", "",
)  # fmt: skip
SORTS = ("-added_at", "title", "artist", "-energy", "tempo", "cluster", "album")


def main() -> None:
    """Fill a library, measure, and print a table: of each query the best of the rounds, as others may work here."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--tracks", type=int, default=100_000)
    options.add_argument("--rounds", type=int, default=3)
    asked = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="reprise-search-") as folder:
        os.environ |= {
            "REPRISE_DATA": folder,
            "REPRISE_DATABASE": os.environ.get("REPRISE_TEST_DATABASE", ""),
            "DJANGO_SETTINGS_MODULE": "reprise.web.settings",
        }
        from reprise.web.boot import boot

        boot()
        _measure(asked.tracks, asked.rounds)


def _measure(tracks: int, rounds: int) -> None:
    from django.db import connection

    from reprise.web.library.distributions import distributions
    from reprise.web.library.models import Track
    from reprise.web.library.search import find, look_up, matching_ids, refresh, suggest

    if not Track.objects.exists():
        _fill(tracks)
    begin = time.perf_counter()
    count = refresh()
    print(f"{Track.objects.count()} tracks on {connection.vendor}; words of {count} read in"
          f" {time.perf_counter() - begin:.1f} s\n")  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    print(f"first suggestion of a process: {_timed(lambda: suggest('beatl')):.0f} ms")
    print(f"first distributions of a process: {_timed(distributions):.0f} ms\n")
    print("| what | p50 ms | p95 ms | slowest ms | slowest |\n|---|---|---|---|---|")
    _row("suggest, a keystroke", rounds, ((k, lambda k=k: suggest(k)) for k in _keystrokes()))
    _row("search and a page", rounds, ((q, lambda q=q: look_up(q)) for q in QUERIES))
    _row("search and the page at 1,000", rounds, ((q, lambda q=q: look_up(q, offset=1000)) for q in QUERIES))
    _row("a sorted page and the count", rounds, ((s, lambda s=s: look_up("", s)) for s in SORTS))
    _row("a search sorted by a column", rounds,
         ((f"{q} by {s}", lambda q=q, s=s: look_up(q, s)) for q in QUERIES for s in SORTS))  # fmt: skip
    _row("all keys of a query", rounds, ((q, lambda q=q: matching_ids(q)) for q in QUERIES))
    _row("find and count", rounds, ((q, lambda q=q: find(q).count()) for q in QUERIES))
    _row("distributions", rounds, ((q, lambda q=q: distributions(q)) for q in QUERIES))


def _keystrokes() -> Iterator[str]:
    for typed in TYPED:
        for end in range(1, len(typed) + 1):
            yield typed[:end]


def _timed(call: Callable[[], Any]) -> float:
    begin = time.perf_counter()
    call()
    return 1000 * (time.perf_counter() - begin)


def _row(name: str, rounds: int, calls: Iterator[tuple[str, Callable[[], Any]]]) -> None:
    import numpy as np

    from reprise.web.library.search.spelling import vocabulary

    best: dict[str, float] = {}
    asked = list(calls)
    for _ in range(rounds):
        vocabulary().forget()
        for what, call in asked:
            best[what] = min(_timed(call), best.get(what, np.inf))
    times = np.array(list(best.values()))
    what = max(best, key=best.__getitem__)
    print(
        f"| {name} | {np.percentile(times, 50):.1f} | {np.percentile(times, 95):.1f} | {times.max():.0f} | `{what}` |"
    )


def _fill(tracks: int) -> None:
    import pyarrow.parquet as pq
    from django.db import transaction
    from django.utils import timezone

    from reprise.web.library.models import Album, Analysis, Artist, Cluster, Track, TrackLabel, name_key

    rows = pq.read_table(TABLE).to_pylist()
    rows = [row for row in (rows * (1 + tracks // len(rows)))[:tracks] if row["track_name"]]
    names = {name_key(n): n for row in rows if name_key(n := (row["artists"] or "?").split(";")[0])}
    with transaction.atomic():
        Artist.objects.bulk_create([Artist(name=n[:500], key=k) for k, n in names.items()], batch_size=5000)
        artists = dict(Artist.objects.values_list("key", "pk"))
        by = [artists.get(name_key((row["artists"] or "?").split(";")[0])) for row in rows]
        titles = {
            (a, name_key(row["album_name"] or "")): row["album_name"]
            for a, row in zip(by, rows, strict=True)
            if name_key(row["album_name"] or "")
        }
        Album.objects.bulk_create(
            [Album(title=t[:500], key=k, artist_id=a) for (a, k), t in titles.items()], batch_size=5000
        )
        albums = {(a, k): pk for a, k, pk in Album.objects.values_list("artist_id", "key", "pk")}
        clusters = [
            Cluster.objects.create(name=f"group {n}", number=n, size=1, centroid=b"") for n in range(20)
        ]
        columns = ("danceability", "energy", "valence", "acousticness", "instrumentalness", "speechiness",
                   "liveness", "loudness", "tempo", "key", "mode", "time_signature", "duration_ms")  # fmt: skip
        Track.objects.bulk_create(
            [
                Track(
                    path=f"/music/{at}.flac", size=1, mtime_ns=at, status="analysed", title=row["track_name"][:500],
                    title_key=name_key(row["track_name"]), artist_id=a,
                    album_id=albums.get((a, name_key(row["album_name"] or ""))), year=1950 + at % 75,
                    genre=row["track_genre"], genre_probability=0.5, cluster=clusters[at % 20],
                    **{name: row[name] for name in columns},
                )
                for at, (a, row) in enumerate(zip(by, rows, strict=True))
            ],
            batch_size=2000,
        )  # fmt: skip
        keys = list(Track.objects.order_by("pk").values_list("pk", flat=True))
        now = timezone.now()
        Analysis.objects.bulk_create(
            [
                Analysis(track_id=key, record={}, model="none", embedding=b"", vector=b"", changed_at=now)
                for key in keys
            ],
            batch_size=5000,
        )
        TrackLabel.objects.bulk_create(
            [
                TrackLabel(track_id=key, kind=kind, name=name, score=score)
                for at, (key, row) in enumerate(zip(keys, rows, strict=True))
                for kind, name, score in (
                    ("genre", row["track_genre"], 0.6),
                    ("genre", rows[at * 7919 % len(rows)]["track_genre"], 0.2),
                    ("tag", rows[at * 104729 % len(rows)]["track_genre"], 0.3),
                )
            ],
            batch_size=5000,
        )


if __name__ == "__main__":
    main()
