"""Print the figures of docs/explanation/recommendations.md: ``python tools/measure_recommendations.py [DATA]``.

Emotify's 332 clips are listened to and put into a library of their own, whose service is then asked. Of these clips
neither the space of similarity nor the genre model has seen anything; their four genres are not told to the library.
Takes some four minutes; with ``--keep FOLDER`` the library stays and is used again. ``--spreads`` prints instead how
far two songs of Spotify's table of 114 genres are apart at the mean, which targets are measured by.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

from reprise.analysis import analyze_many
from reprise.records import Tags, TrackAnalysis

WEIGHTS = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0)
SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
COUNT, ASKED = 10, 200


def spreads(data: Path) -> None:
    """Print the mean distance of two different songs, attribute by attribute."""
    from reprise.web.library.recommending import SPREADS

    table = pq.read_table(data / "tables" / "spotify_tracks_114_genres.parquet")
    _, first = np.unique(table["track_id"].to_pylist(), return_index=True)
    for name in SPREADS:
        x = table[name].to_numpy()[first].astype(np.float64)
        if name == "key":
            counts = np.bincount(x.astype(int), minlength=12) / x.size
            steps = np.array([[min(f := 7 * (a - b) % 12, 12 - f) for a in range(12)] for b in range(12)])
            mean = float(counts @ steps @ counts)
        else:
            # Gini's mean difference, from the order.
            x.sort()
            n = x.size
            mean = float(2 * np.sum((2 * np.arange(1, n + 1) - n - 1) * x) / (n * (n - 1)))
        print(f"{name:<18}{mean:>12.4g}   used: {SPREADS[name]:g}")


def fill(data: Path) -> None:
    """Listen to Emotify's clips and store them."""
    from reprise.web.library.models import Track
    from reprise.web.library.storing import describe, store_analysis

    for heard in analyze_many(sorted((data / "clips" / "emotify").glob("*.opus")), jobs=1, embedding=True):
        if isinstance(heard, TrackAnalysis):
            path = Path(str(heard.path))
            track = Track(path=str(path), size=1, mtime_ns=1)
            describe(track, Tags(title=path.stem))
            track.save()
            store_analysis(track, heard)


def truth() -> dict[int, str]:
    """Return the genre of every track, which the library does not know."""
    from reprise.web.library.models import Track

    return {key: Path(path).stem.rpartition("_")[0] for key, path in Track.objects.values_list("pk", "path")}


def draws(genres: dict[int, str], seeds: int, alike: bool) -> Iterator[list[int]]:
    """Draw seeds: of one genre, or each of another."""
    rng, keys = np.random.default_rng(seeds), np.array(sorted(genres))
    for _ in range(ASKED):
        while True:
            drawn = rng.choice(keys, seeds, replace=False).tolist()
            if len({genres[key] for key in drawn}) == (1 if alike else seeds):
                break
        yield drawn


def asked(keys: Sequence[int], names: dict[int, str], **wishes: Any) -> list[Any]:
    """Ask for ten tracks."""
    from reprise.web.library.recommending import Seed, Wishes, recommend

    seeds = [Seed(kind="track", id=names[key]) for key in keys]
    return recommend(seeds, Wishes(limit=COUNT, **wishes)).tracks


def seeds(genres: dict[int, str], names: dict[int, str]) -> None:
    """Print which share of what is recommended has a genre of the seeds."""
    print("| seeds | of a genre of the seeds | drawn at random |\n| --- | --: | --: |")
    for title, count, alike in (
        ("one track", 1, True), ("two of one genre", 2, True), ("five of one genre", 5, True),
        ("two of different genres", 2, False), ("three of different genres", 3, False),
    ):  # fmt: skip
        shares, chance = [], []
        for keys in draws(genres, count, alike):
            wanted = {genres[key] for key in keys}
            shares.append(np.mean([genres[track.pk] in wanted for track in asked(keys, names)]))
            chance.append(np.mean([genre in wanted for key, genre in genres.items() if key not in keys]))
        print(f"| {title} | {np.mean(shares):.3f} | {np.mean(chance):.3f} |", flush=True)
    print()


