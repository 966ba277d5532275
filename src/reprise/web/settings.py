"""Django's settings, made of `reprise.config`; see there for what a user may set."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any

import dj_database_url

from reprise.config import load_config

CONFIG = load_config()
HERE = Path(__file__).parent


def _secret() -> str:
    """Return the key that signs sessions; made once and kept beside the database, readable by its owner alone."""
    path = CONFIG.data / "secret-key"
    CONFIG.data.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(50))
    return path.read_text(encoding="ascii").strip()


def _database() -> dict[str, Any]:
    settings: dict[str, Any] = dict(dj_database_url.parse(CONFIG.database_url))
    if settings["ENGINE"].endswith("sqlite3"):
        # Opening the file anew costs more than most requests; the pool of PostgreSQL needs 0.
        settings["CONN_MAX_AGE"] = None
        settings["OPTIONS"] = {
            "timeout": 30,
            # Take the write lock at the start of a transaction: two that read first and write then would deadlock.
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-65536;"
            " PRAGMA mmap_size=268435456; PRAGMA temp_store=MEMORY;",
        }
    else:
        settings.setdefault("OPTIONS", {})["pool"] = {"min_size": 1, "max_size": 20}
    return settings


SECRET_KEY = _secret()
DEBUG = False
# A page of a stranger must not reach a server on this machine under a name of its own (DNS rebinding).
ALLOWED_HOSTS = list(CONFIG.allowed_hosts) if CONFIG.public else ["localhost", "127.0.0.1", "[::1]"]
DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django_tasks",
    "django_tasks_db",
    "reprise.web.library",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "reprise.web.middleware.security_headers",
    "reprise.web.middleware.problems",
    "reprise.web.middleware.refusals",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "reprise.web.middleware.local_owner",
]
ROOT_URLCONF = "reprise.web.urls"
ASGI_APPLICATION = "reprise.web.asgi.application"
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": [HERE / "templates"]}]
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default", "long"]}}
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
USE_I18N = False

STATIC_URL = "/static/"
STATICFILES_DIRS = [HERE / "static"]
STATIC_ROOT = None
# Straight from the package: whoever installs it need not run collectstatic.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
# What the pages load is theirs alone; names with a hash of the content never change it.
WHITENOISE_ALLOW_ALL_ORIGINS = False
WHITENOISE_IMMUTABLE_FILE_TEST = r"^/static/app/assets/"

# Uploads have a limit of their own. The largest other bodies are playlists of 100,000 tracks, 2.6 MB; above 1 MB a body
# waits on the disk, not in memory, until it is complete.
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
FILE_UPLOAD_TEMP_DIR = None
FILE_UPLOAD_HANDLERS = ["reprise.web.library.uploads.DiskUploadHandler"]
SESSION_COOKIE_NAME = "reprise_session"
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_HTTPONLY = True
CSRF_COOKIE_NAME = "reprise_csrf"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "reprise.web.error_pages.forbidden"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = CONFIG.public and CONFIG.https
if CONFIG.public and CONFIG.https:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 31_536_000
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
# W002: the header is set by our own middleware. W005, W021: about other names than ours its owner decides.
SILENCED_SYSTEM_CHECKS = [
    "security.W002",
    "security.W005",
    "security.W021",
    "security.W004",
    "security.W008",
    "security.W009",
]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    # What strangers send that is wrong must not fill the log.
    "loggers": {"django.request": {"level": "ERROR"}},
}
