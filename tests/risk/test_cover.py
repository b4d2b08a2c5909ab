"""Who pays a loss: parts add up, worked examples, schemes, prices, and the same draws for all."""

from __future__ import annotations

import json
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from manara.model import FormatError, NotFoundError, UsageError
from manara.risk.attackers import Targets
from manara.risk.cover import (
    PARTS,
    REASONS,
    Account,
    Cover,
    Draws,
    Edition,
    Layer,
    Offer,
    Pool,
    Protect,
    Site,
    StandAlone,
    Tier,
    cost,
    curve,
    from_arrays,
    judge,
    plain,
    read_cover,
    read_losses,
    recoupment,
    schemes,
    settle,
    waterfall,
)
from manara.risk.plan import Measures, Rules, make_plan
from manara.risk.plan.saving import saving


def one(amount: float) -> Any:
    return np.array([amount])


def paid(found: Any) -> dict[str, float]:
    return {name: float(value[0]) for name, value in found._asdict().items() if value[0]}


TRIA = schemes()["tria"].on(date(2026, 7, 1))


def test_the_published_example_of_tria_to_the_dollar() -> None:
    found = settle(TRIA, one(1.2e9), one(1.2e9), one(6e9), premium=2.5e9)
    assert paid(found) == {"insurer": 640_000_000, "state": 560_000_000}
    # The state paid 1.8 bn of 6 bn; a retention of 50 bn makes all of it recoverable, at 140 %.
    assert recoupment(TRIA, 6e9, 1.8e9, retention=50e9) == 2_520_000_000


def test_above_the_cap_claims_are_cut_pro_rata() -> None:
    # 125 bn against a cap of 100 bn: 80 cents in the dollar. 960 M of 1.2 bn are due; of what is
    # above the deductible of 500 M, 460 M, the state pays 80 %.
    found = settle(TRIA, one(1.2e9), one(1.2e9), one(125e9), premium=2.5e9)
    assert paid(found) == pytest.approx(
        {"insurer": 592_000_000, "state": 368_000_000, "pro_rata": 240_000_000}
    )


def test_payments_made_before_the_cut_stand() -> None:
    found = settle(TRIA, one(1.2e9), one(1.2e9), one(125e9), premium=2.5e9, paid=1.0e9)
    assert paid(found) == pytest.approx(
        {"insurer": 600_000_000, "state": 400_000_000, "pro_rata": 200_000_000}
    )


@pytest.mark.parametrize(("loss", "kept"), [(4e8, 4e8), (5.5e8, 5e8)])
def test_an_insurer_below_its_deductible_pays_the_uncut_loss(loss: float, kept: float) -> None:
    # Cut to half the loss would be below the deductible of 500 M: up to that he stays liable.
    found = settle(TRIA, one(loss), one(loss), one(200e9), premium=2.5e9)
    assert found.insurer[0] == pytest.approx(kept)
    assert found.pro_rata[0] == pytest.approx(loss - kept)
    assert found.state[0] == 0


def test_below_the_trigger_the_insurer_is_alone() -> None:
    assert paid(settle(TRIA, one(1.9e8), one(1.9e8), one(2e8), premium=1e6)) == {"insurer": 1.9e8}
    assert settle(TRIA, one(1.9e8), one(1.9e8), one(2.1e8), premium=1e6).state[0] > 1.5e8


def test_what_the_state_gets_back_stays_within_the_retention() -> None:
    # 60 bn, of which 45 bn were not the state's: 5 bn below a retention of 50 bn.
    assert recoupment(TRIA, 60e9, 15e9, retention=50e9) == pytest.approx(1.4 * 5e9)
    assert recoupment(TRIA, 90e9, 35e9, retention=50e9) == 0
    with pytest.raises(UsageError, match="retention"):
        recoupment(TRIA, 6e9, 1.8e9)
    assert recoupment(schemes()["pool-re"].on(date(2026, 1, 1)), 6e9, 1e9) == 0


def test_tiers_of_the_whole_industry_pay_in_order() -> None:
    # Australia 2023, in millions: 225 of the pool, then 3,500, then 10,000. Ours is a tenth of an
    # industry loss of 20,000 that is all ceded: 6,275 are beyond.
    arpc = schemes()["arpc"].on(date(2023, 5, 1))
    found = settle(arpc, one(2e9), one(2e9), one(20e9), retention=0.0)
    assert paid(found) == pytest.approx(
        {"pool": 22.5e6, "retrocession": 350e6, "state": 1e9, "pro_rata": 627.5e6}
    )
    with pytest.raises(UsageError, match="retention"):
        settle(arpc, one(1.0), one(1.0), one(1.0))


