"""A song that the models of finished runs have not heard: drawn, listened to, and guessed by each from its weights."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from reprise.errors import DatasetError, MissingDependencyError, ModelError
from reprise.features.clip_sets import CLIP_SETS, extract_clip
from reprise.features.musicnn import MusicnnNetworks
from reprise.models.chosen import ANALYSIS
from reprise.training.examples import Examples
from reprise.training.numbers import clip_numbers
from reprise.training.run import Run, read_run, restore_model
from reprise.training.saved import finished_cards, recipe_of
from reprise.training.shipped.corpus import hear
from reprise.training.sources.clips_genre import COARSE

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "Answer",
    "GenreGuess",
    "Guess",
    "RunsOnClips",
    "Song",
    "ask",
    "draw_picture",
    "draw_song",
    "runs_on_clips",
]

_EXTRAS = {"heads_trainer": None, "refined_heads_trainer": None, "genre_trainer": None, "members": COARSE}
"""Models that are only read again need nothing of what they were fitted with."""

Inputs = dict[str, npt.NDArray[Any]]


@dataclass(frozen=True, kw_only=True)
class RunsOnClips:
    """Runs by name that predict features of clips, those that predict genres, and why others were left out."""

    runs: Mapping[str, Run]
    genre_runs: Mapping[str, Run]
    left_out: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Song:
    """A clip that every run has held out.

    Attributes
    ----------
    clip : str
        Its path below the data folder.
    data : Path
        The data folder.
    artist, title : str
    seed : int
        Draws it again from the same runs.
    truth : mapping of str to float
        Its own labels.
    """

    clip: str
    data: Path
    artist: str
    title: str
    seed: int
    truth: Mapping[str, float]

    @property
    def path(self) -> Path:
        """The file."""
        return self.data / self.clip


@dataclass(frozen=True, kw_only=True)
class Guess:
    """What one run says of one feature: now, and when the run was measured; and the truth."""

    run: str
    target: str
    predicted: float
    noted: float
    truth: float


@dataclass(frozen=True, kw_only=True)
class GenreGuess:
    """The genre that one run finds most probable, and the true one."""

    run: str
    genre: str
    probability: float
    truth: str


@dataclass(frozen=True, kw_only=True)
class Answer:
    """The song's spectrogram, uint8 of shape (256, 256), every guess, and why a run could not be asked."""

    image: npt.NDArray[np.uint8]
    guesses: tuple[Guess, ...]
    genres: tuple[GenreGuess, ...]
    failed: Mapping[str, str]


def runs_on_clips(folder: Path) -> RunsOnClips:
    """Read the finished runs in a folder that were trained on the labelled clips.

    Raises
    ------
    ModelError
        If none of them predicts features.
    """
    runs: dict[str, Run] = {}
    genre_runs: dict[str, Run] = {}
    left_out = {}
    for name, card in finished_cards(folder).items():
        try:
            if not card["data"]["source"].startswith("clips"):
                left_out[name] = "not learnt from the labelled clips (tables have no audio)"
            else:
                kind = genre_runs if card["task"] == "genre" else runs
                kind[name] = read_run(folder / name)
        except (ModelError, KeyError, TypeError, AttributeError) as error:
            left_out[name] = str(error)
    if not runs:
        raise ModelError(
            f"{folder} holds no finished run on clips; make one with: reprise train musicnn-heads"
        )
    return RunsOnClips(runs=runs, genre_runs=genre_runs, left_out=left_out)


def draw_song(runs: Mapping[str, Run], data: Path, seed: int | None = None) -> Song:
    """Draw one of the clips with labels of their own that every run has held out.

    Parameters
    ----------
    runs : mapping of str to Run
    data : Path
        The data folder.
    seed : int, optional
        None: another song every time.

    Raises
    ------
    ModelError
        If the runs have no such clip in common.
    DatasetError
        If the table of titles or the clip is missing.
    """
    held_out = [set(run.ids[run.own.any(axis=1)].tolist()) for run in runs.values()]
    clips = sorted(set.intersection(*held_out))
    if not clips:
        raise ModelError(f"no labelled clip was held out by all of {', '.join(runs)}")
    seed = int(np.random.default_rng().integers(10_000)) if seed is None else seed
    clip = clips[np.random.default_rng(seed).integers(len(clips))]
    if not (data / clip).is_file():
        raise DatasetError(f"{data / clip}: is missing; name the data folder with --data")
    artist, title = _who(data, clip)
    truth: dict[str, float] = {}
    for run in runs.values():
        (row,) = np.flatnonzero(run.ids == clip)
        own = run.own[row]
        truth |= {name: float(run.values[row, k]) for k, name in enumerate(run.targets) if own[k]}
    return Song(clip=clip, data=data, artist=artist, title=title, seed=seed, truth=truth)


def _who(data: Path, clip: str) -> tuple[str, str]:
    path = data / "labels" / "panda.csv"
    try:
        with path.open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                if row["clip"] == clip:
                    return row["artist"], row["title"]
    except (OSError, ValueError, KeyError) as error:
        raise DatasetError(f"{path}: cannot be read: {error}") from error
    return "unknown artist", clip


