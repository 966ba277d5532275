"""From features to a finished record: every measured and every predicted value of one file."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from reprise._version import __version__
from reprise.features.extract import Features
from reprise.features.musicnn import MSD_TAGS, MTT_TAGS, MusicnnOutput
from reprise.models.chosen import ChosenModel, chosen_model
from reprise.models.feedback import Residual
from reprise.models.full_analysis import analyse_fully, divide_into_sections
from reprise.models.fused_genre import FusedGenreModel
from reprise.models.heads import Heads
from reprise.models.inputs import input_groups
from reprise.models.mood import MoodModel
from reprise.models.rhythm import hear_rhythm
from reprise.models.tonality import estimate_tonality
from reprise.records import (
    FloatArray,
    Observer,
    Progress,
    Rhythm,
    Section,
    Tag,
    Tags,
    TrackAnalysis,
)

__all__ = ["MAX_PATCHES", "Predictor"]

MAX_PATCHES = 7
"""How many 3-second patches MusiCNN hears; `docs/accuracy.md` shows what more or fewer would give."""

MOSTLY_SPEECH = 0.66
"""Spotify's own threshold: above it a track is probably made of spoken words alone."""

SURE_OF_TEMPO = 0.7
"""Talk has a rhythm that looks like a weak pulse; below this confidence it is not called a tempo."""


@dataclass(frozen=True, kw_only=True)
class Predictor:
    """The models of one installation, loaded once.

    Attributes
    ----------
    heads : Heads
    mood : MoodModel
    genre : FusedGenreModel
    chosen : ChosenModel or None
        What the user has put in the place of the heads, for the features that it predicts.
    learned : Residual or None
        What corrections have taught about the heads and the genres.
    """

    heads: Heads
    mood: MoodModel
    genre: FusedGenreModel
    chosen: ChosenModel | None = None
    learned: Residual | None = None

    @classmethod
    def load(cls, learned: str | None = None) -> Predictor:
        """Load the shipped models, the one in use if there is one, and a version of what was learned if one is named.

        Raises
        ------
        ModelError
            If weights are missing or altered.
        """
        return cls(
            heads=Heads.load(),
            mood=MoodModel.load(),
            genre=FusedGenreModel.load(),
            chosen=chosen_model(),
            learned=Residual.load(learned) if learned else None,
        )

    @property
    def name(self) -> str:
        """What a record says of the models that made it."""
        more = (part.name for part in (self.learned, self.chosen) if part)
        return ", ".join((f"reprise {__version__}", self.heads.name, *more))

    def predict(
        self,
        features: Features,
        *,
        path: str,
        tags: Tags,
        warnings: tuple[str, ...],
        wanted: Collection[str] = (),
        observer: Observer | None = None,
    ) -> TrackAnalysis:
        """Complete the record of one file.

        Parameters
        ----------
        features : Features
            What was extracted from the file.
        path : str
            As the user gave it.
        tags : Tags
            What the file says about itself.
        warnings : tuple of str
            What went wrong while reading, if anything.
        wanted : collection of str
            Which of the parts that are given on request the record holds: ``"detail"``, ``"embedding"``,
            ``"waveform"``; with ``"full"`` the detail is the full analysis.
        observer : Observer, optional
            Is told of the stages ``"rhythm"``, ``"key"``, ``"sections"`` (with the detail) and ``"predict"``, if the
            features hold the waveform.
        """

        def tell(stage: str) -> None:
            if observer and features.waveform:
                observer(Progress(stage=stage, fraction=1.0, waveform=features.waveform))

        tell("rhythm")
        heard = hear_rhythm(features.onset)
        rhythm = heard.rhythm
        tell("key")
        tonality = estimate_tonality(features.chroma)
        if "detail" in wanted:
            tell("sections")
        sections = divide_into_sections(features, heard, tonality) if "detail" in wanted else ()
        tell("predict")
        inputs = input_groups(features, rhythm, tonality)
        estimates, genres = self.heads(inputs), self.genre(inputs)
        told = self.chosen.estimates(path, inputs) if self.chosen else {}
        estimates |= told
        if self.chosen and not self.chosen.is_complete(told):
            warnings += (f"not all is said by {self.chosen.name}: it cannot judge this file",)
        if estimates["speechiness"].value > MOSTLY_SPEECH and rhythm.tempo_confidence < SURE_OF_TEMPO:
            rhythm = _without_pulse(rhythm)
        if self.learned:
            # After the rule about speech, lest a threshold carry corrections further than their bound.
            moved = self.learned.adjust(estimates, inputs)
            estimates |= {name: moved[name] for name in moved if name not in told}
            genres = self.learned.adjust_genres(genres, self.genre.classes, inputs)
        detail = _detail(rhythm, sections) if "detail" in wanted else None
        if detail and "full" in wanted:
            full = analyse_fully(features, replace(heard, rhythm=rhythm), tonality, sections)
            detail = {**detail, **full.to_dict()}
        loudness = features.loudness
        return TrackAnalysis(
            path=path,
            title=tags.title,
            artist=tags.artist,
            duration_ms=round(1000 * features.duration_s),
            **{name: round(estimate.value, 4) for name, estimate in estimates.items()},
            key=tonality.key,
            mode=tonality.mode,
            loudness=_rounded(loudness.overall_db),
            tempo=_rounded(rhythm.tempo_bpm),
            time_signature=rhythm.time_signature,
            intervals={name: (round(e.low, 4), round(e.high, 4)) for name, e in estimates.items()},
            confidence={
                "tempo": round(rhythm.tempo_confidence, 3),
                "key": round(tonality.key_confidence, 3),
                "mode": round(tonality.mode_confidence, 3),
                "time_signature": round(rhythm.time_signature_confidence, 3),
            },
            tempo_candidates=rhythm.tempo_candidates,
            loudness_lufs=_rounded(loudness.integrated_lufs),
            loudness_range_lu=_rounded(loudness.range_lu),
            true_peak_db=_rounded(loudness.true_peak_db),
            genres=genres,
            mood=self.mood(inputs),
            tags=_scored_tags(features.musicnn),
            model=self.name,
            warnings=warnings,
            detail=detail,
            embedding=tuple(inputs["embedding"].tolist()) if "embedding" in wanted else None,
            waveform=features.waveform if "waveform" in wanted else None,
        )


