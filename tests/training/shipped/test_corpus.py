"""The corpus: every clip heard once, in order, kept, and never half kept."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile

from reprise.errors import DatasetError
from reprise.training.shipped.corpus import GROUPS, Corpus, clip_paths, load_corpus, speech_mixes

SR = 16_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One clip of each collection and nine short readings."""
    folder, rng = tmp_path_factory.mktemp("clips"), np.random.default_rng(0)
    names = ["panda/a", "emotify/b", "gtzan_classical/c", *(f"speech/s{i}" for i in range(9))]
    for i, name in enumerate(names):
        path = folder / "clips" / f"{name}.opus"
        path.parent.mkdir(parents=True, exist_ok=True)
        y = (0.05 + 0.02 * i) * rng.standard_normal(4 * SR)
        soundfile.write(path, y.clip(-1, 1), SR, format="OGG", subtype="OPUS")
    return folder


def test_all_clips_are_heard_in_order_and_recalled_without_their_audio(folder: Path, tmp_path: Path) -> None:
    there = tmp_path / "data"
    shutil.copytree(folder, there)
    corpus = load_corpus(there, tmp_path / "cache")
    assert corpus.clips == (
        "clips/panda/a.opus", "clips/emotify/b.opus", "clips/gtzan_classical/c.opus", "speech/mix-00",
    )  # fmt: skip
    assert set(corpus.groups) == set(GROUPS)
    for values in corpus.groups.values():
        assert values.shape[0] == 4
        assert np.isfinite(values).all()
    shutil.rmtree(there)
    again = load_corpus(there, tmp_path / "cache")
    assert again.clips == corpus.clips
    np.testing.assert_array_equal(again.groups["measured"], corpus.groups["measured"])
    assert not list((tmp_path / "cache").glob("*.part"))


def test_readings_are_joined_to_half_a_minute_the_same_way_each_time(folder: Path, tmp_path: Path) -> None:
    first, second = (speech_mixes(folder, tmp_path / name) for name in ("a", "b"))
    assert [path.name for path in first] == ["mix-00.wav"]
    assert soundfile.info(first[0]).duration == pytest.approx(30)
    assert first[0].read_bytes() == second[0].read_bytes()
    other = speech_mixes(folder, tmp_path / "c", seed=1)
    assert other[0].read_bytes() != first[0].read_bytes()


def test_a_folder_without_clips_is_a_dataset_error(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="holds no clips"):
        clip_paths(tmp_path)
    with pytest.raises(DatasetError, match="holds no clips"):
        load_corpus(tmp_path, tmp_path / "cache")


def test_rows_come_in_the_order_asked_for() -> None:
    corpus = Corpus(clips=("a", "b", "c"), groups={"x": np.array([[1.0], [2.0], [3.0]], np.float32)})
    np.testing.assert_array_equal(corpus.rows(("c", "a", "c"))["x"], [[3], [1], [3]])


def test_a_label_without_audio_is_named() -> None:
    corpus = Corpus(clips=("a",), groups={"x": np.ones((1, 1), np.float32)})
    with pytest.raises(DatasetError, match="2 clips have labels but no audio, the first is b"):
        corpus.rows(("a", "b", "c"))
