"""Origins, as browsers write them."""

from __future__ import annotations

import pytest

from twodoor.origins import is_loopback, is_origin, origin_of


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://a.example", "https://a.example"),
        ("https://a.example/", "https://a.example"),
        ("http://a.example:81/b?c#d", "http://a.example:81"),
        ("https://a.example?b/c", "https://a.example"),
        ("https://a.example#b", "https://a.example"),
        ("about:blank", None),
        ("x https://a.example", None),
        ("https:///a.example", None),
        ("ftp://a.example", None),
        ("", None),
    ],
)
def test_a_url_is_of_one_origin_or_of_none(url: str, origin: str | None) -> None:
    assert origin_of(url) == origin


@pytest.mark.parametrize(
    ("value", "is_one"),
    [
        ("https://a.example", True),
        ("https://a.example/", True),
        ("https://a.example:444", True),
        ("https://a.example:443", False),
        ("https://a.example:80", True),
        ("http://a.example", False),
        ("http://localhost", True),
        ("http://localhost:80", False),
        ("http://localhost:443", True),
        ("http://app.localhost:3000", True),
        ("http://127.0.0.1", True),
        ("http://127.1.2.3", True),
        ("http://127.0.0.1.evil.example", False),
        ("http://localhost.evil.example", False),
        ("http://[::1]:3000", True),
        ("http://[::2]", False),
        ("https://[::2]", True),
        ("https://A.example", False),
        ("https://a.example/b", False),
        ("https://a.example\n", False),
        ("https://a.example:٤", False),
        ("https://a.example:123456", False),
        ("wss://a.example", False),
        ("null", False),
        ("*", False),
    ],
)
def test_an_origin_is_written_as_browsers_write_it(value: str, is_one: bool) -> None:
    assert is_origin(value) is is_one


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "a.localhost"])
def test_what_is_on_this_machine_is_on_nobodys_way(host: str) -> None:
    assert is_loopback(host)
    assert not is_loopback(f"{host}.example") and not is_loopback(f"x{host}x")
