"""`import reprise` and `reprise --help` load nothing heavy: shown in fresh interpreters."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = (
    "av", "django", "lightgbm", "librosa", "matplotlib", "numpy", "onnxruntime", "pandas", "pyarrow", "rich",
    "scipy", "sklearn", "soundfile", "soxr", "torch",
)  # fmt: skip


def _loaded_after(script: str) -> set[str]:
    report = f"; import sys; print(); print(*sorted(set({HEAVY}) & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", script + report], capture_output=True, text=True, timeout=60, check=True
    )
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize(
    "script",
    [
        "import reprise",
        "import reprise; dir(reprise); reprise.__version__; reprise.RepriseError",
        "import reprise.targets",
        "from reprise.cli import main; assert main(['--help']) == 0",
    ],
)
def test_nothing_heavy_is_loaded(script: str) -> None:
    assert _loaded_after(script) == set()


def test_the_check_would_see_what_is_loaded() -> None:
    assert "numpy" in _loaded_after("import reprise; reprise.TrackAnalysis")


def test_a_file_can_be_opened_without_the_networks() -> None:
    assert not {"onnxruntime", "sklearn", "librosa"} & _loaded_after("import reprise; reprise.load_audio")


def test_analysing_needs_nothing_of_the_training() -> None:
    loaded = _loaded_after("import reprise; reprise.analyze")
    assert not {"sklearn", "lightgbm", "pandas", "matplotlib", "librosa", "torch"} & loaded
