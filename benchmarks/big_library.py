"""A library of any size that is like a real one: for benchmarks of similarity, search and the API.

Embeddings are those of Panda's clips, each drawn again and again, drawn towards another clip and perturbed; titles,
artists, albums, genres and features are rows of Spotify's table of 114 genres. The two have nothing to do with
each other. Where the data folder is absent, both are drawn at random.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from reprise.records import FloatArray
from reprise.similarity.space import to_features, to_space
from reprise.targets import SPOTIFY_FEATURES

__all__ = ["DATA", "BigLibrary", "big_library"]

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"

_BATCH = 20_000


@dataclass(frozen=True, kw_only=True)
class BigLibrary:
    """A library of n songs.

    Attributes
    ----------
    titles, artists, albums, genres : lists of str, length n
        Columns hold what the table has, such as several artists joined by ``;``.
    values : float64 array, shape (n, 12)
        The features in the order of `reprise.targets.SPOTIFY_FEATURES`.
    duration_s : float64 array, shape (n,)
    features : float32 array, shape (n, 24)
        The same features as `reprise.similarity.space.to_features` makes them.
    vectors : float32 array, shape (n, 120)
        As `reprise.similarity.space.to_space` makes them.
    embeddings : float16 array, shape (n, 500)
        What the vectors are made of.
    real : bool
        Whether the data folder was there.
    """

    titles: list[str]
    artists: list[str]
    albums: list[str]
    genres: list[str]
    values: npt.NDArray[np.float64]
    duration_s: npt.NDArray[np.float64]
    features: FloatArray
    vectors: FloatArray
    embeddings: npt.NDArray[np.float16]
    real: bool


def big_library(n: int, *, data: Path = DATA, seed: int = 0) -> BigLibrary:
    """Make a library of n songs; the same seed makes the same."""
    rng = np.random.default_rng(seed)
    path = data / "tables" / "spotify_tracks_114_genres.parquet"
    real = path.is_file()
    table = _real_rows(path, n, rng) if real else _drawn_rows(n, rng)
    values = np.stack([table[name].to_numpy().astype(np.float64) for name in SPOTIFY_FEATURES], axis=1)
    text = {
        name: [str(cell or "") for cell in table[name].to_pylist()]
        for name in ("track_name", "artists", "album_name", "track_genre")
    }
    embeddings = _embeddings(n, data, rng)
    return BigLibrary(
        titles=text["track_name"],
        artists=text["artists"],
        albums=text["album_name"],
        genres=text["track_genre"],
        values=values,
        duration_s=table["duration_ms"].to_numpy() / 1000,
        features=to_features(values),
        vectors=np.concatenate([to_space(embeddings[i : i + _BATCH]) for i in range(0, n, _BATCH)]),
        embeddings=embeddings,
        real=real,
    )


def _real_rows(path: Path, n: int, rng: np.random.Generator) -> pa.Table:
    table = pq.read_table(path)
    parts = [rng.permutation(table.num_rows) for _ in range(n // table.num_rows + 1)]
    return table.take(np.concatenate(parts)[:n])


def _drawn_rows(n: int, rng: np.random.Generator) -> pa.Table:
    columns: dict[str, object] = {name: rng.random(n) for name in SPOTIFY_FEATURES}
    columns |= {"loudness": -60 * rng.random(n), "tempo": rng.uniform(60, 180, n)}
    columns |= {"key": rng.integers(0, 12, n), "mode": rng.integers(0, 2, n)}
    columns |= {"time_signature": np.full(n, 4), "duration_ms": rng.integers(60_000, 400_000, n)}
    columns |= {
        "track_name": [f"Song number {i}" for i in range(n)],
        "artists": [f"Artist {i // 20}" for i in range(n)],
        "album_name": [f"Album {i // 10}" for i in range(n)],
        "track_genre": [f"genre {i % 114}" for i in range(n)],
    }
    return pa.table(columns)


def _embeddings(n: int, data: Path, rng: np.random.Generator) -> npt.NDArray[np.float16]:
    path = data / "tables" / "panda_musicnn_original.npz"
    if path.is_file():
        with np.load(path, allow_pickle=False) as file:
            offset, patches = file["offset"], file["patches"].astype(np.float32)
        clips = np.add.reduceat(patches, offset[:-1], axis=0) / np.diff(offset)[:, None]
    else:
        clips = rng.gamma(0.5, size=(800, 500)).astype(np.float32)
    spread, parts = clips.std(axis=0), []
    for begin in range(0, n, _BATCH):
        m = min(_BATCH, n - begin)
        one, other = clips[rng.integers(len(clips), size=(2, m))]
        share = rng.uniform(0, 0.4, (m, 1))
        noise = 0.3 * spread * rng.standard_normal((m, clips.shape[1]))
        parts.append(((1 - share) * one + share * other + noise).astype(np.float16))
    return np.concatenate(parts)
