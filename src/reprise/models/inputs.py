"""What the trained models are given: one vector for each group of features."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from reprise.features.extract import Features
from reprise.records import FloatArray, Loudness, Rhythm, Tonality

__all__ = ["EMBEDDING", "input_groups", "measured_names"]

EMBEDDING = 500
"""Length of the embedding: 50 tags and 200 penultimate values of either network, averaged over the patches."""

# Stands for a value that is null, such as the loudness of a file too quiet to pass the gate.
_ABSENT_LUFS = -70.0
_ABSENT_TEMPO_BPM = 60.0
# Below this a tag's score is noise, and its logarithm would make much of it.
_SMALLEST_SCORE = 1e-3


def input_groups(features: Features, rhythm: Rhythm, tonality: Tonality) -> dict[str, FloatArray]:
    """Arrange everything known about a file by group.

    Parameters
    ----------
    features : Features
    rhythm : Rhythm
    tonality : Tonality

    Returns
    -------
    dict of str to float32 array
        ``embedding`` (500,), ``pooled`` (the layer before the embedding), ``tag_logits`` (100,), ``mel`` (192,),
        ``short_term`` (69,) and ``measured``, whose values are named by `measured_names`. All values are finite.
    """
    heard = features.musicnn
    embedding = [heard.msd_tags, heard.msd_penultimate, heard.mtt_tags, heard.mtt_penultimate]
    pooled = [heard.msd_pooled, heard.mtt_pooled]
    measured = _measured(features.loudness, rhythm, tonality)
    scores = np.concatenate([heard.msd_tags, heard.mtt_tags], axis=1).mean(axis=0)
    groups = {
        "embedding": np.concatenate([part.mean(axis=0) for part in embedding]),
        "pooled": np.concatenate([part.mean(axis=0) for part in pooled]),
        "tag_logits": np.log((scores + _SMALLEST_SCORE) / (1 - scores + _SMALLEST_SCORE)),
        "mel": np.concatenate([features.mel_mean, features.mel_std]),
        "short_term": features.short_term.values,
        "measured": np.array(list(measured.values())),
    }
    # To float32 first: what is too large for it becomes infinite, and then finite.
    with np.errstate(over="ignore"):
        return {name: np.nan_to_num(values.astype(np.float32)) for name, values in groups.items()}


def measured_names(rhythm: Rhythm, tonality: Tonality) -> tuple[str, ...]:
    """Name the values of the group ``measured``, in order."""
    silent = Loudness(integrated_lufs=None, range_lu=None, true_peak_db=None, overall_db=None)
    return tuple(_measured(silent, rhythm, tonality))


def _measured(loudness: Loudness, rhythm: Rhythm, tonality: Tonality) -> Mapping[str, float]:
    def known(value: float | None, otherwise: float) -> float:
        return otherwise if value is None else value

    return {
        "loudness_lufs": known(loudness.integrated_lufs, _ABSENT_LUFS),
        "loudness_range_lu": known(loudness.range_lu, 0.0),
        "peak_to_loudness_lu": known(loudness.true_peak_db, 0.0)
        - known(loudness.integrated_lufs, _ABSENT_LUFS),
        "log2_tempo": float(np.log2(known(rhythm.tempo_bpm, _ABSENT_TEMPO_BPM))),
        "tempo_confidence": rhythm.tempo_confidence,
        "time_signature_confidence": rhythm.time_signature_confidence,
        "key_confidence": tonality.key_confidence,
        "major": 0.5 if tonality.mode is None else float(tonality.mode),
        **{f"rhythm_{name}": value for name, value in rhythm.descriptors.items()},
        **{f"tonality_{name}": value for name, value in tonality.descriptors.items()},
    }
