"""The styles that render_key_corpus.py composes in: progressions, scales, instruments, patterns."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

QUALITIES = {
    "": (0, 4, 7), "m": (0, 3, 7), "5": (0, 7, 12), "7": (0, 4, 7, 10), "m7": (0, 3, 7, 10),
    "maj7": (0, 4, 7, 11), "9": (0, 4, 10, 14), "m9": (0, 3, 10, 14), "maj9": (0, 4, 11, 14),
    "13": (0, 4, 10, 21),
    "6": (0, 4, 7, 9), "m6": (0, 3, 7, 9), "sus4": (0, 5, 7), "sus2": (0, 2, 7), "add9": (0, 4, 7, 14),
    "dim": (0, 3, 6), "dim7": (0, 3, 6, 9), "m7b5": (0, 3, 6, 10), "7b9": (0, 4, 10, 13), "+": (0, 4, 8),
    "mmaj7": (0, 3, 7, 11), "7sus4": (0, 5, 7, 10),
}  # fmt: skip
DEGREES = {"i": 0, "ii": 2, "iii": 4, "iv": 5, "v": 7, "vi": 9, "vii": 11}

SCALES = {
    "major": (0, 2, 4, 5, 7, 9, 11), "major pentatonic": (0, 2, 4, 7, 9),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "minor": (0, 2, 3, 5, 7, 8, 10), "minor pentatonic": (0, 3, 5, 7, 10), "dorian": (0, 2, 3, 5, 7, 9, 10),
    "harmonic minor": (0, 2, 3, 5, 7, 8, 11), "blues": (0, 3, 5, 6, 7, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
    "major blues": (0, 2, 3, 4, 7, 9), "melodic minor": (0, 2, 3, 5, 7, 9, 11),
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Style:
    """What the songs of one style have in common.

    ``major`` and ``minor`` hold progressions, ``minor_share`` says how often the second is drawn from;
    ``scales`` gives the melody's scales for both modes; ``comping``, ``bass`` and ``drums`` name patterns.
    """

    major: tuple[str, ...]
    minor: tuple[str, ...]
    minor_share: float
    scales: tuple[tuple[str, ...], tuple[str, ...]]
    tempo: tuple[int, int]
    comping: tuple[str, ...]
    bass: tuple[str, ...]
    drums: tuple[str, ...]
    programs: dict[str, tuple[int, ...]]
    melody: float = 0.8
    bars_per_chord: tuple[float, ...] = (1.0,)
    extras: dict[str, float] = field(default_factory=dict)


ROCK_MAJOR = (
    "I V vi IV", "I IV V IV", "I bVII IV I", "I vi IV V", "I IV I V", "vi IV I V", "I iii IV V",
    "I I IV IV V V I I", "I bVII IV IV", "IV I V vi", "I V IV I", "I bIII IV I", "I IV", "I V", "I ii IV V",
    "I IV bVII IV", "I bVII bVI V", "IV V I I", "I I I IV V IV I I", "I IV vi V", "vi V IV V",
    "I Vsus4 vi IV", "I V ii IV", "I iii vi IV", "I II IV I", "I iv I V", "I Isus4 I Isus2", "ii V I I",
    "I vi ii V", "I III7 vi IV", "I7 IV7 I7 V7", "I bVII",
)  # fmt: skip
ROCK_MINOR = (
    "i bVII bVI bVII", "i bVI bIII bVII", "i iv v i", "i bVII bVI V", "i iv bVII bIII", "i bVI bVII i",
    "i iv i V", "i bIII bVII iv", "i bVII", "i iv", "i bVII iv i", "i v bVI bVII", "i bIII bVI bVII",
    "i i bVI bVII", "i bVI iv V", "iv bVI i bVII", "i IV", "i bVII IV i", "i bVI", "i i iv i V V i i",
    "i v iv v", "i bVII bIII bVI",
)  # fmt: skip
BLUES_MAJOR = (
    "I7 I7 I7 I7 IV7 IV7 I7 I7 V7 IV7 I7 V7", "I7 IV7 I7 I7 IV7 IV7 I7 I7 V7 V7 I7 I7", "I7 I7 IV7 I7",
    "I I I I7 IV7 IV7 I I V7 V7 I V7", "I7", "I7 IV7", "I7 I7 I7 I7 IV7 IV7 I7 VI7 ii7 V7 I7 V7",
    "I7 V7 IV7 IV7 I7 V7 I7 V7", "I6 IV7 I6 I7 IV7 #ivdim7 I VI7 II7 V7 I VI7", "I I7 IV iv I V7 I I",
    "I9 I9 I9 I9 IV9 IV9 I9 I9 V9 IV9 I9 V9", "I VI7 II7 V7", "I7 I7 V7 V7 V7 V7 I7 I7",
)  # fmt: skip
BLUES_MINOR = (
    "i7 i7 i7 i7 iv7 iv7 i7 i7 bVI7 V7 i7 i7", "i7 iv7 i7 i7 iv7 iv7 i7 i7 V7 iv7 i7 V7", "i7 iv7", "i7",
    "i7 IV7",
)  # fmt: skip
JAZZ_MAJOR = (
    "iim7 V7 Imaj7 Imaj7", "Imaj7 vi7 ii7 V7", "Imaj7 VI7 ii7 V7", "ii7 V7 iii7 VI7b9", "I6 #idim7 ii7 V7",
    "Imaj9 IVmaj7 iii7 vi7 ii9 V13 I6 I6", "I6 I7 IV6 #ivdim7 I6 V7 I6 V7",
    "III7 III7 VI7 VI7 II7 II7 V7 V7", "Imaj7 II7 ii7 V7", "Imaj7 iv6 Imaj7 V7",
    "I6 vi7 ii7 V7 iii7 VI7 ii7 V7", "IVmaj7 iv6 Imaj7 VI7 II7 V7 I6 I6", "ii7 bII7 Imaj7 Imaj7",
    "I6 III7 VI7 II7 V7 I6",
)  # fmt: skip
JAZZ_MINOR = (
    "iim7b5 V7b9 i7 i7", "i7 bVImaj7 iim7b5 V7b9", "im6 iim7b5 V7 im6", "i9 i9 iv9 iv9",
    "iv7 bVII7 bIIImaj7 bVImaj7 iim7b5 V7 i6 i6", "i7 ii7 i7 ii7", "im6 im6 im6 im6 bVI7 V7 im6 im6",
    "immaj7 i7 iv7 V7b9",
)  # fmt: skip
COUNTRY_MAJOR = (
    "I I IV I I I V V", "I IV V I", "I V I V", "I I V V V V I I", "I IV I V I IV V I", "I I7 IV IV I V I I",
    "I vi IV V", "I II V V", "I V IV I", "I I IV IV V V I I", "IV I V I", "I vi ii V", "I V V I",
    "I bVII IV I",
)  # fmt: skip
COUNTRY_MINOR = (
    "i bVII i bVII", "i iv i V", "i bVII bVI V", "i bIII bVII i", "i i iv i i V i i",
)  # fmt: skip
DISCO_MINOR = (
    "i7 iv7", "i7 bVII bVI V7", "i7 iv9 bVII bIIImaj7 bVImaj7 iim7b5 V7 i7", "i7 IV9", "i i bVI bVII",
    "i7 v7", "i bVII iv V", "i7 bIII7 iv7 bVII", "i iv bVI V", "i bVI bIII bVII",
)  # fmt: skip
DISCO_MAJOR = (
    "Imaj7 vi7 ii7 V7sus4", "Imaj7 iii7 IVmaj7 V7sus4", "I IV I IV", "ii7 V7 Imaj7 vi7", "I V vi IV",
    "I bVII IV I", "I9 IV9", "IVmaj7 V vi7 I", "I iii vi V", "I vi IV V",
)  # fmt: skip
HIPHOP_MINOR = (
    "i", "i bVI", "i iv", "i bVII", "i i bVI V", "i bVI bVII i", "i7 iv7", "i bII", "i9 iv9", "i v",
    "i bVI iv V", "i i i bVII", "i bIII bVI V", "i7 bVImaj7", "i5", "i bVII bVI bVII",
)  # fmt: skip
HIPHOP_MAJOR = (
    "I IV", "Imaj7 IVmaj7", "I V vi IV", "Imaj7 vi7 ii7 V7", "I7", "I bVII", "ii7 V7 Imaj7 Imaj7", "I",
)  # fmt: skip
METAL_MINOR = (
    "i5", "i5 bVI5 bVII5 i5", "i5 bII5 i5 bVII5", "i5 bVI5 bIII5 bVII5", "i5 i5 bIII5 iv5",
    "i5 bVII5 bVI5 V5", "i5 bII5", "i5 iv5 bVI5 v5", "i5 i5 i5 bV5", "i5 bIII5 bII5 i5",
    "i5 bVI5 iv5 bVII5", "i5 v5 bVI5 iv5", "i5 i5 bVI5 bVII5", "i5 bVII5 i5 bII5", "i5 bV5 iv5 bIII5",
    "i5 bIII5 iv5 bVI5",
)  # fmt: skip
METAL_MAJOR = (
    "I5 V5 vi5 IV5", "I5 IV5 V5 IV5", "I5 bVII5 IV5 I5", "I5 vi5 IV5 V5", "I5 bIII5 IV5 I5",
    "I5 bVII5 bVI5 bVII5",
)  # fmt: skip
REGGAE_MAJOR = (
    "I IV", "I V", "I ii", "I IV V IV", "I vi ii V", "I V vi IV", "I iii IV V", "I I IV V", "I bVII IV",
    "I",
)  # fmt: skip
REGGAE_MINOR = (
    "i iv", "i bVII", "i v", "i iv v iv", "i bVI bVII i", "i7 iv7", "i bVII bVI bVII", "i", "i bVII iv i",
)  # fmt: skip
LATIN_MINOR = (
    "i V7", "i iv V7 i", "i bVII bVI V", "i i V7 V7 V7 V7 i i", "i iv i V7", "i7 IV7", "iv i V7 i", "i bII",
)  # fmt: skip
LATIN_MAJOR = (
    "I V7", "I IV V7 IV", "I vi ii V7", "I I V7 V7 V7 V7 I I", "I VI7 ii V7", "I IV V7 I",
)  # fmt: skip
CLASSICAL_MAJOR = (
    "I IV V7 I", "I vi ii V7", "I V7 I V7", "I ii V7 I", "I IV I V I ii V7 I", "I V vi iii IV I IV V",
    "I I V7 I", "I VI7 ii V7 I IV V7 I",
)  # fmt: skip
CLASSICAL_MINOR = (
    "i iv V7 i", "i V7 i V7", "i bVI iv V7", "i iv bVII bIII bVI iim7b5 V7 i", "i iim7b5 V7 i",
    "i V i bVII bIII bVII i V", "i v bVI iv", "i iv i V7",
)  # fmt: skip

GUITARS, PIANOS, ORGANS = (24, 25, 26, 27, 28), (0, 1, 2, 3, 4, 5), (16, 17, 18, 19)
PADS, WINDS, LEADS = (48, 49, 50, 51, 52, 89, 91, 95), (56, 61, 64, 65, 66, 71, 73), (80, 81, 85, 87, 53, 54)
VOICES = (52, 53, 54, 65, 66, 71, 73, 56)


def _programs(
    chords: tuple[int, ...], melody: tuple[int, ...], bass: tuple[int, ...]
) -> dict[str, tuple[int, ...]]:
    return {"chords": chords, "melody": melody, "bass": bass}


STYLES: dict[str, Style] = {
    "rock": Style(
        major=ROCK_MAJOR,
        minor=ROCK_MINOR,
        minor_share=0.35,
        tempo=(80, 165),
        scales=(
            ("major", "major pentatonic", "blues", "mixolydian", "minor pentatonic"),
            ("minor", "minor pentatonic", "dorian"),
        ),
        comping=("block", "strum", "eighths", "power"),
        bass=("root eighths", "root", "root fifth"),
        drums=("rock", "rock", "half"),
        programs=_programs((27, 28, 29, 30, 25, 0, 18), (*VOICES, 29, 30), (33, 34, 36)),
        bars_per_chord=(0.5, 1, 1, 2),
    ),
    "pop": Style(
        major=ROCK_MAJOR[:26],
        minor=ROCK_MINOR,
        minor_share=0.38,
        tempo=(70, 135),
        scales=(("major", "major pentatonic"), ("minor", "minor pentatonic", "harmonic minor")),
        comping=("block", "arpeggio", "pad", "eighths"),
        bass=("root", "root eighths", "octaves"),
        drums=("rock", "disco", "half", "none"),
        programs=_programs(PIANOS + PADS + (25, 27), VOICES + LEADS, (33, 35, 38, 39)),
        bars_per_chord=(0.5, 1, 1, 2),
    ),
    "blues": Style(
        major=BLUES_MAJOR,
        minor=BLUES_MINOR,
        minor_share=0.18,
        tempo=(60, 140),
        scales=(("blues", "minor pentatonic", "major blues", "mixolydian"), ("blues", "minor pentatonic")),
        comping=("boogie", "block", "strum", "eighths", "riff"),
        bass=("walking", "root fifth", "boogie", "none"),
        drums=("shuffle", "rock", "none"),
        programs=_programs((*GUITARS, 0, 16), (22, 26, 27, 29, 65, 66, 0, 25, 54), (32, 33, 34)),
        extras={"bend": 0.5},
    ),
    "jazz": Style(
        major=JAZZ_MAJOR,
        minor=JAZZ_MINOR,
        minor_share=0.3,
        tempo=(70, 220),
        scales=(("major", "mixolydian", "major blues"), ("dorian", "melodic minor", "blues")),
        comping=("block", "charleston"),
        bass=("walking", "root", "walking"),
        drums=("swing", "none", "swing"),
        programs=_programs((0, 0, 26, 4, 17), (56, 57, 64, 65, 66, 71, 11, 26, 59, 0), (32, 32, 35)),
        bars_per_chord=(0.5, 1, 1),
        extras={"chromatic": 0.2},
    ),
    "country": Style(
        major=COUNTRY_MAJOR,
        minor=COUNTRY_MINOR,
        minor_share=0.08,
        tempo=(70, 150),
        scales=(("major pentatonic", "major"), ("minor", "minor pentatonic")),
        comping=("boom-chick", "strum", "arpeggio"),
        bass=("root fifth", "root"),
        drums=("train", "rock", "none"),
        programs=_programs((25, 24, 27, 105, 0), (40, 110, 25, 54, 53, 22, 71), (32, 33)),
    ),
    "disco": Style(
        major=DISCO_MAJOR,
        minor=DISCO_MINOR,
        minor_share=0.55,
        tempo=(105, 130),
        scales=(("major", "major pentatonic"), ("dorian", "minor", "minor pentatonic")),
        comping=("offbeat", "eighths", "pad", "block"),
        bass=("octaves", "root eighths", "funk"),
        drums=("disco",),
        programs=_programs((27, 28, 48, 4, 7, 61), (48, 52, 53, 54, 61, 65, 73), (33, 36, 38)),
        bars_per_chord=(1, 1, 2),
    ),
    "hiphop": Style(
        major=HIPHOP_MAJOR,
        minor=HIPHOP_MINOR,
        minor_share=0.75,
        tempo=(70, 105),
        scales=(("major pentatonic", "blues"), ("minor", "minor pentatonic", "phrygian", "harmonic minor")),
        comping=("pad", "riff", "block", "arpeggio"),
        bass=("funk", "root", "sub"),
        drums=("hiphop", "hiphop", "half"),
        programs=_programs(PIANOS + PADS + (11, 46, 45, 27), (*LEADS, 73, 48, 11, 0), (38, 39, 33, 87)),
        melody=0.4,
        bars_per_chord=(0.5, 1, 2),
    ),
    "metal": Style(
        major=METAL_MAJOR,
        minor=METAL_MINOR,
        minor_share=0.85,
        tempo=(90, 200),
        scales=(
            ("major", "minor pentatonic", "major pentatonic"),
            ("minor", "minor pentatonic", "phrygian", "harmonic minor"),
        ),
        comping=("power", "chug", "chug"),
        bass=("root eighths", "root"),
        drums=("metal", "rock", "half"),
        programs=_programs((29, 30), (29, 30, 30, 53), (33, 34)),
        melody=0.4,
        bars_per_chord=(0.5, 1, 2),
        extras={"drive": 1.0},
    ),
    "reggae": Style(
        major=REGGAE_MAJOR,
        minor=REGGAE_MINOR,
        minor_share=0.45,
        tempo=(65, 95),
        scales=(("major pentatonic", "major"), ("minor pentatonic", "minor", "dorian")),
        comping=("offbeat",),
        bass=("dub", "dub", "root fifth"),
        drums=("reggae",),
        programs=_programs((27, 28, 0, 16, 17), (*VOICES, 22), (33, 35, 38)),
        melody=0.7,
        bars_per_chord=(0.5, 1, 1, 2),
    ),
    "latin": Style(
        major=LATIN_MAJOR,
        minor=LATIN_MINOR,
        minor_share=0.6,
        tempo=(85, 130),
        scales=(("major", "major pentatonic"), ("harmonic minor", "minor", "dorian")),
        comping=("montuno", "strum", "arpeggio"),
        bass=("tumbao", "root fifth"),
        drums=("latin", "none"),
        programs=_programs((0, 24, 25), (*VOICES, 24), (32, 33)),
    ),
    "classical": Style(
        major=CLASSICAL_MAJOR,
        minor=CLASSICAL_MINOR,
        minor_share=0.45,
        tempo=(60, 130),
        scales=(("major",), ("harmonic minor", "minor", "melodic minor")),
        comping=("arpeggio", "block", "pad"),
        bass=("root", "none"),
        drums=("none",),
        programs=_programs((0, 6, 46, 48, 49, 19, 24), (40, 42, 48, 68, 71, 73, 0, 60), (42, 43)),
        bars_per_chord=(0.5, 1, 1),
        extras={"chromatic": 0.08},
    ),
}
MINOR_TRIADS = ("m", "m7", "m9", "m6", "dim", "dim7", "m7b5", "mmaj7")


@dataclass(frozen=True, kw_only=True)
class Chord:
    """Root above the tonic in semitones, and the chord's intervals."""

    root: int
    intervals: tuple[int, ...]


def parse_chord(numeral: str) -> Chord:
    """Read a Roman numeral above the tonic's major scale, such as ``bVII``, ``ii7`` or ``iim7b5``."""
    match = re.fullmatch(r"([b#]?)([IV]+|[iv]+)(.*)", numeral)
    if match is None:
        raise ValueError(numeral)
    sign, degree, suffix = match.groups()
    root = (DEGREES[degree.lower()] + {"": 0, "b": -1, "#": 1}[sign]) % 12
    quality = suffix
    if degree.islower() and suffix not in MINOR_TRIADS and suffix not in ("5", "sus4", "sus2"):
        quality = "m" + suffix
    return Chord(root=root, intervals=QUALITIES[quality])
