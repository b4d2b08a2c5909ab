"""The property types of the vocabulary: what is a valid value, and its one canonical form."""

from manara.model.types.base import PropertyType
from manara.model.types.country import CountryType, countries_in, country_codes
from manara.model.types.date import DateType
from manara.model.types.enums import GenderType, TopicType
from manara.model.types.identifier import ChecksumType, EntityType, IdentifierType
from manara.model.types.language import LanguageType
from manara.model.types.net import EmailType, IpType, MimetypeType, PhoneType, UrlType
from manara.model.types.text import (
    AddressType,
    HtmlType,
    JsonType,
    NameType,
    NumberType,
    StringType,
    TextType,
)

_ALL = (
    AddressType,
    ChecksumType,
    CountryType,
    DateType,
    EmailType,
    EntityType,
    GenderType,
    HtmlType,
    IdentifierType,
    IpType,
    JsonType,
    LanguageType,
    MimetypeType,
    NameType,
    NumberType,
    PhoneType,
    StringType,
    TextType,
    TopicType,
    UrlType,
)

#: Every property type by its name.
TYPES: dict[str, PropertyType] = {kind.name: kind() for kind in _ALL}

__all__ = ["TYPES", "PropertyType", "countries_in", "country_codes"]
