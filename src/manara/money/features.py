"""What can be said of an account in a span of time: the features that typologies are written in.

A feature is about payments: how many, how large, when, with how many, for what. Who somebody is (an
account's id, a nationality, a religion) is no feature, and there is none to write a rule with.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from manara.model import Text, phrase

#: The tolerance of a regular rhythm and of like sums: standard deviation over mean.
REGULAR_GAP, REGULAR_SUM = 0.35, 0.15


class Feature(NamedTuple):
    """A feature.

    Attributes:
        meaning: what it says, to be followed by its value.
        legs: which payments show it: a key of `LEGS`.
    """

    meaning: str
    legs: str


#: Which payments show a feature: inward (1), outward (0) or both (None), and marks of which one
#: must be there; none of them for all.
LEGS: Mapping[str, tuple[int | None, tuple[str, ...]]] = {
    "all": (None, ()),
    "in": (1, ()),
    "out": (0, ()),
    "cash in": (1, ("cash",)),
    "cash out": (0, ("cash",)),
    "near": (1, ("near",)),
    "relay in": (1, ("relay",)),
    "abroad in": (1, ("abroad",)),
    "abroad out": (0, ("abroad",)),
    "loan in": (1, ("is_loan",)),
    "travel out": (0, ("is_travel",)),
    "salary in": (1, ("is_salary",)),
    "salary out": (0, ("is_salary",)),
    "charity in": (1, ("is_charity",)),
    "relief out": (0, ("is_relief",)),
    "trade": (None, ("is_trade",)),
    "savings": (None, ("is_savings",)),
    "goods": (0, ("is_arms", "is_precursor")),
}

#: Every feature, in one currency and one span of time.
FEATURES: Mapping[str, Feature] = {
    "in_count": Feature("payments that came in", "in"),
    "in_sum": Feature("sum that came in", "in"),
    "in_payers": Feature("different payers", "in"),
    "in_new_share": Feature("share of payers who had never paid it before", "in"),
    "in_small_share": Feature("share of incoming payments that are small", "in"),
    "in_variation": Feature("spread of the sums that came in, over their mean", "in"),
    "in_top_share": Feature("share of the incoming sum that one payer paid", "in"),
    "in_days": Feature("days from the first incoming payment to the last", "in"),
    "in_regular_payers": Feature("payers who paid like sums at regular intervals", "in"),
    "in_untold_share": Feature("share of incoming payments without any purpose", "in"),
    "in_abroad_share": Feature(
        "share of the incoming sum that came from another country", "abroad in"
    ),
    "in_cash_share": Feature("share of the incoming sum that was cash", "cash in"),
    "in_cash_near": Feature("cash deposits just below the sum that must be reported", "near"),
    "in_cash_over": Feature("cash deposits that had to be reported", "cash in"),
    "in_relay_share": Feature(
        "share of the incoming sum by mobile money or prepaid card", "relay in"
    ),
    "in_loan_share": Feature("share of the incoming sum that is a loan", "loan in"),
    "in_charity_share": Feature("share of the incoming sum that is donations", "charity in"),
    "in_trade_share": Feature("share of the incoming sum that is for goods", "trade"),
    "in_salaries": Feature("salaries that came in", "salary in"),
    "out_count": Feature("payments that went out", "out"),
    "out_sum": Feature("sum that went out", "out"),
    "out_payees": Feature("different payees", "out"),
    "out_variation": Feature("spread of the sums that went out, over their mean", "out"),
    "out_top_share": Feature("share of the outgoing sum that one payee got", "out"),
    "out_small_share": Feature("share of outgoing payments that are small", "out"),
    "out_abroad_share": Feature(
        "share of the outgoing sum that went to another country", "abroad out"
    ),
    "out_cash_share": Feature("share of the outgoing sum that was cash", "cash out"),
    "out_travel_share": Feature("share of the outgoing sum that is for travel", "travel out"),
    "out_relief_share": Feature("share of the outgoing sum for what a charity does", "relief out"),
    "out_salary_share": Feature("share of the outgoing sum that is salaries", "salary out"),
    "out_trade_share": Feature("share of the outgoing sum that is for goods", "trade"),
    "savings_share": Feature("share of all payments that name a savings club", "savings"),
    "goods_count": Feature(
        "payments for arms, ammunition, explosives or their precursors", "goods"
    ),
    "turnover": Feature("sum that went out, over the sum that came in", "all"),
    "net_share": Feature("difference of what came in and went out, over both together", "all"),
    "dwell_hours": Feature("hours that money stayed on average", "all"),
    "both_ways_share": Feature("share of counterparties that both paid and were paid", "all"),
    "mirror_share": Feature(
        "share of incoming payments matched by an outgoing one of like sum within days", "all"
    ),
    "cycle_count": Feature("payments for goods that came round in a ring of two or three", "trade"),
    "loan_to_travel_days": Feature(
        "days from the loan to the last payment for travel", "travel out"
    ),
    "quiet_days": Feature("days without any payment before", "all"),
}


def amount(feature: str, value: float) -> Text:
    """Return a value of a feature in words: parts of a whole in per cent."""
    if feature.endswith(("_share", "_variation")) or feature == "turnover":
        return phrase("{part:.0%}", part=value)
    return phrase("{number:.4g}", number=value)


#: Payments with what rules ask of them; sums as exact decimals, times in seconds.
#: "Small" is at most the currency's median sum, rounded up to a step of about 1.65.
FLAGGED = """
WITH steps AS (
    SELECT currency, CAST(floor(ln(CAST(amount AS DOUBLE)) * 2) AS BIGINT) AS step, count(*) AS n
    FROM pay GROUP BY 1, 2
), running AS (
    SELECT currency, step, sum(n) OVER (PARTITION BY currency ORDER BY step) AS upto,
        sum(n) OVER (PARTITION BY currency) AS whole
    FROM steps
), middle AS (
    SELECT currency, min(step) AS step FROM running WHERE upto * 2 >= whole GROUP BY currency
)
SELECT p.id, p."time", CAST(epoch(p."time") AS BIGINT) AS s, p.source, p.target, p.currency,
    CAST(p.amount AS DECIMAL(38, 8)) AS amount, CAST(p.amount AS DOUBLE) AS v,
    CAST(floor(ln(CAST(p.amount AS DOUBLE)) * 2) AS BIGINT) <= m.step AS small,
    p.instrument = 'cash' AS cash,
    p.instrument IN ('prepaid', 'mobile', 'mobile money', 'mobile-money', 'wallet', 'e-money')
        OR p.channel IN ('mobile money', 'mobile-money', 'agent') AS relay,
    coalesce(p.amount >= l.line * 8 / 10 AND p.amount < l.line AND p.instrument = 'cash', FALSE)
        AS near,
    coalesce(p.amount >= l.line AND p.instrument = 'cash', FALSE) AS over_line,
    coalesce(p.source_country <> p.target_country, FALSE) AS abroad,
    coalesce(p.purpose, '') = '' AND coalesce(p.purpose_code, '') = '' AS untold,
    p.is_loan, p.is_travel, p.is_charity, p.is_relief, p.is_trade, p.is_arms, p.is_precursor,
    p.is_salary, p.is_savings
