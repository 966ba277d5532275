"""How fast a library of a hundred thousand tracks answers: ``python -m benchmarks.library``.

Fills a library of its own (`benchmarks.fill_library`) in a temporary folder, on SQLite, or on PostgreSQL where
``REPRISE_TEST_DATABASE`` says so: ``tools/postgresql.sh run .venv/bin/python -m benchmarks.library``. Each thing is
asked of the service functions and, in a second table, over HTTP on loopback of a server with one process. Of each
question the best of the rounds counts, as others may work on the machine; percentiles are over the questions.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from benchmarks.serving import filled, processor_s, served

QUESTIONS = 40
QUERIES = ("energy>0.7", "genre:house", "love", "tempo:110-130 valence>0.5", "-genre:rock")
LISTS = (("", "-added_at"), ("", "title"), ("", "artist"), ("", "-energy"), ("energy>0.7", "tempo"),
         ("genre:house", "title"), ("-genre:rock", "-year"), ("year>2000 mood:happy", "album"))  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Question:
    """One thing that is asked, of a function and over HTTP.

    Attributes
    ----------
    name : str
        Of the row that it counts in.
    call : callable
    path : str
        Behind ``/api/v1``; empty where HTTP has no such thing.
    body : dict or None
        What is posted.
    """

    name: str
    call: Callable[[], Any]
    path: str = ""
    body: dict[str, Any] | None = None


def questions() -> Iterator[Question]:
    """Ask everything that has a target, of forty tracks."""
    from benchmarks.search import QUERIES as SEARCHES
    from benchmarks.search import TYPED
    from reprise.web.api.shapes import summaries_in_order, track_page
    from reprise.web.library.distributions import distributions
    from reprise.web.library.groups import groups_state, map_points
    from reprise.web.library.search import find, look_up, sorted_by, suggest

    for typed in TYPED:
        for end in range(1, len(typed) + 1):
            q = typed[:end]
            yield Question(
                name="suggest, a keystroke", call=lambda q=q: suggest(q), path=_path("/suggest", q=q)
            )
    for q in SEARCHES:
        yield Question(
            name="search and a page",
            call=lambda q=q: summaries_in_order(look_up(q).keys),
            path=_path("/search", q=q),
        )
    for q, sort in LISTS:
        yield Question(
            name="list, sorted and filtered",
            call=lambda q=q, sort=sort: track_page(sorted_by(find(q), sort), 50, 0),
            path=_path("/tracks", q=q, sort=sort),
        )
    yield from _alike()
    yield Question(name="map", call=map_points, path="/map")
    yield Question(name="groups", call=groups_state, path="/groups")
    for q in ("", *QUERIES):
        yield Question(
            name="distributions", call=lambda q=q: distributions(q), path=_path("/distributions", q=q)
        )


def _alike() -> Iterator[Question]:
    import numpy as np

    from reprise.web.library.audience import audience
    from reprise.web.library.models import Track
    from reprise.web.library.similar import Wanted, artists_near, keys_near, keys_on_path

    count = Track.objects.count()
    chosen = np.random.default_rng(0).choice(count, QUESTIONS, replace=False)
    keys = np.array(Track.objects.order_by("pk").values_list("pk", flat=True))[chosen].tolist()
    tracks = [Track.objects.get(pk=key) for key in keys]
    variants = {
        "similar": [{}], "similar, a query": [{"q": q} for q in QUERIES],
        "similar, features count": [{"features_weight": 0.3}],
        "similar, one an artist": [{"per_artist": 1, "per_album": 1}],
    }  # fmt: skip
    for at, track in enumerate(tracks):
        id_ = f"/tracks/{track.public_id}"
        for name, options in variants.items():
            wanted = options[at % len(options)]
            yield Question(
                name=name,
                call=lambda t=track, w=wanted: _shown(keys_near({t.pk: 1.0}, Wanted(**w))),
                path=_path(f"{id_}/similar", **wanted),
            )
        b, c = tracks[at - 1], tracks[at - 2]
        yield Question(
            name="mix of three",
            call=lambda a=track, b=b, c=c: _shown(keys_near({a.pk: 1, b.pk: 0.5, c.pk: -0.3}, Wanted())),
            path="/mix",
            body={
                "tracks": [
                    {"id": each.public_id, "weight": w}
                    for each, w in zip((track, b, c), (1, 0.5, -0.3), strict=True)
                ]
            },
        )
        yield Question(
            name="path of eight",
            call=lambda a=track, b=b: _shown(keys_on_path(a.pk, b.pk, 8)),
            path=_path("/path", **{"from": track.public_id, "to": b.public_id}),
        )
        yield Question(
            name="similar artists",
            call=lambda t=track: artists_near(t.artist_id, t.pk, 10),
            path=f"{id_}/artists",
        )
        yield Question(name="audience", call=lambda t=track: audience(t), path=f"{id_}/audience")
        yield Question(name="a track", call=lambda: None, path=id_)


def _shown(found: Iterable[tuple[int, Any]]) -> list[dict[str, Any]]:
    from reprise.web.api.shapes import summaries_in_order

    return summaries_in_order([key for key, _ in found])


def _path(where: str, **asked: Any) -> str:
    return f"{where}?{urlencode(asked)}"


def _timed(call: Callable[[], Any]) -> float:
    begin = time.perf_counter()
    call()
    return 1000 * (time.perf_counter() - begin)


def _table(
    title: str, rounds: int, asked: Iterable[tuple[str, str, Callable[[], Any]]], spent_s: Callable[[], float]
) -> None:
    import numpy as np

    best: dict[str, dict[str, Any]] = {}
    everything = list(asked)
    for _ in range(rounds):
        for name, what, call in everything:
            row, before = best.setdefault(name, {}), spent_s()
            times = (_timed(call), 1000 * (spent_s() - before))
            row[what] = np.minimum(times, row.get(what, np.inf))
    print(f"\n{title}\n\n| what | questions | p50 ms | p95 ms | slowest ms | processor, p50 ms | p95 ms |")
    print("|---|---|---|---|---|---|---|")
    for name, row in best.items():
        clock, processor = np.array(list(row.values())).T
        at = [np.percentile(clock, q) for q in (50, 95, 100)] + [
            np.percentile(processor, q) for q in (50, 95)
        ]
        print(f"| {name} | {len(row)} | " + " | ".join(f"{ms:.1f}" for ms in at) + " |", flush=True)


def functions(rounds: int) -> None:
    """Measure the service functions in this process, what is done once first."""
    from django.utils import timezone

    from reprise.web.library.distributions import distributions
    from reprise.web.library.models import Analysis
    from reprise.web.library.search import suggest
    from reprise.web.library.vectors import library_vectors

    before = _memory_mb()
    print(f"first load of the vectors: {_timed(library_vectors):.0f} ms")
    print(f"memory at its highest, before and after: {before:.0f} MB, {_memory_mb():.0f} MB")
    print(f"first suggestion: {_timed(lambda: suggest('beatl')):.0f} ms")
    print(f"first distributions: {_timed(distributions):.0f} ms")
    looks = [_timed(lambda: library_vectors(now=True)) for _ in range(5)]
    print(f"look whether there are new vectors, once a second: {min(looks):.1f} ms")
    changed = []
    for key in Analysis.objects.values_list("pk", flat=True)[:5]:
        Analysis.objects.filter(pk=key).update(changed_at=timezone.now())
        changed.append(_timed(lambda: library_vectors(now=True)))
    print(f"take a new vector in: {min(changed):.1f} ms", flush=True)
    asked = [(each.name, str(at), each.call) for at, each in enumerate(questions()) if each.name != "a track"]
    _table("The functions", rounds, asked, time.thread_time)


def over_http(rounds: int) -> None:
    """Measure a server's answers, read whole."""
    import httpx

    with served() as (base, pid), httpx.Client(base_url=base, timeout=120) as http:
        token = http.get("/api/v1/session").json()["csrf"]

        def ask(each: Question) -> None:
            url, headers = f"/api/v1{each.path}", {"X-CSRFToken": token}
            answer = http.get(url) if each.body is None else http.post(url, json=each.body, headers=headers)
            if answer.status_code != 200:
                raise RuntimeError(f"{url}: {answer.status_code} {answer.text[:200]}")

        asked = [
            (each.name, str(at), lambda each=each: ask(each))
            for at, each in enumerate(questions())
            if each.path
        ]
        _table("Over HTTP", rounds, asked, lambda: processor_s(pid))


def _memory_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


def make_groups_alone() -> None:
    """Make map and clusters, and print what that took; meant for a process of its own."""
    from reprise.web.boot import boot

    boot()
    from reprise.web.library.groups import make_groups

    began, stages = time.perf_counter(), []
    made = make_groups(lambda stage, fraction: stages.append((stage, time.perf_counter() - began)))
    ends = [*(at for _, at in stages[1:]), time.perf_counter() - began]
    print(
        f"map and clusters: {ends[-1]:.0f} s, {time.process_time():.0f} s of the processor,"
        f" {_memory_mb():.0f} MB at its highest; {len(made['clusters'])} clusters, {made['map_method']}; "
        + json.dumps({stage: round(end - at, 1) for (stage, at), end in zip(stages, ends, strict=True)}),
        flush=True,
    )


def main() -> None:
    """Fill a library, measure, print."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--no-groups", action="store_true", help="leave map and clusters as they are")
    with filled(options) as asked:
        if not asked.no_groups:
            alone = multiprocessing.get_context("spawn").Process(target=make_groups_alone)
            alone.start()
            alone.join()
        functions(asked.rounds)
        over_http(asked.rounds)


if __name__ == "__main__":
    main()
