"""Signatures of a node: detached JWS with Ed25519 over canonical JSON.

RFC 7515, appendix F; RFC 9864; RFC 8785.
"""

from __future__ import annotations

from typing import Any

import rfc8785
from joserfc import jws
from joserfc.jwk import OKPKey

from manara.model import ExchangeError

#: The algorithm of all signatures.
ALGORITHM = "Ed25519"


def canonical(value: Any) -> bytes:
    """Return a JSON value in its one canonical form (RFC 8785).

    Raises:
        ExchangeError: it is none, or holds a number that is not the same everywhere.
    """
    try:
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, RecursionError) as error:
        raise ExchangeError(str(error), rule="form") from error


def key_id(key: OKPKey) -> str:
    """Return what a key is called: the first 72 bits of its thumbprint (RFC 7638)."""
    return key.thumbprint()[:12]


def sign(payload: bytes, key: OKPKey) -> str:
    """Return the detached signature of some bytes by a node's signing key."""
    header = {"alg": ALGORITHM, "kid": key_id(key)}
    head, _, signature = jws.serialize_compact(header, payload, key, [ALGORITHM]).split(".")
    return f"{head}..{signature}"
