"""How a request goes to a node: sent again where nothing came back, done once, errors raised."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import quote

import httpx
import msgspec

from manara.client.errors import AnswerError, error_of

#: How often a request is sent to which nothing comes back, or that the node is too busy for.
TRIES = 3

#: How long to wait before it is sent again, in seconds, twice as long each time.
PAUSE = 0.5

_API = "/api/v1"
_AGAIN = frozenset({502, 503, 504})

T = TypeVar("T")


class Sender:
    """Sends requests in an account's name.

    Args:
        url: address of the node.
        token: a token of its console.
        timeout: how long an answer may take, in seconds.
        transport: how the node is reached; None for the network.
    """

    def __init__(
        self,
        url: str,
        token: str,
        *,
        timeout: float = 60.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        self.http = httpx.Client(
            base_url=url, headers=headers, timeout=timeout, transport=transport
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connections."""
        self.http.close()

    def send(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, Any] | None = None,
        **body: Any,
    ) -> httpx.Response:
        """Return a node's answer.

        What is posted bears an idempotency key, so that it is done once, however often it is sent.

        Raises:
            AnswerError: the node refuses, or does not answer.
        """
        sent = dict(headers or {})
        if method == "POST":
            sent["Idempotency-Key"] = str(uuid.uuid4())
        asked = {name: value for name, value in (params or {}).items() if value not in (None, "")}
        request = self.http.build_request(method, path, headers=sent, params=asked, **body)
        for left in range(TRIES - 1, -1, -1):
            try:
                response = self.http.send(request)
            except httpx.TransportError as error:
                if not left:
                    raise unreachable(error, str(self.http.base_url)) from error
            else:
                if response.is_success:
                    return response
                if response.status_code not in _AGAIN or not left:
                    raise error_of(response)
            time.sleep(PAUSE * 2 ** (TRIES - 1 - left))
        raise AssertionError

    def get(self, path: str, shape: type[T], **params: Any) -> T:
        """Return what is got, in its shape; see `send`."""
        return read(self.send("GET", _API + path, params=params), shape)

    def post(self, path: str, shape: type[T], body: Mapping[str, Any], **headers: str) -> T:
        """Return the answer to what is posted, in its shape; see `send`."""
        plain = msgspec.to_builtins({k: v for k, v in body.items() if v is not None})
        return read(self.send("POST", _API + path, headers=headers, json=plain), shape)

    def pages(self, path: str, shape: type[T], **params: Any) -> Iterator[T]:
        """Yield the items of a list, page by page."""
        cursor = ""
        while True:
            page = read(
                self.send("GET", _API + path, params=params | {"cursor": cursor}), dict[str, Any]
            )
            yield from _converted(page["items"], list[shape])  # type: ignore[valid-type]
            if not page["next"]:
                return
            cursor = page["next"]


def unreachable(error: httpx.TransportError, address: str) -> AnswerError:
    """Return what is raised where nothing comes back."""
    return AnswerError(
        f"does not answer ({type(error).__name__})",
        where=address,
        remedy="check the address, and that the node is serving",
    )


def read(response: httpx.Response, shape: type[T]) -> T:
    """Return the content of an answer in its shape.

    Raises:
        AnswerError: it is of another shape.
    """
    try:
        return msgspec.json.decode(response.content, type=shape)
    except msgspec.DecodeError as error:
        raise _misshapen(error, response.url.path) from error


def part(text: str) -> str:
    """Return an id as part of a path."""
    return quote(text, safe="")


def _converted(items: Any, shape: Any) -> Any:
    try:
        return msgspec.convert(items, shape)
    except msgspec.ValidationError as error:
        raise _misshapen(error, "items") from error


def _misshapen(error: msgspec.DecodeError, where: str) -> AnswerError:
    return AnswerError(
        f"answers with what cannot be understood: {error}",
        where=where,
        remedy="check that the address is of a Manara node, and its version",
    )
