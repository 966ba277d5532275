"""Whenever a write is killed, the file is the old or the new one, whole, and the next write clears up."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from reprise.audio.audio_hash import audio_hash
from reprise.audio.tag_files import read_fields, write_fields
from reprise.audio.tag_files.replacing import PREFIX

Songs = Callable[[str], Path]

AT_A_CALL = """
import os, signal, sys
from reprise.audio.tag_files import write_fields
path, last = sys.argv[1], int(sys.argv[2])
calls = 0
def counted(call):
    def wrapped(*args, **kwargs):
        global calls
        calls += 1
        if calls == last:
            os.kill(os.getpid(), signal.SIGKILL)
        return call(*args, **kwargs)
    return wrapped
for name in ("open", "write", "fchmod", "fsync", "replace", "close"):
    setattr(os, name, counted(getattr(os, name)))
write_fields(path, {"REPRISE_TURN": ("new",)})
"""

AGAIN_AND_AGAIN = """
import sys
from reprise.audio.tag_files import write_fields
turn = 0
while True:
    turn += 1
    write_fields(sys.argv[1], {"REPRISE_TURN": (str(turn) * 5000,)})
    if turn == 2:
        print("ready", flush=True)
"""


@pytest.mark.parametrize("name", ["mp3-id3v2.3", "ogg-vorbis"])
def test_killed_at_every_step(name: str, make_song: Songs):
    path = make_song(name)
    write_fields(path, {"REPRISE_TURN": ("old",)})
    old, identity = path.read_bytes(), audio_hash(path)
    outcomes = []
    for last in range(1, 100):
        path.write_bytes(old)
        done = subprocess.run([sys.executable, "-c", AT_A_CALL, str(path), str(last)], check=False)
        outcomes.append(read_fields(path)["REPRISE_TURN"])
        assert outcomes[-1] == ("new",) or path.read_bytes() == old
        assert audio_hash(path) == identity
        if done.returncode == 0:
            break
        assert done.returncode == -signal.SIGKILL
        assert all(
            other.name.startswith(PREFIX)
            for other in path.parent.iterdir()
            if other.stat().st_mtime > path.stat().st_mtime
        )
    assert outcomes[0] == ("old",)
    assert outcomes[-1] == ("new",)
    assert outcomes == sorted(outcomes, reverse=True)  # old until one step, new from there on
    write_fields(path, {"REPRISE_TURN": ("after",)})
    assert not list(path.parent.glob(PREFIX + "*"))


def test_killed_at_any_moment(make_song: Songs):
    path = make_song("flac")
    identity = audio_hash(path)
    for round_ in range(8):
        with subprocess.Popen(
            [sys.executable, "-c", AGAIN_AND_AGAIN, str(path)], stdout=subprocess.PIPE
        ) as writer:
            assert writer.stdout
            assert writer.stdout.readline() == b"ready\n"
            time.sleep(0.0037 * round_)
            writer.kill()
        (value,) = read_fields(path)["REPRISE_TURN"]
        turn = value[: len(value) // 5000]
        assert value == turn * 5000
        assert int(turn) >= 2
        assert audio_hash(path) == identity
    write_fields(path, {"REPRISE_TURN": None})
    assert not list(path.parent.glob(PREFIX + "*"))


def test_two_writers_at_once_lose_nothing(make_song: Songs):
    path = make_song("mp3")
    script = (
        "import sys; from reprise.audio.tag_files import write_fields\n"
        "for i in range(25): write_fields(sys.argv[1], {f'{sys.argv[2]}{i}': (str(i),)})"
    )
    writers = [subprocess.Popen([sys.executable, "-c", script, str(path), name]) for name in "AB"]
    assert [writer.wait() for writer in writers] == [0, 0]
    assert read_fields(path) == {f"{name}{i}": (str(i),) for name in "AB" for i in range(25)}
    assert not list(path.parent.glob(PREFIX + "*"))
