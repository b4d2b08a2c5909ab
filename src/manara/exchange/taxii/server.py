"""TAXII 2.1 (OASIS standard, 10 June 2021): what is answered, apart from how it is carried."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import uuid4

import msgspec

from manara.exchange.taxii import oauth
from manara.exchange.taxii.config import Account, Collection, Config
from manara.exchange.taxii.credentials import authorization, basic
from manara.exchange.taxii.cursors import cursor, position
from manara.exchange.taxii.filters import asked
from manara.exchange.taxii.moments import moment_text, now
from manara.exchange.taxii.objects import Failure, Incoming, incoming
from manara.exchange.taxii.queries import Reader
from manara.exchange.taxii.readers import reader
from manara.exchange.taxii.store import Page, Row, Store
from manara.model import RefusedError, UsageError

MEDIA = "application/taxii+json;version=2.1"
_STIX = "application/stix+json;version=2.1"

#: Most bytes of a request.
MOST_BYTES = 16 << 20

#: Where the service begins, and the name of its one API root.
PREFIX = "/taxii2/"
ROOT = "api"

_ENCODE = msgspec.json.Encoder().encode


class Call(NamedTuple):
    """A request.

    Attributes:
        method: of HTTP.
        path: the path below `PREFIX`, decoded, in parts.
        params: names and values of the query.
        headers: with names in lower case.
        address: under which the service was asked, such as ``https://node.example``.
    """

    method: str
    path: tuple[str, ...]
    params: Sequence[tuple[str, str]]
    headers: Mapping[str, str]
    address: str


class Answer(NamedTuple):
    """An answer: its status, its body and its own headers."""

    status: int
    body: bytes
    headers: dict[str, str]


class _Envelope(msgspec.Struct):
    objects: list[msgspec.Raw]


_ENVELOPE = msgspec.json.Decoder(_Envelope)


class Server:
    """Answers requests from a store as a configuration allows."""

    def __init__(self, config: Config, store: Store) -> None:
        self._config = config
        self._store = store

    def account(self, headers: Mapping[str, str]) -> Account:
        """Return who asks; a password of HTTP's basic scheme is a token too.

        Raises:
            RefusedError: nobody known.
        """
        scheme, said = authorization(headers)
        name = None
        token = said if scheme in ("bearer", "token", "apikey") else ""
        if scheme == "basic":
            name, token = basic(said)
        account = self._config.account(token)
        if account is None and scheme == "bearer":
            account = oauth.holder(self._config, self._store.secret, token)
        if account is None or name not in (None, account.name):
            raise RefusedError("no valid token", 401, where="Authorization")
        return account

    def grant(self, headers: Mapping[str, str], body: bytes) -> dict[str, str | int]:
        """Return the answer to a request for a token; see `oauth.granted`."""
        return oauth.granted(self._config, self._store.secret, headers, body)

    def check(self, call: Call, account: Account) -> Callable[[bytes], Answer]:
        """Return what answers a request once its body is here.

        Raises:
            RefusedError: it is not answered, whatever its body is.
        """
        _accepts(call.headers.get("accept", "*/*"))
        answers = self._resource(call, account)
        if call.method not in answers:
            allowed = ", ".join(sorted(answers))
            raise RefusedError(f"only {allowed} here", 405, where=call.method)
        if call.method == "POST" and (found := self._config.collection(call.path[2])):
            # Before its body is read, which may be large.
            _Asker(call, account, found).may_write()
            _states_media(call.headers.get("content-type", ""))
        return answers[call.method]

    def _resource(self, call: Call, account: Account) -> dict[str, Callable[[bytes], Answer]]:
        """Return what a path stands for, by method."""
        match call.path:
            case ():
                return {"GET": lambda _: self._discovery(call)}
            case (root,) if root == ROOT:
                return {"GET": lambda _: self._root()}
            case (root, "status", key) if root == ROOT:
                return {"GET": lambda _: self._status(key, account)}
            case (root, "collections") if root == ROOT:
                return {"GET": lambda _: self._collections(account)}
            case (root, "collections", name, *rest) if root == ROOT:
                found = self._config.collection(name)
                if found and found.alias in account.read | account.write:
                    return self._of_collection(_Asker(call, account, found), rest)
        raise _missing()

    def _of_collection(
        self, asker: _Asker, rest: list[str]
    ) -> dict[str, Callable[[bytes], Answer]]:
        match rest:
            case []:
                return {"GET": lambda _: _json(_described(asker.collection, asker.account))}
            case ["manifest"]:
                return {"GET": lambda _: self._manifest(asker)}
            case ["objects"]:
                return {
                    "GET": lambda _: self._objects(asker),
                    "POST": lambda body: self._add(asker, body),
                }
            case ["objects", key]:
                return {
                    "GET": lambda _: self._objects(asker, key),
                    "DELETE": lambda _: self._delete(asker, key),
                }
            case ["objects", key, "versions"]:
                return {"GET": lambda _: self._versions(asker, key)}
        raise _missing()

    # Resources that hold no objects

    def _discovery(self, call: Call) -> Answer:
        root = f"{call.address}{PREFIX}{ROOT}/"
        config = self._config
        texts = {"description": config.description, "contact": config.contact}
        told = {name: text for name, text in texts.items() if text}
        return _json({"title": config.title, **told, "default": root, "api_roots": [root]})

    def _root(self) -> Answer:
        versions = [MEDIA]
        return _json(
            {"title": self._config.title, "versions": versions, "max_content_length": MOST_BYTES}
        )

    def _collections(self, account: Account) -> Answer:
        seen = [
            _described(one, account)
            for one in self._config.collections.values()
            if one.alias in account.read | account.write
        ]
        return _json({"collections": seen} if seen else {})

    def _status(self, key: str, account: Account) -> Answer:
        found = self._store.status(key, account.name)
        if found is None:
            raise _missing()
        return Answer(200, found, {})

    # Objects

    def _objects(self, asker: _Asker, key: str = "") -> Answer:
        allowed = ("version", "spec_version") if key else ("id", "type", "version", "spec_version")
        page, more = self._page(asker, "objects", allowed, key)
        body = b",".join(row.body for row in page.rows)
        inner = b'"objects":[%b]' % body if page.rows else b""
        parts = [part for part in (_ENCODE(more)[1:-1], inner) if part]
        return Answer(200, b"{%b}" % b",".join(parts), _dates(page.rows))

    def _manifest(self, asker: _Asker) -> Answer:
        page, more = self._page(asker, "manifest", ("id", "type", "version", "spec_version"))
        entries = [
            {
                "id": row.id,
                "date_added": moment_text(row.added),
                "version": moment_text(row.version),
                "media_type": _STIX,
            }
            for row in page.rows
        ]
        return _json(more | ({"objects": entries} if entries else {}), _dates(page.rows))

    def _versions(self, asker: _Asker, key: str) -> Answer:
        page, more = self._page(asker, "versions", ("spec_version",), key)
        versions = [moment_text(row.version) for row in page.rows]
        return _json(more | ({"versions": versions} if versions else {}), _dates(page.rows))

    def _page(
        self, asker: _Asker, resource: str, allowed: Sequence[str], key: str = ""
    ) -> tuple[Page, dict[str, Any]]:
        """Return a page, and what of its envelope says how to go on."""
        asker.may_read()
        filters, limit, text = asked(asker.call.params, allowed)
        if resource == "versions":
            filters = filters._replace(words=("all",))
        if key:
            filters = filters._replace(ids=(key,))
        about = f"{asker.account.name} {resource} {asker.collection.id}"
        after = position(self._store.secret, about, filters, text) if text else None
        page = self._store.page(
            asker.collection.id, filters, reader=self._reader(asker), after=after, limit=limit
        )
        if key and not page.rows and not self._holds(asker, key):
            raise _missing()
        if page.next is None:
            return page, {"more": False}
        return page, {"more": True, "next": cursor(self._store.secret, about, filters, page.next)}

    def _add(self, asker: _Asker, body: bytes) -> Answer:
        try:
            objects = _ENVELOPE.decode(body).objects
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise UsageError(f"no envelope: {str(error)[:200]}", where="request body") from error
        if not objects:
            raise UsageError("an envelope without objects", where="request body")
        read = [incoming(bytes(one)) for one in objects]
        good = [one for one in read if isinstance(one, Incoming)]
        bad = [one for one in read if isinstance(one, Failure)]
        at = now()
        self._store.add(asker.collection.id, good, origin=asker.account.name)
        status = _status(str(uuid4()), at, good, bad)
        told = _ENCODE(status)
        self._store.put_status(status["id"], asker.account.name, told)
        return Answer(202, told, {})

    def _holds(self, asker: _Asker, key: str) -> bool:
        return self._store.holds(asker.collection.id, key, self._reader(asker))

    def _reader(self, asker: _Asker) -> Reader:
        return reader(self._store, asker.collection, asker.account)

    def _delete(self, asker: _Asker, key: str) -> Answer:
        asker.may_read()
        asker.may_write()
        filters = asked(asker.call.params, ("version", "spec_version")).filters
        if not any(name == "match[version]" for name, _ in asker.call.params):
            filters = filters._replace(words=("all",))
        if not self._holds(asker, key):
            raise _missing()
        self._store.delete(asker.collection.id, key, filters, self._reader(asker))
        return _json({})


class _Asker(NamedTuple):
    """A request about a collection that its account may see."""

    call: Call
    account: Account
    collection: Collection

    def may_read(self) -> None:
        """Return if the account may read the collection.

        Raises:
            RefusedError: it may not.
        """
        if self.collection.alias not in self.account.read:
            raise RefusedError("not to be read by this account", 403, where=self.collection.alias)

    def may_write(self) -> None:
        """Return if the account may write to the collection.

        Raises:
            RefusedError: it may not.
        """
        if self.collection.alias not in self.account.write:
            raise RefusedError(
                "not to be written to by this account", 403, where=self.collection.alias
            )


def error_body(status: int, title: str, description: str = "") -> bytes:
    """Return an error as TAXII tells it (section 3.6.1)."""
    told = {"title": title[:300], "http_status": str(status)}
    return _ENCODE(told | ({"description": description[:300]} if description else {}))


def _accepts(text: str) -> None:
    """Refuse to answer somebody who does not take TAXII 2.1 (section 1.6.8)."""
    for one in text.lower().split(","):
        kind, *params = (part.strip().replace(" ", "") for part in one.split(";"))
        versions = [part for part in params if part.startswith("version=")]
        if kind in ("*/*", "application/*"):
            return
        if kind == "application/taxii+json" and versions in ([], ["version=2.1"]):
            return
    raise RefusedError("only TAXII 2.1 is spoken here", 406, where="Accept", remedy=MEDIA)


def _states_media(text: str) -> None:
    kind, *params = (part.strip().replace(" ", "") for part in text.lower().split(";"))
    versions = [part for part in params if part.startswith("version=")]
    if kind != "application/taxii+json" or versions not in ([], ["version=2.1"]):
        raise RefusedError("not TAXII 2.1", 415, where="Content-Type", remedy=MEDIA)


def _status(key: str, at: int, good: list[Incoming], bad: list[Failure]) -> dict[str, Any]:
    """Return a status resource (section 4.3.1)."""
    said: dict[str, Any] = {
        "id": key,
        "status": "complete",
        "request_timestamp": moment_text(at),
        "total_count": len(good) + len(bad),
        "success_count": len(good),
        "failure_count": len(bad),
        "pending_count": 0,
    }
    if good:
        said["successes"] = [
            {"id": one.id, "version": moment_text(at if one.version is None else one.version)}
            for one in good
        ]
    if bad:
        said["failures"] = [
            {"id": one.id, "version": moment_text(at), "message": one.message} for one in bad
        ]
    return said


def _described(collection: Collection, account: Account) -> dict[str, Any]:
    told = {"description": collection.description} if collection.description else {}
    return {
        "id": collection.id,
        "title": collection.title,
        **told,
        "alias": collection.alias,
        "can_read": collection.alias in account.read,
        "can_write": collection.alias in account.write,
        "media_types": [_STIX],
    }


def _dates(rows: Sequence[Row]) -> dict[str, str]:
    if not rows:
        return {}
    return {
        "X-TAXII-Date-Added-First": moment_text(rows[0].added),
        "X-TAXII-Date-Added-Last": moment_text(rows[-1].added),
    }


def _json(value: object, headers: dict[str, str] | None = None) -> Answer:
    return Answer(200, _ENCODE(value), headers or {})


def _missing() -> RefusedError:
    return RefusedError("nothing here, or nothing that this account may see", 404)
