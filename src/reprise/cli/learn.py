"""``reprise learn``: learn from corrections, look at what was learnt, take it back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from reprise.cli.text import printable

if TYPE_CHECKING:
    from rich.console import Console

    from reprise.training.feedback.residual import Change, Lesson

__all__ = ["command"]


@click.command(name="learn")
@click.option(
    "--store",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file of corrections. Default: in the folder of your own data.",
)
@click.option("--dry-run", is_flag=True, help="Show what would be learnt; change nothing.")
@click.option("--rollback", is_flag=True, help="Return to what was in use before, and stop.")
@click.option("--history", "show_history", is_flag=True, help="List the versions, and stop.")
def command(store: Path | None, dry_run: bool, rollback: bool, show_history: bool) -> None:
    """Learn from corrections, as far as it makes nothing worse.

    Shows for each feature, and for genre, the error before and after: on corrections that were held out, and on
    labelled clips. What is no worse on both is used by `reprise analyze` from then on.
    """
    if rollback:
        _roll_back()
    elif show_history:
        _show_history()
    else:
        _learn(store, dry_run)


def _learn(store: Path | None, dry_run: bool) -> None:
    from rich.console import Console
    from threadpoolctl import threadpool_limits

    from reprise.training.feedback.corrections import Corrections, default_store
    from reprise.training.feedback.residual import learn

    with threadpool_limits(1), Corrections(store or default_store()) as corrections:
        lesson = learn(corrections, dry_run=dry_run)
    console = Console(highlight=False)
    _show(lesson, console)
    if dry_run:
        console.print("Nothing was changed: --dry-run.")
    elif lesson.made:
        console.print(f"{lesson.made} is in use; `reprise learn --rollback` takes it back.")
    else:
        console.print(f"Nothing new was learnt; {lesson.in_use or 'the default models'} stay in use.")


def _show(lesson: Lesson, console: Console) -> None:
    from rich.table import Table

    table = Table("", "corrections", "users", "held out", "reference", "", box=None, pad_edge=False)
    for verdict in lesson.verdicts:
        table.add_row(
            verdict.what, str(verdict.corrections), str(verdict.users), _change(verdict.held_out),
            _change(verdict.reference), f"{'kept' if verdict.is_kept else 'not used'}: {verdict.reason}",
        )  # fmt: skip
    console.print(table)
    console.print(
        "held out: mean error; reference: root mean squared error, log-loss of genre; before → after"
    )


def _change(change: Change | None) -> str:
    return "–" if change is None else f"{change.before:.4f} → {change.after:.4f}"


def _roll_back() -> None:
    from reprise.training.feedback.versions import roll_back

    click.echo(f"{roll_back() or 'The default models'} are in use again.")


def _show_history() -> None:
    from reprise.models.feedback import active_version
    from reprise.training.feedback.versions import history

    in_use = active_version()
    for card in history():
        kept = ", ".join(f"{what} ({len(ids)})" for what, ids in sorted(card["learnt_from"].items()))
        mark = "  in use" if card["name"] == in_use else ""
        click.echo(printable(f"{card['name']}  {card['date']}  {kept or 'nothing'}{mark}"))
    if in_use is None:
        click.echo("The default models are in use.", err=True)
