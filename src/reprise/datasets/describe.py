"""Say what is in a data set: counts, distributions, correlations, means by genre; as text, pictures and a page."""

from __future__ import annotations

import html
import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from reprise.datasets.songs import Songs
from reprise.errors import DatasetError, MissingDependencyError
from reprise.targets import SPOTIFY_FEATURES

__all__ = ["Distribution", "Summary", "summarize", "write_pictures"]

_BINS = 50
_MOST_GENRES = 40
"""So many rows of a picture can be read; the page's table has all."""

_GENRES_PICTURE = '<img src="genres.png" alt="How far each genre is from the mean of all songs">\n'
_CHOICES = ("key", "mode", "time_signature")

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Distribution:
    """One feature over all songs; without any value, the numbers are NaN and the histogram is empty.

    Attributes
    ----------
    name : str
    known : int
        Songs that have it.
    mean, deviation, minimum, quartile_1, median, quartile_3, maximum : float
    edges, counts : arrays, shapes (b + 1,) and (b,)
        The histogram; one bin a value for key, mode and metre.
    """

    name: str
    known: int
    mean: float
    deviation: float
    minimum: float
    quartile_1: float
    median: float
    quartile_3: float
    maximum: float
    edges: Floats
    counts: npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Summary:
    """What is in a data set.

    Attributes
    ----------
    songs, artists : int
    genres : dict of str to int
        Songs in each, largest first; a song counts in each of its genres.
    distributions : tuple of Distribution
        In the order of `reprise.targets.SPOTIFY_FEATURES`.
    correlations : array, shape (12, 12)
        Pearson's, over the songs that have both; NaN where one does not vary.
    genre_means : array, shape (n_genres, 12)
        In the order of ``genres``; NaN where no song has the feature.
    """

    songs: int
    artists: int
    genres: dict[str, int]
    distributions: tuple[Distribution, ...]
    correlations: Floats
    genre_means: Floats

    def __str__(self) -> str:
        lines = [f"{self.songs} songs, {self.artists} artists, {len(self.genres)} genres", ""]
        lines.append(f"{'':18}{'known':>9}{'mean':>10}{'deviation':>10}{'min':>10}{'median':>10}{'max':>10}")
        lines += [
            f"{d.name:18}{d.known:9d}"
            + "".join(f"{_number(x):>10}" for x in (d.mean, d.deviation, d.minimum, d.median, d.maximum))
            for d in self.distributions
        ]
        if self.genres:
            lines += ["", *(f"{n:9d}  {genre}" for genre, n in self.genres.items())]
        return "\n".join(lines)


def summarize(songs: Songs) -> Summary:
    """Count and measure.

    Raises
    ------
    DatasetError
        If there are no songs.
    """
    if not len(songs):
        raise DatasetError("there are no songs to describe")
    counts = Counter(genre for genres in songs.genres for genre in genres)
    genres = dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
    return Summary(
        songs=len(songs),
        artists=len({name for names in songs.artists for name in names}),
        genres=genres,
        distributions=tuple(
            _distribution(name, songs.features[:, i]) for i, name in enumerate(SPOTIFY_FEATURES)
        ),
        correlations=_correlations(songs.features),
        genre_means=_genre_means(songs, {genre: i for i, genre in enumerate(genres)}),
    )


def _distribution(name: str, values: Floats) -> Distribution:
    known = values[np.isfinite(values)]
    five = np.quantile(known, [0, 0.25, 0.5, 0.75, 1]).tolist() if known.size else [np.nan] * 5
    if known.size and name in _CHOICES:
        edges = np.arange(np.floor(five[0]), np.floor(five[4]) + 2) - 0.5
    else:
        edges = np.linspace(five[0], five[4] if five[4] > five[0] else five[0] + 1, _BINS + 1)
    return Distribution(
        name=name,
        known=known.size,
        mean=float(known.mean()) if known.size else np.nan,
        deviation=float(known.std()) if known.size else np.nan,
        minimum=five[0],
        quartile_1=five[1],
        median=five[2],
        quartile_3=five[3],
        maximum=five[4],
        edges=edges,
        counts=np.histogram(known, edges)[0] if known.size else np.zeros(_BINS, np.int64),
    )


def _correlations(features: Floats) -> Floats:
    n = features.shape[1]
    found = np.full((n, n), np.nan)
    for i in range(n):
        for j in range(i + 1):
            both = features[np.isfinite(features[:, i]) & np.isfinite(features[:, j])]
            if len(both) > 1 and both[:, i].std() > 0 and both[:, j].std() > 0:
                found[i, j] = found[j, i] = np.corrcoef(both[:, i], both[:, j])[0, 1]
    return found


def _genre_means(songs: Songs, place: dict[str, int]) -> Floats:
    sums = np.zeros((len(place), songs.features.shape[1]))
    known = np.zeros_like(sums)
    rows = [(row, place[genre]) for row, genres in enumerate(songs.genres) for genre in genres]
    if rows:
        song, genre = np.array(rows).T
        np.add.at(sums, genre, np.nan_to_num(songs.features[song]))
        np.add.at(known, genre, np.isfinite(songs.features[song]))
    return np.divide(sums, known, out=np.full_like(sums, np.nan), where=known > 0)


