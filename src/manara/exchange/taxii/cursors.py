"""Signed cursors: where a page ended, for the one request that it belongs to."""

from __future__ import annotations

import hmac
import struct
from base64 import b64decode, urlsafe_b64encode
from binascii import Error

from manara.exchange.taxii.filters import Filters
from manara.exchange.taxii.queries import Position
from manara.model import UsageError

_FORM = struct.Struct(">QQQ")
#: With it a cursor has 42 bytes, which base64 writes in one way only.
_MAC = 18


def cursor(secret: bytes, about: str, filters: Filters, position: Position) -> str:
    """Return a position as text that only the holder of the secret can make.

    Args:
        secret: of the workspace.
        about: account, resource and collection of the request.
        filters: what was asked for.
        position: where the page ended.
    """
    packed = _FORM.pack(*position)
    return urlsafe_b64encode(packed + _mac(secret, about, filters, packed)).decode()


def position(secret: bytes, about: str, filters: Filters, text: str) -> Position:
    """Return the position that a cursor states.

    Raises:
        UsageError: it was made by somebody else, or for another request.
    """
    try:
        data = b64decode(text.encode("ascii"), b"-_", validate=True)
    except (Error, ValueError):
        data = b""
    packed, mac = data[: _FORM.size], data[_FORM.size :]
    if len(packed) == _FORM.size and hmac.compare_digest(mac, _mac(secret, about, filters, packed)):
        return Position(*_FORM.unpack(packed))
    raise UsageError(
        "not a cursor that belongs to this request",
        where="next",
        remedy="repeat all parameters of the first request, and only add `next`",
    )


def _mac(secret: bytes, about: str, filters: Filters, packed: bytes) -> bytes:
    text = repr((about, tuple(filters))).encode("utf-8", "replace")
    return hmac.digest(secret, packed + text, "sha256")[:_MAC]
