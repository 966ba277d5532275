"""The full analysis of one recording, put together of what the estimators say."""

from __future__ import annotations

from reprise.audio_analysis import AudioAnalysis
from reprise.features.extract import MeasuredFeatures
from reprise.features.spectrogram import SAMPLE_RATE_HZ
from reprise.models.fades import find_fades
from reprise.models.local_sections import analyse_sections
from reprise.models.metrical_grid import metrical_grid
from reprise.models.rhythm import HeardRhythm
from reprise.models.sections import estimate_sections, hear_cells
from reprise.models.segments import cut_segments, describe_segments
from reprise.records import Section, Tonality

__all__ = ["analyse_fully", "divide_into_sections"]


def divide_into_sections(
    features: MeasuredFeatures, heard: HeardRhythm, tonality: Tonality
) -> tuple[Section, ...]:
    """Divide a recording into sections; see `reprise.models.sections`."""
    sound = hear_cells(features.onset, features.chroma, heard.rhythm, tonality.tuning_cents)
    return estimate_sections(sound, duration_s=features.duration_s, hop_powers=features.hop_powers)


def analyse_fully(
    features: MeasuredFeatures, heard: HeardRhythm, tonality: Tonality, sections: tuple[Section, ...]
) -> AudioAnalysis:
    """Build the full analysis.

    Parameters
    ----------
    features : MeasuredFeatures
        What was extracted from the file.
    heard : HeardRhythm
        From `reprise.models.rhythm.hear_rhythm`.
    tonality : Tonality
        From `reprise.models.tonality.estimate_tonality`.
    sections : tuple of Section
        From `divide_into_sections`.

    Returns
    -------
    AudioAnalysis
        All numbers finite, whatever the sound; bars, beats and tatums are empty where there is no pulse.
    """
    duration_s = round(features.duration_s, 5)
    rhythm, loudness_db = heard.rhythm, features.loudness.overall_db
    bars, beats, tatums = metrical_grid(heard, duration_s)
    edges_s, confidences = cut_segments(features.onset, loudness_db, duration_s)
    fade_in_s, fade_out_s = find_fades(features.hop_powers, duration_s)
    return AudioAnalysis(
        sample_rate_hz=SAMPLE_RATE_HZ,
        num_samples=round(features.duration_s * SAMPLE_RATE_HZ),
        duration_s=duration_s,
        loudness_db=None if loudness_db is None else round(loudness_db, 3),
        end_of_fade_in_s=fade_in_s,
        start_of_fade_out_s=fade_out_s,
        tempo_bpm=None if rhythm.tempo_bpm is None else round(rhythm.tempo_bpm, 3),
        tempo_confidence=round(rhythm.tempo_confidence, 3),
        time_signature=rhythm.time_signature,
        time_signature_confidence=round(rhythm.time_signature_confidence, 3),
        key=tonality.key,
        key_confidence=round(tonality.key_confidence, 3),
        mode=tonality.mode,
        mode_confidence=round(tonality.mode_confidence, 3),
        bars=bars,
        beats=beats,
        tatums=tatums,
        sections=analyse_sections(sections, heard, features.chroma, tonality, duration_s),
        segments=describe_segments(
            edges_s, confidences, features.onset, features.chroma, tonality.tuning_cents
        ),
    )
