"""Types whose values are a short list: genders and topics."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml

from manara.model.types.base import PropertyType

_DATA = Path(__file__).parents[1] / "data" / "values.yaml"

_GENDERS = {
    "male": "m male man men masculin masculine masculino homme hombre männlich мужской муж ذكر 男",
    "female": "f female woman women féminin feminin feminine femenino femme mujer weiblich"
    " женский жен أنثى انثى 女",
    "other": "o d other divers diverse autre otro другой non-binary nonbinary آخر",
}
_GENDER_OF = {word: gender for gender, words in _GENDERS.items() for word in words.split()}


@cache
def value_list(name: str) -> frozenset[str]:
    """Return one of the vocabulary's lists of values: ``topics`` or ``languages``."""
    with _DATA.open(encoding="utf-8") as file:
        lists: dict[str, list[str]] = yaml.load(file, yaml.CSafeLoader)
    return frozenset(lists[name])


class GenderType(PropertyType):
    """A person's gender as a document states it: ``male``, ``female`` or ``other``.

    Understood are the sex markers M and F of ICAO Doc 9303-3 and words in the languages of the
    United Nations and German. The marker X means *unspecified* there, so it is no value.
    """

    name = "gender"
    matchable = False
    max_length = 16

    def clean(self, text: str, format: str = "") -> str | None:
        """Return the gender; see `PropertyType.clean`."""
        return _GENDER_OF.get(text) or _GENDER_OF.get(text.strip().casefold())


class TopicType(PropertyType):
    """A category from the vocabulary's own list, such as ``sanction`` or ``crime.terror``."""

    name = "topic"
    matchable = False
    max_length = 64

    def clean(self, text: str, format: str = "") -> str | None:
        """Return the topic; see `PropertyType.clean`."""
        topics = value_list("topics")
        if text in topics:
            return text
        text = text.strip().lower()
        return text if text in topics else None
