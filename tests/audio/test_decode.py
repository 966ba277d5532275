"""Every format that can be written here is read right, in bounded memory (faults: test_faults.py)."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from reprise.audio import load_audio, open_audio
from reprise.errors import DecodeError, ParameterError, UnusableAudioError

Tones = Callable[..., np.ndarray]
Encode = Callable[..., Path]

# FFmpeg's encoders: codec, container, rates, channel counts. Nothing here can write Monkey's Audio (APE).
LOSSLESS = [
    ("alac", "ipod", (8000, 44100, 192000), (1, 2, 6)),
    ("flac", "flac", (8000, 44100, 192000), (1, 2, 6, 8)),
    ("pcm_f64le", "matroska", (11025, 96000), (1, 6, 8)),
    ("pcm_s16le", "avi", (22050, 48000), (1, 6, 8)),
    ("pcm_s24le", "mov", (48000,), (1, 6, 8)),
    ("pcm_u8", "matroska", (8000,), (1, 2)),
    ("tta", "tta", (16000, 96000), (1, 2, 6)),
    ("wavpack", "wv", (32000, 192000), (1, 2, 6, 8)),
]
EIGHT_BIT = {"pcm_u8", "tta", "wavpack"}  # FFmpeg's encoders choose it
LOSSY = [
    ("aac", "adts", (8000, 48000), (1, 2)),
    ("aac", "ipod", (8000, 44100, 96000), (1, 2)),
    ("aac", "ipod", (44100, 96000), (6, 8)),
    ("aac", "matroska", (48000,), (6,)),
    ("aac", "mp4", (44100,), (2, 6)),
    ("aac", "mpegts", (48000,), (2,)),
    ("ac3", "ac3", (32000, 48000), (1, 2, 6)),
    ("eac3", "mp4", (44100,), (2, 6)),
    ("libmp3lame", "flv", (44100,), (2,)),
    ("libmp3lame", "mp3", (8000, 22050, 44100, 48000), (1, 2)),
    ("libmp3lame", "wav", (44100,), (2,)),
    ("libopus", "ogg", (48000,), (1, 2, 6)),
    ("libopus", "webm", (48000,), (1, 2, 6)),
    ("mp2", "mp2", (44100, 48000), (1, 2)),
    ("vorbis", "ogg", (44100, 96000), (2,)),
    ("wmav1", "asf", (44100,), (2,)),
    ("wmav2", "asf", (8000, 44100), (1, 2)),
]
# libsndfile's encoders: format, subtype, rates, channel counts.
SNDFILE_LOSSLESS = [
    *(
        ("WAV", s, (8000, 44100, 192000), (1, 2, 6, 16))
        for s in ("PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE")
    ),
    ("WAV", "PCM_U8", (8000,), (1, 2)),
    ("WAVEX", "PCM_24", (96000,), (2, 6)),
    ("RF64", "PCM_16", (44100,), (2,)),
    ("W64", "PCM_16", (44100,), (2, 6)),
    ("AIFF", "PCM_16", (8000, 44100, 192000), (1, 2, 6)),
    ("AIFF", "FLOAT", (48000,), (2,)),
    ("AU", "PCM_16", (8000, 44100), (1, 2, 6)),
    ("AU", "DOUBLE", (44100,), (2,)),
    ("CAF", "PCM_24", (44100,), (2,)),
    ("CAF", "ALAC_24", (48000,), (2,)),
    ("FLAC", "PCM_24", (8000, 44100, 192000), (1, 2, 6)),
    ("IRCAM", "PCM_16", (44100,), (2,)),
    ("MAT5", "FLOAT", (44100,), (2,)),
    ("NIST", "PCM_16", (16000,), (1,)),
    ("PAF", "PCM_16", (44100,), (2,)),
    ("VOC", "PCM_16", (44100,), (1,)),
]
SNDFILE_LOSSY = [
    ("WAV", "ULAW", (8000,), (1, 2)),
    ("WAV", "IMA_ADPCM", (44100,), (1, 2)),
    ("WAV", "MS_ADPCM", (44100,), (2,)),
    ("WAV", "GSM610", (8000,), (1,)),
    ("AU", "G721_32", (8000,), (1,)),
    ("OGG", "VORBIS", (8000, 44100, 96000), (1, 2)),
    ("OGG", "OPUS", (48000,), (1, 2)),
    ("MP3", "MPEG_LAYER_III", (16000, 44100, 48000), (1, 2)),
]


def _cases(table: list[tuple[str, str, tuple[int, ...], tuple[int, ...]]]) -> list[tuple[str, str, int, int]]:
    return [(a, b, sr, channels) for a, b, rates, counts in table for sr in rates for channels in counts]


def _assert_same_tones(estimated: np.ndarray, reference: np.ndarray, sr: int) -> None:
    """Each channel has its own tone, within 1.5 Hz, and its own level, within 0.5 dB."""
    assert len(estimated) == len(reference)
    middle = slice(sr // 4, sr)
    for y, expected in zip(estimated[:, middle], reference[:, middle], strict=True):
        peaks_hz = [
            np.argmax(np.abs(np.fft.rfft(x * np.hanning(x.size)))) * sr / x.size for x in (y, expected)
        ]
        assert peaks_hz[0] == pytest.approx(peaks_hz[1], abs=1.5)
        level_db = 20 * np.log10(np.std(y) / np.std(expected))
        assert abs(level_db) < 0.5


@pytest.mark.parametrize(("codec", "container", "sr", "channels"), _cases(LOSSLESS))
def test_lossless_codecs_come_back_sample_by_sample(
    codec: str, container: str, sr: int, channels: int, tones: Tones, encode: Encode, tmp_path: Path
) -> None:
    y = tones(sr, channels)
    audio = load_audio(encode(tmp_path / "song", y, sr, codec, container))
    assert (audio.sample_rate, audio.y.dtype, audio.warnings) == (sr, np.float32, ())
    np.testing.assert_allclose(audio.y, y, atol=2.0**-6 if codec in EIGHT_BIT else 2.0**-14)


@pytest.mark.parametrize(("codec", "container", "sr", "channels"), _cases(LOSSY))
def test_lossy_codecs_keep_length_level_and_channels(
    codec: str, container: str, sr: int, channels: int, tones: Tones, encode: Encode, tmp_path: Path
) -> None:
    y = tones(sr, channels)
    audio = load_audio(encode(tmp_path / "song", y, sr, codec, container))
    assert (audio.sample_rate, audio.warnings) == (sr, ())
    # Encoders pad their first and last frames, of up to 2048 samples; not every container tells.
    assert -0.03 < (audio.y.shape[1] - y.shape[1]) / sr < 0.05 + 2048 / sr
    _assert_same_tones(audio.y, y, sr)


@pytest.mark.parametrize(("kind", "subtype", "sr", "channels"), _cases(SNDFILE_LOSSLESS))
def test_files_of_libsndfile_come_back_sample_by_sample(
    kind: str, subtype: str, sr: int, channels: int, tones: Tones, tmp_path: Path
) -> None:
    y = tones(sr, channels)
    soundfile.write(tmp_path / "song", y.T, sr, format=kind, subtype=subtype)
    audio = load_audio(tmp_path / "song")
    assert (audio.sample_rate, audio.warnings) == (sr, ())
    np.testing.assert_allclose(audio.y, y, atol=2.0**-6 if subtype == "PCM_U8" else 2.0**-14)


@pytest.mark.parametrize(("kind", "subtype", "sr", "channels"), _cases(SNDFILE_LOSSY))
def test_lossy_files_of_libsndfile_keep_length_level_and_channels(
    kind: str, subtype: str, sr: int, channels: int, tones: Tones, tmp_path: Path
) -> None:
    y = tones(sr, channels)
    soundfile.write(tmp_path / "song", y.T, sr, format=kind, subtype=subtype)
    audio = load_audio(tmp_path / "song")
    assert (audio.sample_rate, audio.warnings) == (sr, ())
    assert -0.01 < (audio.y.shape[1] - y.shape[1]) / sr < 0.1
    _assert_same_tones(audio.y, y, sr)


def test_an_mp3_begins_and_ends_where_its_original_did(tones: Tones, encode: Encode, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    y = tones(44100, 2, 3.0) * np.cumsum(rng.uniform(0, 1e-5, 132300)).astype(np.float32)
    audio = load_audio(encode(tmp_path / "song.mp3", y, 44100, "libmp3lame", "mp3"))
    assert audio.y.shape == y.shape
    lag = np.argmax(np.correlate(audio.y[0, 50000:54000], y[0, 50000 - 40 : 54000 + 40], "valid")[::-1]) - 40
    assert lag == 0


def test_a_variable_rate_mp3_without_a_header_is_read_to_its_end(
    tones: Tones, encode: Encode, tmp_path: Path
) -> None:
    # libsndfile takes the length from the first frame's bit rate, and stops far too early or finds too much.
    rng = np.random.default_rng(0)
    y = np.concatenate(
        [tones(44100, 1, 3.0) * 1e-3, rng.normal(0, 0.2, (1, 5 * 44100))], axis=1, dtype=np.float32
    )
    options = {"write_xing": "0", "id3v2_version": "0"}
    path = encode(tmp_path / "song.mp3", y, 44100, "libmp3lame", "mp3", options=options)
    with open_audio(path) as stream:
        assert stream.duration_s is None
        read = sum(block.shape[1] for block in stream.blocks())
        assert stream.warnings == []
    assert read / 44100 == pytest.approx(8.0, abs=0.1)


def test_blocks_join_to_the_whole_and_have_the_length_asked_for(tones: Tones, tmp_path: Path) -> None:
    y = tones(22050, 2, 2.3)
    soundfile.write(tmp_path / "song.flac", y.T, 22050)
    with open_audio(tmp_path / "song.flac") as stream:
        assert (stream.sample_rate, stream.channels) == (22050, 2)
        assert stream.duration_s == pytest.approx(2.3, abs=1e-4)
        blocks = list(stream.blocks(0.5))
        assert [block.shape for block in blocks] == [(2, 11025)] * 4 + [(2, 6615)]
        np.testing.assert_allclose(np.concatenate(blocks, axis=1), y, atol=2.0**-14)
        with pytest.raises(ParameterError, match="once"):
            next(stream.blocks())


def test_the_content_decides_not_the_extension(tones: Tones, tmp_path: Path) -> None:
    y = tones(8000, 1)
    for name, kind in (
        ("a.wav", "FLAC"),
        ("b.mp3", "WAV"),
        ("c.txt", "CAF"),
        ("http:song", "WAV"),
        ("-", "AIFF"),
    ):
        soundfile.write(str(tmp_path / name), y.T, 8000, format=kind)
        assert load_audio(tmp_path / name).y.shape == y.shape


def test_float_samples_beyond_full_scale_are_kept(tones: Tones, tmp_path: Path) -> None:
    y = 4 * tones(44100)
    soundfile.write(tmp_path / "hot.wav", y.T, 44100, subtype="FLOAT")
    np.testing.assert_array_equal(load_audio(tmp_path / "hot.wav").y, y)


def test_the_sound_of_a_film_is_read(tones: Tones, tmp_path: Path) -> None:
    import av

    y = tones(48000)
    with av.open(str(tmp_path / "film.mp4"), "w") as output:
        pictures, sound = (
            output.add_stream("mpeg4", rate=10),
            output.add_stream("aac", rate=48000, layout="stereo"),
        )
        pictures.width = pictures.height = 32
        for _ in range(15):
            picture = av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), format="rgb24")
            output.mux(pictures.encode(picture))
        frame = av.AudioFrame.from_ndarray(y, "fltp", "stereo")
        frame.sample_rate = 48000
        output.mux([*pictures.encode(None), *sound.encode(frame), *sound.encode(None)])
    _assert_same_tones(load_audio(tmp_path / "film.mp4").y, y, 48000)


def test_a_stream_that_changes_its_rate_is_converted_back(
    tones: Tones, encode: Encode, tmp_path: Path
) -> None:
    first = encode(
        tmp_path / "1.mp3", tones(44100, 2, 2.0), 44100, "libmp3lame", "mp3", options={"write_xing": "0"}
    )
    other = encode(
        tmp_path / "2.mp3", tones(22050, 1, 2.0), 22050, "libmp3lame", "mp3", options={"write_xing": "0"}
    )
    (tmp_path / "joined.mp3").write_bytes(first.read_bytes() + other.read_bytes())
    audio = load_audio(tmp_path / "joined.mp3")
    assert audio.y.shape[0] == 2
    assert audio.y.shape[1] / 44100 == pytest.approx(4.0, abs=0.3)
    assert any("was converted to 44100 Hz and 2 channels" in warning for warning in audio.warnings)
    # FFmpeg spreads one channel over two at -3 dB.
    _assert_same_tones(audio.y[:1, -60000:], 0.5**0.5 * tones(44100, 1, 2.0)[:, -60000:], 44100)


def test_load_audio_cuts_mixes_and_resamples(tones: Tones, tmp_path: Path) -> None:
    y = tones(44100, 2, 4.0)
    soundfile.write(tmp_path / "song.wav", y.T, 44100, subtype="FLOAT")
    excerpt = load_audio(tmp_path / "song.wav", offset_s=1.0, duration_s=0.5)
    np.testing.assert_array_equal(excerpt.y, y[:, 44100:66150])
    mono = load_audio(tmp_path / "song.wav", mono=True)
    np.testing.assert_allclose(mono.y, y.mean(axis=0), atol=1e-7)
    audio = load_audio(tmp_path / "song.wav", sr=16000)
    assert (audio.sample_rate, audio.y.shape) == (16000, (2, 64000))
    np.testing.assert_allclose(audio.y[:, 8000:-8000], tones(16000, 2, 4.0)[:, 8000:-8000], atol=1e-4)
    assert load_audio(tmp_path / "song.wav", sr=16000, mono=True, duration_s=2).y.shape == (32000,)


@pytest.mark.parametrize(
    "wrong", [{"offset_s": -1}, {"duration_s": 0}, {"duration_s": float("nan")}, {"sr": 0}]
)
def test_load_audio_says_which_argument_is_wrong(
    wrong: dict[str, float], tones: Tones, tmp_path: Path
) -> None:
    soundfile.write(tmp_path / "song.wav", tones(8000).T, 8000)
    with pytest.raises(ParameterError, match=next(iter(wrong))):
        load_audio(tmp_path / "song.wav", **wrong)


def test_an_excerpt_beyond_the_end_is_refused(tones: Tones, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "song.wav", tones(8000).T, 8000)
    with pytest.raises(DecodeError, match="ends before offset_s = 9 s"):
        load_audio(tmp_path / "song.wav", offset_s=9.0)


def test_importing_loads_no_library() -> None:
    code = "import sys, reprise.audio; print({'av', 'soundfile', 'soxr', 'scipy'} & set(sys.modules))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "set()"


MEASURE_STREAMING = """
import resource, sys
from reprise.audio import open_audio, load_audio
from reprise.errors import UnusableAudioError
def peak_mb(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
with open_audio(sys.argv[1]) as stream:  # loads the libraries
    next(stream.blocks())
before, read = peak_mb(), 0
with open_audio(sys.argv[1]) as stream:
    try:
        for y in stream.blocks():
            read += y.shape[1]
    except UnusableAudioError:
        pass
print(read / stream.sample_rate, peak_mb() - before)
"""


def test_three_hours_stream_in_little_memory(tmp_path: Path) -> None:
    # A header and a hole: three hours of silence that take no space and no time to make.
    sr, duration_s = 8000, 3 * 3600
    soundfile.write(tmp_path / "long.wav", np.zeros((1, 1)), sr, subtype="PCM_16")
    header = bytearray((tmp_path / "long.wav").read_bytes()[:44])
    header[4:8], header[40:44] = (
        n.to_bytes(4, "little") for n in (sr * duration_s * 2 + 36, sr * duration_s * 2)
    )
    with (tmp_path / "long.wav").open("wb") as file:
        file.write(header)
        file.truncate(44 + sr * duration_s * 2)
    command = [sys.executable, "-c", MEASURE_STREAMING, str(tmp_path / "long.wav")]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    read_s, growth_mb = map(float, result.stdout.split())
    assert read_s == duration_s
    assert growth_mb < 30


def test_a_compressed_hour_streams_in_little_memory(tones: Tones, encode: Encode, tmp_path: Path) -> None:
    minute = encode(
        tmp_path / "m", tones(16000, 1, 60.0), 16000, "libmp3lame", "mp3", options={"write_xing": "0"}
    )
    (tmp_path / "long.mp3").write_bytes(60 * minute.read_bytes())
    command = [sys.executable, "-c", MEASURE_STREAMING, str(tmp_path / "long.mp3")]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    read_s, growth_mb = map(float, result.stdout.split())
    assert read_s == pytest.approx(3600, rel=0.01)
    assert growth_mb < 30


def test_many_channels_come_in_shorter_blocks(tmp_path: Path) -> None:
    y = np.tile(np.linspace(-1, 1, 300, dtype=np.float32), (29000, 1))
    soundfile.write(tmp_path / "wide.wav", y, 24000, subtype="FLOAT")
    with open_audio(tmp_path / "wide.wav") as stream:
        blocks = list(stream.blocks())
    assert max(block.size for block in blocks) <= 1 << 23
    np.testing.assert_array_equal(np.concatenate(blocks, axis=1), y.T)


def test_a_whole_file_too_large_for_memory_is_refused(
    tones: Tones, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    soundfile.write(tmp_path / "song.wav", tones(8000, 1, 30.0).T, 8000)
    monkeypatch.setattr("reprise.audio.decode._MAX_LOADED_VALUES", 100_000)
    with pytest.raises(UnusableAudioError, match="too long for memory"):
        load_audio(tmp_path / "song.wav")
    assert load_audio(tmp_path / "song.wav", duration_s=10).y.shape == (1, 80000)