FROM pay AS p JOIN middle AS m ON m.currency = p.currency
LEFT JOIN lines AS l ON l.currency = p.currency
WHERE p.source <> p.target OR p.source IS NULL OR p.target IS NULL
"""

#: Each payment once for who received it and once for who paid; a party without a name is one.
LEGS_OF = """
SELECT target AS account, coalesce(source, -1) AS other, 1 AS inward, t.* FROM flagged AS t
WHERE target IS NOT NULL
UNION ALL
SELECT source AS account, coalesce(target, -1) AS other, 0 AS inward, t.* FROM flagged AS t
WHERE source IS NOT NULL
"""

#: What an account did in each half of a span; the parameter is the seconds of a half, and TRUE
#: stands for the marks of which one is needed.
HALVES = """
SELECT account, currency, CAST(floor(s / CAST(? AS DOUBLE)) AS BIGINT) AS half, count(*) AS n,
    max(CASE WHEN TRUE THEN 1 ELSE 0 END) AS marked,
    min(s) AS first_s, max(s) AS last_s
FROM legs GROUP BY 1, 2, 3
"""

#: Spans in which so many payments, the parameter, or one of a particular kind, make a look worth
#: while: others can meet no typology; see `least_payments`.
BUSY = """
SELECT account, currency, half - back AS span
FROM halves CROSS JOIN (SELECT 0 AS back UNION ALL SELECT 1 AS back) AS b
GROUP BY 1, 2, 3 HAVING sum(n) >= ? OR max(marked) = 1
"""

#: The payments in them, with the time since the same two last paid; the parameter as in `HALVES`.
BUSY_LEGS = """
WITH placed AS (
    SELECT l.*, CAST(floor(s / CAST(? AS DOUBLE)) AS BIGINT) AS half,
        s - lag(s) OVER (PARTITION BY account, other, inward, currency ORDER BY s, id) AS gap
    FROM legs AS l WHERE account IN (SELECT account FROM busy)
), wanted AS (
    SELECT DISTINCT account, currency, span + ahead AS half
    FROM busy CROSS JOIN (SELECT 0 AS ahead UNION ALL SELECT 1 AS ahead) AS b
)
SELECT p.* FROM placed AS p JOIN wanted AS w
    ON w.account = p.account AND w.currency = p.currency AND w.half = p.half
