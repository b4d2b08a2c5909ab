"""Checks a court bundle offline: any changed byte, missing file, broken chain, wrong signature.

Copies of this file travel in the bundles. It needs Python 3.9 or later and the package
`cryptography`, and opens no connection and no other file than those it is given:

    python verify.py BUNDLE.zip [--card CARD.json] [--time-root ROOT.pem]
"""

from __future__ import annotations

import argparse
import base64
import io
import json
import struct
import sys
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import IO, Any, BinaryIO, NamedTuple, cast

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

MANIFEST, SIGNATURE, STAMP, SUMS = "manifest.json", "manifest.jws", "manifest.tsr", "SHA256SUMS"
CHAIN, LOG, CARD, SOURCES = "chain.json", "log.json", "card.json", "sources/"
#: What the manifest does not list: itself, and what is made from it.
OUTSIDE = (MANIFEST, SIGNATURE, STAMP, SUMS)
#: What the hash of an entry of a case's journal is over.
CHAINED = ("case", "number", "at", "by", "purpose", "action", "digest", "previous")
_MORE = "the archive has bytes that are not of its files"


class Broken(Exception):
    """Something in a bundle is not as it was made."""


class Report(NamedTuple):
    """What a check came to.

    Attributes:
        problems: what is wrong, a sentence each; empty if the bundle is whole.
        told: what holds, a sentence each.
        signer: id of the node whose signature holds, ``""`` for none.
    """

    problems: list[str]
    told: list[str]
    signer: str


def canonical(value: Any) -> bytes:
    """Return JSON of texts, whole numbers, lists and objects in its one form (RFC 8785)."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


def body_digest(salt: str, body: str) -> str:
    """Return what an entry keeps of its content, even after that was erased or withheld."""
    return sha256(f"{salt}\n{body}".encode()).hexdigest()


def entry_hash(entry: Mapping[str, Any]) -> str:
    """Return the hash of an entry of a journal, which the next one repeats."""
    return sha256(canonical({name: entry[name] for name in CHAINED})).hexdigest()


def pack(files: Mapping[str, bytes | Path], out: BinaryIO) -> None:
    """Write a zip archive that is the same byte for byte wherever and whenever it is made.

    Args:
        files: contents by name; a path stands for the content of the file there.
        out: where to, which can seek.
    """
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            content = files[name]
            if isinstance(content, bytes):
                _put(archive, name, len(content), [content])
            else:
                with content.open("rb") as source:
                    _put(archive, name, content.stat().st_size, _chunks(source))


def _put(archive: zipfile.ZipFile, name: str, size: int, chunks: Iterable[bytes]) -> None:
    # Stored, because what compression makes depends on the library's version.
    info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    info.create_system, info.external_attr, info.file_size = 3, 0o100644 << 16, size
    with archive.open(info, "w") as put:
        for chunk in chunks:
            put.write(chunk)


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    return iter(lambda: file.read(1 << 20), b"")


def hashed(content: bytes | Path) -> Hashed:
    """Return the hash and size of a content, or of that of the file at a path."""
    if isinstance(content, bytes):
        return Hashed(sha256(content).hexdigest(), len(content))
    with content.open("rb") as file:
        return _hashed(_chunks(file))


def _hashed(chunks: Iterable[bytes]) -> Hashed:
    found, size = sha256(), 0
    for chunk in chunks:
        found.update(chunk)
        size += len(chunk)
    return Hashed(found.hexdigest(), size)


class Hashed(NamedTuple):
    """A content by its SHA-256 and its size in bytes."""

    sha256: str
    size: int


class Unpacked(NamedTuple):
    """The files of a bundle: the hash of each, and the content of those that are not sources."""

    hashes: dict[str, Hashed]
    files: dict[str, bytes]


class _Same:
    """Stands for a file to write to, and tells whether what is written is what a file holds."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._at, self._end = file, 0, 0
        self._size = file.seek(0, io.SEEK_END)
        # An archive writes the head of a file again when it has its hash.
        self._other: set[tuple[int, int]] = set()

    @property
    def holds(self) -> bool:
        return not self._other and self._end == self._size

    def write(self, data: bytes) -> int:
        place = (self._at, len(data))
        self._file.seek(self._at)
        if self._file.read(len(data)) == data:
            self._other.discard(place)
        else:
            self._other.add(place)
        self._at += len(data)
        self._end = max(self._end, self._at)
        if self._end > self._size:
            raise Broken(_MORE)
        return len(data)

    def tell(self) -> int:
        return self._at

    def seek(self, place: int, whence: int = 0) -> int:
        self._at = place
        return place

    def flush(self) -> None:
        """Nothing waits."""


