"""Ten short pieces whose tempo, key, mode and metre are known, because they were written down first.

`render` plays a piece; it gives the same samples every time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from reprise.demo import styles
from reprise.demo.score import PlayedNote
from reprise.records import FloatArray

__all__ = ["PIECES", "Piece", "notes_of", "render"]

TAIL_S = 1.5
"""Time for the last notes to die away."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Piece:
    """One piece and the truth about it.

    Attributes
    ----------
    name : str
        A word for file names.
    title, style : str
        For people.
    tempo_bpm : float or None
        Beats per minute; in 6/8 the beat is the dotted quarter. ``None`` where there is no pulse.
    key : int
        Pitch class of the tonic, C = 0.
    mode : int
        1 major, 0 minor.
    time_signature : int or None
        Upper figure of the metre; 6/8 is 6.
    beats_per_bar : int
        Beats of `tempo_bpm` in a bar: 2 in 6/8. Without a pulse, the seconds that a chord is held.
    progression : tuple of str
        One chord symbol a bar.
    arrange : callable
        Plays the piece; one of `reprise.demo.styles`.
    swing : float
        Where the second eighth note falls within the beat: 0.5 straight, 0.67 in triplets.
    room_s : float
        Reverberation time.
    peak : float
        Highest sample, 0..1: quiet styles are played quietly.
    start_s : float
        Silence before the first beat.
    """

    name: str
    title: str
    style: str
    tempo_bpm: float | None
    key: int
    mode: int
    time_signature: int | None
    beats_per_bar: int
    progression: tuple[str, ...] = field(repr=False)
    arrange: Callable[[styles.Band], None] = field(repr=False)
    swing: float = 0.5
    room_s: float = 1.0
    peak: float = 0.9
    start_s: float = 0.2

    @property
    def beat_s(self) -> float:
        """Length of a beat in seconds; one second where there is no pulse."""
        return 60.0 / self.tempo_bpm if self.tempo_bpm else 1.0

    @property
    def duration_s(self) -> float:
        """Length of the rendered piece in seconds."""
        return self.start_s + len(self.progression) * self.beats_per_bar * self.beat_s + TAIL_S

    @property
    def beats_s(self) -> FloatArray:
        """Times of all beats in seconds; none where there is no pulse."""
        count = len(self.progression) * self.beats_per_bar if self.tempo_bpm else 0
        return (self.start_s + np.arange(count) * self.beat_s).astype(np.float32)

    @property
    def downbeats_s(self) -> FloatArray:
        """Times of the first beats of the bars in seconds, a subset of `beats_s`."""
        return self.beats_s[:: self.beats_per_bar]


PIECES: tuple[Piece, ...] = (
    Piece(
        name="house",
        title="Night Ferry",
        style="House",
        tempo_bpm=124.0,
        key=9,
        mode=0,
        time_signature=4,
        beats_per_bar=4,
        progression=("Am", "F", "C", "G", "Am", "F", "Dm", "E7", "Am", "F", "Dm", "Am"),
        arrange=styles.house,
    ),
    Piece(
        name="waltz",
        title="Paper Lanterns",
        style="Waltz",
        tempo_bpm=132.0,
        key=5,
        mode=1,
        time_signature=3,
        beats_per_bar=3,
        progression=("F", "F", "Bb", "F", "Dm", "Gm", "C7", "F", "F", "Dm", "Bb", "C7", "F", "Gm", "C7", "F"),
        arrange=styles.waltz,
        room_s=1.8,
    ),
    Piece(
        name="rock",
        title="Tailwind",
        style="Rock",
        tempo_bpm=112.0,
        key=4,
        mode=1,
        time_signature=4,
        beats_per_bar=4,
        progression=("E", "A", "E", "B", "E", "A", "B", "E", "C#m", "A", "B", "E"),
        arrange=styles.rock,
        room_s=0.8,
    ),
    Piece(
        name="jazz",
        title="Fifth Wheel",
        style="Jazz",
        tempo_bpm=168.0,
        key=2,
        mode=0,
        time_signature=5,
        beats_per_bar=5,
        progression=("Dm7", "Gm7", "Dm7", "Am7", "Gm7", "Dm7", "Bbmaj7", "A7", "Dm7", "Gm7", "A7", "Dm7"),
        arrange=styles.five,
        swing=0.64,
    ),
    Piece(
        name="drum-and-bass",
        title="Undertow",
        style="Drum and bass",
        tempo_bpm=174.0,
        key=0,
        mode=0,
        time_signature=4,
        beats_per_bar=4,
        arrange=styles.drum_and_bass,
        progression=(
            "Cm",
            "Cm",
            "Ab",
            "Bb",
            "Cm",
            "Cm",
            "Fm",
            "G7",
            "Cm",
            "Cm",
            "Ab",
            "Bb",
            "Fm",
            "G7",
            "Cm",
            "Cm",
        ),
    ),
    Piece(
        name="ballad",
        title="Slow Water",
        style="Piano ballad",
        tempo_bpm=66.0,
        key=7,
        mode=1,
        time_signature=6,
        beats_per_bar=2,
        arrange=styles.ballad,
        room_s=2.0,
        peak=0.6,
        progression=("G", "Em", "C", "D7", "G", "Bm", "C", "D7", "Em", "C", "D7", "G"),
    ),
    Piece(
        name="folk",
        title="Kindling",
        style="Folk guitar",
        tempo_bpm=96.0,
        key=2,
        mode=1,
        time_signature=4,
        beats_per_bar=4,
        progression=("D", "G", "D", "A7", "Bm", "G", "A7", "D", "A7", "D"),
        arrange=styles.folk,
        room_s=0.7,
    ),
    Piece(
        name="hip-hop",
        title="Back Stairs",
        style="Hip-hop",
        tempo_bpm=88.0,
        key=6,
        mode=0,
        time_signature=4,
        beats_per_bar=4,
        progression=("F#m7", "Dmaj7", "Bm7", "C#7", "F#m7", "Dmaj7", "C#7", "F#m7"),
        arrange=styles.hip_hop,
        swing=0.58,
    ),
    Piece(
        name="seven",
        title="Seven Bridges",
        style="Balkan folk",
        tempo_bpm=150.0,
        key=10,
        mode=1,
        time_signature=7,
        beats_per_bar=7,
        progression=("Bb", "Eb", "Bb", "F7", "Gm", "Eb", "F7", "Bb"),
        arrange=styles.seven,
    ),
    Piece(
        name="ambient",
        title="Snow Light",
        style="Ambient",
        tempo_bpm=None,
        key=3,
        mode=1,
        time_signature=None,
        beats_per_bar=5,
        progression=("Eb", "Ab", "Bb", "Eb"),
        arrange=styles.ambient,
        room_s=3.5,
        peak=0.4,
    ),
)
"""The pieces that ``make demo`` plays, in the order of its table."""


def render(piece: Piece, sample_rate: int = 44100) -> FloatArray:
    """Play a piece.

    Parameters
    ----------
    piece : Piece
    sample_rate : int
        In Hz, from 8000.

    Returns
    -------
    float32 array, shape (2, n)
        `piece.duration_s` seconds with a peak of `piece.peak`; the same every time.
    """
    band = styles.Band(piece)
    piece.arrange(band)
    return band.score.mix(piece.duration_s, sample_rate, piece.room_s, piece.peak)


def notes_of(piece: Piece) -> tuple[PlayedNote, ...]:
    """Return what every instrument plays in a piece, in the order of time."""
    band = styles.Band(piece)
    piece.arrange(band)
    return band.score.played()