def write_pictures(summary: Summary, folder: Path) -> Path:
    """Write the pictures as PNG and a page with all numbers, ``index.html``; return the page.

    Beside a histogram of each feature, ``<feature>.png``, there are all of them in ``histograms.png``, and the
    heat maps ``correlations.png`` and ``genres.png``.

    Raises
    ------
    MissingDependencyError
        If matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingDependencyError("matplotlib", "train") from error
    folder.mkdir(parents=True, exist_ok=True)
    for d in summary.distributions:
        figure = Figure(figsize=(5, 3), layout="constrained")
        _draw_histogram(figure.add_subplot(), d)
        figure.savefig(folder / f"{d.name}.png", dpi=100)
    figure = Figure(figsize=(10, 6.5), layout="constrained")
    for axes, d in zip(figure.subplots(3, 4).flat, summary.distributions, strict=True):
        _draw_histogram(axes, d)
    figure.savefig(folder / "histograms.png", dpi=80)
    figure = Figure(figsize=(7, 6), layout="constrained")
    axes = figure.add_subplot(title="correlations")
    _draw_map(axes, summary.correlations, SPOTIFY_FEATURES, 1.0)
    figure.savefig(folder / "correlations.png", dpi=80)
    if genres := list(summary.genres)[:_MOST_GENRES]:
        figure = Figure(figsize=(7, 2.2 + 0.19 * len(genres)), layout="constrained")
        deviations = np.array([d.deviation for d in summary.distributions])
        axes = figure.add_subplot(title="genres: deviations from the mean of all songs")
        apart = summary.genre_means[: len(genres)] - [d.mean for d in summary.distributions]
        _draw_map(axes, apart / np.where(deviations > 0, deviations, np.nan), genres, 2.0)
        with warnings.catch_warnings():
            # A genre in letters that the font lacks is drawn as boxes; the page has it as text.
            warnings.filterwarnings("ignore", message="Glyph")
            figure.savefig(folder / "genres.png", dpi=80)
    page = folder / "index.html"
    page.write_text(_page(summary), encoding="utf-8")
    return page


def _draw_histogram(axes: Any, d: Distribution) -> None:
    axes.set_title(d.name)
    axes.set_ylabel("songs")
    axes.spines[["top", "right"]].set_visible(False)
    if d.known:
        axes.bar(d.edges[:-1], d.counts, width=np.diff(d.edges), align="edge")
    else:
        axes.set(xticks=[], yticks=[])
        axes.text(0.5, 0.5, "unknown", transform=axes.transAxes, ha="center", va="center", color="grey")


def _draw_map(axes: Any, values: Floats, rows: Sequence[str], limit: float) -> None:
    """Draw a heat map over the features, blue below 0 and red above; what is unknown is left white."""
    picture = axes.imshow(values, vmin=-limit, vmax=limit, cmap="RdBu_r", aspect="auto")
    axes.set_xticks(range(len(SPOTIFY_FEATURES)), SPOTIFY_FEATURES, rotation=90)
    # Names of genres come from strangers, and between two dollars matplotlib would read a formula.
    axes.set_yticks(range(len(rows)), rows, fontsize=8 if len(rows) > 12 else 10, parse_math=False)
    axes.figure.colorbar(picture, aspect=40)


def _page(summary: Summary) -> str:
    names = list(SPOTIFY_FEATURES)
    distributions = [
        [
            d.name,
            str(d.known),
            *map(_number, (d.mean, d.deviation, d.minimum, d.quartile_1, d.median, d.quartile_3, d.maximum)),
        ]
        for d in summary.distributions
    ]
    correlations = [[name, *map(_number, row)] for name, row in zip(names, summary.correlations, strict=True)]
    means = [
        [genre, str(n), *map(_number, row)]
        for (genre, n), row in zip(summary.genres.items(), summary.genre_means, strict=True)
    ]
    pictures = "".join(f'<img src="{name}.png" alt="Histogram of {name}">\n' for name in names)
    heading = f"{summary.songs} songs, {summary.artists} artists, {len(summary.genres)} genres"
    statistics = ["mean", "deviation", "min", "quartile 1", "median", "quartile 3", "max"]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Data set</title>\n'
        "<style>body{font-family:sans-serif}td{text-align:right;padding:0 .5em}th{text-align:left}"
        "img{max-width:30em}</style></head><body>\n"
        f"<h1>{heading}</h1>\n<h2>Distributions</h2>\n{_table(['', 'known', *statistics], distributions)}{pictures}"
        f"<h2>Correlations</h2>\n{_table(['', *names], correlations)}"
        '<img src="correlations.png" alt="Correlations">\n'
        f"<h2>Means by genre</h2>\n{_table(['', 'songs', *names], means)}"
        f"{_GENRES_PICTURE if means else ''}</body></html>\n"
    )


def _table(header: list[str], rows: list[list[str]]) -> str:
    head = "".join(f"<th>{html.escape(cell)}</th>" for cell in header)
    body = "".join(
        f"<tr><th>{html.escape(first)}</th>"
        + "".join(f"<td>{html.escape(cell)}</td>" for cell in rest)
        + "</tr>\n"
        for first, *rest in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>\n{body}</tbody></table>\n"


def _number(value: float) -> str:
    return f"{value:.3f}" if np.isfinite(value) else "–"
