"""The shapes of the API's answers and questions; OpenAPI and the front end's types are made of these."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Generic, Literal, TypeVar

import ninja
from pydantic import Field, ModelWrapValidatorHandler, model_validator

from reprise.web.api.schemas_training import FeatureName

T = TypeVar("T")

Id = str


class Schema(ninja.Schema):
    """What all shapes have in common."""

    @model_validator(mode="wrap")
    @classmethod
    def _run_root_validator(cls, values: Any, handler: ModelWrapValidatorHandler[Any]) -> Any:
        # Ninja's own lays a getter written in Python around everything, for rows of the database. Here come
        # dictionaries alone, and a page of tracks takes a third less time without.
        return handler(values)


class Problem(Schema):
    """An error (RFC 9457)."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    errors: list[dict[str, Any]] | None = None


class Page(Schema, Generic[T]):
    """A part of a longer list."""

    items: list[T]
    total: int
    limit: int
    offset: int


class ArtistRef(Schema):
    id: Id
    name: str


class AlbumRef(Schema):
    id: Id
    title: str


class Scored(Schema):
    """A genre, a tag or an artist with a probability, score or share in 0..1."""

    name: str
    score: float


class TrackSummary(Schema):
    """A track in a list."""

    id: Id
    title: str
    artist: ArtistRef | None
    album: AlbumRef | None
    year: int | None
    duration_ms: int | None
    status: Literal["queued", "analysed", "failed"]
    is_missing: bool
    origin: Literal["folder", "upload", "url", "demo"]
    danceability: float | None
    energy: float | None
    valence: float | None
    acousticness: float | None
    instrumentalness: float | None
    speechiness: float | None
    liveness: float | None
    loudness: float | None
    tempo: float | None
    key: int | None
    mode: int | None
    time_signature: int | None
    genre: str
    genre_probability: float | None
    mood_valence: float | None
    mood_arousal: float | None
    quadrant: str
    cluster: int | None = Field(description="The cluster's number.")
    added_at: datetime


class Interval(Schema):
    low: float
    high: float


class FeatureValue(Schema):
    """One predicted feature, and how it came about."""

    name: FeatureName
    value: float | None
    interval: Interval | None = Field(description="80 % prediction interval.")
    definition: str
    sentence: str = Field(description="What the value says of this track, for people.")
    corrected: float | None = Field(description="What the asking user has set instead.")
    r2: float | None = Field(description="Published accuracy on unheard artists.")
    mae: float | None


class TempoCandidate(Schema):
    bpm: float
    confidence: float


class Section(Schema):
    start_s: float
    duration_s: float
    label: str
    confidence: float
    loudness_db: float | None = Field(default=None, description="As the track's; null where it is silent.")


class Events(Schema):
    """Times in seconds from the start."""

    beats_s: list[float]
    bars_s: list[float]
    sections: list[Section]


class Mood(Schema):
    valence: float
    arousal: float
    quadrant: str
    emotions: list[Scored]


class TrackDetail(TrackSummary):
    """A track's own page."""

    path: str | None = Field(description="For the owner only.")
    isrc: str
    error: str | None
    features: list[FeatureValue]
    confidence: dict[str, float]
    tempo_candidates: list[TempoCandidate]
    loudness_lufs: float | None
    loudness_range_lu: float | None
    true_peak_db: float | None
    genres: list[Scored]
    genre_corrected: str | None
    mood: Mood | None
    tags: list[Scored]
    file_genres: list[str]
    model: str | None
    warnings: list[str]
    events: Events | None
    has_audio: bool


class Waveform(Schema):
    """Lowest and highest sample of each bin, -127..127; the bins are evenly spaced."""

    low: list[int]
    high: list[int]
    duration_s: float | None


class PictureAxis(Schema):
    position: float = Field(description="0 at the bottom, 1 at the top.")
    label: str


class PictureInfo(Schema):
    """A picture of this very song and its axes; the picture itself is a PNG at ``url``."""

    kind: Literal["spectrogram", "mel", "chroma", "tempogram", "mfcc"]
    url: str
    title: str
    unit: str
    ticks: list[PictureAxis]
    duration_s: float
    low: float
    high: float


class SimilarTrack(Schema):
    track: TrackSummary
    similarity: float


class SimilarArtist(Schema):
    artist: ArtistRef
    similarity: float
    tracks: list[TrackSummary]


class MixPart(Schema):
    id: Id
    weight: float = Field(default=1.0, ge=-10, le=10, description="Below 0 to move away from it.")


