"""Measure how well fingerprints find recordings again, and print the tables of docs/explanation/fingerprints.md.

    python tools/measure_fingerprints.py --data ../shared/data --work /tmp/fingerprints

All clips are fingerprinted once, into the folder ``--work``. Every twentieth is then changed in many ways, written to
a file, read again as any clip is, and searched for among all of them.
"""

from __future__ import annotations

import argparse
import csv
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import av
import librosa
import numpy as np
import scipy.fft
import soundfile
from numpy.lib.stride_tricks import sliding_window_view

from reprise.audio import Resampler, load_audio
from reprise.datasets.arrays import ArrayStore
from reprise.datasets.featurise import featurise
from reprise.datasets.same_audio import MAX_BIT_ERROR_RATE, MIN_OVERLAP_S, SamePair, find_same_audio
from reprise.features.clip_sets import Clip, extract_clip
from reprise.features.fingerprint import FRAME_S, fingerprint
from reprise.features.musicnn import MusicnnNetworks
from reprise.features.spectrogram import Spectrogram

FOLDERS = ("panda", "emotify", "gtzan_classical")
EVERY = 20
NETWORKS = MusicnnNetworks()

Change = Callable[[np.ndarray, int], tuple[np.ndarray, int]]


@dataclass(frozen=True, kw_only=True)
class Variant:
    """One way to change a clip: its samples, then the file that they are written to."""

    name: str
    change: Change = lambda y, sr: (y, sr)
    codec: str = ""


def cut(start_s: float = 0.0, end_s: float = 0.0) -> Change:
    """Cut seconds off either end."""
    return lambda y, sr: (y[round(start_s * sr) : y.size - round(end_s * sr)], sr)


def only(seconds: float) -> Change:
    """Keep the last seconds."""
    return lambda y, sr: (y[-round(seconds * sr) :], sr)


def gain(db: float) -> Change:
    """Change the level."""
    return lambda y, sr: (y * 10 ** (db / 20), sr)


def tilt(db: float) -> Change:
    """Lower what is below 100 Hz and raise what is above 8 kHz, gliding in between."""

    def change(y: np.ndarray, sr: int) -> tuple[np.ndarray, int]:
        hz = scipy.fft.rfftfreq(y.size, 1 / sr)
        curve = np.interp(np.log(np.maximum(hz, 1)), np.log([100, 8000]), [-db, db])
        return scipy.fft.irfft(scipy.fft.rfft(y) * 10 ** (curve / 20), y.size), sr

    return change


def noise(snr_db: float) -> Change:
    """Add white noise."""

    def change(y: np.ndarray, sr: int) -> tuple[np.ndarray, int]:
        sigma = np.sqrt(np.mean(y**2)) * 10 ** (-snr_db / 20)
        return y + sigma * np.random.default_rng(0).normal(size=y.size), sr

    return change


def louder(y: np.ndarray, sr: int) -> tuple[np.ndarray, int]:
    """Remaster: 12 dB into a soft limiter."""
    return np.tanh(4 * y / np.abs(y).max()), sr


def resample(y: np.ndarray, from_hz: float, to_hz: float) -> np.ndarray:
    """Change the rate."""
    resampler = Resampler(from_hz, to_hz)
    return np.concatenate([resampler.push(y), resampler.flush()])


def resampled(y: np.ndarray, sr: int) -> tuple[np.ndarray, int]:
    """Bring to 22.05 kHz."""
    return resample(y, sr, 22_050), 22_050


def speed(factor: float) -> Change:
    """Play faster: tempo and pitch."""
    return lambda y, sr: (resample(y, sr * factor, sr), sr)


def tempo(factor: float) -> Change:
    """Play faster at the same pitch."""
    return lambda y, sr: (librosa.effects.time_stretch(y, rate=factor), sr)


def all_of(*changes: Change) -> Change:
    """Do one after another."""

    def change(y: np.ndarray, sr: int) -> tuple[np.ndarray, int]:
        for step in changes:
            y, sr = step(y.astype(np.float32), sr)
        return y, sr

    return change