def _without_pulse(rhythm: Rhythm) -> Rhythm:
    nothing = np.zeros(0, np.float32)
    return replace(
        rhythm, tempo_bpm=None, tempo_confidence=0.0, tempo_candidates=(), time_signature=None,
        time_signature_confidence=0.0, beats_s=nothing, tatums_s=nothing, downbeats_s=nothing,
    )  # fmt: skip


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def _scored_tags(heard: MusicnnOutput) -> tuple[Tag, ...]:
    scores = {"msd": (MSD_TAGS, heard.msd_tags), "mtt": (MTT_TAGS, heard.mtt_tags)}
    tags = [
        Tag(name=name, score=round(float(score), 4), source=source)
        for source, (names, rows) in scores.items()
        for name, score in zip(names, rows.mean(axis=0), strict=True)
    ]
    return tuple(sorted(tags, key=lambda tag: -tag.score))


def _detail(rhythm: Rhythm, sections: tuple[Section, ...]) -> Mapping[str, Any]:
    def times(seconds: FloatArray) -> list[float]:
        return [round(float(t), 3) for t in np.sort(seconds)]

    return {
        "onsets_s": times(rhythm.onsets_s),
        "tatums_s": times(rhythm.tatums_s),
        "beats_s": times(rhythm.beats_s),
        "bars_s": times(rhythm.downbeats_s),
        "sections": [section.to_dict() for section in sections],
    }
