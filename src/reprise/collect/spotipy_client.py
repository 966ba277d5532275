"""spotipy, made to fit: one attempt a request, bounded answers, no token on disk, our errors."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from typing import Any

from reprise.collect.base import AccessDeniedError, TransientError
from reprise.collect.client import (
    DEADLINE_S,
    MAX_BYTES,
    TIMEOUT_S,
    USER_AGENT,
    error_of,
    read_limited,
    require_web_address,
)
from reprise.collect.credentials import guard_logs, read_secret, remember, remember_pair
from reprise.errors import MissingDependencyError

try:
    import requests
    import requests.adapters
    import spotipy  # type: ignore[import-untyped]
    import urllib3.exceptions
    from spotipy.cache_handler import MemoryCacheHandler  # type: ignore[import-untyped]
    from spotipy.oauth2 import (  # type: ignore[import-untyped]
        SpotifyClientCredentials,
        SpotifyOauthError,
    )
except ImportError as error:
    raise MissingDependencyError("spotipy", "collect") from error

__all__ = ["SpotipyClient"]


class SpotipyClient:
    """A spotipy client that keeps its token in memory, repeats nothing by itself and follows no redirect.

    Parameters
    ----------
    api_url, token_url : str
        Where the Web API and its token service are.

    Attributes
    ----------
    api : spotipy.Spotify
        Its methods are called through `call`.

    Raises
    ------
    ConfigError
        If ``SPOTIPY_CLIENT_ID`` or ``SPOTIPY_CLIENT_SECRET`` is not in the environment.
    """

    def __init__(self, api_url: str, token_url: str) -> None:
        guard_logs()
        require_web_address(api_url)
        require_web_address(token_url)
        client_id = read_secret("SPOTIPY_CLIENT_ID", "the client id of a Spotify app")
        client_secret = read_secret("SPOTIPY_CLIENT_SECRET", "the client secret of a Spotify app")
        remember_pair(client_id, client_secret)
        session = requests.Session()
        session.max_redirects = 0
        session.headers["User-Agent"] = USER_AGENT
        for scheme in ("http://", "https://"):
            session.mount(scheme, _BoundedAdapter())
        self._manager = SpotifyClientCredentials(
            client_id=client_id,
            client_secret=client_secret,
            requests_session=session,
            requests_timeout=TIMEOUT_S,
            cache_handler=MemoryCacheHandler(),  # spotipy's default writes the token to a file
        )
        self._manager.OAUTH_TOKEN_URL = token_url
        self.api = spotipy.Spotify(
            auth_manager=self._manager,
            requests_session=session,
            requests_timeout=TIMEOUT_S,
            retries=0,
            status_retries=0,
        )
        self.api.prefix = api_url.rstrip("/") + "/"
        self._has_new_token = False

    def call(self, send: Callable[[], Any]) -> Any:
        """Send one request through spotipy, and translate what may go wrong.

        Raises
        ------
        TransientError, RefusedError, AccessDeniedError
            As `reprise.collect.client.JsonClient.get` does.
        """
        try:
            answer = self._send(send)
        except spotipy.SpotifyException as error:
            status, headers = error.http_status, error.headers or {}
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            raise TransientError(f"{type(error).__name__} while asking") from None
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            # spotipy looks into answers before it has checked them.
            raise TransientError(f"an answer that spotipy cannot read ({type(error).__name__})") from None
        else:
            if answer is None:
                raise TransientError("an answer that is not JSON, or cut off")
            self._has_new_token = False
            return answer
        # Out here, so that a traceback does not show spotipy's own error with all that the server said.
        if status == 401 and not self._has_new_token:
            self._has_new_token = True
            self._manager.cache_handler.save_token_to_cache(None)
            raise TransientError("the access token was not accepted", status=401)
        raise error_of(status, headers)

    def _send(self, send: Callable[[], Any]) -> Any:
        try:
            # The token is hidden before it is first used: spotipy logs its headers at debug level.
            remember(self._manager.get_access_token(as_dict=False))
        except SpotifyOauthError as error:
            # The token service may be busy, or it may not know us; spotipy raises the same error for both.
            response = getattr(error.__context__, "response", None)
            status, headers = getattr(response, "status_code", 401), getattr(response, "headers", {})
        else:
            with warnings.catch_warnings():
                # spotipy warns of endpoints that are closed to new apps; this collector is for the others.
                warnings.simplefilter("ignore", DeprecationWarning)
                return send()
        if status == 429 or status >= 500:
            raise error_of(status, headers)
        raise AccessDeniedError("Spotify did not accept SPOTIPY_CLIENT_ID and SPOTIPY_CLIENT_SECRET")


class _BoundedAdapter(requests.adapters.HTTPAdapter):
    """Reads an answer as it comes, up to a size and a time; requests itself sets no limit to either."""

    def send(self, request: Any, *args: Any, **options: Any) -> Any:
        options["stream"] = True
        response = super().send(request, *args, **options)
        try:
            chunks = response.raw.stream(1 << 16, decode_content=True)
            body = read_limited(chunks, MAX_BYTES, DEADLINE_S)
        except urllib3.exceptions.HTTPError as error:
            raise requests.ConnectionError("cut off") from error
        finally:
            response.raw.release_conn()
        response.headers.pop("Content-Encoding", None)
        response.raw = io.BytesIO(body)
        return response