class MixIn(Schema):
    tracks: list[MixPart] = Field(min_length=1, max_length=50)
    q: str = Field(default="", max_length=500, description="Only tracks that this query finds.")
    limit: int = Field(default=20, ge=1, le=100)
    features_weight: float = Field(default=0.0, ge=0, le=1)
    per_artist: int = Field(default=3, ge=0, le=100, description="0 for no bound.")
    per_album: int = Field(default=2, ge=0, le=100, description="0 for no bound.")


class PathStep(Schema):
    track: TrackSummary
    similarity: float | None = Field(description="To the step before.")


class Suggestion(Schema):
    kind: Literal["track", "artist", "album", "genre", "query"]
    text: str
    detail: str
    id: Id | None


class OnlineSuggestion(Schema):
    """A song that a provider knows; its 30-second preview can be analysed by its address."""

    provider: Literal["deezer", "itunes"]
    title: str
    artist: str
    preview_url: str


class SearchAnswer(Page[TrackSummary]):
    query: str = Field(description="How the query was understood, in its own language.")
    suggestions: list[str] = Field(
        description="Spellings that would find something, where this one does not."
    )


class ClusterOut(Schema):
    number: int
    name: str
    size: int
    tags: list[Scored]
    means: dict[str, float | None] = Field(description="Mean of every feature.")


class GroupsState(Schema):
    """Clusters and map: when they were made, of what, by which methods, and how good they are."""

    made_at: datetime | None
    tracks: int
    pending: int = Field(description="Analysed tracks that were placed later or are not placed yet.")
    map_method: str | None
    silhouette: float | None
    clusters: list[ClusterOut]


class MapPoints(Schema):
    """The map by columns: the i-th entry of each is one track."""

    id: list[Id]
    x: list[float]
    y: list[float]
    title: list[str]
    artist: list[str]
    genre: list[int] = Field(description="Index into ``genres``, -1 where none.")
    quadrant: list[int] = Field(description="1..4, 0 where none.")
    cluster: list[int] = Field(description="The cluster's number, -1 where none.")
    valence: list[float | None]
    energy: list[float | None]
    genres: list[str]


class Distribution(Schema):
    """A histogram: ``edges`` has one more entry than ``counts``."""

    name: str
    edges: list[float]
    counts: list[int]
    median: float | None
    unit: str


class JobOut(Schema):
    id: Id
    kind: Literal["analysis", "scan", "groups", "learn", "tags"]
    title: str
    status: Literal["queued", "running", "done", "failed", "cancelled"]
    position: int | None = Field(description="How many wait before it; null unless it is queued.")
    stage: str
    fraction: float | None
    done: int
    total: int | None
    track_id: Id | None
    result: dict[str, Any] | None
    error: str | None
    created_at: datetime
    finished_at: datetime | None


class JobEvent(Schema):
    """What ``/jobs/{id}/events`` sends as ``data`` of each event ``job``."""

    job: JobOut
    low: list[int] = Field(description="The waveform as far as it was heard, -127..127.")
    high: list[int]


class PlaylistIn(Schema):
    name: str = Field(min_length=1, max_length=200)
    description: str = Field(default="", max_length=2000)
    q: str | None = Field(default=None, max_length=500, description="A rule: the query that fills it.")
    sort: str = Field(default="", max_length=60)
    limit: int = Field(default=100, ge=1, le=1000)
    track_ids: list[Id] = Field(default_factory=list, max_length=100_000)


class PlaylistOut(Schema):
    id: Id
    name: str
    description: str
    is_rule: bool
    q: str | None
    sort: str
    limit: int
    total: int
    duration_ms: int
    changed_at: datetime
    is_mine: bool


class PlaylistTracksIn(Schema):
    """The tracks of a fixed playlist in their new order."""

    track_ids: list[Id] = Field(max_length=100_000)


class TagChange(Schema):
    """One field of a file's tags before and after."""

    name: str
    before: list[str]
    after: list[str]


class TagChanges(Schema):
    """What was changed in a file, or would be."""

    format: str
    changes: list[TagChange]
    left_alone: list[str] = Field(
        default_factory=list, description="Fields that an undo left, because others have changed them since."
    )


class Share(Schema):
    """How much of the audience: a style, an artist, a decade or a country with its weight in 0..1."""

    name: str
    share: float
    tracks: int


class Audience(Schema):
    """Who may already listen to music like this: what the nearest tracks of the library are."""

    neighbours: int
    styles: list[Share]
    artists: list[SimilarArtist]
    eras: list[Share]
    countries: list[Share]
    known_year: int = Field(description="Neighbours whose year is known.")
    known_country: int
    nearest_similarity: float | None
    typical_similarity: float | None = Field(
        description="Median similarity of nearest neighbours in this library."
    )
    sentence: str
    caveats: list[str]
    tracks: list[SimilarTrack]
