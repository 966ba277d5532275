"""The clips whose genre is known: Panda's, Emotify's and GTZAN's, by genres coarse enough for all three."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, partial
from pathlib import Path

import numpy as np

from reprise.datasets import emotify, panda
from reprise.errors import DatasetError
from reprise.models.genre import ShortTermGenreModel
from reprise.registry import require_known
from reprise.training.examples import Examples
from reprise.training.folds import stratified_folds
from reprise.training.recipe import DataSettings
from reprise.training.shipped.corpus import GROUPS, Corpus, load_corpus
from reprise.training.shipped.fused_genre import ELECTRONIC, ROCK, GenreTrainer, genre_clips
from reprise.training.sources import Place

__all__ = ["COARSE", "load"]

COARSE: Mapping[str, tuple[str, ...]] = {
    "Pop/Rock": (*ROCK, "Pop"),
    "Electronic": ELECTRONIC,
    "Jazz": ("Jazz",),
    "Blues": ("Blues",),
    "R&B": ("R&B", "Soul", "Funk", "Disco"),
    "Country": ("Country",),
    "Rap": ("Rap", "Hip-Hop"),
    "Folk": ("Folk",),
    "Latin": ("Salsa", "Reggaeton"),
    "Reggae": ("Reggae", "Ska"),
    "Classical": ("Classical",),
}
"""AllMusic's genres, as Panda's clips have them, and which of the 26 make up each: none is in two of them."""

_OF_EMOTIFY = {"classical": "Classical", "electronic": "Electronic", "pop": "Pop/Rock", "rock": "Pop/Rock"}


def load(settings: DataSettings, inputs: Sequence[str], place: Place) -> Examples:
    """Load the clips with exactly one coarse genre; those with several train the fused model, but are not measured.

    Parameters
    ----------
    settings : DataSettings
        Its targets are among `COARSE`.
    inputs : sequence of str
        Groups of the corpus, such as ``analysis.embedding``.
    place : Place

    Raises
    ------
    DatasetError
        If the folder holds no clips or no labels.
    UnknownNameError
        If a genre or an input is not known.
    """
    targets = settings.targets or tuple(COARSE)
    groups = {f"analysis.{group}": group for group in GROUPS}
    require_known("genre", targets, COARSE)
    require_known("input", inputs, groups)
    place.cache.mkdir(parents=True, exist_ok=True)
    corpus = load_corpus(place.data, place.cache, jobs=place.jobs)
    genres = {clip: genre for clip, genre in _genres(place.data, corpus).items() if genre in targets}
    clips = tuple(genres)[: settings.limit or None]
    if not clips:
        raise DatasetError(f"{place.data}: no clip has one of these genres: {', '.join(targets)}")
    labels = panda.load(place.data)
    artists = dict(zip(labels.clips, labels.artists, strict=True))
    of_row = np.array([artists.get(clip, clip) for clip in clips])
    values = (np.array([genres[clip] for clip in clips])[:, np.newaxis] == np.array(targets)).astype(
        np.float64
    )
    rows = corpus.rows(clips)
    return Examples(
        source="clips_genre",
        ids=clips,
        groups=of_row,
        folds=stratified_folds(of_row, values.argmax(axis=1), settings.folds, seed=0),
        inputs={name: rows[groups[name]] for name in inputs},
        targets=tuple(targets),
        values=values,
        weights=np.ones(values.shape),
        own=np.ones(values.shape, bool),
        is_genre=True,
        citation=f"{panda.DESCRIPTION.citation} {emotify.DESCRIPTION.citation} Classical clips of GTZAN.",
        licence=f"{panda.DESCRIPTION.licence} {emotify.DESCRIPTION.licence}",
        extras={"genre_trainer": partial(_genre_trainer, place), "members": COARSE},
    )


def _genres(folder: Path, corpus: Corpus) -> dict[str, str]:
    """Return the coarse genre of each clip that has one and no other."""
    songs, rated = panda.load(folder), emotify.load(folder)
    found = {}
    for clip, names in zip(songs.clips, songs.genres, strict=True):
        known = [name for name in names if name in COARSE]
        if len(known) == 1:
            found[clip] = known[0]
    found |= {clip: _OF_EMOTIFY[str(genre)] for clip, genre in zip(rated.clips, rated.genres, strict=True)}
    return found | {clip: "Classical" for clip in corpus.clips if "gtzan_classical" in clip}


@cache
def _genre_trainer(place: Place) -> GenreTrainer:
    corpus = load_corpus(place.data, place.cache, jobs=place.jobs)
    short_term = ShortTermGenreModel.load()
    return GenreTrainer(corpus, genre_clips(place.data, corpus, short_term.classes), short_term)
