"""Every bad input gets a typed error with its path and a reason, or a warning; none crashes."""

from __future__ import annotations

import os
import socket
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reprise.audio import load_audio, open_audio
from reprise.errors import AudioError, DecodeError, UnusableAudioError

Tones = Callable[..., np.ndarray]
Encode = Callable[..., Path]

EXTENSIONS = (
    "aac",
    "aiff",
    "ape",
    "au",
    "caf",
    "flac",
    "m4a",
    "mid",
    "mkv",
    "mp3",
    "ogg",
    "opus",
    "wav",
    "wma",
    "wv",
)


def read(path: str | bytes | os.PathLike[str]) -> list[str]:
    """Read a whole file as the analysis does; return its warnings."""
    with open_audio(path) as stream:
        for _ in stream.blocks():
            pass
        return stream.warnings


def wav(y: np.ndarray, sr: int, path: Path, subtype: str = "PCM_16") -> Path:
    soundfile.write(path, y.T, sr, format="WAV", subtype=subtype)
    return path


def refused(path: str | bytes | os.PathLike[str], error: type[AudioError], reason: str) -> None:
    with pytest.raises(error, match=reason) as caught:
        read(path)
    assert caught.value.path == os.fsdecode(path)
    assert "\n" not in str(caught.value)


def test_a_missing_file(tmp_path: Path) -> None:
    refused(tmp_path / "nothing.mp3", DecodeError, "no such file")
    refused(tmp_path / ("n" * 300), DecodeError, "longer than the file system allows")
    refused(str(tmp_path / "a\0b"), DecodeError, "no file can have this name")
    (tmp_path / "ring").symlink_to(tmp_path / "ring")
    refused(tmp_path / "ring", DecodeError, "symbolic links")


def test_what_is_no_file(tmp_path: Path) -> None:
    refused(tmp_path, DecodeError, "it is a directory")
    os.mkfifo(tmp_path / "pipe.wav")
    refused(tmp_path / "pipe.wav", DecodeError, "named pipe")
    (tmp_path / "link.wav").symlink_to("pipe.wav")
    refused(tmp_path / "link.wav", DecodeError, "named pipe")
    refused("/dev/zero", DecodeError, "it is a device")
    with socket.socket(socket.AF_UNIX) as server:
        directory = os.open(tmp_path, os.O_RDONLY)  # a socket's path is limited to 107 bytes
        try:
            server.bind(f"/proc/self/fd/{directory}/socket")
        finally:
            os.close(directory)
        refused(tmp_path / "socket", DecodeError, "it is a socket")


def test_a_pipe_is_not_even_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.wav")
    refused(tmp_path / "pipe.wav", DecodeError, "named pipe")
    with pytest.raises(OSError, match="No such device"):  # a writer still finds no reader
        os.open(tmp_path / "pipe.wav", os.O_WRONLY | os.O_NONBLOCK)


def test_an_empty_file_and_one_without_samples(tmp_path: Path) -> None:
    (tmp_path / "empty.mp3").touch()
    refused(tmp_path / "empty.mp3", DecodeError, "empty")
    refused(wav(np.zeros((2, 0)), 44100, tmp_path / "none.wav"), DecodeError, "damaged|not one")


def test_an_unreadable_file(tones: Tones, tmp_path: Path) -> None:
    path = wav(tones(8000), 8000, tmp_path / "song.wav")
    path.chmod(0)
    tmp_path.chmod(0o755)
    # Root may read everything, so another user tries; what is imported must be loaded before.
    code = (
        "import os, sys; from reprise.audio import open_audio; from reprise.errors import DecodeError\n"
        "fd = os.open(os.path.dirname(sys.argv[1]), os.O_RDONLY)\n"
        "if os.getuid() == 0: os.setuid(65534)\n"
        "os.chdir(fd)\n"
        "try: open_audio(os.path.basename(sys.argv[1]))\n"
        "except DecodeError as error: print(error)"
    )
    result = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True)
    assert result.stdout == "song.wav: permission denied; let the user who runs this read it\n"
    assert result.stderr == ""


