"""Recipes: what to train, on what, and how, in one TOML file that is checked before anything runs."""

from __future__ import annotations

import inspect
import tomllib
import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from reprise.errors import ConfigError, ParameterError, UnknownNameError
from reprise.models.architectures import Architecture, architecture
from reprise.registry import resolve
from reprise.training.sources import require_source

__all__ = ["DataSettings", "Recipe", "TrainingSettings", "list_recipes", "read_recipe", "recipe_names"]


def _at_least(low: float, default: Any) -> Any:
    return field(default=default, metadata={"low": low})


@dataclass(frozen=True, kw_only=True)
class DataSettings:
    """Where the examples come from.

    Attributes
    ----------
    source : str
        A name in `reprise.training.sources.SOURCES`.
    targets : tuple of str
        The features to predict, or the genres to tell apart; empty: all that the source has.
    folds : int
        Into how many parts the artists are dealt: the same for every recipe on a source.
    tested : int
        How many of these parts are held out in turn; as many as there are folds is cross-validation.
    limit : int
        Use so many examples at most; 0: all.
    path : str
        Of the user's own store, for the source that asks for one.
    selection, split : str
        What ``reprise dataset`` has made in that store.
    """

    source: str
    targets: tuple[str, ...] = ()
    folds: int = _at_least(3, 5)
    tested: int = _at_least(1, 5)
    limit: int = _at_least(0, 0)
    path: str = ""
    selection: str = ""
    split: str = ""

    def __post_init__(self) -> None:
        if self.tested > self.folds:
            raise ParameterError(f"tested is {self.tested}, but there are only {self.folds} folds")


@dataclass(frozen=True, kw_only=True)
class TrainingSettings:
    """How a network is trained; models that are no networks look at the seed alone.

    Attributes
    ----------
    epochs, batch_size : int
    learning_rate, weight_decay : float
    optimizer : {"adam", "adamw", "sgd"}
    loss : {"mse", "mae", "smooth_l1", "cross_entropy"}
    schedule : {"constant", "cosine", "one_cycle", "plateau"}
        Of the learning rate.
    patience : int
        Stop after so many epochs without a lower validation loss, and go back to the best; 0: never stop, keep the
        last.
    standardise : bool
        Whether inputs are brought to mean 0 and deviation 1 over the training rows, and features begin at the mean of
        their labels.
    augment : tuple of {"shift", "mask", "mixup", "noise"}
        What is done to inputs while training.
    clip_norm : float
        Largest norm of the gradients; 0: no limit.
    seed : int
    precision : {"32", "16-mixed", "bf16-mixed"}
    devices : int
        Processes that share the work (distributed data parallel).
    """

    epochs: int = _at_least(1, 50)
    batch_size: int = _at_least(1, 32)
    learning_rate: float = _at_least(0.0, 1e-3)
    weight_decay: float = _at_least(0.0, 0.0)
    optimizer: Literal["adam", "adamw", "sgd"] = "adam"
    loss: Literal["mse", "mae", "smooth_l1", "cross_entropy"] = "mse"
    schedule: Literal["constant", "cosine", "one_cycle", "plateau"] = "constant"
    patience: int = _at_least(0, 0)
    standardise: bool = True
    augment: tuple[Literal["shift", "mask", "mixup", "noise"], ...] = ()
    clip_norm: float = _at_least(0.0, 0.0)
    seed: int = _at_least(0, 0)
    precision: Literal["32", "16-mixed", "bf16-mixed"] = "32"
    devices: int = _at_least(1, 1)


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """One experiment.

    Attributes
    ----------
    name : str
        The file's name without ``.toml``; ``NAME.paper`` follows an earlier study to the letter.
    what : str
        One line for people.
    architecture : Architecture
    data : DataSettings
    options : mapping
        What is passed to the architecture's builder.
    training : TrainingSettings
    text : str
        The file as it is.
    """

    name: str
    what: str
    architecture: Architecture
    data: DataSettings
    options: Mapping[str, Any]
    training: TrainingSettings
    text: str


def recipe_names() -> tuple[str, ...]:
    """Return the names of the recipes that come with Reprise."""
    folder = resources.files("reprise").joinpath("recipes")
    return tuple(
        sorted(file.name[: -len(".toml")] for file in folder.iterdir() if file.name.endswith(".toml"))
    )


def list_recipes() -> dict[str, str]:
    """Return what each recipe that comes with Reprise says of itself, without loading what it would train."""
    folder = resources.files("reprise").joinpath("recipes")
    texts = {name: folder.joinpath(f"{name}.toml").read_text(encoding="utf-8") for name in recipe_names()}
    return {name: tomllib.loads(text)["what"] for name, text in texts.items()}


def read_recipe(name: str, changes: Mapping[str, Any] | None = None) -> Recipe:
    """Read a recipe and check every line of it.

    Parameters
    ----------
    name : str
        One of `recipe_names`, or the path of a TOML file.
    changes : mapping, optional
        Values to use instead of those in the file, such as ``{"training.epochs": 3}``.

    Returns
    -------
    Recipe

    Raises
    ------
    UnknownNameError
        If there is neither a recipe nor a file of that name.
    ConfigError
        If the file is no TOML, or a line of it cannot be: the text names the file, the line and what is allowed.
    """
    if name in recipe_names():
        source = resources.files("reprise").joinpath("recipes", f"{name}.toml")
        where, text = f"{name}.toml", source.read_text(encoding="utf-8")
    elif Path(name).suffix == ".toml":
        where = name
        try:
            text = Path(name).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"{name}: cannot be read: {error}") from error
    else:
        raise UnknownNameError("recipe", name, recipe_names())
    return _Reader(where, text).recipe(changes or {})


