"""Goods that a payment names, by word and by code of the Harmonized System."""

from __future__ import annotations

import pytest

from manara.money.topics import goods_in


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("20 NIGHT-VISION GOGGLES", {("dual_use", "night vision")}),
        ("Приборы ночного видения, 4 шт", {("dual_use", "приборы ночного видения")}),
        ("سترات واقية عدد 20", {("dual_use", "سترات واقية")}),
        ("Nachtsichtgeräte", {("dual_use", "nachtsichtgerate")}),
        (
            "nitrate d'ammonium 2 t et fusils",
            {("precursor", "nitrate d ammonium"), ("arms", "fusils")},
        ),
        # Headings 9306 ammunition, 3603 detonators, 8710 tanks, 2844 radioactive elements.
        ("HS code 9306.21", {("arms", "930621")}),
        ("hs: 8710", {("arms", "8710")}),
        ("ТН ВЭД 3603 60", {("precursor", "360360")}),
        ("position 2844.10.00", {("dual_use", "28441000")}),
        # A sum, a year, a number of an invoice, a heading of something else.
        ("paid 9302.00 EUR", set()),
        ("invoice 9302", set()),
        ("HS 0901.21 coffee", set()),
        ("printer cartridges, night shift, visions of france", set()),
        ("", set()),
    ],
)
def test_goods_of_a_text(text: str, expected: set[tuple[str, str]]) -> None:
    assert {(one.topic, one.found) for one in goods_in(text)} == expected


def test_stated_codes_count_without_a_word_before_them() -> None:
    (found,) = goods_in("", ["9302.00", "1001"])
    assert (found.topic, found.found) == ("arms", "930200")
    assert found.rule == "HS code under 93, of the topic arms"
