"""``reprise compare``: many models in one table, with pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from reprise.cli.text import printable
from reprise.cli.train import train_one, training_options

__all__ = ["command"]


@click.command()
@click.argument("recipes", nargs=-1, metavar="RECIPE...")
@training_options
@click.option("--to", "folder", type=click.Path(file_okay=False, path_type=Path), default=Path("comparison"),
              show_default=True, help="Where tables, page and pictures go.")  # fmt: skip
@click.option("--genre", help="The genre whose runner-ups the page shows first.")
def command(recipes: tuple[str, ...], folder: Path, genre: str | None, output: Path, **place: Any) -> None:
    """Measure models alike and put them into one table, next to what earlier studies reported.

    A RECIPE whose run is not there yet is trained first; without any, all runs in --output are compared. Writes
    comparison.md, .csv and .json, pictures as PNG and SVG, and index.html, which holds all of it.
    """
    from reprise.errors import ModelError
    from reprise.training.compare import as_csv, as_json, as_markdown, compare
    from reprise.training.comparison_page import write_page
    from reprise.training.pictures import write_pictures
    from reprise.training.recipe import read_recipe
    from reprise.training.run import read_run

    if recipes:
        read = [read_recipe(name) for name in recipes]
        runs = [
            train_one(recipe, recipe.name, output=output, steps=None, again=False, **place) for recipe in read
        ]
    else:
        runs = []
        for card in sorted(output.glob("*/card.json")):
            try:
                runs.append(read_run(card.parent))
            except ModelError as error:
                click.echo(f"left out: {printable(str(error))}", err=True)
    if not runs:
        raise click.UsageError(f"there are no finished runs in {output}; name recipes, or train some first")
    comparison = compare(runs)
    folder.mkdir(parents=True, exist_ok=True)
    for suffix, text in (
        ("md", as_markdown(comparison)), ("csv", as_csv(comparison)), ("json", as_json(comparison))
    ):  # fmt: skip
        (folder / f"comparison.{suffix}").write_text(text, encoding="utf-8")
    write_pictures(comparison, runs, folder)
    page = write_page(comparison, runs, folder / "index.html", genre=genre)
    click.echo(printable_tables(as_markdown(comparison)))
    click.echo(f"written: {page}")


def printable_tables(text: str) -> str:
    """Return the tables without the genre-by-genre ones, line by line fit for a terminal."""
    return "\n".join(printable(line) for line in text.partition("### ")[0].rstrip().split("\n"))
