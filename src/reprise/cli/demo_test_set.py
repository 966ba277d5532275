"""``reprise demo --test-set``: a song that no model has heard, what each says of it, and the truth."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

from reprise.cli.text import printable

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from reprise.training.unheard import Guess, Song

__all__ = ["show_unheard"]

_PLAYERS = (
    ("ffplay", "-nodisp", "-autoexit", "-loglevel", "error"),
    ("mpv", "--no-video", "--really-quiet"),
    ("afplay",),
    ("pw-play",),
    ("paplay",),
    ("aplay", "-q"),
)
"""Programs that play a WAV file, the first that is there is taken."""

_CLOSE, _NEAR = 0.1, 0.2
_WIDE = 100
_SHADES = " ░▒▓█"
_PICTURE_ROWS = 12
_CANVAS_DPI = 100


def show_unheard(
    *, runs: Path, data: Path, seed: int | None, targets: Sequence[str], play: bool, output: Path | None
) -> None:
    """Draw a song, ask every finished run about it, and show picture, table and truth.

    Parameters
    ----------
    runs, data : Path
        The folder of finished runs, and that of labelled clips.
    seed : int, optional
        Draws the same song again; None draws one.
    targets : sequence of str
        The features to show; empty: all.
    play : bool
        Whether to play it, if a player is there.
    output : Path, optional
        A PNG with the spectrogram and the predictions.

    Raises
    ------
    UnknownNameError
        If a target is no feature.
    ModelError
        If there is no run, none can be asked, or they have held out no song in common.
    """
    from rich.console import Console
    from threadpoolctl import threadpool_limits

    from reprise.errors import ModelError, UnknownNameError
    from reprise.targets import HEADS
    from reprise.training.unheard import ask, draw_song, runs_on_clips

    if unknown := [name for name in targets if name not in HEADS]:
        raise UnknownNameError("feature", unknown[0], HEADS)
    console = Console(highlight=False)
    found = runs_on_clips(runs)
    _say_why("left out", found.left_out)
    song = draw_song(found.runs, data, seed)
    console.print(f"{printable(song.artist)} – {printable(song.title)}", style="bold", markup=False)
    console.print(
        f"{song.path}; the same again: --seed {song.seed}", style="dim", markup=False, soft_wrap=True
    )
    if play:
        _play(console, song.path)
    with threadpool_limits(1):
        answer = ask(found, song)
    _say_why("not asked", answer.failed)
    shown = [guess for guess in answer.guesses if not targets or guess.target in targets]
    if not shown:
        raise ModelError("no run could be asked" + (f" for {' or '.join(targets)}" if targets else ""))
    console.print(_picture(answer.image, console))
    console.print(_table(shown, wide=console.width >= _WIDE))
    for genre in answer.genres:
        said = f"{genre.run}: {genre.genre} with {genre.probability:.0%}; the truth: {genre.truth}"
        console.print(printable(said), style="green" if genre.genre == genre.truth else "red", markup=False)
    largest = max((abs(guess.predicted - guess.noted) for guess in answer.guesses), default=0.0)
    console.print("Green: off by .10 at most, yellow: by .20, red: by more.", style="dim")
    console.print(f"From the saved weights; the runs had noted the same within {largest:.1g}.", style="dim")
    if output:
        _write_png(song, answer.image, shown, output)
        console.print(f"written: {output}", markup=False, soft_wrap=True)


def _say_why(what: str, reasons: Mapping[str, str]) -> None:
    """Name on stderr what is not shown, a line a reason."""
    for reason in dict.fromkeys(reasons.values()):
        names = ", ".join(name for name, why in reasons.items() if why == reason)
        click.echo(f"{what}: {printable(names)}: {printable(reason)}", err=True)


def _table(guesses: Sequence[Guess], *, wide: bool) -> Table:
    """One row a model, one column a feature; the truth on top. Where there is room, the error stands in brackets."""
    from rich.table import Table
    from rich.text import Text

    targets = list(dict.fromkeys(guess.target for guess in guesses))
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("Model", no_wrap=True, overflow="ellipsis", min_width=10)
    for target in targets:
        table.add_column(target[:3].capitalize(), no_wrap=True, justify="right")
    truths = {guess.target: guess.truth for guess in guesses}
    table.add_row(
        Text("truth"), *(Text(f"{truths[target]:.2f}".removeprefix("0")) for target in targets), style="bold"
    )
    for run in dict.fromkeys(guess.run for guess in guesses):
        said = {guess.target: guess for guess in guesses if guess.run == run}
        table.add_row(Text(printable(run)), *(_cell(said.get(target), wide=wide) for target in targets))
    return table


def _cell(guess: Guess | None, *, wide: bool) -> Text:
    from rich.text import Text

    if guess is None:
        return Text("–", style="dim")
    error = guess.predicted - guess.truth
    style = "green" if abs(error) <= _CLOSE else "yellow" if abs(error) <= _NEAR else "red"
    said = f"{guess.predicted:.2f}" + (f" ({error:+.2f})" if wide else "")
    return Text(said.replace("0.", "."), style=style)


def _picture(image: npt.NDArray[np.uint8], console: Console) -> Text:
    """Draw grey levels, shape (height, width), in blocks: two pixels a character in colour, else shades."""
    import numpy as np
    from rich.color import Color
    from rich.style import Style
    from rich.text import Text

    in_colour = console.color_system is not None
    height, width = _PICTURE_ROWS * (2 if in_colour else 1), min(image.shape[1], console.width)
    rows = np.array_split(image.astype(np.float32), height, axis=0)
    level = np.stack([[block.mean() for block in np.array_split(row, width, axis=1)] for row in rows])
    # Means hide the extremes; what is left is spread over all shades.
    low, high = np.quantile(level, (0.02, 0.98))
    small = np.clip((level - low) / max(1.0, high - low), 0, 1)
    text = Text()
    if not in_colour:
        for row in small:
            text.append("".join(_SHADES[min(4, int(5 * shade))] for shade in row) + "\n")
        return text
    for upper, lower in zip(small[::2], small[1::2], strict=True):
        for above, below in zip(upper, lower, strict=True):
            style = Style(color=Color.from_rgb(*_glow(above)), bgcolor=Color.from_rgb(*_glow(below)))
            text.append("▀", style=style)
        text.append("\n")
    return text


def _glow(level: float) -> tuple[float, float, float]:
    """Return a colour from black over violet and orange to white."""
    import numpy as np

    knots = np.linspace(0, 1, 5)
    red, green, blue = ((0, 87, 196, 249, 255), (0, 16, 60, 160, 255), (0, 110, 78, 20, 210))
    return (
        float(np.interp(level, knots, red)),
        float(np.interp(level, knots, green)),
        float(np.interp(level, knots, blue)),
    )


def _play(console: Console, path: Path) -> None:
    """Play a file to its end or to Ctrl-C, with a program that is there."""
    player = next((found for found in _PLAYERS if shutil.which(found[0])), None)
    if player is None:
        names = ", ".join(found[0] for found in _PLAYERS)
        console.print(f"Nothing to play it with: none of {names} is installed.", markup=False)
        return
    import soundfile

    from reprise.audio import load_audio

    audio = load_audio(path)
    with TemporaryDirectory(prefix="reprise-demo-") as folder:
        wav = Path(folder) / "song.wav"
        soundfile.write(wav, audio.y.T, audio.sample_rate)
        console.print(f"Playing with {player[0]}; Ctrl-C stops it.", markup=False)
        try:
            done = subprocess.run([*player, str(wav)], stdin=subprocess.DEVNULL, check=False)
        except KeyboardInterrupt:
            return
    if done.returncode:
        print(f"{player[0]} could not play it", file=sys.stderr)


def _write_png(song: Song, image: npt.NDArray[np.uint8], guesses: Sequence[Guess], path: Path) -> None:
    from reprise.training.unheard import draw_picture

    path.parent.mkdir(parents=True, exist_ok=True)
    draw_picture(song, image, guesses).savefig(path, format="png", dpi=_CANVAS_DPI)
