"""Notes on a grid of beats: chords from their symbols, tunes from a seeded walk, and the mixing desk."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from reprise.demo.synth import Instrument, reverb
from reprise.errors import ParameterError
from reprise.records import FloatArray

__all__ = ["SCALES", "Chord", "Note", "PlayedNote", "Score", "chord", "tune"]

SCALES = {1: (0, 2, 4, 5, 7, 9, 11), 0: (0, 2, 3, 5, 7, 8, 10)}
"""Semitones above the tonic: major (mode 1) and natural minor (mode 0)."""

_LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_ACCIDENTALS = {"": 0, "#": 1, "b": -1}
_QUALITIES = {
    "": (0, 4, 7),
    "m": (0, 3, 7),
    "7": (0, 4, 7, 10),
    "maj7": (0, 4, 7, 11),
    "m7": (0, 3, 7, 10),
    "sus4": (0, 5, 7),
    "add9": (0, 2, 4, 7),
    "m9": (0, 2, 3, 7, 10),
}


@dataclass(frozen=True, slots=True)
class Chord:
    """Pitch classes of a chord and of its root, C = 0."""

    root: int
    tones: tuple[int, ...]

    def bass_pitch(self, lowest: int) -> int:
        """Return the root as the first MIDI pitch from `lowest` upwards."""
        return lowest + (self.root - lowest) % 12

    def voicing(self, lowest: int) -> tuple[int, ...]:
        """Return the tones as MIDI pitches within the octave above `lowest`.

        Chords voiced in one window lead their voices by the shortest way.
        """
        return tuple(sorted(lowest + (tone - lowest) % 12 for tone in self.tones))


def chord(symbol: str) -> Chord:
    """Read a chord symbol such as ``"F#m7"``.

    Raises
    ------
    ParameterError
        If it is none.
    """
    match = re.fullmatch(r"([A-G])([#b]?)(\w*)", symbol)
    if match is None or match[3] not in _QUALITIES:
        raise ParameterError(f"no chord symbol: {symbol!r}")
    root = (_LETTERS[match[1]] + _ACCIDENTALS[match[2]]) % 12
    return Chord(root, tuple((root + interval) % 12 for interval in _QUALITIES[match[3]]))


@dataclass(frozen=True, slots=True)
class Note:
    """One note: where it starts and how long it lasts, both in beats, and its MIDI pitch."""

    beat: float
    beats: float
    pitch: int


@dataclass(frozen=True, slots=True)
class PlayedNote:
    """One note as it was played: when it starts and how long it lasts, in seconds, and its MIDI pitch; 0 for drums."""

    start_s: float
    duration_s: float
    pitch: float


def tune(
    chords: Sequence[Chord],
    rhythms: Sequence[Sequence[float]],
    scale: Sequence[int],
    lowest: int,
    rng: np.random.Generator,
) -> list[Note]:
    """Invent a tune: a walk on the scale that rests on a tone of the chord on long notes and on downbeats.

    Parameters
    ----------
    chords : sequence of Chord
        One for each bar.
    rhythms : sequence of sequences of float
        Bars to choose from: lengths in beats, which all add up to the same bar; a negative one is a rest.
    scale : sequence of int
        Pitch classes.
    lowest : int
        Lowest MIDI pitch; the tune spans an octave and a fourth.
    rng : numpy Generator

    Returns
    -------
    list of Note
        The last note is the root of the last chord.
    """
    ladder = [p for p in range(lowest, lowest + 18) if p % 12 in scale]
    notes: list[Note] = []
    beat, at = 0.0, len(ladder) // 2
    phrase = [rhythms[i] for i in rng.integers(len(rhythms), size=2)]
    for bar, harmony in enumerate(chords):
        start = beat
        for length in phrase[bar % 2]:
            if length > 0:
                at = int(np.clip(at + rng.choice([-2, -1, -1, 1, 1, 2]), 0, len(ladder) - 1))
                if beat == start or length >= 1:
                    at = _nearest(ladder, at, harmony.tones)
                notes.append(Note(beat, length, ladder[at]))
            beat += abs(length)
    last = ladder[_nearest(ladder, at, (chords[-1].root,))]
    notes[-1] = Note(notes[-1].beat, notes[-1].beats, last)
    return notes


def _nearest(ladder: Sequence[int], at: int, tones: Iterable[int]) -> int:
    wanted = set(tones)
    fitting = [i for i, pitch in enumerate(ladder) if pitch % 12 in wanted]
    return min(fitting, key=lambda i: abs(i - at)) if fitting else at


class Score:
    """Collects notes on a grid of beats and mixes them to stereo.

    Parameters
    ----------
    beat_s : float
        Length of a beat.
    start_s : float
        Time of beat 0.
    rng : numpy Generator
        The players' small unsteadiness in time and strength.
    swing : float
        Where the second of two eighth notes falls within the beat: 0.5 straight, 0.67 swung in triplets.
    """

    def __init__(
        self, *, beat_s: float, start_s: float, rng: np.random.Generator, swing: float = 0.5
    ) -> None:
        self._beat_s, self._start_s, self._rng, self._swing = beat_s, start_s, rng, swing
        self._events: list[tuple[Instrument, float, float, float, float, float, float]] = []

    def time_s(self, beat: float) -> float:
        """Return the time of a beat, swung."""
        whole, part = divmod(beat, 1.0)
        swung = part * 2 * self._swing if part < 0.5 else self._swing + (part - 0.5) * 2 * (1 - self._swing)
        return self._start_s + (whole + swung) * self._beat_s

    def play(
        self,
        instrument: Instrument,
        note: Note,
        gain: float,
        *,
        pan: float = 0.0,
        send: float = 0.15,
        loose_s: float = 0.004,
    ) -> None:
        """Write down one note.

        Parameters
        ----------
        instrument : Instrument
        note : Note
        gain : float
            1 is full strength; the player varies it by a tenth.
        pan : float
            -1 left .. 1 right.
        send : float
            Share that goes into the room.
        loose_s : float
            Standard deviation of the player's timing.
        """
        start_s = self.time_s(note.beat) + loose_s * float(np.clip(self._rng.standard_normal(), -2.0, 2.0))
        # Lengths on a 1/100-beat grid let equal notes share one rendering.
        duration_s = round(self.time_s(note.beat + note.beats) - self.time_s(note.beat), 3)
        gain *= float(1.0 + 0.1 * np.clip(self._rng.standard_normal(), -2.0, 2.0))
        self._events.append((instrument, note.pitch, start_s, duration_s, gain, pan, send))

    def beat(
        self, drum: Instrument, beats: Iterable[float], gain: float, *, pan: float = 0.0, send: float = 0.08
    ) -> None:
        """Strike a drum on every one of `beats`."""
        for beat in beats:
            self.play(drum, Note(beat, 0.25, 0), gain, pan=pan, send=send, loose_s=0.0015)

    def played(self) -> tuple[PlayedNote, ...]:
        """Return every note that was written down, in the order in which they start."""
        notes = [PlayedNote(start_s, length_s, pitch) for _, pitch, start_s, length_s, *_ in self._events]
        return tuple(sorted(notes, key=lambda note: note.start_s))

    def mix(self, duration_s: float, sample_rate: int, room_s: float, peak: float) -> FloatArray:
        """Render every note, add the room and bring the whole to a peak of `peak`.

        Returns
        -------
        float32 array, shape (2, round(duration_s * sample_rate))
        """
        n = round(duration_s * sample_rate)
        dry, wet = np.zeros((2, n), dtype=np.float32), np.zeros((2, n), dtype=np.float32)
        rendered: dict[tuple[Instrument, float, float], FloatArray] = {}
        for instrument, pitch, start_s, length_s, gain, pan, send in self._events:
            voice = (instrument, pitch, length_s)
            if voice not in rendered:
                rendered[voice] = instrument(pitch, length_s, sample_rate)
            first = max(0, round(start_s * sample_rate))
            note = rendered[voice][: max(0, n - first)]
            angle = (pan + 1.0) * np.pi / 4.0
            for channel, side in enumerate((np.cos(angle), np.sin(angle))):
                placed = np.float32(gain * side) * note
                dry[channel, first : first + note.size] += placed
                wet[channel, first : first + note.size] += np.float32(send) * placed
        y = dry + reverb(wet, sample_rate, room_s)
        # A gentle limiter: peaks bend instead of forcing everything else down.
        y = np.tanh(y / (0.7 * np.max(np.abs(y)) + 1e-9))
        fade = min(n, round(0.3 * sample_rate))
        y[:, n - fade :] *= np.linspace(1.0, 0.0, fade, dtype=np.float32)
        return np.asarray(peak * y / np.max(np.abs(y)), dtype=np.float32)
