"""Render pieces of known key in many styles, to train and to measure the key estimator on.

    python tools/render_key_corpus.py --half tuning --songs 800 --seed 1 -o /tmp/key_tuning.npz
    python tools/render_key_corpus.py --half untouched --songs 240 --seed 2 -o /tmp/key_untouched.npz

The untouched half has progressions and instruments of its own. Needs FluidSynth and the FluidR3 sound font;
the audio is never committed.
"""

from __future__ import annotations

import argparse
import struct
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import soxr

from key_corpus_styles import SCALES, STYLES, Chord, Style, parse_chord

SOUND_FONT = "/usr/share/sounds/sf2/FluidR3_GM.sf2"
SAMPLE_RATE_HZ = 16_000
STEPS = 16  # sixteenths in a bar
GAP_S = 4.0
SONGS_PER_RUN = 12


@dataclass(frozen=True, kw_only=True)
class Note:
    """Start and length in sixteenths, MIDI pitch, velocity and channel."""

    start: float
    length: float
    pitch: int
    velocity: int
    channel: int


class Composer:
    """Writes one song of a style in a key."""

    def __init__(self, style: Style, tonic: int, mode: int, half: str, rng: np.random.Generator) -> None:
        self.style, self.tonic, self.mode, self.rng = style, tonic, mode, rng
        pool = style.major if mode else style.minor
        own = [p for i, p in enumerate(pool) if (i % 4 == 3) == (half == "untouched")] or list(pool)
        self.numerals = str(rng.choice(own))
        self.chords = [parse_chord(numeral) for numeral in self.numerals.split()]
        self.scale = SCALES[str(rng.choice(style.scales[1 - mode]))]
        self.notes: list[Note] = []
        programs = {
            role: [p for p in pool if (p % 3 == 2) == (half == "untouched")] or list(pool)
            for role, pool in style.programs.items()
        }
        self.programs = {
            0: int(rng.choice(programs["chords"])),
            1: int(rng.choice(programs["bass"])),
            2: int(rng.choice(programs["melody"])),
            3: int(rng.choice(programs["chords"])),
        }
        self.bpm = float(rng.uniform(*style.tempo))

    def pick(self, names: tuple[str, ...]) -> str:
        return names[int(self.rng.integers(len(names)))]

    def add(self, start: float, length: float, pitch: float, velocity: float, channel: int) -> None:
        velocity = int(np.clip(velocity + self.rng.normal(0, 7), 20, 127))
        self.notes.append(
            Note(start=start, length=length, pitch=int(pitch), velocity=velocity, channel=channel)
        )

    def compose(self, seconds: float) -> list[Note]:
        """Fill the given time with the progression, over and over, from anywhere in it."""
        n_bars = int(np.ceil(seconds * self.bpm / 60 / 4)) + 1
        span = STEPS * float(self.rng.choice(self.style.bars_per_chord))
        if len(self.chords) > 6:
            span = min(span, STEPS)
        shift = int(self.rng.integers(len(self.chords)))
        comping, bass = self.pick(self.style.comping), self.pick(self.style.bass)
        second = self.pick(self.style.comping) if self.rng.random() < 0.4 else None
        start, index = 0.0, shift
        line: list[tuple[float, float, Chord]] = []
        while start < n_bars * STEPS:
            line.append((start, span, self.chords[index % len(self.chords)]))
            start, index = start + span, index + 1
        for here, (at, length, chord) in enumerate(line):
            following = line[(here + 1) % len(line)][2]
            self.comp(comping, at, length, chord, 0)
            if second:
                self.comp(second, at, length, chord, 3)
            self.bassline(bass, at, length, chord, following)
        if self.rng.random() < self.style.melody:
            self.melody(line)
        self.drums(self.pick(self.style.drums), n_bars)
        return self.notes

    def comp(self, pattern: str, start: float, length: float, chord: Chord, channel: int) -> None:
        """Play a chord in a pattern."""
        pitches = self.voicing(pattern, chord, 12 * int(self.rng.integers(-1, 2)) if channel == 3 else 0)
        if pattern == "arpeggio":
            order = pitches + pitches[-2:0:-1]
            for i, at in enumerate(np.arange(0, length, 2.0)):
                self.add(start + at, 3, order[i % len(order)], 75, channel)
            return
        sounding = {"pad": length, "block": min(length, 15.0)}.get(pattern, 2.0)
        for bar in np.arange(0, length, STEPS):
            for i, onset in enumerate(self.comping_onsets(pattern)):
                if bar + onset < length:
                    for pitch in self.struck(pattern, pitches, i, onset):
                        self.add(start + bar + onset, sounding, pitch, 78, channel)

    def voicing(self, pattern: str, chord: Chord, shift: int) -> list[int]:
        root = self.tonic + chord.root
        if pattern in ("power", "chug"):
            low = 40 + (root - 4) % 12
            return [low, low + 7, low + 12]
        pitches = [52 + (root - 52) % 12 + shift + interval for interval in chord.intervals]
        if self.rng.random() < 0.5:  # an inversion
            pitches = sorted([*pitches[:-1], pitches[-1] - 12])
        return pitches

    def comping_onsets(self, pattern: str) -> list[float]:
        eighths = list(np.arange(0, 16, 2.0))
        return {
            "block": [0],
            "pad": [0],
            "eighths": eighths,
            "strum": [0, 4, 6, 10, 12, 14],
            "offbeat": [4, 12] if self.bpm < 100 else [2, 6, 10, 14],
            "charleston": [0, 6],
            "power": [0, 6, 8, 12],
            "chug": eighths,
            "montuno": [0, 3, 6, 8, 11, 14],
            "boom-chick": [4, 12],
            "boogie": [0, 4, 8, 12],
            "riff": [0, 3, 6, 10],
        }[pattern]

    def struck(self, pattern: str, pitches: list[int], index: int, onset: float) -> list[int]:
        """Which notes of the chord sound at an onset."""
        if pattern == "boogie":
            return [pitches[0], pitches[0] + (7 if index % 2 == 0 else 9)]
        if pattern == "riff":
            return [int(self.rng.choice(pitches))]
        if pattern == "chug" and onset % 8 and self.rng.random() < 0.5:  # the open string
            return [40 + (self.tonic - 40) % 12]
        return pitches

    def bassline(self, pattern: str, start: float, length: float, chord: Chord, following: Chord) -> None:
        if pattern == "none":
            return
        root = 28 + (self.tonic + chord.root - 28) % 12
        fifth = root + chord.intervals[2 if len(chord.intervals) > 2 and chord.intervals[2] < 9 else 1]
        goal = 28 + (self.tonic + following.root - 28) % 12
        patterns: dict[str, list[tuple[float, int]]] = {
            "root": [(0, root)],
            "sub": [(0, root), (10, root)],
            "root eighths": [(s, root) for s in np.arange(0, 16, 2.0)],
            "root fifth": [(0, root), (8, fifth)],
            "octaves": [(s, root + 12 * (i % 2)) for i, s in enumerate(np.arange(0, 16, 2.0))],
            "funk": [(0, root), (3, root), (6, root + 12), (10, fifth), (14, root)],
            "dub": [(0, root), (3, fifth), (6, root), (11, root)],
            "tumbao": [(6, fifth), (12, goal)],
            "boogie": [(0, root), (4, root + 4), (8, fifth), (12, root + 9)],
            "walking": [
                (0, root),
                (4, root + int(self.rng.choice(chord.intervals[1:])) % 12),
                (8, fifth),
                (12, goal + int(self.rng.choice([-1, 1, 2]))),
            ],
        }
        for bar in np.arange(0, length, STEPS):
            steps = patterns[pattern]
            for i, (onset, pitch) in enumerate(steps):
                if bar + onset < length:
                    end = steps[i + 1][0] if i + 1 < len(steps) else STEPS
                    self.add(
                        start + bar + onset,
                        max(1.5, min(end - onset, length - bar - onset) - 0.5),
                        pitch,
                        95,
                        1,
                    )

    def melody(self, line: list[tuple[float, float, Chord]]) -> None:
        """A walk through the scale that seeks chord tones on the beat and rests on stable notes."""
        rng, low = self.rng, int(rng_centre(self.rng))
        ladder = [p for p in range(low - 10, low + 12) if (p - self.tonic) % 12 in self.scale]
        at, place, end = 0.0, len(ladder) // 2, line[-1][0] + line[-1][1]
        density, stability = rng.choice([2.0, 3.0, 4.0]), rng.uniform(0.3, 0.9)
        while at < end:
            chord = next(c for s, n, c in reversed(line) if s <= at)
            tones = {(self.tonic + chord.root + i) % 12 for i in chord.intervals}
            length = float(rng.choice([1, 2, 2, 4, 6])) * density / 3
            place = int(np.clip(place + rng.integers(-2, 3), 0, len(ladder) - 1))
            if rng.random() < stability and at % 4 < 1:
                near = [i for i, p in enumerate(ladder) if p % 12 in tones]
                place = min(near, key=lambda i: abs(i - place)) if near else place
            pitch = ladder[place]
            if rng.random() < 0.22:  # the end of a phrase
                rest = {self.tonic % 12, (self.tonic + 7) % 12, (self.tonic + (4 if self.mode else 3)) % 12}
                home = [p for p in ladder if p % 12 in (rest if rng.random() < 0.4 else {self.tonic % 12})]
                pitch, length = min(home, key=lambda p: abs(p - ladder[place])), 6.0 + 2 * rng.integers(4)
            if rng.random() < self.style.extras.get("chromatic", 0.0):
                pitch, length = pitch + 1, 1.0
            self.add(at, length * 0.95, pitch, 92, 2)
            at += length + (float(rng.integers(9)) if length > 5.5 else 0)

    def drums(self, pattern: str, n_bars: int) -> None:
        kick, snare, hat, ride, stick = 36, 38, 42, 51, 37
        hats = [(s, hat) for s in range(0, 16, 2)]
        patterns: dict[str, list[tuple[float, int]]] = {
            "none": [],
            "rock": [(0, kick), (4, snare), (8, kick), (10, kick), (12, snare), *hats],
            "half": [(0, kick), (8, snare), *hats],
            "disco": [
                *((s, kick) for s in (0, 4, 8, 12)),
                (4, snare),
                (12, snare),
                *((s, 46) for s in (2, 6, 10, 14)),
            ],
            "shuffle": [
                (0, kick),
                (4, snare),
                (8, kick),
                (12, snare),
                *((s, hat) for s in (0, 2.7, 4, 6.7, 8, 10.7, 12, 14.7)),
            ],
            "swing": [*((s, ride) for s in (0, 4, 6.7, 8, 12, 14.7)), (4, 44), (12, 44)],
            "train": [*((s, snare) for s in range(0, 16, 2)), (0, kick), (8, kick)],
            "hiphop": [(0, kick), (3, kick), (4, snare), (10, kick), (12, snare), *hats],
            "metal": [
                *((s, kick) for s in range(0, 16, 2)),
                (4, snare),
                (12, snare),
                *((s, 49) for s in (0, 8)),
            ],
            "reggae": [(8, kick), (8, stick), *hats],
            "latin": [(0, 64), (3, 63), (6, 64), (10, 63), (12, 64), *((s, 70) for s in range(16))],
        }
        for bar in range(n_bars):
            for onset, pitch in patterns[pattern]:
                self.add(bar * STEPS + onset, 1, pitch, 95, 9)


