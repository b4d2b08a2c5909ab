"""Europol's handling codes, in and out.

With the codes a provider states the restrictions of Regulation (EU) 2016/794, article 19(2). As
quoted from Council document 6243/18: H0, only to prevent and combat crime; H1, not in judicial
proceedings without the provider's permission; H2, not passed on without it; H3, other
restrictions, in words.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from manara.model._check import check_text, texts_of
from manara.model.audience import Tlp
from manara.model.errors import UsageError
from manara.model.handling import NOT_IN_COURT, Handling

#: What "preventing and combating crime" (H0) comes to in the purposes of handling rules.
CRIME_PURPOSES = frozenset(
    {
        "prevention",
        "investigation",
        "prosecution",
        "analysis",
        "financial-intelligence",
        "border-management",
        "arms-tracing",
    }
)


class EuropolMarking(NamedTuple):
    """A handling rule in Europol's codes.

    Attributes:
        codes: the codes, sorted.
        text: the words that go with H3, ``""`` without it.
        words_only: restrictions that no code carries, each a sentence of ``text``: a receiver that
            looks at codes alone would lose them.
    """

    codes: tuple[str, ...]
    text: str
    words_only: tuple[str, ...]


def from_europol(
    codes: Iterable[str], *, provider: str, text: str = "", tlp: Tlp = Tlp.GREEN
) -> Handling:
    """Return the handling rule that Europol handling codes state.

    Args:
        codes: ``H0`` to ``H3``, in any case.
        provider: id of the originator, whose consent H2 asks for.
        text: the words of H3; kept as a caveat for people to read.
        tlp: the audience, on which the codes are silent: by default the community of agencies.

    Raises:
        UsageError: no code or an unknown one, no provider, H3 without words, or words without H3.
    """
    given = {code.strip().upper() for code in texts_of("codes", codes)}
    if not given or not given <= {"H0", "H1", "H2", "H3"}:
        raise UsageError(
            f"not Europol handling codes: {sorted(given)}", where="codes", remedy="use H0 to H3"
        )
    check_text("provider", provider)
    if ("H3" in given) != bool(text.strip()):
        raise UsageError("H3 and its words go together", where="codes", remedy="give both")
    caveats = {text.strip()} if "H3" in given else set()
    return Handling.of(
        tlp,
        consent={provider} if "H2" in given else (),
        purposes=CRIME_PURPOSES,
        caveats=caveats | {NOT_IN_COURT} if "H1" in given else caveats,
    )


def to_europol(handling: Handling, *, provider: str) -> EuropolMarking:
    """Return the Europol codes of a rule, with what they cannot say put into the words of H3.

    The codes may be narrower than the rule (H0 excludes what does not concern crime), never wider.

    Args:
        handling: the rule.
        provider: id of the organisation that sends it, the one that H1 and H2 speak of.

    Raises:
        UsageError: no provider.
    """
    check_text("provider", provider)
    beyond_codes = tuple(_beyond_codes(handling, provider))
    text = "; ".join((*sorted(handling.caveats - {NOT_IN_COURT}), *beyond_codes))
    codes = {
        "H1": NOT_IN_COURT in handling.caveats,
        "H2": bool(handling.consent),
        "H3": bool(text),
    }
    return EuropolMarking(
        tuple(code for code, applies in codes.items() if applies) or ("H0",), text, beyond_codes
    )


def _beyond_codes(handling: Handling, provider: str) -> Iterable[str]:
    others = handling.consent - {provider}
    if others:
        yield f"consent to pass on is also needed from {', '.join(sorted(others))}"
    if handling.tlp > Tlp.GREEN:
        yield handling.tlp.label
    named = handling.releasable_to or handling.individuals is not None
    if named and handling.floor > Tlp.GREEN:
        yield f"audience of {handling.floor.label} also for those named"
    if handling.individuals is not None:
        yield f"only for the persons {', '.join(sorted(handling.individuals)) or '(nobody)'}"
    for names in sorted(sorted(names) for names in handling.releasable_to):
        yield f"only for {', '.join(names) or '(nobody)'}"
    if handling.purposes is not None and not handling.purposes >= CRIME_PURPOSES:
        yield f"only for the purposes {', '.join(sorted(handling.purposes)) or '(none)'}"
    if handling.retain_until is not None:
        yield f"delete after {handling.retain_until.isoformat()}"
