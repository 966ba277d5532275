"""Clips become arrays once, in one process or several, and a killed run goes on where it was."""

from __future__ import annotations

import multiprocessing
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from reprise.datasets.arrays import ArrayStore
from reprise.datasets.cleaning import Cleaning, clean
from reprise.datasets.featurise import featurise, previews
from reprise.errors import UnknownNameError


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Twelve short noises."""
    folder = tmp_path_factory.mktemp("clips")
    rng = np.random.default_rng(0)
    for i in range(12):
        soundfile.write(folder / f"{i}.wav", 0.1 * rng.normal(size=24_000), 16_000)
    return {f"clip {i}": folder / f"{i}.wav" for i in range(12)}


def test_one_process_and_two_say_the_same(tmp_path: Path, clips: dict[str, Path]):
    for jobs in (1, 2):
        report = featurise(clips, tmp_path / str(jobs), ["mfcc", "short_term"], jobs=jobs)
        assert (report.extracted, report.present, report.failed) == (12, 0, {})
    for name, shape in (("mfcc", (20, 160)), ("short_term", (69,))):
        one, two = (ArrayStore(tmp_path / str(jobs) / name).load(list(clips)) for jobs in (1, 2))
        assert one.shape == (12, *shape)
        np.testing.assert_array_equal(one, two)
        assert len(np.unique(one.reshape(12, -1), axis=0)) == 12


def test_only_what_is_missing_is_made(tmp_path: Path, clips: dict[str, Path]):
    some = dict(list(clips.items())[:5])
    featurise(some, tmp_path, ["mfcc"])
    report = featurise(clips, tmp_path, ["mfcc"])
    assert (report.extracted, report.present) == (7, 5)
    assert featurise(clips, tmp_path, ["mfcc", "mel"]).extracted == 12
    assert sum(len(shard.ids) for shard in ArrayStore(tmp_path / "mfcc").shards()) == 12
    assert "0 clips" in str(featurise(clips, tmp_path, ["mfcc", "mel"]))


def test_a_broken_clip_is_named_and_the_rest_done_and_it_is_tried_again(tmp_path: Path, clips):
    broken = tmp_path / "broken.wav"
    broken.write_text("no audio")
    two = {"bad": broken, "good": clips["clip 0"]}
    report = featurise(two, tmp_path / "out", ["mfcc"])
    assert report.extracted == 1
    assert report.failed.keys() == {"bad"}
    broken.write_bytes(clips["clip 1"].read_bytes())
    assert featurise(two, tmp_path / "out", ["mfcc"]).extracted == 1


def test_a_run_that_is_interrupted_keeps_what_it_has(tmp_path: Path, clips: dict[str, Path]):
    def progress(done: int, total: int) -> None:
        assert total == 12
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        featurise(clips, tmp_path, ["mfcc"], progress=progress)
    assert featurise(clips, tmp_path, ["mfcc"]).present == 4


def test_a_run_that_is_killed_goes_on_after_the_last_shard(tmp_path: Path, clips: dict[str, Path]):
    script = (
        "import os, signal, sys; from pathlib import Path; from reprise.datasets import featurise as f\n"
        "f._SHARD_CLIPS = 5\n"
        "def progress(done, total):\n"
        "    if done == 8: os.kill(os.getpid(), signal.SIGKILL)\n"
        "f.featurise({p: Path(p) for p in sys.argv[2:]}, Path(sys.argv[1]), ['mfcc'], progress=progress)\n"
    )
    paths = [str(path) for path in clips.values()]
    killed = subprocess.run([sys.executable, "-c", script, str(tmp_path), *paths], timeout=60, check=False)
    assert killed.returncode == -signal.SIGKILL
    report = featurise({path: Path(path) for path in paths}, tmp_path, ["mfcc"])
    assert (report.extracted, report.present) == (7, 5)
    assert ArrayStore(tmp_path / "mfcc").ids() == set(paths)


def test_a_clip_that_kills_its_worker_is_named_and_the_rest_done(tmp_path: Path, clips, reaper):
    poison = tmp_path / "poison.wav"
    soundfile.write(poison, 0.1 * np.random.default_rng(0).normal(size=150 * 44_100), 44_100)
    with reaper(poison.resolve()) as killed:
        report = featurise({**clips, "poison": poison}, tmp_path / "out", ["mel"], jobs=2)
    assert len(killed) == 2  # among others, and alone
    assert report.extracted == 12
    assert report.failed.keys() == {"poison"}
    assert "was killed" in report.failed["poison"]
    assert featurise({"poison": poison}, tmp_path / "out", ["mel"]).extracted == 1


def test_workers_that_are_killed_between_two_clips_lose_none(tmp_path: Path, clips: dict[str, Path]):
    def progress(done: int, total: int) -> None:
        if done == 2:
            for child in multiprocessing.active_children():
                child.kill()

    report = featurise(clips, tmp_path, ["mfcc"], jobs=2, progress=progress)
    assert (report.extracted, report.failed) == (12, {})


def test_an_unknown_set_is_named(tmp_path: Path, clips):
    with pytest.raises(UnknownNameError, match="did you mean 'musicnn'"):
        featurise(clips, tmp_path, ["musicn"])


def test_previews_of_a_store_and_of_a_selection(filled, song):
    store = filled(
        song("a", preview_path="/x/a.mp3"), song("b", preview_path="/x/b.mp3", features=None), song("c")
    )
    assert previews(store) == {"spotify:a": Path("/x/a.mp3"), "spotify:b": Path("/x/b.mp3")}
    clean(store, Cleaning())
    assert previews(store, "clean") == {"spotify:a": Path("/x/a.mp3")}
    with pytest.raises(UnknownNameError):
        previews(store, "clea")
