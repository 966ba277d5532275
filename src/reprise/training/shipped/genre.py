"""Fitting genre to the 69 short-term features of AudioFiler's table, and measuring what it is worth.

Four perceptrons of different random starts are averaged and calibrated. Keys are turned at random while fitting: a song
keeps its genre when it is transposed. Everything was chosen on the validation rows; the test rows are looked at
once, by the report that this prints::

    python -m reprise.training.shipped.genre --data ../shared/data

With ``--keep`` it measures the weights that are there instead of fitting new ones, with ``--baselines`` it also fits
a random forest and LightGBM (some minutes), with ``--clips`` it hears the clips of other collections.
"""

from __future__ import annotations

import argparse
import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar

from reprise.audio import load_audio
from reprise.datasets import audiofiler, emotify, panda
from reprise.datasets.audiofiler import GENRES
from reprise.errors import MissingDependencyError
from reprise.evaluation.classification import ClassificationScores, evaluate
from reprise.features.short_term import FEATURE_NAMES, SAMPLE_RATE_HZ, short_term_features
from reprise.models.genre import MODEL_NAME, Preparation, ShortTermGenreModel
from reprise.models.weights_file import save_weights
from reprise.records import FloatArray
from reprise.training.commit import current_commit
from reprise.training.shipped.perceptron import PerceptronRecipe, fit_perceptron

__all__ = [
    "TransferScores",
    "baseline_scores",
    "fit_genre_model",
    "hear_clips",
    "train_genre_from_short_term",
    "transfer_scores",
]

RECIPE = PerceptronRecipe(hidden=(512, 512), epochs=40, dropout=0.4, noise=0.03)
MEMBERS = 4
TRANSPOSED = 0.3
LIMIT = 4.0
PRIOR_POWER = 0.5
"""Half of the table's preference for its common genres is taken back on music from elsewhere."""

_ROCK = ("Rock", "Metal", "Punk", "Alternative", "Indie")
_ELECTRONIC = ("Electronic", "Trance", "House", "D&B", "Dubstep")
PANDA_GENRES: Mapping[str, tuple[str, ...]] = {
    "Pop/Rock": ("Pop", *_ROCK), "Jazz": ("Jazz",), "Electronic": _ELECTRONIC, "Blues": ("Blues",),
    "R&B": ("R&B", "Soul", "Funk"), "Country": ("Country",), "Rap": ("Rap", "Hip-Hop"), "Folk": ("Folk",),
    "Latin": ("Salsa", "Reggaeton"), "Reggae": ("Reggae", "Ska"), "Classical": ("Classical",),
}  # fmt: skip
EMOTIFY_GENRES: Mapping[str, tuple[str, ...]] = {
    "classical": ("Classical",), "electronic": _ELECTRONIC, "pop": ("Pop",), "rock": _ROCK,
}  # fmt: skip

_CHROMA = tuple(
    np.array([FEATURE_NAMES.index(f"chroma_{i}_{statistic}") for i in range(1, 13)])
    for statistic in ("mean", "std")
)
Labels = npt.NDArray[np.int64]


def fit_genre_model(
    table: audiofiler.CleanAudioFiler,
    split: audiofiler.Split,
    *,
    seed: int,
    recipe: PerceptronRecipe = RECIPE,
    members: int = MEMBERS,
) -> dict[str, npt.NDArray[Any]]:
    """Fit the perceptrons on the training rows and the temperature on the validation rows.

    Returns
    -------
    dict of arrays
        What `reprise.models.genre.ShortTermGenreModel` takes; layers in half precision.
    """
    features, genres = table.features[split.train], table.genres[split.train]
    preparation = Preparation.fit(features, limit=LIMIT)
    x, targets = preparation(features), np.eye(len(GENRES), dtype=np.float32)[genres]
    networks = [fit_perceptron(x, targets, recipe, seed=seed + k, augment=_transpose) for k in range(members)]
    arrays: dict[str, npt.NDArray[Any]] = {
        "classes": np.array(GENRES),
        "prior": targets.mean(axis=0),
        "temperature": np.ones(1, dtype=np.float32),
        **preparation.arrays(),
    }
    for k, (weights, biases) in enumerate(zip(*_layers(networks), strict=True)):
        arrays[f"weight_{k}"], arrays[f"bias_{k}"] = weights, biases
    probabilities = ShortTermGenreModel(arrays).predict_proba(table.features[split.validation])
    arrays["temperature"] = np.array(
        [_temperature(probabilities, table.genres[split.validation])], np.float32
    )
    return arrays


