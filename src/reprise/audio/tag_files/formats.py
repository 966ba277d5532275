"""Which format a file has, by its content; its name does not count."""

from __future__ import annotations

from reprise.audio.tag_files.file_bytes import OpenFile, TagFile
from reprise.audio.tag_files.flac import FlacFile
from reprise.audio.tag_files.id3 import Id3File, id3_length
from reprise.audio.tag_files.mp4 import Mp4File
from reprise.audio.tag_files.mpeg_audio import begins_with_mpeg_audio
from reprise.audio.tag_files.ogg import OggFile

__all__ = ["tag_file"]

_OTHERS = {
    b"RIFF": "WAV", b"RF64": "WAV", b"RIFX": "WAV", b"FORM": "AIFF", b".snd": "AU", b"caff": "CAF",
    b"\x30\x26\xb2\x75": "WMA", b"\x1a\x45\xdf\xa3": "Matroska", b"wvpk": "WavPack", b"MAC ": "Monkey's Audio",
    b"TTA1": "True Audio", b"MPCK": "Musepack", b"MP+\x07": "Musepack",
}  # fmt: skip
_WRITTEN = "tags are read and written in MP3, FLAC, Ogg Vorbis, Ogg Opus and MP4 only"


def tag_file(file: OpenFile) -> TagFile:
    """Read the tags of an open file.

    Parameters
    ----------
    file : OpenFile
        The file.

    Raises
    ------
    TagError
        If its format is none of those that are written, or its tags are damaged.
    """
    start = file.peek(0, 12)
    if start[:4] == b"OggS":
        return OggFile(file)
    if start[4:8] == b"ftyp":
        return Mp4File(file)
    other = _OTHERS.get(start[:4])
    if other:
        raise file.error(f"it is {other}; {_WRITTEN}")
    after_tag = id3_length(file, 0)
    if file.peek(after_tag, 4) == b"fLaC":
        return FlacFile(file, after_tag)
    if begins_with_mpeg_audio(file, after_tag):
        return Id3File(file)
    raise file.error(f"it begins like no MP3, FLAC, Ogg or MP4; {_WRITTEN}")
