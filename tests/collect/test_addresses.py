"""Which addresses of strangers are fetched."""

from __future__ import annotations

import socket

import pytest

from reprise.collect.addresses import RefusedAddressError, vet


@pytest.fixture
def names(monkeypatch):
    """Host names and where they lead, without a name server."""
    known = {
        "cdn.example": ["93.184.216.34"],
        "six.example": ["2606:2800:220:1:248:1893:25c8:1946"],
        "both.example": ["2606:2800:220:1:248:1893:25c8:1946", "93.184.216.34"],
        "inside.example": ["10.1.2.3"],
        "mixed.example": ["93.184.216.34", "127.0.0.1"],
    }

    def look_up(host, port, **_):
        try:
            socket.inet_pton(socket.AF_INET6 if ":" in host else socket.AF_INET, host)
            numbers = [host]
        except OSError:
            if host not in known:
                raise socket.gaierror(-2, "unknown") from None
            numbers = known[host]
        return [
            (socket.AF_INET6 if ":" in n else socket.AF_INET, socket.SOCK_STREAM, 6, "", (n, port))
            for n in numbers
        ]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)


@pytest.mark.parametrize(
    ("url", "number", "host"),
    [
        ("https://cdn.example/a.mp3?x=1", "93.184.216.34", "cdn.example"),
        ("http://cdn.example:80/", "93.184.216.34", "cdn.example"),
        ("https://six.example/", "2606:2800:220:1:248:1893:25c8:1946", "six.example"),
        ("https://both.example/", "93.184.216.34", "both.example"),
        ("http://93.184.216.34/", "93.184.216.34", "93.184.216.34"),
    ],
)
def test_public_servers_pass_by_their_number(names, url, number, host):
    vetted = vet(url)
    assert vetted.url.host == number
    assert vetted.url.raw_path == vetted.original.raw_path
    assert (vetted.host_header, str(vetted.original)) == (host, str(vetted.original))


PRIVATE = [
    "127.0.0.1", "10.0.0.1", "172.16.5.5", "192.168.1.1", "169.254.169.254",
    "100.64.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255", "192.0.2.1",
    "[::1]", "[::]", "[fe80::1]", "[fc00::1]", "[ff02::1]",
    "[::ffff:127.0.0.1]", "[::ffff:10.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[2002:a00:1::1]",
    "inside.example", "mixed.example",
]  # fmt: skip


@pytest.mark.parametrize("host", PRIVATE)
def test_nothing_inside_is_fetched(names, host):
    with pytest.raises(RefusedAddressError, match="not on the public internet") as caught:
        vet(f"https://{host}/x.mp3")
    assert caught.value.state == "refused"
    assert vet(f"https://{host}/x.mp3", allow_private=True).url.path == "/x.mp3"


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd", "ftp://cdn.example/x", "gopher://cdn.example/", "data:audio/mp3;base64,AAAA",
        "//cdn.example/", "cdn.example/x.mp3", "", "http://", "https://user:pass@cdn.example/",
        "https://cdn.example:22/", "http://cdn.example:6379/", "javascript:alert(1)", "http://a\x00b/",
        "https://cdn.example/" + "x" * 3000,
    ],
)  # fmt: skip
def test_other_addresses_are_refused(names, url):
    with pytest.raises(RefusedAddressError) as caught:
        vet(url)
    assert caught.value.state == "refused"


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "0177.0.0.1", "127.1"])
def test_odd_spellings_of_numbers_lead_nowhere_new(host):
    """With the system's own look-up: such names are the loopback to it, or nothing."""
    with pytest.raises(RefusedAddressError):
        vet(f"http://{host}/")


def test_a_name_that_is_not_found_may_be_there_tomorrow(names):
    with pytest.raises(RefusedAddressError) as caught:
        vet("https://nowhere.example/")
    assert caught.value.state == "failed"
