"""Signs that mean the same are compared as equal, and others are not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manara.cyber import keys_of


@pytest.mark.parametrize(
    ("one", "other"),
    [
        # RFC 5952, section 1: three ways to write one address.
        ("2001:db8:0:0:1:0:0:1", "2001:0DB8::1:0:0:1"),
        ("evil.example", "EVIL.Example."),
        ("evil.example", "evil[.]example"),
        ("192.0.2.7", " 192[.]0.2.7 "),
        ("https://evil.example/a?b=C", "hxxps://Evil[.]example/a?b=C#part"),
        ("http://evil.example", "http://EVIL.example/"),
        ("amina@mail.example", "Amina@Mail.Example"),
        # RFC 3492, section 7.1 writes the punycode of bücher so.
        ("bücher.example", "xn--bcher-kva.example"),
        ("AB" * 32, "ab" * 32),
    ],
)
def test_one_sign_written_in_two_ways(one: str, other: str) -> None:
    assert keys_of(one)[0] == keys_of(other)[0]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("evil.example", "www.evil.example"),
        ("https://evil.example/a", "https://evil.example/A"),
        # Numbers of wallets know capitals.
        ("1BoatSLRHtKNngkdXEeobR76b53LETtpyT", "1boatslrhtknngkdxeeobr76b53lettpyt"),
        ("192.0.2.7", "192.0.2.77"),
    ],
)
def test_two_signs(one: str, other: str) -> None:
    assert not {keys_of(one)[0]} & {*keys_of(other)}


def test_a_url_shows_its_host() -> None:
    assert "evil.example" in keys_of("hxxp://evil.example:8080/a")
    assert "2001:db8::1" in keys_of("http://[2001:DB8:0:0:0:0:0:1]/a")


@given(st.text(max_size=40))
def test_any_text_has_a_key_that_is_its_own(text: str) -> None:
    keys = keys_of(text)
    assert bool(keys) >= bool(text.strip().replace("[.]", "").replace("[:]", ""))
    for key in keys[:1]:
        assert keys_of(key)[:1] in ((key,), keys_of(text)[:1])
