"""The process that reads files: what it gives, and that no file can hold it or the server up."""

from __future__ import annotations

import os
import signal
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from reprise.analysis import analyze
from reprise.config import Config
from reprise.errors import DecodeError, UnusableAudioError
from reprise.records import FailedAnalysis, TrackAnalysis
from reprise.web.library.sandbox import Heard, Sandbox


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    sandbox = Sandbox(Config())
    yield sandbox
    sandbox.close()


@pytest.fixture
def long_file(tmp_path: Path) -> Path:
    """Two hours of noise that repeats: cheap to store, long to listen to."""
    path = tmp_path / "long.flac"
    second = np.random.default_rng(0).normal(0, 0.1, 8000).astype(np.float32)
    with soundfile.SoundFile(path, "w", 8000, channels=1) as file:
        for _ in range(120):
            file.write(np.tile(second, 60))
    return path


def test_it_hears_what_this_process_hears(sandbox: Sandbox, pieces: Path) -> None:
    path = min(pieces.glob("*.flac"))
    heard: list[Heard] = []
    found = sandbox.analyse(str(path), observer=heard.append)
    here = analyze(path, detail=True, embedding=True, waveform=True)
    assert isinstance(found, TrackAnalysis)
    assert found.embedding == pytest.approx(here.embedding, abs=1e-4)
    exact = ("path", "duration_ms", "key", "model", "detail", "warnings")
    assert {name: getattr(found, name) for name in exact} == {name: getattr(here, name) for name in exact}
    assert found.genres[0].score == pytest.approx(here.genres[0].score, abs=1e-4)
    assert heard[0].stage == "listen"
    assert found.waveform and here.waveform
    assert found.waveform.to_dict() == here.waveform.to_dict()
    assert heard[-1].low == list(here.waveform.low)


def test_models_stay_loaded(sandbox: Sandbox, pieces: Path) -> None:
    first, second = sorted(pieces.glob("*.flac"))[:2]
    sandbox.analyse(str(first))
    pid = sandbox.pid
    sandbox.analyse(str(second))
    assert sandbox.pid == pid