def _layers(networks: list[list[FloatArray]]) -> tuple[list[npt.NDArray[Any]], list[npt.NDArray[Any]]]:
    stacked = [np.stack(parts).astype(np.float16) for parts in zip(*networks, strict=True)]
    return stacked[::2], [bias[:, np.newaxis] for bias in stacked[1::2]]


def _transpose(x: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Turn the chroma of some rows by a random number of semitones."""
    semitones = rng.integers(0, 12, len(x)) * (rng.random(len(x)) < TRANSPOSED)
    order = (np.arange(12) + semitones[:, np.newaxis]) % 12
    x = x.copy()
    for columns in _CHROMA:
        x[:, columns] = np.take_along_axis(x[:, columns], order, axis=1)
    return x


def _temperature(probabilities: FloatArray, genres: Labels) -> float:
    """Return the temperature under which the labels are likeliest (Guo et al., ICML 2017)."""
    scores = np.log(probabilities.astype(np.float64))

    def surprise(temperature: float) -> float:
        scaled = scores / temperature
        normalizer = np.log(np.exp(scaled).sum(axis=1))
        return float((normalizer - scaled[np.arange(len(genres)), genres]).mean())

    return float(minimize_scalar(surprise, bounds=(0.3, 3.0), method="bounded").x)


def train_genre_from_short_term(table_path: Path, output_dir: Path, seed: int = 0) -> ClassificationScores:
    """Fit the shipped model and write ``genre-69.npz`` with its card.

    Parameters
    ----------
    table_path : Path
        ``audiofiler_features69.parquet``.
    output_dir : Path
        Where the two files go.
    seed : int
        Decides the split and the random starts.

    Returns
    -------
    ClassificationScores
        On the test rows, which nothing was chosen on.

    Raises
    ------
    DatasetError
        If the table is not what `reprise.datasets.audiofiler` describes.
    """
    table = audiofiler.clean(audiofiler.load(table_path))
    split = audiofiler.split(table, seed=seed)
    arrays = fit_genre_model(table, split, seed=seed)
    scores = _scores(ShortTermGenreModel(arrays).predict_proba, table, split.test)
    save_weights(MODEL_NAME, output_dir, arrays, _card(table, split, scores, seed))
    return scores


def _scores(
    predict_proba: Callable[[FloatArray], npt.NDArray[Any]], table: audiofiler.CleanAudioFiler, rows: Labels
) -> ClassificationScores:
    reference = np.array(GENRES)[table.genres[rows]]
    return evaluate(reference, predict_proba(table.features[rows]), np.array(GENRES))


def _card(
    table: audiofiler.CleanAudioFiler, split: audiofiler.Split, scores: ClassificationScores, seed: int
) -> dict[str, Any]:
    return {
        "version": "1.0.0",
        "what": "Genre probabilities (26 classes) from 69 pyAudioAnalysis features of 30 s of music.",
        "kind": f"mean of {MEMBERS} perceptrons with layers of {RECIPE.hidden}, calibrated by one temperature",
        "trained_on": audiofiler.DESCRIPTION.citation,
        "license": "Apache-2.0, on data of unknown terms",
        "terms": audiofiler.DESCRIPTION.licence,
        "rows": {"train": split.train.size, "validation": split.validation.size, "test": split.test.size},
        "cleaning": {
            "copies_dropped": table.copies_dropped,
            "conflicting_dropped": table.conflicting_dropped,
        },
        "split": f"grouped by near copies, stratified by genre, seed {seed}; the table names no artists, so songs "
        "of one artist may stand on both sides",
        "test": {
            "top1": round(scores.top1, 4),
            "top5": round(scores.top5, 4),
            "macro_f1": round(scores.macro_f1, 4),
            "log_loss": round(scores.log_loss, 4),
            "calibration_error": round(scores.calibration_error, 4),
            "f1": {str(row.name): round(row.f1, 3) for row in scores.per_class},
        },
        "limits": "Learnt from previews tagged by Last.fm's listeners; on other collections it knows far less, and "
        "rare genres need the prior taken back. Meant to be fused with a network that hears the audio.",
        "made_by": "python -m reprise.training.shipped.genre",
        "date": datetime.datetime.now(tz=datetime.UTC).date().isoformat(),
        "commit": current_commit(),
    }


def baseline_scores(table_path: Path, *, seed: int, cleaned: bool) -> dict[str, ClassificationScores]:
    """Measure a random forest and LightGBM on a fifth of the table, with its duplicates or cleaned.

    Raises
    ------
    MissingDependencyError
        If scikit-learn or LightGBM is not installed.
    """
    try:
        from lightgbm import LGBMClassifier
        from sklearn.ensemble import RandomForestClassifier
    except ImportError as error:
        raise MissingDependencyError(error.name or "scikit-learn", "train") from error
    table: audiofiler.AudioFiler | audiofiler.CleanAudioFiler = audiofiler.load(table_path)
    if cleaned and isinstance(table, audiofiler.AudioFiler):
        table = audiofiler.clean(table)
    order = np.random.default_rng(seed).permutation(len(table.genres))
    test, train = np.split(order, [len(order) // 5])
    models = {
        "random forest": RandomForestClassifier(n_estimators=100, random_state=seed),
        "LightGBM": LGBMClassifier(
            n_estimators=150, learning_rate=0.08, min_child_samples=30, reg_lambda=5.0, colsample_bytree=0.5,
            random_state=seed, verbose=-1,
        ),
    }  # fmt: skip
    names, scores = np.array(GENRES), {}
    for name, model in models.items():
        model.fit(table.features[train], table.genres[train])
        scores[name] = evaluate(names[table.genres[test]], model.predict_proba(table.features[test]), names)
    return scores


@dataclass(frozen=True, kw_only=True)
class TransferScores:
    """What the model is worth on music from elsewhere.

    Attributes
    ----------
    emotify_accuracy : float
        Share of 332 clips whose genre of four has the highest probability, summed over the genres that belong to it.
    emotify_recall : mapping of str to float
        The same for each of the four.
    classical_first, classical_among_five : float
        Share of GTZAN's classical clips with Classical first, or among the first five.
    panda_auc : mapping of str to float
        Area under the ROC curve of each of eleven genre tags over 804 clips.
    """

    emotify_accuracy: float
    emotify_recall: Mapping[str, float]
    classical_first: float
    classical_among_five: float
    panda_auc: Mapping[str, float]


def hear_clips(folder: Path) -> dict[str, FloatArray]:
    """Compute the 69 features of all music clips of the data folder, by path below it."""
    clips = sorted(
        path
        for name in ("panda", "emotify", "gtzan_classical")
        for path in (folder / "clips" / name).glob("*.opus")
    )
    return {
        path.relative_to(folder).as_posix(): short_term_features(
            load_audio(path, sr=SAMPLE_RATE_HZ, mono=True, duration_s=30.0).y
        ).values
        for path in clips
    }


def transfer_scores(
    probabilities: Mapping[str, FloatArray], folder: Path, classes: Sequence[str] = GENRES
) -> TransferScores:
    """Compare probabilities of clips with the genres that other collections gave them.

    Parameters
    ----------
    probabilities : mapping of str to float32 array, shape (26,)
        By the clip's path below the data folder.
    folder : Path
        The data folder, with ``labels/panda.csv`` and ``labels/emotify.csv``.
    classes : sequence of str
        Names of the probabilities.
    """
    place = {name: i for i, name in enumerate(classes)}

    def summed(clips: Sequence[str], groups: Mapping[str, tuple[str, ...]]) -> npt.NDArray[Any]:
        p = np.stack([probabilities[clip] for clip in clips])
        return np.stack(
            [p[:, [place[name] for name in members]].sum(axis=1) for members in groups.values()], axis=1
        )

    four = emotify.load(folder)
    guess = np.array(list(EMOTIFY_GENRES))[summed(four.clips, EMOTIFY_GENRES).argmax(axis=1)]
    right = guess == four.genres
    classical = [clip for clip in probabilities if clip.startswith("clips/gtzan_classical/")]
    best = np.argsort(-np.stack([probabilities[clip] for clip in classical]), axis=1) == place["Classical"]
    tagged = panda.load(folder)
    scores = summed(tagged.clips, PANDA_GENRES)
    return TransferScores(
        emotify_accuracy=float(right.mean()),
        emotify_recall={name: float(right[four.genres == name].mean()) for name in EMOTIFY_GENRES},
        classical_first=float(best[:, 0].mean()),
        classical_among_five=float(best[:, :5].any(axis=1).mean()),
        panda_auc={
            tag: _area_under_roc(np.array([tag in genres for genres in tagged.genres]), scores[:, k])
            for k, tag in enumerate(PANDA_GENRES)
        },
    )


def _area_under_roc(reference: npt.NDArray[np.bool_], scores: npt.NDArray[Any]) -> float:
    """Return how often a positive scores above a negative; ties count half."""
    positive, negative = scores[reference][:, np.newaxis], scores[~reference]
    return float(((positive > negative) + 0.5 * (positive == negative)).mean())


def _print_scores(title: str, scores: ClassificationScores) -> None:
    print(
        f"{title}: top-1 {scores.top1:.3f}, top-5 {scores.top5:.3f}, macro F1 {scores.macro_f1:.3f}, "
        f"log loss {scores.log_loss:.3f}, calibration error {scores.calibration_error:.3f}, n {scores.count}"
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Fit, write and report."""
    parser = argparse.ArgumentParser(
        prog="python -m reprise.training.shipped.genre", description=main.__doc__
    )
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="the training data")
    parser.add_argument("--output", type=Path, default=Path(__file__).parents[2] / "models" / "weights")
    parser.add_argument("--seed", type=int, default=2024)
    parser.add_argument("--keep", action="store_true", help="measure the weights that are there, fit none")
    parser.add_argument("--baselines", action="store_true", help="fit a random forest and LightGBM too")
    parser.add_argument("--clips", action="store_true", help="measure on clips from elsewhere too")
    options = parser.parse_args(arguments)
    table_path = options.data / "tables" / "audiofiler_features69.parquet"
    if options.keep:
        table = audiofiler.clean(audiofiler.load(table_path))
        shipped, rows = (
            ShortTermGenreModel.load(options.output),
            audiofiler.split(table, seed=options.seed).test,
        )
        scores = _scores(shipped.predict_proba, table, rows)
    else:
        scores = train_genre_from_short_term(table_path, options.output, options.seed)
    _print_scores("test rows", scores)
    for row in sorted(scores.per_class, key=lambda row: -row.support):
        figures = f"precision {row.precision:.2f}  recall {row.recall:.2f}  F1 {row.f1:.2f}  n {row.support}"
        print(f"  {row.name!s:12s} {figures}")
    if options.baselines:
        for cleaned, how in ((False, "with duplicates"), (True, "cleaned")):
            for name, baseline in baseline_scores(table_path, seed=options.seed, cleaned=cleaned).items():
                _print_scores(f"{name}, {how}", baseline)
    if options.clips:
        model, features = ShortTermGenreModel.load(options.output), hear_clips(options.data)
        for power in (0.0, PRIOR_POWER):
            print(f"clips, probabilities / prior ** {power:g}:")
            raised = {clip: model.predict_proba(x) / model.prior**power for clip, x in features.items()}
            print(f"  {transfer_scores({clip: p / p.sum() for clip, p in raised.items()}, options.data)}")


if __name__ == "__main__":
    main()
