"""Write docs/results.md: every finished run compared, with its pictures, from real runs on the data folder.

    reprise train NAME... --output .cache/runs      # each recipe once
    python tools/document_results.py --runs .cache/runs

Only figures and drawings are written: no row of a table, no name of a song.
"""

from __future__ import annotations

import argparse
from collections.abc import Collection, Sequence
from pathlib import Path

from reprise.errors import ModelError
from reprise.training.compare import (
    Comparison,
    Table,
    as_csv,
    compare,
    feature_table,
    genre_table,
    markdown_table,
)
from reprise.training.pictures import (
    draw_feature_run,
    draw_features_overview,
    draw_genre_run,
    draw_learning,
)
from reprise.training.random_split import split_scores
from reprise.training.recipe import read_recipe
from reprise.training.run import Run, load_examples, read_run
from reprise.training.sources import Place
from reprise.training.transfer import transfer_table

DOCS = Path(__file__).resolve().parents[1] / "docs"
SHOWN_FEATURES = ("musicnn-heads",)
SHOWN_GENRES = ("genre-lightgbm", "perceptron-69", "genre-fused")
SHOWN_LEARNING = ("multitask-rnn", "simple-cnn")

INTRODUCTION = """# Results: every model on the same split

Each row is a recipe in [`recipes/`](../recipes), trained by `reprise train NAME` and measured on artists that it did
not hear: the artists are dealt into five folds, the same for every recipe on a source, and each fold is held out in
turn (one fold for the big tables). `NAME.paper` follows an earlier study as far as it is known, `NAME` is the same
model tuned on validation folds.

```sh
reprise train {names} --output .cache/runs
python tools/document_results.py --runs .cache/runs
```

The machine had two cores of a shared 2.6 GHz processor, often busy with other work, and no GPU: take the training
times as orders of magnitude. All numbers, per class too, are in [`results/comparison.csv`](results/comparison.csv).
"""

FEATURES = """## Audio features

`n` songs carry Spotify's own values; R² with its 95 % interval (bootstrap over artists), Pearson's r with its p, MSE,
MAE and RMSE are on these. "R² on artist means" is on the clips that have only their artist's mean, of which there are
some 580. "Earlier" is what the study reported for this model, on some 21,000 other previews split at random: songs of
one artist on both sides make every model look better, and a narrow target makes any error small, so it is no aim here.

Two things are not alike. `numerical` hears nothing: it is told a song's valence, tempo, loudness, key, mode and metre,
and is measured on 48,215 songs of a table. The `combiner`s hear, and are told the same numbers, valence among them.

**What this says.** On some 550 training clips a network that learns to hear from nothing comes near the heads, whose
ears were trained by others on some 200,000 songs, for energy and acousticness alone. `refined-heads`, our attempt to
beat the default heads, equals them within the error ([what was tried](explanation/predicted-features.md)). Speechiness
has hardly any variance among songs: a small error is a bad R².

![R² of every model on every feature](results/features.png)
"""


GENRES = """## Genre

`spotify_genres`: the twelve audio features of the 114-genre table, ten genres (five folds) or all (one fold);
`audiofiler`: the 69 short-term features, 26 genres, one fold, with no artists to keep apart; `clips_genre`: the clips,
eleven coarse genres. "Earlier" is the study's accuracy on ten other genres, some 9,100 tracks each, split at random.
"""

SPLITS = """### What the split alone makes

The same recipes on the same ten genres, dealt by artist as everywhere here, and dealt song by song as in the earlier
study, which had .66 for the forest and .67 for LightGBM:

| recipe | top-1, artists unheard | top-1, songs at random |
|---|---|---|
{rows}

```sh
python -m reprise.training.random_split {names}
```
"""

TRANSFER = """### Models of AudioFiler's genres on clips from elsewhere

"Prior taken back" divides by the table's shares of the genres to that power.

{table}

```sh
python -m reprise.training.transfer {names} --runs .cache/runs
```
"""


