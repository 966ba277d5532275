"""The figures of ``docs/accuracy.md``: how good the shipped models are on artists that they did not hear."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from reprise.analysis import analyze
from reprise.datasets import panda
from reprise.evaluation import classification, regression, rhythm, tonality
from reprise.evaluation.regression import Score
from reprise.models.genre import ShortTermGenreModel
from reprise.targets import EMOTIONS, HEADS, QUADRANTS
from reprise.training.shipped.corpus import load_corpus
from reprise.training.shipped.fused_genre import GenreTrainer, cross_validate_genre, genre_clips
from reprise.training.shipped.heads import HeadLabels, HeadsTrainer, cross_validate, fit_intervals
from reprise.training.shipped.labels import corpus_statistics, head_labels
from reprise.training.shipped.mood import cross_validate_mood
from reprise.training.shipped.ridge import Floats, artist_folds

__all__ = ["genre_table", "heads_table", "interval_coverage", "measured_table", "mood_table"]

SEEDS = (0, 1, 2)


def heads_table(folder: Path, cache: Path) -> str:
    """Cross-validate the seven heads, grouped by artist, on the songs with Spotify's own values.

    Returns
    -------
    str
        A Markdown table: R², MAE, RMSE and Pearson's r with bootstrap 95 % intervals over artists, the spread of the
        estimates relative to that of the truth, and coverage and width of the 80 % intervals. Each figure is the mean
        over three ways of dealing the artists into ten folds.
    """
    corpus = load_corpus(folder, cache)
    labels = head_labels(folder, corpus, corpus_statistics(folder, corpus, cache))
    predicted = cross_validate(HeadsTrainer(corpus.groups, labels), seeds=SEEDS)
    covered = interval_coverage(labels, predicted)
    lines = [
        "| feature | songs | R² | MAE | RMSE | Pearson | spread | 80 % interval covers | its width |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for i, name in enumerate(HEADS):
        own = ~np.isnan(labels.true[:, i])
        scores = [
            regression.evaluate(labels.true[own, i], p[own, i], groups=labels.artists[own]) for p in predicted
        ]
        cells = [
            _mean_score([getattr(s, metric) for s in scores]) for metric in ("r2", "mae", "rmse", "pearson")
        ]
        spread = np.mean([s.spread_ratio.value for s in scores])
        coverage, width = covered[i]
        lines.append(
            f"| {name} | {int(own.sum())} | {' | '.join(cells)} | {spread:.2f} | {100 * coverage:.0f} % | {width:.2f} |"
        )
    return "\n".join(lines)


def interval_coverage(labels: HeadLabels, predicted: Floats) -> list[tuple[float, float]]:
    """Coverage and mean width of intervals whose shape was fitted without the songs' artists, for each head."""
    fold = artist_folds(labels.artists, 10, 7)
    low, high = np.empty(labels.true.shape), np.empty(labels.true.shape)
    for k in range(10):
        rest, held_out = np.flatnonzero(fold != k), np.flatnonzero(fold == k)
        part = HeadLabels(
            artists=labels.artists[rest], true=labels.true[rest], weak=labels.weak[rest],
            weak_weight=labels.weak_weight[rest], taught=labels.taught[rest], mood=labels.mood[rest],
        )  # fmt: skip
        shape = fit_intervals(part, predicted[:, rest])
        for row in held_out:
            bounds = shape.bounds(predicted[0, row].astype(np.float32))
            low[row], high[row] = bounds[:, 0], bounds[:, 1]
    scores = [
        regression.evaluate_intervals(labels.true[:, i], low[:, i], high[:, i]) for i in range(len(HEADS))
    ]
    return [(score.coverage, score.mean_width) for score in scores]


