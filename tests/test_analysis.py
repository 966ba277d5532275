"""One file and many: the same records in one process or in several, whatever a file does to its worker."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np
import pytest
import soundfile

import reprise
from reprise import analysis
from reprise.analysis import analyze, analyze_detail, analyze_many
from reprise.errors import DecodeError, ModelError, ParameterError, UnusableAudioError
from reprise.models.feedback import Kinds, Residual, feedback_folder
from reprise.records import FailedAnalysis, Progress, TrackAnalysis
from reprise.training.feedback.versions import keep_version

SR = 22_050


def _music(seconds: float, tone_hz: float = 220.0) -> np.ndarray:
    """A tone that pulses twice a second over a little noise."""
    t = np.arange(int(seconds * SR)) / SR
    noise = 0.02 * np.random.default_rng(0).standard_normal(t.size)
    return (0.4 * np.sin(2 * np.pi * tone_hz * t) * np.exp(-8 * (t % 0.5)) + noise).astype(np.float32)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three good files, and four that are not."""
    folder = tmp_path_factory.mktemp("analysis")
    for i, tone_hz in enumerate((110.0, 220.0, 330.0)):
        soundfile.write(folder / f"good{i}.wav", _music(3, tone_hz), SR)
    soundfile.write(folder / "silent.wav", np.zeros(2 * SR), SR)
    soundfile.write(folder / "short.wav", _music(0.5), SR)
    (folder / "text.mp3").write_text("this is no music")
    (folder / "empty.flac").touch()
    return folder


def _in_order(results: Iterable[TrackAnalysis | FailedAnalysis]) -> list[TrackAnalysis | FailedAnalysis]:
    return sorted(results, key=lambda result: result.path)


def test_one_file_is_analysed(folder: Path) -> None:
    result = reprise.analyze(folder / "good1.wav")
    assert isinstance(result, TrackAnalysis)
    assert result.path == str(folder / "good1.wav")
    assert result.duration_ms == 3000