def test_what_is_no_audio_is_said_to_be_none(sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "page.mp3"
    path.write_text("<html>no music</html>")
    with pytest.raises(DecodeError, match="no known audio format"):
        sandbox.identify(str(path))
    found = sandbox.analyse(str(path))
    assert isinstance(found, FailedAnalysis) and found.error_type == "DecodeError"


def test_a_file_that_takes_too_long_is_given_up(long_file: Path) -> None:
    sandbox = Sandbox(replace(Config(), analysis_timeout_s=3))
    try:
        found = sandbox.analyse(str(long_file))
        assert isinstance(found, FailedAnalysis)
        assert "analysis_timeout_s" in found.message
    finally:
        sandbox.close()


def test_a_declared_length_is_refused_at_once_and_a_real_one_on_the_way(
    sandbox: Sandbox, long_file: Path, tmp_path: Path
) -> None:
    strict = Sandbox(replace(Config(), max_duration_s=600))
    try:
        with pytest.raises(UnusableAudioError, match="longer than 600 s"):
            strict.identify(str(long_file))
        # FLAC may leave its length open; what is heard counts then.
        data = bytearray(long_file.read_bytes())
        data[21] &= 0xF0
        data[22:26] = bytes(4)
        endless = tmp_path / "endless.flac"
        endless.write_bytes(data)
        assert strict.identify(str(endless)).duration_s is None
        found = strict.analyse(str(endless))
        assert isinstance(found, FailedAnalysis)
        assert "longer than 600 s" in found.message
    finally:
        strict.close()


def test_a_header_that_declares_years_does_no_harm(sandbox: Sandbox, tmp_path: Path) -> None:
    header = b"RF64\xff\xff\xff\xffWAVE" + b"ds64" + struct.pack("<IQQQI", 28, 1 << 50, 1 << 50, 1 << 49, 0)
    header += b"fmt " + struct.pack("<IHHIIHH", 16, 1, 1, 8000, 16000, 2, 16) + b"data\xff\xff\xff\xff"
    path = tmp_path / "years.wav"
    path.write_bytes(header + bytes(1000))
    with pytest.raises((DecodeError, UnusableAudioError)):
        sandbox.identify(str(path))


def test_memory_is_bounded(tmp_path: Path, pieces: Path) -> None:
    # An analysis takes some 600 MiB of address space.
    path = tmp_path / "wide.wav"
    soundfile.write(path, np.random.default_rng(0).normal(0, 0.1, (100_000, 256)), 48000)
    sandbox = Sandbox(replace(Config(), analysis_memory_mb=500))
    try:
        found = sandbox.analyse(str(path))
        assert isinstance(found, FailedAnalysis)
        assert "memory" in found.message
    finally:
        sandbox.close()


def test_a_process_that_is_killed_once_is_started_again_for_the_same_file(pieces: Path) -> None:
    sandbox = Sandbox(Config())
    path = str(min(pieces.glob("*.flac")))
    killed: list[int] = []

    def kill_once() -> None:
        if not killed and sandbox.pid:
            killed.append(sandbox.pid)
            os.kill(sandbox.pid, signal.SIGKILL)

    try:
        found = sandbox.analyse(path, check=kill_once)
        assert len(killed) == 1
        assert isinstance(found, TrackAnalysis)
    finally:
        sandbox.close()


def test_a_file_that_kills_every_process_is_a_failure_and_the_next_goes_on(pieces: Path) -> None:
    sandbox = Sandbox(Config())
    path = str(min(pieces.glob("*.flac")))
    over = threading.Event()

    def kill_all() -> None:
        while not over.is_set():
            if sandbox.pid:
                with suppress(ProcessLookupError):
                    os.kill(sandbox.pid, signal.SIGKILL)
            time.sleep(0.01)

    thread = threading.Thread(target=kill_all)
    thread.start()
    try:
        found = sandbox.analyse(path)
        assert isinstance(found, FailedAnalysis)
        assert "killed" in found.message
    finally:
        over.set()
        thread.join()
    try:
        assert isinstance(sandbox.analyse(path), TrackAnalysis)
    finally:
        sandbox.close()


def test_stopping_leaves_no_answer_behind_for_the_next_file(
    sandbox: Sandbox, long_file: Path, pieces: Path
) -> None:
    def stop() -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        sandbox.analyse(str(long_file), check=stop)
    found = sandbox.analyse(str(min(pieces.glob("*.flac"))))
    assert isinstance(found, TrackAnalysis)


@pytest.mark.skipif(not Path("/proc/self/ns/net").exists(), reason="namespaces and limits are Linux's")
def test_it_can_do_nothing_but_read(sandbox: Sandbox, pieces: Path) -> None:
    sandbox.identify(str(min(pieces.glob("*.flac"))))
    limits = Path(f"/proc/{sandbox.pid}/limits").read_text()
    rows = {line[:26].strip(): line[26:].split()[0] for line in limits.splitlines()[1:]}
    assert rows["Max file size"] == rows["Max core file size"] == "0"
    assert rows["Max address space"] == str(Config().analysis_memory_mb << 20)
    status = Path(f"/proc/{sandbox.pid}/status").read_text()
    assert "NoNewPrivs:\t1" in status
    environment = Path(f"/proc/{sandbox.pid}/environ").read_bytes()
    assert b"REPRISE_DATABASE" not in environment and b"DJANGO" not in environment


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks into /proc")
def test_it_ends_with_its_parent(pieces: Path) -> None:
    import subprocess
    import sys

    program = (
        "import sys, time; from reprise.config import Config; from reprise.web.library.sandbox import Sandbox\n"
        f"s = Sandbox(Config()); s.identify({str(min(pieces.glob('*.flac')))!r})\n"
        "print(s.pid, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    deadline = time.monotonic() + 20
    while Path(f"/proc/{child}").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not Path(f"/proc/{child}").exists()
