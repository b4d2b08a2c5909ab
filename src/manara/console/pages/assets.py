"""The files that pages load: all of them are part of the package, none comes from elsewhere."""

from __future__ import annotations

import gzip
import hashlib
from functools import cache
from importlib.resources import files
from mimetypes import guess_type
from typing import NamedTuple

from fastapi import APIRouter, Request
from starlette.responses import Response

from manara.model import NotFoundError

router = APIRouter(include_in_schema=False)

_TYPES = {"js": "text/javascript", "mjs": "text/javascript", "woff2": "font/woff2"}
_PACKED = {"woff2", "png", "webp"}


class _File(NamedTuple):
    content: bytes
    packed: bytes
    kind: str
    digest: str


@cache
def _names() -> frozenset[str]:
    """Return the names of the files there are: nothing else can be asked for."""
    return frozenset(one.name for one in (files("manara.console") / "assets/static").iterdir())


@cache
def _file(name: str) -> _File:
    content = (files("manara.console") / "assets/static" / name).read_bytes()
    ending = name.rpartition(".")[2]
    packed = b"" if ending in _PACKED else gzip.compress(content, mtime=0)
    kind = _TYPES.get(ending) or guess_type(name)[0] or "application/octet-stream"
    return _File(content, packed, kind, hashlib.sha256(content).hexdigest()[:12])


def address(name: str) -> str:
    """Return where a page finds a file; another content has another address."""
    return f"/assets/{name}?v={_file(name).digest}"


@router.get("/assets/{name}")
def asset(name: str, request: Request) -> Response:
    """A file that pages load."""
    if name not in _names():
        raise NotFoundError("no such file", where=name[:100])
    file = _file(name)
    # A script that another one loads comes without its digest, and may change.
    keep = "public, max-age=31536000, immutable" if request.query_params.get("v") else "no-cache"
    headers = {"Cache-Control": keep, "ETag": f'"{file.digest}"'}
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    content = file.content
    if file.packed and "gzip" in request.headers.get("accept-encoding", ""):
        headers |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
        content = file.packed
    return Response(content, headers=headers, media_type=file.kind)