"""

#: What passed between an account and each other in half a span.
PAIRS = """
SELECT account, other, currency, half,
    sum(inward) AS in_n, count(*) - sum(inward) AS out_n,
    sum(CASE WHEN inward = 1 THEN amount ELSE 0 END) AS in_a,
    sum(CASE WHEN inward = 0 THEN amount ELSE 0 END) AS out_a,
    sum(CASE WHEN inward = 1 THEN v * v ELSE 0 END) AS in_v2,
    sum(CASE WHEN inward = 0 THEN v * v ELSE 0 END) AS out_v2,
    sum(CASE WHEN inward = 1 THEN v * s ELSE 0 END) AS in_vs,
    sum(CASE WHEN inward = 0 THEN v * s ELSE 0 END) AS out_vs,
    sum(CASE WHEN inward = 1 AND gap IS NULL THEN 1 ELSE 0 END) AS in_new,
    sum(CASE WHEN inward = 1 AND small THEN 1 ELSE 0 END) AS in_small,
    sum(CASE WHEN inward = 0 AND small THEN 1 ELSE 0 END) AS out_small,
    sum(CASE WHEN inward = 1 AND untold THEN 1 ELSE 0 END) AS in_untold,
    sum(CASE WHEN inward = 1 AND gap IS NOT NULL THEN 1 ELSE 0 END) AS gaps,
    sum(CASE WHEN inward = 1 THEN CAST(gap AS DOUBLE) ELSE 0 END) AS gap_v,
    sum(CASE WHEN inward = 1 THEN CAST(gap AS DOUBLE) * gap ELSE 0 END) AS gap_v2,
    min(CASE WHEN inward = 1 THEN s END) AS in_first,
    max(CASE WHEN inward = 1 THEN s END) AS in_last,
    min(s) AS first_s, max(s) AS last_s
FROM busy_legs GROUP BY 1, 2, 3, 4
"""

#: The same for whole spans, each of two halves, so that spans overlap by half.
PAIRS_IN_SPAN = """
SELECT p.account, p.other, p.currency, p.half - b.back AS span,
    sum(in_n) AS in_n, sum(out_n) AS out_n, sum(in_a) AS in_a, sum(out_a) AS out_a,
    sum(in_v2) AS in_v2, sum(out_v2) AS out_v2, sum(in_vs) AS in_vs, sum(out_vs) AS out_vs,
    sum(in_new) AS in_new, sum(in_small) AS in_small, sum(out_small) AS out_small,
    sum(in_untold) AS in_untold, sum(gaps) AS gaps, sum(gap_v) AS gap_v, sum(gap_v2) AS gap_v2,
    min(in_first) AS in_first, max(in_last) AS in_last,
    min(first_s) AS first_s, max(last_s) AS last_s
FROM pairs AS p CROSS JOIN (SELECT 0 AS back UNION ALL SELECT 1 AS back) AS b
JOIN busy AS w
    ON w.account = p.account AND w.currency = p.currency AND w.span = p.half - b.back
