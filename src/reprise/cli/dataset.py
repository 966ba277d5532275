"""``reprise dataset``: from a store of songs to a set that models can be trained on."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reprise.cli.text import printable

if TYPE_CHECKING:
    from reprise.datasets.store import Store

__all__ = ["command", "dataset"]

_PATH = click.Path(path_type=Path)
_TEXT_OR_JSON = click.Choice(["text", "json"])


def _store_option(function: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--store", "store_path", type=_PATH, default=Path("songs.sqlite"), show_default=True,
        help="The data set: the SQLite file that reprise collect has made.",
    )(function)  # fmt: skip


def _open(path: Path) -> Store:
    from reprise.datasets.store import Store

    if not path.is_file():
        raise click.UsageError(f"there is no data set {path}")
    return Store(path)


def _print(report: Any, form: str) -> None:
    if form == "json":
        click.echo(json.dumps(asdict(report)))
    else:
        _print_text(report)


def _print_text(report: Any) -> None:
    """Print a report line by line: names of genres come from strangers."""
    for line in str(report).split("\n"):
        click.echo(printable(line))


@click.group()
def dataset() -> None:
    """Make a data set fit for training.

    Nothing is deleted: cleaning writes a named selection, splitting a named split, both beside the songs.
    """


command = dataset


@dataset.command()
@_store_option
@click.option("--selection", "name", default="clean", show_default=True, help="What to call the result.")
@click.option("--complete/--incomplete", default=True, show_default=True,
              help="Remove songs without all twelve features.")  # fmt: skip
@click.option("--in-range/--any-range", default=True, show_default=True,
              help="Remove songs with a feature outside its range.")  # fmt: skip
@click.option("--durations", "durations_s", type=(float, float), default=(30.0, 900.0), show_default=True,
              metavar="MIN MAX", help="The shortest and the longest song, in seconds.")  # fmt: skip
@click.option("--any-duration", is_flag=True, help="Keep songs of every duration.")
@click.option("--tempos", "tempos_bpm", type=(float, float), default=(30.0, 300.0), show_default=True,
              metavar="MIN MAX", help="The slowest and the fastest song; Spotify's 0 is no tempo.")  # fmt: skip
@click.option("--any-tempo", is_flag=True, help="Keep songs of every tempo.")
@click.option("--same-isrc/--keep-same-isrc", default=True, show_default=True,
              help="Keep one song of each recording code.")  # fmt: skip
@click.option("--same-title/--keep-same-title", default=True, show_default=True,
              help="Keep one song of each artist and title.")  # fmt: skip
@click.option("--same-audio/--keep-same-audio", default=True, show_default=True,
              help="Keep one song of each preview file, and of each recording that was found in several.")  # fmt: skip
@click.option("--fingerprints", type=_PATH, metavar="FOLDER",
              help="First find previews of one recording by these fingerprints, made by"
              " reprise dataset features --set fingerprint.")  # fmt: skip
@click.option("--max-overlap", type=click.FloatRange(0, 1),
              help="Drop the smaller of two genres that share more than this part of its songs.")  # fmt: skip
@click.option("--several-genres", type=click.Choice(["keep", "rarest", "drop"]), default="keep",
              show_default=True, help="What becomes of songs in several genres.")  # fmt: skip
@click.option("--min-per-genre", type=click.IntRange(0), default=0, show_default=True,
              help="Drop genres with fewer songs.")  # fmt: skip
@click.option("--balance", type=click.IntRange(0),
              help="At most so many songs a genre; 0: as many as the smallest genre has.")  # fmt: skip
@click.option("--seed", type=int, default=0, show_default=True, help="Of the songs drawn for balance.")
@click.option(
    "--format", "form", type=_TEXT_OR_JSON, default="text", show_default=True, help="Of the report."
)
def clean(store_path: Path, name: str, form: str, fingerprints: Path | None, **choices: Any) -> None:
    """Choose the songs that are fit for training, and say what each rule removed."""
    from reprise.datasets.cleaning import Cleaning
    from reprise.datasets.cleaning import clean as clean_store
    from reprise.datasets.same_audio import note_same_audio

    choices["durations_s"] = None if choices.pop("any_duration") else choices["durations_s"]
    choices["tempos_bpm"] = None if choices.pop("any_tempo") else choices["tempos_bpm"]
    settings = Cleaning(**choices)
    with _open(store_path) as store:
        if fingerprints is not None:
            note_same_audio(store, fingerprints)
        _print(clean_store(store, settings, name=name), form)


@dataset.command()
@_store_option
@click.option("--selection", help="Split these songs, as reprise dataset clean has chosen them; else all.")
@click.option("--split", "name", default="split", show_default=True, help="What to call the result.")
@click.option("--shares", type=(float, float, float), default=(0.8, 0.1, 0.1), show_default=True,
              metavar="TRAIN VALIDATION TEST", help="They sum to 1.")  # fmt: skip
@click.option("--stratify", default="genre", show_default=True,
              help="What every part has the same shares of: genre, one of the twelve features, or none.")  # fmt: skip
@click.option("--all-artists/--first-artist", default=False, show_default=True,
              help="Keep together songs that share any artist, guests included, or only those with the same"
                   " first one; the guests on two sides are then counted.")  # fmt: skip
@click.option("--seed", type=int, default=0, show_default=True, help="Another number, another split.")
@click.option(
    "--format", "form", type=_TEXT_OR_JSON, default="text", show_default=True, help="Of the report."
)
def split(
    store_path: Path, selection: str | None, name: str, form: str, stratify: str, **choices: Any
) -> None:
    """Part songs into train, validation and test, no artist and no recording in two of them."""
    from reprise.datasets.split import Splitting
    from reprise.datasets.split import split as split_store

    settings = Splitting(stratify=None if stratify == "none" else stratify, **choices)
    with _open(store_path) as store:
        _print(split_store(store, settings, selection=selection, name=name), form)


@dataset.command()
@_store_option
@click.option("--split", "name", default="split", show_default=True, help="Which split.")
def check(store_path: Path, name: str) -> None:
    """Fail if an artist, a recording code or a preview file stands in more than one part of a split."""
    from reprise.datasets.split import check_split

    with _open(store_path) as store:
        click.echo(f"{check_split(store, name)} songs, no leak")


@dataset.command()
@_store_option
@click.option("--split", help="Only the songs of this split.")
@click.option("--part", type=click.Choice(["train", "validation", "test"]), help="Only this part of it.")
@click.option("--selection", help="Only these songs, as reprise dataset clean has chosen them.")
@click.option("--raw", is_flag=True, help="Leave CSV text that looks like a formula as it is.")
@click.argument("path", type=_PATH)
def export(store_path: Path, path: Path, **choices: Any) -> None:
    """Write songs with artist, genres and features to PATH, a .csv or .parquet; all of them unless told."""
    from reprise.datasets.export import export_songs

    with _open(store_path) as store:
        n = export_songs(store, path, **choices)
    click.echo(f"{n} songs written to {printable(str(path))}")


@dataset.command()
@_store_option
@click.option("--selection", help="Describe these songs, as reprise dataset clean has chosen them; else all.")
@click.option("--output", "folder", type=_PATH, help="Also write histograms, correlations and a page here.")
def describe(store_path: Path, selection: str | None, folder: Path | None) -> None:
    """Say what is in a data set: counts, and the distribution of every audio feature."""
    from reprise.datasets.describe import summarize, write_pictures
    from reprise.datasets.songs import load_songs

    with _open(store_path) as store:
        summary = summarize(load_songs(store, selection))
    _print_text(summary)
    if folder is not None:
        click.echo(f"written: {write_pictures(summary, folder)}")


@dataset.command()
@_store_option
@click.option("--selection", help="Only the songs that reprise dataset clean has chosen.")
@click.option("--set", "sets", multiple=True, default=("mfcc",), show_default=True, metavar="SET",
              help="mfcc, mel, image, short_term, musicnn, tags or fingerprint; repeat.")  # fmt: skip
@click.option("--output", "folder", type=_PATH, default=Path("features"), show_default=True,
              help="The folder of the arrays, one folder a set.")  # fmt: skip
@click.option("--pictures", is_flag=True,
              help="Also write the set image as PNG files, named by the ids, to OUTPUT/pictures.")  # fmt: skip
@click.option("--jobs", type=click.IntRange(1), help="Worker processes; as many as there are cores.")
@click.argument("clips", nargs=-1, type=click.Path())
def features(sets: tuple[str, ...], folder: Path, pictures: bool, jobs: int | None, **source: Any) -> int:
    """Turn the previews of a data set, or CLIPS (files and folders), into arrays.

    A clip is decoded once for all sets, and one that cannot be read or kills its worker is named at the end.
    What is there already is left alone: a run that was stopped, killed or not, goes on where it was.
    """
    from reprise.cli.batch import available_cores
    from reprise.cli.interrupt import Interrupts
    from reprise.cli.progress import progress_bar
    from reprise.datasets.featurise import featurise

    files = _clips(**source)
    if pictures and "image" not in sets:
        sets = (*sets, "image")
    with Interrupts().taken() as interrupts, progress_bar("clips", show=sys.stderr.isatty()) as draw:
        try:
            report = featurise(files, folder, sets, jobs=jobs or available_cores(), progress=draw)
        except KeyboardInterrupt:
            click.echo("Interrupted: what was finished is kept, and the same command goes on.", err=True)
            return interrupts.exit_code
    for clip, reason in report.failed.items():
        click.echo(f"{printable(clip)}: {printable(reason)}", err=True)
    click.echo(str(report))
    if pictures:
        _write_pictures(folder)
    return int(bool(report.failed))


def _clips(store_path: Path, selection: str | None, clips: tuple[str, ...]) -> dict[str, Path]:
    """Return the files to work on by the ids of their arrays."""
    from reprise.cli.files import find_files
    from reprise.datasets.featurise import previews

    if clips:
        files = {name: Path(name) for name in find_files(clips).files}
    else:
        with _open(store_path) as store:
            files = previews(store, selection)
    if not files:
        raise click.UsageError("there are no clips: download previews with reprise collect, or name files")
    return files


def _write_pictures(folder: Path) -> None:
    from reprise.datasets.arrays import ArrayStore
    from reprise.datasets.pictures import write_pictures

    n = write_pictures(ArrayStore(folder / "image"), folder / "pictures")
    click.echo(f"{n} pictures written to {printable(str(folder / 'pictures'))}")