@pytest.mark.parametrize(
    "name", ["Björk – Jóga 🎵.wav", "x" * 251 + ".wav", "\u202eevil\x1b[2J.wav", "日本語 の歌.wav"]
)
def test_unusual_names(name: str, tones: Tones, tmp_path: Path) -> None:
    y = tones(8000, 1)
    wav(y, 8000, tmp_path / "song.wav").rename(tmp_path / name)
    assert load_audio(tmp_path / name).y.shape == y.shape
    (tmp_path / name).write_text("no music")
    refused(tmp_path / name, DecodeError, "no known audio format")


@pytest.mark.parametrize("kind", ["WAV", "FLAC", "MP3"])
def test_names_that_are_not_unicode(kind: str, tones: Tones, tmp_path: Path) -> None:
    name = os.fsencode(tmp_path) + b"/caf\xe9.bin"
    soundfile.write(tmp_path / "song", tones(8000, 1).T, 8000, format=kind)
    (tmp_path / "song").rename(os.fsdecode(name))
    for path in (name, os.fsdecode(name), Path(os.fsdecode(name))):
        assert load_audio(path).y.shape[1] >= 12000


def test_a_file_that_vanishes_while_it_is_read(tones: Tones, tmp_path: Path) -> None:
    path = wav(tones(8000, 1, 30.0), 8000, tmp_path / "song.wav")
    with open_audio(path) as stream:
        path.unlink()
        assert sum(block.shape[1] for block in stream.blocks()) == 240_000


def test_a_file_that_shrinks_while_it_is_read(tones: Tones, tmp_path: Path) -> None:
    path = wav(tones(8000, 1, 60.0), 8000, tmp_path / "song.wav")
    with open_audio(path) as stream:
        blocks = stream.blocks()
        next(blocks)
        os.truncate(path, 500_000)
        assert sum(block.shape[1] for block in blocks) < 480_000
        assert "of the 60.0 s" in truncation(stream.warnings)


@pytest.mark.parametrize("name", ["notes.mp3", "notes.wav", "notes.flac", "notes.ogg", "notes.m4a", "notes"])
def test_text_by_another_name(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("These are the days of our lives.\n" * 3000)
    refused(tmp_path / name, DecodeError, "no known audio format")


@pytest.mark.parametrize(
    "text",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{song}\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile '{song}'\n",
        "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 5004 RTP/AVP 0\n",
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"><Period>'
        "<AdaptationSet><Representation><BaseURL>{song}</BaseURL></Representation></AdaptationSet></Period></MPD>",
    ],
)
def test_a_playlist_opens_no_other_file(text: str, tones: Tones, tmp_path: Path) -> None:
    song = wav(tones(8000), 8000, tmp_path / "song.wav")
    (tmp_path / "list.mp3").write_text(text.format(song=song))
    refused(tmp_path / "list.mp3", DecodeError, "no known audio format")


def test_pictures_have_no_audio(tmp_path: Path) -> None:
    import av

    for name, codec, pixels in (("film.mp4", "mpeg4", "yuv420p"), ("cover.png", "png", "rgb24")):
        options = {"update": "1"} if name.endswith("png") else {}
        with av.open(str(tmp_path / name), "w", options=options) as output:
            stream = output.add_stream(codec, rate=10)
            stream.width, stream.height, stream.pix_fmt = 32, 32, pixels
            for _ in range(1 if codec == "png" else 10):
                frame = av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), format="rgb24")
                output.mux(stream.encode(frame))
            output.mux(stream.encode(None))
        refused(tmp_path / name, DecodeError, "there is no audio in it, only pictures")


@pytest.mark.parametrize("kind", ["WAV", "FLAC", "OGG", "MP3"])
def test_silence(kind: str, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "silence", np.zeros((88200, 2)), 44100, format=kind)
    refused(tmp_path / "silence", UnusableAudioError, "it is silent")


