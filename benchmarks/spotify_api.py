"""How fast Spotify's API is at a hundred thousand tracks, over HTTP: ``python -m benchmarks.spotify_api``.

Fills a library of its own, as `benchmarks.library` does, or takes the one that is in ``--data``; on PostgreSQL where
``REPRISE_TEST_DATABASE`` says so. A server with one process is asked on loopback. The target is a 95th percentile below
50 ms for the audio features of a hundred tracks; it is printed over every single answer and, because others may work on
the machine, over the best answer to each question.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from urllib.parse import quote

import numpy as np

from benchmarks.recommendations import measure
from benchmarks.serving import filled, processor_s, served

QUESTIONS = 50
_TYPED = (
    "love", "the beatles", "bohemian rhapsody", "artist:queen", "track:yellow artist:coldplay", "album:live", "a",
    "love year:1990-1999", "genre:techno",
)  # fmt: skip


def paths() -> Iterator[tuple[str, str]]:
    """Name what is asked and say the path; ids are drawn at random from the whole library."""
    from reprise.web.library.models import Album, Artist, Track

    draw = np.random.default_rng(0)
    tracks = list(Track.objects.values_list("public_id", flat=True))
    artists = list(Artist.objects.filter(tracks__isnull=False).distinct().values_list("public_id", flat=True))
    albums = list(Album.objects.values_list("public_id", flat=True))
    for at in range(QUESTIONS):
        hundred = [str(each) for each in draw.choice(tracks, 100, replace=False)]
        artist, album = str(draw.choice(artists)), str(draw.choice(albums))
        yield "audio-features of 100", f"audio-features?ids={','.join(hundred)}"
        yield "audio-features of one", f"audio-features/{hundred[0]}"
        yield "tracks, 50 of them", f"tracks?ids={','.join(hundred[:50])}"
        yield "a track", f"tracks/{hundred[0]}"
        yield "an artist", f"artists/{artist}"
        yield "top tracks of an artist", f"artists/{artist}/top-tracks"
        yield "related artists", f"artists/{artist}/related-artists"
        yield "albums of an artist", f"artists/{artist}/albums"
        yield "an album", f"albums/{album}"
        typed = quote(_TYPED[at % len(_TYPED)])
        yield "search for tracks", f"search?type=track&q={typed}"
        yield "search for all types", f"search?type=track,artist,album,playlist&q={typed}"


def main() -> None:
    """Fill a library, measure, print."""
    with filled(argparse.ArgumentParser(description=__doc__.splitlines()[0])) as asked:
        _over_http(list(paths()), asked.rounds)


def _over_http(asked: list[tuple[str, str]], rounds: int) -> None:
    import httpx

    with served() as (base, pid), httpx.Client(base_url=base, timeout=120) as http:

        def ask(path: str) -> Callable[[], None]:
            def answer() -> None:
                got = http.get(f"/v1/{path}")
                if got.status_code != 200:
                    raise RuntimeError(f"{path}: {got.status_code} {got.text[:200]}")

            return answer

        begin = time.perf_counter()
        ask(asked[0][1])()
        print(f"\nfirst answer of a server: {time.perf_counter() - begin:.1f} s")
        measure("Over HTTP", [(name, ask(path)) for name, path in asked], rounds, lambda: processor_s(pid))


if __name__ == "__main__":
    main()
