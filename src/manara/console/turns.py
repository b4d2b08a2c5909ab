"""A request's turn: one state to answer from, a share of the threads, a bound of time."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, TypeVar

import msgspec
from fastapi import Depends, Request, Response

from manara.console.state import Keeper, State
from manara.model import RefusedError

#: How long a request may be at work, waiting for others included, in seconds.
BOUND = 30.0

#: How many items of a request are done at once before others have their turn.
_SLICE = 8

_T = TypeVar("_T")
_R = TypeVar("_R")


class Service:
    """The threads that search and the states they search in.

    Attributes:
        keeper: holds the newest state.
        pool: the threads.
    """

    def __init__(self, keeper: Keeper) -> None:
        self.keeper = keeper
        self.pool = ThreadPoolExecutor(os.cpu_count() or 2, "manara-search")


class Turn:
    """One request's turn.

    Attributes:
        state: what all of it is answered from.
    """

    def __init__(self, request: Request) -> None:
        service: Service = request.app.state.service
        self.state: State = service.keeper.state
        self._pool = service.pool
        self._end = time.monotonic() + BOUND

    async def each(self, call: Callable[[_T], _R], items: Sequence[_T]) -> list[_R]:
        """Return what a call gives for each item.

        Raises:
            RefusedError: it takes too long.
        """
        loop = asyncio.get_running_loop()
        found: list[_R] = []
        for start in range(0, len(items), _SLICE):
            part = items[start : start + _SLICE]
            found += await loop.run_in_executor(self._pool, self._some, call, part)
        return found

    def _some(self, call: Callable[[_T], _R], items: Sequence[_T]) -> list[_R]:
        found = []
        for item in items:
            if time.monotonic() > self._end:
                raise RefusedError(
                    f"not answered within {BOUND:.0f} seconds",
                    503,
                    remedy="ask for less at once, or again in a while",
                )
            found.append(call(item))
        return found


#: A parameter of a route that is its turn.
InTurn = Annotated[Turn, Depends(Turn)]


def json_response(answer: object) -> Response:
    """Return an answer as JSON."""
    return Response(msgspec.json.encode(answer), media_type="application/json")
