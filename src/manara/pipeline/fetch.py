"""Downloading a source, only if it changed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from manara.model import FetchError

#: Largest download accepted, in bytes: the largest official list is some 150 MB.
LIMIT = 2 * 2**30

_AGENT = "manara (+watch-list reader)"


@dataclass(frozen=True, slots=True)
class Fetched:
    """A downloaded source.

    Attributes:
        path: where it was put.
        name: the last part of its address.
        etag: the server's tag of this version, ``""`` if it gave none.
    """

    path: Path
    name: str
    etag: str


def is_address(target: str) -> bool:
    """Return whether a target is an http(s) address rather than a file."""
    return target.lower().startswith(("http://", "https://"))


def download(address: str, folder: Path, *, etag: str = "") -> Fetched | None:
    """Download an address into a folder; None if the server says that it did not change.

    Args:
        address: http or https.
        folder: where to put the file.
        etag: tag of the version already held (RFC 9110, section 13.1.2).

    Raises:
        FetchError: no connection, an error status, a body cut off, or one over `LIMIT`.
    """
    # Takes a tenth of a second to import, which commands that download nothing need not spend.
    import httpx

    name = Path(urlsplit(address).path).name or "download"
    path = folder / f"{len(list(folder.iterdir()))}-{name}"
    headers = {"User-Agent": _AGENT} | ({"If-None-Match": etag} if etag else {})
    try:
        with httpx.stream(
            "GET", address, headers=headers, follow_redirects=True, timeout=60
        ) as answer:
            if answer.status_code == httpx.codes.NOT_MODIFIED:
                return None
            answer.raise_for_status()
            with path.open("wb") as file:
                for chunk in answer.iter_bytes():
                    file.write(chunk)
                    if file.tell() > LIMIT:
                        raise FetchError(f"more than {LIMIT} bytes", where=address)
            return Fetched(path, name, answer.headers.get("ETag", ""))
    except httpx.HTTPError as error:
        raise FetchError(
            str(error) or type(error).__name__,
            where=address,
            remedy="check the network and the address; `manara sources` lists the official ones",
        ) from error
