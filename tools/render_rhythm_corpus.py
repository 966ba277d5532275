"""Compose and render a corpus with known beats: many styles, tempi and metres, for training and for testing.

    python tools/render_rhythm_corpus.py OUT --half tune --count 1000 --seed 1

Each piece is invented (pattern, harmony, melody, bass, instruments, timing), written as a MIDI file and played by
fluidsynth with its FluidR3 sound font. ``OUT/corpus.jsonl`` holds one line a piece: file, style, tempo, metre and the
times of beats with their place in the bar. The halves "tune" and "held" share neither instruments nor drum kits nor
seeds. Nothing of it is committed.
"""

from __future__ import annotations

import argparse
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np

DRUMS = {
    "kick": 36, "snare": 38, "rim": 37, "clap": 39, "hat": 42, "open": 46, "pedal": 44, "ride": 51, "crash": 49,
    "tom": 47, "floor": 43, "tambourine": 54, "shaker": 70, "conga": 63, "low_conga": 64, "cowbell": 56,
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Style:
    """How a kind of music goes; each string holds the chance in ninths of a stroke on every step of a bar."""

    name: str
    beats: int
    grid: int
    low_bpm: float
    high_bpm: float
    drums: tuple[dict[str, str], ...] = ({},)
    comping: str = "strum"
    bass: str = "root"
    swing: tuple[float, float] = (0.5, 0.5)
    drift: float = 0.002
    signature: int | None = None
    weight: float = 1.0


def _s(**kw: object) -> Style:
    return Style(**kw)  # type: ignore[arg-type]


STYLES: tuple[Style, ...] = (
    _s(name="rock", beats=4, grid=4, low_bpm=85, high_bpm=160, weight=3, bass="eighths", drums=(
        {"kick": "9030105090302010", "snare": "0000900100009002", "hat": "9090909090909090"},
        {"kick": "9000007090100000", "snare": "0000900000009000", "ride": "9090909090909090"},
        {"kick": "9010900090109000", "snare": "0000900000009000", "open": "9000900090009000"},
        {"kick": "9000900090009000", "snare": "0000900000009040", "hat": "9191919191919191"})),
    _s(name="half_time", beats=4, grid=4, low_bpm=120, high_bpm=175, drums=(
        {"kick": "9010003000302000", "snare": "0000000090000001", "hat": "9090909090909090"},
        {"kick": "9000300010003000", "snare": "0000000090000000", "ride": "9000900090009000"})),
    _s(name="ballad", beats=4, grid=4, low_bpm=56, high_bpm=88, weight=2, comping="arpeggio", drums=(
        {"kick": "9000001290300010", "snare": "0000900000009000", "hat": "9090909090909090"},
        {"kick": "9000000090100000", "rim": "0000900000009000", "hat": "9191919191919191"},
        {"shaker": "9191919191919191", "kick": "9000000090000000"})),
    _s(name="disco", beats=4, grid=4, low_bpm=110, high_bpm=132, weight=3, bass="octaves", drums=(
        {"kick": "9000900090009000", "snare": "0000900000009000", "open": "0090009000900090",
         "hat": "9101910191019101"},
        {"kick": "9000900090009000", "clap": "0000900000009000", "hat": "9999999999999999"})),
    _s(name="house", beats=4, grid=4, low_bpm=118, high_bpm=145, weight=2, bass="offbeat", comping="stab", drums=(
        {"kick": "9000900090009000", "clap": "0000900000009000", "open": "0090009000900090"},
        {"kick": "9000900090009000", "hat": "0190019001900190", "tambourine": "3131313131313131"})),
    _s(name="hiphop", beats=4, grid=4, low_bpm=78, high_bpm=106, weight=3, comping="pad", bass="kick",
       swing=(0.5, 0.58), drums=(
        {"kick": "9003003090500200", "snare": "0000900100009001", "hat": "9090909090909090"},
        {"kick": "9060003005900010", "snare": "0000900000009000", "hat": "9292929292929292"},
        {"kick": "9000030900600000", "clap": "0000900000009000", "hat": "9999999999999999"})),
    _s(name="funk", beats=4, grid=4, low_bpm=90, high_bpm=122, comping="stab", bass="funk", drums=(
        {"kick": "9020100302901000", "snare": "0001920201009201", "hat": "9393939393939393"},
        {"kick": "9060003000900200", "snare": "0000910101019001", "hat": "9090909090909090"})),
    _s(name="swing", beats=4, grid=3, low_bpm=110, high_bpm=250, weight=2.5, comping="charleston", bass="walking",
       swing=(0.6, 0.68), drums=(
        {"ride": "900906900906", "pedal": "000900000900", "kick": "300300300300", "snare": "001001001002"},
        {"ride": "900900900900", "pedal": "000900000900"}, {"hat": "900906900906", "snare": "000200000200"})),
    _s(name="shuffle", beats=4, grid=3, low_bpm=70, high_bpm=145, weight=2.5, comping="shuffle", bass="walking",
       drums=(
        {"kick": "900100900100", "snare": "000900000900", "hat": "909909909909"},
        {"kick": "900900900900", "snare": "000900000901", "ride": "909909909909"})),
    _s(name="slow_blues", beats=4, grid=3, low_bpm=50, high_bpm=76, weight=1.5, comping="triplets", bass="walking",
       drums=(
        {"kick": "900000902000", "snare": "000900000900", "hat": "999999999999"},
        {"kick": "900001900000", "rim": "000900000900", "ride": "999999999999"})),
    _s(name="country", beats=4, grid=2, low_bpm=84, high_bpm=140, weight=2, bass="two", comping="boom_chick", drums=(
        {"kick": "90009000", "rim": "00900090", "hat": "99999999"},
        {"kick": "90009000", "snare": "00900090", "hat": "90909090"}, {})),
    _s(name="train", beats=4, grid=4, low_bpm=95, high_bpm=135, bass="two", comping="boom_chick", drums=(
        {"kick": "9000000090000000", "snare": "4494449444944494"}, {"snare": "3393339333933393"})),
    _s(name="reggae", beats=4, grid=4, low_bpm=64, high_bpm=98, weight=2.5, comping="skank", bass="reggae",
       swing=(0.5, 0.56), drums=(
        {"kick": "0000000090000000", "rim": "0000000090000000", "hat": "9090919090909190"},
        {"kick": "9000000090000000", "rim": "0000000090000002", "hat": "9090909090909090"},
        {"kick": "9000900090009000", "rim": "0000000090000000", "hat": "9090909090909090"})),
    _s(name="dancehall", beats=4, grid=4, low_bpm=88, high_bpm=108, comping="stab", bass="kick", drums=(
        {"kick": "9000000090000000", "snare": "0009009000090090", "hat": "9090909090909090"},)),
    _s(name="bossa", beats=4, grid=4, low_bpm=62, high_bpm=90, comping="bossa", bass="two", drums=(
        {"kick": "9009000990090009", "rim": "9009009000900900", "hat": "9999999999999999"},)),
    _s(name="latin", beats=4, grid=4, low_bpm=82, high_bpm=115, comping="montuno", bass="tumbao", drums=(
        {"cowbell": "9090999090909990", "conga": "0000900000009900", "low_conga": "0000009900000000"},
        {"cowbell": "9000900090009000", "conga": "0090009900900099", "tom": "0000000000090000"})),
    _s(name="metal", beats=4, grid=4, low_bpm=90, high_bpm=180, weight=2, comping="riff", bass="eighths", drums=(
        {"kick": "9999999999999999", "snare": "0000900000009000", "ride": "9000900090009000"},
        {"kick": "9090909090909090", "snare": "0090009000900090", "crash": "9000000000000000",
         "hat": "9000900090009000"},
        {"kick": "9020990092090090", "snare": "0000900000009000", "open": "9000900090009000"},
        {"kick": "9300990090300990", "snare": "0000000090000000", "open": "9000900090009000"})),
    _s(name="punk", beats=4, grid=2, low_bpm=150, high_bpm=205, comping="riff", bass="eighths", drums=(
        {"kick": "90039030", "snare": "00900090", "hat": "99999999"},
        {"kick": "90099030", "snare": "00900090", "open": "90909090"})),
    _s(name="drum_and_bass", beats=4, grid=4, low_bpm=160, high_bpm=180, comping="pad", bass="kick", drums=(
        {"kick": "9000000000900000", "snare": "0000900200009100", "hat": "9090909090909090"},
        {"kick": "9090000000910000", "snare": "0000900302009003", "hat": "9191919191919191"})),
    _s(name="soul", beats=4, grid=2, low_bpm=95, high_bpm=140, weight=1.5, bass="walking", drums=(
        {"kick": "90309030", "snare": "90909090", "tambourine": "00900090"},
        {"kick": "90029030", "snare": "00900090", "hat": "99999999", "tambourine": "09090909"})),
    _s(name="march", beats=2, grid=2, low_bpm=96, high_bpm=132, signature=4, bass="two", comping="boom_chick", drums=(
        {"kick": "9000", "snare": "0393"}, {})),
    _s(name="waltz", beats=3, grid=2, low_bpm=84, high_bpm=190, weight=2, bass="root", comping="waltz", drums=(
        {"kick": "900000", "snare": "009090", "hat": "909090"}, {"ride": "909090", "pedal": "009090"}, {}, {})),
    _s(name="jazz_waltz", beats=3, grid=3, low_bpm=100, high_bpm=190, bass="walking", comping="charleston", drums=(
        {"ride": "900906900", "pedal": "000900000", "kick": "900000000"},)),
    _s(name="six_eight", beats=2, grid=3, low_bpm=44, high_bpm=84, weight=2, signature=6, comping="triplets", drums=(
        {"kick": "900001", "snare": "000900", "hat": "999999"}, {"kick": "900000", "rim": "000900", "ride": "999999"},
        {})),
    _s(name="jig", beats=2, grid=3, low_bpm=95, high_bpm=135, weight=0.7, signature=6, comping="boom_chick", drums=(
        {}, {"tambourine": "969969"}, {"kick": "900900", "snare": "009009"})),
    _s(name="five", beats=5, grid=2, low_bpm=95, high_bpm=185, bass="root", comping="strum", drums=(
        {"kick": "9000009000", "snare": "0000900090", "hat": "9090909090"},
        {"ride": "9009009090", "kick": "9000009000", "snare": "0000100090"},
        {"kick": "9003009000", "snare": "0090000090", "hat": "9999999999"})),
    _s(name="seven", beats=7, grid=2, low_bpm=110, high_bpm=200, bass="root", comping="strum", weight=0.7, drums=(
        {"kick": "90000090009000", "snare": "00009000000090", "hat": "90909090909090"},
        {"kick": "90009000900000", "snare": "00900090009090", "hat": "90909090909090"})),
    _s(name="chamber", beats=4, grid=2, low_bpm=60, high_bpm=150, weight=2.5, comping="arpeggio", drift=0.012),
    _s(name="chamber_three", beats=3, grid=2, low_bpm=70, high_bpm=160, weight=1.5, comping="waltz", drift=0.012),
    _s(name="choral", beats=4, grid=1, low_bpm=55, high_bpm=100, weight=1.2, comping="pad", drift=0.008),
    _s(name="baroque", beats=4, grid=4, low_bpm=66, high_bpm=110, weight=1.2, comping="running", bass="walking",
       drift=0.005),
    _s(name="folk", beats=4, grid=2, low_bpm=80, high_bpm=140, weight=1.5, comping="picking", drift=0.006),
    _s(name="rubato", beats=4, grid=2, low_bpm=60, high_bpm=120, weight=1.2, comping="arpeggio", drift=0.03),
)  # fmt: skip

# General MIDI programs of each part; even places belong to the tuning half, odd ones to the held one.
PROGRAMS = {
    "chords": (0, 1, 24, 25, 4, 5, 27, 26, 16, 18, 6, 21, 48, 49, 105, 46, 11, 2),
    "riff": (30, 29, 30, 29),
    "pad": (48, 50, 52, 49, 89, 91, 19, 51, 61, 44),
    "bass": (33, 34, 32, 35, 38, 39, 36, 43),
    "melody": (73, 65, 40, 66, 56, 71, 52, 53, 80, 81, 68, 22, 27, 57, 0, 11),
    "kit": (0, 8, 16, 24, 40, 25, 32, 48),
}
SCALES = ((0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10))
PROGRESSIONS = (
    (0, 3, 4, 0),
    (0, 5, 3, 4),
    (0, 4, 5, 3),
    (5, 3, 0, 4),
    (0, 0, 3, 4),
    (1, 4, 0, 0),
    (0, 6, 3, 0),
)


class Piece:
    """One composition: notes as (channel, beat, length in beats, pitch, velocity) over a map of beats to seconds."""

    def __init__(self, style: Style, half: str, rng: np.random.Generator, seconds: float) -> None:
        self.style, self.rng = style, rng
        self.parity = 0 if half == "tune" else 1
        self.bpm = float(np.exp(rng.uniform(np.log(style.low_bpm), np.log(style.high_bpm))))
        self.bars = int(np.ceil(seconds * self.bpm / 60 / style.beats)) + 2
        n = self.bars * style.beats + 2
        steps = rng.normal(0, style.drift, n).cumsum()
        if style.drift < 0.01:
            steps -= np.linspace(0, steps[-1], n)
        if style.name == "rubato":
            steps += 0.1 * np.sin(
                np.arange(n) * 2 * np.pi / (style.beats * rng.choice([2, 4])) + rng.uniform(0, 6)
            )
        lengths = 60 / self.bpm * np.exp(steps)
        self.lead_in = float(rng.uniform(0, 1.5))
        self.times = self.lead_in + np.concatenate([[0], lengths.cumsum()])
        self.swing = rng.uniform(*style.swing)
        self.jitter = float(rng.choice([0.0, 0.004, 0.008, 0.014]))
        if style.name in {"chamber", "chamber_three", "choral", "folk", "rubato"}:
            self.jitter = float(rng.uniform(0.006, 0.02))
        self.notes: list[tuple[int, float, float, int, int]] = []
        self.programs = {part: self._program(part) for part in PROGRAMS}
        self.drum_style = style.drums[rng.integers(len(style.drums))]
        self.pickup = int(rng.integers(style.beats)) if rng.random() < 0.4 else 0

    def _program(self, part: str) -> int:
        return int(self.rng.choice(PROGRAMS[part][self.parity :: 2]))

    def compose(self) -> None:
        rng, style = self.rng, self.style
        self.scale = SCALES[rng.integers(2)]
        self.tonic = int(rng.integers(12))
        self.chords = PROGRESSIONS[rng.integers(len(PROGRESSIONS))]
        self.bars_per_chord = float(rng.choice([1, 1, 1, 2, 0.5])) if style.beats == 4 else 1.0
        sparse = rng.random()
        parts = [self.play_chords]
        if sparse < 0.9 and style.name not in {"folk", "choral"}:
            parts.append(self.play_bass)
        if rng.random() < 0.75:
            parts.append(self.play_melody)
        if self.drum_style:
            parts.append(self.play_drums)
            if rng.random() < 0.12:
                parts = [self.play_drums]
        for part in parts:
            part()

    def degree(self, beat: float) -> int:
        return self.chords[int(beat / (self.style.beats * self.bars_per_chord)) % len(self.chords)]

    def pitch(self, degree: int, low: int) -> int:
        octave, step = divmod(degree, 7)
        pitch = self.tonic + 12 * octave + self.scale[step]
        return pitch + 12 * int(np.ceil((low - pitch) / 12)) if pitch < low else low + (pitch - low) % 12

    def add(self, channel: int, beat: float, length: float, pitch: int, velocity: float) -> None:
        self.notes.append(
            (channel, beat, length, int(pitch), int(np.clip(velocity + self.rng.normal(0, 6), 8, 127)))
        )

    def play_drums(self) -> None:
        style, rng = self.style, self.rng
        steps = style.beats * style.grid
        pattern = {name: np.array([int(c) for c in chances]) / 9 for name, chances in self.drum_style.items()}
        fixed = {name: rng.random(steps) < chance for name, chance in pattern.items()}
        other = {name: rng.random(steps) < chance for name, chance in pattern.items()}
        quiet_hat = rng.random() < 0.3
        for bar in range(self.bars):
            fill = bar % 8 == 7 and rng.random() < 0.6
            for name, hits in (other if bar % 4 == 3 else fixed).items():
                for step in np.flatnonzero(hits):
                    if fill and step >= steps * 3 // 4 and name != "kick":
                        continue
                    velocity = {"kick": 105, "snare": 100}.get(name, 60 if quiet_hat else 78)
                    velocity += 12 if step % style.grid == 0 else -10
                    self.add(9, bar * style.beats + step / style.grid, 0.2, DRUMS[name], velocity)
            if fill:
                for step in range(steps * 3 // 4, steps):
                    if rng.random() < 0.8:
                        self.add(
                            9,
                            bar * style.beats + step / style.grid,
                            0.2,
                            DRUMS[rng.choice(["snare", "tom", "floor"])],
                            95,
                        )
                self.add(9, (bar + 1) * style.beats, 0.5, DRUMS["crash"], 95)

    def play_bass(self) -> None:
        style, rng, kind = self.style, self.rng, self.style.bass
        places: dict[str, list[tuple[float, int]]] = {
            "root": [(0, 0)], "two": [(i, 0 if i % 4 == 0 else 4) for i in range(0, style.beats, 2)],
            "eighths": [(i / 2, 0) for i in range(2 * style.beats)],
            "octaves": [(i / 2, 7 * (i % 2)) for i in range(2 * style.beats)],
            "offbeat": [(i + 0.5, 0) for i in range(style.beats)],
            "walking": [(i, int(rng.integers(0, 7))) for i in range(style.beats)],
            "funk": [(0, 0), (0.75, 7), (1.5, 0), (2.5, 0), (3.25, 4)], "tumbao": [(1.5, 4), (3, 7)],
            "reggae": [(0, 0), (0.75, 0), (1.5, 4), (2.5, 2), (3, 0)], "kick": [(0, 0), (2.5, 0)],
        }  # fmt: skip
        line = [(at, 0 if at == 0 and kind != "tumbao" else step) for at, step in places[kind]]
        for bar in range(self.bars):
            for at, step in line:
                if rng.random() < 0.06:
                    continue
                beat = bar * style.beats + at
                self.add(1, beat, 0.45 if kind in {"eighths", "octaves"} else 0.9,
                         self.pitch(self.degree(beat) + step, 31), 88)  # fmt: skip

    def comp_places(self) -> list[tuple[float, float, int]]:
        """Places in the bar: (beat, length, which note of the chord or -1 for all)."""
        b, g, kind = self.style.beats, self.style.grid, self.style.comping
        sub = g if g > 1 else 2
        if kind in {"arpeggio", "picking", "triplets", "running", "montuno"}:
            per = 3 if kind == "triplets" else 4 if kind in {"running", "montuno"} else sub
            order = (0, 1, 2, 3, 2, 1) if self.rng.random() < 0.5 else (0, 2, 1, 3)
            whole = -1 if kind == "triplets" and self.rng.random() < 0.5 else None
            return [(i / per, 1.2 / per, whole or order[i % len(order)]) for i in range(b * per)]
        table = {
            "strum": [(i / 2, 0.5, -1) for i in range(2 * b)]
            if self.rng.random() < 0.6 else [(i, 0.9, -1) for i in range(b)],
            "pad": [(0.0, float(b), -1)],
            "stab": [(0.0, 0.3, -1), (1.5, 0.3, -1), (b - 1.25, 0.2, -1)],
            "charleston": [(0.0, 0.4, -1), (1.5 if g != 3 else 5 / 3, 0.3, -1)],
            "shuffle": [(i + o, 0.3, -1) for i in range(b) for o in (0, 2 / 3)],
            "boom_chick": [(i + 0.5 * (g == 2 and b == 2) + (g != 2) * 2 / g, 0.3, -1) for i in range(b)]
            if b == 2 else [(i, 0.3, -1) for i in range(1, b, 2)],
            "skank": [(i + 0.5, 0.2, -1) for i in range(b)]
            if self.rng.random() < 0.4 else [(1.0, 0.2, -1), (3.0, 0.2, -1)],
            "bossa": [(0.0, 0.3, -1), (0.75, 0.3, -1), (1.5, 0.3, -1), (2.5, 0.3, -1), (3.25, 0.3, -1)],
            "riff": [(i / 4, 0.22, -1) for i in range(4 * b) if i % 4 == 0 or self.rng.random() < 0.55],
            "waltz": [(1.0, 0.6, -1), (2.0, 0.6, -1)],
        }  # fmt: skip
        return table[kind]

    def play_chords(self) -> None:
        style, rng = self.style, self.rng
        places = self.comp_places()
        if style.comping == "waltz":
            places = [(0.0, 0.9, -2), *places]
        for bar in range(self.bars):
            for at, length, which in places:
                beat = bar * style.beats + at
                degree = self.degree(beat)
                tones = [self.pitch(degree + step, 52) for step in (0, 2, 4, 7)]
                tones[3] += 12 if tones[3] == tones[0] else 0
                if which == -2:
                    self.add(0, beat, length, self.pitch(degree, 40), 84)
                    continue
                for tone in tones[:3] if which == -1 else [tones[which]]:
                    self.add(0, beat, length, tone, 74 + 8 * (at == 0))
                if which != -1 and at == 0 and rng.random() < 0.8:
                    self.add(0, beat, style.beats, self.pitch(degree, 40), 78)

    def play_melody(self) -> None:
        style, rng = self.style, self.rng
        lengths = (
            np.array([0.5, 1, 1.5, 2, 3]) if style.grid != 3 else np.array([1 / 3, 2 / 3, 1, 4 / 3, 2, 3])
        )
        if style.grid == 4:
            lengths = np.append(lengths, [0.25, 0.75])
        chances = rng.dirichlet(np.full(lengths.size, 0.8))
        beat, step = float(rng.choice([0, 0.5, 1])), 0
        while beat < self.bars * style.beats - 1:
            length = float(rng.choice(lengths, p=chances))
            step = int(np.clip(step + rng.integers(-3, 4), -4, 8))
            if rng.random() < 0.8:
                on_chord = beat % 1 == 0 and rng.random() < 0.7
                degree = self.degree(beat) + 2 * (step // 2) if on_chord else step
                self.add(2, beat, 0.95 * length, self.pitch(degree, 64 if step < 4 else 72), 88)
            beat += length

    def second(self, beat: float) -> float:
        whole = int(beat)
        part = beat - whole
        if self.style.grid != 3 and self.swing > 0.5:
            double = part * 2 % 1
            part = (
                int(part * 2)
                + (double / 0.5 * self.swing if double <= 0.5 else 1 - (1 - double) / 0.5 * (1 - self.swing))
            ) / 2
        elif self.style.grid == 3 and self.style.swing[1] > 0.5 and abs(part - 2 / 3) < 0.01:
            part = self.swing
        whole = min(whole, len(self.times) - 2)
        return float(self.times[whole] + part * (self.times[whole + 1] - self.times[whole]))

    def midi(self) -> bytes:
        """The notes as a standard MIDI file, a thousand ticks a second."""
        events: list[tuple[int, int, bytes]] = []
        chords = self.style.comping if self.style.comping in {"pad", "riff"} else "chords"
        for channel, part in ((0, chords), (1, "bass"), (2, "melody"), (9, "kit")):
            events.append((0, 0, bytes([0xC0 | channel, self.programs[part]])))
            level = int(self.rng.integers(70, 120))
            events.append((0, 0, bytes([0xB0 | channel, 7, level])))
            events.append((0, 0, bytes([0xB0 | channel, 91, int(self.rng.integers(0, 90))])))
        for channel, beat, length, pitch, velocity in self.notes:
            start = self.second(beat) + self.rng.normal(0, self.jitter)
            stop = max(self.second(beat + length), start + 0.05)
            events.append((max(0, round(start * 1000)), 2, bytes([0x90 | channel, pitch, velocity])))
            events.append((max(1, round(stop * 1000)), 1, bytes([0x80 | channel, pitch, 0])))
        track, now = bytearray(b"\x00\xff\x51\x03\x0f\x42\x40"), 0
        for tick, _, message in sorted(events):
            track += _variable(tick - now) + message
            now = tick
        track += b"\x00\xff\x2f\x00"
        return (
            b"MThd\x00\x00\x00\x06\x00\x00\x00\x01\x03\xe8MTrk" + len(track).to_bytes(4, "big") + bytes(track)
        )


def _variable(number: int) -> bytes:
    parts = [number & 0x7F]
    while number := number >> 7:
        parts.append(0x80 | number & 0x7F)
    return bytes(reversed(parts))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--half", choices=("tune", "held"), required=True)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=25.0)
    parser.add_argument("--soundfont", default="/usr/share/sounds/sf2/FluidR3_GM.sf2")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    weights = np.array([style.weight for style in STYLES])
    seed = arguments.seed + (0 if arguments.half == "tune" else 1_000_000)
    with (arguments.out / "corpus.jsonl").open("w") as lines:
        for number in range(arguments.count):
            rng = np.random.default_rng([seed, number])
            style = STYLES[rng.choice(len(STYLES), p=weights / weights.sum())]
            piece = Piece(style, arguments.half, rng, arguments.seconds)
            piece.compose()
            path = arguments.out / f"{number:05d}.mid"
            path.write_bytes(piece.midi())
            wav = path.with_suffix(".wav")
            # Reverberation costs most of the time: a third of the pieces have it.
            effects = ["-R", "1"] if number % 3 == 0 else ["-R", "0", "-C", "0"]
            subprocess.run(
                ["fluidsynth", "-ni", "-q", *effects, "-g", "0.5", "-r", "16000", "-F", str(wav),
                 arguments.soundfont, str(path)],
                check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
            path.unlink()
            beats = piece.times[: piece.bars * style.beats]
            kept = beats < arguments.seconds
            line = {
                "file": wav.name, "style": style.name, "bpm": 60 / float(np.median(np.diff(beats[kept]))),
                "time_signature": style.signature or style.beats, "seconds": arguments.seconds,
                "beats_s": [round(float(t), 4) for t in beats[kept]],
                "in_bar": [i % style.beats for i in range(int(kept.sum()))],
            }  # fmt: skip
            lines.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    main()