def unpacked(bundle: BinaryIO) -> Unpacked:
    """Return the files of a bundle; nothing is written anywhere, and no source is kept in memory.

    Raises:
        Broken: it is no archive as `pack` makes it.
    """
    same, hashes, files = _Same(bundle), dict[str, Hashed](), dict[str, bytes]()
    try:
        with zipfile.ZipFile(bundle) as archive:
            for info in archive.infolist():
                if not safe(info.filename) or info.compress_type != zipfile.ZIP_STORED:
                    raise Broken(f"{info.filename!r} is no file that a bundle can hold")
            with zipfile.ZipFile(cast("BinaryIO", same), "w") as again:
                for name in sorted(set(archive.namelist())):
                    info = archive.getinfo(name)
                    with archive.open(info) as file:
                        hashes[name] = _hashed(_chunks(file))
                    if not name.startswith(SOURCES):
                        files[name] = archive.read(info)
                    with archive.open(info) as file:
                        _put(again, name, info.file_size, _chunks(file))
    except (zipfile.BadZipFile, ValueError, OSError, EOFError, struct.error, RuntimeError) as error:
        raise Broken(f"the archive is damaged: {error}") from error
    except NotImplementedError as error:
        raise Broken(f"the archive is of another make: {error}") from error
    if not same.holds:
        raise Broken(_MORE)
    return Unpacked(hashes, files)


def safe(name: str) -> bool:
    """Return whether a name of an archive stays inside the folder it would be unpacked to."""
    parts = name.split("/")
    return bool(name.isascii() and name.isprintable()) and not (
        "\\" in name or ":" in name or any(part in ("", ".", "..") for part in parts)
    )


def check(bundle: BinaryIO, *, card: bytes = b"", time_root: bytes = b"") -> Report:
    """Return what is wrong with a bundle, and what holds.

    Args:
        bundle: the file, open for reading.
        card: card of the node that must have signed it; without, the one inside is shown.
        time_root: certificate (PEM) that the time-stamping service's must be issued by.
    """
    problems: list[str] = []
    told: list[str] = []
    signer = ""
    try:
        hashes, files = unpacked(bundle)
        manifest = _read(files, MANIFEST)
        problems += _sums(hashes, files.get(SUMS), manifest)
        signer = _signature(files, manifest, card, told)
        _time(files, manifest, time_root, told)
        entries = _chain(_read(files, CHAIN), manifest, told)
        _log(_read(files, LOG), entries, files, signer, told)
    except Broken as error:
        problems.append(str(error))
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, RecursionError) as error:
        problems.append(f"a file of the bundle is not formed as it should be: {error!r}")
    return Report(problems, told, signer)


def _read(files: Mapping[str, bytes], name: str) -> Any:
    if name not in files:
        raise Broken(f"{name} is missing")
    try:
        return json.loads(files[name])
    except ValueError as error:
        raise Broken(f"{name} is no JSON: {error}") from error


