"""Bring rendered pieces or real clips with their beats into the arrays that the training reads.

python tools/prepare_rhythm.py rendered CORPUS_FOLDER OUT.npz
python tools/prepare_rhythm.py clips ../shared/data OUT.npz --beats BEATNET.json
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import soundfile as sf
import soxr

from reprise.features.onset import OnsetEnvelope
from reprise.features.spectrogram import Spectrogram

# What real clips hardly show counts for more.
RARE = {"drum_and_bass": 3.0, "seven": 3.0, "five": 2.0, "six_eight": 2.0, "jig": 1.5, "half_time": 1.5}


def bands_of(path: Path) -> np.ndarray:
    """Log bands of one file, float16, shape (26, t)."""
    y, sr = sf.read(path, dtype="float32", always_2d=True)
    y = soxr.resample(y.mean(axis=1), sr, 16_000).astype(np.float32)
    spectrogram, envelope = Spectrogram(), OnsetEnvelope()
    envelope.push(spectrogram.push(y))
    envelope.push(spectrogram.flush())
    return envelope.result().log_bands


def write(
    out: Path,
    bands: Sequence[np.ndarray],
    beats: Sequence[np.ndarray],
    in_bar: Sequence[np.ndarray],
    **more: np.ndarray,
) -> None:
    """Store pieces of unequal length end to end."""
    np.savez(
        out, bands=np.concatenate(bands, axis=1), offset=np.cumsum([0, *(b.shape[1] for b in bands)]),
        beats=np.concatenate(beats), in_bar=np.concatenate(in_bar),
        beat_offset=np.cumsum([0, *map(len, beats)]), **more,
    )  # fmt: skip


def rendered(corpus: Path, out: Path) -> None:
    """Pieces whose beats are known; one in twelve is held out of the training to say when to stop."""
    rows = [json.loads(line) for line in (corpus / "corpus.jsonl").read_text().splitlines()]
    n = len(rows)
    write(
        out,
        [bands_of(corpus / row["file"])[:, : int(row["seconds"] * 125)] for row in rows],
        [np.array(row["beats_s"]) for row in rows],
        [np.array(row["in_bar"]) for row in rows],
        weight=np.array([RARE.get(row["style"], 1.0) for row in rows], np.float32),
        held=np.arange(n) % 12 == 0,
        bpm=np.array([row["bpm"] for row in rows]),
        time_signature=np.array([row["time_signature"] for row in rows]),
        style=np.array([row["style"] for row in rows]),
    )


def clips(data: Path, beats: Path, out: Path) -> None:
    """Real clips; held out are the artists with a Spotify label and one in eight of the others."""
    found = json.loads(beats.read_text())
    with (data / "labels" / "panda.csv").open() as file:
        rows = list(csv.DictReader(file))
    artist = {row["clip"]: row["artist_key"] for row in rows}
    labelled = {row["artist_key"] for row in rows if row["spotify_tempo"]}

    def held(name: str) -> bool:
        key = artist.get(name, name)
        return key in labelled or int(hashlib.md5(key.encode()).hexdigest(), 16) % 100 < 12

    write(
        out,
        [bands_of(data / name) for name in found],
        # BeatNet's frames lie 6 ms before ours.
        [np.array(row["beats_s"]) + 0.006 for row in found.values()],
        [np.array(row["in_bar"], int) for row in found.values()],
        weight=np.array([np.clip((row["sure"] - 0.45) / 0.4, 0, 1) for row in found.values()], np.float32),
        held=np.array([held(name) for name in found]),
        bpm=np.array([60 / np.median(np.diff(row["beats_s"])) for row in found.values()]),
        files=np.array(list(found)),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kind", choices=("rendered", "clips"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--beats", type=Path, help="from tools/beats_of_beatnet.py; only for clips")
    arguments = parser.parse_args()
    if arguments.kind == "rendered":
        rendered(arguments.folder, arguments.out)
    else:
        clips(arguments.folder, arguments.beats, arguments.out)


if __name__ == "__main__":
    main()
