"""Reading files of strangers in a process apart, which is bounded in time and memory and can do nothing but read.

One process is started and reads many files, so that models are loaded once. When a file ends it, or takes too long, it
is killed and the next file gets another one. It answers in JSON; what it says is a stranger's word, as it may be in a
file's hands.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from reprise.audio_analysis import AudioAnalysis
from reprise.config import Config
from reprise.errors import DecodeError, ModelError, UnusableAudioError
from reprise.records import FailedAnalysis, Tags, TrackAnalysis
from reprise.web.library.received import analysis_from, full_analysis_from, tags_from

__all__ = ["Heard", "Identity", "Sandbox", "shared_sandbox"]

_MAX_LINE_BYTES = 1 << 26
_LOOK_EVERY_S = 0.25
_START_TIMEOUT_S = 60.0
_IDENTIFY_TIMEOUT_S = 60
_DEATHS = 3
"""A file is said to kill the process when it did so this many times: once or twice may have had another reason."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Identity:
    """What file this is: the hash of its audio, its tags, and the length that its header declares."""

    audio_hash: str
    tags: Tags
    duration_s: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Heard:
    """How far the analysis of a file has come; ``low`` and ``high`` outline what was heard, -127..127."""

    stage: str
    fraction: float | None
    low: list[int]
    high: list[int]


class _EndedError(Exception):
    """The process ended, or had to be ended."""

    def __init__(self, reason: str, *, by_itself: bool = False) -> None:
        super().__init__(reason)
        self.by_itself = by_itself