def _sums(
    hashes: Mapping[str, Hashed], stated: bytes | None, manifest: Mapping[str, Any]
) -> Iterator[str]:
    """Yield the files that are missing, changed or too many, by the manifest and the list."""
    listed = {row["path"]: row for row in manifest["files"]}
    for path, row in listed.items():
        if path not in hashes:
            yield f"{path} is missing"
        elif hashes[path] != (row["sha256"], row["size"]):
            yield f"{path} is not what the manifest says: its SHA-256 differs"
    for path in sorted(hashes.keys() - listed.keys() - set(OUTSIDE)):
        yield f"{path} is not in the manifest"
    if stated != sums(hashes):
        yield f"{SUMS} does not agree with the files"


def sums(hashes: Mapping[str, Hashed]) -> bytes:
    """Return the SHA-256 of all files but the list itself, as ``sha256sum --check`` reads it."""
    named = sorted(name for name in hashes if name != SUMS)
    return "".join(f"{hashes[name].sha256}  {name}\n" for name in named).encode()


def _signature(
    files: Mapping[str, bytes], manifest: Mapping[str, Any], card: bytes, told: list[str]
) -> str:
    """Return the node that signed the manifest, ``""`` if nobody did and nobody had to."""
    if not manifest["signed"]:
        if card or SIGNATURE in files:
            raise Broken("the manifest says that nobody signed it")
        told.append("UNSIGNED: whoever changed it could have changed the hashes in it as well")
        return ""
    if card and card != files.get(CARD):
        raise Broken("the card in the bundle is not the card that was given")
    shown = _read(files, CARD)
    key = _key(shown)
    verify_message(shown, key, "the card")
    if SIGNATURE not in files:
        raise Broken(f"{SIGNATURE} is missing")
    verify_jws(files[MANIFEST], files[SIGNATURE].decode("ascii"), key, "the manifest")
    if manifest["node"] != shown["id"]:
        raise Broken("the manifest is of another node than the card")
    told.append(f"signed by {shown['id']} ({shown['name']}), card {fingerprint(files[CARD])}")
    if not card:
        told.append("compare these digits with those the node tells you, or give its card")
    return str(shown["id"])


def fingerprint(card: bytes) -> str:
    """Return 128 bits of the hash of a card, in groups of four digits."""
    digits = sha256(canonical(json.loads(card))).hexdigest()[:32]
    return " ".join(digits[at : at + 4] for at in range(0, 32, 4))


def verify_message(message: Mapping[str, Any], key: Ed25519PublicKey, what: str) -> None:
    """Return if a message carries the signature of a key over all else in it.

    Raises:
        Broken: it does not.
    """
    body = {name: value for name, value in message.items() if name != "signature"}
    verify_jws(canonical(body), str(message["signature"]), key, what)


def verify_jws(payload: bytes, signature: str, key: Ed25519PublicKey, what: str) -> None:
    """Return if a detached signature (RFC 7515, appendix F) of some bytes is by a key.

    Raises:
        Broken: it is not.
    """
    try:
        head, nothing, tail = signature.split(".")
        # Several texts stand for the same bytes, of which only one was written.
        if nothing or any(_base64url(_bytes(part)) != part for part in (head, tail)):
            raise ValueError
        if json.loads(_bytes(head))["alg"] != "Ed25519":
            raise ValueError
        key.verify(_bytes(tail), f"{head}.{_base64url(payload)}".encode())
    except (ValueError, KeyError, TypeError, InvalidSignature) as error:
        raise Broken(f"the signature of {what} does not hold") from error


def _key(card: Mapping[str, Any]) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(_bytes(card["signing"]))


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _time(
    files: Mapping[str, bytes], manifest: Mapping[str, Any], root: bytes, told: list[str]
) -> None:
    if not manifest["time_stamped"]:
        if root or STAMP in files:
            raise Broken("the manifest says that no time-stamp was made")
        told.append("bears no independent time: the node's own clock says when it was made")
        return
    if STAMP not in files:
        raise Broken(f"{STAMP} is missing")
    told.append(check_stamp(files[STAMP], files.get(SIGNATURE, files[MANIFEST]), root))


