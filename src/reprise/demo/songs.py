"""Whole songs of known form, composed from a number: the truth that sections are measured against.

Every part of a song (A, B, C, …) has its own chords, tune and players; what comes again is played again, with a layer
more or less, as bands do. Neighbours often share the drums or the bass, so that loudness alone gives no form away; a
player who joins halfway, and a bar or two too many, see to it that neither sound nor counting does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from reprise.demo import synth
from reprise.demo.score import SCALES, Chord, Note, PlayedNote, Score, tune
from reprise.records import FloatArray

__all__ = ["FORMS", "Song", "SongSection", "compose"]

FORMS = ("AABA", "ABABCB", "IABABCBO", "AABABCBB", "IAABACABO", "ABACABA", "ABCABCDC", "IABACAO")
"""How songs go: I and O, opening and ending, are thin versions of A."""

_PER_BAR = 4
_TAIL_S = 2.0
_START_S = 0.3
# Degrees of the scale, from 0: each row is four bars of harmony.
_PROGRESSIONS = (
    (0, 4, 5, 3), (0, 3, 4, 0), (5, 3, 0, 4), (1, 4, 0, 0), (3, 4, 2, 5), (0, 5, 1, 4), (3, 0, 4, 5), (0, 2, 3, 4),
    (5, 4, 3, 4), (3, 3, 0, 0),
)  # fmt: skip
_RHYTHMS = (
    ((1.0, 1.0, 2.0), (1.5, 0.5, 2.0)),
    ((0.5, 0.5, 1.0, 1.0, 1.0), (2.0, -2.0)),
    ((4.0,), (3.0, 1.0)),
    ((-1.0, 1.0, 0.5, 0.5, 1.0), (1.0, 0.5, 0.5, 2.0)),
)
_KICKS: tuple[tuple[float, ...], ...] = ((0, 1, 2, 3), (0, 2, 2.5), (0, 1.5, 2.25), (0,))
_SNARES: tuple[tuple[float, ...], ...] = ((1, 3), (2,), (1, 3, 3.75))
_CYMBALS = (synth.hat, synth.open_hat, synth.ride, synth.shaker)
_GRIDS = (2, 4, 1)
_BASSES = (synth.bass, synth.synth_bass, synth.reese)
_COMPS = (synth.piano, synth.electric_piano, synth.pluck, synth.distorted_guitar)
_PADS = (synth.pad, synth.strings)
_LEADS = (synth.synth_lead, synth.reed, synth.strings, synth.electric_piano, synth.pluck, synth.piano)

_CHOICES: dict[str, Sequence[Any]] = {
    "kick": _KICKS, "snare": _SNARES, "cymbal": _CYMBALS, "grid": _GRIDS, "bass": _BASSES, "comp": _COMPS,
    "pad": _PADS, "lead": _LEADS,
}  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class SongSection:
    """One part of a song: its letter, from when to when it goes in seconds, its tonic (C = 0) and mode (1 major)."""

    label: str
    start_s: float
    end_s: float
    key: int
    mode: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Song:
    """A song and the truth about it.

    Attributes
    ----------
    y : float32 array, shape (2, n)
        What is heard.
    sample_rate : int
        In Hz.
    tempo_bpm : float
    form : str
        One letter a section, one of `FORMS`.
    sections : tuple of SongSection
        They tile the song; the first begins at 0.
    notes : tuple of PlayedNote
        What every instrument plays, in the order of time.
    """

    y: FloatArray = field(repr=False)
    sample_rate: int
    tempo_bpm: float
    form: str
    sections: tuple[SongSection, ...]
    notes: tuple[PlayedNote, ...] = field(repr=False)

    @property
    def beats_s(self) -> FloatArray:
        """Times of all beats in seconds."""
        beat_s = 60.0 / self.tempo_bpm
        count = round((self.sections[-1].end_s - _TAIL_S - _START_S) / beat_s)
        return (_START_S + np.arange(count) * beat_s).astype(np.float32)

    @property
    def downbeats_s(self) -> FloatArray:
        """Times of the first beats of the bars in seconds, a subset of `beats_s`."""
        return self.beats_s[::_PER_BAR]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Part:
    """What a band plays in all sections of one letter."""

    chords: tuple[Chord, ...]
    scale: tuple[int, ...]
    kick: tuple[float, ...]
    snare: tuple[float, ...]
    cymbal: synth.Instrument
    grid: int
    bass: synth.Instrument
    comp: synth.Instrument
    pad: synth.Instrument
    lead: synth.Instrument
    rhythms: tuple[tuple[float, ...], ...]
    layers: frozenset[str]
    seed: int


def compose(seed: int, sample_rate: int = 22_050) -> Song:
    """Write and play a song of one and a half to three and a half minutes.

    Parameters
    ----------
    seed : int
        Another number is another song; the same one gives the same samples.
    sample_rate : int
        In Hz, from 8000.

    Returns
    -------
    Song
    """
    rng = np.random.default_rng(seed)
    form = FORMS[seed % len(FORMS)]
    tempo_bpm = float(rng.integers(76, 142))
    beat_s = 60.0 / tempo_bpm
    score = Score(beat_s=beat_s, start_s=_START_S, rng=rng)
    tonic, mode = int(rng.integers(12)), int(rng.integers(2))
    parts: dict[str, _Part] = {}
    for letter in dict.fromkeys(form.replace("I", "A").replace("O", "A")):
        parts[letter] = _part(rng, tonic, mode, list(parts.values()))
    sections: list[SongSection] = []
    bar = 0
    for at, letter in enumerate(form):
        part = parts["A" if letter in "IO" else letter]
        bars = len(part.chords) // (2 if letter in "IO" else 1)
        # Most sections go in fours of bars, but not all.
        bars += int(rng.integers(1, 4)) if rng.random() < 0.2 else 0
        layers = _layers(rng, part, letter)
        half = bars // 8 * 4 if rng.random() < 0.3 else bars
        _play(score, part, (bar, 0, half), layers)
        _play(score, part, (bar, half, bars), layers ^ {str(rng.choice(["cymbal", "pad", "snare"]))})
        start_s, bar = (sections[-1].end_s if at else 0.0), bar + bars
        end_s = _START_S + bar * _PER_BAR * beat_s + (_TAIL_S if at + 1 == len(form) else 0.0)
        sections.append(SongSection(label=letter, start_s=start_s, end_s=end_s, key=part.scale[0], mode=mode))
    y = score.mix(sections[-1].end_s, sample_rate, float(rng.uniform(0.5, 2.0)), 0.9)
    return Song(
        y=y,
        sample_rate=sample_rate,
        tempo_bpm=tempo_bpm,
        form=form,
        sections=tuple(sections),
        notes=score.played(),
    )


def _part(rng: np.random.Generator, tonic: int, mode: int, before: list[_Part]) -> _Part:
    """Write a part; some players go on with what they did in the last one."""
    if before and rng.random() < 0.3:
        tonic += int(rng.choice([3, 5, 7, 9]))
    scale = tuple((tonic + step) % 12 for step in SCALES[mode])
    used = {part.chords for part in before}
    while True:
        four = tuple(_triad(scale, degree) for degree in _PROGRESSIONS[rng.integers(len(_PROGRESSIONS))])
        chords = four * int(rng.choice([2, 2, 2, 3, 4]))
        if chords[:4] not in {other[:4] for other in used}:
            break
    kept = {
        name: getattr(before[-1], name)
        for names in (("kick", "snare"), ("cymbal", "grid"), ("bass",), ("comp",), ("pad",), ("lead",))
        if before and rng.random() < 0.5
        for name in names
    }
    layers = {name for name in ("kick", "snare", "cymbal", "pad", "lead") if rng.random() < 0.75}
    drawn: dict[str, Any] = {
        name: choices[int(rng.integers(len(choices)))] for name, choices in _CHOICES.items()
    }
    return _Part(
        chords=chords,
        scale=scale,
        rhythms=_RHYTHMS[rng.integers(len(_RHYTHMS))],
        layers=frozenset(layers | {"bass", "comp"}),
        seed=int(rng.integers(1 << 30)),
        **(drawn | kept),
    )


def _triad(scale: tuple[int, ...], degree: int) -> Chord:
    tones = tuple(scale[(degree + step) % 7] for step in (0, 2, 4))
    return Chord(tones[0], tones)


def _layers(rng: np.random.Generator, part: _Part, letter: str) -> set[str]:
    """Say who plays this time: all, or one more or less than last time; the opening and the ending are thin."""
    layers = set(part.layers)
    if letter in "IO":
        return (layers - {"kick", "snare", "lead"}) | {"comp"}
    if rng.random() < 0.4:
        layers ^= {str(rng.choice(["cymbal", "pad", "snare"]))}
    return layers


def _play(score: Score, part: _Part, stretch: tuple[int, int, int], layers: set[str]) -> None:
    """Play some bars of a part: the song's bar that the part begins in, and from and to which of its own bars."""
    begin, first, stop = stretch
    chords = [part.chords[bar % len(part.chords)] for bar in range(stop)]
    at = [(begin + bar) * _PER_BAR for bar in range(first, stop)]
    _drum(score, part, at, layers)
    for start, harmony in zip(at, chords[first:], strict=True):
        _accompany(score, part, start, harmony)
        if "pad" in layers:
            for pitch in harmony.voicing(52):
                score.play(part.pad, Note(start, _PER_BAR, pitch), 0.15, send=0.3)
    if "lead" in layers and at:
        rng = np.random.default_rng(part.seed)
        for note in tune(chords, part.rhythms, part.scale, 65, rng):
            if note.beat >= first * _PER_BAR:
                when = Note(begin * _PER_BAR + note.beat, note.beats, note.pitch)
                score.play(part.lead, when, 0.4, send=0.3, loose_s=0.008)


def _drum(score: Score, part: _Part, bars: list[int], layers: set[str]) -> None:
    if "kick" in layers:
        score.beat(synth.kick, [bar + beat for bar in bars for beat in part.kick], 0.9, send=0.02)
    if "snare" in layers:
        score.beat(synth.snare, [bar + beat for bar in bars for beat in part.snare], 0.7, send=0.15)
    if "cymbal" in layers:
        grid = [bar + i / part.grid for bar in bars for i in range(_PER_BAR * part.grid)]
        score.beat(part.cymbal, grid, 0.35, pan=0.25)


def _accompany(score: Score, part: _Part, start: int, harmony: Chord) -> None:
    """Play the bass and the chords of one bar."""
    for beat in range(_PER_BAR):
        score.play(part.bass, Note(start + beat, 0.9, harmony.bass_pitch(33)), 0.55, send=0.02)
    # One guitar string sounds a whole power chord.
    pitches = (harmony.bass_pitch(45),) if part.comp is synth.distorted_guitar else harmony.voicing(55)
    for at, beats in ((0.0, 1.4), (1.5, 0.9), (2.5, 1.4)):
        for pitch in pitches:
            score.play(part.comp, Note(start + at, beats, pitch), 0.25)
