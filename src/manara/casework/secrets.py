"""Secrets: made at random, kept as what they can be checked by."""

from __future__ import annotations

import secrets
import threading
from functools import cache
from hashlib import sha256

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from manara.model import UsageError

#: Fewest characters of a password (NIST SP 800-63B-4, section 3.1.1.2).
SHORTEST = 15

_LONGEST = 256

#: argon2id with 64 MiB, 3 passes and 4 lanes (RFC 9106, section 4, second choice).
_HASHER = PasswordHasher()

# Each takes 64 MiB, and whoever likes can ask for one.
_ROOM = threading.BoundedSemaphore(4)


def new_secret() -> str:
    """Return 256 random bits as text that an address can hold."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """Return what a random secret is kept as: it needs no salt, since nobody guesses it."""
    return sha256(secret.encode("utf-8", "replace")).hexdigest()


def hash_password(password: str, account_id: str) -> str:
    """Return what a password is kept as.

    Raises:
        UsageError: it is too short, too long, or says the account's name.
    """
    if not SHORTEST <= len(password) <= _LONGEST or (account_id and account_id in password.lower()):
        raise UsageError(
            "will not do",
            where="password",
            remedy=f"use {SHORTEST} to {_LONGEST} characters, and not the account's name",
        )
    with _ROOM:
        return _HASHER.hash(password.encode("utf-8", "replace"))


def check_password(kept: str, password: str) -> str | None:
    """Return what a password is to be kept as from now on if it is the one, else None.

    It takes as long for an account without a password, so that nobody learns which there are.
    """
    given = password[: _LONGEST + 1].encode("utf-8", "replace")
    with _ROOM:
        try:
            _HASHER.verify(kept or _none(), given)
        except (VerificationError, InvalidHashError):
            return None
        if not kept:
            return None
        return _HASHER.hash(given) if _HASHER.check_needs_rehash(kept) else kept


@cache
def _none() -> str:
    """Return what a password that nobody has is kept as."""
    return _HASHER.hash(secrets.token_bytes(32))
