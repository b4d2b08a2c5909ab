"""What a node says when it cannot do what it was asked."""

from __future__ import annotations

from typing import Any

import httpx
import msgspec

from manara.model.errors import ManaraError


class AnswerError(ManaraError):
    """A node has refused a request, could not be reached, or said what cannot be understood.

    Attributes:
        status: the HTTP status; 0 for no answer.
        problem: the code of the node's error, such as ``not-found``; ``""`` for no answer.
    """

    code = "answer"

    def __init__(
        self,
        message: str,
        *,
        status: int = 0,
        problem: str = "",
        where: str = "",
        remedy: str = "",
    ) -> None:
        super().__init__(message, where=where, remedy=remedy)
        self.status, self.problem = status, problem


def error_of(response: httpx.Response) -> AnswerError:
    """Return what an answer says is wrong: problem details (RFC 9457), or the service's JSON."""
    try:
        told: dict[str, Any] = msgspec.json.decode(response.content, type=dict[str, Any])
    except msgspec.DecodeError:
        told = {}
    inner = told.get("error")
    found: dict[str, Any] = inner if isinstance(inner, dict) else told
    kind = str(found.get("type", found.get("code", "")))
    return AnswerError(
        str(found.get("detail", found.get("message", response.reason_phrase))),
        status=response.status_code,
        problem=kind.rpartition(":")[2],
        where=str(found.get("where", "")) or str(response.url.path),
        remedy=str(found.get("remedy", "")),
    )
