"""What is written is read again, what was there stays, the audio is never touched, and all can be taken back."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import av
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reprise.audio.audio_hash import audio_hash
from reprise.audio.tag_files import (
    Change,
    plan_restore,
    plan_write,
    read_fields,
    restore,
    write_fields,
)
from reprise.audio.tag_files.replacing import PREFIX
from reprise.errors import DecodeError, ParameterError, TagError

Decoded = Callable[[Path], tuple[bytes, list[bytes]]]
Songs = Callable[[str], Path]

REPRISE = {
    "BPM": ("128",),
    "INITIALKEY": ("F#m",),
    "MOOD": ("Happy", "Lively"),
    "GENRE": ("House", "D&B"),
    "REPRISE_ENERGY": ("0.75",),
    "REPRISE_RECORD": ("0123456789abcdef" * 800,),
}

SETTINGS = settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=300)
known = st.sampled_from(
    ("BPM", "INITIALKEY", "MOOD", "TITLE", "ALBUM", "TRACKNUMBER", "DATE", "COMMENT", "REPRISE_X")
)
names = known | st.from_regex(r"[ -<>-`{|}]{1,30}", fullmatch=True).filter(
    lambda name: (
        name == name.strip() and name not in ("GENRE", "METADATA_BLOCK_PICTURE", "COVERART", "COVERARTMIME")
    )
)
genres = texts.filter(lambda text: not (text.isascii() and text.isdigit()))  # ID3's numbers mean genres
values = st.lists(texts, max_size=4).map(tuple)
updates = st.tuples(
    st.dictionaries(names, values, max_size=4), st.none() | st.lists(genres, max_size=3).map(tuple)
).map(lambda pair: pair[0] if pair[1] is None else {**pair[0], "GENRE": pair[1]})


def test_what_other_programs_wrote_is_read(song: Path):
    fields = read_fields(song)
    if song.name == "mp3":
        assert fields == {}
    else:
        assert fields["TITLE"] == ("Ágætis byrjun",)
        assert fields["ARTIST"] == ("Sigur Rós",)
        assert fields["GENRE"] == ("Rock",)


def test_write_then_undo(song: Path, decoded: Decoded):
    before, content, audio = read_fields(song), song.read_bytes(), decoded(song)
    identity = audio_hash(song)
    plan = plan_write(song, REPRISE)
    assert song.read_bytes() == content
    change = write_fields(song, REPRISE)
    assert change == plan
    assert change.after == REPRISE
    assert change.before == {name: before.get(name, ()) for name in REPRISE}
    assert read_fields(song) == {**before, **REPRISE}
    assert decoded(song) == audio
    assert audio_hash(song) == identity
    stored = Change.from_dict(json.loads(json.dumps(change.to_dict())))
    assert stored == change
    assert plan_restore(song, stored) == restore(song, stored)
    assert read_fields(song) == before
    assert decoded(song) == audio
    assert audio_hash(song) == identity


@pytest.mark.parametrize("name", ["mp3", "flac", "ogg-vorbis", "ogg-opus", "m4a"])
def test_undo_gives_the_same_bytes_where_the_format_lets_it(name: str, make_song: Songs):
    path = make_song(name)
    before = path.read_bytes()
    # FLAC's padding, 8 KiB from FFmpeg, takes up this much.
    restore(path, write_fields(path, {**REPRISE, "REPRISE_RECORD": ("0123456789abcdef" * 400,)}))
    assert path.read_bytes() == before


def test_ffmpeg_reads_what_was_written(song: Path):
    write_fields(song, REPRISE)
    with av.open(str(song)) as container:
        found = {**container.streams.audio[0].metadata, **container.metadata}
    found = {name.upper(): value for name, value in found.items()}
    assert found["GENRE"].startswith("House")
    assert found["REPRISE_ENERGY"] == "0.75"
    assert found["REPRISE_RECORD"] == REPRISE["REPRISE_RECORD"][0]
    if not song.name.startswith("m4a"):  # FFmpeg does not show tmpo
        assert "128" in (found.get("BPM"), found.get("TBPM"))
    assert "F#m" in (found.get("INITIALKEY"), found.get("TKEY"))
    assert (found.get("MOOD") or found["TMOO"]).startswith("Happy")
    if song.name != "mp3":
        assert found["TITLE"] == "Ágætis byrjun"


def test_tinytag_reads_what_was_written(song: Path):
    tinytag = pytest.importorskip("tinytag", reason="needs tinytag, which the extra dev has")
    write_fields(song, {**REPRISE, "TITLE": ("Æ日本😀",)})
    endings = {"mp3": ".mp3", "fla": ".flac", "ogg": ".ogg", "m4a": ".m4a"}
    named = song.rename(song.with_name(song.name + endings[song.name[:3]]))
    found = tinytag.TinyTag.get(named).as_dict()
    assert found["title"] == ["Æ日本😀"]
    assert found["genre"] == ["House", "D&B"]
    assert found["bpm"] == ["128"]
    assert found["initial_key"] == ["F#m"]
    assert found["reprise_energy"] == ["0.75"]
    assert found["reprise_record"] == list(REPRISE["REPRISE_RECORD"])


@SETTINGS
@given(fields=updates)
def test_any_text_comes_back_and_nothing_else_changes(
    song: Path, decoded: Decoded, fields: dict[str, tuple[str, ...]]
):
    before, audio, identity = read_fields(song), decoded(song), audio_hash(song)
    change = write_fields(song, fields)
    expected = {**before, **{name.upper(): value for name, value in fields.items()}}
    assert read_fields(song) == {name: value for name, value in expected.items() if value}
    assert (decoded(song), audio_hash(song)) == (audio, identity)
    assert not restore(song, change).left_alone
    assert read_fields(song) == before
    assert (decoded(song), audio_hash(song)) == (audio, identity)


def test_none_removes(song: Path):
    write_fields(song, REPRISE)
    change = write_fields(song, {"bpm": None, "Mood": (), "NOT_THERE": None})
    assert change.after == {"BPM": (), "MOOD": ()}
    assert not {"BPM", "MOOD"} & read_fields(song).keys()


def test_what_is_so_already_is_not_written(song: Path):
    write_fields(song, REPRISE)
    before = song.stat()
    assert not write_fields(song, REPRISE)
    assert not plan_write(song, {**REPRISE, "ABSENT": None})
    assert (song.stat().st_ino, song.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_undo_leaves_alone_what_others_changed(song: Path):
    before = read_fields(song)
    change = write_fields(song, REPRISE)
    write_fields(song, {"BPM": ("90",), "INITIALKEY": ("C",), "MOOD": None})
    done = restore(song, change)
    assert set(done.left_alone) == {"BPM", "INITIALKEY"}
    assert read_fields(song) == {**before, "BPM": ("90",), "INITIALKEY": ("C",)}
    assert restore(song, change).change.before == {}


def test_mode_times_links_and_attributes(song: Path, tmp_path: Path):
    song.chmod(0o640)
    try:
        os.setxattr(song, "user.reprise", b"kept")
    except OSError:
        pytest.skip("this file system has no extended attributes")
    link = tmp_path / "link"
    link.symlink_to(song)
    write_fields(link, REPRISE)
    assert link.is_symlink()
    assert song.stat().st_mode & 0o777 == 0o640
    assert os.getxattr(song, "user.reprise") == b"kept"
    assert read_fields(song)["BPM"] == ("128",)
    assert not list(song.parent.glob(PREFIX + "*"))


def test_leftovers_of_the_dead_are_removed_and_those_of_the_living_are_not(make_song: Songs):
    import fcntl

    path = make_song("mp3")
    dead, living = (path.with_name(f"{PREFIX}{name}.tmp") for name in ("dead", "living"))
    dead.write_bytes(b"half a file")
    with living.open("wb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        write_fields(path, REPRISE)
        assert not dead.exists()
        assert living.exists()
    write_fields(path, {"BPM": ("1",)})
    assert not living.exists()


@pytest.mark.parametrize(
    "fields",
    [
        {"": ("x",)},
        {"A=B": ("x",)},
        {"Ä": ("x",)},
        {" BPM": ("x",)},
        {"A" * 101: ("x",)},
        {"A\n": ("x",)},
        {"A": ("",)},
        {"A": ("x\0y",)},
        {"A": ("\ud800",)},
        {"A": "text"},
        {"a": ("x",), "A": ("y",)},
        {"COVERART": ("x",)},
        {"A": ("x",) * 1001},
        {"A": ("x" * (1 << 22), "y")},
    ],
)
def test_names_and_values_that_no_format_could_hold(fields: dict[str, tuple[str, ...]], make_song: Songs):
    path = make_song("flac")
    before = path.read_bytes()
    for write in (plan_write, write_fields):
        with pytest.raises(ParameterError, match="tag"):
            write(path, fields)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "stored",
    [
        {},
        {"format": "MP4", "before": {}, "after": {"A": []}},
        {"format": 1, "before": {}, "after": {}},
        {"format": "MP4", "before": {"A": "x"}, "after": {"A": []}},
        {"format": "MP4", "before": {"A": [1]}, "after": {"A": []}},
        {"format": "MP4", "before": [], "after": []},
    ],
)
def test_a_stored_change_of_another_shape(stored: dict[str, object]):
    with pytest.raises(ParameterError, match="stored change"):
        Change.from_dict(stored)


def test_other_formats_and_no_files(tmp_path: Path):
    starts = {
        "WAV": b"RIFF\x24\0\0\0WAVEfmt ",
        "AIFF": b"FORM\0\0\0\x20AIFFCOMM",
        "Matroska": b"\x1a\x45\xdf\xa3" + bytes(100),
        "begins like no": b"just some words, nothing more" * 100,
    }
    for reason, content in starts.items():
        path = tmp_path / "song.mp3"
        path.write_bytes(content)
        for act in (
            read_fields,
            lambda path: plan_write(path, REPRISE),
            lambda path: write_fields(path, REPRISE),
        ):
            with pytest.raises(TagError, match=reason):
                act(path)
        assert path.read_bytes() == content
    for missing in (tmp_path / "missing", tmp_path):
        with pytest.raises(DecodeError):
            write_fields(missing, REPRISE)


def test_a_folder_that_may_not_be_written(make_song: Songs, tmp_path: Path):
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    path = tmp_path / "song"
    path.write_bytes(make_song("mp3").read_bytes())
    tmp_path.chmod(0o500)
    with pytest.raises(TagError, match="permission"):
        write_fields(path, REPRISE)
    tmp_path.chmod(0o700)
