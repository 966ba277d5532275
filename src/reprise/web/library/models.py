"""The tables of the library.

`Track` is narrow: what lists, filters and sorts. What only the page of one track needs lies in `Analysis`.
"""

from __future__ import annotations

import unicodedata

from django.contrib.auth.models import User
from django.db import models

from reprise.web.library.ids import ID_LENGTH, new_id

__all__ = [
    "AccessToken",
    "Album",
    "Analysis",
    "ApiClient",
    "Artist",
    "Cluster",
    "Folder",
    "Job",
    "LoginAttempts",
    "NeighbourArtist",
    "NeighbourTrack",
    "Playlist",
    "PlaylistItem",
    "SearchStale",
    "SearchWord",
    "Setting",
    "TagWrite",
    "Token",
    "Track",
    "TrackLabel",
    "WorkerBeat",
    "name_key",
]


def name_key(text: str) -> str:
    """Bring a name into the spelling it is compared and sorted by: no case, no accents, single spaces."""
    plain = unicodedata.normalize("NFKD", text)
    return " ".join("".join(c for c in plain if not unicodedata.combining(c)).casefold().split())[:300]


class PublicId(models.CharField):  # type: ignore[type-arg]
    """An identifier that may be shown to everybody."""

    def __init__(self, **options: object) -> None:
        super().__init__(
            **{"max_length": ID_LENGTH, "unique": True, "default": new_id, "editable": False} | options
        )


class Folder(models.Model):
    """A folder of music that is scanned. ``path`` is spelled as `reprise.web.library.paths` does."""

    public_id = PublicId()
    path = models.TextField(unique=True)
    added_at = models.DateTimeField(auto_now_add=True)
    scanned_at = models.DateTimeField(null=True)


class Artist(models.Model):
    """An artist, one for all spellings with the same `name_key`."""

    public_id = PublicId()
    name = models.CharField(max_length=500)
    key = models.CharField(max_length=300, unique=True)


class Album(models.Model):
    """An album of one artist."""

    public_id = PublicId()
    title = models.CharField(max_length=500)
    key = models.CharField(max_length=300)
    artist = models.ForeignKey(Artist, models.CASCADE, null=True, related_name="albums")

    class Meta:
        constraints = [  # noqa: RUF012
            # Two, for SQLite has no constraint that takes two empty values as the same.
            models.UniqueConstraint(
                fields=["artist", "key"], condition=models.Q(artist__isnull=False), name="album_once"
            ),
            models.UniqueConstraint(
                fields=["key"], condition=models.Q(artist__isnull=True), name="album_of_nobody_once"
            ),
        ]


class Cluster(models.Model):
    """A group of songs that sound alike; made anew as a whole, by `reprise.web.library.groups`."""

    public_id = PublicId()
    name = models.CharField(max_length=200)
    number = models.IntegerField(unique=True)
    size = models.IntegerField()
    tags = models.JSONField(default=list)
    centroid = models.BinaryField()
    made_at = models.DateTimeField(auto_now_add=True)


