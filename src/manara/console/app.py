"""The application: its routes, its errors, and the task that renews what it answers from."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from fastapi import FastAPI

from manara import __version__
from manara.console import (
    admin,
    api,
    catalogue,
    enrolment,
    entrance,
    matching,
    own,
    pages,
    passkeys,
    payments,
    risk,
    screening,
)
from manara.console.access import Console
from manara.console.errors import tell_errors
from manara.console.pages import pairs
from manara.console.state import Keeper
from manara.console.turns import Service

if TYPE_CHECKING:
    from manara.exercise.playing import Play

#: How often the workspace is asked whether it changed, in seconds.
PAUSE = 1.0


def application(
    keeper: Keeper, console: Console | None = None, play: Play | None = None
) -> FastAPI:
    """Return the application that answers from a workspace.

    It has no door of its own: `manara.console.guard.Guard` stands before it.

    Args:
        keeper: holds what it answers from.
        console: what the console needs; None for the screening service alone.
        play: the exercise that is played in the workspace; None for real work.
    """
    app = FastAPI(
        title="Manara",
        version=__version__,
        summary="Screening of names and payments against the lists of one workspace",
        # The pages that FastAPI would show load scripts from elsewhere.
        docs_url=None,
        redoc_url=None,
        lifespan=_renewing,
    )
    app.state.service = Service(keeper)
    tell_errors(app)
    for service in (screening, payments, matching, catalogue):
        app.include_router(service.router)
    if console:
        app.state.console = console
        keeper.prepare = pairs.prepare
        for router in (
            entrance.router,
            enrolment.router,
            own.router,
            passkeys.router,
            pages.router,
            risk.router,
            api.router,
            admin.router,
        ):
            app.include_router(router, include_in_schema=False)
        if play:
            # Brings a compiler, which real work needs only in its jobs.
            from manara.console import exercise

            app.state.play = play
            app.include_router(exercise.router, include_in_schema=False)
    return app


@asynccontextmanager
async def _renewing(app: FastAPI) -> AsyncIterator[None]:
    service: Service = app.state.service
    console: Console | None = getattr(app.state, "console", None)
    if console:
        console.workers.start()
    # A thread of its own, so that a new state is made while the others answer from the old one.
    with ThreadPoolExecutor(1, "manara-renew") as pool:
        keeper = service.keeper
        pool.submit(keeper.prepare, keeper.workspace, keeper.state.view)
        task = asyncio.create_task(_renew(keeper, pool))
        yield
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    if console:
        await asyncio.to_thread(console.workers.stop)
    service.pool.shutdown(cancel_futures=True)


async def _renew(keeper: Keeper, pool: ThreadPoolExecutor) -> None:
    loop = asyncio.get_running_loop()
    while True:
        await asyncio.sleep(PAUSE)
        await loop.run_in_executor(pool, keeper.renew)
