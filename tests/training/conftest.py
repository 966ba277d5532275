"""A tiny data folder: tables with the real columns, and features of clips in which the labels can be heard."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reprise.datasets import emotify, gtzan, panda
from reprise.targets import EMOTIONS, HEADS, QUADRANTS, SPOTIFY_FEATURES
from reprise.training.shipped.corpus import Corpus, _state_of_the_code

SIZES = {"embedding": 12, "pooled": 6, "tag_logits": 100, "mel": 8, "short_term": 69, "measured": 5}
N_PANDA, N_EMOTIFY, N_CLASSICAL, N_SPEECH = 90, 160, 6, 4
GENRES = ("Jazz", "Electronic", "Classical", "Country")


@dataclass(frozen=True, kw_only=True)
class Tiny:
    """The folder, a cache that already holds the features, and the features."""

    folder: Path
    cache: Path
    corpus: Corpus


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Tiny:
    """Ninety songs by thirty artists, 160 rated clips, a little classical music and speech."""
    rng = np.random.default_rng(0)
    folder, cache = tmp_path_factory.mktemp("data"), tmp_path_factory.mktemp("cache")
    for name in ("labels", "tables"):
        (folder / name).mkdir()
    counts = {"clips/panda/p": N_PANDA, "clips/emotify/e": N_EMOTIFY, "clips/gtzan_classical/c": N_CLASSICAL}
    music = [f"{start}{i:03}.opus" for start, n in counts.items() for i in range(n)]
    clips = [*music, *(f"speech/mix-{i:02}" for i in range(N_SPEECH))]
    groups = {
        name: np.abs(rng.standard_normal((len(clips), size))).astype(np.float32)
        for name, size in SIZES.items()
    }
    corpus = Corpus(clips=tuple(clips), groups=groups)
    _write_tables(folder, corpus, rng)
    np.savez(cache / f"corpus-{_state_of_the_code()}.npz", clips=np.array(clips), **groups)
    statistics = np.abs(rng.standard_normal((len(music), len(gtzan.COLUMNS)))) + 0.1
    np.savez(cache / "timbre.npz", clips=np.array(music), statistics=statistics)
    return Tiny(folder=folder, cache=cache, corpus=corpus)


def _write_tables(folder: Path, corpus: Corpus, rng: np.random.Generator) -> None:
    x = corpus.groups["embedding"]
    level = 1 / (1 + np.exp(-2 * (x[:, :9] - x[:, :9].mean(axis=0))))  # what can be heard, 0..1
    rows = []
    for i in range(N_PANDA):
        true, weak = (level[i, :7] + 0.03 * rng.standard_normal(7) for _ in range(2))
        row = dict.fromkeys(panda.DESCRIPTION.columns, "") | {
            "clip": corpus.clips[i], "artist_key": f"artist{i % 30}", "genres": GENRES[i % 4],
            "quadrant": QUADRANTS[int(np.argmax(x[i, :4]))], "artist_mean_n": "20",
            "tag_valence_1_9": str(1 + 8 * level[i, 6]), "tag_arousal_1_9": str(1 + 8 * level[i, 1]),
            **{f"artist_mean_{name}": str(v) for name, v in zip(HEADS, np.clip(weak, 0, 1), strict=True)},
        }  # fmt: skip
        if i % 2:
            row |= {f"spotify_{name}": str(v) for name, v in zip(HEADS, np.clip(true, 0, 1), strict=True)}
        rows.append(row)
    _write_csv(folder / "labels" / "panda.csv", rows)
    first = N_PANDA
    _write_csv(
        folder / "labels" / "emotify.csv",
        [
            {"clip": corpus.clips[first + i], "genre": emotify.GENRES[i % 4], "raters": str(10 + i % 40)}
            | {name: str(v) for name, v in zip(EMOTIONS, level[first + i], strict=True)}
            for i in range(N_EMOTIFY)
        ],
    )
    statistics = np.abs(rng.standard_normal((40, 52))) + 0.1
    _write_csv(
        folder / "tables" / "gtzan_features57.csv",
        [
            dict(zip(gtzan.COLUMNS, map(str, row), strict=True))
            | {"filename": f"rock.{i:05}.wav", "label": "rock", "artist": f"Artist {i % 35}", "title": ""}
            | dict.fromkeys((f"spotify_{name}" for name in SPOTIFY_FEATURES), "0.5")
            | {f"spotify_{name}": str(min(1.0, row[k])) for k, name in enumerate(HEADS)}
            for i, row in enumerate(statistics)
        ],
    )
    genres = {"track_genre": ["classical", "classical", "rock"]}
    table = pa.table(genres | {name: [0.1 * k, 0.1 * k, 0.9] for k, name in enumerate(HEADS)})
    pq.write_table(table, folder / "tables" / "spotify_tracks_114_genres.parquet")


def _write_csv(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