GROUP BY 1, 2, 3, 4
"""

#: Sums of the payments of particular kinds, which are few.
MARKS = """
SELECT m.account, m.currency, m.half - b.back AS span,
    sum(CASE WHEN cash AND inward = 1 THEN amount ELSE 0 END) AS cash_in,
    sum(CASE WHEN cash AND inward = 0 THEN amount ELSE 0 END) AS cash_out,
    sum(CASE WHEN near AND inward = 1 THEN 1 ELSE 0 END) AS cash_near,
    sum(CASE WHEN over_line AND inward = 1 THEN 1 ELSE 0 END) AS cash_over,
    sum(CASE WHEN relay AND inward = 1 THEN amount ELSE 0 END) AS relay_in,
    sum(CASE WHEN abroad AND inward = 1 THEN amount ELSE 0 END) AS abroad_in,
    sum(CASE WHEN abroad AND inward = 0 THEN amount ELSE 0 END) AS abroad_out,
    sum(CASE WHEN is_loan AND inward = 1 THEN amount ELSE 0 END) AS loan_in,
    min(CASE WHEN is_loan AND inward = 1 THEN s END) AS loan_s,
    sum(CASE WHEN is_travel AND inward = 0 THEN amount ELSE 0 END) AS travel_out,
    max(CASE WHEN is_travel AND inward = 0 THEN s END) AS travel_s,
    sum(CASE WHEN is_charity AND inward = 1 THEN amount ELSE 0 END) AS charity_in,
    sum(CASE WHEN is_relief AND inward = 0 THEN amount ELSE 0 END) AS relief_out,
    sum(CASE WHEN is_trade AND inward = 1 THEN amount ELSE 0 END) AS trade_in,
    sum(CASE WHEN is_trade AND inward = 0 THEN amount ELSE 0 END) AS trade_out,
    sum(CASE WHEN is_salary AND inward = 1 THEN 1 ELSE 0 END) AS salaries_in,
    sum(CASE WHEN is_salary AND inward = 0 THEN amount ELSE 0 END) AS salary_out,
    sum(CASE WHEN is_savings THEN amount ELSE 0 END) AS savings,
    sum(CASE WHEN (is_arms OR is_precursor) AND inward = 0 THEN 1 ELSE 0 END) AS goods
FROM (
    SELECT * FROM busy_legs
    WHERE cash OR relay OR abroad OR is_loan OR is_travel OR is_charity OR is_relief OR is_trade
        OR is_salary OR is_savings OR is_arms OR is_precursor) AS m
CROSS JOIN (SELECT 0 AS back UNION ALL SELECT 1 AS back) AS b
GROUP BY 1, 2, 3
"""

#: Incoming payments that an outgoing one of like sum (4 %) answers in the same three days.
MIRRORS = """
SELECT d.account, d.currency, d.half - b.back AS span,
    sum(least(in_n, out_n)) AS matched
FROM (
    SELECT account, currency, CAST(floor(s / 259200.0) AS BIGINT) AS days,
        CAST(floor(ln(v) * 25) AS BIGINT) AS step,
        min(half) AS half, sum(inward) AS in_n, count(*) - sum(inward) AS out_n
    FROM busy_legs GROUP BY 1, 2, 3, 4
    HAVING sum(inward) > 0 AND count(*) > sum(inward)) AS d
CROSS JOIN (SELECT 0 AS back UNION ALL SELECT 1 AS back) AS b
GROUP BY 1, 2, 3
"""

#: The same where nobody asks for it.
NO_MIRRORS = """
SELECT account, currency, half AS span, 0 AS matched FROM halves WHERE FALSE
"""
NO_RINGS = """
SELECT account, currency, half AS span, 0 AS rings FROM halves WHERE FALSE
"""

#: Payments for goods that came round: A pays B, B pays A or a third that pays A, in time order and
#: each within a tenth of the first sum.
RINGS = """
WITH trade AS (
    SELECT source, target, currency, s, v, id FROM flagged
    WHERE is_trade AND source IS NOT NULL AND target IS NOT NULL
), rings AS (
    SELECT a.source AS account, a.currency, b.s AS ends
    FROM trade AS a JOIN trade AS b ON b.source = a.target AND b.target = a.source
        AND b.currency = a.currency
    WHERE b.s >= a.s AND b.s - a.s <= 2592000 AND b.v BETWEEN a.v * 0.9 AND a.v * 1.1
        AND b.id <> a.id
    UNION ALL
    SELECT a.source, a.currency, c.s
    FROM trade AS a JOIN trade AS b ON b.source = a.target AND b.currency = a.currency
    JOIN trade AS c ON c.source = b.target AND c.target = a.source AND c.currency = a.currency
    WHERE b.s >= a.s AND c.s >= b.s AND c.s - a.s <= 2592000 AND b.target <> a.source
        AND b.v BETWEEN a.v * 0.9 AND a.v * 1.1 AND c.v BETWEEN a.v * 0.9 AND a.v * 1.1
)
SELECT r.account, r.currency, CAST(floor(r.ends / CAST(? AS DOUBLE)) AS BIGINT) - b.back AS span,
    count(*) AS rings