def ask(found: RunsOnClips, song: Song) -> Answer:
    """Listen to a song, and let each run's model that has not heard its artist say what it is like.

    A run of genres is asked if the song is among its own.

    Raises
    ------
    DecodeError, UnusableAudioError
        If the song cannot be read.
    """
    runs = {**found.runs, **{name: run for name, run in found.genre_runs.items() if song.clip in run.ids}}
    inputs = _listen(song, {name for run in runs.values() for name in run.card["inputs"]})
    guesses: list[Guess] = []
    genres: list[GenreGuess] = []
    failed = {}
    for name, run in runs.items():
        (row,) = np.flatnonzero(run.ids == song.clip)
        try:
            predicted = _predict(run, int(run.folds[row]), song, inputs)
        except (ModelError, MissingDependencyError) as error:
            failed[name] = str(error)
            continue
        if run.is_genre:
            best, true = int(predicted.argmax()), int(run.values[row].argmax())
            genres.append(
                GenreGuess(
                    run=name,
                    genre=run.targets[best],
                    probability=float(predicted[best]),
                    truth=run.targets[true],
                )
            )
            continue
        guesses += [
            Guess(
                run=name, target=target, predicted=float(predicted[k]), noted=float(run.predicted[row, k]),
                truth=song.truth[target],
            )
            for k, target in enumerate(run.targets)
            if target in song.truth
        ]  # fmt: skip
    return Answer(image=inputs["image"][0], guesses=tuple(guesses), genres=tuple(genres), failed=failed)


def _predict(run: Run, fold: int, song: Song, inputs: Inputs) -> npt.NDArray[np.float64]:
    if lacking := [name for name in run.card["inputs"] if name not in inputs]:
        raise ModelError(f"it needs {lacking[0]}, which is not known of one song")
    given = {name: inputs[name] for name in run.card["inputs"]}
    model = restore_model(recipe_of(run), _one_row(run, song, given), run.folder, fold)
    return np.asarray(model.predict(given)[0])


def _listen(song: Song, wanted: set[str]) -> Inputs:
    """Make each input from the audio, one row of it; its picture always."""
    networks = MusicnnNetworks()
    sets = sorted({"image", *(wanted & CLIP_SETS.keys())})
    inputs: Inputs = {
        name: x[np.newaxis] for name, x in extract_clip(song.path, sets, networks).values.items()
    }
    if any(name.startswith(ANALYSIS) for name in wanted):
        heard = hear(song.path, networks)
        inputs |= {f"{ANALYSIS}{name}": x[np.newaxis] for name, x in heard.items()}
    if "numbers" in wanted and "valence" in song.truth:
        with TemporaryDirectory(prefix="reprise-") as cache:
            valence = np.array([song.truth["valence"]])
            inputs["numbers"] = clip_numbers({song.clip: song.path}, valence, song.data, Path(cache))
    return inputs


def _one_row(run: Run, song: Song, inputs: Inputs) -> Examples:
    """Return what a learner has to know to read its weights: the shapes of its inputs and the targets."""
    nothing = np.zeros((1, len(run.targets)))
    return Examples(
        source=song.clip, ids=(song.clip,), groups=np.array([song.artist]), folds=np.zeros(1, np.intp), inputs=inputs,
        targets=run.targets, values=nothing, weights=nothing, own=nothing > 0, is_genre=run.is_genre, citation="",
        licence="", extras=_EXTRAS,
    )  # fmt: skip


def draw_picture(song: Song, image: npt.NDArray[np.uint8], guesses: Sequence[Guess]) -> Figure:
    """Draw the spectrogram above every run's predictions and the truth.

    Raises
    ------
    MissingDependencyError
        If matplotlib is not installed.
    """
    from reprise.training.pictures import GREY, figure

    targets = list(dict.fromkeys(guess.target for guess in guesses))
    runs = list(dict.fromkeys(guess.run for guess in guesses))
    canvas = figure(9, 7)
    above, below = canvas.subplots(2, 1)
    above.imshow(image, cmap="magma", aspect="auto", extent=(0, 30, 0, 8))
    above.set(title=f"{song.artist} – {song.title}".replace("$", r"\$"), xlabel="s", ylabel="kHz")
    for k, run in enumerate(runs):
        own = [guess for guess in guesses if guess.run == run]
        places = [targets.index(guess.target) + 0.6 * (k + 1) / (len(runs) + 1) - 0.3 for guess in own]
        # Ten colours and five shapes: no two of fifty runs look alike.
        mark = "os^Dv"[k // 10 % 5]
        below.plot(
            places,
            [guess.predicted for guess in own],
            mark,
            color=f"C{k % 10}",
            label=run.replace("$", r"\$"),
        )
    for place, target in enumerate(targets):
        below.hlines(
            song.truth[target], place - 0.4, place + 0.4, color=GREY, label="truth" if not place else None
        )
    below.set(ylim=(-0.03, 1.03), xticks=range(len(targets)), xticklabels=targets)
    canvas.legend(loc="outside lower center", fontsize="small", ncols=5)
    return canvas