def test_dithered_silence_is_silent_and_a_whisper_is_not(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    dither = np.rint(rng.triangular(-1, 0, 1, (1, 88200))) / 32768
    refused(wav(dither, 44100, tmp_path / "dither.wav"), UnusableAudioError, "it is silent")
    assert read(wav(dither * 3, 44100, tmp_path / "whisper.wav")) == []


@pytest.mark.parametrize("length", [1, 44099])
def test_less_than_a_second(length: int, tones: Tones, tmp_path: Path) -> None:
    path = wav(tones(44100)[:, :length], 44100, tmp_path / "short.wav")
    refused(path, UnusableAudioError, f"it is {length * 1000 // 44100} ms long; at least 1 s is needed")


def test_a_second_is_enough(tones: Tones, tmp_path: Path) -> None:
    assert read(wav(tones(44100)[:, :44100], 44100, tmp_path / "second.wav")) == []


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 3e38, 1e7])
def test_numbers_that_are_no_samples(bad: float, tones: Tones, tmp_path: Path) -> None:
    y = tones(44100, 2, 2.0)
    y[1, 1000:1010] = bad
    audio = load_audio(wav(y, 44100, tmp_path / "few.wav", "FLOAT"))
    assert audio.warnings == ("10 samples were NaN, infinite or beyond ±10⁶; they were set to 0",)
    assert not audio.y[1, 1000:1010].any()
    y[1, 1000:1010] = 0
    np.testing.assert_array_equal(audio.y, y)
    y[:, :5000] = bad
    refused(wav(y, 44100, tmp_path / "many.wav", "FLOAT"), UnusableAudioError, "6 % of its samples are NaN")


def truncation(warnings: list[str]) -> str:
    """Return the warning that a file ends too early."""
    return next(warning for warning in warnings if warning.startswith("truncated: "))


def _with_declared_bytes(path: Path, size: int) -> Path:
    content = bytearray(path.read_bytes())
    at = content.index(b"data")
    content[4:8], content[at + 4 : at + 8] = (
        struct.pack("<I", min(size + 36, 2**32 - 1)),
        struct.pack("<I", size),
    )
    path.write_bytes(content)
    return path


def test_an_eight_hour_header_on_a_second(tones: Tones, tmp_path: Path) -> None:
    path = _with_declared_bytes(wav(tones(8000, 1, 1.0), 8000, tmp_path / "song.wav"), 8 * 3600 * 8000 * 2)
    expected = ["truncated: 1.0 s of the 28800.0 s that the header declares could be read"]
    assert read(path) == expected
    soundfile.write(tmp_path / "song.flac", tones(8000, 1, 1.0).T, 8000)
    content = bytearray((tmp_path / "song.flac").read_bytes())
    content[21:26] = (int.from_bytes(content[21:26]) >> 36 << 36 | 8 * 3600 * 8000).to_bytes(5)
    (tmp_path / "song.flac").write_bytes(content)
    assert read(tmp_path / "song.flac") == [
        "truncated: 1.0 s of the 28800.0 s that the header declares could be read"
    ]


@pytest.mark.parametrize("size", [0, 2**31 - 1, 2**32 - 1])
def test_a_wav_written_to_a_pipe_states_no_length(size: int, tones: Tones, tmp_path: Path) -> None:
    path = _with_declared_bytes(wav(tones(8000, 1, 2.0), 8000, tmp_path / "song.wav"), size)
    with open_audio(path) as stream:
        assert sum(block.shape[1] for block in stream.blocks()) == 16000
        assert stream.warnings == []


