"""Who paid whom in the evidence of a lead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any


def ends(row: Mapping[str, Any]) -> tuple[str, str]:
    """Return who pays and who is paid in a payment: their accounts, else they themselves."""
    payer = row.get("payer_account") or row.get("payer") or ""
    payee = row.get("payee_account") or row.get("payee") or ""
    return payer, payee


def flows(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return who paid whom in the payments of an evidence, the largest sum first.

    Args:
        rows: facts and events as `View.evidence` tells them; only the payments count.
    """
    found: dict[tuple[str, str, str], list[Mapping[str, Any]]] = {}
    for row in rows:
        if row.get("table") == "payments":
            found.setdefault((*ends(row), row.get("currency", "")), []).append(row)
    told = [
        {
            "payer": payer,
            "payee": payee,
            "currency": currency,
            "payments": len(each),
            "sum": sum((row["amount"] for row in each if "amount" in row), Decimal()),
            "first": min(row["time"] for row in each),
            "last": max(row["time"] for row in each),
        }
        for (payer, payee, currency), each in found.items()
    ]
    return sorted(told, key=lambda flow: (-flow["sum"], flow["payer"], flow["payee"]))
