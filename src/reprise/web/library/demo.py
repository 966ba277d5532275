"""The demo library: short pieces that are synthesised here, so that a new library has something to show."""

from __future__ import annotations

from django.conf import settings
from django.db import transaction

from reprise.demo import PIECES, render
from reprise.records import Tags
from reprise.web.library.files import remove_track
from reprise.web.library.ids import new_id
from reprise.web.library.models import Folder, Setting, Track
from reprise.web.library.paths import stored_path
from reprise.web.library.queueing import Priority, enqueue, enqueue_many
from reprise.web.library.storing import describe

__all__ = ["offer_demo", "remove_demo", "render_demo"]

_OFFERED = "demo_offered"
_ALBUM = "Reprise Demo"
_SAMPLE_RATE = 44100


def offer_demo() -> bool:
    """Have the demo made if the library is empty and never had it; return whether it will be."""
    from reprise.web.library.tasks import make_demo

    with transaction.atomic():
        if Track.objects.exists() or Folder.objects.exists():
            return False
        if not Setting.objects.get_or_create(pk=_OFFERED, defaults={"value": True})[1]:
            return False
        # One task a piece, so that whoever brings a file meanwhile waits for no more than one.
        enqueue_many(make_demo, [(piece.name,) for piece in PIECES], priority=Priority.DEMO)
    return True


def render_demo(name: str) -> None:
    """Render a piece into a tagged FLAC, and put it into the queue; does nothing if it is in the library.

    Parameters
    ----------
    name : str
        Of one of `reprise.demo.PIECES`.
    """
    import soundfile

    from reprise.web.library.tasks import analyse_track

    piece = next(each for each in PIECES if each.name == name)
    folder = settings.CONFIG.data / "demo"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{piece.name}.flac"
    if not path.exists():
        part = path.with_suffix(f".{new_id()}.part")
        with soundfile.SoundFile(part, "w", _SAMPLE_RATE, channels=2, format="FLAC") as file:
            file.title, file.artist, file.album = piece.title, piece.style, _ALBUM
            file.write(render(piece, _SAMPLE_RATE).T)
        part.replace(path)
    status = path.stat()
    with transaction.atomic():
        track, is_new = Track.objects.get_or_create(
            path=stored_path(path),
            defaults={
                "size": status.st_size,
                "mtime_ns": status.st_mtime_ns,
                "origin": Track.Origin.DEMO,
            },
        )
        if is_new:
            describe(track, Tags(title=piece.title, artist=piece.style, album=_ALBUM))
            track.save()
            enqueue(analyse_track, track.pk, priority=Priority.DEMO)


def remove_demo() -> int:
    """Take all demo pieces out of the library and delete their files; return how many there were."""
    tracks = list(Track.objects.filter(origin=Track.Origin.DEMO))
    for track in tracks:
        remove_track(track)
    return len(tracks)
