"""Types of the network: URLs, e-mail addresses, IP addresses, media types; and phone numbers."""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import ParseResult, urlparse

import idna

from manara.model.types.base import PropertyType, plain

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_CLEAN_URL = re.compile(rf"https?://(?:{_LABEL}\.)+[a-z]{{2,63}}/[^\s?#;]*(?:\?[^\s#]+)?")
_BARE_HOST = re.compile(r"[\w-]+(?:\.[\w-]+)+(?:[/?#].*)?", re.DOTALL)
_SCHEMES = frozenset(("http", "https", "ftp", "file", "s3", "gs"))
_HOST_LABEL = re.compile(r"(?=.*[^\W_])[\w-]{1,63}")
_WHITE = re.compile(r"\s")

_ATOM = r"[\w!#$%&'*+/=^`{|}~-]+"
_LOCAL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_CLEAN_DOMAIN = re.compile(rf"(?:(?!..--){_LABEL}\.)+[a-z]{{2,63}}")

_MEDIA_TYPE = re.compile(r"([a-z0-9][a-z0-9!#$&^_.+-]{0,126})/([a-z0-9][a-z0-9!#$&^_.+-]{0,126})")
_SAYS_NOTHING = re.compile(r".*unknown|octet-stream|stream|binary|x-unknown-.*octet-stream")


class UrlType(PropertyType):
    """A Uniform Resource Locator (RFC 3986) with a host.

    Schemes are http, https, ftp, file, s3 and gs; a host name alone is taken for http. A host is
    an IP address or DNS labels (RFC 1035 section 2.3.1, in any script), and its top-level domain
    is neither one letter nor a number.
    """

    name = "url"
    max_length = 4096

    def clean(self, text: str, format: str = "") -> str | None:
        """Return the URL; see `PropertyType.clean`."""
        if text.isascii() and _CLEAN_URL.fullmatch(text) and text.isprintable():
            return text
        text = plain(text)
        if "://" not in text and _BARE_HOST.fullmatch(text):
            text = f"http://{text}"
        try:
            url = urlparse(text)
            if url.scheme not in _SCHEMES or not _has_host(url):
                return None
        except ValueError:
            return None
        return url._replace(path=url.path.strip() or "/").geturl()


def _has_host(url: ParseResult) -> bool:
    host = url.hostname
    if not host or _WHITE.search(url.netloc) or url.port == -1:  # reading a bad port raises
        return False
    try:
        ip_address(host)
    except ValueError:
        labels = host.rstrip(".").split(".")
        if not all(map(_HOST_LABEL.fullmatch, labels)):
            return False
        return len(labels) == 1 or (len(labels[-1]) > 1 and not labels[-1].isdigit())
    return True


class EmailType(PropertyType):
    """An e-mail address (RFC 5321 section 4.1.2, internationalised as in RFC 6531).

    The local part is kept as written, because only its host may say whether case counts there;
    the domain is lower case, in Unicode form (IDNA 2008, RFC 5891).
    """

    name = "email"

    def clean(self, text: str, format: str = "") -> str | None:
        """Return the address; see `PropertyType.clean`."""
        local, at, domain = plain(text).removeprefix("mailto:").rpartition("@")
        if not at or len(local) > 64 or not _LOCAL.fullmatch(local):
            return None
        clean_domain = _domain(domain.rstrip(".").lower())
        return clean_domain and f"{local}@{clean_domain}"


@lru_cache(maxsize=4096)
def _domain(domain: str) -> str | None:
    """Return an internet domain in Unicode form, or None if it is none."""
    if len(domain) <= 253 and _CLEAN_DOMAIN.fullmatch(domain):
        return domain
    try:
        encoded = idna.encode(domain, uts46=True).decode("ascii")
        _, dot, top = encoded.rpartition(".")
        return idna.decode(encoded) if dot and len(top) > 1 and not top.isdigit() else None
    except UnicodeError:
        return None


class IpType(PropertyType):
    """An internet address of version 4 (RFC 791) or 6, the latter as RFC 5952 writes it."""

    name = "ip"
    max_length = 64

    def clean(self, text: str, format: str = "") -> str | None:
        """Return the address; see `PropertyType.clean`."""
        try:
            return str(ip_address(plain(text)))
        except ValueError:
            return None


class MimetypeType(PropertyType):
    """A media type (RFC 6838 section 4.2) without parameters, such as ``application/pdf``.

    Names for *anything*, such as ``application/octet-stream``, say nothing and are no value.
    """

    name = "mimetype"
    matchable = False

    def clean(self, text: str, format: str = "") -> str | None:
        """Return the media type; see `PropertyType.clean`."""
        found = _MEDIA_TYPE.fullmatch(plain(text).split(";", 1)[0].rstrip().lower())
        return None if found is None or _SAYS_NOTHING.fullmatch(found[2]) else found[0]


class PhoneType(PropertyType):
    """A telephone number in international form, ``+`` and up to 15 digits (ITU-T E.164).

    It must be possible in its country's numbering plan. A number without its country code is no
    value: whoever reads the source must add it.
    """

    name = "phone"
    max_length = 64

    def clean(self, text: str, format: str = "") -> str | None:
        """Return the number; see `PropertyType.clean`."""
        return _phone(text)


@lru_cache(maxsize=32_768)
def _phone(text: str) -> str | None:
    import phonenumbers  # takes longer to load than most commands run

    try:
        number = phonenumbers.parse(plain(text), None)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
