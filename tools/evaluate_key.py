"""Measure the key estimator beside its peers, on the same clips in the same run.

    python tools/evaluate_key.py --data ../shared/data --rendered /tmp/key_untouched.npz [--peers PYTHON]

``--peers`` names a Python interpreter in whose environment essentia is installed (``pip install essentia``); librosa's
chroma_cqt with Krumhansl's profiles always runs. Figures are MIREX weighted scores, with the share of exact answers.
Spotify's keys are themselves wrong for about a quarter of songs, which bounds what anybody can score on them.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import librosa
import mir_eval
import numpy as np
import pandas
import soundfile
import soxr

from key_corpus_styles import STYLES
from render_key_corpus import Composer, smf, song_events, synthesize
from reprise.features.chroma import SAMPLE_RATE_HZ, Chroma
from reprise.models.tonality import estimate_tonality
from reprise.records import Tonality

TONICS = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
PROFILES = ("bgate", "braw", "edma", "krumhansl", "temperley")
KRUMHANSL = {
    1: [6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88],
    0: [6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17],
}
ESSENTIA = """
import json, sys
import essentia
essentia.log.infoActive = essentia.log.warningActive = False
import essentia.standard as es
tonics = "C C# D Eb E F F# G Ab A Bb B".split()
for path in json.load(open(sys.argv[1])):
    y = es.MonoLoader(filename=path, sampleRate=44100)()
    answers = {}
    for profile in sys.argv[2:]:
        key, scale, _ = es.KeyExtractor(profileType=profile)(y)
        answers[profile] = tonics.index(key) * 2 + (scale == "major")
    print(json.dumps(answers))
"""


@dataclass(frozen=True, kw_only=True)
class Clip:
    """16 kHz mono audio with its reference key; ``style`` groups the figures."""

    y: np.ndarray
    key: int
    mode: int
    style: str


def real_clips(folder: Path) -> list[Clip]:
    """The clips of Panda's set that have Spotify's key."""
    table = pandas.read_csv(folder / "labels" / "panda.csv").dropna(subset=["spotify_key"])
    clips = []
    for row in table.to_dict("records"):
        path = folder / row["clip"]
        y = read16(path if path.exists() else folder / "clips" / row["clip"])
        clips.append(Clip(y=y, key=int(row["spotify_key"]), mode=int(row["spotify_mode"]), style="real"))
    return clips


def rendered_clips(path: Path) -> list[Clip]:
    """The pieces of a corpus from render_key_corpus.py."""
    with np.load(path, allow_pickle=False) as corpus:
        y, keys, modes, styles = (
            corpus["y"] / np.float32(32768),
            corpus["key"],
            corpus["mode"],
            corpus["style"],
        )
        ends = list(pairwise(corpus["offset"]))
    return [
        Clip(y=y[a:b], key=int(key), mode=int(mode), style=str(style))
        for (a, b), key, mode, style in zip(ends, keys, modes, styles, strict=True)
    ]


def tonality_of(y: np.ndarray) -> Tonality:
    """What Reprise says about 16 kHz mono audio."""
    chroma = Chroma()
    chroma.push(y.astype(np.float32))
    return estimate_tonality(chroma.result())


def librosa_key(y: np.ndarray) -> int:
    """2 x tonic + mode by the correlation of librosa's mean chroma with Krumhansl's profiles."""
    chroma = librosa.feature.chroma_cqt(y=y, sr=SAMPLE_RATE_HZ).mean(axis=1)
    scores = [
        np.corrcoef(np.roll(KRUMHANSL[mode], tonic), chroma)[0, 1] for tonic in range(12) for mode in (0, 1)
    ]
    return int(np.argmax(scores))


def essentia_keys(clips: list[Clip], python: str) -> dict[str, list[int]]:
    """Answers of essentia's KeyExtractor with each profile."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [str(Path(folder) / f"{i}.wav") for i in range(len(clips))]
        for path, clip in zip(paths, clips, strict=True):
            soundfile.write(path, soxr.resample(clip.y, SAMPLE_RATE_HZ, 44_100), 44_100)
        listing = Path(folder) / "paths.json"
        listing.write_text(json.dumps(paths))
        command = [python, "-c", ESSENTIA, str(listing), *PROFILES]
        lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    answers = [json.loads(line) for line in lines if line.startswith("{")]
    return {f"essentia {profile}": [answer[profile] for answer in answers] for profile in PROFILES}


def name_of(key: int, mode: int) -> str:
    return f"{TONICS[key]} {'major' if mode else 'minor'}"


def score(clip: Clip, key: int, mode: int) -> float:
    """MIREX weighted score; nothing for no answer."""
    if key < 0:
        return 0.0
    return float(mir_eval.key.weighted_score(name_of(clip.key, clip.mode), name_of(key, mode)))


