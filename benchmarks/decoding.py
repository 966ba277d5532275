"""CPU milliseconds of libsndfile, PyAV and `open_audio` to decode each file named on the command line."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import av
import soundfile

from reprise.audio import Resampler, open_audio

REPEATS = 15


def with_libsndfile(path: str) -> None:
    """Decode in blocks of ten seconds."""
    with soundfile.SoundFile(path) as file:
        while len(file.read(10 * file.samplerate, dtype="float32")):
            pass


def with_pyav(path: str) -> None:
    """Decode the first audio stream on one thread."""
    with av.open(path) as container:
        stream = container.streams.audio[0]
        stream.codec_context.thread_count = 1
        for frame in container.decode(stream):
            frame.to_ndarray()


def opened(path: str) -> None:
    """Open the file and read its tags."""
    with open_audio(path):
        pass


def with_reprise(path: str) -> None:
    """Read all blocks."""
    with open_audio(path) as stream:
        for _ in stream.blocks():
            pass


def to_mono_16_khz(path: str) -> None:
    """Read all blocks, mix and resample them."""
    with open_audio(path) as stream:
        resampler = Resampler(stream.sample_rate, 16000)
        for y in stream.blocks():
            resampler.push(y.mean(axis=0))
        resampler.flush()


def best_ms(function: Callable[[str], None], path: str) -> float:
    """Return the least CPU time of several runs."""
    times_s = []
    for _ in range(REPEATS):
        start_s = time.process_time()
        function(path)
        times_s.append(time.process_time() - start_s)
    return 1000 * min(times_s)


def main() -> None:
    """Print one row a file; a dash where a library cannot read it."""
    functions = (with_libsndfile, with_pyav, opened, with_reprise, to_mono_16_khz)
    print(*(f"{function.__name__:>16}" for function in functions), " file")
    for path in sys.argv[1:]:
        cells = []
        for function in functions:
            try:
                cells.append(f"{best_ms(function, path):16.1f}")
            except (soundfile.SoundFileError, av.FFmpegError):
                cells.append(f"{'-':>16}")
        print(*cells, f" {path}", flush=True)


if __name__ == "__main__":
    main()