def of_genres(genres: dict[int, str]) -> None:
    """Print how pure lists from a genre as the seed are, by how much the label counts beside the sound."""
    from reprise.web.library import recommending
    from reprise.web.library.recommending import Seed, Wishes, available_genres, recommend

    shipped = recommending._SHARE_OF_LABEL

    known = [name for name in ("classical", "electronic", "pop", "rock") if name in available_genres()]
    print("| label's share | " + " | ".join(known) + " | mean |\n| --- |" + " --: |" * (len(known) + 1))
    for share in SHARES:
        recommending._SHARE_OF_LABEL = share
        found = []
        for name in known:
            tracks = recommend([Seed(kind="genre", id=name)], Wishes(limit=20)).tracks
            found.append(np.mean([genres[track.pk] == name for track in tracks]))
        print(f"| {share} | " + " | ".join(f"{v:.2f}" for v in [*found, np.mean(found)]) + " |", flush=True)
    recommending._SHARE_OF_LABEL = shipped
    labelled = [
        np.mean([genres[key] == name for key in _members(name)]) if _members(name) else np.nan
        for name in known
    ]
    print(
        "| all that are labelled | " + " | ".join(f"{v:.2f}" for v in [*labelled, np.mean(labelled)]) + " |\n"
    )


def _members(name: str) -> list[int]:
    from reprise.web.library.models import TrackLabel

    return list(TrackLabel.objects.filter(kind="genre", name=name).values_list("track_id", flat=True))


def targets(genres: dict[int, str], names: dict[int, str]) -> None:
    """Print what targets gain in nearness and cost in likeness, by their weight."""
    from reprise.web.library import recommending
    from reprise.web.library.recommending import SPREADS
    from reprise.web.library.vectors import library_vectors

    library, rng = library_vectors(), np.random.default_rng(1)
    wishes: list[tuple[int, dict[str, float]]] = []
    for count in (1, 3):
        for (key,) in draws(genres, 1, True):
            chosen = rng.choice([name for name in SPREADS if name != "time_signature"], count, replace=False)
            # Somebody else's values: they occur together.
            other = rng.integers(library.keys.size)
            values = {name: float(recommending._column(library, name)[other]) for name in chosen.tolist()}
            if np.isfinite(list(values.values())).all():
                wishes.append((key, values))
    print(
        "| weight | one target: away | three: away | one: genre of the seed | three |\n| --- | --: | --: | --: | --: |"
    )
    measure: Callable[[list[int], dict[str, float]], float] = lambda rows, aimed: float(  # noqa: E731
        np.mean([recommending._distance(library, name, value)[rows] for name, value in aimed.items()])
    )
    for weight in WEIGHTS:
        recommending._WEIGHT_OF_TARGETS = weight
        rows = []
        for key, aimed in wishes:
            tracks = asked([key], names, targets=aimed)
            away = measure(library.rows_of([t.pk for t in tracks]).tolist(), aimed)
            rows.append((len(aimed), away, np.mean([genres[t.pk] == genres[key] for t in tracks])))
        _print_row(f"{weight:g}", np.array(rows))
    best = []
    for key, aimed in wishes:
        away = np.mean(
            [recommending._distance(library, name, value) for name, value in aimed.items()], axis=0
        )
        order = np.argsort(away)[:COUNT]
        share = np.mean([genres[int(library.keys[row])] == genres[key] for row in order])
        best.append((len(aimed), away[order].mean(), share))
    _print_row("nearest, whatever they sound like", np.array(best))


def _print_row(title: str, rows: npt.NDArray[np.float64]) -> None:
    one, three = rows[rows[:, 0] == 1], rows[rows[:, 0] == 3]
    cells = [one[:, 1].mean(), three[:, 1].mean(), one[:, 2].mean(), three[:, 2].mean()]
    print(f"| {title} | " + " | ".join(f"{cell:.3f}" for cell in cells) + " |", flush=True)


def main() -> None:
    """Fill, ask, print."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("data", nargs="?", type=Path, default=Path("../shared/data"))
    options.add_argument("--keep", type=Path, help="a folder for the library; one that is there is used")
    options.add_argument("--spreads", action="store_true")
    given = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="reprise-recommendations-") as folder:
        os.environ["REPRISE_DATA"], os.environ["REPRISE_DATABASE"] = str(given.keep or folder), ""
        from reprise.web.boot import boot

        boot()
        if given.spreads:
            spreads(given.data)
            return
        from reprise.web.library.models import Track

        if not Track.objects.exists():
            fill(given.data.resolve())
        genres, names = truth(), dict(Track.objects.values_list("pk", "public_id"))
        seeds(genres, names)
        of_genres(genres)
        targets(genres, names)


if __name__ == "__main__":
    main()