FROM rings AS r CROSS JOIN (SELECT 0 AS back UNION ALL SELECT 1 AS back) AS b
GROUP BY 1, 2, 3
"""

#: The days between the last payment before a half span and the first in it.
QUIET = """
SELECT account, currency, half - back AS span, max(quiet) AS quiet
FROM (
    SELECT account, currency, half, first_s - lag(last_s) OVER (
        PARTITION BY account ORDER BY half, currency) AS quiet
    FROM halves) AS q
CROSS JOIN (SELECT 0 AS back UNION ALL SELECT 1 AS back) AS b
GROUP BY 1, 2, 3
"""

#: Sums over the counterparties of an account in a span; see `REGULAR_GAP` and `REGULAR_SUM`.
SUMS = """
SELECT account, currency, span,
    sum(in_n) AS in_n, sum(out_n) AS out_n, sum(in_a) AS in_a, sum(out_a) AS out_a,
    sum(in_v2) AS in_v2, sum(out_v2) AS out_v2, sum(in_vs) AS in_vs, sum(out_vs) AS out_vs,
    sum(CASE WHEN in_n > 0 THEN 1 ELSE 0 END) AS payers,
    sum(CASE WHEN out_n > 0 THEN 1 ELSE 0 END) AS payees,
    sum(CASE WHEN in_n > 0 AND out_n > 0 THEN 1 ELSE 0 END) AS both_ways, count(*) AS others,
    sum(CASE WHEN in_new > 0 THEN 1 ELSE 0 END) AS in_new,
    sum(in_small) AS in_small, sum(out_small) AS out_small, sum(in_untold) AS in_untold,
    max(in_a) AS in_top, max(out_a) AS out_top,
    sum(CASE WHEN in_n >= 3 AND gaps >= 2
        AND gap_v2 / gaps - (gap_v / gaps) * (gap_v / gaps)
            <= 0.1225 * (gap_v / gaps) * (gap_v / gaps)
        AND in_v2 / in_n - CAST(in_a AS DOUBLE) * CAST(in_a AS DOUBLE) / in_n / in_n
            <= 0.0225 * CAST(in_a AS DOUBLE) * CAST(in_a AS DOUBLE) / in_n / in_n
        THEN 1 ELSE 0 END) AS regular,
    min(in_first) AS in_first, max(in_last) AS in_last,
    min(first_s) AS first_s, max(last_s) AS last_s
