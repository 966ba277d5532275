"""``reprise cluster`` on real arrays, real files and a real store: the table, the files, and what goes wrong."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from reprise.cli import main
from reprise.datasets.arrays import ArrayStore, Shard
from reprise.datasets.rows import ArtistRow, LabelRow, TrackRow
from reprise.datasets.store import PreviewResult, Source, Store
from reprise.demo import PIECES, render
from reprise.features.clip_sets import CLIP_SETS
from reprise.features.musicnn import MSD_TAGS, MTT_TAGS

TAGS = MSD_TAGS + MTT_TAGS
STYLES = {"rock": ("rock", "punk"), "jazz": ("jazz", "piano"), "techno": ("techno", "beat")}
SONGS = 12


@pytest.fixture(scope="module")
def arrays(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Arrays of three styles, as reprise dataset features leaves them; one song has no tags."""
    folder = tmp_path_factory.mktemp("arrays")
    rng = np.random.default_rng(0)
    ids = tuple(f"music/{style}-{i:02d}.wav" for style in STYLES for i in range(SONGS))
    embeddings = rng.normal(size=(3, 400)).repeat(SONGS, axis=0) + 0.2 * rng.normal(size=(3 * SONGS, 400))
    tags = rng.uniform(0, 0.05, size=(3 * SONGS, 100))
    for row, names in enumerate(STYLES.values()):
        tags[row * SONGS : (row + 1) * SONGS, [TAGS.index(name) for name in names]] += 0.8, 0.6
    for name, songs, values in (
        ("musicnn", (*ids, "music/untagged.wav"), np.vstack([embeddings, embeddings[:1]])),
        ("tags", ids, tags),
    ):
        store = ArrayStore(folder / name, CLIP_SETS[name].definition)
        durations_s = np.full(len(songs), 30, np.float32)
        store.add(Shard(ids=songs, values=values.astype(np.float32), durations_s=durations_s))
    return folder


@pytest.fixture(scope="module")
def labels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("labels") / "labels.csv"
    rows = [f"{style}-{i:02d}.wav,{style.title()}" for style in STYLES for i in range(SONGS - 2)]
    path.write_text("\n".join(["clip,genre", *rows, "rock-10.wav,=cmd; Folk"]) + "\n")
    return path


