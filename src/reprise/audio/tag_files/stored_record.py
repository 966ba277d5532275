"""A whole analysis in one field of text, small enough for a tag, and read back as a stranger's word."""

from __future__ import annotations

import base64
import binascii
import json
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np

from reprise.audio.tag_files.file_bytes import Fields
from reprise.audio.tag_files.record_shape import EVENTS, checked_record, exact_object, integer, text
from reprise.errors import ParameterError

__all__ = ["RECORD_FIELD", "StoredRecord", "packed_record", "read_reprise_record"]

RECORD_FIELD = "REPRISE_RECORD"

_FORMAT = 1
_MAX_PACKED_CHARACTERS = 1 << 18
_MAX_JSON_BYTES = 1 << 20
_HASH = re.compile(r"[0-9a-f]{32}")
_LEFT_OUT = ("path", "title", "artist")
"""What the file itself says, better than a copy of it."""

_ENVELOPE = exact_object(
    {"format": integer(_FORMAT, _FORMAT), "audio": text(32), "version": text(300), "record": checked_record}
)


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredRecord:
    """An analysis that was found in a file's tags. Anybody can have written it.

    Attributes
    ----------
    record : dict
        The shape of `TrackAnalysis.to_dict` without path, title and artist; all values are in range.
    audio_hash : str
        That of the audio it was made from: if `audio_hash` gives another, the record is not about this file.
    version : str
        What made it.
    """

    record: dict[str, Any]
    audio_hash: str
    version: str


def packed_record(record: Mapping[str, Any], version: str, audio_hash: str) -> str:
    """Pack an analysis into one text.

    Parameters
    ----------
    record : mapping
        What `TrackAnalysis.to_dict` returns.
    version : str
        What made it.
    audio_hash : str
        Of the audio that it is about.

    Returns
    -------
    str
        Base64 of zlib of JSON. Numbers keep six digits, the embedding keeps half precision. Events and waveform
        are left out where they do not fit, or `detail` holds more than events and sections.

    Raises
    ------
    ParameterError
        If the record is none that `read_reprise_record` would accept.
    """
    packed = {name: value for name, value in record.items() if name not in _LEFT_OUT}
    detail, waveform = packed.pop("detail", None), packed.pop("waveform", None)
    optional: dict[str, Any] = {}
    try:
        if "embedding" in packed:
            packed["embedding"] = _base64(np.asarray(packed["embedding"], "<f2"))
        if detail is not None and detail.keys() <= {*EVENTS, "sections"}:
            optional["detail"] = {
                name: _steps(part) if name in EVENTS else part for name, part in detail.items()
            }
        if waveform is not None:
            rows = {name: _base64(np.asarray(waveform[name], np.int8)) for name in ("low", "high", "rms")}
            optional["waveform"] = {**waveform, **rows}
        envelope = {"format": _FORMAT, "audio": audio_hash, "version": version}
        for extra in (optional, {}):
            text_of_all = _packed({**envelope, "record": {**packed, **extra}})
            if _unpacked(text_of_all):
                return text_of_all
    except (TypeError, ValueError, KeyError, AttributeError, OverflowError) as error:
        raise ParameterError(f"the record cannot be packed into a tag: {error}") from error
    raise ParameterError("the record cannot be packed into a tag: a value in it is missing or out of range")


def read_reprise_record(fields: Fields) -> StoredRecord | None:
    """Find an analysis among a file's tags.

    Parameters
    ----------
    fields : mapping of str to tuple of str
        What `read_fields` returned.

    Returns
    -------
    StoredRecord or None
        ``None`` where there is none, or anything about it is not as it should be: its size before or after
        unpacking, a number that is out of range or not finite, a key too much or too few.
    """
    values = fields.get(RECORD_FIELD, ())
    return _unpacked(values[0]) if len(values) == 1 else None


def _unpacked(packed: str) -> StoredRecord | None:
    try:
        envelope = _ENVELOPE(_json(packed))
    except (ValueError, RecursionError, zlib.error, binascii.Error):
        return None
    if not _HASH.fullmatch(envelope["audio"]):
        return None
    return StoredRecord(record=envelope["record"], audio_hash=envelope["audio"], version=envelope["version"])


def _json(packed: str) -> Any:
    if len(packed) > _MAX_PACKED_CHARACTERS:
        raise ValueError("the record is too long")
    unpacker = zlib.decompressobj()
    data = unpacker.decompress(base64.b64decode(packed, validate=True), _MAX_JSON_BYTES)
    if not unpacker.eof or unpacker.unused_data:
        raise ValueError("the record is too long unpacked, or cut off")
    return json.loads(data, parse_constant=_refused)


def _refused(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number")


def _packed(envelope: dict[str, Any]) -> str:
    data = json.dumps(_rounded(envelope), separators=(",", ":"), allow_nan=False).encode()
    return base64.b64encode(zlib.compress(data, 9)).decode("ascii")


def _rounded(value: Any) -> Any:
    """Keep six digits of every number in a nested structure."""
    if isinstance(value, float):
        return float(f"{value:.6g}")
    if isinstance(value, Mapping):
        return {name: _rounded(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_rounded(inner) for inner in value]
    return value


def _steps(times: list[float]) -> list[int]:
    return [int(step) for step in np.diff(np.rint(1000 * np.asarray(times, float)), prepend=0)]


def _base64(numbers: Any) -> str:
    return base64.b64encode(numbers.tobytes()).decode("ascii")
