"""``reprise demo``, as ``make demo`` runs it."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import soundfile

from reprise.demo import PIECES

Run = Callable[..., subprocess.CompletedProcess[bytes]]


def test_the_demo_shows_truth_beside_measurement(reprise: Run, library: Path, tmp_path: Path) -> None:
    done = reprise("demo", library / "house.wav", library / "broken.mp3", "--keep", tmp_path / "kept")
    text = done.stdout.decode()
    assert done.returncode == 1, "the broken file"
    assert "Traceback" not in done.stderr.decode()
    for piece in PIECES:
        truth = f"({piece.tempo_bpm:.0f})" if piece.tempo_bpm else "(–)"
        assert re.search(rf"^{re.escape(piece.style)} .*{re.escape(truth)}", text, re.MULTILINE)
        assert soundfile.info(tmp_path / "kept" / f"{piece.name}.wav").samplerate == 44100
    assert "house.wav" in text and "broken.mp3" in text
    assert all(len(line) <= 80 for line in text.splitlines() if "broken" not in line and "kept" not in line)
    right = re.search(r"Right: tempo (\d+) of 10, key (\d+) of 10, metre (\d+) of 10", text)
    assert right and all(int(count) >= 6 for count in right.groups())