@pytest.mark.parametrize("name", sorted(schemes()))
def test_every_scheme_says_what_it_rests_on(name: str) -> None:
    found = schemes()[name]
    assert found.sources
    assert found.verified
    assert found.not_verified
    ends = [(each.start, each.end) for each in found.editions]
    assert ends == sorted(ends, key=lambda pair: pair[0])
    for (_, end), (start, _) in pairwise(ends):
        assert end
        assert (start - end).days == 1
    with pytest.raises(NotFoundError):
        found.on(date(1999, 1, 1))


def test_the_years_of_tria() -> None:
    # Public Law 114-1, sections 102 to 104.
    told = {year: schemes()["tria"].on(date(year, 6, 1)) for year in range(2014, 2021)}
    assert [told[y].share for y in told] == [0.85, 0.85, 0.84, 0.83, 0.82, 0.81, 0.8]
    assert [told[y].trigger for y in told] == [1e8, 1e8, 1.2e8, 1.4e8, 1.6e8, 1.8e8, 2e8]
    retention = [told[y].retention for y in told]
    assert retention == [27.5e9, 29.5e9, 31.5e9, 33.5e9, 35.5e9, 37.5e9, None]


COVER = Cover(
    sites={"hall": Site("main", deductible=10, limit=200), "mill": Site("main", deductible=20)},
    accounts={"main": Account(("MTR",), (Layer(100, 50), Layer(100, 150, 0.5)))},
    stand_alone=(StandAlone("nbcr", ("MNT",), limit=60, attachment=40, share=0.5),),
    cost_of_capital=0.1,
    level=0.9,
)


def draws(loss: list[list[float]], rate: list[float], peril: list[str] | None = None) -> Draws:
    return from_arrays(np.array(loss), np.array(rate), ("hall", "mill"), peril)


def test_a_waterfall_worked_by_hand() -> None:
    # Conventional: hall 300 - 10 deductible, limit 200: 90 above it. Mill 70 - 20 = 50. Of 250 in
    # the account 50 are below the layers; they pay 100 and half of 100.
    # Nuclear: 100 excluded; stand-alone leaves 40 to the owner and pays half of 60.
    found = waterfall(COVER, draws([[300, 70], [100, 0]], [0.1, 0.02], ["MTR", "MNT"]))
    conventional, nuclear = (dict(zip(PARTS, column, strict=True)) for column in found.parts.T)
    assert conventional == pytest.approx(
        dict.fromkeys(PARTS, 0) | {"owner": 80, "insurer": 150, "nobody": 140}
    )
    assert nuclear == pytest.approx(
        dict.fromkeys(PARTS, 0) | {"owner": 40, "stand_alone": 30, "nobody": 30}
    )
    reasons = [dict(zip(REASONS, column, strict=True)) for column in found.nobody.T]
    assert reasons[0] == pytest.approx({"excluded": 0, "not_bought": 0, "limits": 140})
    assert reasons[1] == pytest.approx({"excluded": 30, "not_bought": 0, "limits": 0})
    assert found.by_site.sum(1) == pytest.approx([0.1 * 300 + 0.02 * 100, 0.1 * 70])


def test_what_was_not_bought_is_told_apart() -> None:
    half = Cover(sites={"hall": Site("main", deductible=10)},
                 accounts={"main": Account(("MM1",), (Layer(1000),), take_up=0.5)})  # fmt: skip
    found = waterfall(half, draws([[100, 7]], [1.0]))
    assert found.of("owner")[0] == pytest.approx(5)
    assert found.of("insurer")[0] == pytest.approx(45)
    # Half of the hall, and the mill, which is in no account.
    assert found.nobody[:, 0] == pytest.approx([0, 57, 0])


amounts = st.floats(0, 1e9)