class Sandbox:
    """A process that reads files, started when it is needed.

    Parameters
    ----------
    config : Config
        Its ``analysis_memory_mb``, ``analysis_timeout_s`` and ``max_duration_s`` count.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        self._process: subprocess.Popen[bytes] | None = None
        self._buffer = b""
        self._lock = threading.Lock()

    @property
    def pid(self) -> int | None:
        """Of the process, if there is one now."""
        return self._process.pid if self._process else None

    def identify(self, path: str) -> Identity:
        """Say what file this is.

        Raises
        ------
        DecodeError
            If it is no audio that can be read.
        UnusableAudioError
            If it declares itself too long, or has a sample rate or channels beyond all use.
        """
        answer = self._ask({"do": "identify", "path": path}, _IDENTIFY_TIMEOUT_S)
        if isinstance(answer, FailedAnalysis):
            kind = UnusableAudioError if answer.error_type == "UnusableAudioError" else DecodeError
            raise kind(path, answer.message)
        try:
            return Identity(
                audio_hash=str(answer["audio_hash"])[:32],
                tags=tags_from(answer["tags"]),
                duration_s=None if answer["duration_s"] is None else float(answer["duration_s"]),
            )
        except (TypeError, ValueError, KeyError) as error:
            raise DecodeError(path, f"the process that read it gave a wrong answer: {error}") from error

    def model(self) -> str:
        """Return what a record made now would name as its model."""
        answer = self._ask({"do": "model", "path": ""}, self._config.analysis_timeout_s)
        if isinstance(answer, FailedAnalysis):
            raise ModelError(f"the models cannot be loaded: {answer.message}")
        return str(answer["model"])

    def analyse(
        self,
        path: str,
        *,
        observer: Callable[[Heard], None] | None = None,
        check: Callable[[], None] | None = None,
    ) -> TrackAnalysis | FailedAnalysis:
        """Analyse a file with all details.

        Parameters
        ----------
        path : str
        observer : callable, optional
            Is told how far it has come, some four times a second.
        check : callable, optional
            Called some four times a second. What it or the observer raises ends the analysis.

        Returns
        -------
        TrackAnalysis or FailedAnalysis

        Raises
        ------
        ModelError
            If the models cannot be loaded: no file could be analysed.
        """
        request = {"do": "analyse", "path": path, "watch": observer is not None}

        def tell(progress: dict[str, Any] | None) -> None:
            if check:
                check()
            if observer and progress:
                observer(Heard(**progress))

        answer = self._ask(request, self._config.analysis_timeout_s, tell)
        if isinstance(answer, FailedAnalysis):
            return answer
        try:
            return analysis_from(answer, path)
        except (TypeError, ValueError, KeyError, AttributeError) as error:
            return _failure(path, "DecodeError", f"the process that read it gave a wrong answer: {error}")

    def follow(self, path: str) -> AudioAnalysis | FailedAnalysis:
        """Follow the course of a file as `reprise.analysis.analyze_detail` does.

        Raises
        ------
        ModelError
            If the models cannot be loaded: no file could be analysed.
        """
        answer = self._ask({"do": "follow", "path": path}, self._config.analysis_timeout_s)
        if isinstance(answer, FailedAnalysis):
            return answer
        try:
            return full_analysis_from(answer)
        except (TypeError, ValueError, KeyError, AttributeError) as error:
            return _failure(path, "DecodeError", f"the process that read it gave a wrong answer: {error}")

    def close(self) -> None:
        """End the process."""
        with self._lock:
            self._end()

    def _ask(
        self, request: dict[str, Any], timeout_s: int, tell: Callable[[Any], None] = lambda progress: None
    ) -> Any:
        """Return what the process answers, or how it failed."""
        path = str(request["path"])
        limits = {"timeout_s": timeout_s, "max_duration_s": self._config.max_duration_s}
        with self._lock:
            for attempt in range(_DEATHS):
                try:
                    answer = self._answer(request | limits, timeout_s, tell)
                    break
                except _EndedError as error:
                    self._end()
                    if not error.by_itself or attempt == _DEATHS - 1:
                        return _failure(path, "DecodeError", str(error))
                except BaseException:
                    # Stopped from outside: what it still has to say must not be taken for the next answer.
                    self._end()
                    raise
        if "broken" in answer:
            raise ModelError(str(answer["broken"]))
        if "failed" in answer:
            kind, message = answer["failed"].get("error_type"), answer["failed"].get("message")
            if kind == "MemoryError":
                # What is left of its memory may be in pieces.
                self.close()
                most = self._config.analysis_memory_mb
                message = (
                    f"it needs more than {most} MiB of memory; the setting analysis_memory_mb allows more"
                )
                kind = "UnusableAudioError"
            return _failure(path, str(kind), str(message))
        return answer["done"]

    def _answer(self, request: dict[str, Any], timeout_s: int, tell: Callable[[Any], None]) -> dict[str, Any]:
        process = self._started()
        assert process.stdin is not None
        try:
            process.stdin.write(json.dumps(request).encode() + b"\n")
            process.stdin.flush()
        except OSError:
            raise _EndedError(_KILLED, by_itself=True) from None
        deadline = time.monotonic() + timeout_s
        while True:
            line = self._line(process, deadline, lambda: tell(None))
            if line is None:
                raise _EndedError(
                    f"it takes longer than {timeout_s} s; the setting analysis_timeout_s allows more"
                )
            answer = _parsed(line)
            if "progress" not in answer:
                return answer
            tell(answer["progress"])

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process and self._process.poll() is None:
            return self._process
        self._end()
        self._process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "reprise.web.library.sandbox_child",
                str(self._config.analysis_memory_mb),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=_environment(),
            # Ctrl-C in a terminal goes to a whole group of processes; this one is its parent's to end.
            start_new_session=True,
        )
        line = self._line(self._process, time.monotonic() + _START_TIMEOUT_S, lambda: None)
        if line is None or "ready" not in _parsed(line):
            raise _EndedError("the process that reads files does not start", by_itself=True)
        return self._process

    def _line(
        self, process: subprocess.Popen[bytes], deadline: float, tick: Callable[[], None]
    ) -> bytes | None:
        """Return the next line; ``None`` if there is none in time."""
        assert process.stdout is not None
        fd = process.stdout.fileno()
        while b"\n" not in self._buffer:
            left = deadline - time.monotonic()
            if left <= 0:
                return None
            poller = select.poll()
            poller.register(fd, select.POLLIN)
            if poller.poll(1000 * min(_LOOK_EVERY_S, left)):
                part = os.read(fd, 1 << 16)
                if not part:
                    raise _EndedError(_how_it_ended(process), by_itself=True)
                self._buffer += part
                if len(self._buffer) > _MAX_LINE_BYTES:
                    raise _EndedError("the process that read it does not stop talking")
            tick()
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line

    def _end(self) -> None:
        process, self._process, self._buffer = self._process, None, b""
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            # Something may still have been to be sent.
            with suppress(OSError):
                if pipe:
                    pipe.close()


_KILLED = "the process that read this file was killed, by the file or for lack of memory"


def _how_it_ended(process: subprocess.Popen[bytes]) -> str:
    code = process.wait()
    if -code == signal.SIGXCPU:
        return "reading it takes too much computing time; the setting analysis_timeout_s allows more"
    return _KILLED


def _parsed(line: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(line)
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise _EndedError("the process that read it gave a wrong answer")
    return answer


def _failure(path: str, kind: str, message: str) -> FailedAnalysis:
    return FailedAnalysis(path=path, error_type=kind, message=message)


def _environment() -> dict[str, str]:
    """Return what the process may know: where the learnt models lie, and not how the database is reached."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("REPRISE_", "DJANGO_", "PG")) or name == "REPRISE_DATA"
    }
    # One thread a process: workers are the way to use more cores. Arenas would eat up the address space.
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return kept | threads | {"MALLOC_ARENA_MAX": "2", "PYTHONDONTWRITEBYTECODE": "1"}


_shared: dict[int, Sandbox] = {}
_shared_lock = threading.Lock()


def shared_sandbox() -> Sandbox:
    """Return the one sandbox of this process."""
    from django.conf import settings

    with _shared_lock:
        return _shared.setdefault(os.getpid(), Sandbox(settings.CONFIG))