VARIANTS = (
    Variant(name="MP3, 64 kb/s", codec="libmp3lame"),
    Variant(name="AAC, 64 kb/s", codec="aac"),
    Variant(name="22.05 kHz", change=resampled),
    Variant(name="level -12 dB", change=gain(-12)),
    *(Variant(name=f"{s} s cut off the start", change=cut(start_s=s)) for s in (1, 3, 7)),
    *(Variant(name=f"{s} s cut off the end", change=cut(end_s=s)) for s in (1, 3, 7)),
    Variant(name="bass -6 dB, treble +6 dB", change=tilt(6)),
    Variant(name="12 dB into a limiter", change=louder),
    Variant(name="noise, 20 dB below", change=noise(20)),
    Variant(name="noise, 10 dB below", change=noise(10)),
    Variant(name="7 s off, tilted, limited, -12 dB, AAC", codec="aac",
            change=all_of(cut(start_s=7), tilt(6), louder, gain(-12))),
    Variant(name="the last 10 s, MP3", change=only(10), codec="libmp3lame"),
    Variant(name="the last 6 s, MP3", change=only(6), codec="libmp3lame"),
    Variant(name="the last 5 s, MP3", change=only(5), codec="libmp3lame"),
    Variant(name="speed +1 %", change=speed(1.01)),
    Variant(name="speed -1 %", change=speed(0.99)),
    Variant(name="speed +2 %", change=speed(1.02)),
    Variant(name="speed +4 %", change=speed(1.04)),
    Variant(name="tempo +1 %, same pitch", change=tempo(1.01)),
    Variant(name="tempo +4 %, same pitch", change=tempo(1.04)),
)  # fmt: skip


def write(path: Path, y: np.ndarray, sr: int, codec: str) -> None:
    """Write a mono clip: float samples, or through a codec at 64 kb/s."""
    if not codec:
        soundfile.write(path, y, sr, format="WAV", subtype="FLOAT")
        return
    with av.open(str(path), "w", format="mp3" if codec == "libmp3lame" else "adts") as output:
        stream = output.add_stream(codec, rate=sr, layout="mono")
        stream.codec_context.bit_rate = 64_000
        frame = av.AudioFrame.from_ndarray(y.reshape(1, -1).astype(np.float32), "flt", "mono")
        frame.sample_rate = sr
        output.mux([*stream.encode(frame), *stream.encode(None)])


def changed(path: Path, variant: Variant, folder: Path) -> np.ndarray:
    """Return the fingerprint of a changed clip, as it comes out of a file."""
    clip = load_audio(path, mono=True)
    y, sr = variant.change(clip.y, clip.sample_rate)
    file = folder / "clip"
    write(file, y, sr, variant.codec)
    return extract_clip(file, ["fingerprint"], NETWORKS).values["fingerprint"]


def measure(paths: list[Path], words: np.ndarray, same: set[tuple[int, int]]) -> Iterator[str]:
    """Search for every variant of every twentieth clip among all clips; one row of the table each."""
    rows = range(0, len(paths), EVERY)
    yield "| change | found | bits that differ: median | most | false pairs |"
    yield "|---|---|---|---|---|"
    for variant in VARIANTS:
        with TemporaryDirectory() as folder:
            copies = np.stack([changed(paths[row], variant, Path(folder)) for row in rows])
        right: dict[int, SamePair] = {}
        false = 0
        for pair in find_same_audio(np.vstack([words, copies])):
            if pair.second >= len(words):
                row = rows[pair.second - len(words)]
                if pair.first == row:
                    right[row] = pair
                elif pair.first < len(words):
                    false += (min(row, pair.first), max(row, pair.first)) not in same
                else:
                    other = rows[pair.first - len(words)]
                    false += (min(row, other), max(row, other)) not in same
        errors = [pair.bit_error_rate for pair in right.values()] or [np.nan]
        yield (
            f"| {variant.name} | {len(right)} of {len(rows)} | {np.median(errors):.3f} | {max(errors):.3f}"
            f" | {false} |"
        )


