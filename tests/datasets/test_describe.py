"""The numbers are NumPy's, unknown values are left out of them, and the page shows genres as text."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from reprise.datasets.describe import summarize, write_pictures
from reprise.datasets.songs import load_songs
from reprise.errors import DatasetError
from reprise.targets import SPOTIFY_FEATURES

N = 40
TEMPO, ENERGY, KEY = (SPOTIFY_FEATURES.index(name) for name in ("tempo", "energy", "key"))


@pytest.fixture
def values() -> np.ndarray:
    """Random features; key is a whole number, one song lacks its tempo, energy follows loudness."""
    rng = np.random.default_rng(0)
    values = rng.uniform(size=(N, len(SPOTIFY_FEATURES)))
    values[:, KEY] = rng.integers(-1, 12, N)
    values[:, SPOTIFY_FEATURES.index("loudness")] = 10 * values[:, ENERGY] - 10
    for name in ("mode", "time_signature"):
        values[:, SPOTIFY_FEATURES.index(name)] = 1
    values[0, TEMPO] = np.nan
    return values


@pytest.fixture
def songs(filled, song, values):
    rows = [
        song(
            f"{i:02}", f"x{i % 7}", ["<b>rock</b>", "pop"] if i % 4 == 0 else ["pop"],
            features=tuple(None if np.isnan(value) else float(value) for value in row),
        )
        for i, row in enumerate(values)
    ]  # fmt: skip
    return load_songs(filled(*rows))


def test_counts_and_distributions(songs, values):
    summary = summarize(songs)
    assert (summary.songs, summary.artists) == (N, 7)
    assert list(summary.genres.items()) == [("pop", 40), ("<b>rock</b>", 10)]
    tempo = summary.distributions[TEMPO]
    assert tempo.known == N - 1
    assert tempo.counts.sum() == N - 1
    known = values[1:, TEMPO]
    found = (tempo.mean, tempo.deviation, tempo.minimum, tempo.median, tempo.maximum)
    np.testing.assert_allclose(found, [known.mean(), known.std(), known.min(), np.median(known), known.max()])
    key = summary.distributions[KEY]
    for value, n in zip(key.edges[:-1] + 0.5, key.counts, strict=True):
        assert n == (values[:, KEY] == value).sum()
    assert "tempo" in str(summary)


def test_correlations_and_means_by_genre(songs, values):
    summary = summarize(songs)
    names = list(SPOTIFY_FEATURES)
    assert summary.correlations[ENERGY, names.index("loudness")] == pytest.approx(1)
    expected = np.corrcoef(values[1:, TEMPO], values[1:, ENERGY])[0, 1]
    assert summary.correlations[TEMPO, ENERGY] == pytest.approx(expected)
    assert np.isnan(summary.correlations[names.index("mode")]).all()
    np.testing.assert_allclose(summary.genre_means[0], np.nanmean(values, axis=0))
    np.testing.assert_allclose(summary.genre_means[1], np.nanmean(values[::4], axis=0))


def test_pictures_and_page(songs, tmp_path: Path):
    pytest.importorskip("matplotlib")
    page = write_pictures(summarize(songs), tmp_path / "out")
    text = page.read_text(encoding="utf-8")
    assert "&lt;b&gt;rock" in text
    assert "<b>rock" not in text
    for name in (*SPOTIFY_FEATURES, "correlations", "genres", "histograms"):
        assert (tmp_path / "out" / f"{name}.png").read_bytes().startswith(b"\x89PNG")
        assert f'src="{name}.png"' in text or name == "histograms"


@pytest.mark.parametrize("genres", [[], ["$\\frac{1}$ \x1b[31m", "ジャズ"]])
def test_pictures_of_songs_without_features_and_of_odd_genres(filled, song, tmp_path: Path, genres):
    pytest.importorskip("matplotlib")
    summary = summarize(load_songs(filled(song("a", genres=genres, features=None))))
    text = write_pictures(summary, tmp_path).read_text(encoding="utf-8")
    assert (tmp_path / "genres.png").exists() == ("genres.png" in text) == bool(genres)


def test_songs_without_any_feature(filled, song, tmp_path: Path):
    summary = summarize(load_songs(filled(song("a", features=None))))
    assert "nan" not in str(summary)
    assert all(d.known == 0 for d in summary.distributions)
    assert np.isnan(summary.correlations).all()
    assert "1 songs" in str(summary)


def test_no_songs_is_an_error(filled):
    with pytest.raises(DatasetError):
        summarize(load_songs(filled()))
