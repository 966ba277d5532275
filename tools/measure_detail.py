"""Measure the full analysis against what was composed, beside librosa; or fit its constants.

    python tools/measure_detail.py [--songs 12] [--first 1000] [--clips FOLDER]
    python tools/measure_detail.py --fit --clips ../shared/data/clips

The music is the ten demo pieces and as many composed songs, whose notes, beats, bars, sections and keys are known
because they were written down. Onsets, beats and boundaries are scored by mir_eval with its usual windows of 50 ms,
70 ms, 0.5 s and 3 s. librosa works in its default settings at 22,050 Hz; its onsets come late by a constant, so that
they are also scored with the median of their own delay taken off. `--clips` adds how many segments a second real music
has. Confidences are compared with how often they are right. `--fit` prints the constants of
`reprise.models.segments` and `reprise.models.timbre`, from songs 0 to 15 and from 120 of the clips.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import warnings
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import librosa
import mir_eval
import numpy as np
import soundfile

from measure_sections import Form, heard, librosas, scores, truth_of
from reprise.analysis import analyze_detail
from reprise.audio import open_audio
from reprise.audio_analysis import AnalysedSection, AudioAnalysis
from reprise.demo import PIECES, render
from reprise.demo.pieces import notes_of
from reprise.demo.score import PlayedNote
from reprise.demo.songs import Song, compose
from reprise.errors import AudioError
from reprise.features.extract import extract_measured
from reprise.models import segments, timbre
from reprise.models.sections import Sound

RATE_HZ = 22_050
TOGETHER_S = 0.03
"""Notes of a chord begin within this time: one onset."""


@dataclass(frozen=True, kw_only=True)
class Music:
    """A piece or a song with the truth about it."""

    name: str
    y: np.ndarray
    notes: tuple[PlayedNote, ...]
    beats_s: np.ndarray
    downbeats_s: np.ndarray
    song: Song | None = None

    @property
    def onsets_s(self) -> np.ndarray:
        """When something begins; what begins together counts once."""
        starts = np.sort([note.start_s for note in self.notes])
        groups = np.split(starts, np.flatnonzero(np.diff(starts) > TOGETHER_S) + 1)
        return np.array([group.mean() for group in groups])


def pieces() -> list[Music]:
    """The ten demo pieces."""
    return [
        Music(
            name=piece.name, y=render(piece, RATE_HZ), notes=notes_of(piece), beats_s=piece.beats_s,
            downbeats_s=piece.downbeats_s,
        )
        for piece in PIECES
    ]  # fmt: skip


def songs(first: int, count: int) -> list[Music]:
    """Composed songs."""
    made = [compose(seed, RATE_HZ) for seed in range(first, first + count)]
    return [
        Music(
            name=f"song {first + i}", y=song.y, notes=song.notes, beats_s=song.beats_s,
            downbeats_s=song.downbeats_s, song=song,
        )
        for i, song in enumerate(made)
    ]  # fmt: skip


def analysed(y: np.ndarray) -> AudioAnalysis:
    """Analyse samples by way of a file, as users do."""
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        soundfile.write(file.name, y.T, RATE_HZ, format="WAV", subtype="FLOAT")
        return analyze_detail(file.name)


def starts(intervals: tuple) -> np.ndarray:
    """When intervals begin."""
    return np.array([interval.start_s for interval in intervals])


def onset_scores(truth: np.ndarray, found: np.ndarray) -> list[float]:
    """F, precision and recall within 50 ms."""
    return list(mir_eval.onset.f_measure(truth, found))


def beat_score(truth: np.ndarray, found: np.ndarray) -> float:
    """F within 70 ms, the first five seconds left out."""
    trim = mir_eval.beat.trim_beats
    return mir_eval.beat.f_measure(trim(truth), trim(found))


def pitch_score(music: Music, edges_s: np.ndarray, rows: np.ndarray) -> float:
    """How often a pitch class that sounds is stronger than one that does not (area under the curve), by segment."""
    areas = []
    for (start_s, stop_s), row in zip(np.stack([edges_s[:-1], edges_s[1:]], axis=1), rows, strict=True):
        sounds = np.zeros(12)
        for note in music.notes:
            overlap = min(stop_s, note.start_s + note.duration_s) - max(start_s, note.start_s)
            if note.pitch and overlap > TOGETHER_S:
                sounds[round(note.pitch) % 12] += overlap
        yes = sounds > 0.3 * sounds.max()
        if sounds.max() > 0 and not yes.all():
            above = row[yes][:, None] - row[~yes][None]
            areas.append(((above > 0) + 0.5 * (above == 0)).mean())
    return float(np.mean(areas))


def table(title: str, header: str, rows: dict[str, list[list[float]]]) -> None:
    """Print the mean of each column."""
    print(f"\n{title:28}{header}")
    for name, values in rows.items():
        print(f"{name:28}" + "".join(f"{value:9.3f}" for value in np.mean(values, axis=0)))


def measure_events(group: list[Music], found: list[AudioAnalysis], title: str) -> None:
    """Onsets, beats, bars and pitches of some music."""
    onsets: dict[str, list[list[float]]] = {"reprise": [], "librosa": [], "librosa, delay taken off": []}
    beats: dict[str, list[list[float]]] = {"reprise": [], "librosa": []}
    pitches: dict[str, list[list[float]]] = {"reprise": [], "librosa, chroma_cqt": []}
    for music, detail in zip(group, found, strict=True):
        mono = music.y.mean(axis=0)
        truth = music.onsets_s
        theirs = librosa.onset.onset_detect(y=mono, sr=RATE_HZ, units="time")
        onsets["reprise"].append(onset_scores(truth, starts(detail.segments)[1:]))
        onsets["librosa"].append(onset_scores(truth, theirs))
        pairs = mir_eval.util.match_events(truth, theirs, 0.1)
        delay = np.median([theirs[j] - truth[i] for i, j in pairs]) if pairs else 0.0
        onsets["librosa, delay taken off"].append(onset_scores(truth, np.maximum(theirs - delay, 0)))
        if music.beats_s.size:
            _, their_beats = librosa.beat.beat_track(y=mono, sr=RATE_HZ, units="time")
            bars = beat_score(music.downbeats_s, starts(detail.bars)[1:])
            beats["reprise"].append([beat_score(music.beats_s, starts(detail.beats)), bars])
            beats["librosa"].append([beat_score(music.beats_s, their_beats), float("nan")])
        edges_s = np.append(starts(detail.segments), detail.duration_s)
        chroma = librosa.feature.chroma_cqt(y=mono, sr=RATE_HZ)
        frames = np.minimum(librosa.time_to_frames(edges_s, sr=RATE_HZ), chroma.shape[1] - 1)
        their_rows = [chroma[:, a : max(b, a + 1)].mean(axis=1) for a, b in pairwise(frames)]
        rows = np.array([segment.pitches for segment in detail.segments])
        pitches["reprise"].append([pitch_score(music, edges_s, rows)])
        pitches["librosa, chroma_cqt"].append([pitch_score(music, edges_s, np.array(their_rows))])
    table(f"{title}: onsets", "        F        P        R", onsets)
    table(f"{title}: beats, bars", "  F beats   F bars", beats)
    table(f"{title}: pitches", "     area", pitches)


def measure_sections(group: list[Music], found: list[AudioAnalysis]) -> None:
    """Boundaries, and what each section says of itself."""
    rows: dict[str, list[list[float]]] = {"reprise": [], "librosa, told the number": []}
    local = []
    for music, detail in zip(group, found, strict=True):
        assert music.song
        truth = truth_of(music.song)
        edges = np.append(starts(detail.sections), truth.intervals[-1, 1])
        ours = Form(
            intervals=np.stack([edges[:-1], edges[1:]], axis=1),
            labels=[section.label for section in detail.sections],
        )
        rows["reprise"].append(scores(truth, ours)[:3])
        rows["librosa, told the number"].append(scores(truth, librosas(music.song, heard_at(music.song)))[:3])
        local += [local_scores(music.song, section) for section in detail.sections]
    table("songs: sections", "  F 0.5 s    F 3 s  F pairs", rows)
    table("songs: within each section", "    tempo      key     mode    metre", {"reprise": local})


def heard_at(song: Song) -> Sound:
    """The cells of a song; the extractors work at 16 kHz."""
    mono = librosa.resample(song.y.mean(axis=0), orig_sr=RATE_HZ, target_sr=16_000)
    return heard(
        Song(
            y=mono[None], sample_rate=16_000, tempo_bpm=song.tempo_bpm, form=song.form,
            sections=song.sections, notes=song.notes,
        )
    )  # fmt: skip


def local_scores(song: Song, section: AnalysedSection) -> list[float]:
    """Tempo within 4 %, weighted key score of MIREX, mode, and metre of one section."""
    middle_s = section.start_s + section.duration_s / 2
    true = next(each for each in song.sections if each.end_s >= middle_s or each is song.sections[-1])
    key = mir_eval.key.weighted_score(_named(true.key, true.mode), _named(section.key, section.mode))
    tempo = section.tempo_bpm is not None and abs(section.tempo_bpm / song.tempo_bpm - 1) < 0.04
    return [float(tempo), key, float(section.mode == true.mode), float(section.time_signature == 4)]


def _named(key: int, mode: int | None) -> str:
    tonics = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
    return "X" if key < 0 else f"{tonics[key]} {'major' if mode else 'minor'}"


def measure_tempo_changes(group: list[Music]) -> None:
    """Two songs in one file: does each section have the tempo of its own song?"""
    right = []
    for one, other in zip(group[::2], group[1::2], strict=False):
        assert one.song
        assert other.song
        detail = analysed(np.concatenate([one.y, other.y], axis=1))
        turn_s = one.y.shape[1] / RATE_HZ
        for section in detail.sections:
            stop_s = section.start_s + section.duration_s
            if stop_s < turn_s + 2 or section.start_s > turn_s - 2:
                true = (one if stop_s < turn_s + 2 else other).song.tempo_bpm
                right.append(section.tempo_bpm is not None and abs(section.tempo_bpm / true - 1) < 0.04)
    print(
        f"\ntwo songs in one file: sections with their own song's tempo {np.mean(right):.3f} of {len(right)}"
    )


def measure_fades(group: list[Music]) -> None:
    """Fade songs in and out, linearly in amplitude or in dB, and look where the fades are found."""
    errors: dict[str, list[float]] = {}
    for at, music in enumerate(group):
        n, length_s = music.y.shape[1], (3.0, 6.0, 10.0)[at % 3]
        size = round(length_s * RATE_HZ)
        ramp = np.linspace(0, 1, size) if at % 2 else 10 ** (np.linspace(-50, 0, size) / 20)
        y = music.y.copy()
        y[:, :size] *= ramp
        y[:, n - 5 * RATE_HZ - size : n - 5 * RATE_HZ] *= ramp[::-1]
        detail = analysed(y[:, : n - 5 * RATE_HZ])
        errors.setdefault("in", []).append(abs(detail.end_of_fade_in_s - length_s))
        away_s = detail.duration_s - detail.start_of_fade_out_s
        errors.setdefault("out", []).append(abs(away_s - length_s))
        plain = analysed(music.y[:, 8 * RATE_HZ : n - 8 * RATE_HZ])
        errors.setdefault("no fade: in", []).append(plain.end_of_fade_in_s)
        none_s = plain.duration_s - plain.start_of_fade_out_s
        errors.setdefault("no fade: out", []).append(none_s)
    print("\nfades of 3, 6 and 10 s: error in seconds, median and worst")
    for name, values in errors.items():
        print(f"{name:28}{np.median(values):9.2f}{np.max(values):9.2f}")


def measure_confidences(group: list[Music], found: list[AudioAnalysis]) -> None:
    """Compare confidences with how often they are right."""
    said: dict[str, list[tuple[float, float]]] = {"segments": [], "beats": [], "bars": []}
    for music, detail in zip(group, found, strict=True):
        kinds = {
            "segments": (detail.segments[1:], music.onsets_s, 0.05),
            "beats": (detail.beats, music.beats_s, 0.07),
            "bars": (detail.bars[1:], music.downbeats_s, 0.07),
        }
        for name, (intervals, truth, window_s) in kinds.items():
            right = {j for _, j in mir_eval.util.match_events(truth, starts(intervals), window_s)}
            said[name] += [(each.confidence, float(i in right)) for i, each in enumerate(intervals)]
    print("\nconfidence                    said    right   |difference| in fifths")
    for name, pairs in said.items():
        confidence, right = np.array(pairs).T
        fifths = np.array_split(np.argsort(confidence), 5)
        gaps = [abs(confidence[part].mean() - right[part].mean()) for part in fifths]
        print(f"{name:25}{confidence.mean():9.3f}{right.mean():9.3f}{np.mean(gaps):9.3f}")


def clips_below(folder: Path, count: int) -> list[Path]:
    """Some clips of music, the same ones each time."""
    kinds = ("panda", "emotify", "gtzan_classical")
    clips = sorted(path for kind in kinds for path in (folder / kind).rglob("*") if path.is_file())
    random.Random(0).shuffle(clips)
    return clips[:count]


def measure_clips(folder: Path) -> None:
    """Count segments in real music, and say how much of its surfaces the basis keeps."""
    rates, kept = [], []
    for path in clips_below(folder, 120):
        try:
            with open_audio(path) as stream:
                features = extract_measured(stream)
        except AudioError:
            continue
        loudness_db = features.loudness.overall_db
        edges_s, _ = segments.cut_segments(features.onset, loudness_db, features.duration_s)
        rates.append((edges_s.size - 1) / features.duration_s)
        surfaces = segments.segment_surfaces(edges_s, features.onset)
        kept.append((surfaces, timbre.timbre_coefficients(surfaces)))
    percentiles = np.percentile(rates, [5, 25, 50, 75, 95]).round(1).tolist()
    print(f"\nsegments a second in {len(rates)} clips, percentiles 5, 25, 50, 75, 95: {percentiles}")
    surfaces, coefficients = (np.concatenate(each) for each in zip(*kept, strict=True))
    flat = (surfaces - surfaces.mean(axis=0)).reshape(len(surfaces), -1)
    rest = (surfaces - timbre.surfaces_of(coefficients)).reshape(len(surfaces), -1)
    total = np.square(flat).sum()
    lost = np.square(rest - rest.mean(axis=0)).sum() / total
    best = np.square(np.linalg.svd(flat, compute_uv=False))[:12].sum() / total
    print(f"variance of surfaces kept: {1 - lost:.3f}; by 12 principal components: {best:.3f}")
    for name, values in (("means", coefficients.mean(axis=0)), ("spread", coefficients.std(axis=0))):
        print(f"timbre, {name}: " + " ".join(f"{value:.1f}" for value in values))


def fit(folder: Path | None) -> None:
    """Print the constants."""
    x, y = [], []
    for music in pieces() + songs(0, 16):
        with tempfile.NamedTemporaryFile(suffix=".wav") as file:
            soundfile.write(file.name, music.y.T, RATE_HZ, format="WAV", subtype="FLOAT")
            with open_audio(file.name) as stream:
                features = extract_measured(stream)
        strength = segments.onset_strength(features.onset, features.loudness.overall_db)
        frames, rises = segments.pick_onsets(strength)
        times = frames / segments.FRAME_RATE_HZ - segments.LATE_S
        right = {j for _, j in mir_eval.util.match_events(music.onsets_s, np.maximum(times, 0), 0.05)}
        x += rises.tolist()
        y += [float(i in right) for i in range(len(rises))]
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=1e6).fit(np.log(x)[:, None], y)
    slope, offset = float(model.coef_[0, 0]), float(model.intercept_[0])
    print(f"confidence of segments: slope {slope:.2f}, middle {np.exp(-offset / slope):.2f}")
    if folder:
        measure_clips(folder)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--songs", type=int, default=12)
    parser.add_argument("--first", type=int, default=1000)
    parser.add_argument("--clips", type=Path)
    parser.add_argument("--fit", action="store_true")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    if arguments.fit:
        fit(arguments.clips)
        return
    ten, many = pieces(), songs(arguments.first, arguments.songs)
    of_ten, of_many = ([analysed(music.y) for music in group] for group in (ten, many))
    measure_events(ten, of_ten, "ten pieces")
    measure_events(many, of_many, f"{len(many)} songs")
    measure_sections(many, of_many)
    measure_tempo_changes(many[:6])
    measure_fades(many[:6])
    measure_confidences(ten + many, of_ten + of_many)
    if arguments.clips:
        measure_clips(arguments.clips)


if __name__ == "__main__":
    main()
