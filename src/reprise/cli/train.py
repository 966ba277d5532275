"""``reprise train``: from a recipe to a model with its figures and a report."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reprise.cli.text import printable

if TYPE_CHECKING:
    from reprise.training.history import Epoch
    from reprise.training.recipe import Recipe
    from reprise.training.run import Run

__all__ = ["command", "train_one", "training_options"]


def training_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say where data, cache and runs lie."""
    for option in (
        click.option("--jobs", type=click.IntRange(1), default=1, show_default=True,
                     help="Worker processes while clips are turned into arrays."),
        click.option("--output", type=click.Path(file_okay=False, path_type=Path), default=Path("runs"),
                     show_default=True, help="The folder of all runs; each has a folder of its name there."),
        click.option("--cache", type=click.Path(file_okay=False, path_type=Path), default=Path(".cache/reprise"),
                     show_default=True, help="Where the features of clips are kept between runs."),
        click.option("--data", type=click.Path(file_okay=False, path_type=Path),
                     default=Path("../shared/data"), show_default=True,
                     help="The folder with the labelled clips and tables."),
    ):  # fmt: skip
        function = option(function)
    return function


@click.command()
@click.argument("recipes", nargs=-1, metavar="RECIPE...")
@training_options
@click.option("--set", "changes", multiple=True, metavar="KEY=VALUE",
              help="Use another value than the recipe's, such as training.epochs=3; repeat.")  # fmt: skip
@click.option("--name", help="What to call the run; the recipe's name if left out.")
@click.option(
    "--steps", type=click.IntRange(1), help="Stop each fold after so many batches, to try a recipe out."
)
@click.option("--again", is_flag=True, help="Throw away what an earlier run of the name has left.")
@click.option("--list", "list_them", is_flag=True, help="List the recipes that come with Reprise, and stop.")
def command(
    recipes: tuple[str, ...], changes: tuple[str, ...], list_them: bool, name: str | None, **choices: Any
) -> None:
    """Train what recipes say, fold by fold, and measure it on artists that it did not hear.

    A RECIPE is a name (see --list) or a TOML file. A run that was stopped or killed goes on where it was when the
    same command is given again.
    """
    from reprise.training.recipe import list_recipes, read_recipe

    if list_them:
        for title, what in list_recipes().items():
            click.echo(f"{title:24s} {what}")
        return
    if not recipes:
        raise click.UsageError("name a recipe; reprise train --list shows them")
    if name and len(recipes) > 1:
        raise click.UsageError("--name is for one recipe")
    # All are checked before the first is trained.
    read = [read_recipe(recipe, _changes(changes)) for recipe in recipes]

    for recipe in read:
        click.echo(_summary(train_one(recipe, name or recipe.name, **choices)))


def train_one(
    recipe: Recipe, name: str, *, output: Path, steps: int | None, again: bool, **place: Any
) -> Run:
    """Train one recipe, or go on with it, under a bar; returns its finished run with a report beside it."""
    from threadpoolctl import threadpool_limits

    from reprise.training.report import write_report
    from reprise.training.run import load_examples, run_recipe
    from reprise.training.sources import Place

    # Several processes may be at work, and the matrices of a batch are small.
    with threadpool_limits(1):
        examples = load_examples(recipe, Place(**place))
        with _progress(recipe) as on_epoch:
            run = run_recipe(
                recipe, examples, output / name, max_steps=steps or -1, again=again, on_epoch=on_epoch
            )
        write_report(run)
    return run


def _changes(texts: tuple[str, ...]) -> dict[str, Any]:
    """Read KEY=VALUE; a value is what TOML takes it for, or else a text."""
    changes = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or not key.strip():
            raise click.UsageError(f"--set wants KEY=VALUE, not {printable(text)!r}")
        try:
            changes[key.strip()] = tomllib.loads(f"value = {value}")["value"]
        except tomllib.TOMLDecodeError:
            changes[key.strip()] = value.strip()
    return changes


@contextmanager
def _progress(recipe: Recipe) -> Iterator[Callable[[int, Epoch], None]]:
    """Draw a bar for the fold that is trained, with its losses; on stderr, and only where somebody looks."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
        TextColumn("{task.fields[losses]}"),
    )  # fmt: skip
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        epochs = recipe.training.epochs
        tasks: dict[int, Any] = {}

        def on_epoch(fold: int, epoch: Epoch) -> None:
            if fold not in tasks:
                title = f"{printable(recipe.name)}, fold {fold + 1} of {recipe.data.tested}, epoch"
                for earlier in tasks.values():
                    progress.remove_task(earlier)
                tasks.clear()
                tasks[fold] = progress.add_task(title, total=epochs, losses="")
            losses = f"loss {epoch.train_loss:.4f}, validation {epoch.validation_loss:.4f}"
            progress.update(tasks[fold], completed=epoch.number, losses=losses)

        yield on_epoch


def _summary(run: Run) -> str:
    lines = [f"{printable(run.name)}: {run.card['parameters']} parameters, {run.card['training_s']:.0f} s"]
    metrics = run.card["metrics"]
    if run.is_genre:
        lines.append("  " + ", ".join(f"{name} {value:.3f}" for name, value in metrics.items()))
    else:
        for target, row in metrics.items():
            lines.append(f"  {target:17s}" + ", ".join(f"{name} {value:.3f}" for name, value in row.items()))
    lines.append(f"  written: {run.folder / 'report.html'}")
    return "\n".join(lines)
