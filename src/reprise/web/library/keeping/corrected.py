"""What users corrected, as lines of an export: one for each recording, with what the models were given of it."""

from __future__ import annotations

import base64
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from reprise.models.feedback import Kinds
from reprise.models.fused_genre import FusedGenreModel
from reprise.models.heads import Heads
from reprise.training.feedback.correction import GENRE, Correction, HeardTrack, check_changes, check_name
from reprise.training.feedback.corrections import Corrections, default_store
from reprise.web.library.ids import ID_LENGTH
from reprise.web.library.keeping.fields import text_of
from reprise.web.library.models import Track

__all__ = ["corrected_lines", "take_corrected"]

_MOST_INPUT_BYTES = 256 << 10
_MOST_TRACKS = 1000
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z")
_FIELDS = ("at", "who", "what", "value", "genre", "said", "model")


def corrected_lines(using: str) -> Iterator[dict[str, Any]]:
    """Yield what is exported of every recording that was corrected; what was withdrawn or superseded is left out.

    Parameters
    ----------
    using : str
        The connection that tracks are read by.
    """
    if not default_store().exists():
        return
    with Corrections(default_store()) as store:
        for heard in store.heard():
            tracks = Track.objects.using(using).filter(heard_key=heard.key).order_by("pk")
            yield {
                "tracks": list(tracks.values_list("public_id", flat=True)[:_MOST_TRACKS]),
                "path": heard.path,
                "inputs": base64.b64encode(heard.inputs).decode("ascii"),
                "corrections": [{name: getattr(row, name) for name in _FIELDS} for row in heard.corrections],
            }


def take_corrected(lines: Iterable[Mapping[str, Any]]) -> int:
    """Take in what `corrected_lines` yields, all or nothing; return how many corrections that were.

    To be called within a transaction of the library's database.

    Raises
    ------
    ValueError, TypeError, KeyError, RepriseError
        If a line is not as it should be.
    """
    models = Heads.load(), FusedGenreModel.load(), Kinds.load()

    def read() -> Iterator[HeardTrack]:
        for line in lines:
            heard = _read(line, models)
            public_ids = line["tracks"]
            if not isinstance(public_ids, list) or len(public_ids) > _MOST_TRACKS:
                raise ValueError("tracks is no list of identifiers")
            ids = [each for each in public_ids if isinstance(each, str) and len(each) == ID_LENGTH]
            Track.objects.filter(public_id__in=ids, heard_key="").update(heard_key=heard.key)
            yield heard

    with Corrections(default_store()) as store:
        return store.take_in(read())


def _read(line: Mapping[str, Any], models: tuple[Heads, FusedGenreModel, Kinds]) -> HeardTrack:
    said = line["corrections"]
    if not isinstance(said, list) or not said:
        raise ValueError("corrections is no list of corrections")
    inputs = base64.b64decode(text_of(line, "inputs", 2 * _MOST_INPUT_BYTES), validate=True)
    _check_inputs(inputs, models)
    key, path = HeardTrack.key_of(inputs), text_of(line, "path", 1 << 16)
    rows = tuple(_correction(each, key, path, models[1].classes) for each in said)
    return HeardTrack(key=key, path=path, inputs=inputs, corrections=rows)


def _check_inputs(packed: bytes, models: tuple[Heads, FusedGenreModel, Kinds]) -> None:
    """Refuse what the models cannot be given: it would end every lesson that is learnt from then on."""
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as file:
            if sum(each.file_size for each in file.infolist()) > _MOST_INPUT_BYTES:
                raise ValueError("what was heard is too long")
        with np.load(io.BytesIO(packed), allow_pickle=False) as arrays:
            inputs = {name: arrays[name] for name in arrays.files}
        if not all(each.dtype == np.float32 and np.isfinite(each).all() for each in inputs.values()):
            raise ValueError("what was heard is no numbers")
        heads, genre, kinds = models
        values = [estimate.value for estimate in heads(inputs).values()]
        values += [each.score for each in genre(inputs)]
        shares = kinds.shares(inputs)
        if shares.ndim != 1 or not np.isfinite([*values, *shares.tolist()]).all():
            raise ValueError("what was heard cannot be")
    except (zipfile.BadZipFile, KeyError, ValueError, OSError, NotImplementedError) as error:
        raise ValueError(f"what was heard of a corrected track cannot be used: {error}") from error


def _correction(row: Any, key: str, path: str, genres: tuple[str, ...]) -> Correction:
    if not isinstance(row, dict) or set(row) != set(_FIELDS):
        raise ValueError("a correction is none")
    what, at, who = text_of(row, "what", 40), text_of(row, "at", 20), text_of(row, "who", 100)
    right = text_of(row, "genre", 100) if what == GENRE else row["value"]
    if check_changes({what: right}, genres) != {what: right} or check_name(who) != who:
        raise ValueError("a correction is not spelled as it is stored")
    if not _TIME.fullmatch(at):
        raise ValueError("a correction was made at no time")
    is_genre = what == GENRE
    return Correction(
        id=0, at=at, who=who, track=key, path=path, what=what, value=None if is_genre else float(right),
        genre=right if is_genre else None, said=text_of(row, "said", 200), model=text_of(row, "model", 200),
    )  # fmt: skip
