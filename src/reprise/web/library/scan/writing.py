"""What a scan writes down: each call is one commit, and leaves the library in order."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence

from django.db import transaction
from django.utils import timezone

from reprise.records import Tags
from reprise.targets import SPOTIFY_FEATURES
from reprise.web.library.describing import describe_all, label_all, title_from_name
from reprise.web.library.models import Analysis, Folder, Track, name_key
from reprise.web.library.parts import parts
from reprise.web.library.paths import displaced_path, real_path, shown_path
from reprise.web.library.queueing import Priority, enqueue_many
from reprise.web.library.scan.comparing import OnDisk
from reprise.web.library.scan.knowing import may_be_known, model_in_use, store_known
from reprise.web.library.scan.looking import Look
from reprise.web.library.scan.report import ScanReport
from reprise.web.library.scan.roots import is_available

__all__ = ["Writer"]

_BATCH = 500
_FILE = ("path", "size", "mtime_ns", "inode", "missing_since", "folder")
_STATE = ("audio_hash", "heard_key", "status", "error_type", "error_message", "analysed_at")
_TAGS = ("title", "title_key", "artist", "album", "track_number", "year", "isrc", "musicbrainz_id")
_HEARD = (
    *SPOTIFY_FEATURES, "duration_ms", "loudness_lufs", "genre_probability", "mood_valence", "mood_arousal",
    "cluster", "map_x", "map_y",
)  # fmt: skip


class Writer:
    """Writes what a scan of one folder finds.

    Parameters
    ----------
    folder : Folder
    disk : mapping of str to OnDisk
        What is there, by path.
    report : ScanReport
        Is kept up to date.
    """

    def __init__(self, folder: Folder, disk: Mapping[str, OnDisk], report: ScanReport) -> None:
        self._folder, self._disk, self._report = folder, disk, report
        self._other_audio: dict[int, Look] = {}
        """Tracks whose path has other audio now. Their own may turn up elsewhere, so they are settled last."""
        self._left_behind: list[Look] = []
        """What lies where a track was whose own audio has turned up elsewhere."""
        self._queued: set[int] = set()
        self._model: str | None = None

    def move(self, moved: Mapping[int, str], displaced: Sequence[int]) -> None:
        """Give tracks the new paths of their files; what lost its path to another is missing."""
        targets = set(moved.values())
        with transaction.atomic():
            self._displace(displaced)
            # Files can have swapped their names: whoever stands in the way steps aside first.
            in_the_way = [t for t in self._tracks(moved) if t.path in targets]
            self._step_aside(in_the_way)
            old = {track.pk: track.path for track in in_the_way}
            for part in parts(moved):
                tracks = self._tracks(part)
                for track in tracks:
                    self._rename(track, moved[track.pk], old.get(track.pk))
                Track.objects.bulk_update(tracks, (*_FILE, "title", "title_key", "status"))
        self._report.moved += len(moved)

    def lose(self, ids: Sequence[int]) -> None:
        """Note that files are gone."""
        self._report.missing += Track.objects.filter(pk__in=ids).update(missing_since=timezone.now())

    def return_(self, ids: Sequence[int]) -> None:
        """Note that files are there again; what failed meanwhile gets another chance."""
        tracks = Track.objects.filter(pk__in=ids)
        tracks.filter(status=Track.Status.FAILED).update(status=Track.Status.QUEUED)
        self._report.back += tracks.update(missing_since=None)

    def note_inodes(self, pairs: Iterable[tuple[int, int]]) -> None:
        """Note where files lie on their disk."""
        Track.objects.bulk_update([Track(pk=pk, inode=inode) for pk, inode in pairs], ["inode"])

    def change(self, looks: Sequence[tuple[int, Look]]) -> None:
        """Take in files that have changed."""
        by_id = dict(looks)
        same, failed = [], []
        with transaction.atomic():
            for track in self._tracks(by_id):
                look = by_id[track.pk]
                if look.error:
                    self._fail(track, look)
                    failed.append(track)
                elif track.audio_hash == look.audio_hash:
                    self._place(track, look.path)
                    same.append((track, look.tags))
                else:
                    self._other_audio[track.pk] = look
            describe_all(same)
            Track.objects.bulk_update([track for track, _ in same], (*_FILE, *_TAGS))
            Track.objects.bulk_update(failed, (*_FILE, *_STATE))
            label_all(same)
        self._report.retagged += len(same)

    def add(self, looks: Sequence[Look]) -> None:
        """Take in files that no track has: they are those of tracks that had lost theirs, or new tracks."""
        self._ask_model(looks)
        with transaction.atomic():
            claimed = self._claims(looks)
            owners = [(claimed[look.path], look) for look in looks if look.path in claimed]
            self._take_over(owners)
            self._create([look for look in looks if look.path not in claimed])

    def settle(self) -> None:
        """Decide on the paths that have other audio now."""
        looks = [*self._other_audio.values(), *self._left_behind]
        self._ask_model(looks)
        with transaction.atomic():
            claimed = self._claims(looks)
            takers = {track.pk for track in claimed.values()}
            left = {pk: look for pk, look in self._other_audio.items() if pk not in takers}
            self._displace([pk for pk, look in left.items() if look.path in claimed])
            self._step_aside([track for track in claimed.values() if track.pk in self._other_audio])
            self._take_over([(claimed[look.path], look) for look in looks if look.path in claimed])
            own = [pk for pk, look in left.items() if look.path not in claimed]
            self._hear_again(own)
            settled = {left[pk].path for pk in own} | claimed.keys()
            self._create([look for look in looks if look.path not in settled])
        self._other_audio, self._left_behind = {}, []

    def retry(self, ids: Iterable[int]) -> None:
        """Try files again that could not be analysed."""
        for part in parts(ids):
            Track.objects.filter(pk__in=part).update(status=Track.Status.QUEUED)

    def queue_rest(self, ids: Iterable[int]) -> None:
        """Put what is not analysed into the queue, unless it stands there already."""
        if rest := [pk for pk in ids if pk not in self._queued]:
            waiting = _in_queue()
            self._enqueue([pk for pk in rest if pk not in waiting])

    def forget(self, ids: Iterable[int]) -> None:
        """Remove tracks with all that belongs to them."""
        for part in parts(ids):
            Track.objects.filter(pk__in=part).delete()
            self._report.forgotten += len(part)

    # Rows.

    def _tracks(self, ids: Iterable[int]) -> list[Track]:
        return [
            track
            for part in parts(ids)
            for track in Track.objects.filter(pk__in=part).order_by("pk").select_for_update()
        ]

    def _place(self, track: Track, path: str) -> None:
        track.path, track.missing_since, track.folder = path, None, self._folder
        track.size, track.mtime_ns, track.inode = self._disk[path]

    def _rename(self, track: Track, path: str, old: str | None) -> None:
        if track.title == title_from_name(old or track.path):
            track.title = title_from_name(path)
            track.title_key = name_key(track.title)
        self._place(track, path)
        if track.status == Track.Status.FAILED:
            track.status = Track.Status.QUEUED

    def _fail(self, track: Track, look: Look) -> None:
        assert look.error is not None
        self._place(track, look.path)
        track.status, track.error_type = Track.Status.FAILED, type(look.error).__name__
        track.error_message = look.error.reason[:2000]
        self._report.fail(shown_path(look.path), look.error.reason)

    def _step_aside(self, tracks: Sequence[Track]) -> None:
        for track in tracks:
            Track.objects.filter(pk=track.pk).update(path=displaced_path(track.path, track.public_id))

    def _displace(self, ids: Sequence[int]) -> None:
        """Let tracks be missing whose path another one has."""
        tracks = self._tracks(ids)
        self._step_aside(tracks)
        for part in parts(ids):
            self.lose(part)

    def _claims(self, looks: Sequence[Look]) -> dict[str, Track]:
        """Say which paths have the audio of tracks that have lost theirs; each track once."""
        lost: dict[str, list[Track]] = {}
        for part in parts({look.audio_hash for look in looks if look.audio_hash}):
            for track in (
                Track.objects.filter(audio_hash__in=part, origin=Track.Origin.FOLDER)
                .order_by("pk")
                .select_related("folder")
            ):
                if self._has_lost_its_file(track):
                    lost.setdefault(track.audio_hash, []).append(track)
        claims = {}
        for look in sorted(looks, key=lambda look: look.path):
            if candidates := lost.get(look.audio_hash):
                # Rather one of this folder, rather one that had this name.
                name = os.path.basename(look.path)  # noqa: PTH119
                candidates.sort(
                    key=lambda t: (t.folder_id != self._folder.pk, f"/{name}" not in t.path, t.pk)
                )
                claims[look.path] = candidates.pop(0)
        return claims

    def _has_lost_its_file(self, track: Track) -> bool:
        if track.missing_since is not None or track.pk in self._other_audio:
            return True
        if track.folder is None or track.folder_id == self._folder.pk:
            return False
        # Of another folder, which was not scanned since: its disk must be there for the file to be gone from it.
        return not os.path.lexists(real_path(track.path)) and is_available(track.folder)

    def _take_over(self, owners: Sequence[tuple[Track, Look]]) -> None:
        for track, look in owners:
            if left_behind := self._other_audio.pop(track.pk, None):
                self._left_behind.append(left_behind)
            self._place(track, look.path)
            if track.status == Track.Status.FAILED:
                track.status = Track.Status.QUEUED
        pairs = [(track, look.tags) for track, look in owners]
        describe_all(pairs)
        Track.objects.bulk_update(
            [track for track, _ in pairs], (*_FILE, *_TAGS, "status"), batch_size=_BATCH
        )
        label_all(pairs)
        self._report.moved += len(owners)

    def _create(self, looks: Sequence[Look]) -> None:
        pairs: list[tuple[Track, Look]] = []
        for look in looks:
            track = Track(audio_hash=look.audio_hash)
            self._place(track, look.path)
            if look.error:
                self._fail(track, look)
            pairs.append((track, look))
        tagged = [(track, look.tags) for track, look in pairs]
        describe_all(tagged)
        Track.objects.bulk_create([track for track, _ in pairs], batch_size=_BATCH)
        label_all(tagged)
        self._report.new += len(pairs)
        self._want([(track, look) for track, look in pairs if not look.error])

    def _hear_again(self, ids: Sequence[int]) -> None:
        """Let tracks whose audio is another now be analysed anew."""
        pairs = [(track, self._other_audio[track.pk]) for track in self._tracks(ids)]
        for track, look in pairs:
            self._place(track, look.path)
            track.audio_hash, track.heard_key, track.status = look.audio_hash, "", Track.Status.QUEUED
            track.error_type = track.error_message = track.genre = track.quadrant = ""
            track.analysed_at = None
            for name in _HEARD:
                setattr(track, name, None)
        tagged: list[tuple[Track, Tags]] = [(track, look.tags) for track, look in pairs]
        describe_all(tagged)
        fields = (*_FILE, *_STATE, *_TAGS, *_HEARD, "genre", "quadrant")
        Track.objects.bulk_update([track for track, _ in pairs], fields, batch_size=_BATCH // 5)
        for part in parts(ids):
            Analysis.objects.filter(track__in=part).delete()
        for track, _ in pairs:
            track.labels.all().delete()
        label_all(tagged)
        self._report.changed += len(pairs)
        self._want(pairs)

    def _ask_model(self, looks: Sequence[Look]) -> None:
        """Ask for the model in use, which may take seconds, before a transaction and only if it matters."""
        if self._model is None and may_be_known(looks):
            self._model = model_in_use()

    def _want(self, pairs: Sequence[tuple[Track, Look]]) -> None:
        known = store_known(pairs, self._model) if self._model else set()
        self._report.known += len(known)
        self._enqueue([track.pk for track, _ in pairs if track.pk not in known])

    def _enqueue(self, ids: Sequence[int]) -> None:
        from reprise.web.library.tasks import analyse_track

        self._report.queued += enqueue_many(analyse_track, [(pk,) for pk in ids], priority=Priority.SCAN)
        self._queued.update(ids)


def _in_queue() -> set[int]:
    """Return the tracks that stand in the queue or are in hand."""
    from django_tasks.base import TaskResultStatus
    from django_tasks_db.models import DBTaskResult

    from reprise.web.library.tasks import analyse_track

    rows = DBTaskResult.objects.filter(
        task_path=analyse_track.module_path, status__in=(TaskResultStatus.READY, TaskResultStatus.RUNNING)
    )
    return {args["args"][0] for args in rows.values_list("args_kwargs", flat=True).iterator()}