def main() -> None:
    """Read the runs, write the page and its pictures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=Path, default=Path(".cache/runs"))
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--cache", type=Path, default=Path(".cache/reprise"))
    options = parser.parse_args()
    place = Place(data=options.data, cache=options.cache)
    runs = list(_finished(options.runs))
    comparison = compare(runs)
    folder = DOCS / "results"
    folder.mkdir(exist_ok=True)
    (folder / "comparison.csv").write_text(as_csv(comparison), encoding="utf-8")
    page = [INTRODUCTION.format(names="\\\n  ".join(_wrapped([run.name for run in runs])))]
    if comparison.features:
        draw_features_overview(comparison).savefig(
            folder / "features.png", dpi=80, metadata={"Software": None}
        )
        page += [FEATURES, *_features(comparison), *_feature_pictures(runs, folder)]
    if comparison.genres:
        page += [
            GENRES,
            markdown_table(genre_table(comparison)) + "\n",
            *_genre_pictures(runs, comparison, folder),
        ]
        page += _splits({run.name for run in runs}, place) + _transfer(runs, options.runs, place)
    (DOCS / "results.md").write_text("\n".join(page).rstrip() + "\n", encoding="utf-8")
    print(f"{len(runs)} runs written to {DOCS / 'results.md'}")


def _finished(folder: Path) -> Sequence[Run]:
    runs = []
    for card in sorted(folder.glob("*/card.json")):
        try:
            runs.append(read_run(card.parent))
        except ModelError as error:
            print(f"left out: {error}")
    return runs


def _wrapped(names: Sequence[str]) -> list[str]:
    return [" ".join(names[i : i + 6]) + " " for i in range(0, len(names), 6)]


def _features(comparison: Comparison) -> list[str]:
    """One table a feature: side by side they would be too wide to read."""
    table = feature_table(comparison)
    parts = []
    for target in dict.fromkeys(row[0] for row in table.rows):
        rows = tuple(row[1:] for row in table.rows if row[0] == target)
        parts.append(f"### {target.capitalize()}\n\n{markdown_table(Table(table.header[1:], rows))}\n\n")
    return parts


def _feature_pictures(runs: Sequence[Run], folder: Path) -> list[str]:
    parts = []
    for run in runs:
        if run.name in SHOWN_FEATURES:
            for name, picture in draw_feature_run(run):
                picture.savefig(folder / f"{name}.png", dpi=60, metadata={"Software": None})
                parts.append(f"![{name.replace('-', ' ')}](results/{name}.png)\n")
        if run.name in SHOWN_LEARNING and any(run.histories):
            name = f"{run.name}-learning"
            draw_learning(run).savefig(folder / f"{name}.png", dpi=70, metadata={"Software": None})
            parts.append(f"![learning curves of {run.name}](results/{name}.png)\n")
    what = "Predicted against true with the 80 % band, residuals, error by value; distributions; learning curves."
    return [f"### Pictures\n\n{what}\n", *parts]


def _genre_pictures(runs: Sequence[Run], comparison: Comparison, folder: Path) -> list[str]:
    parts = []
    rows = {row.run: row for row in comparison.genres}
    for run in runs:
        if run.name not in SHOWN_GENRES:
            continue
        parts.append(f"### {run.name}\n")
        for name, picture in draw_genre_run(run, rows[run.name]):
            picture.savefig(folder / f"{name}.png", dpi=60, metadata={"Software": None})
            parts.append(f"![{name.replace('-', ' ')}](results/{name}.png)\n")
    return parts


def _splits(finished: Collection[str], place: Place) -> list[str]:
    names = [name for name in ("genre-forest.paper", "genre-lightgbm.paper") if name in finished]
    rows = []
    for name in names:
        recipe = read_recipe(name)
        scores = split_scores(recipe, load_examples(recipe, place))
        rows.append(f"| {name} | {scores.by_artist:.3f} | {scores.at_random:.3f} |")
    return [SPLITS.format(rows="\n".join(rows), names=" ".join(names))] if names else []


def _transfer(runs: Sequence[Run], folder: Path, place: Place) -> list[str]:
    names = [run.name for run in runs if run.is_genre and run.card["data"]["source"] == "audiofiler"]
    if not names:
        return []
    return [TRANSFER.format(table=transfer_table(names, folder, place), names=" ".join(names))]


if __name__ == "__main__":
    main()
