"""Secrets come from the environment, and from here they go nowhere but into the request that needs them.

Every value read here is replaced by ``***`` in whatever passes through `hide`, which all errors, log records
and stored texts do.
"""

from __future__ import annotations

import base64
import logging
import os
import threading
from urllib.parse import quote, quote_plus

from reprise.errors import ConfigError

__all__ = ["guard_logs", "hide", "read_secret", "remember"]

_TALKATIVE = (
    "httpx", "httpcore", "httpcore.connection", "httpcore.http11", "httpcore.proxy",
    "spotipy", "spotipy.client", "spotipy.oauth2", "spotipy.cache_handler",
    "urllib3", "urllib3.connectionpool", "requests", "reprise.collect",
)  # fmt: skip
"""Loggers of the libraries in between: they write addresses, and at debug level headers."""

_hidden: set[str] = set()
_lock = threading.Lock()


def read_secret(name: str, purpose: str) -> str:
    """Read a secret from an environment variable, and hide it from then on.

    Parameters
    ----------
    name : str
        The variable, such as ``"LASTFM_API_KEY"``.
    purpose : str
        What it is, for the error message.

    Raises
    ------
    ConfigError
        If the variable is not set.
    """
    value = os.environ.get(name, "").strip()
    if not value:
        raise ConfigError(f"{name} is not set in the environment; it must hold {purpose}")
    if not value.isascii() or not value.isprintable():
        raise ConfigError(f"{name} holds characters that no key has")
    remember(value)
    return value


def remember(*values: str) -> None:
    """Hide these values too, in each spelling in which they travel."""
    with _lock:
        for value in values:
            if len(value) >= 4:
                _hidden.update({value, quote(value, safe=""), quote_plus(value)})


def remember_pair(user: str, password: str) -> None:
    """Hide what HTTP's basic authentication makes of two secrets."""
    remember(base64.b64encode(f"{user}:{password}".encode("ascii")).decode("ascii"))


def hide(text: object) -> str:
    """Return the text with every secret replaced by ``***``."""
    shown = str(text)
    with _lock:
        secrets = sorted(_hidden, key=len, reverse=True)  # the longest first: one may be part of another
    for secret in secrets:
        shown = shown.replace(secret, "***")
    return shown


class _HidingFilter(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        try:
            record.msg, record.args = hide(record.getMessage()), ()
        except (TypeError, ValueError):  # a message that does not fit its arguments is not worth a crash
            record.msg, record.args = "a message that cannot be formatted", ()
        if record.exc_info:
            # The traceback's text is made here, hidden, and kept: handlers use it instead of the exception.
            record.exc_text = hide(logging.Formatter().formatException(record.exc_info))
            record.exc_info = None
        return True


_filter = _HidingFilter()


def guard_logs() -> None:
    """Hide secrets in what the HTTP libraries log, at every level; calling it again does no harm."""
    for name in _TALKATIVE:
        logging.getLogger(name).addFilter(_filter)
    # spotipy logs as errors what we handle; without a handler of the user's own these would go to stderr.
    if not logging.getLogger("spotipy").handlers:
        logging.getLogger("spotipy").addHandler(logging.NullHandler())
