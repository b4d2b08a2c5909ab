"""Time-stamps of a service (RFC 3161): when a bundle was made, by somebody else's clock."""

from __future__ import annotations

import httpx
from rfc3161_client import HashAlgorithm, TimestampRequestBuilder, decode_timestamp_response

from manara.casework.verifier import Broken, check_stamp
from manara.model import FetchError

#: Seconds that the service may take.
_PATIENCE = 30.0
_KIND = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}


def stamp(service: str, data: bytes) -> bytes:
    """Return the answer of a time-stamping service for some bytes, after checking it.

    Only their hash goes to the service.

    Args:
        service: its address.
        data: what is stamped.

    Raises:
        FetchError: it does not answer, or with something else than a time-stamp of these bytes.
    """
    asked = TimestampRequestBuilder().data(data).hash_algorithm(HashAlgorithm.SHA256).build()
    try:
        answer = httpx.post(service, content=asked.as_bytes(), headers=_KIND, timeout=_PATIENCE)
        answer.raise_for_status()
        if decode_timestamp_response(answer.content).tst_info.nonce != asked.nonce:
            raise Broken("the answer is to another question")
        check_stamp(answer.content, data)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, LookupError, Broken) as error:
        raise FetchError(
            f"gave no time-stamp: {error}", where=service,
            remedy="mend `time_stamp` in manara.toml, or empty it",
        ) from error  # fmt: skip
    return answer.content