def interval(scores: np.ndarray) -> tuple[float, float]:
    """95 % bootstrap interval of the mean."""
    rng = np.random.default_rng(0)
    means = scores[rng.integers(len(scores), size=(2000, len(scores)))].mean(axis=1)
    return float(np.quantile(means, 0.025)), float(np.quantile(means, 0.975))


def line(name: str, scores: np.ndarray) -> str:
    low, high = interval(scores)
    return f"  {name:22s} {scores.mean():.3f} [{low:.3f}, {high:.3f}]   exact {np.mean(scores == 1):.3f}"


def report(title: str, clips: list[Clip], python: str | None) -> None:
    """Print every estimator's figures on one set, and Reprise's by style and by confidence."""
    print(f"{title}: {len(clips)} clips")
    own = [tonality_of(clip.y) for clip in clips]
    scores = np.array([score(c, t.key, t.mode or 0) for c, t in zip(clips, own, strict=True)])
    print(line("reprise", scores))
    peers: dict[str, Callable[[], list[int]]] = {
        "librosa krumhansl": lambda: [librosa_key(c.y) for c in clips]
    }
    answers = {name: answer() for name, answer in peers.items()}
    if python:
        answers |= essentia_keys(clips, python)
    for name, keys in answers.items():
        print(line(name, np.array([score(c, *divmod(k, 2)) for c, k in zip(clips, keys, strict=True)])))
    styles = sorted({clip.style for clip in clips})
    if len(styles) > 1:
        by_style = {s: scores[[clip.style == s for clip in clips]].mean() for s in styles}
        print("  reprise by style: " + "  ".join(f"{style} {value:.2f}" for style, value in by_style.items()))
    confidence = np.array([t.key_confidence * t.mode_confidence for t in own])
    for low, high in pairwise((0.0, 0.4, 0.6, 0.8, 1.01)):
        rows = (confidence >= low) & (confidence < high)
        if rows.any():
            right = np.mean(scores[rows] == 1)
            print(f"  confidence {low:.1f}..{min(high, 1):.1f}: {rows.sum():4d} clips, {right:.2f} exact")


def read16(path: Path) -> np.ndarray:
    y, rate = soundfile.read(path, always_2d=True)
    return np.asarray(soxr.resample(y.mean(axis=1).astype(np.float32), rate, SAMPLE_RATE_HZ))


def drums() -> list[np.ndarray]:
    """Fifteen seconds of each of the renderer's drum patterns alone."""
    clips = []
    for seed, style in enumerate(STYLES.values()):
        composer = Composer(style, 0, 1, "tuning", np.random.default_rng(seed))
        composer.drums(style.drums[0] if style.drums[0] != "none" else "swing", 12)
        clips.append(synthesize(smf(song_events(composer, composer.notes, 0, 15)))[: 15 * SAMPLE_RATE_HZ])
    return clips


def report_unpitched(data: Path) -> None:
    """Print how often each kind of sound is said to have no key."""
    rng = np.random.default_rng(0)
    noise = [rng.standard_normal(15 * SAMPLE_RATE_HZ) for _ in range(20)]
    speech = sorted((data / "clips" / "speech").iterdir())
    kinds: dict[str, list[np.ndarray]] = {
        "white noise": noise,
        "brown noise": [np.cumsum(y) - np.linspace(0, y.sum(), y.size) for y in noise],
        "speech": [np.concatenate([read16(p) for p in speech[i : i + 6]]) for i in range(0, len(speech), 6)],
        "drums alone": drums(),
        "classical music": [read16(p) for p in sorted((data / "clips" / "gtzan_classical").iterdir())],
        "music of all styles": [read16(p) for p in sorted((data / "clips" / "panda").iterdir())[::5]],
    }
    print("No key found")
    for name, clips in kinds.items():
        print(f"  {name:22s} {np.mean([tonality_of(y).key < 0 for y in clips]):.2f} of {len(clips)}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path)
    parser.add_argument("--rendered", type=Path)
    parser.add_argument("--peers", metavar="PYTHON")
    parser.add_argument(
        "--limit", type=int, help="take only so many of the rendered pieces; the peers are slow"
    )
    arguments = parser.parse_args()
    if arguments.data:
        report("Spotify's keys of real clips", real_clips(arguments.data), arguments.peers)
        report_unpitched(arguments.data)
    if arguments.rendered:
        report(
            "Rendered pieces, untouched half",
            rendered_clips(arguments.rendered)[: arguments.limit],
            arguments.peers,
        )


if __name__ == "__main__":
    main()
