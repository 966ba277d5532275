"""Decoding through libsndfile, which is six times as fast as FFmpeg where samples are stored uncompressed."""

from __future__ import annotations

import os
from collections.abc import Iterator

import numpy as np
import soundfile

from reprise.errors import DecodeError
from reprise.records import FloatArray

__all__ = ["SndfileDecoder"]

_CHUNK_VALUES = 1 << 17
"""Samples of all channels in one reading: the most that is lost where libsndfile gives up within a file."""


class SndfileDecoder:
    """Decode one file with libsndfile.

    Parameters
    ----------
    fd : int
        The file, open for reading, at its start; it stays the caller's to close.
    path : str
        Its name, for errors.

    Raises
    ------
    DecodeError
        If libsndfile does not know the format.
    """

    def __init__(self, fd: int, path: str) -> None:
        os.lseek(fd, 0, os.SEEK_SET)
        try:
            self._file = soundfile.SoundFile(fd, closefd=False)
        except (soundfile.SoundFileError, OSError, ValueError, TypeError) as error:
            raise DecodeError(path, _reason(error)) from error
        if not self._file.frames:
            # A recorder that died leaves a length of 0 behind; FFmpeg reads what it recorded.
            raise DecodeError(path, "its header declares no samples")
        self.sample_rate: int = self._file.samplerate
        self.channels: int = self._file.channels
        self.warnings: list[str] = []

    @property
    def is_mpeg(self) -> bool:
        """Whether the container wraps MP3, which FFmpeg reads more faithfully."""
        return bool(self._file.subtype.startswith("MPEG"))

    def chunks(self) -> Iterator[FloatArray]:
        """Yield the samples in order as arrays of shape (channels, n), -1..1."""
        size = max(1, _CHUNK_VALUES // self.channels)
        # A format may leave padding beyond the samples, so the end of the file is where nothing more comes.
        while True:
            try:
                y = self._file.read(size, dtype="float32", always_2d=True)
            except (soundfile.SoundFileError, OSError) as error:
                self.warnings.append(f"reading stopped early: {_reason(error)}")
                return
            if not len(y):
                return
            yield np.asarray(y, dtype=np.float32).T

    def close(self) -> None:
        """Free what libsndfile holds."""
        self._file.close()


def _reason(error: Exception) -> str:
    return str(getattr(error, "error_string", error))
