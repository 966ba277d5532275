"""What each section's own stretch of music says of tempo, metre and key."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from reprise.audio_analysis import AnalysedSection
from reprise.features.chroma import FRAME_RATE_HZ as CHROMA_RATE_HZ
from reprise.features.chroma import Chromagram
from reprise.features.onset import FRAME_RATE_HZ
from reprise.models.rhythm import FULL_EVIDENCE, LEAST_EVIDENCE, HeardRhythm
from reprise.models.rhythm_beats import track_beats
from reprise.models.rhythm_metre import Metre, divide_beats, find_metre
from reprise.models.rhythm_tempo import autocorrelation, estimate_tempo, local_periods, pulse_evidence
from reprise.models.tonality import estimate_tonality
from reprise.records import FloatArray, Section, TempoCandidate, Tonality

__all__ = ["analyse_sections"]

# In less than this a tempo cannot be told from its relatives; what the whole recording says stands, less sure.
_LEAST_S = 6.0
# Tempi this close (log) are the same; to be counted at another level takes this many times the probability.
_SAME_TEMPO = 0.1
_LOYALTY = 4.0
# In less than two seconds there is no harmony to judge.
_LEAST_HARMONY_S = 2.0


@dataclass(frozen=True, kw_only=True, slots=True)
class _Pulse:
    tempo_bpm: float | None
    tempo_confidence: float
    time_signature: int | None
    time_signature_confidence: float


_NO_PULSE = _Pulse(tempo_bpm=None, tempo_confidence=0.0, time_signature=None, time_signature_confidence=0.0)


def analyse_sections(
    sections: tuple[Section, ...],
    heard: HeardRhythm,
    chroma: Chromagram,
    tonality: Tonality,
    duration_s: float,
) -> tuple[AnalysedSection, ...]:
    """Estimate tempo, metre and key of each section from its own stretch.

    Parameters
    ----------
    sections : tuple of Section
        From `reprise.models.sections.estimate_sections`.
    heard : HeardRhythm
        Of the whole recording.
    chroma : Chromagram
        Of the whole recording.
    tonality : Tonality
        Of the whole recording; says what is in a stretch that is too short to have a key of its own.
    duration_s : float
        Where the last section ends.

    Returns
    -------
    tuple of AnalysedSection
        They tile 0..``duration_s``.
    """
    analysed = []
    edges_s = [*(section.start_s for section in sections), duration_s]
    for section, (start_s, stop_s) in zip(sections, pairwise(edges_s), strict=True):
        pulse = _local_pulse(heard, start_s, stop_s)
        key = _local_key(chroma, tonality, start_s, stop_s)
        analysed.append(
            AnalysedSection(
                start_s=start_s,
                duration_s=round(stop_s - start_s, 5),
                confidence=section.confidence,
                label=section.label,
                loudness_db=section.loudness_db,
                tempo_bpm=None if pulse.tempo_bpm is None else round(pulse.tempo_bpm, 3),
                tempo_confidence=round(pulse.tempo_confidence, 3),
                key=key.key,
                key_confidence=round(key.key_confidence, 3),
                mode=key.mode,
                mode_confidence=round(key.mode_confidence, 3),
                time_signature=pulse.time_signature,
                time_signature_confidence=round(pulse.time_signature_confidence, 3),
            )
        )
    return tuple(analysed)


def _local_key(chroma: Chromagram, whole: Tonality, start_s: float, stop_s: float) -> Tonality:
    frames = slice(round(start_s * CHROMA_RATE_HZ), round(stop_s * CHROMA_RATE_HZ))
    if stop_s - start_s < _LEAST_HARMONY_S or chroma.level_db[frames].size < 2:
        return replace(
            whole, key_confidence=whole.key_confidence / 2, mode_confidence=whole.mode_confidence / 2
        )
    return estimate_tonality(
        Chromagram(
            salience=chroma.salience[:, :, frames],
            level_db=chroma.level_db[frames],
            tonalness=chroma.tonalness[frames],
        )
    )


def _local_pulse(heard: HeardRhythm, start_s: float, stop_s: float) -> _Pulse:
    rhythm = heard.rhythm
    if rhythm.tempo_bpm is None:
        return _NO_PULSE
    frames = slice(round(start_s * FRAME_RATE_HZ), round(stop_s * FRAME_RATE_HZ))
    envelopes = heard.envelopes[:, frames]
    if stop_s - start_s < _LEAST_S or envelopes.shape[1] < 3:
        return _Pulse(
            tempo_bpm=rhythm.tempo_bpm,
            tempo_confidence=rhythm.tempo_confidence / 2,
            time_signature=rhythm.time_signature,
            time_signature_confidence=rhythm.time_signature_confidence / 2,
        )
    r = autocorrelation(envelopes)
    evidence = pulse_evidence(r, heard.activation.beats[frames])
    candidates = estimate_tempo(r, heard.activation.tempo) if evidence > LEAST_EVIDENCE else ()
    if not candidates:
        return _NO_PULSE
    tempo = _loyal(candidates, rhythm.tempo_bpm)
    metre = _local_metre(heard, frames, tempo, r)
    return _Pulse(
        tempo_bpm=tempo.bpm,
        tempo_confidence=tempo.confidence * min(1.0, evidence / FULL_EVIDENCE),
        time_signature=metre.time_signature,
        time_signature_confidence=metre.confidence,
    )


def _loyal(candidates: tuple[TempoCandidate, ...], whole_bpm: float) -> TempoCandidate:
    """Choose a tempo; the recording's own counts more: its beat does not change for what a drummer leaves out."""

    def score(candidate: TempoCandidate) -> float:
        is_same = abs(np.log(candidate.bpm / whole_bpm)) < _SAME_TEMPO
        return candidate.confidence * (_LOYALTY if is_same else 1.0)

    best = max(candidates, key=score)
    total = sum(map(score, candidates))
    return TempoCandidate(bpm=best.bpm, confidence=score(best) / total if total else 0.0)


def _local_metre(heard: HeardRhythm, frames: slice, tempo: TempoCandidate, r: FloatArray) -> Metre:
    envelopes = heard.envelopes[:, frames]
    whole_bpm = heard.rhythm.tempo_bpm or tempo.bpm
    if abs(np.log(tempo.bpm / whole_bpm)) < _SAME_TEMPO:
        beats = np.sort(heard.rhythm.beats_s) * np.float32(FRAME_RATE_HZ) - np.float32(frames.start)
        beats = beats[(beats >= 0) & (beats < envelopes.shape[1])]
    else:
        where = envelopes[-1] + np.float32(0.3) * envelopes[-2]
        beats = track_beats(where, local_periods(r, tempo.bpm, envelopes.shape[1]))
    activation = replace(
        heard.activation,
        beats=heard.activation.beats[frames],
        downbeats=heard.activation.downbeats[frames],
    )
    return find_metre(activation, beats, divide_beats(envelopes[-2], beats))
