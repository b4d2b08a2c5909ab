"""Why a name on a list was found: one step for each word and each field, in plain words.

The weights of a hit's steps add up to its score.
"""

from __future__ import annotations

from typing import Literal

import msgspec
import numpy as np

from manara.identity.dates import readings
from manara.identity.screening.alignment import align
from manara.identity.screening.evidence import OTHER_KIND, evidence
from manara.identity.screening.likelihood import (
    JOINED,
    MAX_WORDS,
    NAME,
    ROLE_WEIGHT,
    WEIGHTS,
    Asked,
)
from manara.identity.screening.prepare import LETTER_COSTS, Preparer
from manara.identity.screening.query import (
    KINDS,
    Laid,
    Query,
    pack_country,
    pack_date,
    pack_genders,
    unpack_country,
    unpack_date,
    unpack_genders,
)
from manara.identity.screening.segment import Segment
from manara.identity.screening.signs import (
    CAPPED,
    NOTES,
    POPULAR_LEFT,
    SAYS,
    SIGNS,
    TELLING,
    capped,
    observe,
    of_words,
)
from manara.model.text import Arg, Text, phrase

How = Literal[
    "same word",
    "same name (variants)",
    "same sound",
    "spelling",
    "spacing",
    "initial",
    "no counterpart",
    "not asked for",
    "agrees",
    "contradicts",
    "same number",
    "one digit differs",
    "different number",
    "whole",
]


class Step(msgspec.Struct, frozen=True):
    """One observation for or against.

    Attributes:
        field: ``name``, ``birth date``, ``country``, ``gender``, ``document``, ``birth place``,
            ``address`` or ``kind``.
        query: the value asked for, empty where the list has more.
        found: the list's value, empty where the query has more.
        how: in which way they meet; ``whole`` for what is said of the names or numbers as a whole.
        weight: what it says in nats; below zero it speaks against.
        note: the observation in words, where it needs more of them.
    """

    field: str
    query: str
    found: str
    how: How
    weight: float
    note: Text | None = None

    def __str__(self) -> str:
        return str(self.words)

    @property
    def words(self) -> Text:
        """It as a sentence, before it is told in a language."""
        said, weight = self._said(), abs(self.weight)
        if self.weight > 0:
            return phrase("{said} [for, {weight:.1f}]", said=said, weight=weight)
        return phrase("{said} [against, {weight:.1f}]", said=said, weight=weight)

    def _said(self) -> Text:
        asked, found = self._value(self.query), self._value(self.found)
        if self.note:
            return self.note
        if self.how == "no counterpart":
            return phrase("{asked}: no counterpart on the list", asked=asked)
        if self.how == "not asked for":
            return phrase("{found}: on the list only", found=found)
        field, how = Text(self.field), Text(self.how)
        if self.how == "agrees":
            return phrase("{field} {asked}: the list states {found}",
                          field=field, asked=asked, found=found)  # fmt: skip
        if self.how == "contradicts":
            return phrase("{field} {asked}: the list states {found} instead",
                          field=field, asked=asked, found=found)  # fmt: skip
        if self.how in ("same word", "same sound", "same name (variants)"):
            return phrase("{asked} = {found}: {how}", asked=asked, found=found, how=how)
        return phrase("{asked} ~ {found}: {how}", asked=asked, found=found, how=how)

    def _value(self, text: str) -> Arg:
        if self.field in ("gender", "kind"):
            return tuple(Text(one) for one in text.split(", "))
        return text


def word_step(
    query: str, found: str, share: float, same_group: bool, joined: bool, weight: float
) -> Step:
    """Return the step of a query word and its counterpart.

    Args:
        query: the query's word.
        found: the list's word.
        share: their edit cost as a share of the letters; below zero for an initial.
        same_group: whether both are forms of one name.
        joined: whether one side is written in one word and the other in several.
        weight: in nats.
    """
    how: How
    if share < 0:
        how = "initial"
    elif joined:
        how = "spacing"
    elif query == found:
        how = "same word"
    elif same_group:
        how = "same name (variants)"
    else:
        how = "same sound" if share <= 0.05 else "spelling"
    return Step("name", query, found, how, weight)


