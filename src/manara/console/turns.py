"""A request's turn: one state to answer from, a share of the threads, a bound of time."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, TypeVar

import msgspec
from fastapi import Depends, Request, Response
from starlette.concurrency import run_in_threadpool

from manara.casework.accounts import Right
from manara.casework.tokens import PREFIX
from manara.console.access import Visit, token_in, visit_of
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
        state: what all of it is answered from: what the account may see whose token asks, else all.

    Raises:
        SignInError: the token does not count.
        RefusedError: it is not for reading, or names no purpose.
    """

    def __init__(self, request: Request) -> None:
        service: Service = request.app.state.service
        self.state: State = service.keeper.state
        self._visit: Visit | None = None
        token = token_in(request.headers)
        if token.startswith(PREFIX) and hasattr(request.app.state, "console"):
            self._visit = visit_of(request.app.state.console, token)
            self._visit.require(Right.READ)
            if not self._visit.purpose:
                # An answer without hits would read as if nobody were on the lists.
                raise RefusedError("the token names no purpose", 403, where="Authorization")
            self.state = self.state.without(self._visit.forbidden(self.state.view.handlings()))
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

    async def tell(self, entity_ids: Iterable[str]) -> None:
        """Let the audit log know which entities an account's token is told of."""
        if self._visit:
            await run_in_threadpool(self._visit.read, "entity", entity_ids)

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
