"""Which addresses of strangers are fetched: public web servers, and nothing inside this network."""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass

from reprise.errors import MissingDependencyError

try:
    import httpx
except ImportError as error:
    raise MissingDependencyError("httpx", "collect") from error

__all__ = ["RefusedAddressError", "Vetted", "vet"]

MAX_URL = 2000
_PORTS = (80, 443)


class RefusedAddressError(Exception):
    """An address is not fetched; `state` is ``"failed"`` where only its name was not found."""

    def __init__(self, reason: str, state: str = "refused") -> None:
        super().__init__(reason)
        self.state = state


@dataclass(frozen=True, kw_only=True, slots=True)
class Vetted:
    """An address that may be fetched.

    Attributes
    ----------
    original : httpx.URL
        As given.
    url : httpx.URL
        The same with the host's checked number in place of its name: looked up again, the name could lead
        elsewhere.
    host_header : str
        What the server has to be told.
    """

    original: httpx.URL
    url: httpx.URL
    host_header: str


def vet(url: str, *, allow_private: bool = False) -> Vetted:
    """Check an address from a stranger, and look its host up once.

    Parameters
    ----------
    url : str
        What the stranger gave.
    allow_private : bool
        Let private, local and reserved addresses pass, and any port.

    Returns
    -------
    Vetted
        What to connect to.

    Raises
    ------
    RefusedAddressError
        If it is not ``http`` or ``https``, carries a user name, names another port than 80 or 443, or leads
        to an address that is not public. One such address among several is enough.
    """
    if len(url) > MAX_URL:
        raise RefusedAddressError("the address is too long")
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        raise RefusedAddressError("not an address") from None
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise RefusedAddressError("only http and https are fetched")
    if parsed.userinfo:
        raise RefusedAddressError("an address with a user name or a password")
    port = parsed.port or (443 if parsed.scheme == "https" else 80)
    if port not in _PORTS and not allow_private:
        raise RefusedAddressError(f"port {port}; only 80 and 443 are fetched")
    numbers = _look_up(parsed.host, port)
    if not allow_private and not all(_is_public(number) for number in numbers):
        raise RefusedAddressError("the host is not on the public internet")
    host_header = parsed.netloc.decode("ascii")
    return Vetted(original=parsed, url=parsed.copy_with(host=numbers[0]), host_header=host_header)


def _look_up(host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise RefusedAddressError("the host is not found", state="failed") from error
    # An IPv4 address first: not every machine that is told of an IPv6 address can reach it.
    found.sort(key=lambda row: row[0] != socket.AF_INET)
    return list(dict.fromkeys(str(row[4][0]) for row in found))


def _is_public(number: str) -> bool:
    try:
        address = ipaddress.ip_address(number.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        # Addresses that carry an IPv4 one are as public as that is.
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if inner is not None:
            return inner.is_global and not inner.is_multicast
        if address in ipaddress.ip_network("64:ff9b::/96"):
            return _is_public(str(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)))
    return address.is_global and not address.is_multicast
