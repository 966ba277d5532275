"""A user's own store trains any recipe."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from reprise.datasets.cleaning import Cleaning, clean
from reprise.datasets.rows import ArtistRow, LabelRow, TrackRow
from reprise.datasets.split import Splitting, split
from reprise.datasets.store import Source, Store
from reprise.errors import DatasetError, UnknownNameError
from reprise.training.recipe import read_recipe
from reprise.training.run import load_examples, run_recipe
from reprise.training.sources import Place

N = 80


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Eighty songs by twenty artists; energy follows loudness, polkas are fast, every tenth song is of two genres."""
    rng = np.random.default_rng(0)
    store = Store(tmp_path / "songs.sqlite")
    songs = []
    for i in range(N):
        polka, energy = i % 2, float(rng.random())
        features = (
            0.5,
            energy,
            int(i % 12),
            -20 + 15 * energy,
            1,
            0.1,
            0.2,
            0.3,
            0.4,
            0.5,
            100 + 50 * polka,
            4,
        )
        genres = (("polka",) if polka else ("drone",)) + (("jazz",) if i % 10 == 0 else ())
        songs.append(
            TrackRow(
                catalogue="mine", ref=f"s{i}", title=f"Song {i}", artists=(ArtistRow(name=f"artist {i % 20}"),),
                features=features, duration_ms=200_000, labels=tuple(LabelRow(name=g) for g in genres),
            )
        )  # fmt: skip
    source = Source(provider="table", licence="none", run_id=store.begin_run("table", {}))
    with store.transaction():
        store.add(songs, source)
    store.close()
    return tmp_path / "songs.sqlite"


def examples(path: Path, recipe: str, **changes: object):
    settings = {"data.source": "store", "data.path": str(path), "data.targets": [], "data.tested": 2}
    read = read_recipe(recipe, settings | {key.replace("__", "."): value for key, value in changes.items()})
    return read, load_examples(read, Place(data=path.parent, cache=path.parent / "cache"))


def test_features_from_numbers(path: Path, tmp_path: Path) -> None:
    recipe, rows = examples(path, "numerical.paper", data__targets=["energy"], training__epochs=40)
    assert len(rows) == N
    assert rows.own.all()
    run = run_recipe(recipe, rows, tmp_path / "run")
    assert run.card["metrics"]["energy"]["r2"] > 0.5


def test_genres_from_audio_features_without_songs_of_two(path: Path) -> None:
    _, rows = examples(path, "genre-logistic")
    assert rows.is_genre
    # Jazz never stands alone, so no song has it as its only genre; songs of two are left out.
    assert rows.targets == ("drone", "jazz", "polka")
    assert len(rows) == N - N // 10
    assert rows.values.sum(axis=0).tolist() == [N // 2 - N // 10, 0, N // 2]


def test_a_split_of_the_store_is_kept(path: Path) -> None:
    with Store(path) as store:
        clean(store, Cleaning(min_per_genre=9))
        split(store, Splitting(shares=(0.6, 0.2, 0.2), stratify=None), selection="clean")
        truth = dict(
            store.select(
                "SELECT t.catalogue || ':' || t.ref, st.part FROM split_tracks st JOIN tracks t ON t.id = st.track_id"
            )
        )
    chosen = {"data__selection": "clean", "data__split": "split", "data__targets": ["energy"]}
    _, rows = examples(path, "numerical.paper", data__tested=1, **chosen)
    part = rows.part(0)
    for name in ("train", "validation", "test"):
        of_part = {rows.ids[row] for row in getattr(part, name)}
        assert of_part == {track for track, where in truth.items() if where == name}
    with pytest.raises(DatasetError, match="tested=1"):
        examples(path, "numerical.paper", **chosen)
    with pytest.raises(UnknownNameError, match="did you mean 'split'"):
        examples(path, "numerical.paper", data__split="splat", data__tested=1)


def test_clips_are_turned_into_arrays_and_songs_without_one_left_out(path: Path) -> None:
    rng = np.random.default_rng(1)
    with Store(path) as store:
        ids = [track for (track,) in store.select("SELECT id FROM tracks ORDER BY id LIMIT 12")]
        for track in ids:
            sound = path.parent / f"{track}.wav"
            soundfile.write(sound, 0.1 * rng.standard_normal(44100 * 2), 44100)
            with store.transaction():
                store.write(
                    "INSERT INTO previews (track_id, provider, url, state, path, provenance_id)"
                    " VALUES (?, 'x', ?, 'saved', ?, (SELECT min(id) FROM provenance))",
                    [(track, f"x:{track}", str(sound))],
                )
    _, rows = examples(path, "mfcc-cnn", data__targets=["energy"])
    assert len(rows) == 12
    assert rows.inputs["mfcc"].shape == (12, 20, 160)


def test_what_is_not_there_is_said(path: Path) -> None:
    with pytest.raises(DatasetError, match=r"no store.*--set data.path"):
        examples(path.with_name("none.sqlite"), "mfcc-cnn")
    with pytest.raises(DatasetError, match="no song has labels and mfcc"):
        examples(path, "mfcc-cnn", data__targets=["energy"])
    with pytest.raises(UnknownNameError, match=r"unknown input 'analysis\.embedding'"):
        examples(path, "musicnn-heads")
