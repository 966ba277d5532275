"""Draw the pictures of the documentation from a real analysis: ``python tools/make_pictures.py [PIECE]``.

A demo piece is rendered, analysed and drawn: the waveform with the beats and bars that were heard, and the seven
predicted features with their intervals. Needs matplotlib (the extra ``train``).
"""

from __future__ import annotations

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory

import matplotlib as mpl
import numpy as np
import soundfile
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

import reprise
from reprise.cli.table import key_name
from reprise.demo import PIECES, Piece, render
from reprise.records import FloatArray, TrackAnalysis
from reprise.targets import HEADS

PICTURES = Path(__file__).resolve().parents[1] / "docs" / "pictures"
SAMPLE_RATE_HZ = 44100
SHOWN_S = 8.0
COLUMNS_HZ = 300
INK, FAINT, BLUE, RED = "#1f2328", "#8c959f", "#0969da", "#cf222e"

STYLE = {
    "font.size": 15,
    "axes.edgecolor": FAINT,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
}


def draw_waveform(ax: Axes, y: FloatArray, track: TrackAnalysis) -> None:
    """Draw the first seconds with the beats and bars that were heard in them."""
    detail = track.detail or {}
    n = int(SHOWN_S * SAMPLE_RATE_HZ)
    # One column of pixels shows the lowest and the highest of its samples.
    columns = y[:n].reshape(-1, SAMPLE_RATE_HZ // COLUMNS_HZ)
    t = np.arange(len(columns)) / COLUMNS_HZ
    ax.fill_between(t, columns.min(axis=1), columns.max(axis=1), color=FAINT, linewidth=0)
    bars = [time for time in detail["bars_s"] if time <= SHOWN_S]
    beats = [time for time in detail["beats_s"] if time <= SHOWN_S and time not in bars]
    ax.vlines(beats, -1, 1, color=BLUE, linewidth=1.5, label="beat")
    ax.vlines(bars, -1, 1, color=RED, linewidth=3.5, label="bar")
    ax.set(xlim=(0, SHOWN_S), ylim=(-1.05, 1.05), yticks=[], xlabel="seconds")
    ax.spines["left"].set_visible(False)
    ax.legend(loc="lower right", bbox_to_anchor=(1.02, 0.98), ncols=2, frameon=False, handlelength=1)


def draw_features(ax: Axes, track: TrackAnalysis) -> None:
    """Draw the predicted features with their 80 % intervals."""
    for row, name in enumerate(reversed(HEADS)):
        low, high = track.intervals[name]
        value = getattr(track, name)
        ax.plot([low, high], [row, row], color=BLUE, linewidth=9, alpha=0.3, solid_capstyle="butt")
        ax.plot(value, row, "o", color=BLUE, markersize=11)
        ax.text(1.04, row, f"{value:.2f}", va="center", ha="left")
    ax.set(xlim=(0, 1), ylim=(-0.6, len(HEADS) - 0.4), xticks=[0, 0.5, 1], xticklabels=["0", "0.5", "1"])
    ax.set_yticks(range(len(HEADS)), list(reversed(HEADS)))
    ax.set_xlabel("estimate (dot) and 80 % interval (band)")
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="x", color=FAINT, alpha=0.4)
    ax.set_axisbelow(True)


def draw(piece: Piece, y: FloatArray, track: TrackAnalysis, path: Path) -> None:
    """Draw the picture of one piece."""
    with mpl.rc_context(STYLE):
        figure, (above, below) = plt.subplots(
            2, 1, figsize=(7, 7.2), height_ratios=[1, 2.1], layout="constrained"
        )
        tempo = "no steady tempo" if track.tempo is None else f"{track.tempo:.1f} bpm"
        said = [tempo, f"{track.time_signature} beats a bar", key_name(track.key, track.mode)]
        figure.suptitle(f"{piece.name}.wav: {', '.join(said)}", fontsize=16, x=0.02, ha="left")
        draw_waveform(above, y, track)
        draw_features(below, track)
        figure.savefig(path, dpi=140)
        plt.close(figure)


def main() -> None:
    """Render, analyse, draw."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("piece", nargs="?", default="waltz", choices=[piece.name for piece in PIECES])
    parser.add_argument("--output", type=Path, default=PICTURES / "analysis.png")
    arguments = parser.parse_args()
    mpl.use("Agg")
    (piece,) = (piece for piece in PIECES if piece.name == arguments.piece)
    y = render(piece, SAMPLE_RATE_HZ)
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"{piece.name}.wav"
        soundfile.write(path, y.T, SAMPLE_RATE_HZ)
        track = reprise.analyze(path, detail=True)
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    draw(piece, y.mean(axis=0), track, arguments.output)
    print(arguments.output)


if __name__ == "__main__":
    main()