@st.composite
def covers(draw: st.DrawFn) -> Cover:
    sites = {}
    for name in ("hall", "mill", "fort"):
        account = draw(st.sampled_from(["", "main", "other"]))
        limit = draw(st.none() | amounts)
        sites[name] = Site(account, draw(amounts), limit)
    shares, perils = st.floats(0, 1), st.sampled_from([("MTR",), ("MNT",), ("MM1",), ("CYB",)])
    accounts = {}
    for name in ("main", "other"):
        begin, layers = 0.0, []
        for _ in range(draw(st.integers(0, 3))):
            layer = Layer(draw(amounts), begin + draw(amounts), draw(shares))
            layers.append(layer)
            begin = layer.attachment + layer.limit
        accounts[name] = Account(draw(perils), tuple(layers), draw(shares))
    stand_alone = tuple(
        StandAlone("own", draw(perils), draw(amounts), draw(amounts), draw(shares))
        for _ in range(draw(st.integers(0, 2)))
    )
    tiers = tuple(
        Tier(draw(st.sampled_from(["pool", "retrocession", "state"])), draw(st.none() | amounts))
        for _ in range(draw(st.integers(0, 3)))
    )
    terms = Edition(date(2020, 1, 1), draw(perils), tiers, share=draw(shares),
                    deductible=draw(st.none() | shares), trigger=draw(amounts),
                    cap=draw(st.none() | st.floats(1e6, 1e10)))  # fmt: skip
    pool = draw(st.sampled_from([None, Pool(premium=1e7, retention=1e6, terms=terms)]))
    return Cover(sites, accounts, stand_alone, pool)


@settings(max_examples=150, deadline=None)
@given(covers(), st.lists(st.lists(amounts, min_size=3, max_size=3), min_size=1, max_size=5),
       st.data())  # fmt: skip
def test_parts_add_up_to_the_loss_and_none_is_below_zero(
    cover: Cover, loss: list[list[float]], data: st.DataObject
) -> None:
    codes = st.sampled_from(["MTR", "MNT", "CYB"])
    perils = data.draw(st.lists(codes, min_size=len(loss), max_size=len(loss)))
    made = from_arrays(np.array(loss), np.ones(len(loss)), ("hall", "mill", "fort"), perils)
    # Several draws may share a year, and the scheme then sees them together.
    years = data.draw(st.lists(st.integers(0, 2), min_size=len(loss), max_size=len(loss)))
    made = Draws(made.sites, made.draw, made.site, made.loss, made.perils, made.peril,
                 made.weight, np.array(years), 3, made.target, made.insurer,
                 np.full(len(loss), data.draw(amounts)))  # fmt: skip
    found = waterfall(cover, made)
    assert found.off <= 1e-9
    assert found.parts.min() >= -1e-6
    assert found.nobody.sum(0) == pytest.approx(found.of("nobody"), rel=1e-9, abs=1e-6)
    assert found.by_site.sum() == pytest.approx(float(made.total.sum()), rel=1e-9, abs=1e-6)


def test_a_year_of_two_events_has_one_deductible() -> None:
    terms = Edition(date(2020, 1, 1), ("MTR",), (Tier("state"),))
    cover = Cover({"*": Site("main")}, {"main": Account(("MTR",), (Layer(1e9),))},
                  pool=Pool(retention=100.0, terms=terms))  # fmt: skip
    apart = waterfall(cover, draws([[80, 0], [120, 0]], [0.5, 0.5]))
    assert apart.of("state") == pytest.approx([0, 20])
    made = apart.draws
    together = Draws(made.sites, made.draw, made.site, made.loss, made.perils, made.peril,
                     made.weight, np.zeros(2, np.int64), 1, made.target, made.insurer,
                     made.industry)  # fmt: skip
    # 200 in a year: 100 is the state's, shared out by loss.
    assert waterfall(cover, together).of("state") == pytest.approx([40, 60])


def test_bad_years_of_rare_events_worked_by_hand() -> None:
    # The greatest loss of a year: 100 with 1 - exp(-0.05), else 10 with 1 - exp(-0.2) of at least.
    made = draws([[100, 0], [10, 0]], [0.05, 0.15])
    found = cost(made, made.total, 0.9, 0.1)
    high = 1 - np.exp(-0.05)
    assert found.aal == pytest.approx(0.05 * 100 + 0.15 * 10)
    assert found.var == 10
    assert found.tvar == pytest.approx((high * 100 + (0.1 - high) * 10) / 0.1)
    assert found.price == pytest.approx(found.aal + 0.1 * found.tvar)
    assert cost(made, made.total, 0.5, 0.0).var == 0
    # Once in 20.5 years the high loss is reached, once in 5.5 the low one.
    assert curve(made, made.total, (5, 6, 20, 21)) == {5: 0, 6: 10, 20: 10, 21: 100}