class Track(models.Model):
    """One recording: a file of a scanned folder, or one that was uploaded.

    ``path`` is spelled as `reprise.web.library.paths` does; ``heard_key`` names the track in the store of corrections,
    once there are any.
    """

    class Status(models.TextChoices):
        """How far it is."""

        QUEUED = "queued"
        ANALYSED = "analysed"
        FAILED = "failed"

    class Origin(models.TextChoices):
        """Where it is from."""

        FOLDER = "folder"
        UPLOAD = "upload"
        URL = "url"
        DEMO = "demo"

    public_id = PublicId()
    folder = models.ForeignKey(Folder, models.CASCADE, null=True, related_name="tracks")
    path = models.TextField(unique=True)
    size = models.BigIntegerField()
    mtime_ns = models.BigIntegerField()
    inode = models.BigIntegerField(null=True)
    audio_hash = models.CharField(max_length=32, default="", db_index=True)
    heard_key = models.CharField(max_length=64, default="", db_index=True)
    origin = models.CharField(max_length=8, choices=Origin, default=Origin.FOLDER)
    uploaded_by = models.ForeignKey(User, models.SET_NULL, null=True)
    status = models.CharField(max_length=8, choices=Status, default=Status.QUEUED, db_index=True)
    missing_since = models.DateTimeField(null=True, db_index=True)
    error_type = models.CharField(max_length=60, default="")
    error_message = models.TextField(default="")
    added_at = models.DateTimeField(auto_now_add=True, db_index=True)
    analysed_at = models.DateTimeField(null=True)

    title = models.CharField(max_length=500)
    title_key = models.CharField(max_length=300, db_index=True)
    artist = models.ForeignKey(Artist, models.SET_NULL, null=True, related_name="tracks")
    album = models.ForeignKey(Album, models.SET_NULL, null=True, related_name="tracks")
    track_number = models.IntegerField(null=True)
    year = models.IntegerField(null=True, db_index=True)
    country = models.CharField(max_length=2, default="")
    isrc = models.CharField(max_length=12, default="", db_index=True)
    spotify_id = models.CharField(max_length=22, default="", db_index=True)
    musicbrainz_id = models.CharField(max_length=36, default="")

    duration_ms = models.IntegerField(null=True)
    danceability = models.FloatField(null=True, db_index=True)
    energy = models.FloatField(null=True, db_index=True)
    valence = models.FloatField(null=True, db_index=True)
    acousticness = models.FloatField(null=True, db_index=True)
    instrumentalness = models.FloatField(null=True, db_index=True)
    speechiness = models.FloatField(null=True, db_index=True)
    liveness = models.FloatField(null=True, db_index=True)
    loudness = models.FloatField(null=True, db_index=True)
    loudness_lufs = models.FloatField(null=True)
    tempo = models.FloatField(null=True, db_index=True)
    key = models.SmallIntegerField(null=True, db_index=True)
    mode = models.SmallIntegerField(null=True)
    time_signature = models.SmallIntegerField(null=True)
    genre = models.CharField(max_length=60, default="", db_index=True)
    genre_probability = models.FloatField(null=True)
    mood_valence = models.FloatField(null=True)
    mood_arousal = models.FloatField(null=True)
    quadrant = models.CharField(max_length=2, default="")
    cluster = models.ForeignKey(Cluster, models.SET_NULL, null=True, related_name="tracks")
    map_x = models.FloatField(null=True)
    map_y = models.FloatField(null=True)


class Analysis(models.Model):
    """What was heard in one track, whole.

    ``record`` is `TrackAnalysis.to_dict` without ``embedding``, which stands beside it as 500 little-endian float16;
    ``vector`` is its place in the space of similarity, little-endian float32. ``waveform`` is int8: the
    lowest sample of every bin, then the highest of every bin.
    """

    track = models.OneToOneField(Track, models.CASCADE, primary_key=True, related_name="analysis")
    # SQLite reads a row from its beginning: what is read of all tracks at once stands before what is long.
    vector = models.BinaryField()
    embedding = models.BinaryField()
    model = models.CharField(max_length=200)
    record = models.JSONField()
    waveform = models.BinaryField(default=b"")
    changed_at = models.DateTimeField(auto_now=True, db_index=True)


class TrackLabel(models.Model):
    """A genre or a tag of a track, heard (with a score in 0..1) or from the file's own tags (score 1)."""

    class Kind(models.TextChoices):
        """Which vocabulary."""

        GENRE = "genre"
        TAG = "tag"
        FILE = "file"

    track = models.ForeignKey(Track, models.CASCADE, related_name="labels")
    kind = models.CharField(max_length=5, choices=Kind)
    name = models.CharField(max_length=100)
    score = models.FloatField()

    class Meta:
        # The track is in it so that the table itself need not be read.
        indexes = [models.Index(fields=["name", "kind", "score", "track"], name="label_by_name_and_kind")]  # noqa: RUF012


