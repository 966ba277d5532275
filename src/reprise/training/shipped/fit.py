"""Fitting every shipped model again from the data folder: what ``make train`` runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from reprise._version import __version__
from reprise.datasets import emotify, gtzan, panda
from reprise.models.genre import ShortTermGenreModel
from reprise.models.weights_file import save_weights
from reprise.targets import HEADS
from reprise.training.shipped.corpus import load_corpus
from reprise.training.shipped.fused_genre import GenreTrainer, fit_genre, genre_clips
from reprise.training.shipped.genre import train_genre_from_short_term
from reprise.training.shipped.heads import HeadsTrainer, cross_validate, fit_heads
from reprise.training.shipped.kinds import kinds_arrays
from reprise.training.shipped.labels import corpus_statistics, head_labels
from reprise.training.shipped.mood import fit_mood
from reprise.training.shipped.similarity import choose, feature_knots, fit_space, load_labelled_clips

__all__ = [
    "FITS",
    "fit_fused_genre_weights",
    "fit_heads_weights",
    "fit_kinds_weights",
    "fit_mood_weights",
    "fit_similarity_weights",
]

_RESEARCH = (
    "Apache-2.0 for these numbers. They were fitted on labels and excerpts that are for research use; no audio and no "
    "label can be had back from them."
)


def _card(what: str, trained_on: Mapping[str, str], figures: str) -> dict[str, Any]:
    return {
        "version": __version__,
        "date": date.today().isoformat(),
        "what": what,
        "trained_on": dict(trained_on),
        "license": _RESEARCH,
        "figures": figures,
        "made_by": "make train (reprise.training)",
    }


def fit_heads_weights(folder: Path, cache: Path, output: Path, jobs: int) -> None:
    """Fit the seven heads on everything and write ``heads.npz`` with its card."""
    corpus = load_corpus(folder, cache, jobs=jobs)
    labels = head_labels(folder, corpus, corpus_statistics(folder, corpus, cache))
    trainer = HeadsTrainer(corpus.groups, labels)
    _, arrays = fit_heads(trainer, cross_validate(trainer))
    card = _card(
        f"Linear heads from audio features to {', '.join(HEADS)} on Spotify's scale, with 80 % conformal intervals.",
        {
            panda.DESCRIPTION.name: f"{panda.DESCRIPTION.citation} {panda.DESCRIPTION.licence} Labels: Spotify's own "
            "audio features of 69 tracks, artist means over Spotify's tracks (weak), valence and arousal of mood tags.",
            gtzan.DESCRIPTION.name: f"{gtzan.DESCRIPTION.citation} "
            f"{gtzan.DESCRIPTION.licence} Used for a teacher that judges the clips above.",
            "gtzan_classical": "81 clips of classical music; means of Spotify's classical tracks as weak labels.",
            "speech": "Joined readings of English sentences (CC0), for speechiness and instrumentalness.",
        },
        "docs/accuracy.md; `reprise evaluate heads`",
    )
    save_weights("heads", output, arrays, card)


def fit_mood_weights(folder: Path, cache: Path, output: Path, jobs: int) -> None:
    """Fit the mood model on everything and write ``mood.npz`` with its card."""
    _, arrays = fit_mood(folder, load_corpus(folder, cache, jobs=jobs))
    card = _card(
        "Linear maps to valence and arousal, the four quadrants and nine emotions.",
        {
            panda.DESCRIPTION.name: f"{panda.DESCRIPTION.citation} {panda.DESCRIPTION.licence}",
            emotify.DESCRIPTION.name: f"{emotify.DESCRIPTION.citation} {emotify.DESCRIPTION.licence}",
        },
        "docs/accuracy.md; `reprise evaluate mood`",
    )
    save_weights("mood", output, arrays, card)


def fit_fused_genre_weights(folder: Path, cache: Path, output: Path, jobs: int) -> None:
    """Fit what joins MusiCNN to the 69-feature genre model and write ``genre-fused.npz`` with its card."""
    corpus, short_term = load_corpus(folder, cache, jobs=jobs), ShortTermGenreModel.load()
    trainer = GenreTrainer(corpus, genre_clips(folder, corpus, short_term.classes), short_term)
    card = _card(
        "Logits of 26 genres from MusiCNN's layers, to be multiplied with the probabilities of genre-69.",
        {
            panda.DESCRIPTION.name: f"{panda.DESCRIPTION.citation} {panda.DESCRIPTION.licence} Labels: AllMusic's "
            "genres, as sets of the 26.",
            emotify.DESCRIPTION.name: f"{emotify.DESCRIPTION.citation} {emotify.DESCRIPTION.licence}",
            "gtzan_classical": "81 clips of classical music.",
        },
        "docs/accuracy.md; `reprise evaluate genre`",
    )
    save_weights("genre-fused", output, fit_genre(trainer), card)


def fit_kinds_weights(folder: Path, cache: Path, output: Path, jobs: int) -> None:
    """Fit the kinds of music that corrections are learnt for and write ``kinds.npz`` with its card."""
    corpus = load_corpus(folder, cache, jobs=jobs)
    labels = head_labels(folder, corpus, corpus_statistics(folder, corpus, cache))
    predicted = cross_validate(HeadsTrainer(corpus.groups, labels)).mean(axis=0)
    card = _card(
        "Sixteen kinds of music, for which corrections are learnt, and sums over the labelled clips that tell whether "
        "what was learnt makes the heads and the genre model worse there.",
        {
            panda.DESCRIPTION.name: f"{panda.DESCRIPTION.citation} {panda.DESCRIPTION.licence} Sums over the songs "
            "with Spotify's own features, over artist means and over AllMusic's genres.",
            emotify.DESCRIPTION.name: f"{emotify.DESCRIPTION.citation} {emotify.DESCRIPTION.licence}",
            "gtzan_classical": "81 clips of classical music.",
            "speech": "Joined readings of English sentences (CC0).",
        },
        "`reprise learn`",
    )
    save_weights("kinds", output, kinds_arrays(folder, corpus, labels, predicted), card)


def fit_similarity_weights(folder: Path, cache: Path, output: Path, jobs: int) -> None:
    """Fit the space that songs are compared in and write ``similarity.npz`` with its card."""
    clips = load_labelled_clips(folder)
    settings = choose(clips)
    space = fit_space(clips, settings)
    card = _card(
        "The space that songs are compared in: a linear map from MusiCNN's embedding to 120 dimensions, and the "
        "quantiles by which features are compared.",
        {
            panda.DESCRIPTION.name: f"{panda.DESCRIPTION.citation} {panda.DESCRIPTION.licence} Genres, quadrants of "
            "mood and what MusiCNN hears.",
            "spotify_tracks": "Quantiles of eight of Spotify's audio features over 285,245 tracks. Spotify's values "
            "are Spotify's.",
        },
        "docs/explanation/similarity.md; `python tools/measure_similarity.py`",
    )
    card["settings"] = asdict(settings)
    arrays = {"mean": space.mean, "matrix": space.matrix, "feature_knots": feature_knots(folder)}
    save_weights("similarity", output, arrays, card)


def fit_short_term_genre_weights(folder: Path, cache: Path, output: Path, jobs: int) -> None:
    """Fit the 69-feature genre model on AudioFiler's table and write ``genre-69.npz`` with its card."""
    train_genre_from_short_term(folder / "tables" / "audiofiler_features69.parquet", output)


FITS: Mapping[str, Callable[[Path, Path, Path, int], None]] = {
    "heads": fit_heads_weights,
    "mood": fit_mood_weights,
    "genre-69": fit_short_term_genre_weights,
    "genre": fit_fused_genre_weights,
    "kinds": fit_kinds_weights,
    "similarity": fit_similarity_weights,
}
"""Every fit by name, in the order in which they depend on one another."""
