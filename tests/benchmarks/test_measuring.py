"""The benchmark measures what it says, on a short file and without peers; how fast anything is, no test asks."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

ROOT = Path(__file__).resolve().parents[2]

sys.path.insert(0, str(ROOT))  # benchmarks is no installed package

from benchmarks.contenders import Contender, TaskError, ours, race  # noqa: E402
from benchmarks.inputs import encode_mp3  # noqa: E402
from benchmarks.reprise_tasks import TASKS  # noqa: E402
from benchmarks.stages import REST, STAGES  # noqa: E402

from benchmarks import clip_sets, report  # noqa: E402


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds of clicks and noise, stereo."""
    path = tmp_path_factory.mktemp("benchmarks") / "clip.wav"
    y = 0.05 * np.random.default_rng(0).standard_normal((2 * 44_100, 2))
    y[::11_025] = 0.9
    soundfile.write(path, y, 44_100)
    return path


def test_stages_share_out_the_whole_time_and_each_is_reached(clip: Path):
    times_s = TASKS["stages"](str(clip))()
    assert set(times_s) == {*STAGES, REST}
    assert all(time_s > 0 for time_s in times_s.values())


def test_stop_watches_are_taken_off_again(clip: Path):
    before = [getattr(owner, name) for functions in STAGES.values() for owner, name in functions]
    TASKS["stages"](str(clip))()
    assert before == [getattr(owner, name) for functions in STAGES.values() for owner, name in functions]


def test_a_race_costs_each_contender_something_and_passes_over_those_that_cannot(clip: Path):
    contenders = [
        ours("reading", "decode_reprise", clip),
        ours("no such file", "decode_reprise", clip.with_name("absent.wav")),
        Contender(name="no such peer", task="x", arguments={}, module="benchmarks.no_such_tasks"),
    ]
    costs, absent = race(contenders, rounds=1)
    assert list(costs) == ["reading"]
    assert costs["reading"].fresh_s > costs["reading"].wall_s > 0
    assert costs["reading"].peak_rss_mb > 10
    assert "absent.wav" in absent["no such file"]
    assert set(absent) == {"no such file", "no such peer"}


def test_a_race_needs_its_first_contender(clip: Path):
    with pytest.raises(TaskError, match=r"absent\.wav"):
        race([ours("first", "decode_reprise", clip.with_name("absent.wav"))], rounds=1)


def test_many_files_are_rated_after_the_warm_up(clip: Path):
    result = TASKS["many"]([str(clip)] * 3, jobs=1, warm_up=1)()
    assert 0 < result["first_s"] < result["all_s"]
    assert result["files_per_s"] == pytest.approx(2 / (result["all_s"] - result["first_s"]), rel=0.2)
    assert result["cpu_s_per_file"] > 0


def test_repeated_packets_play_so_many_times(tmp_path: Path):
    t = np.arange(44_100) / 44_100
    y = np.stack([np.sin(2 * np.pi * 440 * t)] * 2).astype(np.float32)
    encode_mp3(tmp_path / "once.mp3", y)
    encode_mp3(tmp_path / "often.mp3", y, times=20)
    once, often = (soundfile.info(tmp_path / name).duration for name in ("once.mp3", "often.mp3"))
    assert often == pytest.approx(20 * once, rel=0.05)


def test_the_block_of_a_page_is_renewed_and_nothing_else(tmp_path: Path):
    page = tmp_path / "speed.md"
    page.write_text(f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n", encoding="utf-8")
    report.write_block(page, report.table(("what", "ms"), [["all", "1"]]))
    text = page.read_text(encoding="utf-8")
    assert "old" not in text
    assert "| all | 1 |" in text
    assert text.startswith("before\n") and text.endswith("\nafter\n")


def test_the_command_prints_a_table_of_a_named_file(clip: Path):
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.run", "--no-peers", "--rounds", "1", "--only", "files", str(clip)],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "| reprise, whole analysis | 1 |" in done.stdout
    assert "bare decoding" in done.stdout


def test_every_feature_set_gets_a_line_and_so_do_all_together(clip: Path, capsys: pytest.CaptureFixture[str]):
    clip_sets.main(str(clip.parent), 1)
    first, *lines = capsys.readouterr().out.splitlines()
    assert first.startswith("1 clips")
    assert [line[:12].strip() for line in lines] == [*clip_sets.CLIP_SETS, "all at once"]
    assert all(float(line.split()[-4]) > 0 for line in lines)