def measured_table(folder: Path, cache: Path) -> str:
    """Compare tempo, key, mode, metre and loudness with Spotify's own values; returns Markdown.

    Spotify's values err too, in octaves of tempo above all, and some are of another recording of the song.
    """
    songs = panda.load(folder)
    known = np.flatnonzero(~np.isnan(songs.spotify[:, 0]))
    found = [analyze(folder / songs.clips[i]) for i in known]
    tempo = rhythm.evaluate_tempo(songs.tempo_bpm[known], [t.tempo or np.nan for t in found])
    keys = tonality.evaluate(
        songs.key[known],
        songs.mode[known],
        [t.key for t in found],
        [t.mode if t.mode is not None else 0 for t in found],
    )
    loudness = regression.evaluate(songs.loudness_db[known], [t.loudness or 0.0 for t in found])
    return "\n".join(
        [
            "| what | songs | figure |",
            "|---|---|---|",
            f"| tempo, Acc1 / Acc2 at 4 % | {tempo.count} | {tempo.accuracy1:.2f} / {tempo.accuracy2:.2f} |",
            f"| key, MIREX weighted score | {keys.count} | {keys.weighted:.2f} |",
            f"| key and mode both equal | {keys.count} | {keys.accuracy:.2f} |",
            f"| loudness, mean absolute error in dB | {loudness.count} | {_text(loudness.mae)} |",
        ]
    )


def mood_table(folder: Path, cache: Path) -> str:
    """Cross-validate the mood model; returns Markdown."""
    scores = cross_validate_mood(folder, load_corpus(folder, cache))
    lines = ["| quantity | clips | R² | Pearson |", "|---|---|---|---|"]
    columns = [
        *zip(("valence", "arousal"), scores.plane_true.T, scores.plane.T, strict=True),
        *zip(EMOTIONS, scores.emotions_true.T, scores.emotions.T, strict=True),
    ]
    for name, true, estimated in columns:
        result = regression.evaluate(true, estimated)
        lines.append(f"| {name} | {result.count} | {_text(result.r2)} | {_text(result.pearson)} |")
    exponentials = np.exp(8 * (scores.quadrants - scores.quadrants.max(axis=1, keepdims=True)))
    probabilities = exponentials / exponentials.sum(axis=1, keepdims=True)
    names = [QUADRANTS[i] for i in scores.quadrants_true]
    quadrant = classification.evaluate(names, probabilities, QUADRANTS)
    lines += ["", f"Quadrants (four, even): accuracy {quadrant.top1:.2f}, macro F1 {quadrant.macro_f1:.2f}."]
    return "\n".join(lines)


def genre_table(folder: Path, cache: Path) -> str:
    """Cross-validate the fused genre model on real audio, beside the 69 features alone; returns Markdown.

    A clip counts as right where the most probable of the 26 genres is one that its label allows.
    """
    corpus, short_term = load_corpus(folder, cache), ShortTermGenreModel.load()
    clips = genre_clips(folder, corpus, short_term.classes)
    trainer = GenreTrainer(corpus, clips, short_term)
    fused = cross_validate_genre(trainer)
    lines = [
        "| clips | what is asked | n | 69 features alone | fused |",
        "|---|---|---|---|---|",
    ]
    questions = {
        "panda": "an allowed genre is first (artists unheard)",
        "emotify": "an allowed genre is first",
        "gtzan": "Classical is first",
    }
    for source, question in questions.items():
        rows = clips.sources == source
        allowed = clips.possible[rows]
        right = [
            float(np.mean(allowed[np.arange(rows.sum()), p[rows].argmax(axis=1)]))
            for p in (trainer.short_term, fused)
        ]
        lines.append(f"| {source} | {question} | {int(rows.sum())} | {right[0]:.2f} | {right[1]:.2f} |")
    return "\n".join(lines)


def _mean_score(scores: list[Score]) -> str:
    ends = [float(np.mean([getattr(s, end) for s in scores])) for end in ("value", "low", "high")]
    return (
        f"{ends[0]:.2f} [{ends[1]:.2f}, {ends[2]:.2f}]"
        if abs(ends[0]) >= 0.1
        else (f"{ends[0]:.3f} [{ends[1]:.3f}, {ends[2]:.3f}]")
    )


def _text(score: Score) -> str:
    return f"{score.value:.2f} [{score.low:.2f}, {score.high:.2f}]"
