"""How fast recommendations are made of a hundred thousand tracks: ``python -m benchmarks.recommendations``.

Fills a library of its own, as `benchmarks.library` does, or takes the one that is in ``--data``; on PostgreSQL where
``REPRISE_TEST_DATABASE`` says so. Each question is asked of the function, and of a server with one process over HTTP on
loopback. The target is a 95th percentile below 100 ms over HTTP; it is printed over every single answer and, because
others may work on the machine, over the best answer to each question.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.report import table
from benchmarks.serving import filled, processor_s, served
from reprise.targets import HEADS

QUESTIONS = 30
_AIMED = {
    "target_energy": 0.8, "target_valence": 0.3, "target_tempo": 128, "target_danceability": 0.7,
    "target_loudness": -7, "target_acousticness": 0.1, "target_key": 9,
}  # fmt: skip
_BOUNDED = {
    "min_tempo": 90,
    "max_tempo": 150,
    "min_energy": 0.3,
    "max_speechiness": 0.4,
    "min_duration_ms": 90_000,
}
_ALL = dict.fromkeys(HEADS, (0, 1, 0.5)) | {
    "loudness": (-40, 0, -9), "tempo": (60, 190, 120), "key": (0, 11, 4), "mode": (0, 1, 1),
    "time_signature": (3, 5, 4), "popularity": (0, 100, 50), "duration_ms": (30_000, 900_000, 200_000),
}  # fmt: skip
_EVERYTHING = {
    f"{what}_{name}": value
    for name, values in _ALL.items()
    for what, value in zip(("min", "max", "target"), values, strict=True)
}


@dataclass(frozen=True, kw_only=True)
class Question:
    """One thing that is asked: which row it counts in, and its query."""

    name: str
    query: dict[str, Any]


def questions() -> Iterator[Question]:
    """Ask of tracks, artists and genres drawn at random, and of several of them with bounds and targets."""
    from reprise.web.library.models import Artist, Track
    from reprise.web.library.recommending import available_genres

    draw, genres = np.random.default_rng(0), available_genres()
    tracks = [
        str(id_) for id_ in draw.choice(Track.objects.values_list("public_id", flat=True), 2 * QUESTIONS)
    ]
    artists = [str(id_) for id_ in draw.choice(Artist.objects.values_list("public_id", flat=True), QUESTIONS)]
    for at in range(QUESTIONS):
        genre, other = genres[at % len(genres)], genres[(7 * at + 3) % len(genres)]
        several = {
            "seed_tracks": f"{tracks[at]},{tracks[-1 - at]}", "seed_artists": artists[at],
            "seed_genres": ",".join(dict.fromkeys((genre, other))),
        }  # fmt: skip
        yield Question(name="one track", query={"seed_tracks": tracks[at]})
        yield Question(name="one artist", query={"seed_artists": artists[at]})
        yield Question(name="one genre", query={"seed_genres": genre})
        yield Question(name="five seeds, 7 targets", query=several | _AIMED)
        yield Question(name="one track, 5 bounds", query={"seed_tracks": tracks[at], **_BOUNDED})
        yield Question(
            name="five seeds, all 42 wishes, 100 tracks", query=several | _EVERYTHING | {"limit": 100}
        )


def as_call(query: dict[str, Any]) -> Callable[[], Any]:
    """Return the call of the function that a query makes."""
    from reprise.web.library.recommending import Seed, Wishes, recommend

    seeds = [
        Seed(kind=kind, id=id_)  # type: ignore[arg-type]
        for kind in ("track", "artist", "genre")
        for id_ in filter(None, str(query.get(f"seed_{kind}s", "")).split(","))
    ]
    numbers = {
        what: {
            name.removeprefix(f"{what}_"): value
            for name, value in query.items()
            if name.startswith(f"{what}_")
        }
        for what in ("min", "max", "target")
    }
    wishes = Wishes(
        limit=query.get("limit", 20), least=numbers["min"], most=numbers["max"], targets=numbers["target"]
    )
    return lambda: recommend(seeds, wishes)


def measure(
    title: str,
    asked: Sequence[tuple[str, Callable[[], Any]]],
    rounds: int,
    spent_s: Callable[[], float] = time.thread_time,
) -> None:
    """Ask everything in rounds, and print percentiles."""
    clock, processor = np.zeros((2, rounds, len(asked)))
    for turn in range(rounds):
        for at, (_, call) in enumerate(asked):
            begin, before = time.perf_counter(), spent_s()
            call()
            clock[turn, at], processor[turn, at] = time.perf_counter() - begin, spent_s() - before
    names = np.array([name for name, _ in asked])
    rows = []
    for name in [*dict.fromkeys(names.tolist()), "**all**"]:
        of = (names == name) | (name == "**all**")
        every, best, worked = clock[:, of].ravel(), clock[:, of].min(axis=0), processor[:, of].min(axis=0)
        percentiles = [np.percentile(v, q) for v in (every, best, worked) for q in (50, 95)]
        rows.append([name, str(of.sum()), *(f"{1000 * value:.1f}" for value in percentiles)])
    header = ["what", "questions", "p50 ms", "p95 ms", "best p50 ms", "p95 ms", "processor p50 ms", "p95 ms"]
    print(f"\n{title}\n\n{table(header, rows)}", flush=True)


def over_http(asked: Sequence[Question], rounds: int) -> None:
    """Measure a server's answers, read whole."""
    import httpx

    with served() as (base, pid), httpx.Client(base_url=base, timeout=120) as http:

        def ask(path: str) -> None:
            answer = http.get(path)
            if answer.status_code != 200:
                raise RuntimeError(f"{path}: {answer.status_code} {answer.text[:200]}")

        def ready(path: str) -> Callable[[], None]:
            return lambda: ask(path)

        genres = "/v1/recommendations/available-genre-seeds"
        begin = time.perf_counter()
        ask(genres)
        print(f"\nfirst answer of a server: {time.perf_counter() - begin:.1f} s")
        calls = [(each.name, ready(f"/v1/recommendations?{urlencode(each.query)}")) for each in asked]
        calls += [("available-genre-seeds", ready(genres))] * QUESTIONS
        measure("Over HTTP", calls, rounds, lambda: processor_s(pid))


def main() -> None:
    """Fill a library, measure, print."""
    with filled(argparse.ArgumentParser(description=__doc__.splitlines()[0])) as asked:
        everything = list(questions())
        with threadpool_limits(1):  # as the server has it
            measure("The function", [(each.name, as_call(each.query)) for each in everything], asked.rounds)
        over_http(everything, asked.rounds)


if __name__ == "__main__":
    main()
