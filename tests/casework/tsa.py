"""A time-stamping service on this machine, with a certificate of its own root, made by openssl."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

_CONFIG = """
[tsa]
default_tsa = own
[own]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
signer_digest = sha256
ess_cert_id_alg = sha256
[ext]
extendedKeyUsage = critical,timeStamping
"""


def make_service(folder: Path) -> Path:
    """Make the keys of a service and return the certificate of its root."""
    folder.mkdir()
    (folder / "tsa.cnf").write_text(_CONFIG.format(folder=folder))
    (folder / "serial").write_text("01\n")
    new = ["-newkey", "rsa:2048", "-nodes"]
    _openssl("req", "-x509", *new, "-keyout", f"{folder}/root.key", "-out", f"{folder}/root.pem",
             "-subj", "/CN=Invented Root", "-days", "30")  # fmt: skip
    _openssl("req", *new, "-keyout", f"{folder}/tsa.key", "-out", f"{folder}/tsa.csr",
             "-subj", "/CN=Invented Clock")  # fmt: skip
    _openssl("x509", "-req", "-in", f"{folder}/tsa.csr", "-CA", f"{folder}/root.pem", "-CAkey",
             f"{folder}/root.key", "-CAcreateserial", "-out", f"{folder}/tsa.pem", "-days", "20",
             "-extfile", f"{folder}/tsa.cnf", "-extensions", "ext")  # fmt: skip
    return folder / "root.pem"


def answer(folder: Path, query: bytes) -> bytes:
    """Return the service's answer to a request."""
    (folder / "query.tsq").write_bytes(query)
    _openssl("ts", "-reply", "-config", f"{folder}/tsa.cnf", "-queryfile", f"{folder}/query.tsq",
             "-out", f"{folder}/answer.tsr")  # fmt: skip
    return (folder / "answer.tsr").read_bytes()


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Yield the address of the service."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            stamp = answer(folder, body)
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.end_headers()
            self.wfile.write(stamp)

        def log_message(self, *words: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


def _openssl(*words: str) -> None:
    subprocess.run(["openssl", *words], check=True, capture_output=True)
