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
from reprise.errors import DatasetError, UnknownNameError


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
    done = []

    def advance() -> None:
        done.append(1)
        if len(done) == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        featurise(clips, tmp_path, ["mfcc"], advance=advance)
    assert featurise(clips, tmp_path, ["mfcc"]).present == 4


def test_a_run_that_is_killed_goes_on_after_the_last_shard(tmp_path: Path, clips: dict[str, Path]):
    script = (
        "import os, signal, sys; from pathlib import Path; from reprise.datasets import featurise as f\n"
        "f._SHARD_CLIPS = 5; n = []\n"
        "def advance():\n"
        "    n.append(1)\n"
        "    if len(n) == 8: os.kill(os.getpid(), signal.SIGKILL)\n"
        "f.featurise({p: Path(p) for p in sys.argv[2:]}, Path(sys.argv[1]), ['mfcc'], advance=advance)\n"
    )
    paths = [str(path) for path in clips.values()]
    killed = subprocess.run([sys.executable, "-c", script, str(tmp_path), *paths], timeout=60, check=False)
    assert killed.returncode == -signal.SIGKILL
    report = featurise({path: Path(path) for path in paths}, tmp_path, ["mfcc"])
    assert (report.extracted, report.present) == (7, 5)
    assert ArrayStore(tmp_path / "mfcc").ids() == set(paths)


def test_a_worker_that_is_killed_is_said_and_what_was_finished_is_kept(tmp_path: Path, clips):
    def advance() -> None:
        for child in multiprocessing.active_children():
            child.kill()

    with pytest.raises(DatasetError, match="a worker process was killed"):
        featurise(clips, tmp_path, ["mfcc"], jobs=2, advance=advance)
    report = featurise(clips, tmp_path, ["mfcc"])
    assert report.present >= 1
    assert report.present + report.extracted == 12


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