def test_bad_years_of_simulated_years() -> None:
    # Ten years, two with losses: 30 and 20 + 5 together. The worst fifth is both.
    made = draws([[30, 0], [20, 0], [5, 0]], [0.1, 0.1, 0.1])
    years = Draws(made.sites, made.draw, made.site, made.loss, made.perils, made.peril, made.weight,
                  np.array([0, 1, 1]), 10, made.target, made.insurer, made.industry)  # fmt: skip
    found = cost(years, years.total, 0.8, 0.0)
    assert (found.aal, found.var, found.tvar) == pytest.approx((5.5, 25, 27.5))
    assert cost(years, years.total, 0.85, 0.0).tvar == pytest.approx((30 + 12.5) / 1.5)


def test_the_cheapest_in_all_is_advised_within_the_budget() -> None:
    cover = Cover(
        cost_of_capital=0.0,
        budget=50.0,
        offers=(
            Offer("cover", 8.0, stand_alone=StandAlone("x", ("MTR",), limit=100)),
            Offer("fence", 6.0, protect=Protect(("hall",), likelihood=0.5)),
            Offer("castle", 51.0, protect=Protect(("hall",), likelihood=0.0)),
        ),
    )
    # 0.1 x 200 a year are unpaid: 20. The cover takes 10 off for 8, the fence 10 for 6.
    found = judge(cover, draws([[200, 0]], [0.1]))
    assert [(each.name, each.kind) for each in found] == [
        ("fence", "protect"), ("cover", "insure"), ("retain", "retain"), ("castle", "protect"),
    ]  # fmt: skip
    assert [each.total for each in found] == pytest.approx([16, 18, 20, 51])
    assert found[1].technical == pytest.approx(10)
    assert not found[3].affordable
    away = Cover(offers=(Offer("x", 1.0, protect=Protect(("moon",))),))
    with pytest.raises(NotFoundError, match="moon"):
        judge(away, draws([[1, 0]], [0.1]))


def test_protecting_one_site_changes_nothing_else() -> None:
    chance = np.random.default_rng(1)
    loss = chance.pareto(1.5, (20, 8, 2)) * (chance.random((20, 1, 2)) < 0.5)
    made = from_arrays(loss, chance.random(20), ("hall", "mill"))
    after = made.protected(np.array([0.5, 1.0]), np.array([0.7, 1.0]))
    mill = made.site == 1
    assert (after.loss[mill] == made.loss[mill]).all()
    assert after.loss[~mill] == pytest.approx(0.7 * made.loss[~mill])
    at_hall = made.target == 0
    assert (after.weight[~at_hall] == made.weight[~at_hall]).all()
    assert after.weight[at_hall] == pytest.approx(0.5 * made.weight[at_hall])
    # Doing nothing is the same to the last bit.
    same = made.protected(np.ones(2), np.ones(2))
    assert (waterfall(COVER, same).parts == waterfall(COVER, made).parts).all()


def test_a_plan_saves_what_the_waterfall_says() -> None:
    loss = np.array([100.0, 40.0])
    sites = Targets(("hall", "mill"), np.array([0.1, 0.1]), np.ones(2), loss, loss)
    fence = Measures(("fence",), np.zeros(1, np.int64), one(5.0), one(0.0), one(9.0), one(0.5),
                     one(1.0), *np.zeros((2, 1), np.int64), np.zeros(1, np.bool_))  # fmt: skip
    plan = make_plan(sites, fence, Rules((5.0,)), strengths=(1.0,))
    cover = Cover({"*": Site("main")}, {"main": Account(("MTR",), (Layer(1000, 30),))},
                  cost_of_capital=0.0)  # fmt: skip
    habits, logit = saving(plan, cover, draws([[100, 0], [0, 40]], [0.1, 0.1]))
    assert habits["before"] == pytest.approx({"insured": 8.0, "unpaid": 6.0})
    assert habits["saved"] == pytest.approx({"insured": 3.5, "unpaid": 1.5})
    # The attacker has the odds of 1 to 2: two thirds of the attempts on the hall succeed half as
    # often, four thirds go to the mill.
    assert logit["after"] == pytest.approx({"insured": 7 / 3 + 4 / 3, "unpaid": 1 + 4})
    with pytest.raises(NotFoundError, match="moon"):
        saving(plan, cover, from_arrays(np.ones((1, 1)), np.ones(1), ("moon",)))


def write(folder: Path, losses: str, cover: str = "") -> tuple[Path, Path]:
    (folder / "cover.yaml").write_text(cover)
    (folder / "losses.csv").write_text(losses)
    return folder / "cover.yaml", folder / "losses.csv"


