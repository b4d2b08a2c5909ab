"""The `manara` command for the examples of the documentation, without a second of imports for each.

A server imports the program once. The `manara` it puts into a folder asks it to fork: the child
takes over the caller's arguments, folder, environment and standard streams, runs the very
`manara.cli.main` that the installed command runs, and answers with its exit status.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path

import pyarrow as pa

import manara.cli

CALLER = """#!{python} -IS
import json, os, socket, sys
server = socket.socket(socket.AF_UNIX)
server.connect({address!r})
call = json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ)]).encode()
socket.send_fds(server, [len(call).to_bytes(8, "big")], [0, 1, 2])
server.sendall(call)
sys.exit(int(server.makefile().read() or 3))
"""


def answer(connection: socket.socket) -> None:
    """Run the command that a caller asks for as if it had been started by the caller."""
    size, streams, _, _ = socket.recv_fds(connection, 8, 3)
    arguments, folder, environment = json.loads(
        connection.recv(int.from_bytes(size, "big"), socket.MSG_WAITALL)
    )
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["manara", *arguments]
    status = 3
    try:
        manara.cli.main()
    except SystemExit as end:
        status = int(end.code or 0)
    finally:
        with suppress(OSError):
            sys.stdout.flush()
        connection.sendall(str(status).encode())
        os._exit(status)


def serve(address: str) -> None:
    """Import the program, say so in a line, and fork for each caller until killed."""
    for module in Path(manara.cli.__file__).parent.glob("[a-z]*.py"):
        import_module(f"manara.cli.{module.stem}")
    pa.array([])  # imports pandas where it is installed
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(address)
        server.listen()
        print("ready", flush=True)
        while True:
            connection, _ = server.accept()
            with connection:
                if not os.fork():
                    server.close()
                    answer(connection)


@contextmanager
def preloaded(folder: Path) -> Iterator[Path]:
    """Give a folder with a `manara` to put on the path, as long as the server behind it runs."""
    caller = folder / "manara"
    address = str(folder / "socket")
    caller.write_text(CALLER.format(python=sys.executable, address=address), "utf-8")
    caller.chmod(0o755)
    environment = {k: v for k, v in os.environ.items() if not k.startswith("MANARA_")}
    command = [sys.executable, "-m", "tests.docs.preloaded", address]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True) as server:
        try:
            assert server.stdout
            assert server.stdout.readline() == "ready\n"
            yield folder
        finally:
            server.kill()


if __name__ == "__main__":
    serve(sys.argv[1])