def name_steps(
    asked: Asked, laid: Laid, near: Preparer, segment: Segment, name: int, asked_kind: int
) -> list[Step]:
    """Return a step for each word of both names, then for what they say as a whole."""
    n = len(laid.texts)
    mate, value, shares = np.zeros(n, np.int32), np.zeros(n, np.float32), np.zeros(n, np.float32)
    names = segment.names
    aligned = align(asked, names, name, segment.words, LETTER_COSTS, WEIGHTS, mate, value, shares)
    nat, ours, theirs = of_words(*aligned[1:])
    first = int(names.start[name])
    steps, met, taken = [], 0, 0
    for i in np.flatnonzero(mate >= 0).tolist():
        at = first + int(mate[i])
        met |= laid.covers[i]
        taken |= int(names.cover[at])
        word = int(names.word[at])
        group = near.near(laid.texts[i]).spelling.group
        text = segment.word_text.at(word)
        joined = (laid.roles[i] == JOINED) != (names.role[at] == JOINED)
        if shares[i] >= 2:  # glued: one word here, two neighbours there
            joined = True
            if np.count_nonzero(mate == mate[i]) == 1:
                taken |= int(names.cover[at + 1])
                text = f"{text} {segment.word_text.at(int(names.word[at + 1]))}"
        weight = float(value[i]) * (nat + float(asked.telling[i] * SAYS[TELLING]))
        steps.append(
            word_step(
                laid.texts[i], text, float(shares[i]),
                group > 0 and group == segment.words.group[word], joined, weight,
            )
        )  # fmt: skip
    for i in range(n):
        if laid.roles[i] != JOINED and not laid.covers[i] & met:
            weight = -float(asked.weight[i]) * ours
            if laid.roles[i] == NAME and asked.popular[i]:
                weight += float(SAYS[POPULAR_LEFT])
            steps.append(Step("name", laid.texts[i], "", "no counterpart", weight))
    for at in range(first, min(int(names.start[name + 1]), first + MAX_WORDS)):
        if names.role[at] != JOINED and not int(names.cover[at]) & taken:
            word = int(names.word[at])
            weight = -float(segment.words.rarity[word] * ROLE_WEIGHT[names.role[at]]) * theirs
            steps.append(Step("name", "", segment.word_text.at(word), "not asked for", weight))
    signs = np.zeros(len(SIGNS), np.float32)
    kind = int(segment.people.kind[names.entity[name]])
    observe(
        asked, names, name, segment.words, mate, value, shares, kind, asked_kind, aligned,
        segment.own, segment.own_name, signs,
    )  # fmt: skip
    told = [(float(signs[at] * SAYS[at]), Text(note)) for at, note in NOTES.items()]
    told.append((capped(signs, min(aligned[1], aligned[2])), Text(CAPPED)))
    return steps + [Step("name", "", "", "whole", weight, note) for weight, note in told if weight]


def field_steps(query: Query, segment: Segment, entity: int) -> list[Step]:
    """Return a step for each field that both the query and the list state."""
    people, out = segment.people, np.zeros(3, np.float32)
    read = readings(query.birth_date or "")
    dates = [packed for reading in read for date in reading.dates if (packed := pack_date(date))]
    countries = [packed for code in query.countries if (packed := pack_country(code))]
    gender = pack_genders([query.gender])
    evidence(people, entity, np.array(dates, np.int32), np.array(countries, np.uint16), gender, out)
    born = people.dates[people.date[entity] : people.date[entity + 1]]
    codes = people.countries[people.country[entity] : people.country[entity + 1]]
    stated = (
        ("birth date", query.birth_date or "", ", ".join(map(unpack_date, born.tolist()))),
        ("country", ", ".join(query.countries), ", ".join(map(unpack_country, codes.tolist()))),
        ("gender", query.gender or "", ", ".join(unpack_genders(int(people.gender[entity])))),
    )
    steps = [
        Step(field, asked, found, "agrees" if weight > 0 else "contradicts", weight)
        for (field, asked, found), weight in zip(stated, out.tolist(), strict=True)
        if weight
    ]
    notes = tuple(reading.note for reading in read if reading.note)
    if notes and out[0]:
        said = phrase("{said} ({notes:;})", said=steps[0]._said(), notes=notes)
        steps[0] = msgspec.structs.replace(steps[0], note=said)
    kind = KINDS[people.kind[entity]]
    if query.kind and kind and query.kind != kind:
        steps.append(Step("kind", query.kind, kind, "contradicts", -OTHER_KIND))
    return steps
