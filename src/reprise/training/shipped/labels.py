"""What is known about each clip of the corpus, from every source of labels, in the corpus' order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc
import pyarrow.parquet as pq

from reprise.datasets import panda
from reprise.datasets.description import Description
from reprise.errors import DatasetError
from reprise.targets import HEADS
from reprise.training.shipped.corpus import Corpus
from reprise.training.shipped.heads import ARTIST_SONGS, HeadLabels
from reprise.training.shipped.ridge import Floats
from reprise.training.shipped.timbre import teach, timbre_statistics

__all__ = ["ClipLabels", "classical_means", "clip_labels", "head_labels", "simple_name"]

MOST_SONGS = 50
"""An artist's mean does not become a better label of one song beyond so many songs."""

SPEECH = {"speechiness": 0.94, "instrumentalness": 0.0}
"""What Spotify gives to readings: the medians of spoken albums in its catalogue are close to these ends."""

GENRE_WEIGHT = 0.15
"""Weight of a genre's mean as the label of a clip: weaker than any artist's."""

SPOTIFY_114 = Description(
    name="spotify_tracks_114_genres",
    citation="Spotify tracks with 114 genres, 1,000 tracks each, as collected through Spotify's Web API.",
    licence="Values are Spotify's; only means over a genre are used here.",
    columns=("track_genre", *HEADS),
)


def simple_name(artist: str) -> str:
    """Reduce an artist's name to lower-case letters and digits, to compare sources that spell differently."""
    return "".join(character for character in artist.lower() if character.isalnum())


def classical_means(folder: Path) -> Floats:
    """Mean features of Spotify's classical tracks, shape (7,).

    Raises
    ------
    DatasetError
        If the table is missing or has no classical tracks.
    """
    path = folder / "tables" / "spotify_tracks_114_genres.parquet"
    try:
        table = pq.read_table(path, columns=list(SPOTIFY_114.columns))
    except (OSError, ValueError) as error:
        raise DatasetError(f"{SPOTIFY_114.name}: {path} cannot be read: {error}") from error
    table = table.filter(pc.equal(table["track_genre"], "classical"))
    if not table.num_rows:
        raise DatasetError(f"{SPOTIFY_114.name}: {path} has no classical tracks")
    return np.array([pc.mean(table[name]).as_py() for name in HEADS])


@dataclass(frozen=True, kw_only=True)
class ClipLabels:
    """Labels of clips; NaN where there is none.

    Attributes
    ----------
    artists : array of str, shape (n,)
        A clip without a known artist is a group of its own.
    true, weak : arrays, shape (n, 7)
        Spotify's own values, and means over an artist or a kind of music.
    weak_weight : array, shape (n, 7)
    mood : array, shape (n, 2)
        Valence and arousal of the mood tags, 0..1.
    """

    artists: npt.NDArray[np.str_]
    true: Floats
    weak: Floats
    weak_weight: Floats
    mood: Floats


def clip_labels(folder: Path, clips: Sequence[str]) -> ClipLabels:
    """Gather what is known about clips of the data folder.

    Parameters
    ----------
    folder : Path
        The data folder.
    clips : sequence of str
        Paths below it, all of Panda's among them; ``speech/mix-NN`` for joined readings.

    Raises
    ------
    DatasetError
        If a table is missing or a labelled clip is not among the clips.
    """
    data = panda.load(folder)
    n, n_heads = len(clips), len(HEADS)
    place = {clip: row for row, clip in enumerate(clips)}
    if absent := [clip for clip in data.clips if clip not in place]:
        raise DatasetError(f"{len(absent)} clips have labels but no audio, the first is {absent[0]}")
    rows = np.array([place[clip] for clip in data.clips], np.intp)
    true, weak = (np.full((n, n_heads), np.nan) for _ in range(2))
    weight, mood = np.zeros((n, n_heads)), np.full((n, 2), np.nan)
    artists = np.array([f"clip {clip}" for clip in clips], dtype=object)
    artists[rows] = data.artists
    true[rows], weak[rows] = data.spotify, data.artist_mean
    mood[rows] = np.stack([data.valence, data.arousal], axis=1)
    weight[rows] = np.sqrt(np.minimum(data.artist_mean_n, MOST_SONGS) / ARTIST_SONGS)[:, None]
    classical = classical_means(folder)
    for row, clip in enumerate(clips):
        if clip.startswith("speech/"):
            for name, value in SPEECH.items():
                weak[row, HEADS.index(name)], weight[row, HEADS.index(name)] = value, 1.0
        elif "gtzan_classical" in clip:
            weak[row], weight[row] = classical, GENRE_WEIGHT
    return ClipLabels(artists=artists.astype(str), true=true, weak=weak, weak_weight=weight, mood=mood)


def head_labels(folder: Path, corpus: Corpus, statistics: Floats) -> HeadLabels:
    """Gather the labels of the heads: those of the clips, and what the teacher says of each.

    Parameters
    ----------
    folder : Path
        The data folder.
    corpus : Corpus
    statistics : array, shape (n_music_clips, 52)
        `timbre_statistics` of the corpus' clips that are music, which come first.
    """
    data, labels = panda.load(folder), clip_labels(folder, corpus.clips)
    labelled = ~np.isnan(data.spotify[:, 0])
    known_artists = frozenset(simple_name(str(name)) for name in data.artists[labelled])
    taught = np.full(labels.true.shape, np.nan)
    taught[: len(statistics)] = teach(folder, statistics, known_artists)
    return HeadLabels(
        artists=labels.artists,
        true=labels.true,
        weak=labels.weak,
        weak_weight=labels.weak_weight,
        taught=taught,
        mood=labels.mood,
    )


def corpus_statistics(folder: Path, corpus: Corpus, cache: Path) -> Floats:
    """Timbre statistics of the corpus' music clips, kept in the cache: they need librosa and some minutes."""
    clips = [clip for clip in corpus.clips if clip.startswith("clips/")]
    kept = cache / "timbre.npz"
    if kept.is_file():
        with np.load(kept, allow_pickle=False) as file:
            if list(file["clips"]) == clips:
                return np.asarray(file["statistics"], np.float64)
    statistics = np.stack([timbre_statistics(folder / clip) for clip in clips])
    np.savez(kept, allow_pickle=False, clips=np.array(clips), statistics=statistics)
    return statistics
