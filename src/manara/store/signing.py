"""Signatures of a node: detached JWS with Ed25519 over canonical JSON.

RFC 7515, appendix F; RFC 9864; RFC 8785.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import msgspec
import rfc8785
from joserfc import jws
from joserfc.jwk import OKPKey

from manara.model import ExchangeError

#: The algorithm of all signatures.
ALGORITHM = "Ed25519"


_sorted = msgspec.json.Encoder(order="sorted").encode
#: Largest whole number that every reader of JSON takes for the same (RFC 8785, appendix D).
_EXACT = 2**53 - 1


def canonical(value: Any) -> bytes:
    """Return a JSON value in its one canonical form (RFC 8785).

    Raises:
        ExchangeError: it is none, or holds a number that is not the same everywhere.
    """
    try:
        return _sorted(value) if _plain(value) else rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, RecursionError, UnicodeError) as error:
        raise ExchangeError(str(error), rule="form") from error


def _plain(value: Any) -> bool:
    """Return whether the quick encoder's form is the canonical one.

    It is unless there are fractions, large numbers or keys that UTF-16 puts in another order.
    """
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return True
    if kind is dict:
        return all(type(key) is str and key.isascii() and _plain(value[key]) for key in value)
    if kind is list or kind is tuple:
        return all(map(_plain, value))
    return kind is int and -_EXACT <= value <= _EXACT


def key_id(key: OKPKey) -> str:
    """Return what a key is called: the first 72 bits of its thumbprint (RFC 7638)."""
    return _called(str(key["crv"]), str(key["x"]))


@lru_cache(maxsize=1024)
def _called(curve: str, x: str) -> str:
    return OKPKey.import_key({"kty": "OKP", "crv": curve, "x": x}).thumbprint()[:12]


def sign(payload: bytes, key: OKPKey) -> str:
    """Return the detached signature of some bytes by a node's signing key."""
    header = {"alg": ALGORITHM, "kid": key_id(key)}
    head, _, signature = jws.serialize_compact(header, payload, key, [ALGORITHM]).split(".")
    return f"{head}..{signature}"
