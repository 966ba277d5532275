"""Print the figures of docs/explanation/similarity.md: ``python tools/measure_similarity.py [--hear] [DATA]``.

Spaces are judged on artists that neither the map nor the choice of its settings has seen: in each of five folds the
settings are chosen by cross-validation within the other four. Needs the labelled data; takes about a minute. With
``--hear`` Emotify's clips are listened to and judged as well, in the shipped space, which knows nothing of them: two
minutes more.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import astuple
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from reprise.audio import open_audio
from reprise.evaluation.retrieval import hubness, precision_at
from reprise.features.extract import extract
from reprise.features.musicnn import MusicnnNetworks
from reprise.models.predict import MAX_PATCHES
from reprise.records import FloatArray
from reprise.similarity.clusters import directions
from reprise.similarity.index import IndexView
from reprise.similarity.map2d import flat_map, trustworthiness
from reprise.similarity.path import song_path
from reprise.similarity.space import Space, to_space
from reprise.training.shipped.similarity import (
    LabelledClips,
    SpaceSettings,
    choose,
    fit_space,
    folds_of,
    load_labelled_clips,
    score,
)

FOLDS = 5
SEEDS = (0, 1, 2)
Fit = Callable[[LabelledClips], Callable[[FloatArray], FloatArray]]


def chosen(clips: LabelledClips) -> Space:
    """Fit a space whose settings are chosen on the clips that it is fitted to."""
    return fit_space(clips, choose(clips, seed=7))


def plain(damping: float) -> Fit:
    """Return the fit of principal components alone."""
    return lambda clips: fit_space(clips, SpaceSettings(damping=damping, label_share=0.0))


SPACES: dict[str, Fit] = {
    "raw cosine of 500 values": lambda _: directions,
    "centred, 96 components": plain(0.0),
    "damped by the fourth root of the variance": plain(0.25),
    "damped by the square root": plain(0.5),
    "whitened": plain(1.0),
    "labels only": lambda clips: fit_space(clips, SpaceSettings(damping=0.25, label_share=0.999)),
    "**chosen within each fold**": chosen,
}


def spaces(clips: LabelledClips) -> None:
    """Print how good lists of similar songs are in each space, on unheard artists."""
    print(
        "| space | genre, P@10 | quadrant, P@10 | same artist, MAP | hubness |\n| --- | --: | --: | --: | --: |"
    )
    for name, fit in SPACES.items():
        found = []
        for seed in SEEDS:
            folds = folds_of(clips.artists, FOLDS, seed)
            for fold in range(FOLDS):
                held_out = clips.rows(folds == fold)
                found.append(astuple(score(fit(clips.rows(folds != fold))(held_out.embeddings), held_out)))
        print(
            f"| {name} | " + " | ".join(f"{value:.3f}" for value in np.mean(found, axis=0)) + " |", flush=True
        )
    print(f"\nShipped settings: {choose(clips)}\n")


def other_collection(data: Path) -> None:
    """Print the precision for the four genres of Emotify, of which no space has seen anything."""
    networks, heard, genres = MusicnnNetworks(), [], []
    for path in sorted((data / "clips" / "emotify").glob("*.opus")):
        with open_audio(path) as stream:
            found = extract(stream, networks, max_patches=MAX_PATCHES).musicnn
        parts = (found.msd_tags, found.msd_penultimate, found.mtt_tags, found.mtt_penultimate)
        heard.append(np.concatenate([part.mean(axis=0) for part in parts]))
        genres.append(path.stem.rpartition("_")[0])
    names = np.array(genres)
    alike = names[:, None] == names
    print("| space | Emotify's genre, P@10 | hubness |\n| --- | --: | --: |")
    for name, vectors in {"raw cosine": directions(heard), "shipped": to_space(heard)}.items():
        similarity = vectors @ vectors.T
        print(f"| {name} | {precision_at(similarity, alike, k=10):.3f} | {hubness(similarity, k=10):.3f} |")
    print()


def greedy(view: IndexView, start: int, end: int, n: int) -> list[int]:
    """Return the path of the nearest songs, not used yet, to even points of the arc."""
    X = view.vectors.astype(np.float64)
    angle = np.arccos(np.clip(X[start] @ X[end], -1, 1))
    path = [start]
    for t in np.linspace(0, 1, n)[1:-1]:
        nearness = X @ (np.sin((1 - t) * angle) * X[start] + np.sin(t * angle) * X[end])
        nearness[[*path, end]] = -np.inf
        path.append(int(nearness.argmax()))
    return [*path, end]


def paths(vectors: FloatArray) -> None:
    """Print how smooth paths are: ours beside the nearest songs to even points of the arc."""
    view = IndexView(
        ids=np.arange(len(vectors)), vectors=vectors, features=np.zeros((len(vectors), 0), np.float32)
    )
    X = vectors.astype(np.float64)
    angles = np.degrees(np.arccos(np.clip(X @ X.T, -1, 1)))
    rng = np.random.default_rng(0)
    pairs = [rng.choice(len(X), 2, replace=False).tolist() for _ in range(200)]
    print("| path | songs | largest step | mean step | steps forward |\n| --- | --: | --: | --: | --: |")
    for n in (5, 10, 20):
        ways = {
            "nearest to points of the arc": [greedy(view, a, b, n) for a, b in pairs],
            "smallest largest step": [song_path(view, a, b, n).ids.tolist() for a, b in pairs],
        }
        for name, found in ways.items():
            steps = [angles[path[:-1], path[1:]] for path in found]
            forward = []
            for path in found:
                along = angles[path[0], path] / (angles[path[0], path] + angles[path[-1], path])
                forward.append(np.mean(np.diff(along) > 0))
            largest, mean = np.mean([s.max() for s in steps]), np.mean([s.mean() for s in steps])
            print(
                f"| {name} | {n} | {largest:.1f}° | {mean:.1f}° | {100 * np.mean(forward):.0f} % |",
                flush=True,
            )
    print()


def maps(vectors: FloatArray) -> None:
    """Print how far maps can be trusted: of all songs, and of half of them with the others placed."""
    half = len(vectors) // 2
    whole, by_half = flat_map(vectors), flat_map(vectors, landmarks=half)
    centred = vectors - vectors.mean(axis=0)
    linear = (centred @ np.linalg.svd(centred, full_matrices=False)[2][:2].T).astype(np.float32)
    print("| map | trustworthiness |\n| --- | --: |")
    for name, made in {
        f"{whole.method}, all {len(vectors)} songs": whole.points,
        f"{by_half.method}, {half} landmarks, the others placed": by_half.points,
        "principal components": linear,
    }.items():
        print(f"| {name} | {trustworthiness(vectors, made):.3f} |")


if __name__ == "__main__":
    arguments = [argument for argument in sys.argv[1:] if argument != "--hear"]
    folder = Path(arguments[0] if arguments else "../shared/data")
    with threadpool_limits(1):
        labelled = load_labelled_clips(folder)
        spaces(labelled)
        if "--hear" in sys.argv:
            other_collection(folder)
        shipped = to_space(labelled.embeddings)
        paths(shipped)
        maps(shipped)
