"""Choose the songs of a data set that are fit for training, rule by rule, and say what each rule removed.

Nothing is deleted: the songs that stay become a named selection in the store, with the settings and the report.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

from reprise.datasets.songs import Songs, load_songs
from reprise.datasets.store import Store
from reprise.errors import DatasetError, ParameterError
from reprise.targets import SPOTIFY_FEATURES, TARGETS

__all__ = ["Cleaning", "Report", "Step", "clean", "clean_songs"]

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Cleaning:
    """The choices; ``None``, ``False`` or 0 switches a rule off. They are applied in this order.

    Attributes
    ----------
    complete : bool
        Remove songs without all twelve features.
    in_range : bool
        Remove songs with a feature outside the range that `reprise.targets` gives it, a tempo of 0 apart.
    durations_s : (float, float) or None
        The shortest and the longest song; songs of unknown duration stay.
    tempos_bpm : (float, float) or None
        The slowest and the fastest song; Spotify writes 0 where it found no tempo, and that is outside.
    same_isrc, same_title, same_audio : bool
        Of songs with one recording code, with one artist and title (see `reprise.datasets.songs`), or with
        the same audio, keep the one that is most complete, then the most popular. The same audio is one and
        the same preview file and, where `reprise.datasets.same_audio` has looked, one recording in several.
    max_overlap : float or None
        Of two genres that share more than this part of the smaller one's songs, the smaller one is dropped
        from all songs; 0..1.
    several_genres : {"keep", "rarest", "drop"}
        Songs in several genres: leave them so, leave them in the rarest one, or remove them.
    min_per_genre : int
        Drop genres with fewer songs.
    balance : int or None
        At most so many songs a genre, drawn at random; 0 means as many as the smallest genre has.
    seed : int
        Of that draw.
    """

    complete: bool = True
    in_range: bool = True
    durations_s: tuple[float, float] | None = (30.0, 900.0)
    tempos_bpm: tuple[float, float] | None = (30.0, 300.0)
    same_isrc: bool = True
    same_title: bool = True
    same_audio: bool = True
    max_overlap: float | None = None
    several_genres: Literal["keep", "rarest", "drop"] = "keep"
    min_per_genre: int = 0
    balance: int | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("durations_s", "tempos_bpm"):
            bounds = getattr(self, name)
            if bounds is not None and not bounds[0] <= bounds[1]:
                raise ParameterError(f"{name} must be a lower and an upper bound, not {bounds}")
        if self.max_overlap is not None and not 0 <= self.max_overlap <= 1:
            raise ParameterError(f"max_overlap must be within 0..1, not {self.max_overlap}")
        if self.several_genres not in ("keep", "rarest", "drop"):
            raise ParameterError(f"several_genres must be keep, rarest or drop, not {self.several_genres!r}")
        if self.min_per_genre < 0 or (self.balance or 0) < 0:
            raise ParameterError("min_per_genre and balance must not be negative")
        if self.balance is not None and self.several_genres == "keep":
            raise ParameterError("balance needs several_genres to be rarest or drop: one genre a song")


@dataclass(frozen=True, kw_only=True)
class Step:
    """What one rule did: songs before it, songs it removed, and counts that say why."""

    rule: str
    before: int
    removed: int
    details: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Report:
    """What every rule that was switched on did, in order."""

    steps: tuple[Step, ...]
    kept: int

    def __str__(self) -> str:
        lines = []
        for step in self.steps:
            most = sorted(step.details.items(), key=lambda item: (-item[1], item[0]))
            shown = ", ".join(f"{name} {n}" for name, n in most[:6]) + (", ..." if len(most) > 6 else "")
            lines.append(
                f"{step.before:9d}  {-step.removed:9d}  {step.rule}" + (f": {shown}" if shown else "")
            )
        return "\n".join([*lines, f"{self.kept:9d}             kept"])


@dataclass(frozen=True, kw_only=True)
class _Verdict:
    """What a rule says: who stays, counts, and other genres if it changes them."""

    kept: Mask
    details: Mapping[str, int] = field(default_factory=dict)
    genres: tuple[tuple[str, ...], ...] | None = None


_Rule = Callable[[Songs, Cleaning], _Verdict]


def clean(store: Store, settings: Cleaning, *, name: str = "clean") -> Report:
    """Apply the rules to all songs of a store, and write those that stay as a selection of that name.

    Parameters
    ----------
    store : Store
        Its songs stay as they are; an earlier selection of the name is replaced.
    settings : Cleaning
    name : str

    Returns
    -------
    Report

    Raises
    ------
    DatasetError
        If no song is left; an earlier selection then stays.
    """
    songs, report = clean_songs(load_songs(store), settings)
    if not len(songs):
        raise DatasetError(f"no song passes the rules:\n{report}")
    run_id = store.begin_run("clean", {"selection": name, **asdict(settings)})
    with store.transaction():
        store.write("DELETE FROM selections WHERE name = ?", [(name,)])
        store.write(
            "INSERT INTO selections (name, settings, report, run_id) VALUES (?, ?, ?, ?)",
            [(name, json.dumps(asdict(settings)), json.dumps(asdict(report)), run_id)],
        )
        selection_id = store.count("SELECT id FROM selections WHERE name = ?", (name,))
        rows = zip(songs.track_ids.tolist(), map(json.dumps, songs.genres), strict=True)
        store.write(
            "INSERT INTO selected (selection_id, track_id, genres) VALUES (?, ?, ?)",
            ((selection_id, *row) for row in rows),
        )
    store.end_run(run_id, "finished", f"{report.kept} songs kept")
    return report


def clean_songs(songs: Songs, settings: Cleaning) -> tuple[Songs, Report]:
    """Apply the rules to songs in memory; return those that stay, and the report."""
    steps = []
    for name, rule in _rules(settings):
        verdict = rule(songs, settings)
        before = len(songs)
        if verdict.genres is not None:
            songs = songs.with_genres(verdict.genres)
        songs = songs.take(verdict.kept)
        steps.append(Step(rule=name, before=before, removed=before - len(songs), details=verdict.details))
    return songs, Report(steps=tuple(steps), kept=len(songs))


def _rules(settings: Cleaning) -> Iterator[tuple[str, _Rule]]:
    genre_rules = (
        settings.max_overlap is not None
        or settings.several_genres != "keep"
        or settings.min_per_genre > 0
        or settings.balance is not None
    )
    table: tuple[tuple[str, _Rule, bool], ...] = (
        ("a feature is missing", _complete, settings.complete),
        ("a feature is out of its range", _in_range, settings.in_range),
        ("duration is an outlier", _duration, settings.durations_s is not None),
        ("tempo is an outlier", _tempo, settings.tempos_bpm is not None),
        ("same recording code", _same_isrc, settings.same_isrc),
        ("same artist and title", _same_title, settings.same_title),
        ("same audio", _same_audio, settings.same_audio),
        ("no genre", _has_genre, genre_rules),
        ("genre overlaps with a larger one", _overlap, settings.max_overlap is not None),
        ("in several genres", _several, settings.several_genres != "keep"),
        ("genre is rare", _rare, settings.min_per_genre > 0),
        ("more than the balanced number", _balance, settings.balance is not None),
    )
    return ((name, rule) for name, rule, is_on in table if is_on)


def _complete(songs: Songs, _: Cleaning) -> _Verdict:
    missing = np.isnan(songs.features)
    return _Verdict(kept=np.asarray(~missing.any(axis=1), bool), details=_by_feature(missing))


def _in_range(songs: Songs, _: Cleaning) -> _Verdict:
    low, high = np.array([(t.low, t.high) for t in TARGETS]).T
    # Spotify's loudness passes 0 dB for some masters, its metre may be 0 or 1, and 0 bpm is "no tempo".
    high[SPOTIFY_FEATURES.index("loudness")] = 5.0
    low[SPOTIFY_FEATURES.index("time_signature")] = 0
    low[SPOTIFY_FEATURES.index("tempo")] = 0
    outside = (songs.features < low) | (songs.features > high)
    return _Verdict(kept=~outside.any(axis=1), details=_by_feature(outside))


def _by_feature(bad: Mask) -> dict[str, int]:
    return {name: int(n) for name, n in zip(SPOTIFY_FEATURES, bad.sum(axis=0), strict=True) if n}


def _duration(songs: Songs, settings: Cleaning) -> _Verdict:
    return _within(songs.durations_s, settings.durations_s, "s")


def _tempo(songs: Songs, settings: Cleaning) -> _Verdict:
    return _within(songs.features[:, SPOTIFY_FEATURES.index("tempo")], settings.tempos_bpm, "bpm")


def _within(values: npt.NDArray[np.float64], bounds: tuple[float, float] | None, unit: str) -> _Verdict:
    assert bounds is not None
    below: Mask = values < bounds[0]
    above: Mask = values > bounds[1]
    counts = {
        f"below {bounds[0]:g} {unit}": int(below.sum()),
        f"above {bounds[1]:g} {unit}": int(above.sum()),
    }
    return _Verdict(kept=~(below | above), details={name: n for name, n in counts.items() if n})


def _same_isrc(songs: Songs, _: Cleaning) -> _Verdict:
    return _one_each(songs, songs.isrcs)


def _same_title(songs: Songs, _: Cleaning) -> _Verdict:
    pairs = zip(songs.artists, songs.titles, strict=True)
    return _one_each(songs, [((who[0], title),) if who and title else () for who, title in pairs])


def _same_audio(songs: Songs, _: Cleaning) -> _Verdict:
    file = _one_each(songs, songs.audio).kept
    # Recordings are named catalogue:ref, files by their hashes: no key is both.
    either = _one_each(songs, [(*f, *r) for f, r in zip(songs.audio, songs.recordings, strict=True)]).kept
    counts = {
        "the same file": int((~file).sum()),
        "another file of the recording": int((file & ~either).sum()),
    }
    return _Verdict(kept=either, details={name: n for name, n in counts.items() if n})


def _one_each(songs: Songs, keys: tuple[tuple[str, ...], ...] | list[tuple[Hashable, ...]]) -> _Verdict:
    """Keep a song if none of its keys was taken by a better one."""
    known = (~np.isnan(songs.features)).sum(axis=1)
    best_first = np.lexsort((songs.track_ids, -np.nan_to_num(songs.popularity), -known))
    taken: set[Hashable] = set()
    kept = np.ones(len(songs), bool)
    for row in best_first.tolist():
        kept[row] = taken.isdisjoint(keys[row])
        taken.update(keys[row])
    return _Verdict(kept=kept)


def _has_genre(songs: Songs, _: Cleaning) -> _Verdict:
    return _Verdict(kept=np.array([bool(genres) for genres in songs.genres], bool))


def _overlap(songs: Songs, settings: Cleaning) -> _Verdict:
    sizes = _sizes(songs)
    shared: dict[str, Counter[str]] = defaultdict(Counter)
    for genres in songs.genres:
        for genre in genres:
            shared[genre].update(other for other in genres if other != genre)
    dropped: dict[str, int] = {}
    for genre in sorted(sizes, key=lambda name: (sizes[name], name)):
        for other, n in sorted(shared[genre].items()):
            is_larger = (sizes[other], other) > (sizes[genre], genre)
            if is_larger and other not in dropped and n > (settings.max_overlap or 0) * sizes[genre]:
                dropped[genre] = sizes[genre]
    return _without(songs, dropped)


def _several(songs: Songs, settings: Cleaning) -> _Verdict:
    several = np.array([len(genres) > 1 for genres in songs.genres], bool)
    if settings.several_genres == "drop":
        return _Verdict(kept=~several)
    sizes = _sizes(songs)
    rarest = tuple((min(genres, key=lambda name: (sizes[name], name)),) for genres in songs.genres)
    return _Verdict(
        kept=np.ones(len(songs), bool), genres=rarest, details={"left in the rarest": int(several.sum())}
    )


def _rare(songs: Songs, settings: Cleaning) -> _Verdict:
    return _without(songs, {name: n for name, n in _sizes(songs).items() if n < settings.min_per_genre})


def _without(songs: Songs, dropped: Mapping[str, int]) -> _Verdict:
    """Take genres from all songs, and remove the songs that have none left."""
    genres = tuple(tuple(name for name in names if name not in dropped) for names in songs.genres)
    return _Verdict(kept=np.array([bool(names) for names in genres], bool), genres=genres, details=dropped)


def _balance(songs: Songs, settings: Cleaning) -> _Verdict:
    rows: dict[str, list[int]] = defaultdict(list)
    for row, (genre,) in enumerate(songs.genres):
        rows[genre].append(row)
    most = settings.balance or min(map(len, rows.values()), default=0)
    rng = np.random.default_rng(settings.seed)
    kept = np.zeros(len(songs), bool)
    for genre in sorted(rows):
        kept[rng.permutation(rows[genre])[:most]] = True
    return _Verdict(kept=kept, details={name: len(r) - most for name, r in rows.items() if len(r) > most})


def _sizes(songs: Songs) -> Counter[str]:
    return Counter(genre for genres in songs.genres for genre in genres)
