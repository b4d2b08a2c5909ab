"""Payments screened over HTTP, by a real server."""

from __future__ import annotations

from typing import Any

import pytest

from tests.console.conftest import Served, refusal

PAYMENT = {
    "reference": "r-1",
    "payer": {"name": "Yusuf Daftarkhani", "birth_date": "1972", "countries": ["Tunisia"]},
    "payee": {"name": "Patricia Wheeler", "documents": ["FR1420041010050500013M02606"]},
    "payee_institution": {"name": "Sunny Day Savings", "bic": "ABCDFRPP"},
    "purpose": "RIFLES FOR VOLODYMYR SHCHUKOZYOROV, HS CODE 9303.30",
}


def test_a_payment_is_answered_by_field(served: Served) -> None:
    whole = served.post("/screen/payment", PAYMENT).json()
    (answer,) = whole["answers"]
    assert [(hit["field"], hit["entity"]) for hit in answer["hits"]] == [
        ("payer", "a-1"), ("purpose", "a-2"),
    ]  # fmt: skip
    assert {(one["topic"], one["found"]) for one in answer["goods"]} == {
        ("arms", "rifles"), ("arms", "930330"),
    }  # fmt: skip
    assert answer["reference"] == "r-1" and answer["to_review"] == 4
    assert all(hit["explanation"] and hit["edition"] == "people-1" for hit in answer["hits"])
    assert whole["editions"]["people"] == "people-1" and whole["terms"]
    # What is found is to be looked at: no field of the answer decides.
    assert set(answer) == {"reference", "to_review", "hits", "goods", "countries", "unread"}


def test_a_batch_answers_in_order_as_one_by_one(served: Served) -> None:
    several: list[dict[str, Any]] = [PAYMENT, {}, {"vessels": [{"name": "Nothing Listed"}]}]
    whole = served.post("/screen/payment/batch", {"payments": several}).json()
    alone = [served.post("/screen/payment", one).json()["answers"][0] for one in several]
    assert whole["answers"] == alone
    assert [one["to_review"] for one in alone] == [4, 0, 0]


def test_the_threshold_counts(served: Served) -> None:
    def hits(threshold: float) -> int:
        answer = served.post("/screen/payment", PAYMENT, threshold=threshold).json()
        return len(answer["answers"][0]["hits"])

    assert hits(0.999) == 0 < hits(0.5) < hits(0.001)


@pytest.mark.parametrize(
    ("payment", "where"),
    [
        ({"payer": {"name": "A", "birth_date": "soon"}}, "payer: 'soon'"),
        ({"payee": {"name": "A", "countries": ["Atlantis"]}}, "payee: 'Atlantis'"),
        ({"intermediaries": [{"bic": "NOPE"}]}, "intermediaries.0: 'NOPE'"),
        ({"payer": {"nane": "A"}}, "body.payer.nane"),
        ({"payer": "A"}, "body.payer"),
        ({"purpose": "x" * 10_001}, "body.purpose"),
        ({"hs_codes": ["93"] * 21}, "body.hs_codes"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_place(
    served: Served, payment: dict[str, Any], where: str
) -> None:
    response = served.post("/screen/payment", payment)
    assert refusal(response) == (400, "usage")
    assert response.json()["error"]["where"] == where
    batch = served.post("/screen/payment/batch", {"payments": [{}, payment]})
    assert refusal(batch) == (400, "usage")
    assert "payments.1" in batch.json()["error"]["where"]


def test_the_description_for_programs_names_both(served: Served) -> None:
    paths = served.client.get("/openapi.json").json()["paths"]
    assert {"/screen/payment", "/screen/payment/batch"} <= set(paths)