FROM pairs_in_span GROUP BY 1, 2, 3
"""

#: The features of every account in every busy span, by the names of `FEATURES`; null for none.
#: Ratios are rounded, so that the order of adding up does not show.
FEATURES_OF = """
SELECT s.account, s.currency, s.span, s.first_s, s.last_s,
    CAST(s.in_n AS DOUBLE) AS in_count, CAST(s.in_a AS DOUBLE) AS in_sum,
    CAST(s.payers AS DOUBLE) AS in_payers,
    round(s.in_new / nullif(CAST(s.payers AS DOUBLE), 0), 6) AS in_new_share,
    round(s.in_small / nullif(CAST(s.in_n AS DOUBLE), 0), 6) AS in_small_share,
    round(sqrt(greatest(s.in_v2 * s.in_n / nullif(CAST(s.in_a AS DOUBLE), 0)
        / nullif(CAST(s.in_a AS DOUBLE), 0) - 1, 0)), 4) AS in_variation,
    round(CAST(s.in_top AS DOUBLE) / nullif(CAST(s.in_a AS DOUBLE), 0), 6) AS in_top_share,
    round((s.in_last - s.in_first) / 86400.0, 4) AS in_days,
    CAST(s.regular AS DOUBLE) AS in_regular_payers,
    round(s.in_untold / nullif(CAST(s.in_n AS DOUBLE), 0), 6) AS in_untold_share,
    round(CAST(coalesce(m.abroad_in, 0) AS DOUBLE) / nullif(CAST(s.in_a AS DOUBLE), 0), 6)
        AS in_abroad_share,
    round(CAST(coalesce(m.cash_in, 0) AS DOUBLE) / nullif(CAST(s.in_a AS DOUBLE), 0), 6)
        AS in_cash_share,
    CAST(coalesce(m.cash_near, 0) AS DOUBLE) AS in_cash_near,
    CAST(coalesce(m.cash_over, 0) AS DOUBLE) AS in_cash_over,
    round(CAST(coalesce(m.relay_in, 0) AS DOUBLE) / nullif(CAST(s.in_a AS DOUBLE), 0), 6)
        AS in_relay_share,
    round(CAST(coalesce(m.loan_in, 0) AS DOUBLE) / nullif(CAST(s.in_a AS DOUBLE), 0), 6)
        AS in_loan_share,
    round(CAST(coalesce(m.charity_in, 0) AS DOUBLE) / nullif(CAST(s.in_a AS DOUBLE), 0), 6)
        AS in_charity_share,
    round(CAST(coalesce(m.trade_in, 0) AS DOUBLE) / nullif(CAST(s.in_a AS DOUBLE), 0), 6)
        AS in_trade_share,
    CAST(coalesce(m.salaries_in, 0) AS DOUBLE) AS in_salaries,
    CAST(s.out_n AS DOUBLE) AS out_count, CAST(s.out_a AS DOUBLE) AS out_sum,
    CAST(s.payees AS DOUBLE) AS out_payees,
    round(sqrt(greatest(s.out_v2 * s.out_n / nullif(CAST(s.out_a AS DOUBLE), 0)
        / nullif(CAST(s.out_a AS DOUBLE), 0) - 1, 0)), 4) AS out_variation,
    round(CAST(s.out_top AS DOUBLE) / nullif(CAST(s.out_a AS DOUBLE), 0), 6) AS out_top_share,
    round(s.out_small / nullif(CAST(s.out_n AS DOUBLE), 0), 6) AS out_small_share,
    round(CAST(coalesce(m.abroad_out, 0) AS DOUBLE) / nullif(CAST(s.out_a AS DOUBLE), 0), 6)
        AS out_abroad_share,
    round(CAST(coalesce(m.cash_out, 0) AS DOUBLE) / nullif(CAST(s.out_a AS DOUBLE), 0), 6)
        AS out_cash_share,
    round(CAST(coalesce(m.travel_out, 0) AS DOUBLE) / nullif(CAST(s.out_a AS DOUBLE), 0), 6)
        AS out_travel_share,
    round(CAST(coalesce(m.relief_out, 0) AS DOUBLE) / nullif(CAST(s.out_a AS DOUBLE), 0), 6)
        AS out_relief_share,
    round(CAST(coalesce(m.salary_out, 0) AS DOUBLE) / nullif(CAST(s.out_a AS DOUBLE), 0), 6)
        AS out_salary_share,
    round(CAST(coalesce(m.trade_out, 0) AS DOUBLE) / nullif(CAST(s.out_a AS DOUBLE), 0), 6)
        AS out_trade_share,
    round(CAST(coalesce(m.savings, 0) AS DOUBLE) / CAST(s.in_a + s.out_a AS DOUBLE), 6)
        AS savings_share,
    CAST(coalesce(m.goods, 0) AS DOUBLE) AS goods_count,
    round(CAST(s.out_a AS DOUBLE) / nullif(CAST(s.in_a AS DOUBLE), 0), 6) AS turnover,
    round(abs(CAST(s.in_a - s.out_a AS DOUBLE)) / CAST(s.in_a + s.out_a AS DOUBLE), 6)
        AS net_share,
    round((s.out_vs / nullif(CAST(s.out_a AS DOUBLE), 0)
        - s.in_vs / nullif(CAST(s.in_a AS DOUBLE), 0)) / 3600, 2) AS dwell_hours,
    round(s.both_ways / CAST(s.others AS DOUBLE), 6) AS both_ways_share,
    round(coalesce(r.matched, 0) / nullif(CAST(s.in_n AS DOUBLE), 0), 6) AS mirror_share,
    CAST(coalesce(g.rings, 0) AS DOUBLE) AS cycle_count,
    round((m.travel_s - m.loan_s) / 86400.0, 4) AS loan_to_travel_days,
    round(q.quiet / 86400.0, 4) AS quiet_days
FROM sums AS s
LEFT JOIN marks AS m ON m.account = s.account AND m.currency = s.currency AND m.span = s.span
LEFT JOIN mirrors AS r ON r.account = s.account AND r.currency = s.currency AND r.span = s.span
LEFT JOIN ring_counts AS g ON g.account = s.account AND g.currency = s.currency AND g.span = s.span
LEFT JOIN quiet AS q ON q.account = s.account AND q.currency = s.currency AND q.span = s.span
"""
