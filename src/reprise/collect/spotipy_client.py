"""spotipy, made to fit: one attempt a request, bounded answers, no token on disk, our errors."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from typing import Any

from reprise.collect.base import AccessDeniedError, RefusedError, TransientError
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
    from spotipy.oauth2 import SpotifyClientCredentials  # type: ignore[import-untyped]
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
            # The token is hidden before it is first used: spotipy logs its headers at debug level.
            remember(self._manager.get_access_token(as_dict=False))
            with warnings.catch_warnings():
                # spotipy warns of endpoints that are closed to new apps; this collector is for the others.
                warnings.simplefilter("ignore", DeprecationWarning)
                answer = send()
        except _StatusError as error:
            failure = error
        except spotipy.SpotifyException as error:
            raise RefusedError(f"spotipy did not send it: {error.msg}", status=error.http_status) from None
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
        # Out here, so that no traceback shows what the libraries in between knew.
        raise self._meaning_of(failure)

    def _meaning_of(self, failure: _StatusError) -> Exception:
        is_busy = failure.status == 429 or failure.status >= 500
        if failure.is_about_token and not is_busy:
            return AccessDeniedError("Spotify did not accept SPOTIPY_CLIENT_ID and SPOTIPY_CLIENT_SECRET")
        if failure.status == 401 and not self._has_new_token:
            self._has_new_token = True
            self._manager.cache_handler.save_token_to_cache(None)
            return TransientError("the access token was not accepted", status=401)
        return error_of(failure.status, failure.headers, failure.body)


class _StatusError(requests.RequestException):
    """An answer that is no success; raised before spotipy reads its body, which it would take to be Spotify's."""

    def __init__(self, response: Any, body: bytes, is_about_token: bool) -> None:
        super().__init__(f"HTTP {response.status_code}")
        self.status, self.headers, self.body = response.status_code, response.headers, body
        self.is_about_token = is_about_token


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
        if not 200 <= response.status_code < 300:
            raise _StatusError(response, body, request.method == "POST")
        response.headers.pop("Content-Encoding", None)
        response.raw = io.BytesIO(body)
        return response
