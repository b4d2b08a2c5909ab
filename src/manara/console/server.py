"""Serving: where the service listens, and to whom."""

from __future__ import annotations

import ipaddress
import logging
import socket
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import uvicorn

from manara.console.access import Console
from manara.console.app import application
from manara.console.guard import Guard
from manara.console.state import Keeper
from manara.console.taxii import add_taxii
from manara.model import UsageError
from manara.store import Workspace

#: Fewest characters of a token; 32 random hexadecimal digits are 128 bits.
_TOKEN = 32

#: How long a searching thread may hold the interpreter while requests wait to be let in, in
#: seconds; Python's own 5 ms would be longer than most searches.
_SWITCH = 0.0005

#: The names of this machine for itself.
_HERE = ("127.0.0.1", "::1", "localhost")


def serve(
    workspace: Workspace,
    *,
    host: str = "127.0.0.1",
    port: int = 8000,
    token_file: Path | None = None,
    certificate: Path | None = None,
    key: Path | None = None,
    with_console: bool = True,
    playing: bool = False,
    ready: Callable[[str], None] = lambda address: None,
    first: Callable[[str], None] = lambda link: None,
) -> None:
    """Answer over HTTP until the process is told to stop.

    Args:
        workspace: whose lists are screened against.
        host: the name or address to listen at.
        port: the TCP port; 0 for any that is free.
        token_file: a file with a token a line, any of which opens the door.
        certificate: a file with the server's certificate in PEM, for TLS.
        key: a file with its private key in PEM.
        with_console: whether the console and its API are opened as well.
        playing: whether an exercise is played in the workspace; see `manara.exercise.playing`.
        ready: called with the address once questions are answered.
        first: called with a link to set a password by, if there was no account yet.

    Raises:
        UsageError: the host is open to others and there is no token, the token file will not do, or
            the port is taken.
        WorkspaceError: the workspace cannot be read.
    """
    tokens = tokens_of(token_file) if token_file else []
    if not tokens and not _is_local(host):
        raise UsageError(
            "others could ask there, so it needs a token",
            where=f"--host {host}",
            remedy="name a file with a token by --token-file",
        )
    listening = _listen(host, port)
    at = listening.getsockname()
    scheme = "https" if certificate else "http"
    address = f"{scheme}://{f'[{at[0]}]' if ':' in at[0] else at[0]}:{at[1]}"
    # Where others can come, a session must not travel in the clear, whoever speaks TLS.
    secure = bool(certificate) or not _is_local(host)
    console = Console(workspace, secure=secure) if with_console else None
    play = None
    if console and playing:
        from manara.exercise.playing import Play

        play = Play(workspace, console.journal)
    app = application(Keeper(workspace), console, play)
    add_taxii(app, workspace.root)
    guard = Guard(app, tokens, {*_HERE, host.lower()}, with_console=with_console)
    config = uvicorn.Config(
        guard,
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        # Longer than clients keep an idle connection (5 s and more), so that none asks on one that
        # is being closed.
        timeout_keep_alive=75,
        timeout_graceful_shutdown=30,
        ssl_certfile=certificate,
        ssl_keyfile=key,
    )
    sys.setswitchinterval(_SWITCH)
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    ready(address)
    if console and (secret := console.first_administrator()):
        first(f"{address}/welcome?link={secret}")
    uvicorn.Server(config).run(sockets=[listening])


def tokens_of(path: Path) -> list[str]:
    """Return the tokens in a file, one a line.

    Raises:
        UsageError: others may read it, or a token is short enough to be guessed.
    """
    try:
        if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise UsageError("others may read it", where=str(path), remedy=f"`chmod 600 {path}`")
        lines = [line.strip() for line in path.read_text("utf-8").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError("cannot be read", where=str(path)) from error
    tokens = [line for line in lines if line]
    if not tokens or any(len(token) < _TOKEN for token in tokens):
        raise UsageError(
            f"holds no token, or one of fewer than {_TOKEN} characters",
            where=str(path),
            remedy="make one with `openssl rand -hex 32`",
        )
    return tokens


def _is_local(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host, port), family=family, backlog=256)
    except OSError as error:
        raise UsageError(
            f"cannot listen there: {error.strerror or error}",
            where=f"{host}:{port}",
            remedy="choose another --port or --host",
        ) from error
    # Accepted connections inherit it; without it the end of an answer waits for the asker's system
    # to acknowledge its beginning, which takes 40 ms.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening
