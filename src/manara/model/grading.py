"""How good a source and its information are: the Admiralty code and Europol's 4x4.

Both grade the source by a letter and the information by a figure, independently; the letters and
figures mean different things. The Admiralty code (NATO AJP-2.1) judges how far one may believe the
information; 4x4 (Regulation (EU) 2016/794, article 29) asks how the source came to know it. So
neither maps into the other without loss, and each conversion says what was lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from manara.model.errors import UsageError

#: Source, Admiralty code.
RELIABILITY: Mapping[str, str] = {
    "A": "completely reliable: no doubt, and always right so far",
    "B": "usually reliable: small doubt, mostly right so far",
    "C": "fairly reliable: some doubt, right at times",
    "D": "not usually reliable: much doubt, seldom right",
    "E": "unreliable: known to be wrong",
    "F": "cannot be judged: nothing to go by, neither good nor bad",
}
#: Information, Admiralty code.
CREDIBILITY: Mapping[int, str] = {
    1: "confirmed by other, independent sources",
    2: "probably true: unconfirmed, makes sense, fits what else is known",
    3: "possibly true: unconfirmed, makes fair sense, fits some of what is known",
    4: "doubtful: unconfirmed, possible, nothing else known to compare",
    5: "improbable: unconfirmed, makes no sense, contradicted by what is known",
    6: "truth cannot be judged",
}
#: Source, 4x4.
EUROPOL_SOURCE: Mapping[str, str] = {
    "A": "no doubt about the source, or it was right every time",
    "B": "mostly proved reliable",
    "C": "mostly proved unreliable",
    "X": "reliability cannot be assessed",
}
#: Information, 4x4.
EUROPOL_INFORMATION: Mapping[int, str] = {
    1: "accuracy not in doubt",
    2: "the source knows it at first hand; the official who passes it on does not",
    3: "hearsay to the source, borne out by information already on record",
    4: "hearsay to the source that cannot be borne out",
}


# Each grade of one scale with its nearest in the other that does not make the source look better,
# and what the change loses. Where 4x4 came from, conversion there and back gives the same grade.
_SOURCE_TO_ADMIRALTY: Mapping[str, tuple[str, str]] = {
    "A": ("A", ""),
    "B": ("B", ""),
    "C": ("D", ""),
    "X": ("F", ""),
}
_INFORMATION_TO_ADMIRALTY: Mapping[int, tuple[int, str]] = {
    1: (1, "4x4 figure 1 does not say that independent sources confirmed it, as Admiralty 1 does"),
    2: (2, "that the source knows it at first hand"),
    3: (3, "that it is hearsay borne out by information on record"),
    4: (6, "that it is hearsay that cannot be borne out"),
}
_SOURCE_TO_EUROPOL: Mapping[str, tuple[str, str]] = {
    "A": ("A", ""),
    "B": ("B", ""),
    "C": ("X", "that the source is fairly reliable: 4x4 has only mostly reliable or unreliable"),
    "D": ("C", ""),
    "E": ("C", "that the source is known to be wrong, not only mostly unreliable"),
    "F": ("X", ""),
}
_INFORMATION_TO_EUROPOL: Mapping[int, tuple[int, str]] = {
    1: (1, "that independent sources confirmed it"),
    2: (2, "4x4 figure 2 says that the source knows it at first hand, which Admiralty 2 does not"),
    3: (3, "4x4 figure 3 says that it is borne out hearsay, which Admiralty 3 does not"),
    4: (4, "that it is doubtful rather than impossible to check"),
    5: (4, "that it is improbable and contradicted"),
    6: (4, "that it cannot be judged, rather than being hearsay"),
}


@dataclass(frozen=True, slots=True)
class Grade:
    """A grade in the Admiralty code, such as ``B2``.

    Attributes:
        reliability: of the source, a key of `RELIABILITY`.
        credibility: of the information, a key of `CREDIBILITY`.
    """

    reliability: str
    credibility: int

    def __post_init__(self) -> None:
        _check(self.reliability, RELIABILITY, self.credibility, CREDIBILITY, "A1 to F6")

    def __str__(self) -> str:
        return f"{self.reliability}{self.credibility}"

    @classmethod
    def parse(cls, text: str) -> Grade:
        """Return the grade that a text such as ``B2`` or ``b-2`` states.

        Raises:
            UsageError: the text is no grade of the Admiralty code.
        """
        return cls(*_split(text))

    def at_least(self, least: Grade) -> bool:
        """Return whether both parts are as good as those of ``least`` or better.

        F and 6 say that nobody could judge: they meet only a threshold that asks for nothing more
        than F or 6.
        """
        return self.reliability <= least.reliability and self.credibility <= least.credibility

    def to_europol(self) -> tuple[EuropolGrade, tuple[str, ...]]:
        """Return the nearest 4x4 grade, and what it loses or adds, in words."""
        source, lost = _SOURCE_TO_EUROPOL[self.reliability]
        information, more = _INFORMATION_TO_EUROPOL[self.credibility]
        return EuropolGrade(source, information), tuple(filter(None, (lost, more)))


@dataclass(frozen=True, slots=True)
class EuropolGrade:
    """A grade in Europol's 4x4, such as ``B2``, which is not the Admiralty code's ``B2``.

    Attributes:
        source: a key of `EUROPOL_SOURCE`.
        information: a key of `EUROPOL_INFORMATION`.
    """

    source: str
    information: int

    def __post_init__(self) -> None:
        _check(self.source, EUROPOL_SOURCE, self.information, EUROPOL_INFORMATION, "A1 to X4")

    def __str__(self) -> str:
        return f"{self.source}{self.information}"

    @classmethod
    def parse(cls, text: str) -> EuropolGrade:
        """Return the grade that a text such as ``X4`` states.

        Raises:
            UsageError: the text is no 4x4 grade.
        """
        return cls(*_split(text))

    def to_admiralty(self) -> tuple[Grade, tuple[str, ...]]:
        """Return the nearest grade of the Admiralty code, and what it loses or adds, in words."""
        reliability, lost = _SOURCE_TO_ADMIRALTY[self.source]
        credibility, more = _INFORMATION_TO_ADMIRALTY[self.information]
        return Grade(reliability, credibility), tuple(filter(None, (lost, more)))


def _split(text: str) -> tuple[str, int]:
    """Return letter and figure; 0, which no scale has, for a figure that is none."""
    letter, figure = text.strip()[:1].upper(), text.strip()[1:].strip(" -/")
    return letter, int(figure) if figure in set("123456") else 0


def _check(
    letter: str, letters: Mapping[str, str], figure: int, figures: Mapping[int, str], known: str
) -> None:
    if letter not in letters or figure not in figures:
        raise UsageError(
            "no such grade", where=f"{letter}{figure}", remedy=f"use a grade from {known}"
        )
