"""Messages that carry their sender's signature and that only their receiver can read.

Signatures are detached JWS (RFC 7515, appendix F) with Ed25519 (RFC 9864) over canonical JSON
(RFC 8785); sealing is JWE (RFC 7516) with ECDH-ES+A256KW over X25519 (RFC 8037) and A256GCM.
"""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Any

import msgspec
from joserfc import jwe, jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from manara.model import ExchangeError
from manara.store.signing import ALGORITHM, canonical, key_id, sign

_KEY, _CONTENT = "ECDH-ES+A256KW", "A256GCM"
#: Longest sealed message that is opened, in bytes.
LONGEST = 256 * 1024 * 1024


class _Registry(jwe.JWERegistry):
    """The library's rules, but for messages longer than its 64 KiB."""

    max_ciphertext_length = LONGEST


_REGISTRY = _Registry(algorithms=[_KEY, _CONTENT])


def verify(payload: bytes, signature: str, key: OKPKey, where: str) -> None:
    """Return if a detached signature of some bytes is by a key.

    Raises:
        ExchangeError: it is not.
    """
    try:
        if ".." not in signature:
            raise ValueError
        jws.deserialize_compact(signature, key, [ALGORITHM], payload=payload)
    except (JoseError, ValueError, TypeError) as error:
        raise ExchangeError(
            "the signature does not hold: it was changed, or is of another node",
            rule="signature",
            where=where,
            remedy="have it sent again, and compare the fingerprints of the cards",
        ) from error


def signed(message: Mapping[str, Any], key: OKPKey) -> bytes:
    """Return a message with its signature over the canonical form of all else in it."""
    return msgspec.json.encode({**message, "signature": sign(canonical(message), key)})


def read(data: bytes, kind: str) -> dict[str, Any]:
    """Return a message of a kind (its ``type``) that is not checked yet.

    Raises:
        ExchangeError: it is no such message.
    """
    try:
        message = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ExchangeError(f"is no JSON: {error}", rule="form", where=kind) from error
    if not isinstance(message, dict) or message.get("type") != kind:
        raise ExchangeError("is no such message", rule="form", where=kind)
    return message


def check(message: Mapping[str, Any], key: OKPKey) -> None:
    """Return if a message is signed by a key.

    Raises:
        ExchangeError: it is not.
    """
    body = {name: value for name, value in message.items() if name != "signature"}
    where = f"{message.get('type')} {message.get('id', '')}".strip()
    verify(canonical(body), str(message.get("signature")), key, where)


def seal(plain: bytes, key: OKPKey) -> bytes:
    """Return some bytes so that only the holder of an encryption key can read them."""
    header = {"alg": _KEY, "enc": _CONTENT, "kid": key_id(key)}
    return jwe.encrypt_compact(header, plain, key, registry=_REGISTRY).encode()


def unseal(sealed: bytes, key: OKPKey, where: str) -> bytes:
    """Return what was sealed for an encryption key.

    Raises:
        ExchangeError: it was sealed for another key, or changed on the way.
    """
    try:
        opened = jwe.decrypt_compact(sealed.strip(), key, registry=_REGISTRY)
    except (JoseError, ValueError, TypeError) as error:
        raise ExchangeError(
            "cannot be opened: it is sealed for another node, or was changed on the way",
            rule="recipient",
            where=where,
            remedy="have it sent again to the card that `manara node` shows",
        ) from error
    return opened.plaintext or b""


def sealed_for(sealed: bytes) -> str:
    """Return what a sealed message calls the key it is sealed for; it may say anything."""
    return named_key(sealed.strip().partition(b".")[0])


def named_key(header: bytes | str) -> str:
    """Return what a JOSE header calls its key (RFC 7515, section 4.1.4), ``""`` for nothing."""
    try:
        text = header.decode("ascii") if isinstance(header, bytes) else header
        return str(msgspec.json.decode(unbase64url(text))["kid"])
    except (ValueError, TypeError, KeyError, msgspec.DecodeError):
        return ""


def digest(data: bytes) -> str:
    """Return the SHA-256 of some bytes, hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def base64url(data: bytes) -> str:
    """Return bytes as JOSE writes them (RFC 7515, section 2)."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def unbase64url(text: str) -> bytes:
    """Return the bytes that `base64url` wrote.

    Raises:
        ValueError: it wrote no such text.
    """
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
