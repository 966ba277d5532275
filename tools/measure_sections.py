"""Measure where sections begin and which are the same, on composed songs, beside librosa and beside guessing.

    python tools/measure_sections.py [--songs 32] [--first 1000]

The settings of `reprise.models.sections` were chosen on songs 0 to 31; those from 1000 on were left alone. librosa's
`segment.agglomerative` groups chroma and timbre averaged over the same beats; it is told the true number of sections,
and gives no letters, so that its own groups count as such. Even parts have the true number and the true letters. The
figures are F-measures of mir_eval: boundaries found within 0.5 s and within 3 s (both ends of the song left out), pairs
of moments in the same kind of section. The last line is the time that a core works on a song of four minutes.
"""

from __future__ import annotations

import argparse
import time
import warnings
from dataclasses import dataclass

import librosa
import mir_eval
import numpy as np

from reprise.demo.songs import Song, compose
from reprise.features.chroma import Chroma
from reprise.features.onset import OnsetEnvelope
from reprise.features.spectrogram import SAMPLE_RATE_HZ, Spectrogram
from reprise.models.rhythm import estimate_rhythm
from reprise.models.sections import Sound, estimate_sections, hear_cells
from reprise.models.tonality import estimate_tuning


@dataclass(frozen=True, kw_only=True)
class Form:
    """Sections as mir_eval takes them."""

    intervals: np.ndarray
    labels: list[str]


def heard(song: Song) -> Sound:
    """The cells of a song."""
    mono = song.y.mean(axis=0)
    spectrogram, envelope, chroma = Spectrogram(), OnsetEnvelope(), Chroma()
    envelope.push(spectrogram.push(mono))
    envelope.push(spectrogram.flush())
    chroma.push(mono)
    onset, chromagram = envelope.result(), chroma.result()
    return hear_cells(onset, chromagram, estimate_rhythm(onset), estimate_tuning(chromagram).cents)


def of_edges(edges: np.ndarray, labels: list[str] | None = None) -> Form:
    """Sections between edges, all different where nothing is known."""
    intervals = np.stack([edges[:-1], edges[1:]], axis=1)
    return Form(intervals=intervals, labels=labels or [str(i) for i in range(len(intervals))])


def truth_of(song: Song) -> Form:
    """What was composed."""
    intervals = np.array([[section.start_s, section.end_s] for section in song.sections])
    return Form(intervals=intervals, labels=[section.label for section in song.sections])


def ours(song: Song, sound: Sound) -> Form:
    """What Reprise says."""
    duration_s = song.sections[-1].end_s
    sections = estimate_sections(sound, duration_s=duration_s)
    edges = np.append([section.start_s for section in sections], duration_s)
    return of_edges(edges, [section.label for section in sections])


def librosas(song: Song, sound: Sound) -> Form:
    """What librosa's agglomerative segmentation says, told how many sections there are."""
    mono = song.y.mean(axis=0)
    frames = librosa.time_to_frames(sound.edges_s[1:-1], sr=song.sample_rate, hop_length=512)
    chroma = librosa.feature.chroma_cqt(y=mono, sr=song.sample_rate, hop_length=512)
    mfcc = librosa.feature.mfcc(y=mono, sr=song.sample_rate, hop_length=512)
    both = [librosa.util.sync(X, frames, aggregate=np.mean) for X in (chroma, mfcc)]
    stacked = np.concatenate([(X - X.mean()) / X.std() for X in both])
    starts = librosa.segment.agglomerative(stacked, len(song.sections))
    return of_edges(np.append(sound.edges_s[starts], song.sections[-1].end_s))


def evenly(song: Song, sound: Sound) -> Form:
    """Equal parts with the true letters."""
    edges = np.linspace(0, song.sections[-1].end_s, len(song.sections) + 1)
    return of_edges(edges, [section.label for section in song.sections])


def scores(truth: Form, found: Form) -> list[float]:
    """The three F-measures, and precision and recall within 3 s."""
    close = mir_eval.segment.detection(truth.intervals, found.intervals, window=0.5, trim=True)
    near = mir_eval.segment.detection(truth.intervals, found.intervals, window=3.0, trim=True)
    pairs = mir_eval.segment.pairwise(truth.intervals, truth.labels, found.intervals, found.labels)
    return [close[2], near[2], pairs[2], near[0], near[1]]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--songs", type=int, default=32)
    parser.add_argument("--first", type=int, default=1000)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    methods = {"reprise": ours, "librosa": librosas, "even parts": evenly}
    rows: dict[str, list[list[float]]] = {name: [] for name in methods}
    for seed in range(arguments.first, arguments.first + arguments.songs):
        song = compose(seed, SAMPLE_RATE_HZ)
        sound = heard(song)
        for name, method in methods.items():
            rows[name].append(scores(truth_of(song), method(song, sound)))
    print(f"{arguments.songs} songs from {arguments.first}")
    print(f"{'':12}{'F 0.5 s':>9}{'F 3 s':>9}{'F pairs':>9}{'P 3 s':>9}{'R 3 s':>9}")
    for name, values in rows.items():
        print(f"{name:12}" + "".join(f"{value:9.2f}" for value in np.mean(values, axis=0)))
    print(f"computing for four minutes: {1000 * time_of_four_minutes(sound):.0f} ms")


def time_of_four_minutes(sound: Sound) -> float:
    """Seconds of computing that 480 beats take, the least of five runs; the averages over the beats are not in it."""
    take = np.arange(480) % (len(sound.timbre))
    long = Sound(
        edges_s=np.arange(481) / 2,
        timbre=sound.timbre[take],
        chroma=sound.chroma[take],
        per_bar=sound.per_bar,
    )
    times = []
    for _ in range(5):
        start = time.process_time()
        estimate_sections(long, duration_s=240.0)
        times.append(time.process_time() - start)
    return min(times)


if __name__ == "__main__":
    main()
