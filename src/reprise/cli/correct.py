"""``reprise correct``: tell Reprise what is right."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reprise.cli.text import printable

if TYPE_CHECKING:
    from reprise.training.feedback.corrections import Corrections

__all__ = ["command"]


@click.command(name="correct")
@click.argument("file", required=False, type=click.Path(path_type=str))
@click.argument("changes", nargs=-1, metavar="[FEATURE=VALUE]...")
@click.option("--as", "who", metavar="NAME", help="Who says so. Default: your name on this machine.")
@click.option(
    "--store",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file of corrections. Default: in the folder of your own data.",
)
@click.option("--list", "list_them", is_flag=True, help="Show the corrections that count, and stop.")
@click.option("--withdraw", type=int, multiple=True, metavar="ID", help="Take a correction back; repeat.")
@click.option("--withdraw-all", is_flag=True, help="Take back everything that NAME has said.")
def command(  # noqa: PLR0913 (one an option)
    file: str | None,
    changes: tuple[str, ...],
    who: str | None,
    store: Path | None,
    list_them: bool,
    withdraw: tuple[int, ...],
    withdraw_all: bool,
) -> None:
    """Say what is right about a file, such as energy=0.8 or genre=jazz.

    Corrections are stored with your name and the time; `reprise learn` learns from them. They can be withdrawn.
    """
    if not (list_them or withdraw or withdraw_all) and (file is None or not changes):
        raise click.UsageError("name a file and what is right about it, such as energy=0.8")
    from reprise.training.feedback.correction import check_name
    from reprise.training.feedback.corrections import Corrections, default_store

    name = check_name(who or _user())
    # Read before the file is heard, so that a slip of the hand is told at once.
    wanted = _wanted(changes)
    with Corrections(store or default_store()) as corrections:
        if list_them:
            _show(corrections)
            return
        if withdraw or withdraw_all:
            _withdraw(corrections, name, withdraw, withdraw_all)
        if file is not None and wanted:
            _correct(corrections, name, file, wanted)


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        raise click.UsageError("this machine does not know your name; give --as NAME") from None


def _wanted(changes: tuple[str, ...]) -> dict[str, float | str]:
    from reprise.models.fused_genre import FusedGenreModel
    from reprise.training.feedback.correction import check_changes

    pairs: dict[str, float | str] = {}
    for text in changes:
        what, equals, value = text.partition("=")
        if not equals:
            raise click.UsageError(f"write FEATURE=VALUE, not {printable(text)!r}")
        if what.strip() in pairs:
            raise click.UsageError(f"{printable(what.strip())} is given twice")
        pairs[what.strip()] = value.strip()
    return check_changes(pairs, FusedGenreModel.load().classes) if pairs else {}


def _correct(corrections: Corrections, who: str, file: str, wanted: dict[str, float | str]) -> None:
    from reprise.analysis import analyze, hear
    from reprise.training.feedback.correction import Said

    track, inputs = analyze(file), hear(file)
    record = {**track.to_dict(), "genre": track.genres[0].name}
    said = {what: Said(text=str(record[what]), model=track.model) for what in wanted}
    ids = corrections.add(who, wanted, path=file, inputs=inputs, said=said)
    for number, (what, value) in zip(ids, wanted.items(), strict=True):
        click.echo(f"{number}: {what} of {printable(file)} is {value}, not {said[what].text}")


def _withdraw(corrections: Corrections, who: str, withdraw: tuple[int, ...], withdraw_all: bool) -> None:
    for number in withdraw:
        corrections.withdraw(number, who)
    count = len(withdraw) + (corrections.withdraw_all(who) if withdraw_all else 0)
    click.echo(f"{count} withdrawn; `reprise learn` learns without.")


def _show(corrections: Corrections) -> None:
    live = corrections.live()
    for c in live:
        right = c.genre if c.value is None else f"{c.value:g}"
        click.echo(
            f"{c.id}: {c.at} {printable(c.who)}: {c.what} is {right}, not {c.said}, of {printable(c.path)}"
        )
    click.echo(f"{len(live)} corrections of {len({c.track for c in live})} tracks", err=True)
