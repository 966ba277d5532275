"""The process that `reprise.web.library.sandbox` starts: it reads files of strangers and answers in lines of JSON.

It knows no database and no secret, and ends when its parent does. Nothing but what Python
brings is imported before it is confined.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
import time
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from reprise.web.library.confinement import confine, limit_cpu

__all__ = ["main"]

_EVERY_S = 0.25


class _Answers:
    """Lines to the parent, on a descriptor that no library knows."""

    def __init__(self) -> None:
        self._fd = os.dup(1)
        # What libraries print must not get between the lines.
        os.dup2(2, 1)

    def send(self, answer: dict[str, Any]) -> None:
        """Send one answer."""
        data = memoryview(json.dumps(answer, separators=(",", ":")).encode() + b"\n")
        while data:
            data = data[os.write(self._fd, data) :]


def main() -> None:
    """Answer requests until there are no more."""
    confine(int(sys.argv[1]))
    answers = _Answers()
    requests: queue.Queue[dict[str, Any]] = queue.Queue()
    threading.Thread(target=_read, args=(requests,), daemon=True).start()
    answers.send({"ready": True})
    while True:
        request = requests.get()
        limit_cpu(request["timeout_s"])
        answers.send(_answer(request, answers.send))


def _read(requests: queue.Queue[dict[str, Any]]) -> None:
    """Take requests; the end of them is the end of the parent, in the middle of a file as well."""
    for line in sys.stdin.buffer:
        requests.put(json.loads(line))
    os._exit(1)


def _answer(request: dict[str, Any], send: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    from reprise.errors import AudioError, RepriseError

    try:
        return {"done": _TASKS[request["do"]](request, send)}
    except AudioError as error:
        return {"failed": {"error_type": type(error).__name__, "message": error.reason}}
    except MemoryError:
        return {"failed": {"error_type": "MemoryError", "message": ""}}
    except RepriseError as error:
        # Missing weights concern every file: whoever runs this must hear of it.
        return {"broken": str(error)}
    except Exception as error:
        # Hostile files find ways that nobody foresaw. ONNX Runtime and FFmpeg have words of their own for no memory.
        if any(word in str(error).lower() for word in ("memory", "alloc", "failed to map segment")):
            return {"failed": {"error_type": "MemoryError", "message": ""}}
        message = f"unexpected {type(error).__name__}: {error}"
        return {"failed": {"error_type": "AudioError", "message": message[:500]}}


def _identify(request: dict[str, Any], send: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """Say what file this is, without decoding more than its beginning."""
    from dataclasses import asdict

    from reprise.audio import open_audio
    from reprise.audio.audio_hash import audio_hash

    with open_audio(request["path"]) as stream:
        tags, duration_s = asdict(stream.tags), stream.duration_s
    _require_length(request, duration_s)
    return {"tags": tags, "duration_s": duration_s, "audio_hash": audio_hash(request["path"])}


def _model(request: dict[str, Any], send: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """Say what a record made now would name as its model."""
    from reprise.models.feedback import active_version

    return {"model": _model_name(active_version())}


# What corrections have taught may change while this process lives.
@lru_cache(maxsize=2)
def _model_name(version: str | None) -> str:
    from reprise.models.predict import Predictor

    return Predictor.load(version).name


def _analyse(request: dict[str, Any], send: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    from reprise.analysis import analyze
    from reprise.records import Progress

    told_at, told_stage = 0.0, ""

    def observe(progress: Progress) -> None:
        nonlocal told_at, told_stage
        _require_length(request, progress.waveform.duration_s)
        now = time.monotonic()
        if request["watch"] and (now - told_at >= _EVERY_S or progress.stage != told_stage):
            told_at, told_stage = now, progress.stage
            outline = {"low": progress.waveform.low, "high": progress.waveform.high}
            send({"progress": {"stage": progress.stage, "fraction": progress.fraction, **outline}})

    analysis = analyze(request["path"], detail=True, embedding=True, waveform=True, observer=observe)
    return analysis.to_dict()


def _follow(request: dict[str, Any], send: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """Follow the course of a file."""
    from reprise.analysis import analyze_detail
    from reprise.audio import open_audio

    with open_audio(request["path"]) as stream:
        duration_s = stream.duration_s
    _require_length(request, duration_s)
    return analyze_detail(request["path"]).to_dict()


def _require_length(request: dict[str, Any], duration_s: float | None) -> None:
    from reprise.errors import UnusableAudioError

    if duration_s is not None and duration_s > request["max_duration_s"]:
        raise UnusableAudioError(
            request["path"],
            f"it is longer than {request['max_duration_s']} s; the setting max_duration_s allows more",
        )


_TASKS = {"identify": _identify, "analyse": _analyse, "follow": _follow, "model": _model}


if __name__ == "__main__":
    main()
