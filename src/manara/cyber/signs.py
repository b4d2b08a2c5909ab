"""A sign in one form: addresses, domains, URLs, hashes, mail addresses and numbers of wallets."""

from __future__ import annotations

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

#: Lengths in hex digits of MD5, SHA-1, SHA-256 and SHA-512.
_HASHES = frozenset({32, 40, 64, 128})
_HEX = re.compile(r"[0-9a-fA-F]+")
_DOMAIN = re.compile(r"(?:[\w-]+\.)+[^\W\d_][\w-]*\.?")
_SCHEME = re.compile(r"h(?:tt|xx)p(s?)://", re.IGNORECASE)


def keys_of(sign: str) -> tuple[str, ...]:
    """Return what a sign is compared by, itself first; a URL also by its host. Equal are equal.

    Capitals of what knows none, other ways to write an address, and brackets and letters that keep
    a sign from being clicked (``hxxp``, ``[.]``) make no difference. A domain is not its parent,
    as a comparison in a pattern of STIX 2.1 (section 9.6) is one of whole values.

    Args:
        sign: an address of version 4 or 6, domain, URL, MD5 or SHA hash, mail address, or a number
            such as that of a wallet, which is taken as it stands.
    """
    text = sign.strip().replace("[.]", ".").replace("[:]", ":").replace("[@]", "@")
    if scheme := _SCHEME.match(text):
        return _url(f"http{scheme[1].lower()}://{text[scheme.end() :]}")
    if (address := _address(text)) or (address := _address(text.strip("[]"))):
        return (address,)
    if len(text) in _HASHES and _HEX.fullmatch(text):
        return (text.lower(),)
    name, at, host = text.rpartition("@")
    if at and name and _DOMAIN.fullmatch(host):
        return (f"{name}@{_domain(host)}".lower(),)
    return (_domain(text),) if _DOMAIN.fullmatch(text) else (text,) if text else ()


def _url(text: str) -> tuple[str, ...]:
    """Return a URL in one form, and its host."""
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return (text,)
    host = _address(host) or _domain(host)
    place = (f"[{host}]" if ":" in host else host) + (f":{port}" if port else "")
    whole = parts._replace(netloc=place, path=parts.path or "/", fragment="").geturl()
    return (whole, host) if host else (whole,)


def _address(text: str) -> str:
    """Return an address of the internet protocol in one form, ``""`` for none."""
    try:
        return str(ip_address(text)) if text[:1].isalnum() or text[:1] == ":" else ""
    except ValueError:
        return ""


def _domain(text: str) -> str:
    """Return a domain in one form: in small letters, as it is registered, without a last dot."""
    small = text.lower().rstrip(".")
    if small.isascii():
        return small
    try:
        return small.encode("idna").decode("ascii")
    except UnicodeError:
        return small