def _chain(
    entries: list[dict[str, Any]], manifest: Mapping[str, Any], told: list[str]
) -> list[dict[str, Any]]:
    """Return the entries of the journal if each follows the one before it."""
    previous = ""
    for number, entry in enumerate(entries, 1):
        if entry["number"] != number or entry["case"] != manifest["case"]:
            raise Broken(f"entry {number} of the journal is missing")
        if entry["previous"] != previous:
            raise Broken(f"entry {number} of the journal does not follow the one before it")
        if entry["hash"] != entry_hash(entry):
            raise Broken(f"entry {number} of the journal was changed")
        if "body" in entry and body_digest(entry["salt"], entry["body"]) != entry["digest"]:
            raise Broken(f"the content of entry {number} of the journal was changed")
        previous = entry["hash"]
    if [len(entries), previous] != [manifest["chain"]["entries"], manifest["chain"]["head"]]:
        raise Broken("the journal does not end as the manifest says")
    silent = sum("body" not in entry for entry in entries)
    told.append(f"journal of {len(entries)} entries, chained; the content of {silent} is withheld")
    return entries


def _log(
    log: Mapping[str, Any],
    entries: list[dict[str, Any]],
    files: Mapping[str, bytes],
    signer: str,
    told: list[str],
) -> None:
    """Check that each entry of the journal stands in the node's audit log."""
    head = log["head"]
    if signer:
        if head["node"] != signer:
            raise Broken("the head of the audit log is of another node")
        verify_message(head, _key(_read(files, CARD)), "the head of the audit log")
    proven = {row["number"]: row for row in log["entries"]}
    for entry in entries:
        row = proven.get(entry["number"])
        if not row:
            raise Broken(f"entry {entry['number']} is not shown to be in the audit log")
        stated = json.loads(row["line"])
        if (stated["thing"], stated["detail"]["entry"]) != (entry["case"], entry["hash"]):
            raise Broken(f"the audit log states entry {entry['number']} otherwise")
        if not included(row, head):
            raise Broken(f"entry {entry['number']} is not in the audit log of this head")
    told.append(f"all entries stand in the audit log of {head['size']} entries at {head['at']}")


def included(row: Mapping[str, Any], head: Mapping[str, Any]) -> bool:
    """Return whether a proof shows a line in a log (RFC 9162, section 2.1.3.2)."""
    place, last = row["index"], head["size"] - 1
    if not 0 <= place <= last:
        return False
    found = sha256(b"\0" + row["line"].encode()).digest()
    for sibling in map(bytes.fromhex, row["hashes"]):
        if last == 0:
            return False
        if place & 1 or place == last:
            found = sha256(b"\1" + sibling + found).digest()
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = sha256(b"\1" + found + sibling).digest()
        place, last = place >> 1, last >> 1
    return bool(last == 0 and found.hex() == head["root"])


# Time-stamps of RFC 3161, as far as it takes to check one: cryptography reads no CMS.

_HASHES = {"608648016503040201": "sha256", "608648016503040202": "sha384",
           "608648016503040203": "sha512"}  # fmt: skip
_MESSAGE_DIGEST, _TST_INFO = "2a864886f70d010904", "2a864886f70d0109100104"
_STAMPING = "1.3.6.1.5.5.7.3.8"


class _Value(NamedTuple):
    """A value in DER: its tag, its content, all of it."""

    tag: int
    content: bytes
    whole: bytes

    @property
    def parts(self) -> list[_Value]:
        return list(_der(self.content))


def _der(data: bytes) -> Iterator[_Value]:
    at = 0
    while at < len(data):
        tag, length, start = data[at], data[at + 1], at + 2
        if length & 0x80:
            start += length & 0x7F
            length = int.from_bytes(data[at + 2 : start], "big")
        end = start + length
        if end > len(data):
            raise Broken("the time-stamp is cut short")
        yield _Value(tag, data[start:end], data[at:end])
        at = end


