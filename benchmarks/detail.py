"""What the full analysis of a song costs, beside librosa: ``python -m benchmarks.detail [FILE]``.

One core, processor time, the best of several turns that the contenders take. Without a file it is four minutes of
composed songs, as a WAVE file and as an MP3. librosa does what it has of the same in its default settings at 22 kHz:
load, onsets, beats, constant-Q chroma, MFCCs and loudness of each frame, averaged over the segments between onsets, and
sections by agglomerative clustering over the beats. It has no bars, tatums, metre, key, confidences or fades.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from threadpoolctl import threadpool_limits

from benchmarks.machine import describe_machine
from benchmarks.report import table
from reprise.analysis import analyze, analyze_detail
from reprise.demo.songs import compose

ROUNDS = 5
SECONDS = 240
SECTIONS = 10


def four_minutes(folder: Path) -> list[Path]:
    """Write four minutes of music twice."""
    first = compose(2, 44_100).y
    y = np.concatenate([first, compose(10, 44_100).y], axis=1)
    while y.shape[1] < SECONDS * 44_100:
        y = np.concatenate([y, first], axis=1)
    wav, mp3 = folder / "four-minutes.wav", folder / "four-minutes.mp3"
    soundfile.write(wav, y[:, : SECONDS * 44_100].T, 44_100)
    try:
        subprocess.run(["ffmpeg", "-loglevel", "error", "-y", "-i", wav, "-b:a", "192k", mp3], check=True)
    except (OSError, subprocess.CalledProcessError):
        return [wav]
    return [wav, mp3]


def librosas(path: Path) -> int:
    """Do with librosa what it has of the same."""
    import librosa

    y, sr = librosa.load(path)
    onset_frames = librosa.onset.onset_detect(y=y, sr=sr)
    _, beats = librosa.beat.beat_track(y=y, sr=sr)
    chroma = librosa.feature.chroma_cqt(y=y, sr=sr)
    mfcc = librosa.feature.mfcc(y=y, sr=sr)
    rms = librosa.feature.rms(y=y)
    segments = [librosa.util.sync(X, onset_frames, aggregate=np.mean) for X in (chroma, mfcc, rms)]
    synced = np.concatenate([librosa.util.sync(X, beats, aggregate=np.mean) for X in (chroma, mfcc)])
    librosa.segment.agglomerative(synced, min(SECTIONS, synced.shape[1]))
    return segments[0].shape[1]


def race(contenders: dict[str, Callable[[], Any]]) -> dict[str, float]:
    """Return the least processor time of each, in seconds; the first turn does not count."""
    best = dict.fromkeys(contenders, float("inf"))
    for turn in range(ROUNDS + 1):
        for name, call in contenders.items():
            begun = time.process_time()
            call()
            if turn:
                best[name] = min(best[name], time.process_time() - begun)
    return best


def compare(path: Path) -> str:
    """Measure one file."""
    contenders = {
        "reprise.analyze_detail": lambda: analyze_detail(path),
        "reprise.analyze, detail='full'": lambda: analyze(path, detail="full"),
        "librosa, what it has of it": lambda: librosas(path),
    }
    best = race(contenders)
    ours = best["reprise.analyze_detail"]
    detail = analyze_detail(path)
    rows = [[name, f"{seconds / ours:.2f}", f"{seconds:.2f}"] for name, seconds in best.items()]
    parts = ("bars", "beats", "tatums", "sections", "segments")
    counts = ", ".join(f"{len(getattr(detail, part))} {part}" for part in parts)
    return f"{path.name}, {detail.duration_s:.0f} s: {counts}\n\n" + table(("", "times ours", "CPU, s"), rows)


def main() -> None:
    """Print the table of each file."""
    warnings.simplefilter("ignore")
    with threadpool_limits(1), tempfile.TemporaryDirectory() as folder:
        paths = [Path(name) for name in sys.argv[1:]] or four_minutes(Path(folder))
        print(describe_machine({"librosa": version("librosa")}))
        for path in paths:
            print(f"\n{compare(path)}")


if __name__ == "__main__":
    main()
