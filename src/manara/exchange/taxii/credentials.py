"""What a request says of who asks."""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Mapping


def authorization(headers: Mapping[str, str]) -> tuple[str, str]:
    """Return the scheme, in small letters, and what follows it; headers have small letters too."""
    scheme, _, said = headers.get("authorization", "").partition(" ")
    return scheme.lower(), said.strip()


def basic(said: str) -> tuple[str, str]:
    """Return name and password of HTTP's basic scheme (RFC 7617); empty if it cannot be read."""
    try:
        name, _, password = b64decode(said, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return name, password
