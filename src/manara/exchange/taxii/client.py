"""A client for any TAXII 2.1 server: what is new in a collection, and objects for it."""

from __future__ import annotations

import ssl
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import quote, quote_plus, urlsplit

import httpx
import msgspec

from manara.exchange.taxii.moments import micros, moment_text
from manara.exchange.taxii.server import MEDIA
from manara.model import FetchError, NotFoundError, UsageError

#: Most bytes of an answer.
MOST_BYTES = 256 << 20

#: How often a request is tried, and the pauses in between, in seconds.
PAUSES = (1.0, 4.0, 15.0)

#: Statuses that may be gone a moment later.
_PASSING = (429, 502, 503, 504)

#: Objects of one request, and their bytes, unless the server takes fewer.
_BATCH, _BATCH_BYTES = 500, 4 << 20

#: Longest pause that a server may ask for, and how long a status is asked for, in seconds.
_PATIENCE, _WAIT = 60.0, 600.0

#: Pages in a row with nothing new after which a server is taken to go in circles.
_EMPTY = 3


class _Envelope(msgspec.Struct):
    more: bool = False
    next: str | int | None = None
    objects: list[msgspec.Raw] = []


class Batch(NamedTuple):
    """Objects of one page, and when the last of them was added, as far as the server says."""

    objects: list[bytes]
    last: str


@dataclass(frozen=True, slots=True)
class Access:
    """How to be let in.

    Attributes:
        token: a token, or the password of ``user``.
        user: name of the account, ``""`` for a token alone.
        certificate: file of our certificate and its key, for servers that ask for one.
        authorities: file of the certificates that the server's is checked against; ``""`` for the
            system's.
        tokens: address at which a short-lived token is given for user and token (OAuth 2.0), ``""``
            where they are shown with each request.
    """

    token: str = field(default="", repr=False)
    user: str = ""
    certificate: str = ""
    authorities: str = ""
    tokens: str = ""


