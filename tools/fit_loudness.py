"""Find how Spotify's ``loudness`` relates to what Reprise measures, and print the offset between them.

    python tools/fit_loudness.py ../shared/data

Each labelled clip is measured; then simple mappings from each measure compete in cross-validation grouped by
artist, on the tracks' own values and on the means of their artists. Takes about a minute.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.model_selection import GroupKFold

from reprise.audio import open_audio
from reprise.audio.loudness import OVERALL_OFFSET_DB, LoudnessMeter
from reprise.evaluation import regression

FOLDS = 10


def measure(path: Path) -> dict[str, float]:
    """Return the measures of one mono clip."""
    with open_audio(path) as stream:
        meter = LoudnessMeter(stream.sample_rate, stream.channels)
        power, samples = 0.0, 0
        for y in stream.blocks():
            meter.push(y)
            power += float(np.sum(y.astype(np.float64) ** 2))
            samples += y.size
    loudness, short_term = meter.result(), meter.short_term_lufs()
    return {
        "integrated LUFS": loudness.integrated_lufs or np.nan,
        "RMS dBFS": 10 * np.log10(power / samples),
        "short-term LUFS, median": float(np.median(short_term)),
        "short-term LUFS, 95th percentile": float(np.percentile(short_term, 95)),
        "true peak dBTP": loudness.true_peak_db or np.nan,
    }


def cross_validated(x: np.ndarray, y: np.ndarray, artists: np.ndarray, line: bool) -> np.ndarray:
    """Predict each track from other artists: with a straight line, or with the median offset alone."""
    predicted = np.empty_like(y)
    for train, test in GroupKFold(FOLDS).split(x, y, artists):
        slope, offset = np.polyfit(x[train], y[train], 1) if line else (1.0, np.median(y[train] - x[train]))
        predicted[test] = slope * x[test] + offset
    return predicted


def report(clips: pd.DataFrame, target: str, measures: list[str]) -> None:
    """Print how well each measure predicts one column of labels."""
    print(f"\n{target}: {len(clips)} clips of {clips['artist'].nunique()} artists")
    y, artists = clips[target].to_numpy(), clips["artist_key"].to_numpy()
    constant = np.full_like(y, np.median(y))
    print(f"  {'always the median':42s} MAE {regression.mae(y, constant):.2f} dB")
    for name in measures:
        x = clips[name].to_numpy()
        for kind in ("offset", "line"):
            scores = regression.evaluate(y, cross_validated(x, y, artists, kind == "line"), groups=artists)
            mae, r = scores.mae, scores.pearson.value
            interval = f"{mae.value:.2f} dB [{mae.low:.2f}, {mae.high:.2f}]"
            print(f"  {name + ', ' + kind:42s} MAE {interval}  r² {scores.r2.value:5.2f}  r {r:.2f}")
        offset, slope = np.median(y - x), np.polyfit(x, y, 1)
        print(f"  {'':42s} median offset {offset:.2f} dB; line {slope[0]:.2f} x {slope[1]:+.2f}")


def main(folder: Path) -> None:
    """Measure the labelled clips and print the comparison."""
    labels = pd.read_csv(folder / "labels" / "panda.csv")
    labels["artist_key"] = labels["artist_key"].fillna(labels["clip"])  # an unknown artist is like no other
    targets = ["spotify_loudness", "artist_mean_loudness"]
    labels = labels[labels[targets].notna().any(axis=1)].reset_index(drop=True)
    measures = pd.DataFrame([measure(folder / clip) for clip in labels["clip"]])
    clips = pd.concat((labels, measures), axis=1)
    for target in targets:
        report(clips[clips[target].notna()], target, list(measures.columns))
    print(f"\nreprise.audio.loudness.OVERALL_OFFSET_DB is {OVERALL_OFFSET_DB}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
