"""Shapes of users, sessions, tokens, settings and the state of an installation."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from ninja import Schema
from pydantic import Field

Id = str


class UserOut(Schema):
    id: int
    name: str
    role: Literal["owner", "guest"]
    is_active: bool
    last_login: datetime | None


class UserIn(Schema):
    name: str = Field(min_length=1, max_length=100)
    password: str = Field(min_length=10, max_length=200)
    role: Literal["owner", "guest"] = "guest"


class UserChange(Schema):
    password: str | None = Field(default=None, min_length=10, max_length=200)
    role: Literal["owner", "guest"] | None = None
    is_active: bool | None = None


class LoginIn(Schema):
    name: str = Field(max_length=150)
    password: str = Field(max_length=200)


class SessionOut(Schema):
    """Who is asking. ``csrf`` goes back as the header ``X-CSRFToken`` with everything that changes something."""

    user: UserOut | None
    is_public: bool
    csrf: str


class TokenIn(Schema):
    name: str = Field(min_length=1, max_length=100)
    days: int | None = Field(default=None, ge=1, le=3650)


class TokenOut(Schema):
    id: Id
    name: str
    created_at: datetime
    used_at: datetime | None
    expires_at: datetime | None


class NewToken(TokenOut):
    token: str = Field(description="Shown this once.")


class SettingsOut(Schema):
    online_search: Literal["off", "deezer", "itunes"]
    version: str
    model: str
    database: Literal["sqlite", "postgresql"]
    data_folder: str | None = Field(description="For the owner only.")
    max_upload_mb: int


class SettingsIn(Schema):
    online_search: Literal["off", "deezer", "itunes"] | None = None


class StatusOut(Schema):
    version: str
    tracks: int
    analysed: int
    queued: int
    failed: int
    missing: int
    workers: int = Field(description="Workers that gave a sign of life in the last 30 s.")
    online_search: Literal["off", "deezer", "itunes"]
    demo_tracks: int


class UrlIn(Schema):
    url: str = Field(max_length=2000)


class FolderOut(Schema):
    id: Id
    path: str
    tracks: int
    analysed: int
    failed: int
    missing: int
    scanned_at: datetime | None


class FolderIn(Schema):
    path: str = Field(max_length=4096)