def check_stamp(response: bytes, stamped: bytes, root: bytes = b"") -> str:
    """Return what a time-stamp says, if it is of these bytes and its service signed it.

    Args:
        response: the service's answer (RFC 3161, section 2.4.2).
        stamped: the bytes that were stamped.
        root: certificate (PEM) that the service's must be issued by.

    Raises:
        Broken: it does not hold.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import pkcs7

    (answer,) = _der(response)
    token = answer.parts[1]
    signed = token.parts[1].parts[0].parts
    kind, content = signed[2].parts
    info = content.parts[0]
    (stated,) = _der(info.content)
    imprint = stated.parts[2].parts
    name = _HASHES[imprint[0].parts[0].content.hex()]
    if kind.content.hex() != _TST_INFO or imprint[1].content != _hash(name, stamped):
        raise Broken("the time-stamp is of something else")
    signer = signed[-1].parts[0].parts
    attributes = next(part for part in signer if part.tag == 0xA0)
    digests = [a.parts[1].parts[0] for a in attributes.parts
               if a.parts[0].content.hex() == _MESSAGE_DIGEST]  # fmt: skip
    algorithm = _HASHES[signer[2].parts[0].content.hex()]
    if [one.content for one in digests] != [_hash(algorithm, info.content)]:
        raise Broken("the time-stamp was changed")
    serial = int.from_bytes(signer[1].parts[1].content, "big")
    known = pkcs7.load_der_pkcs7_certificates(token.whole)
    (own,) = [one for one in known if one.serial_number == serial]
    # Signed is the set of attributes, not the tag that stands in its place (RFC 5652, 5.4).
    _by(own.public_key(), signer[-1].content, b"\x31" + attributes.whole[1:], algorithm)
    uses = own.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    if _STAMPING not in [use.dotted_string for use in uses]:
        raise Broken("the time-stamp is by a certificate that is not for time-stamps")
    trusted = "not compared with any you trust"
    if root:
        try:
            own.verify_directly_issued_by(x509.load_pem_x509_certificate(root))
        except (ValueError, TypeError, InvalidSignature) as error:
            raise Broken("the time-stamp is of a service that the root did not issue") from error
        trusted = "issued by the root that was given"
    when = next(part for part in stated.parts if part.tag == 0x18).content.decode("ascii")
    return f"time-stamp of {when} by {own.subject.rfc4514_string()}, {trusted}"


def _by(key: Any, signature: bytes, data: bytes, algorithm: str) -> None:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

    used = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, data, padding.PKCS1v15(), used[algorithm])
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, data, ec.ECDSA(used[algorithm]))
        else:
            raise Broken("the time-stamp is signed in a way that this cannot check")
    except InvalidSignature as error:
        raise Broken("the signature of the time-stamp does not hold") from error


def _hash(name: str, data: bytes) -> bytes:
    import hashlib

    return hashlib.new(name, data).digest()


def main(arguments: list[str] | None = None) -> int:
    """Check the bundle named on the command line; return 0 if it is whole, else 1."""
    parser = argparse.ArgumentParser(description="Checks a court bundle offline.")
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--card", type=Path, help="card of the node that must have signed it")
    parser.add_argument("--time-root", type=Path, help="certificate behind the time-stamp")
    given = parser.parse_args(arguments)
    card = given.card.read_bytes() if given.card else b""
    root = given.time_root.read_bytes() if given.time_root else b""
    with given.bundle.open("rb") as bundle:
        report = check(bundle, card=card, time_root=root)
    for line in report.problems or report.told:
        print(line)
    print(f"SHA-256 of the bundle {hashed(given.bundle).sha256}")
    print("DOES NOT HOLD" if report.problems else "whole: every byte is as it was when made")
    return 1 if report.problems else 0


if __name__ == "__main__":
    sys.exit(main())
