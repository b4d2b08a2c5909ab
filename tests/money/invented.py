"""Invented payments, as a file that holds them."""

from __future__ import annotations

from pathlib import Path

COLUMNS = "id,time,payer_account,payee_account,amount,currency,instrument,purpose,payer,payee"


def write_payments(path: Path, rows: str) -> Path:
    """Write ``day payer payee amount [instrument [purpose]]`` lines as a CSV of payments.

    The payments are p1, p2 …; a payer or payee ``-`` has no account.
    """
    lines = [COLUMNS]
    for number, row in enumerate(rows.strip().splitlines(), 1):
        day, payer, payee, amount, *more = row.split(maxsplit=5)
        instrument, purpose = [*more, "", ""][:2]
        ends = ",".join("" if end == "-" else end for end in (payer, payee))
        lines.append(f"p{number},{day},{ends},{amount},XTS,{instrument},{purpose},,")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