def test_the_table_names_clusters_and_compares_them_with_genres(
    arrays: Path, labels: Path, capsys: pytest.CaptureFixture[str]
):
    assert main(["cluster", "--arrays", str(arrays), "--labels", str(labels), "--method", "kmeans"]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "kmeans: 3 clusters of 36 songs; silhouette 0." in out
    assert "genres of 30 songs NMI 1.000, ARI 1.000" in out
    for word in ("rock, punk", "jazz, piano", "techno, beat"):
        assert word in out
    assert "hdbscan" not in out


def test_the_files_hold_all_of_it(arrays: Path, labels: Path, tmp_path: Path):
    arguments = ["cluster", "--arrays", str(arrays), "--labels", str(labels), "--output", str(tmp_path)]
    assert main(arguments) == 0
    with (tmp_path / "clusters.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 36
    assert rows[0]["id"] == "music/jazz-00.wav"
    for row in rows:
        style = row["id"][6:].partition("-")[0]
        assert row["kmeans_name"] == row["hdbscan_name"] == ", ".join(STYLES[style])
    report = json.loads((tmp_path / "clusters.json").read_text(encoding="utf-8"))
    assert report["songs"] == 36
    assert report["map"]["method"] == "pca"
    k_means, hdbscan = report["clusterings"]
    assert (k_means["method"], hdbscan["method"]) == ("kmeans", "hdbscan")
    assert max(k_means["silhouette_by_k"], key=k_means["silhouette_by_k"].get) == "3"
    assert k_means["genre"] == {"count": 30, "nmi": pytest.approx(1), "ari": pytest.approx(1)}
    first = k_means["clusters"][0]
    assert (first["cluster"], first["size"]) == (1, 12)
    assert list(first["genres"].values()) == [1.0]
    assert (tmp_path / "map.png").read_bytes().startswith(b"\x89PNG")
    assert "techno-11.wav" in (tmp_path / "map.html").read_text(encoding="utf-8")


def test_files_are_listened_to_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    for piece in PIECES[2:6]:
        soundfile.write(tmp_path / f"{piece.name}.wav", render(piece, 16000)[:, : 16000 * 4].T, 16000)
    (tmp_path / "broken.mp3").write_text("this is no music")
    monkeypatch.chdir(tmp_path)
    arguments = ["cluster", ".", "--jobs", "1", "--method", "kmeans", "--k", "2"]
    assert main(arguments) == 1
    printed = capsys.readouterr()
    assert "2 clusters of 4 songs" in printed.out
    assert "genres" not in printed.out
    assert "broken.mp3" in printed.err
    kept = list((tmp_path / ".cache/reprise/features/musicnn").glob("*.npz"))
    assert main(arguments) == 1
    assert list((tmp_path / ".cache/reprise/features/musicnn").glob("*.npz")) == kept


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ([], 2, "name audio files"),
        (["nothing.mp3"], 1, "no song among these files"),
        (["--store", "none.sqlite"], 2, "no data set"),
        (["--arrays", "EMPTY"], 1, "--set musicnn --set tags"),
        (["--arrays", "ARRAYS", "--labels", "none.csv"], 1, "none.csv: cannot be read: No such file"),
        (["--arrays", "ARRAYS", "--labels", "FOREIGN"], 1, "no label is of a song here"),
        (["--arrays", "ARRAYS", "--store", "a.sqlite", "b.wav"], 2, "not both"),
        (["--arrays", "ARRAYS", "--k", "99"], 1, "k must be 2..35"),
        (["--arrays", "ARRAYS", "--selection", "clean"], 2, "--selection is of a data set"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(
    arrays: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    code: int,
    message: str,
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "foreign.csv").write_text("clip,genre\nother.wav,rock\n")
    places = {"EMPTY": tmp_path, "ARRAYS": arrays, "FOREIGN": tmp_path / "foreign.csv"}
    assert main(["cluster", *(str(places.get(word, word)) for word in arguments)]) == code
    printed = capsys.readouterr()
    assert message in printed.err
    assert "Traceback" not in printed.err


def test_the_songs_of_a_store_bring_titles_and_genres(
    arrays: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    """What is heard already is not listened to again, so the previews need not even be there."""
    heard = ArrayStore(arrays / "tags").ids()
    kept = tmp_path / "features"
    for name in ("musicnn", "tags"):
        source = ArrayStore(arrays / name)
        ids = tuple(sorted(heard))
        store_ids = tuple(f"own:{i}" for i in range(len(ids)))
        durations_s = np.full(len(ids), 30, np.float32)
        ArrayStore(kept / name, source.definition).add(
            Shard(ids=store_ids, values=source.load(ids), durations_s=durations_s)
        )
    rows = [
        TrackRow(
            catalogue="own", ref=str(i), title="<b>Song</b>", artists=(ArtistRow(name="=A\x1b[31m"),),
            labels=(LabelRow(name=song[6:].partition("-")[0]),), preview_url="u",
        )
        for i, song in enumerate(sorted(heard))
    ]  # fmt: skip
    with Store(tmp_path / "songs.sqlite") as store:
        origin = Source(provider="table", licence="", run_id=store.begin_run("table", {}))
        with store.transaction():
            store.add(rows, origin)
        store.update_previews([
            PreviewResult(track_id=i, provider="table", state="saved", path=f"{i}.mp3")
            for i in range(1, len(rows) + 1)
        ])  # fmt: skip
    arguments = ["--store", str(tmp_path / "songs.sqlite"), "--arrays", str(kept), "--method", "kmeans"]
    assert main(["cluster", *arguments, "--output", str(tmp_path / "out")]) == 0
    out = capsys.readouterr().out
    assert "genres of 36 songs NMI 1.000" in out
    assert "\x1b" not in out
    with (tmp_path / "out" / "clusters.csv").open(encoding="utf-8", newline="") as file:
        first = next(csv.DictReader(file))
    assert first["title"].startswith("'=A")
    assert first["genre"] == "jazz"


def test_songs_that_are_too_few_for_density_are_in_no_cluster(
    arrays: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    arguments = ["cluster", "--arrays", str(arrays), "--method", "hdbscan", "--min-size", "37"]
    assert main([*arguments, "--output", str(tmp_path)]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "0 clusters of 36 songs; 36 songs in none" in out
    assert "a smaller --min-size" in out
    with (tmp_path / "clusters.csv").open(encoding="utf-8", newline="") as file:
        assert {row["hdbscan"] + row["hdbscan_name"] for row in csv.DictReader(file)} == {""}
