"""The user's own data have one place, which the environment can move."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from reprise.errors import ConfigError
from reprise.places import data_directory


def test_the_environment_names_the_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("REPRISE_DATA", str(tmp_path / "mine"))
    assert data_directory() == tmp_path / "mine"
    monkeypatch.setenv("REPRISE_DATA", "here")
    with pytest.raises(ConfigError, match="absolute path"):
        data_directory()


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="the place on Linux and the like")
def test_without_it_the_platform_does(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("REPRISE_DATA", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    assert data_directory() == tmp_path / ".local" / "share" / "reprise"
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "xdg"))
    assert data_directory() == tmp_path / "xdg" / "reprise"
    monkeypatch.setenv("XDG_DATA_HOME", "relative")
    assert data_directory() == tmp_path / ".local" / "share" / "reprise"
