"""How each style is played: which instrument does what, on which beats of the bar."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from reprise.demo import synth
from reprise.demo.score import SCALES, Chord, Note, Score, chord, tune

if TYPE_CHECKING:
    from reprise.demo.pieces import Piece

__all__ = [
    "Band",
    "ambient",
    "ballad",
    "drum_and_bass",
    "five",
    "folk",
    "hip_hop",
    "house",
    "rock",
    "seven",
    "waltz",
]


class Band:
    """A piece in the making: its bars, chords and score, and ways of playing that styles share."""

    def __init__(self, piece: Piece) -> None:
        self.rng = np.random.default_rng(zlib.crc32(piece.name.encode()))
        self.score = Score(beat_s=piece.beat_s, start_s=piece.start_s, rng=self.rng, swing=piece.swing)
        self.chords: list[Chord] = [chord(symbol) for symbol in piece.progression]
        self.per_bar = piece.beats_per_bar
        self.scale = tuple((piece.key + step) % 12 for step in SCALES[piece.mode])

    def every_bar(self, beats: Iterable[float], *, first: int = 0, but_last: int = 0) -> list[float]:
        """Repeat a pattern of beats in every bar from `first` on, leaving out the last `but_last`."""
        pattern = tuple(beats)
        return [
            bar * self.per_bar + beat for bar in range(first, len(self.chords) - but_last) for beat in pattern
        ]

    def hold(self, instrument: synth.Instrument, lowest: int, gain: float, *, send: float = 0.2) -> None:
        """Hold every chord for its bar, spread over the stereo picture."""
        for bar, harmony in enumerate(self.chords):
            self.strike(
                instrument,
                harmony.voicing(lowest),
                Note(bar * self.per_bar, self.per_bar, 0),
                gain,
                send=send,
            )

    def comp(
        self,
        instrument: synth.Instrument,
        lowest: int,
        pattern: Sequence[tuple[float, float]],
        gain: float,
        *,
        send: float = 0.15,
    ) -> None:
        """Play every chord to a rhythm of (beat in the bar, length in beats)."""
        for bar, harmony in enumerate(self.chords):
            for beat, beats in pattern:
                self.strike(
                    instrument,
                    harmony.voicing(lowest),
                    Note(bar * self.per_bar + beat, beats, 0),
                    gain,
                    send=send,
                )

    def strike(
        self,
        instrument: synth.Instrument,
        pitches: Sequence[int],
        when: Note,
        gain: float,
        *,
        send: float = 0.15,
    ) -> None:
        """Play pitches together."""
        for pitch, pan in zip(pitches, np.linspace(-0.4, 0.4, len(pitches)), strict=True):
            self.score.play(instrument, Note(when.beat, when.beats, pitch), gain, pan=float(pan), send=send)

    def roots(
        self,
        instrument: synth.Instrument,
        lowest: int,
        pattern: Sequence[tuple[float, float, int]],
        gain: float,
    ) -> None:
        """Play a bass line of (beat in the bar, length in beats, semitones above the root)."""
        for bar, harmony in enumerate(self.chords):
            for beat, beats, interval in pattern:
                note = Note(bar * self.per_bar + beat, beats, harmony.bass_pitch(lowest) + interval)
                self.score.play(instrument, note, gain, send=0.02)

    def sing(
        self,
        instrument: synth.Instrument,
        lowest: int,
        rhythms: Sequence[Sequence[float]],
        gain: float,
        *,
        send: float = 0.3,
    ) -> None:
        """Play an invented tune over the chords."""
        for note in tune(self.chords, rhythms, self.scale, lowest, self.rng):
            self.score.play(instrument, note, gain, pan=0.1, send=send, loose_s=0.008)


def house(band: Band) -> None:
    """Four on the floor, offbeat bass, stabs and a pad."""
    band.score.beat(synth.kick, band.every_bar(range(4)), 1.0, send=0.02)
    band.score.beat(synth.clap, band.every_bar((1, 3)), 0.5, send=0.2)
    band.score.beat(synth.open_hat, band.every_bar((0.5, 1.5, 2.5, 3.5)), 0.35, pan=0.2)
    band.score.beat(synth.hat, band.every_bar(np.arange(16) / 4), 0.18, pan=-0.3)
    band.roots(synth.synth_bass, 33, [(b + 0.5, 0.4, 0) for b in range(4)] + [(3.75, 0.2, 12)], 0.6)
    band.comp(
        synth.synth_lead, 57, ((0.0, 0.3), (0.75, 0.3), (1.5, 0.5), (2.75, 0.3), (3.5, 0.3)), 0.22, send=0.3
    )
    band.hold(synth.pad, 57, 0.16)


def waltz(band: Band) -> None:
    """Bass, chord, chord, under a tune in the strings."""
    band.roots(synth.piano, 41, [(0.0, 1.2, 0)], 0.8)
    band.comp(synth.piano, 57, ((1.0, 0.7), (2.0, 0.7)), 0.3)
    band.hold(synth.strings, 53, 0.16, send=0.4)
    band.sing(synth.strings, 69, ((2.0, 1.0), (3.0,), (1.0, 1.0, 1.0), (1.5, 0.5, 1.0)), 0.5, send=0.5)


def rock(band: Band) -> None:
    """Driving eighth notes on distorted guitar, a backbeat, an organ-like keyboard."""
    eighths = [(i / 2, 0.45, 0) for i in range(8)]
    band.score.beat(synth.kick, band.every_bar((0, 2, 2.5)), 0.95)
    band.score.beat(synth.snare, band.every_bar((1, 3)), 0.8, send=0.2)
    band.score.beat(synth.hat, band.every_bar(np.arange(8) / 2), 0.4, pan=0.3)
    band.score.beat(synth.open_hat, [bar * 4.0 for bar in range(0, len(band.chords), 4)], 0.8, pan=-0.3)
    band.roots(synth.distorted_guitar, 40, eighths, 0.3)
    band.roots(synth.bass, 28, eighths, 0.6)
    band.hold(synth.electric_piano, 59, 0.16)
    band.sing(synth.synth_lead, 64, ((1.0, 0.5, 0.5, 2.0), (1.5, 0.5, 1.0, 1.0), (0.5, 0.5, 1.0, 2.0)), 0.4)


def five(band: Band) -> None:
    """Five beats grouped three and two, with a swung ride cymbal and a reed."""
    band.score.beat(synth.ride, band.every_bar((0, 1, 1.5, 2, 3, 3.5, 4)), 0.5, pan=0.3)
    band.score.beat(synth.hat, band.every_bar((1, 3, 4)), 0.35, pan=-0.3)
    band.score.beat(synth.kick, band.every_bar((0,)), 0.5)
    band.score.beat(synth.snare, band.every_bar((2.5,), first=4), 0.18)
    band.roots(synth.bass, 33, [(0.0, 1.4, 0), (1.5, 1.3, 7), (3.0, 0.9, 12), (4.0, 0.9, 7)], 0.8)
    band.comp(synth.piano, 57, ((0.0, 1.0), (1.5, 1.0), (3.0, 0.8), (4.0, 0.8)), 0.28)
    band.sing(synth.reed, 62, ((1.0, 0.5, 0.5, 1.0, 2.0), (3.0, 1.0, 1.0), (0.5, 0.5, 1.0, 1.0, 2.0)), 0.5)


def drum_and_bass(band: Band) -> None:
    """A two-step break over a growling bass."""
    band.score.beat(synth.kick, band.every_bar((0, 2.5)), 1.0, send=0.02)
    band.score.beat(synth.snare, band.every_bar((1, 3)), 0.9, send=0.15)
    band.score.beat(synth.snare, band.every_bar((1.75, 2.25, 3.75), first=2), 0.15)
    band.score.beat(synth.hat, band.every_bar(np.arange(8) / 2), 0.4, pan=0.2)
    band.roots(synth.reese, 36, [(0.0, 1.4, 0), (1.5, 0.9, 0), (2.5, 1.4, 0)], 0.6)
    band.hold(synth.pad, 60, 0.2, send=0.4)
    band.sing(synth.electric_piano, 67, ((1.5, 1.5, 1.0), (-1.0, 1.5, 1.5), (3.0, 1.0)), 0.4, send=0.5)


def ballad(band: Band) -> None:
    """Broken chords in 6/8, six eighths to two beats, under a slow tune."""
    third = 1.0 / 3.0
    for bar, harmony in enumerate(band.chords):
        low, middle, high = harmony.voicing(50)[:3]
        arpeggio = (harmony.bass_pitch(38), low, middle, high, middle, low)
        for eighth, pitch in enumerate(arpeggio):
            accent = 0.6 if eighth == 0 else 0.42 if eighth == 3 else 0.3
            note = Note(bar * 2 + eighth * third, 2.0 * third, pitch)
            band.score.play(synth.piano, note, accent, pan=-0.15, loose_s=0.006)
    band.sing(synth.piano, 67, ((2 * third, third, 1.0), (1.0, third, third, third), (2.0,)), 0.65)


def folk(band: Band) -> None:
    """Fingerpicked guitar, a shaker and a second guitar with the tune."""
    for bar, harmony in enumerate(band.chords):
        tones = harmony.voicing(54)
        bass = harmony.bass_pitch(40)
        picked = (bass, tones[0], tones[1], tones[-1], bass + 7, tones[0], tones[1], tones[-1])
        for eighth, pitch in enumerate(picked):
            accent = (0.75, 0.35, 0.45, 0.4)[eighth % 4]
            band.score.play(synth.pluck, Note(bar * 4 + eighth / 2, 1.0, pitch), accent, pan=-0.2)
    band.score.beat(synth.shaker, band.every_bar(np.arange(8) / 2, first=2), 0.25, pan=0.4)
    band.sing(synth.pluck, 66, ((1.0, 1.0, 2.0), (1.0, 0.5, 0.5, 2.0), (-1.0, 1.0, 1.0, 1.0)), 0.7)


def hip_hop(band: Band) -> None:
    """A laid-back beat, slightly swung, with an electric piano."""
    band.score.beat(synth.kick, band.every_bar((0, 1.5, 2.25)), 1.0)
    band.score.beat(synth.snare, band.every_bar((1, 3)), 0.8, send=0.12)
    band.score.beat(synth.hat, band.every_bar(np.arange(8) / 2), 0.4, pan=0.2)
    band.roots(synth.synth_bass, 30, [(0.0, 0.9, 0), (1.5, 0.5, 0), (2.25, 0.9, 0), (3.5, 0.4, 7)], 0.7)
    band.comp(synth.electric_piano, 57, ((0.0, 1.4), (2.5, 1.2)), 0.32, send=0.25)
    band.sing(synth.electric_piano, 69, ((-1.0, 0.5, 0.5, 2.0), (1.5, 0.5, 2.0), (4.0,)), 0.35, send=0.4)


def seven(band: Band) -> None:
    """Seven beats grouped two, two and three."""
    band.score.beat(synth.kick, band.every_bar((0, 4)), 0.9)
    band.score.beat(synth.snare, band.every_bar((2, 6)), 0.6, send=0.15)
    band.score.beat(synth.hat, band.every_bar(range(7)), 0.4, pan=0.3)
    band.roots(
        synth.bass, 33, [(0.0, 1.4, 0), (2.0, 1.4, 7), (4.0, 0.9, 0), (5.0, 0.9, 12), (6.0, 0.9, 7)], 0.7
    )
    band.comp(synth.strings, 57, ((0.0, 3.8), (4.0, 2.8)), 0.2, send=0.3)
    band.sing(synth.pluck, 65, ((1.0, 1.0, 2.0, 1.0, 1.0, 1.0), (2.0, 2.0, 1.0, 2.0)), 0.8)


def ambient(band: Band) -> None:
    """Chords that swell into each other, no pulse."""
    band.hold(synth.pad, 50, 0.3, send=0.8)
    band.hold(synth.strings, 62, 0.1, send=0.8)
    band.roots(synth.pad, 38, [(0.0, float(band.per_bar), 0)], 0.35)
