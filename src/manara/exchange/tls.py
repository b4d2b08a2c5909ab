"""Certificates of nodes for mutual TLS: one's own, and those pinned in the partners' records."""

from __future__ import annotations

import hashlib
import ssl
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from manara.exchange.keys import put_private
from manara.model import NotFoundError, UsageError

#: How long a certificate holds; partners pin it, so a new one is handed over like a card.
_HOLDS = timedelta(days=397)
_KEY, _CERTIFICATE = "tls.key", "tls.pem"


def make_certificate(node_id: str, folder: Path) -> bytes:
    """Return a new certificate of a node, signed by itself, as PEM; its key is kept in a folder.

    Partners pin the certificate, so no authority has to vouch for it.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, node_id)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + _HOLDS)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(node_id)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    for file, content in ((_KEY, secret), (_CERTIFICATE, pem)):
        (folder / file).unlink(missing_ok=True)
        put_private(folder / file, content)
    return pem


def has_certificate(folder: Path) -> bool:
    """Return whether a node has a certificate in a folder."""
    return all((folder / name).is_file() for name in (_CERTIFICATE, _KEY))


def own_certificate(folder: Path) -> tuple[Path, Path]:
    """Return the files of a node's certificate and of its key in a folder.

    Raises:
        NotFoundError: it has none.
    """
    if not has_certificate(folder):
        raise NotFoundError(
            "this node has no certificate", where=str(folder),
            remedy="make one with `manara exchange certificate`",
        )  # fmt: skip
    return folder / _CERTIFICATE, folder / _KEY


def fingerprint(pem: bytes | str) -> str:
    """Return the SHA-256 of a certificate, hexadecimal.

    Raises:
        UsageError: it is none.
    """
    return fingerprint_of(_der(pem))


def fingerprint_of(der: bytes) -> str:
    """Return the SHA-256 of a certificate as it comes over the line."""
    return hashlib.sha256(der).hexdigest()


def expires(pem: str) -> date:
    """Return the last day of a certificate.

    Raises:
        UsageError: it is none.
    """
    return _read(pem).not_valid_after_utc.date()


def trusting(pems: Iterable[str], context: ssl.SSLContext) -> ssl.SSLContext:
    """Let a context trust these certificates and no others, and return it."""
    for pem in pems:
        context.load_verify_locations(cadata=pem)
    # A pinned certificate is trusted as it is, whoever signed it.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    return context


def _der(pem: bytes | str) -> bytes:
    return _read(pem).public_bytes(serialization.Encoding.DER)


def _read(pem: bytes | str) -> x509.Certificate:
    try:
        text = pem.encode() if isinstance(pem, str) else pem
        return x509.load_pem_x509_certificate(text)
    except ValueError as error:
        raise UsageError(f"is no certificate: {error}", where="certificate") from error