def at_every_offset(words: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    """For each clip, the fewest differing bits with every later one, at any offset that overlaps enough.

    All offsets at once: the bits as +1 and -1, silence as 0, correlated through the Fourier transform.
    """
    size = scipy.fft.next_fast_len(2 * words.shape[1], real=True)
    heard = (words != 0).astype(np.float32)
    H = scipy.fft.rfft(heard, size)
    X = np.empty((*H.shape, 32), np.complex64)
    for row, word in enumerate(words):
        bits = (word[:, None] >> np.arange(32, dtype=np.uint32)) & 1
        X[row] = scipy.fft.rfft((2 * bits.astype(np.float32) - 1) * heard[row, :, None], size, axis=0)
    for row in range(len(words) - 1):
        agreement = scipy.fft.irfft(np.einsum("fb,nfb->nf", X[row].conj(), X[row + 1 :]), size)
        overlap = scipy.fft.irfft(H[row].conj() * H[row + 1 :], size)
        rate = np.where(
            overlap * FRAME_S >= MIN_OVERLAP_S, (1 - agreement / (32 * np.maximum(overlap, 1))) / 2, 1
        )
        yield row, rate.min(axis=1)


def as_in_the_paper(y: np.ndarray) -> np.ndarray:
    """Haitsma and Kalker's own words: 0.37 s at 5.5 kHz, 33 bands of 300 to 2000 Hz, a word every 11.6 ms."""
    frames = sliding_window_view(resample(y, 16_000, 5_512), 2048)[::64] * np.hanning(2048).astype(np.float32)
    power = np.abs(scipy.fft.rfft(frames)) ** 2
    edges = np.round(np.geomspace(300, 2000, 34) * 2048 / 5_512).astype(int)
    energies = np.add.reduceat(power[:, : edges[-1]], edges[:-1], axis=1)
    bits = np.diff(np.diff(energies, axis=1), axis=0) > 0
    return np.packbits(bits, axis=1).view(">u4").ravel()


def as_here(y: np.ndarray) -> np.ndarray:
    """Reprise's words, the spectrogram included."""
    spectrogram = Spectrogram()
    return fingerprint(np.hstack([spectrogram.push(y), spectrogram.flush()]))


def beside_the_paper(paths: list[Path]) -> Iterator[str]:
    """Compare both kinds of words: how many bits changes cost, how often strangers share a word, the time."""
    changes = {"noise, 20 dB below": noise(20), "12 dB into a limiter": louder, "speed +1 %": speed(1.01)}
    clips = [load_audio(path, sr=16_000, mono=True).y for path in paths]
    yield f"| words | bits that differ: {' | '.join(changes)} | words shared, a million pairs | ms a clip |"
    yield "|---|" + "---|" * (len(changes) + 2)
    for name, make in {"as in the paper": as_in_the_paper, "as here": as_here}.items():
        began = time.process_time()
        plain = [make(y) for y in clips]
        elapsed_ms = 1e3 * (time.process_time() - began) / len(clips)
        cells = []
        for change in changes.values():
            rates = []
            for y, words in zip(clips, plain, strict=True):
                other = make(change(y, 16_000)[0].astype(np.float32))
                n = min(len(words), len(other))
                rates.append(np.unpackbits((words[:n] ^ other[:n]).view(np.uint8)).mean())
            cells.append(f"{np.median(rates):.3f}")
        own = [np.unique(words) for words in plain]
        _, times = np.unique(np.concatenate(own), return_counts=True)
        sizes = np.array([len(words) for words in own], float)
        pairs = (sizes.sum() ** 2 - (sizes**2).sum()) / 2
        shared = 1e6 * (times * (times - 1) / 2).sum() / pairs
        yield f"| {name} | {' | '.join(cells)} | {shared:.4f} | {elapsed_ms:.0f} |"


def named(data: Path) -> dict[str, str]:
    """Return artist and title by clip, for the collection that has them."""
    with (data / "labels" / "panda.csv").open(encoding="utf-8", newline="") as file:
        return {row["clip"]: f"{row['artist']}, {row['title']}" for row in csv.DictReader(file)}


def timed(words: np.ndarray, n: int) -> str:
    """Search among n clips: the real ones again and again, each time with other bits turned over."""
    rounds = np.random.default_rng(0).integers(1, 1 << 32, -(-n // len(words)), np.uint32)
    many = np.vstack([np.where(words != 0, words ^ mask, 0).astype(np.uint32) for mask in rounds])[:n]
    began = time.process_time()
    find_same_audio(many)
    return f"search among {n} clips: {time.process_time() - began:.1f} s of processor time"


def cost(paths: list[Path]) -> str:
    """Time one clip, with decoding and without."""
    began = time.process_time()
    clips = [Clip(path, NETWORKS) for path in paths]
    spectrograms = [clip.S for clip in clips]
    middle = time.process_time()
    for S in spectrograms:
        fingerprint(S)
    end = time.process_time()
    n = len(paths)
    return (
        f"a clip: {1e3 * (end - began) / n:.1f} ms of processor time, {1e3 * (end - middle) / n:.1f} ms of it"
        " for the fingerprint once there is a spectrogram"
    )


def farthest(words: np.ndarray, same: set[tuple[int, int]]) -> str:
    """Say how near any two different clips come."""
    lowest = np.concatenate(
        [
            np.array([rate for other, rate in enumerate(rates, row + 1) if (row, other) not in same])
            for row, rates in at_every_offset(words)
        ]
    )
    return (
        f"the other {len(lowest)} pairs, at every offset: lowest {lowest.min():.3f}, one in 100,000 below"
        f" {np.quantile(lowest, 1e-5):.3f}, median {np.median(lowest):.3f};"
        f" {np.sum(lowest <= MAX_BIT_ERROR_RATE)} at or below the threshold"
    )


def main() -> None:
    """Print everything."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="the folder of shared data")
    parser.add_argument("--work", type=Path, required=True, help="where the fingerprints go")
    arguments = parser.parse_args()
    clips = arguments.data / "clips"
    files = {str(p.relative_to(clips)): p for folder in FOLDERS for p in sorted((clips / folder).iterdir())}
    featurise(files, arguments.work, ["fingerprint"])
    words = ArrayStore(arguments.work / "fingerprint").load(list(files))
    ids, paths, names = list(files), list(files.values()), named(arguments.data)

    found = find_same_audio(words)
    print(f"{len(words)} clips, {len(words) * (len(words) - 1) // 2} pairs, {len(found)} found:\n")
    for pair in sorted(found, key=lambda pair: pair.bit_error_rate):
        first, second = (f"{ids[i]} ({names.get('clips/' + ids[i], '')})" for i in (pair.first, pair.second))
        print(
            f"- {pair.bit_error_rate:.3f} over {pair.overlap_s:.1f} s, {pair.offset_s:+.2f} s: {first}; {second}"
        )
    same = {(pair.first, pair.second) for pair in found}
    others = [p.bit_error_rate for p in find_same_audio(words, max_bit_error_rate=1.0) if p not in found]
    print(f"\n{len(others)} other candidates, the nearest at {min(others):.3f}")
    print(f"\nThreshold {MAX_BIT_ERROR_RATE}, overlap {MIN_OVERLAP_S} s:\n")
    for line in measure(paths, words, same):
        print(line, flush=True)
    print()
    for line in beside_the_paper(paths[::EVERY]):
        print(line, flush=True)
    print(f"\n{cost(paths[::EVERY])}\n{timed(words, 20_000)}", flush=True)
    print(farthest(words, same))


if __name__ == "__main__":
    main()
