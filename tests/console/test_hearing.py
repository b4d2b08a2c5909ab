"""What the inside says in English is told in the reader's language, or marked as English."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

import manara
from manara.console.pages.heard_words import ERRORS, REASONS
from manara.console.pages.hearing import heard, heard_html
from manara.console.pages.languages import tongue
from manara.model import Handling, Recipient, Relation, Tlp
from manara.model.handling import NOT_IN_COURT
from manara.pipeline.resolution import queue
from manara.store import Workspace
from tests.console.conftest import Served

HOME = Path(manara.__file__).parent
OTHERS = ["fr", "ar"]


@pytest.mark.parametrize("code", OTHERS)
def test_all_that_speaks_for_and_against_a_pair_is_told(world: Served, code: str) -> None:
    with Workspace.open(world.root) as workspace:
        said = {one for question in queue(workspace) for one in question.judgement.reason}
    assert len(said) > 5
    assert [one for one in said if not heard(one, tongue(code))] == []


PARTNER = Recipient("port.example", "port.example", Relation.COMMUNITY)
COURT = Recipient("court", "us", Relation.ORGANISATION)


@pytest.mark.parametrize(
    ("rule", "to", "french"),
    [
        (Handling.of(Tlp.GREEN, retain_until=date(2026, 1, 1)), PARTNER,
         "Cela devait être supprimé après le 2026-01-01."),
        (Handling.of(Tlp.AMBER_STRICT), PARTNER,
         "Une information TLP:AMBER+STRICT ne peut quitter notre propre organisation ; "
         "port.example est de la communauté, sans être client."),
        (Handling.of(Tlp.RED, releasable_to=["ida"]), PARTNER,
         "Une information TLP:RED ne peut aller qu’aux personnes nommées ; "
         "port.example n’en est pas."),
        (Handling.of(Tlp.GREEN, releasable_to=["x"]), PARTNER,
         "Cela ne peut aller qu’à ceux que ses auteurs ont nommés ; port.example n’en est pas."),
        (Handling.of(Tlp.GREEN, consent=["b", "a"]), PARTNER, "Il manque l’accord de a, b."),
        (Handling.of(Tlp.GREEN, purposes=[]), PARTNER,
         "Cela peut servir à ceci : aucune finalité, non à cela : prosecution."),
        (Handling.of(Tlp.GREEN, caveats=[NOT_IN_COURT]), COURT,
         "Cela ne peut servir devant un tribunal, à moins que son auteur ne lève cette condition."),
    ],
)  # fmt: skip
def test_why_a_rule_forbids_is_told(rule: Handling, to: Recipient, french: str) -> None:
    denied = rule.permits(to, "prosecution", date(2026, 5, 1))
    assert not denied.permitted
    assert heard(denied.reason, tongue("fr")) == french
    told = heard(f"may not go to court: {denied.reason}", tongue("ar"))
    assert told.startswith("لا يجوز أن يصل إلى \u2068court\u2069: ")
    assert not re.search("information|purpose|not ", told)


def test_weights_and_names_of_fields_are_told() -> None:
    assert heard("same name: Hala = هالة (+12.3)", tongue("fr")) == "même nom : Hala = هالة (+12,3)"
    assert heard("different passportNumber: A1 and B2 (-2.5)", tongue("fr")) == (
        "Numéro de passeport : valeurs différentes, A1 et B2 (-2,5)"
    )


def test_names_with_markup_stay_text_and_the_unknown_is_marked() -> None:
    told = heard_html("same name: <b>x</b>", tongue("ar"))
    assert "&lt;b&gt;x&lt;/b&gt;" in told and 'dir="rtl"' in told
    for code in ("en", "fr"):
        assert heard_html("boils <now>", tongue(code)) == (
            '<bdi lang="en" dir="ltr">boils &lt;now&gt;</bdi>'
        )


def test_no_sentence_is_kept_that_nothing_says() -> None:
    own = HOME / "console/pages/heard_words.py"
    sources = "".join(path.read_text("utf-8") for path in HOME.rglob("*.py") if path != own)
    parts = [part for one in (*REASONS, *ERRORS) for part in re.split(r"\{\w+\}", one) if part]
    assert [part for part in parts if part.strip(" :") not in sources] == []
