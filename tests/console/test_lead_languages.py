"""What leads and risk programmes say is there in every language, with its gaps and plurals."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from types import ModuleType

import pytest

from manara.console.pages.languages import tongue
from manara.console.pages.sentences import strange, told_html
from manara.identity.screening.index import Index
from manara.identity.screening.query import NameEntry, Query
from manara.model import Finding, Severity, Step, Text, counted, phrase, text_of
from manara.model.language import Language
from manara.risk.programme.speech import speech
from tests.spoken import lead_texts, programme_texts

GAP = re.compile(r"\{([^}]*)\}")


@pytest.mark.parametrize("code", ["fr", "ar"])
@pytest.mark.parametrize(("script", "least"), [(lead_texts(), 500), (programme_texts(), 300)])
def test_every_template_is_translated_with_its_gaps(
    code: str, script: ModuleType, least: int
) -> None:
    known, said = script.catalogue(code), script.templates()
    assert len(said) > least
    for template in said:
        one, many = (template, template) if isinstance(template, str) else template
        message = known.get(one)
        assert message is not None, one
        forms = message.string if isinstance(message.string, tuple) else (message.string,)
        assert len(forms) == (1 if isinstance(template, str) else known.num_plurals)
        for form in forms:
            assert form, one
            # Where there is one or two of a thing, the word alone may say so.
            assert set(GAP.findall(many)) - {"num"} <= set(GAP.findall(form)) | {"num"}, one
            assert set(GAP.findall(form)) <= set(GAP.findall(many)), one
    left = {each.id if isinstance(each.id, str) else each.id[0] for each in known if each.id}
    assert left == {one if isinstance(one, str) else one[0] for one in said}


@pytest.mark.parametrize("code", ["fr", "ar"])
@pytest.mark.parametrize(("script", "voice"), [(lead_texts(), tongue), (programme_texts(), speech)])
def test_the_catalogue_that_ships_is_the_one_written(
    code: str, script: ModuleType, voice: Callable[[str], Language]
) -> None:
    for each in script.catalogue(code):
        if each.id:
            several = isinstance(each.id, tuple)
            one, many = each.id if several else (each.id, "")
            said = each.string[1] if several else each.string
            # Of two there are two in both languages, which is the second form of French.
            number = 2 if code == "fr" else 1
            assert voice(code).template(one, many, number) == said


# Plural forms by CLDR; the words by hand.
@pytest.mark.parametrize(
    ("code", "num", "told"),
    [
        ("fr", 1, "1 paiement"),
        ("fr", 2, "2 paiements"),
        ("ar", 1, "دفعة واحدة"),
        ("ar", 2, "دفعتين"),
        ("ar", 3, "3 دفعات"),
        ("ar", 11, "11 دفعة"),
    ],
)
def test_plurals(code: str, num: int, told: str) -> None:
    assert counted("{num} payment", "{num} payments", num).told(tongue(code)) == told


def test_numbers_days_and_names_are_written_as_each_language_does() -> None:
    text = phrase("{lead} ({outcome} {day})", lead="lead-1", outcome=phrase("dismissed"),
                  day=date(2026, 3, 5))  # fmt: skip
    assert text.told(tongue("fr")) == "lead-1 (écartée, 5 mars 2026)"
    # A name of a source is set apart, so that it does not turn the sentence round.
    assert text.told(tongue("ar")) == "\u2068lead-1\u2069 (مستبعَد، 5 مارس 2026)"
    shown = phrase("{score}; with what was decided here, {rate:.0%}", score="x", rate=0.25)
    assert shown.told(tongue("fr")) == "x\u00a0; avec ce qui a été décidé ici, 25\u00a0%"
    assert phrase("{value:,.2f}", value=1234.5).told(tongue("fr")) == "1\u202f234,50"


def test_what_is_known_in_another_language_only_is_marked_as_such() -> None:
    own = Text("Une <grande> sortie", lang="fr", others={"ar": "خروج كبير"})
    title = phrase("{what}: {name}", what=own, name="Hala\ue000en\ue001 & Co")
    step = Step(1, str(title), ("f",), title)
    finding = Finding("x.y", ("s",), 0.5, Severity.LOW, str(title), (step,), ("f",), title)
    told = {code: told_html(step, tongue(code)) for code in ("en", "fr", "ar")}
    assert '<bdi lang="fr">Une &lt;grande&gt; sortie</bdi>: Halaen &amp; Co' in told["en"]
    assert "Une &lt;grande&gt; sortie\u00a0: Halaen &amp; Co" in told["fr"]
    assert told["ar"].startswith('<bdi dir="rtl">خروج كبير: ')
    assert [code for code in told if strange(finding, tongue(code))] == ["en"]
    assert text_of(title.plain()) == title
    # A partner's lead comes as sentences of English.
    plain = Step(1, "Seen at <sea>.", ("f",))
    assert told_html(plain, tongue("ar")) == '<bdi lang="en" dir="ltr">Seen at &lt;sea&gt;.</bdi>'
    other = Finding("x.y", ("s",), 0.5, Severity.LOW, "Seen", (plain,), ("f",))
    assert [code for code in told if strange(other, tongue(code))] == ["fr", "ar"]


def test_why_a_name_was_found_is_told() -> None:
    index = Index.build([NameEntry("p", "Karim Haddad", birth_dates=("1970",))])
    [hit] = index.search(Query("Karim Hadad", birth_date="1950", gender="male"))
    spelt, born = (
        next(step for step in hit.explanation if asked in step.query) for asked in ("hadad", "1950")
    )
    assert spelt.words.told(tongue("fr")).startswith(
        "hadad = haddad\u00a0: même prononciation [pour, "
    )
    told = born.words.told(tongue("ar"))
    assert told.startswith(
        "تاريخ الولادة \u20681950\u2069: تذكر القائمة بدلًا منه \u20681970\u2069 [ضد، "
    )
    assert " nats, soit une probabilité de 0," in hit.words[-1].told(tongue("fr"))


def test_what_is_known_in_english_only_is_told_in_english() -> None:
    step = Step(1, "Two vans were seen.", ("f",))
    finding = Finding("x.y", ("s",), 0.5, Severity.LOW, "Vans", (step,), ("f",))
    assert tongue("ar").told(finding) == "Vans"
    assert tongue("ar").told(step) == "Two vans were seen."
