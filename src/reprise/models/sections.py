"""The form of a song: where its sections begin, and which of them are the same."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from reprise.audio.loudness import HOPS_PER_SECOND, overall_loudness_db
from reprise.features.chroma import BINS_PER_OCTAVE, Chromagram
from reprise.features.chroma import FRAME_RATE_HZ as CHROMA_RATE_HZ
from reprise.features.onset import FRAME_RATE_HZ as ONSET_RATE_HZ
from reprise.features.onset import OnsetStrength
from reprise.models.tonality import semitone_kernel
from reprise.records import FloatArray, Rhythm, Section

__all__ = ["Sound", "estimate_sections", "find_boundaries", "hear_cells", "label_sections"]

_Edges = npt.NDArray[np.float64]
_Indices = npt.NDArray[np.intp]

# What a cell is where there is no pulse, and the most cells that are looked at: longer files have longer cells.
_CELL_S = 0.5
_MOST_CELLS = 1200
# Of the ranges of `Chromagram`, bass to high, in the harmony of a cell.
_RANGE_WEIGHTS = np.array([0.5, 1.0, 0.3], np.float32)
# Each cell is compared together with so many on either side of it.
_CONTEXT = 1
_SOUND_WEIGHT = 0.75
# A cell is like those of its section up to this far away; beyond, harmony has moved on.
_REACH = 64
# Sections last at most so many cells (at a beat of 0.5 s: 80 s), and at least so many.
_LONGEST, _SHORTEST = 160, 8
# What a section costs in similarity, and what one of an unusual length costs more. A bar is four cells at most.
_COST = 0.75
_UNUSUAL = 0.5
# A boundary is moved by at most so many cells to where the sound of so many cells changes most.
_BLUR, _SHARP_CELLS = 2, 8
# Sections whose similarity is above this are the same; the order of harmonies counts three times as much as sound.
_SAME = 0.55
_LABEL_SOUND_WEIGHT = 0.25
_LABEL_SHIFT = 4
# Probability that a boundary is right to a second, logistic in the contrast of what is before and after it; fitted on
# the composed songs 0 to 31.
_CONTRAST_CELLS = 16
_CONFIDENCE_SLOPE, _CONFIDENCE_MIDDLE = 3.5, 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Sound:
    """What is heard in each of ``n`` cells: beats, or half seconds where there are none.

    Attributes
    ----------
    edges_s : float64 array, shape (n + 1,)
        Ascending; from 0 to the end of the recording.
    timbre : float32 array, shape (n, 26)
        Mean level of the bands of `OnsetStrength`.
    chroma : float32 array, shape (n, 12)
        Mean strength of the pitch classes.
    per_bar : int
        Cells in a bar; 4 where bars are not known.
    """

    edges_s: _Edges
    timbre: FloatArray
    chroma: FloatArray
    per_bar: int


def estimate_sections(
    sound: Sound, *, duration_s: float, hop_powers: FloatArray | None = None
) -> tuple[Section, ...]:
    """Divide a recording into sections.

    Parameters
    ----------
    sound : Sound
        From `hear_cells`.
    duration_s : float
        Length of the recording.
    hop_powers : float32 array, shape (t,), optional
        From `reprise.audio.loudness.LoudnessMeter.hop_powers`, for the loudness of each section.

    Returns
    -------
    tuple of Section
        They tile the recording: the first begins at 0, each begins where the one before ends, the last ends at
        ``duration_s``. There is at least one.
    """
    timbre, harmony = _vectors(sound.timbre), _vectors(np.sqrt(sound.chroma))
    S_timbre, S_harmony = timbre @ timbre.T, harmony @ harmony.T
    bounds = find_boundaries(_SOUND_WEIGHT * S_timbre + (1 - _SOUND_WEIGHT) * S_harmony, sound.per_bar)
    bounds = _sharpen(sound.timbre, bounds)
    labels = label_sections(S_timbre, S_harmony, bounds)
    confidences = _confidences(S_timbre, bounds)
    starts_s = [0.0, *(float(round(sound.edges_s[i], 3)) for i in bounds[1:-1])]
    ends_s = [*starts_s[1:], round(duration_s, 3)]
    return tuple(
        Section(
            start_s=start_s,
            duration_s=round(end_s - start_s, 3),
            confidence=round(confidence, 3),
            label=label,
            loudness_db=_loudness_db(hop_powers, start_s, end_s),
        )
        for start_s, end_s, confidence, label in zip(starts_s, ends_s, confidences, labels, strict=True)
    )


def hear_cells(onset: OnsetStrength, chroma: Chromagram, rhythm: Rhythm, tuning_cents: float) -> Sound:
    """Average what was extracted from a recording over its beats.

    Parameters
    ----------
    onset : OnsetStrength
    chroma : Chromagram
    rhythm : Rhythm
        Its beats are the cells, where there are any.
    tuning_cents : float
        Deviation from A4 = 440 Hz, -50..50.

    Returns
    -------
    Sound
    """
    edges_s = _edges(np.sort(rhythm.beats_s).astype(np.float64), onset.duration_s)
    salience = chroma.salience.reshape(-1, chroma.n_frames)
    levels = _averages(salience, edges_s * CHROMA_RATE_HZ).reshape(len(_RANGE_WEIGHTS), BINS_PER_OCTAVE, -1)
    folded = semitone_kernel(tuning_cents) @ np.tensordot(_RANGE_WEIGHTS, levels, axes=1)
    beats_per_bar = rhythm.beats_s.size / max(1, rhythm.downbeats_s.size)
    return Sound(
        edges_s=edges_s,
        timbre=_averages(onset.log_bands, edges_s * ONSET_RATE_HZ).T,
        chroma=folded.T,
        per_bar=3 if 2.5 <= beats_per_bar < 3.5 else 4,
    )


def find_boundaries(S: FloatArray, per_bar: int) -> list[int]:
    """Divide cells into stretches that are alike within.

    The stretches that are chosen have, in sum, the highest similarity within; each one costs something, and more if
    its length is not the usual eight bars, or four, or at least an even number of them. Dynamic programming finds
    the best division of all.

    Parameters
    ----------
    S : float32 array, shape (n, n)
        Similarity of each two cells, at most 1, about 0 for cells that have nothing in common.
    per_bar : int
        Cells in a bar.

    Returns
    -------
    list of int
        The first cell of each section, ascending from 0, and ``n`` at the end.

    References
    ----------
    .. [1] Marmoret, A., Cohen, J. E. and Bimbot, F. "Barwise music structure analysis with the correlation
           block-matching segmentation algorithm." TISMIR 6(1), 2023.
    """
    n = len(S)
    longest = min(_LONGEST, n)
    sums = np.zeros((n + 1, n + 1))
    near = np.abs(np.subtract.outer(np.arange(n), np.arange(n))) <= _REACH
    sums[1:, 1:] = np.where(near, S, 0).cumsum(axis=0).cumsum(axis=1)
    diagonal = np.concatenate([[0.0], np.cumsum(np.diagonal(S))])
    lengths = np.arange(longest + 1)
    pairs = np.concatenate([[0], 2 * np.cumsum(np.minimum(lengths, _REACH))])[:-1]
    unusual = per_bar * _UNUSUAL * _unusual(lengths, per_bar)
    costs = np.where(lengths < _SHORTEST, np.inf, per_bar * _COST)
    best, before = np.full(n + 1, -np.inf), np.zeros(n + 1, np.intp)
    best[0] = 0.0
    for j in range(1, n + 1):
        i = np.arange(max(0, j - longest), j)
        length = j - i
        within = sums[j, j] - sums[i, j] - sums[j, i] + sums[i, i] - (diagonal[j] - diagonal[i])
        value = best[i] + within * length / np.maximum(pairs[length], 1) - costs[length]
        # Silence and upbeats before the first bar and after the last one make these lengths odd.
        value -= np.where((i > 0) & (j < n), unusual[length], 0)
        k = int(np.argmax(value))
        best[j], before[j] = value[k], i[k]
    if not np.isfinite(best[n]):
        return [0, n]
    bounds = [n]
    while bounds[-1] > 0:
        bounds.append(int(before[bounds[-1]]))
    return bounds[::-1]


def label_sections(S_timbre: FloatArray, S_harmony: FloatArray, bounds: list[int]) -> list[str]:
    """Give sections that are alike the same letter.

    Two sections are alike if they sound alike on average and if the same harmonies come in the same order.

    Parameters
    ----------
    S_timbre, S_harmony : float32 arrays, shape (n, n)
        Similarity of each two cells.
    bounds : list of int
        From `find_boundaries`.

    Returns
    -------
    list of str
        ``"A"`` for the first section and all like it, then ``"B"`` and so on; after ``"Z"`` comes ``"AA"``.
    """
    stretches = [slice(*ends) for ends in pairwise(bounds)]
    m = len(stretches)
    if m == 1:
        return ["A"]
    blocks = np.array([[S_timbre[a, b].mean() for b in stretches] for a in stretches])
    own = np.sqrt(np.maximum(np.diagonal(blocks), 1e-6))
    alike = _LABEL_SOUND_WEIGHT * blocks / np.outer(own, own)
    for a in range(m):
        for b in range(a):
            harmony = _same_order(S_harmony[stretches[a], stretches[b]])
            alike[a, b] += (1 - _LABEL_SOUND_WEIGHT) * harmony
            alike[b, a] = alike[a, b]
    distances = np.maximum(1 - alike, 0)
    np.fill_diagonal(distances, 0)
    groups = fcluster(linkage(squareform(distances, checks=False), "average"), 1 - _SAME, "distance")
    letters = {group: _letters(i) for i, group in enumerate(dict.fromkeys(groups.tolist()))}
    return [letters[group] for group in groups.tolist()]


def _edges(beats_s: _Edges, duration_s: float) -> _Edges:
    """Return the edges of the cells: the beats, gone on with to both ends, or every so many of them."""
    if beats_s.size >= 4:
        step = float(np.median(np.diff(beats_s)))
        head = np.arange(beats_s[0] - step, -step / 4, -step)[::-1]
        tail = np.arange(beats_s[-1] + step, duration_s - step / 2, step)
        inner = np.concatenate([head, beats_s, tail])
    else:
        inner = np.arange(0, duration_s - _CELL_S / 2, _CELL_S)
    inner = inner[(inner > 0.05) & (inner < duration_s - 0.05)]
    inner = inner[:: max(1, -(-inner.size // _MOST_CELLS))]
    return np.concatenate([[0.0], inner, [duration_s]])


def _averages(X: npt.NDArray[np.floating], edges: _Edges) -> FloatArray:
    """Average the columns between edges, shape (rows, cells)."""
    n = X.shape[1]
    at = np.clip(np.round(edges).astype(np.intp), 0, n - 1)
    counts = np.maximum(np.diff(np.append(at[:-1], n)), 1)
    return np.asarray(np.add.reduceat(X, at[:-1], axis=1, dtype=np.float32) / counts, np.float32)


def _vectors(X: FloatArray) -> FloatArray:
    """Return a vector of length 1 for each cell with its neighbours, the mean of the recording taken off."""
    n = len(X)
    padded = np.pad(X - X.mean(axis=0), ((_CONTEXT, _CONTEXT), (0, 0)), mode="edge")
    together = np.concatenate([padded[i : i + n] for i in range(2 * _CONTEXT + 1)], axis=1)
    return np.asarray(together / (np.linalg.norm(together, axis=1, keepdims=True) + 1e-6), np.float32)


def _unusual(lengths: _Indices, per_bar: int) -> npt.NDArray[np.float64]:
    """Say how unusual it is, 0..1, that a section has so many cells."""
    fits = [lengths % (bars * per_bar) == 0 for bars in (8, 4, 2, 1)]
    return np.select(fits, [0.0, 0.2, 0.5, 0.7], 1.0)


def _sharpen(timbre: FloatArray, bounds: list[int]) -> list[int]:
    """Move each boundary by a few cells to where the sound changes most; its context has blurred it."""
    x = timbre - timbre.mean(axis=0)
    x /= np.linalg.norm(x, axis=1, keepdims=True) + np.float32(1e-6)
    n, sums = len(x), np.concatenate([np.zeros((1, x.shape[1])), np.cumsum(x, axis=0, dtype=np.float64)])
    sharp = bounds[:1]
    for at in bounds[1:-1]:
        near = np.arange(max(1, at - _BLUR), min(n - 1, at + _BLUR) + 1)
        low, high = np.maximum(near - _SHARP_CELLS, 0), np.minimum(near + _SHARP_CELLS, n)
        before = (sums[near] - sums[low]) / (near - low)[:, None]
        after = (sums[high] - sums[near]) / (high - near)[:, None]
        sharp.append(int(near[np.argmax(np.linalg.norm(after - before, axis=1))]))
    return [*sharp, n]


def _same_order(S: FloatArray) -> float:
    """Return the highest mean of a diagonal that is all but complete: the similarity of two sequences."""
    if S.shape[0] > S.shape[1]:
        S = S.T
    shorter, longer = S.shape
    shift = min(_LABEL_SHIFT, shorter // 4)
    return max(float(S.diagonal(offset).mean()) for offset in range(-shift, longer - shorter + shift + 1))


def _letters(number: int) -> str:
    return (_letters(number // 26 - 1) if number >= 26 else "") + chr(ord("A") + number % 26)


def _confidences(S: FloatArray, bounds: list[int]) -> list[float]:
    """Say how sure each section's start is; the first one starts where the recording does."""
    confidences = [1.0]
    for at in bounds[1:-1]:
        before, after = slice(max(0, at - _CONTRAST_CELLS), at), slice(at, at + _CONTRAST_CELLS)
        within = (S[before, before].mean() + S[after, after].mean()) / 2
        contrast = float(within - S[before, after].mean())
        confidences.append(1 / (1 + float(np.exp(-_CONFIDENCE_SLOPE * (contrast - _CONFIDENCE_MIDDLE)))))
    return confidences


def _loudness_db(hop_powers: FloatArray | None, start_s: float, end_s: float) -> float | None:
    if hop_powers is None:
        return None
    hops = hop_powers[round(start_s * HOPS_PER_SECOND) : round(end_s * HOPS_PER_SECOND)]
    loudness_db = overall_loudness_db(hops)
    return None if loudness_db is None else round(loudness_db, 3)
