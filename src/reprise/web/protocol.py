"""HTTP over a connection: uvicorn's protocol on httptools, with a bound on what comes before a body.

httptools reads requests in C, in a fraction of the time that a reader in Python takes, but keeps all headers that come.
"""

from __future__ import annotations

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

__all__ = ["MOST_HEAD", "BoundedProtocol"]

MOST_HEAD = 64 * 1024
"""Bytes that the headers of one request may go on for after the read of the socket that they began in."""


class BoundedProtocol(HttpToolsProtocol):  # type: ignore[misc]
    """Refuses a request whose headers do not end."""

    _begun = _seen = 0
    _is_in_head = False

    def data_received(self, data: bytes) -> None:
        """Let the parser read, and count what came if it is all headers."""
        begun = self._begun
        super().data_received(data)
        if self._is_in_head and self._begun == begun:
            self._seen += len(data)
            if self._seen > MOST_HEAD and not self.transport.is_closing():
                self.send_400_response("The headers are too large.")

    def on_message_begin(self) -> None:
        """Count anew: another request begins on the same connection."""
        self._begun, self._seen, self._is_in_head = self._begun + 1, 0, True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Count no more: bodies have bounds of their own."""
        self._is_in_head = False
        super().on_headers_complete()