class Job(models.Model):
    """Work that somebody waits for and may watch: an upload, a scan, a new map."""

    class Kind(models.TextChoices):
        """What is done."""

        ANALYSIS = "analysis"
        SCAN = "scan"
        GROUPS = "groups"
        LEARN = "learn"
        TAGS = "tags"

    class Status(models.TextChoices):
        """How far it is."""

        QUEUED = "queued"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        CANCELLED = "cancelled"

    public_id = PublicId()
    kind = models.CharField(max_length=8, choices=Kind)
    title = models.CharField(max_length=500)
    user = models.ForeignKey(User, models.CASCADE, null=True)
    track = models.ForeignKey(Track, models.CASCADE, null=True)
    folder = models.ForeignKey(Folder, models.CASCADE, null=True)
    options = models.JSONField(default=dict)
    task_id = models.CharField(max_length=36, default="", db_index=True)
    status = models.CharField(max_length=9, choices=Status, default=Status.QUEUED, db_index=True)
    stage = models.CharField(max_length=40, default="")
    fraction = models.FloatField(null=True)
    done = models.IntegerField(default=0)
    total = models.IntegerField(null=True)
    peaks = models.BinaryField(default=b"")
    result = models.JSONField(null=True)
    error_type = models.CharField(max_length=60, default="")
    error_message = models.TextField(default="")
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)


class WorkerBeat(models.Model):
    """A worker's sign of life. A task whose worker gives none any more goes back into the queue."""

    name = models.CharField(max_length=64, primary_key=True)
    host = models.CharField(max_length=255)
    pid = models.IntegerField()
    seen_at = models.DateTimeField()


class Playlist(models.Model):
    """A list of tracks: fixed, or by a rule (a search query and an order) that is asked anew each time."""

    public_id = PublicId()
    name = models.CharField(max_length=200)
    description = models.TextField(default="")
    user = models.ForeignKey(User, models.CASCADE, null=True)
    rule = models.JSONField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)


class PlaylistItem(models.Model):
    """A track at a place of a fixed playlist."""

    playlist = models.ForeignKey(Playlist, models.CASCADE, related_name="items")
    track = models.ForeignKey(Track, models.CASCADE)
    position = models.IntegerField()

    class Meta:
        ordering = ["position", "id"]  # noqa: RUF012
        indexes = [models.Index(fields=["playlist", "position"], name="item_by_place")]  # noqa: RUF012


class TagWrite(models.Model):
    """Tags that were written into a file, and what stood there before, so that it can be undone."""

    track = models.ForeignKey(Track, models.CASCADE, related_name="tag_writes")
    change = models.JSONField()
    batch = models.CharField(max_length=ID_LENGTH, db_index=True)
    written_at = models.DateTimeField(auto_now_add=True)
    undone_at = models.DateTimeField(null=True)


class Token(models.Model):
    """A program's key to the API; only its hash is kept."""

    public_id = PublicId()
    user = models.ForeignKey(User, models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=100)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)


class NeighbourTrack(models.Model):
    """What another music server calls one of our tracks; learnt by `reprise.web.library.neighbour_ids`."""

    key = models.CharField(max_length=128, unique=True)
    track = models.ForeignKey(Track, models.CASCADE, related_name="neighbour_ids")


class NeighbourArtist(models.Model):
    """What another music server calls one of our artists."""

    key = models.CharField(max_length=128, unique=True)
    artist = models.ForeignKey(Artist, models.CASCADE, related_name="neighbour_ids")


class ApiClient(models.Model):
    """A program that may ask for access tokens as Spotify's clients do; only a hash of its secret is kept.

    Its tokens act for ``user``; without one they read the library and are nobody's.
    """

    public_id = PublicId()
    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="clients")
    name = models.CharField(max_length=100)
    digest = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(null=True)


class AccessToken(models.Model):
    """What a client was given for an hour; kept for a while longer, so that it can be called expired."""

    client = models.ForeignKey(ApiClient, models.CASCADE, null=True)
    user = models.ForeignKey(User, models.CASCADE, null=True)
    digest = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField(db_index=True)


class LoginAttempts(models.Model):
    """How often of late somebody tried to log in; kept by `reprise.web.library.attempts`, under a hash."""

    key = models.CharField(max_length=64, primary_key=True)
    count = models.IntegerField(default=0)
    last_at = models.DateTimeField(db_index=True)
    wait_until = models.DateTimeField()


class Setting(models.Model):
    """What the owner has switched in the application, by name."""

    name = models.CharField(max_length=60, primary_key=True)
    value = models.JSONField()


class SearchStale(models.Model):
    """A track whose words are not in the index of search yet; triggers of the database note it."""

    track_id = models.BigIntegerField(primary_key=True)


class SearchWord(models.Model):
    """A word that occurs, or did, in a name; normalised by `reprise.web.library.search.words`."""

    word = models.CharField(max_length=40, unique=True)
