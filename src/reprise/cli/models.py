"""``reprise models``: which models there are, what they are worth, and which of them ``reprise analyze`` asks."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reprise.cli.text import printable

if TYPE_CHECKING:
    from reprise.training.export import Exported
    from reprise.training.run import Run

__all__ = ["command"]

Card = Mapping[str, Any]


def _folder(name: str, default: str, what: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    return click.option(
        name, type=click.Path(file_okay=False, path_type=Path), default=Path(default), show_default=True, help=what
    )  # fmt: skip


_runs = _folder("--runs", "runs", "The folder of finished runs, as reprise train leaves them.")
_data = _folder("--data", "../shared/data", "The folder with the labelled clips and tables.")
_cache = _folder("--cache", ".cache/reprise", "Where the features of clips are kept between runs.")
_format = click.option(
    "-f", "--format", "output_format", type=click.Choice(("table", "json")), default="table", show_default=True
)  # fmt: skip
_fold = click.option(
    "--fold", default="all", show_default=True, metavar="N|all",
    help="Whose model; all: the mean of what the models of all folds say.",
)  # fmt: skip


@click.group(name="models")
def command() -> None:
    """List, show, export and use models."""


@dataclass(frozen=True, kw_only=True)
class _Row:
    """One model and the essence of its card.

    `kept` is where: shipped, run or installed; `figure` the main one, on artists that it had not heard.
    """

    name: str
    kept: str
    in_use: bool
    architecture: str
    task: str
    targets: tuple[str, ...]
    what: str
    figure: str
    date: str


@command.command(name="list")
@_runs
@_format
def list_models(runs: Path, output_format: str) -> None:
    """List the models that come with Reprise, the finished runs, and what was installed by reprise models use."""
    from reprise.models.chosen import chosen_name

    in_use = chosen_name()
    rows = [
        _row(name, kept, card, in_use=kept == "installed" and name == in_use)
        for kept, cards in _cards(runs).items()
        for name, card in cards.items()
    ]
    if output_format == "json":
        click.echo(json.dumps([asdict(row) for row in rows], indent=1, ensure_ascii=False))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), expand=True)
    for title in ("Model", "Kept", "Unheard", "Date"):
        table.add_column(title, no_wrap=True)
    table.add_column("Predicts", no_wrap=True, overflow="ellipsis", ratio=1)
    for row in rows:
        kept = row.kept + (", in use" if row.in_use else "")
        cells = (row.name, kept, row.figure, row.date, row.what)
        table.add_row(*(Text(printable(cell)) for cell in cells), style="bold" if row.in_use else "")
    Console(highlight=False).print(table)


@command.command(name="show")
@click.argument("name")
@_runs
@_format
def show(name: str, runs: Path, output_format: str) -> None:
    """Show the card of a model: what it predicts, from what, how well, and under what terms."""
    from reprise.errors import UnknownNameError
    from reprise.models.exported import require_model_name

    kinds = _cards(runs)
    require_model_name(name)
    card = next((kinds[kept][name] for kept in ("run", "installed", "shipped") if name in kinds[kept]), None)
    if card is None:
        raise UnknownNameError("model", name, [known for cards in kinds.values() for known in cards])
    if output_format == "json":
        click.echo(json.dumps(card, indent=1, ensure_ascii=False))
        return
    click.echo(printable(name))
    for key, value in card.items():
        if key not in ("name", "metrics"):
            click.echo(f"  {printable(key):16s} {printable(_in_a_line(value))}")
    for line in _metrics_lines(card):
        click.echo(f"  {printable(line)}")


@command.command(name="export")
@click.argument("name")
@_runs
@_data
@_cache
@_fold
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), required=True, metavar="FILE.onnx",
              help="The graph; its card is written beside it as FILE.json.")  # fmt: skip
def export(name: str, runs: Path, output: Path, fold: str, **place: Path) -> None:
    """Write a finished run as an ONNX graph, after checking on real rows that it says what the model says."""
    from reprise.training.saved import find_run

    done = _export(find_run(runs, name), output, fold, **place)
    click.echo(
        f"{printable(name)}: {_folds_said(done)}; on {done.rows} rows the largest difference is "
        f"{done.largest_difference:.1g}"
    )
    click.echo(f"  written: {output} and {output.with_suffix('.json').name}")


@command.command(name="use")
@click.argument("name", required=False)
@_runs
@_data
@_cache
@_fold
@click.option("--default", "default", is_flag=True, help="Go back to the default heads alone.")
def use(name: str | None, runs: Path, default: bool, fold: str, **place: Path) -> None:
    """Let reprise analyze ask a model for the features that it predicts; the default heads do the others.

    NAME is a finished run, a model that was used before, or a file that reprise models export has written.
    """
    from reprise.models.chosen import choose, choose_default, installed
    from reprise.models.exported import ExportedModel
    from reprise.training.saved import finished_cards

    if (name is None) != default:
        raise click.UsageError("give the NAME of a model or --default")
    if name is None:
        choose_default()
        click.echo("reprise analyze uses the default heads alone")
        return
    chosen = choose(Path(name)) if name.endswith(".onnx") else _use_by_name(name, runs, fold, **place)
    card = ExportedModel.load(installed()[chosen]).card
    click.echo(f"reprise analyze asks {printable(chosen)} for {', '.join(card['targets'])}")
    for line in _metrics_lines(card):
        click.echo(f"  {printable(line)}")
    heads = _metrics(finished_cards(runs).get("musicnn-heads", {}))
    known = {target: heads[target]["r2"] for target in card["targets"] if "r2" in heads.get(target, {})}
    if beside := ", ".join(f"{target} {r2:.3f}" for target, r2 in known.items()):
        click.echo(f"  r2 of the default heads: {beside}")
    click.echo("  go back with: reprise models use --default")


def _use_by_name(name: str, runs: Path, fold: str, **place: Path) -> str:
    from tempfile import TemporaryDirectory

    from reprise.errors import UnknownNameError
    from reprise.models.chosen import choose, installed, require_usable
    from reprise.models.exported import require_model_name
    from reprise.training.saved import find_run, finished_cards

    known = finished_cards(runs)
    if require_model_name(name) in known:
        run = find_run(runs, name)
        # Before the export, which takes a while.
        require_usable(name, run.card["task"], run.targets, run.card["inputs"])
        with TemporaryDirectory(prefix="reprise-") as folder:
            return choose(_export(run, Path(folder) / "model.onnx", fold, **place).path)
    if name in installed():
        return choose(installed()[name])
    raise UnknownNameError("finished run or installed model", name, [*known, *installed()])


def _export(run: Run, output: Path, fold: str, *, data: Path, cache: Path) -> Exported:
    from threadpoolctl import threadpool_limits

    from reprise.training.export import export_run, load_rows
    from reprise.training.sources import Place

    if fold != "all" and not fold.isdecimal():
        raise click.UsageError(f"--fold is the number of a fold or all, not {printable(fold)!r}")
    with threadpool_limits(1):
        rows = load_rows(run, Place(data=data, cache=cache))
        return export_run(run, rows, output, None if fold == "all" else int(fold))


def _folds_said(done: Exported) -> str:
    if len(done.folds) > 1:
        return f"the mean of the models of folds {done.folds[0]} to {done.folds[-1]}"
    return f"the model of fold {done.folds[0]}"


def _cards(runs: Path) -> dict[str, dict[str, Card]]:
    """Return every card by where the model is kept and by its name."""
    from reprise.errors import ModelError
    from reprise.models.chosen import installed
    from reprise.models.exported import ExportedModel
    from reprise.models.weights_file import shipped_folder
    from reprise.training.saved import finished_cards

    shipped = {
        file.name.removesuffix(".json"): json.loads(file.read_text(encoding="utf-8"))
        for file in sorted(shipped_folder().iterdir(), key=lambda file: file.name)
        if file.name.endswith(".json")
    }
    own: dict[str, Card] = {}
    for name, path in installed().items():
        try:
            own[name] = ExportedModel.load(path).card
        except ModelError as error:
            click.echo(f"left out: {printable(str(error))}", err=True)
    return {"shipped": shipped, "installed": own, "run": finished_cards(runs)}


def _row(name: str, kept: str, card: Card, *, in_use: bool) -> _Row:
    targets = tuple(map(str, card.get("targets", ())))
    return _Row(
        name=name,
        kept=kept,
        in_use=in_use,
        architecture=str(card.get("architecture", "")),
        task=str(card.get("task", "")),
        targets=targets,
        what=", ".join(targets) or str(card.get("what", "")),
        figure=_figure(card),
        date=str(card.get("date", "")),
    )


def _metrics(card: Card) -> dict[str, dict[str, float]]:
    """Return the figures of each feature, or those of all genres under no name; only what are numbers."""
    metrics = card.get("metrics")
    if not isinstance(metrics, dict):
        return {}
    rows = metrics if card.get("task") == "features" else {"": metrics}
    return {
        name: {key: value for key, value in row.items() if isinstance(value, float | int)}
        for name, row in rows.items()
        if isinstance(row, dict)
    }


def _figure(card: Card) -> str:
    """Return the one number that tells most: top-1 accuracy of genres, mean R² of features."""
    rows = _metrics(card)
    if "top1" in rows.get("", {}):
        return f"top-1 {rows['']['top1']:.3f}"
    r2 = [row["r2"] for row in rows.values() if "r2" in row]
    return f"R² {sum(r2) / len(r2):.3f}" if r2 else ""


def _metrics_lines(card: Card) -> list[str]:
    lines = [
        f"  {name:17s}" + ", ".join(f"{metric} {value:.3f}" for metric, value in row.items())
        for name, row in _metrics(card).items()
    ]
    return ["on artists that were not heard:", *lines] if lines else []


def _in_a_line(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_in_a_line(item)}" for name, item in value.items()) or "–"
    if isinstance(value, list):
        return ", ".join(_in_a_line(item) for item in value) or "–"
    return "–" if value is None or value == "" else str(value)
