"""The identity of an event is a hash of JSON that anybody can make again."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from manara.model import event_id

TEXTS = st.text(st.characters(codec="utf-8"))


@given(TEXTS, TEXTS, st.lists(TEXTS), st.floats(allow_nan=False, allow_infinity=False))
def test_it_is_the_hash_of_sorted_json(
    dataset: str, purpose: str, names: list[str], score: float
) -> None:
    time = datetime(2026, 3, 2, 10, 11, 12, 5, tzinfo=UTC)
    values = {"time": time, "purpose": purpose, "names": tuple(names), "score": score, "count": 3}
    plain = [dataset, "payments", "rule", values | {"time": time.isoformat()}]
    text = json.dumps(plain, sort_keys=True, separators=(",", ":"))
    wanted = hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
    assert event_id(dataset, "payments", values, "rule") == wanted


@given(st.decimals(-(10**19), 10**19, places=5), st.integers(0, 12))
def test_equal_sums_have_one_identity(sum_: Decimal, zeros: int) -> None:
    longer = Decimal(f"{sum_:f}" + "0" * zeros)
    first, second = (event_id("d", "payments", {"amount": each}, "r") for each in (sum_, longer))
    other = event_id("d", "payments", {"amount": sum_ + 1}, "r")
    assert first == second != other
    assert event_id("d", "payments", {"amount": sum_.normalize()}, "r") == first


def test_a_sum_is_its_digits_and_its_scale() -> None:
    for sum_, wanted in (("1500.50", "15005e-1"), ("1E+3", "1e--3"), ("-0.00", "0e-0")):
        text = f'["d","payments","r",{{"amount":"{wanted}"}}]'
        digest = hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
        assert event_id("d", "payments", {"amount": Decimal(sum_)}, "r") == digest