class _ClientCredentials(httpx.Auth):
    """Shows an access token, and asks for the next one before it runs out (RFC 6749, 4.4)."""

    requires_response_body = True

    def __init__(self, access: Access) -> None:
        self._access = access
        self._token = ""
        self._until = 0.0

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Let a request go with a token that still holds."""
        if time.monotonic() >= self._until:
            access = self._access
            name, secret = (quote_plus(each) for each in (access.user, access.token))
            basic = httpx.BasicAuth(name, secret)
            ask = httpx.Request(
                "POST", access.tokens, data={"grant_type": "client_credentials"},
                headers={"Accept": "application/json"},
            )  # fmt: skip
            answer = yield next(basic.auth_flow(ask))
            self._take(answer)
        request.headers["Authorization"] = f"Bearer {self._token}"
        yield request

    def _take(self, answer: httpx.Response) -> None:
        try:
            told = answer.json()
            self._token, life = str(told["access_token"]), float(told.get("expires_in", 60))
        except (ValueError, KeyError, TypeError) as error:
            raise FetchError(
                f"gives no token: status {answer.status_code}", where=self._access.tokens,
                remedy="check --user, --token-file and --tokens",
            ) from error  # fmt: skip
        self._until = time.monotonic() + 0.8 * life


class Client:
    """A collection of a server; use it in a ``with`` block.

    Args:
        address: of the server, or of an API root.
        name: id, alias or title of the collection.
        access: how to be let in.

    Attributes:
        collection: what the server says of the collection.
        root: address of its API root.

    Raises:
        FetchError: the server cannot be reached or does not answer as TAXII does.
        NotFoundError: it has no such collection for us.
        UsageError: a token would cross the network in clear.
    """

    def __init__(self, address: str, name: str, access: Access) -> None:
        for each in filter(None, (address, access.tokens)):
            parts = urlsplit(each)
            local = parts.hostname in ("127.0.0.1", "::1", "localhost")
            if parts.scheme != "https" and access.token and not local:
                raise UsageError(
                    "would send a token in clear", where=each, remedy="ask under https://"
                )
        self._http = httpx.Client(
            headers={"Accept": MEDIA, "User-Agent": "manara"} | _authorization(access),
            auth=_auth(access),
            verify=_context(access),
            timeout=60,
            follow_redirects=True,
        )
        try:
            self.root, self._most = self._root(f"{address.rstrip('/')}/")
            self.collection = self._collection(name)
        except BaseException:
            self._http.close()
            raise

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *exception: object) -> None:
        self._http.close()

    def pages(self, added_after: str) -> Iterator[Batch]:
        """Yield what was added after a moment, page by page; what was added just then comes again.

        Args:
            added_after: the moment as the server wrote it, ``""`` for all.

        Raises:
            FetchError: the server cannot be reached, or goes in circles.
        """
        params = {"added_after": _before(added_after)} if added_after else {}
        cursors, seen, empty = set[str](), set[int](), 0
        while True:
            answer = self._ask("GET", self._objects, params=params)
            envelope = _decoded(answer, _Envelope)
            objects = [bytes(raw) for raw in envelope.objects]
            last = answer.headers.get("X-TAXII-Date-Added-Last", "")
            yield Batch(objects, last)
            new = set(map(hash, objects)) - seen
            empty = 0 if new else empty + 1
            seen |= new
            if not envelope.more:
                return
            cursor = "" if envelope.next is None else str(envelope.next)
            if empty >= _EMPTY or cursor in cursors or (not cursor and (empty or not last)):
                raise FetchError(
                    "goes in circles: it says there is more and gives nothing new",
                    where=self._objects,
                    remedy="tell whoever runs it; what came so far is kept",
                )
            if cursor:
                cursors.add(cursor)
                params = params | {"next": cursor}
            else:
                # Servers of an older draft go on by time alone.
                params = params | {"added_after": last}

    def add(self, objects: Sequence[bytes]) -> Iterator[dict[str, Any]]:
        """Post objects and yield the status of each request once the server is done with it.

        Raises:
            FetchError: the server cannot be reached, does not take them, or is not done in time.
        """
        for batch in _batches(objects, self._most):
            body = b'{"objects":[%b]}' % b",".join(batch)
            headers = {"Content-Type": MEDIA}
            answer = self._ask("POST", self._objects, headers=headers, content=body)
            status = _decoded(answer, dict[str, Any])
            end = time.monotonic() + _WAIT
            while status.get("status") == "pending":
                if time.monotonic() > end:
                    raise FetchError("is not done with what was posted", where=self._objects)
                time.sleep(1)
                where = f"{self.root}status/{quote(str(status.get('id')), safe='')}/"
                status = _decoded(self._ask("GET", where), dict[str, Any])
            yield status

    @property
    def _objects(self) -> str:
        return f"{self.root}collections/{quote(str(self.collection['id']), safe='')}/objects/"

    def _root(self, address: str) -> tuple[str, int]:
        """Return the address of the API root that an address leads to, and how much it takes."""
        said = _decoded(self._ask("GET", address), dict[str, Any])
        roots = said.get("api_roots")
        if isinstance(roots, list) and roots:
            address = str(httpx.URL(address).join(str(said.get("default") or roots[0])))
            address = f"{address.rstrip('/')}/"
            said = _decoded(self._ask("GET", address), dict[str, Any])
        most = said.get("max_content_length")
        return address, most if isinstance(most, int) and most > 0 else _BATCH_BYTES

    def _collection(self, name: str) -> dict[str, Any]:
        where = f"{self.root}collections/"
        listed = _decoded(self._ask("GET", where), dict[str, Any]).get("collections")
        known = [one for one in listed or [] if isinstance(one, dict) and one.get("id")]
        for one in known:
            if name in (one["id"], one.get("alias"), one.get("title")):
                return one
        names = ", ".join(str(one.get("alias") or one.get("title") or one["id"]) for one in known)
        raise NotFoundError(f"no collection {name}", where=where, remedy=f"there are: {names}")

    def _ask(self, method: str, where: str, **more: Any) -> httpx.Response:
        """Return an answer, after further tries if the server or the network is indisposed."""
        for pause in (*PAUSES, None):
            told, asked = "", pause or 0.0
            try:
                answer = self._http.send(
                    self._http.build_request(method, where, **more), stream=True
                )
                answer = _whole(answer)
            except httpx.HTTPError as error:
                told = str(error) or type(error).__name__
            else:
                if answer.is_success:
                    return answer
                told = _told(answer)
                if answer.status_code not in _PASSING:
                    break
                wait = answer.headers.get("Retry-After", "")
                asked = min(float(wait), _PATIENCE) if wait.isdecimal() else asked
            if pause is not None:
                time.sleep(asked)
        raise FetchError(told, where=where, remedy="check the address, the token and the network")


def _whole(answer: httpx.Response) -> httpx.Response:
    """Return an answer with its body read, unless that is too large."""
    chunks, size = [], 0
    try:
        for chunk in answer.iter_bytes():
            chunks.append(chunk)
            size += len(chunk)
            if size > MOST_BYTES:
                raise FetchError(f"an answer of more than {MOST_BYTES >> 20} MiB")
    finally:
        answer.close()
    headers = {k: v for k, v in answer.headers.items() if k.lower() != "content-encoding"}
    return httpx.Response(answer.status_code, headers=headers, content=b"".join(chunks))


def _decoded(answer: httpx.Response, kind: Any) -> Any:
    try:
        return msgspec.json.decode(answer.content, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FetchError(f"does not answer as TAXII 2.1 does: {str(error)[:200]}") from error


def _told(answer: httpx.Response) -> str:
    """Return what went wrong, in the server's words if it has any."""
    try:
        said = msgspec.json.decode(answer.content)
        title = str(said.get("title", "")) if isinstance(said, dict) else ""
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        title = ""
    return f"HTTP {answer.status_code} {title or answer.reason_phrase}"[:300]


def _before(moment: str) -> str:
    """Return the moment just before one, for servers that stamp several objects alike.

    Some take ``added_after`` as from then on, most as after then: either way nothing is missed.
    """
    at = micros(moment)
    return moment if at is None else moment_text(at - 1)


def _batches(objects: Sequence[bytes], most: int) -> Iterator[list[bytes]]:
    batch, size, limit = list[bytes](), 0, min(most, _BATCH_BYTES) - 100
    for one in objects:
        if batch and (len(batch) == _BATCH or size + len(one) + 1 > limit):
            yield batch
            batch, size = [], 0
        batch.append(one)
        size += len(one) + 1
    if batch:
        yield batch


def _authorization(access: Access) -> dict[str, str]:
    if not access.token or access.user:
        return {}
    return {"Authorization": f"Bearer {access.token}"}


def _auth(access: Access) -> httpx.Auth | None:
    if access.tokens:
        return _ClientCredentials(access)
    return httpx.BasicAuth(access.user, access.token) if access.user else None


def _context(access: Access) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=access.authorities or None)
        if access.certificate:
            context.load_cert_chain(access.certificate)
    except (OSError, ssl.SSLError) as error:
        raise UsageError(str(error), where="certificates") from error
    return context