@pytest.mark.parametrize("kind", ["WAV", "AIFF", "AU", "RF64", "FLAC", "OGG", "MP3"])
def test_truncated_files_are_read_as_far_as_they_go(kind: str, tmp_path: Path) -> None:
    y = np.random.default_rng(0).normal(0, 0.1, (10 * 44100, 2))
    soundfile.write(tmp_path / "song", y, 44100, format=kind)
    content = (tmp_path / "song").read_bytes()
    (tmp_path / "song").write_bytes(content[: len(content) // 2])
    audio = load_audio(tmp_path / "song")
    assert audio.y.shape[1] / 44100 == pytest.approx(5.0, abs=0.6)
    assert truncation(list(audio.warnings))


@pytest.mark.parametrize(("options", "is_readable"), [({}, False), ({"movflags": "faststart"}, True)])
def test_a_truncated_mp4_is_read_where_its_index_comes_first(
    options: dict[str, str], is_readable: bool, tones: Tones, encode: Encode, tmp_path: Path
) -> None:
    path = encode(tmp_path / "song.m4a", tones(44100, 2, 10.0), 44100, "aac", "ipod", options=options)
    os.truncate(path, path.stat().st_size // 2)
    if is_readable:
        assert truncation(read(path))
    else:
        refused(path, DecodeError, "cut off before its index")


def test_damage_in_the_middle_is_passed_over(tones: Tones, encode: Encode, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    path = encode(tmp_path / "song.mp3", tones(44100, 2, 10.0), 44100, "libmp3lame", "mp3")
    content = path.read_bytes()
    half = len(content) // 2
    path.write_bytes(content[:half] + rng.bytes(5000) + content[half:])
    audio = load_audio(path)
    assert audio.y.shape[1] / 44100 == pytest.approx(10.0, abs=0.5)
    assert any("which were passed over" in warning for warning in audio.warnings)


@pytest.mark.parametrize("sr", [1, 3999, 768_001, 10_000_000])
def test_absurd_sample_rates(sr: int, tmp_path: Path) -> None:
    path = wav(np.full((1, 20_000), 0.1), sr, tmp_path / "song.wav")
    refused(path, UnusableAudioError, f"a sample rate of {sr} Hz")


def test_a_wav_without_channels_or_rate(tones: Tones, tmp_path: Path) -> None:
    for name, at in (("channels", 22), ("rate", 24)):
        content = bytearray(wav(tones(8000), 8000, tmp_path / name).read_bytes())
        content[at : at + 2] = bytes(2)
        (tmp_path / name).write_bytes(content)
        with pytest.raises(AudioError, match=name):
            read(tmp_path / name)


def test_what_decodes_to_more_than_a_day_is_stopped(
    tones: Tones, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reprise.audio.usability.MAX_DURATION_S", 60.0)
    soundfile.write(tmp_path / "bomb.flac", np.full(8000 * 120, 0.5), 8000)
    with open_audio(tmp_path / "bomb.flac") as stream:
        blocks = stream.blocks()
        for _ in range(6):
            next(blocks)
        with pytest.raises(UnusableAudioError, match="longer than 24 hours"):
            next(blocks)


def test_a_long_run_of_damage_ends_the_reading(tones: Tones, encode: Encode, tmp_path: Path) -> None:
    path = encode(tmp_path / "song.aac", tones(44100, 2, 2.0), 44100, "aac", "adts")
    path.write_bytes(path.read_bytes() + b"\xff\xf1\x50\x80\x02\x1f\xfc" * 50_000)
    (warning,) = read(path)
    assert warning == "damaged in 5001 places, which were passed over"


def test_nothing_is_left_open(tones: Tones, tmp_path: Path) -> None:
    good = wav(tones(8000), 8000, tmp_path / "song.wav")
    soundfile.write(tmp_path / "song.flac", tones(8000).T, 8000)
    (tmp_path / "text.mp3").write_text("text")
    slow = wav(np.full((1, 20_000), 0.1), 10, tmp_path / "slow.wav")
    read(good), read(tmp_path / "song.flac")
    before = sorted(path.name for path in Path("/proc/self/fd").iterdir())
    for _ in range(3):
        read(good), read(tmp_path / "song.flac")
        refused(tmp_path / "text.mp3", DecodeError, "no known")
        refused(slow, UnusableAudioError, "rate")
    assert sorted(path.name for path in Path("/proc/self/fd").iterdir()) == before


NOISE = """
import sys
from reprise.audio import load_audio
from reprise.errors import AudioError
for path in sys.argv[1:]:
    try: load_audio(path)
    except AudioError: pass
"""


def test_no_library_writes_to_the_terminal(tones: Tones, encode: Encode, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    paths = []
    for codec, container in (("libmp3lame", "mp3"), ("aac", "ipod"), ("flac", "flac"), ("libopus", "ogg")):
        content = encode(tmp_path / "whole", tones(48000, 2, 4.0), 48000, codec, container).read_bytes()
        third = len(content) // 3
        for k, damaged in enumerate((content[:third], content[third:], content[:third] + rng.bytes(third))):
            paths.append(tmp_path / f"{codec}{k}")
            paths[-1].write_bytes(damaged)
    result = subprocess.run([sys.executable, "-c", NOISE, *paths], capture_output=True)
    assert (result.returncode, result.stdout, result.stderr) == (0, b"", b"")


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


MAGICS = (
    *(
        b"",
        b"RIFF\xff\xff\0\0WAVEfmt ",
        b"FORM\0\0\xff\xffAIFF",
        b"fLaC\0\0\0\x22",
        b"OggS\0\x02",
        b".snd\0\0\0\x18",
    ),
    *(b"ID3\x04\0\0", b"\xff\xfb\x90\x00", b"\0\0\0\x20ftypM4A ", b"MAC \x96\x0f", b"0&\xb2u\x8ef\xcf\x11"),
    *(
        b"\x1aE\xdf\xa3",
        b"caff\0\x01",
        b"wvpk",
        b"TTA1",
        b"riff.\x91\xcf\x11",
        b"MThd",
        b"#!AMR\n",
        b"\x0b\x77",
    ),
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(EXTENSIONS),
    st.sampled_from(MAGICS),
    st.binary(min_size=1, max_size=4096),
    st.integers(1, 40),
)
def test_random_bytes_are_refused_or_read(
    scratch: Path, extension: str, magic: bytes, content: bytes, times: int
) -> None:
    path = scratch / f"random.{extension}"
    path.write_bytes(magic + content * times)
    try:
        read(path)
    except (DecodeError, UnusableAudioError) as error:
        assert error.path == str(path)


@pytest.fixture(scope="module")
def whole_files(tones: Tones, encode: Encode, tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    folder, y = tmp_path_factory.mktemp("whole"), tones(44100, 2, 2.0)
    codecs = [("libmp3lame", "mp3"), ("aac", "ipod"), ("aac", "adts"), ("flac", "flac"), ("wmav2", "asf")]
    codecs += [("wavpack", "wv"), ("alac", "ipod"), ("ac3", "ac3"), ("pcm_s16le", "matroska"), ("tta", "tta")]
    contents = [encode(folder / "song", y, 44100, *codec).read_bytes() for codec in codecs]
    contents.append(encode(folder / "song", tones(48000), 48000, "libopus", "webm").read_bytes())
    for kind in ("WAV", "AIFF", "AU", "CAF", "W64", "OGG"):
        soundfile.write(folder / "song", y.T, 44100, format=kind)
        contents.append((folder / "song").read_bytes())
    return contents


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_cut_and_altered_files_never_crash(
    scratch: Path, whole_files: list[bytes], data: st.DataObject
) -> None:
    content = bytearray(data.draw(st.sampled_from(whole_files)))
    for at, value in data.draw(st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 255)), max_size=8)):
        content[at % len(content)] = value
    path = scratch / "altered"
    path.write_bytes(content[: data.draw(st.integers(1, len(content)))])
    try:
        read(path)
    except (DecodeError, UnusableAudioError) as error:
        assert error.path == str(path)