class _Reader:
    """Turns the text of one file into a recipe; every complaint names the line."""

    def __init__(self, where: str, text: str) -> None:
        self._where, self._text = where, text
        try:
            self._content = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise ConfigError(f"{where}: {error}") from error

    def recipe(self, changes: Mapping[str, Any]) -> Recipe:
        content = self._content_with(changes)
        for key in ("what", "model"):
            if not isinstance(content.get(key), str):
                self._fail("", key, "must be a text")
        kind = self._known("", "model", lambda: architecture(content["model"]))
        data = self._settings("data", DataSettings, content["data"])
        self._known("data", "source", lambda: require_source(data.source))
        training = self._settings("training", TrainingSettings, content["training"])
        if (kind.task == "genre") != (training.loss == "cross_entropy") and "loss" in content["training"]:
            self._fail("training", "loss", f"is not for {kind.name}, which predicts {kind.task}")
        return Recipe(
            name=Path(self._where).name.removesuffix(".toml"),
            what=content["what"],
            architecture=kind,
            data=data,
            options=self._options(kind, content["options"]),
            training=training,
            text=self._text,
        )

    def _content_with(self, changes: Mapping[str, Any]) -> dict[str, Any]:
        """Return the tables with changes put in, all of them there and none that is unknown."""
        content: dict[str, Any] = {name: {} for name in _SECTIONS} | self._content
        for name in _SECTIONS:
            if not isinstance(content[name], dict):
                self._fail("", name, "must be a table")
        for key, value in changes.items():
            section, _, name = key.rpartition(".")
            if section and section not in _SECTIONS:
                self._fail("", section, f"is unknown; allowed: {', '.join(_SECTIONS)}")
            if section:
                content[section] = {**content[section], name: value}
            else:
                content[name] = value
        for key in content:
            if key not in ("what", "model", *_SECTIONS):
                self._fail("", key, f"is unknown; allowed: {', '.join(('what', 'model', *_SECTIONS))}")
        return content

    def _known(self, section: str, key: str, look_up: Callable[[], Any]) -> Any:
        try:
            return look_up()
        except UnknownNameError as error:
            return self._fail(section, key, str(error))

    def _settings(self, section: str, cls: type[Any], table: Mapping[str, Any]) -> Any:
        hints, rows = get_type_hints(cls), {row.name: row for row in fields(cls)}
        values = {}
        for key, value in table.items():
            if key not in rows:
                self._fail(section, key, f"is unknown; allowed: {', '.join(rows)}")
            values[key] = self._value(section, key, value, hints[key])
            low = rows[key].metadata.get("low")
            if low is not None and not values[key] >= low:
                self._fail(section, key, f"is {value!r}; it must be at least {low:g}")
        for key, row in rows.items():
            if row.default is MISSING and key not in values:
                self._fail(section, key, "is missing")
        try:
            return cls(**values)
        except ParameterError as error:
            self._fail(section, str(error).split()[0], f"cannot be: {error}")

    def _options(self, kind: Architecture, table: Mapping[str, Any]) -> dict[str, Any]:
        if not table:
            return {}
        builder: Callable[..., Any] = resolve(kind.builder)
        named = [
            row.name
            for row in inspect.signature(builder).parameters.values()
            if row.kind is inspect.Parameter.KEYWORD_ONLY
        ]
        # Of a table of settings: what it inherits is annotated in another module.
        in_init = inspect.isclass(builder) and not is_dataclass(builder)
        hints = get_type_hints(builder.__init__ if in_init else builder)
        values = {}
        for key, value in table.items():
            if key not in named:
                self._fail(
                    "options", key, f"is unknown to {kind.name}; allowed: {', '.join(named) or 'none'}"
                )
            values[key] = self._value("options", key, value, hints[key])
        return values

    def _value(self, section: str, key: str, value: Any, hint: Any) -> Any:
        """Return the value as its annotation wants it, lists as tuples."""
        if get_origin(hint) in (Union, types.UnionType):
            (hint,) = (part for part in get_args(hint) if part is not type(None))
        if get_origin(hint) is tuple:
            if not isinstance(value, list | tuple):
                self._fail(section, key, f"is {value!r}; it must be a list")
            return tuple(self._value(section, key, part, get_args(hint)[0]) for part in value)
        if get_origin(hint) is Literal:
            if value not in get_args(hint):
                allowed = ", ".join(repr(choice) for choice in get_args(hint))
                self._fail(section, key, f"is {value!r}; allowed: {allowed}")
            return value
        if hint is float and type(value) is int:
            return float(value)
        if type(value) is not hint:
            self._fail(section, key, f"is {value!r}; it must be {_KINDS[hint]}")
        return value

    def _fail(self, section: str, key: str, what: str) -> Any:
        name = f"{section}.{key}" if section else key
        raise ConfigError(f"{self._where}, line {self._line(section, key)}: {name} {what}")

    def _line(self, section: str, key: str) -> int:
        """Where a key stands, or its table if it is absent, or the first line."""
        inside, of_table = "", 1
        for number, line in enumerate(self._text.splitlines(), start=1):
            bare = line.strip()
            if bare.startswith("["):
                inside = bare.strip("[] ")
                if not section and inside == key:
                    return number
                of_table = number if inside == section else of_table
            elif inside == section and bare.partition("=")[0].strip() == key:
                return number
        return of_table


_SECTIONS = ("data", "options", "training")
_KINDS = {int: "a whole number", float: "a number", str: "a text", bool: "true or false"}