def test_losses_are_read_with_their_samples(tmp_path: Path) -> None:
    text = (
        "event,sample,site,peril,rate,loss\na,1,hall,,0.2,10\na,2,hall,,0.2,30\na,2,mill,,0.2,4\n"
    )
    _, path = write(tmp_path, text + "b,1,mill,mnt,0.1,6\n")
    found = read_losses(path)
    assert found.total == pytest.approx([10, 34, 6])
    assert found.weight == pytest.approx([0.1, 0.1, 0.05])
    assert found.total @ found.weight == pytest.approx(0.2 * (10 + 34) / 2 + 0.1 * 6 / 2)
    assert [found.perils[at] for at in found.peril] == ["MTR", "MTR", "MNT"]
    assert found.target.tolist() == [0, 0, 1]


def test_simulated_years_count_even_without_a_loss(tmp_path: Path) -> None:
    _, path = write(tmp_path, "event,year,site,target,loss\na,3,hall,mill,10\na,3,mill,mill,2\n")
    found = read_losses(path, 100)
    assert float(found.total @ found.weight) == pytest.approx(0.12)
    assert found.target.tolist() == [1]


@pytest.mark.parametrize(
    ("text", "years", "told"),
    [
        ("event,site,loss\na,x,1\n", None, "rate and year"),
        ("event,site,loss,rate\n", None, "no losses"),
        ("event,site,loss,year\na,x,1,1\n", None, "years simulated"),
        ("event,site,loss,year\na,x,1,1\na,x,1,2\n", 1, "more than 1"),
        ("event,site,loss,rate\na,x,much,1\n", None, "line 2"),
        ("event,site,loss,rate\na,x,1,1\na,x,1,2\n", None, "line 3"),
        ("event,site,loss,rate,target\na,x,1,1,moon\n", None, "moon"),
        ("event,site,loss,rate,peril\na,x,1,1,MRT\n", None, "MRT"),
    ],
)
def test_losses_that_cannot_be_are_told(
    tmp_path: Path, text: str, years: int | None, told: str
) -> None:
    with pytest.raises(FormatError, match=told):
        read_losses(write(tmp_path, text)[1], years)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("sites: {hall: {account: gone}}", "gone"),
        ("sites: {hall: {deductable: 1}}", "deductable"),
        ("accounts: {a: {perils: [MTR], take_up: 2, layers: []}}", "take_up"),
        ("accounts: {a: {perils: [MTR], layers: [{limit: 5}, {attachment: 4, limit: 1}]}}", "over"),
        ("offers: [{name: x, price: 1}]", "one of"),
        ("level: 1.0", "level"),
        ("pool: {scheme: tria, as_of: 2026-01-01, premium: -1}", "premium"),
        ("pool: {terms: {from: 2026-01-01, perils: [MTR], tiers: [], share: 2}}", "terms"),
        ("accounts: {a: {perils: [MRT], layers: []}}", "MRT"),
        ("{", "no cover"),
    ],
)
def test_cover_that_cannot_be_is_told(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(FormatError, match=told):
        read_cover(write(tmp_path, "", text)[0])


def test_a_scheme_without_a_date_is_told() -> None:
    cover = Cover(pool=Pool(scheme="tria"))
    with pytest.raises(UsageError, match="as_of"):
        waterfall(cover, draws([[1, 1]], [0.1]))


def test_everything_is_plain_for_json() -> None:
    told = plain(COVER, waterfall(COVER, draws([[300, 70], [100, 0]], [0.1, 0.02], ["MTR", "MNT"])))
    again = json.loads(json.dumps(told))
    assert again["perils"]["MNT"]["gap"]["excluded"] == pytest.approx(0.02 * 30)
    assert again["perils"]["MTR"]["gap"]["limits"] == pytest.approx(0.1 * 140)
    assert again["advice"] is None
    # 1 - exp(-0.1) is less than once in ten years.
    assert again["curves"]["ground_up"][:2] == [[10, 100], [25, 370]]
    assert [10, 370] not in again["curves"]["ground_up"]


@pytest.mark.shared
def test_the_example_in_the_samples_comes_out(shared: Path) -> None:
    told = json.loads((shared / "risk/tria/tria_worked.json").read_text())
    for each in told["worked_examples"]:
        loss = one(each["insurer_loss"])
        premium = each["insurer_dep"]
        found = settle(TRIA, loss, loss, one(each["industry_loss"]), premium=premium)
        assert found.state[0] == each["expect"]["federal"]
        assert found.insurer[0] == each["expect"]["retained"]
