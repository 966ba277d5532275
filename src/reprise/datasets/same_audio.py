"""Find clips that hold the same audio: another codec, another level, cut elsewhere, but one recording.

Two clips of one recording have many words of their fingerprints in common, all at one distance in time. An
inverted index finds such pairs without looking at all pairs, and the bits that differ over the whole overlap
decide.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from reprise.datasets.arrays import ArrayStore
from reprise.datasets.store import Store
from reprise.errors import DatasetError
from reprise.features.clip_sets import CLIP_SETS
from reprise.features.fingerprint import FRAME_S

__all__ = ["MAX_BIT_ERROR_RATE", "MIN_OVERLAP_S", "SamePair", "find_same_audio", "note_same_audio"]

MAX_BIT_ERROR_RATE = 0.35
"""Of the bits of an overlap; different recordings differ in half of them (docs/explanation/fingerprints.md)."""

MIN_OVERLAP_S = 5.0
"""The shortest overlap that is judged; silence does not count."""

_MIN_VOTES = 2
_NEIGHBOURS = 8
_PARTS = 16
_BITS_SET = np.array([bin(i).count("1") for i in range(1 << 16)], np.uint8)

Words = npt.NDArray[np.uint32]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class SamePair:
    """Two clips with the same audio.

    Attributes
    ----------
    first, second : int
        Rows of the clips, the smaller one first.
    offset_s : float
        Where the second clip begins on the first one's clock.
    overlap_s : float
        How much of both was compared.
    bit_error_rate : float
        The share of its bits that differ, 0..1.
    """

    first: int
    second: int
    offset_s: float
    overlap_s: float
    bit_error_rate: float


def find_same_audio(
    words: Words, *, max_bit_error_rate: float = MAX_BIT_ERROR_RATE, min_overlap_s: float = MIN_OVERLAP_S
) -> list[SamePair]:
    """Find the pairs of clips that hold the same audio, wherever they overlap.

    Of many copies not every pair is listed, but always enough to link all of them.

    Parameters
    ----------
    words : uint32 array, shape (n, t)
        Fingerprints; 0 is silence, or that there is no more of the clip.
    max_bit_error_rate : float
    min_overlap_s : float

    Returns
    -------
    list of SamePair
        Ordered by rows.

    Notes
    -----
    Time grows with ``n t log(n t)``. In memory there is, beside ``words``, some twice as much again.
    """
    pairs = (_judge(words, *candidate) for candidate in _candidates(words))
    return [
        pair
        for pair in pairs
        if pair.overlap_s >= min_overlap_s and pair.bit_error_rate <= max_bit_error_rate
    ]


def _candidates(words: Words) -> Iterator[tuple[int, int, int]]:
    """Yield rows and offset of pairs that share words at one offset, for each pair the offset with most."""
    n, length = words.shape
    span = 2 * length
    # A held chord is one meeting, not a hundred: only where a word begins.
    begins = (np.diff(words, axis=1, prepend=np.uint32(0)) != 0) & (words != 0)
    hits = np.concatenate([_hits(words, begins & (words >> 28 == part)) for part in range(_PARTS)])
    keys, votes = np.unique(hits, return_counts=True)
    keys, votes = keys[votes >= _MIN_VOTES], votes[votes >= _MIN_VOTES]
    pairs = keys // span
    order = np.lexsort((votes, pairs))
    is_best = np.append(np.diff(pairs[order]) != 0, True)[: len(order)]
    for key in keys[order[is_best]].tolist():
        pair, offset = divmod(key, span)
        yield *divmod(pair, n), offset - length


def _hits(words: Words, chosen_words: npt.NDArray[np.bool_]) -> Ints:
    """Let equal words of two clips meet: each time the pair and its offset, as one number."""
    n, length = words.shape
    chosen = np.flatnonzero(chosen_words)
    index = np.sort(words.ravel()[chosen].astype(np.uint64) << np.uint64(32) | chosen.astype(np.uint64))
    word, place = index >> np.uint64(32), (index & np.uint64(0xFFFFFFFF)).astype(np.int64)
    found = []
    # A word that many clips share meets its next neighbours only: they link all the copies of a recording, and
    # the words of no recording in particular cost no more than that.
    for step in range(1, _NEIGHBOURS + 1):
        same = np.flatnonzero(word[step:] == word[:-step])
        (first, t_first), (second, t_second) = (
            np.divmod(place[same], length), np.divmod(place[same + step], length),
        )  # fmt: skip
        keys = (first * n + second) * 2 * length + t_first - t_second + length
        found.append(keys[first != second])
    return np.concatenate(found)


def _judge(words: Words, first: int, second: int, offset: int) -> SamePair:
    """Compare two clips where they overlap."""
    a = words[first, max(0, offset) :]
    b = words[second, max(0, -offset) :]
    n = min(len(a), len(b))
    heard = (a[:n] != 0) & (b[:n] != 0)
    differing = (a[:n] ^ b[:n])[heard]
    n_heard = len(differing)
    return SamePair(
        first=first,
        second=second,
        offset_s=offset * FRAME_S,
        overlap_s=n_heard * FRAME_S,
        bit_error_rate=float(_BITS_SET[differing.view(np.uint16)].sum()) / (32 * n_heard) if n_heard else 1.0,
    )


def note_same_audio(store: Store, folder: Path) -> int:
    """Find the songs of a store whose previews hold the same audio, and write the pairs into it.

    What was written before is replaced. Cleaning keeps one song of each such group, and splitting keeps a
    group together.

    Parameters
    ----------
    store : Store
    folder : Path
        Fingerprints of its previews, as ``reprise dataset features --set fingerprint`` writes them.

    Returns
    -------
    int
        How many pairs there are.

    Raises
    ------
    DatasetError
        If the folder holds no fingerprints, or none of a song in the store.
    """
    ids, words = _load(store, ArrayStore(folder, CLIP_SETS["fingerprint"].definition), folder)
    run_id = store.begin_run("same_audio", {"fingerprints": str(folder), "clips": len(ids)})
    pairs = find_same_audio(words)
    with store.transaction():
        store.write("DELETE FROM same_audio", [()])
        store.write(
            "INSERT INTO same_audio (track_id, other_id, offset_s, overlap_s, bit_error_rate, run_id)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            ((ids[p.first], ids[p.second], p.offset_s, p.overlap_s, p.bit_error_rate, run_id) for p in pairs),
        )
    store.end_run(run_id, "finished", f"{len(pairs)} pairs among {len(ids)} clips")
    return len(pairs)


def _load(store: Store, arrays: ArrayStore, folder: Path) -> tuple[Sequence[int], Words]:
    known: dict[str, int] = dict(store.select("SELECT catalogue || ':' || ref, id FROM tracks"))
    found = sorted((known[clip], clip) for clip in arrays.ids() if clip in known)
    if not found:
        raise DatasetError(
            f"{folder}: holds no fingerprint of a song in {store.path};"
            " make them with reprise dataset features --set fingerprint"
        )
    return [track_id for track_id, _ in found], arrays.load([clip for _, clip in found])