def rng_centre(rng: np.random.Generator) -> float:
    """Middle of a melody's range, as a MIDI pitch: from a tenor to a flute."""
    return float(rng.integers(58, 78))


def smf(events: list[tuple[int, bytes]]) -> bytes:
    """Write a one-track standard MIDI file of 1000 ticks a second from (tick, message) pairs."""
    track, last = b"\x00\xff\x51\x03" + (1_000_000).to_bytes(3, "big"), 0
    for tick, message in sorted(events, key=lambda event: event[0]):
        delta, last = tick - last, tick
        size = [delta & 0x7F]
        while delta := delta >> 7:
            size.append(0x80 | (delta & 0x7F))
        track += bytes(reversed(size)) + message
    track += b"\x00\xff\x2f\x00"
    return b"MThd" + struct.pack(">IHHH", 6, 0, 1, 1000) + b"MTrk" + struct.pack(">I", len(track)) + track


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A song with its key, and where its audio lies."""

    key: int
    mode: int
    style: str
    y: np.ndarray


def song_events(
    composer: Composer, notes: list[Note], offset_s: float, seconds: float
) -> list[tuple[int, bytes]]:
    """MIDI messages of one song that starts at ``offset_s``: programs, levels and pans, then the notes."""
    rng, step_s = composer.rng, 60 / composer.bpm / 4
    events: list[tuple[int, bytes]] = []
    start = int(offset_s * 1000)
    for channel in (0, 1, 2, 3, 9):
        if channel != 9:
            events.append((start, bytes([0xC0 | channel, composer.programs[channel]])))
        loud = rng.integers(60, 127) if channel != 9 else rng.integers(40, 120)
        events.append((start, bytes([0xB0 | channel, 7, int(loud)])))
        events.append((start, bytes([0xB0 | channel, 1, int(rng.integers(0, 60)) if channel == 2 else 0])))
        events.append((start, bytes([0xB0 | channel, 91, int(rng.integers(0, 90))])))
    for note in notes:
        on, off = note.start * step_s, (note.start + note.length) * step_s
        if on >= seconds or not 0 <= note.pitch < 128:
            continue
        jitter = rng.normal(0, 0.008)
        a, b = (int(1000 * max(0, t + jitter) + start) for t in (on, min(off, seconds)))
        events.append((a + 5, bytes([0x90 | note.channel, note.pitch, note.velocity])))
        events.append((max(b, a + 30) + 4, bytes([0x80 | note.channel, note.pitch, 0])))
    return events


def degrade(y: np.ndarray, style: Style, rng: np.random.Generator) -> np.ndarray:
    """What recordings do: detuning, drive, tone, noise and level."""
    cents = rng.normal(0, 8) if rng.random() < 0.75 else rng.uniform(-45, 45)
    y = soxr.resample(y, SAMPLE_RATE_HZ * 2 ** (cents / 1200), SAMPLE_RATE_HZ)
    y = y / (np.sqrt(np.mean(y**2)) + 1e-9)
    if rng.random() < 0.3 or style.extras.get("drive"):
        drive = rng.uniform(0.3, 2.0)
        y = np.tanh(drive * y) / drive
    spectrum = np.fft.rfft(y)
    f = np.fft.rfftfreq(y.size, 1 / SAMPLE_RATE_HZ)
    low, tilt = rng.uniform(20, 150), rng.uniform(-0.5, 0.4)
    spectrum *= (f / (f + low)) * ((f + 200) / 1000) ** tilt
    y = np.fft.irfft(spectrum, y.size)
    y = y / (np.sqrt(np.mean(y**2)) + 1e-9)
    y = y + 10 ** (rng.uniform(-60, -15) / 20) * rng.standard_normal(y.size)
    return (0.6 * y / np.abs(y).max()).astype(np.float32)


def render(songs: int, half: str, seed: int) -> list[Piece]:
    """Compose and render songs, a dozen to a run of FluidSynth."""
    rng, pieces = np.random.default_rng([seed, half == "untouched"]), []
    names = list(STYLES)
    for first in range(0, songs, SONGS_PER_RUN):
        batch, events, offset = [], [], 0.0
        for index in range(first, min(first + SONGS_PER_RUN, songs)):
            style = STYLES[names[index % len(names)]]
            mode, tonic = int(rng.random() >= style.minor_share), int(rng.integers(12))
            seconds = float(rng.uniform(14, 30))
            composer = Composer(style, tonic, mode, half, rng)
            events += song_events(composer, composer.compose(seconds), offset, seconds)
            batch.append((names[index % len(names)], style, tonic, mode, offset, seconds))
            offset += seconds + GAP_S
        y = synthesize(smf(events))
        for name, style, tonic, mode, at, seconds in batch:
            clip = y[int(at * SAMPLE_RATE_HZ) : int((at + seconds) * SAMPLE_RATE_HZ)]
            pieces.append(Piece(key=tonic, mode=mode, style=name, y=degrade(clip, style, rng)))
    return pieces


def synthesize(midi: bytes) -> np.ndarray:
    """Play a MIDI file with FluidSynth; mono at 16 kHz."""
    with tempfile.TemporaryDirectory() as folder:
        score, wave = Path(folder) / "score.mid", Path(folder) / "score.wav"
        score.write_bytes(midi)
        command = [
            "fluidsynth",
            "-ni",
            "-q",
            "-g",
            "0.5",
            "-r",
            str(SAMPLE_RATE_HZ),
            "-F",
            str(wave),
            SOUND_FONT,
            str(score),
        ]
        subprocess.run(command, check=True, capture_output=True)
        y, _ = soundfile.read(wave, dtype="float32", always_2d=True)
    return y.mean(axis=1)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--half", choices=("tuning", "untouched"), default="tuning")
    parser.add_argument("--songs", type=int, default=240)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("-o", "--output", type=Path, required=True)
    arguments = parser.parse_args()
    pieces = render(arguments.songs, arguments.half, arguments.seed)
    y = [np.round(piece.y * 32767).astype(np.int16) for piece in pieces]
    np.savez(
        arguments.output, y=np.concatenate(y), offset=np.cumsum([0, *(part.size for part in y)]),
        key=[p.key for p in pieces], mode=[p.mode for p in pieces], style=[p.style for p in pieces],
    )  # fmt: skip
    print(
        f"{len(pieces)} songs, {sum(part.size for part in y) / SAMPLE_RATE_HZ / 60:.0f} minutes: {arguments.output}"
    )


if __name__ == "__main__":
    main()
