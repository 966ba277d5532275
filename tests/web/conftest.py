"""Fixtures of the library's tests: real rows and files, on SQLite or, with ``REPRISE_TEST_DATABASE``, PostgreSQL."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import django
import pytest
import soundfile
from django.conf import settings
from django.test import Client

from reprise.analysis import analyze
from reprise.demo import PIECES, render
from reprise.records import Tags

django.setup()

from django.contrib.auth.hashers import PBKDF2PasswordHasher  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402

# A million rounds keep thieves busy, and tests; what they are is Django's to test.
PBKDF2PasswordHasher.iterations = 2000

HOST = "localhost"


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Keep SQLite's test database in a file, as it is in use: in memory there is no WAL and no second process."""
    default = settings.DATABASES["default"]
    if default["ENGINE"].endswith("sqlite3"):
        settings.CONFIG.data.mkdir(parents=True, exist_ok=True)
        from django.db import connection

        name = str(settings.CONFIG.data / f"test-library-{os.getpid()}.sqlite")
        connection.settings_dict["TEST"]["NAME"] = name


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    """Forget what the process remembers between requests: the tables are emptied behind its back."""
    from reprise.web.library.accounts import forget_local_owner
    from reprise.web.limits import forget_all

    forget_local_owner()
    forget_all()


@pytest.fixture
def owner_client(db: Any) -> Client:
    """A program on this machine: the owner."""
    return Client(headers={"host": HOST})


@pytest.fixture
def public(settings: Any) -> Any:
    """Settings of a server that others may come to, under the name of localhost; a test may change more of them."""
    settings.CONFIG = replace(settings.CONFIG, public=True, allowed_hosts=(HOST,))
    settings.ALLOWED_HOSTS = [HOST]
    return settings


@pytest.fixture
def guest(db: Any) -> User:
    """A user who is not the owner."""
    return User.objects.create_user("guest", password="a guest's long password")


@pytest.fixture(scope="session")
def pieces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of three short pieces with tags, rendered by the demo's synthesiser."""
    folder = tmp_path_factory.mktemp("pieces")
    for piece in PIECES[:3]:
        with soundfile.SoundFile(folder / f"{piece.name}.flac", "w", 44100, channels=2) as file:
            file.title, file.artist, file.album = piece.name, "The Demo Band", "Demo"
            file.write(render(piece).T)
    return folder


@pytest.fixture(scope="session")
def heard(pieces: Path) -> Any:
    """What was heard in the first of the pieces."""
    return analyze(sorted(pieces.glob("*.flac"))[0], detail=True, embedding=True, waveform=True)


@pytest.fixture
def track(db: None, pieces: Path, heard: Any) -> Any:
    """A piece that was analysed for real."""
    from reprise.web.library.models import Track
    from reprise.web.library.storing import describe, store_analysis

    path = sorted(pieces.glob("*.flac"))[0]
    status = path.stat()
    track = Track(path=str(path), size=status.st_size, mtime_ns=status.st_mtime_ns)
    describe(track, Tags(title="House", artist="The Demo Band", album="Demo"))
    track.save()
    store_analysis(track, heard)
    return track