@pytest.mark.parametrize(
    ("name", "kind"),
    [("silent.wav", UnusableAudioError), ("short.wav", UnusableAudioError), ("text.mp3", DecodeError)],
)
def test_a_bad_file_raises_its_own_error(folder: Path, name: str, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        analyze(folder / name)


def test_one_job_and_two_give_the_same_records(folder: Path) -> None:
    files = [*sorted(folder.iterdir()), folder / "absent.ogg", folder]
    alone, together = (_in_order(analyze_many(files, jobs=jobs)) for jobs in (1, 2))
    assert alone == together
    kinds = {Path(r.path).name: r.error_type for r in alone if isinstance(r, FailedAnalysis)}
    assert kinds == {
        "silent.wav": "UnusableAudioError", "short.wav": "UnusableAudioError", "text.mp3": "DecodeError",
        "empty.flac": "DecodeError", "absent.ogg": "DecodeError", folder.name: "DecodeError",
    }  # fmt: skip
    assert sum(isinstance(r, TrackAnalysis) for r in alone) == 3


def test_what_is_asked_for_reaches_the_workers(folder: Path) -> None:
    (result,) = analyze_many([folder / "good0.wav"], jobs=2, detail=True, embedding=True)
    assert result == analyze(folder / "good0.wav", detail=True, embedding=True)


def test_the_full_detail_is_what_is_measured_alone(folder: Path) -> None:
    path = folder / "good0.wav"
    full, light, alone = (
        analyze(path, detail="full").detail,
        analyze(path, detail=True).detail,
        analyze_detail(path),
    )
    assert full and light
    assert {name: full[name] for name in alone.to_dict()} == alone.to_dict()
    assert all(full[name] == light[name] for name in light if name != "sections")
    for long, short in zip(full["sections"], light["sections"], strict=True):
        assert {name: long[name] for name in ("start_s", "label", "confidence", "loudness_db")} == {
            name: short[name] for name in ("start_s", "label", "confidence", "loudness_db")
        }


@pytest.mark.parametrize("name", ["silent.wav", "short.wav", "text.mp3", "absent.ogg"])
def test_a_file_whose_course_cannot_be_followed_is_a_typed_error(folder: Path, name: str) -> None:
    with pytest.raises((UnusableAudioError, DecodeError)):
        analyze_detail(folder / name)


def test_no_files_give_no_records() -> None:
    assert list(analyze_many([], jobs=1)) == list(analyze_many([], jobs=2)) == []


@pytest.mark.parametrize("jobs", [0, -1])
def test_jobs_must_be_at_least_one(jobs: int) -> None:
    with pytest.raises(ParameterError, match="jobs must be at least 1"):
        analyze_many(["a.wav"], jobs=jobs)


@pytest.mark.parametrize("path", ["song.wav", Path("song.wav")])
def test_one_path_is_not_taken_for_many(path: str | Path) -> None:
    with pytest.raises(ParameterError, match="put the one into a list"):
        analyze_many(path)  # type: ignore[arg-type]


@pytest.mark.parametrize("jobs", [1, 2])
def test_paths_are_taken_lazily(folder: Path, jobs: int) -> None:
    taken = []

    def endless() -> Iterator[Path]:
        while True:
            taken.append(1)
            yield folder / "absent.ogg"

    results = analyze_many(endless(), jobs=jobs)
    assert isinstance(next(results), FailedAnalysis)
    assert len(taken) <= 2 * jobs
    results.close()  # type: ignore[attr-defined]


def test_missing_weights_end_the_run(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reprise.models.weights_file.shipped_folder", lambda: tmp_path)
    analysis._predictor.cache_clear()
    try:
        with pytest.raises(ModelError, match="weights of heads cannot be read"):
            list(analyze_many([folder / "good0.wav", folder / "good1.wav"], jobs=1))
    finally:
        monkeypatch.undo()
        analysis._predictor.cache_clear()


# What was learnt from corrections


def _learnt(folder: Path, value: float) -> str:
    kinds = Kinds.load()
    n = len(kinds.centres)
    table = np.full((n, 7), value, np.float32)
    return keep_version(Residual(kinds, table, np.zeros((n, 26), np.float32)), [], {}, folder)


def test_a_process_that_lives_long_notices_another_version(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REPRISE_DATA", str(tmp_path))
    path = folder / "good0.wav"
    before = analyze(path)
    for value in (0.05, 0.1):
        name = _learnt(feedback_folder(), value)
        after = analyze(path)
        assert before.energy is not None
        assert after.energy == pytest.approx(min(1, before.energy + value), abs=1e-4)
        assert name in after.model
        assert analyze(path, learned=False) == before
    assert list(analyze_many([path], learned=False)) == [before]
    assert list(analyze_many([path])) == [after]


def test_no_correction_of_speechiness_takes_a_tempo_away(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REPRISE_DATA", str(tmp_path))
    monkeypatch.setattr("reprise.models.predict.SURE_OF_TEMPO", 1.1)
    before = analyze(folder / "good1.wav")
    assert before.speechiness is not None
    # The threshold lies between what is heard and what was learnt.
    monkeypatch.setattr("reprise.models.predict.MOSTLY_SPEECH", before.speechiness + 0.05)
    _learnt(feedback_folder(), 0.1)
    after = analyze(folder / "good1.wav")
    assert after.speechiness == pytest.approx(before.speechiness + 0.1, abs=1e-3)
    assert after.tempo == before.tempo is not None


def test_a_damaged_version_ends_the_run_and_says_what_to_do(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REPRISE_DATA", str(tmp_path))
    name = _learnt(feedback_folder(), 0.1)
    (feedback_folder() / f"{name}.npz").write_bytes(b"torn")
    analysis._predictor.cache_clear()
    with pytest.raises(ModelError, match="reprise learn --rollback"):
        list(analyze_many([folder / "good0.wav"]))
    assert isinstance(next(analyze_many([folder / "good0.wav"], learned=False)), TrackAnalysis)


# Workers that die


def _workers() -> list[int]:
    return [child.pid for child in multiprocessing.active_children() if child.pid]


def _wait_for_their_end() -> None:
    deadline = time.monotonic() + 30
    while _workers() and time.monotonic() < deadline:
        time.sleep(0.01)


def test_a_file_that_kills_its_worker_is_a_record_and_the_others_are_whole(
    folder: Path, reaper: Callable[[Path], AbstractContextManager[list[int]]]
) -> None:
    poison = folder.parent / "poison.wav"
    soundfile.write(poison, _music(150), SR)
    good = [folder / f"good{i}.wav" for i in range(3)]
    with reaper(poison.resolve()) as killed:
        results = _in_order(analyze_many([good[0], poison, *good[1:]], jobs=2))
    assert len(killed) == 2  # among others, and alone
    failed = {Path(r.path).name: r for r in results if isinstance(r, FailedAnalysis)}
    assert set(failed) == {"poison.wav"}
    assert failed["poison.wav"].error_type == "DecodeError"
    assert "was killed" in failed["poison.wav"].message
    assert [r for r in results if isinstance(r, TrackAnalysis)] == [analyze(path) for path in good]


def test_no_file_is_lost_when_all_workers_die_between_two_results(folder: Path) -> None:
    files = [folder / f"good{i % 3}.wav" for i in range(5)]
    results = analyze_many(files, jobs=2)
    first = next(results)
    for pid in _workers():
        os.kill(pid, signal.SIGKILL)
    _wait_for_their_end()
    rest = list(results)
    assert sorted(r.path for r in [first, *rest]) == sorted(map(str, files))
    assert all(isinstance(r, TrackAnalysis) for r in rest)


def test_leaving_early_ends_the_workers(folder: Path) -> None:
    results = analyze_many([folder / "good0.wav"] * 20, jobs=2)
    next(results)
    assert _workers()
    results.close()  # type: ignore[attr-defined]
    _wait_for_their_end()
    assert not _workers()


# Memory


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak of memory as Linux gives it, in kB")
def test_half_an_hour_needs_little_more_memory_than_half_a_minute(tmp_path: Path) -> None:
    minute = np.stack([_music(60), _music(60, 330.0)], axis=1)
    for name, minutes in (("short.wav", 1), ("long.wav", 30)):
        with soundfile.SoundFile(tmp_path / name, "w", SR, 2) as file:
            for _ in range(minutes):
                file.write(minute)
    script = (
        "import resource, sys, reprise\n"
        "for path in sys.argv[1:]:\n"
        "    print(reprise.analyze(path).duration_ms, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "short.wav"), str(tmp_path / "long.wav")],
        capture_output=True, text=True, timeout=300, check=True,
    )  # fmt: skip
    (short_ms, before_kb), (long_ms, after_kb) = (map(int, line.split()) for line in done.stdout.splitlines())
    assert (short_ms, long_ms) == (60_000, 1_800_000)
    assert after_kb - before_kb < 150_000


def test_whoever_watches_is_told_of_every_stage_and_sees_the_waveform_grow(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "watched.wav", _music(9), SR)
    told: list[Progress] = []
    watched = analyze(tmp_path / "watched.wav", detail=True, waveform=True, observer=told.append)
    stages = list(dict.fromkeys(progress.stage for progress in told))
    assert stages == ["listen", "networks", "features", "rhythm", "key", "sections", "predict"]
    fractions = [progress.fraction for progress in told if progress.stage == "listen"]
    assert fractions == pytest.approx([0, 2 / 9, 4 / 9, 6 / 9, 8 / 9, 1], abs=1e-3)
    lengths = [len(progress.waveform.low) for progress in told]
    assert lengths[:6] == [
        -(-int(fraction * 9 * SR) // (SR // 100)) for fraction in fractions if fraction is not None
    ]
    assert told[-1].waveform == watched.waveform
    # Watching changes nothing.
    assert analyze(tmp_path / "watched.wav", waveform=True).waveform == watched.waveform
    record, other = watched.to_dict(), analyze(tmp_path / "watched.wav").to_dict()
    for name in ("tempo", "key", "mode", "time_signature", "duration_ms"):
        assert record[name] == other[name]
    for name in ("energy", "valence", "danceability", "loudness", "loudness_lufs"):
        assert record[name] == pytest.approx(other[name], abs=2e-3)


def test_who_watches_may_end_the_analysis(folder: Path) -> None:
    class EnoughError(Exception):
        pass

    def stop(progress: Progress) -> None:
        if progress.stage == "rhythm":
            raise EnoughError

    with pytest.raises(EnoughError):
        analyze(folder / "good0.wav", observer=stop)


def test_the_waveform_is_there_only_if_it_was_asked_for(folder: Path) -> None:
    [plain, with_outline] = [
        next(iter(analyze_many([folder / "good0.wav"], waveform=asked))) for asked in (False, True)
    ]
    assert isinstance(plain, TrackAnalysis)
    assert isinstance(with_outline, TrackAnalysis)
    assert plain.waveform is None
    assert with_outline.waveform
    assert with_outline.waveform.duration_s == 3.0
    assert len(with_outline.to_dict()["waveform"]["high"]) == -(-3 * SR // (SR // 100))
