"""The tables of docs/money.md, run: the page and the code say the same, or this fails."""

import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from commissions.accrual import Cause, accrue
from commissions.calendar import Window, window_bounds, window_label
from commissions.money import allocate, half_up, parse_yuan
from commissions.parts import Spell, as_held, cut
from commissions.plan import STANDARD, Mode, Plan, SplitCounts
from commissions.rating import WHOLE, Deal, Moved, WindowKey, rate
from commissions.statement import StatementLine, draw_up
from commissions.what_if import compare, under_plan, without
from commissions.withholding import GIVEN

PAGE = Path(__file__).parents[3] / "docs" / "money.md"
TABLE = re.compile(r"^\*\[(\w+)\]\*(.*)\n\n\|.+\|\n\|[-|]+\|\n((?:\|.+\|\n?)+)", re.MULTILINE)
MARCH = datetime(2026, 3, 1, 2, tzinfo=UTC)
APRIL = datetime(2026, 4, 1, 2, tzinfo=UTC)
SEAL = datetime(2026, 4, 5, tzinfo=UTC)


def tables(name):
    """(setting, rows of cells) of every table under ``*[name]*``; a name nobody wrote is a fault."""
    found = [
        (match[2].strip(), [[cell.strip() for cell in row.strip("|").split("|")] for row in match[3].splitlines()])
        for match in TABLE.finditer(PAGE.read_text(encoding="utf-8"))
        if match[1] == name
    ]
    assert found, f"docs/money.md has no table [{name}]"
    return found


def rows(name):
    return [row for _, table in tables(name) for row in table]


def bps(percent):
    return parse_yuan(percent.strip().removesuffix(" %"))  # hundredths of a percent, as fen are of a yuan


def deals(count, cancelled=None, cancelled_at=MARCH):
    return [
        Deal(n, "A", "D", MARCH + timedelta(hours=n), 200_000_000, "p", cancelled_at if n == cancelled else None)
        ._replace(reached=frozenset({"signed"}))
        for n in range(1, count + 1)
    ]  # fmt: skip


def plans(mode):
    return {"p": replace(Plan.from_toml(STANDARD), mode=Mode(mode))}


@pytest.mark.parametrize(("amount", "rate_text", "result"), rows("rates"))
def test_rates(amount, rate_text, result):
    assert half_up(parse_yuan(amount), bps(rate_text)) == parse_yuan(result)


@pytest.mark.parametrize(("whole", "shares", "parts"), rows("parts"))
def test_parts(whole, shares, parts):
    cut = allocate(parse_yuan(whole), [bps(share) for share in shares.split("+")])
    assert list(cut) == [parse_yuan(part) for part in parts.split("+")]


@pytest.mark.parametrize(("instant", "window", "label"), rows("windows"))
def test_windows(instant, window, label):
    assert window_label(datetime.fromisoformat(instant), Window(window)) == label


@pytest.mark.parametrize(("count", "cancelled", "graduated", "volume", "trip"), rows("totals"))
def test_totals(count, cancelled, graduated, volume, trip):
    given = deals(int(count), None if cancelled == "none" else int(cancelled))
    for mode, total in (("graduated", graduated), ("volume", volume)):
        rated = rate(given, plans(mode))
        assert sum(one.commission_fen for one in rated) == parse_yuan(total)
        assert any(one.benefit for one in rated) is (trip == "yes")


@pytest.mark.parametrize(("count", "cap", "graduated", "volume"), rows("caps"))
def test_caps(count, cap, graduated, volume):
    cap_fen = None if cap == "none" else parse_yuan(cap)
    for mode, total in (("graduated", graduated), ("volume", volume)):
        capped = {"p": replace(plans(mode)["p"], cap_fen=cap_fen)}
        assert sum(one.commission_fen for one in rate(deals(int(count)), capped)) == parse_yuan(total)


@pytest.mark.parametrize(("count", "tried", "before", "after", "changes"), rows("tried"))
def test_what_if(count, tried, before, after, changes):
    given, known = deals(int(count)), plans("graduated") | {"volume": plans("volume")["p"]}
    word, _, figure = tried.partition(" ")
    if word == "cancel":
        other = without(given, int(figure), SEAL)
    else:
        known |= {"cap": replace(known["p"], cap_fen=parse_yuan(figure) if figure else None)}
        other = under_plan(given, range(1, len(given) + 1), word)
    (effect,) = compare(given, other, known)
    assert (effect.before_fen, effect.after_fen) == (parse_yuan(before), parse_yuan(after))
    told = Counter(change.why for change in effect.changes)
    expected = (part.split() for part in changes.split("+"))
    assert told == {why: int(number) for number, why in expected}


@pytest.mark.parametrize(("setting", "expected"), tables("deltas"))
def test_deltas(setting, expected):
    mode, count, cancelled, seal = re.fullmatch(
        r"mode (\w+), (\d+) deals, cancelled (\d+), (sealed|not sealed)", setting
    ).groups()
    accrued = accrue(deals(int(count)), plans(mode), {})
    posted = {(line.deal_id, line.milestone): line.amount_fen for line in accrued}
    sealed = {WindowKey("A", "D", "2026-03"): SEAL} if seal == "sealed" else {}
    lines = accrue(deals(int(count), int(cancelled), SEAL), plans(mode), posted, sealed=sealed)
    assert [(line.deal_id, line.amount_fen, line.cause) for line in lines] == [
        (int(deal_id), parse_yuan(amount), cause) for deal_id, amount, cause in expected
    ]


SEALED = {WindowKey("A", "D", "2026-03"): SEAL}


def posted_for(given, mode):
    return {(line.deal_id, line.milestone): line.amount_fen for line in accrue(given, plans(mode), {})}


@pytest.mark.parametrize(("count", "cancelled", "graduated", "volume", "trip"), rows("sealed_totals"))
def test_sealed_totals(count, cancelled, graduated, volume, trip):
    for mode, total in (("graduated", graduated), ("volume", volume)):
        rated = rate(deals(int(count), int(cancelled), SEAL), plans(mode), SEALED)
        assert sum(one.commission_fen for one in rated) == parse_yuan(total)
        assert any(one.benefit for one in rated) is (trip == "yes")


@pytest.mark.parametrize(("mode", "count", "rank", "earns", "others"), rows("late"))
def test_late(mode, count, rank, earns, others):
    before, late = deals(int(count)), deals(int(count) + 1)[0]._replace(deal_id=99, recorded_at=SEAL)
    lines = accrue([*before, late], plans(mode), posted_for(before, mode), sealed=SEALED)
    assert [(line.deal_id, line.rating.rank, line.amount_fen) for line in lines] == [(99, int(rank), parse_yuan(earns))]
    assert parse_yuan(others) == 0


@pytest.mark.parametrize(("mode", "count", "rank", "earns", "others"), rows("late_all"))
def test_late_all(mode, count, rank, earns, others):
    signed = [one._replace(recorded_at=SEAL - timedelta(minutes=one.deal_id)) for one in deals(int(count))]
    sealed = {key: SEAL - timedelta(days=1) for key in SEALED}
    posted = Counter()
    for line in accrue(signed[1:], plans(mode), {}, sealed=sealed):
        posted[line.deal_id, line.milestone] += line.amount_fen
    lines = accrue(signed, plans(mode), posted, sealed=sealed)
    assert [(line.deal_id, line.rating.rank, line.amount_fen) for line in lines] == [(1, int(rank), parse_yuan(earns))]
    assert parse_yuan(others) == 0


@pytest.mark.parametrize(("moved", "march", "deal", "amount", "cause"), rows("moved"))
def test_moved(moved, march, deal, amount, cause):
    before = deals(6)
    after = [
        one._replace(signed_at=APRIL, moved=(Moved(one.signed_at, SEAL),)) if one.deal_id == int(moved) else one
        for one in before
    ]
    sealed = SEALED if march == "sealed" else {}
    posted = posted_for(before, "graduated")
    lines = accrue(after, plans("graduated"), posted, Cause.CORRECTION, sealed, {int(moved)})
    expected = [] if deal == "none" else [(int(deal), parse_yuan(amount), cause)]
    assert [(line.deal_id, line.amount_fen, line.cause) for line in lines] == expected


@pytest.mark.parametrize(("setting", "expected"), tables("forfeited"))
@pytest.mark.parametrize("sealed", [{}, SEALED])
def test_forfeited(setting, expected, sealed):
    mode, count, struck = re.fullmatch(r"mode (\w+), (\d+) deals, forfeited (\d+)", setting).groups()
    before = deals(int(count))
    after = [one._replace(forfeited=one.deal_id == int(struck)) for one in before]
    posted = posted_for(before, mode)
    lines = accrue(after, plans(mode), posted, sealed=sealed)
    assert [(line.deal_id, line.amount_fen, line.cause) for line in lines] == [
        (int(deal_id), parse_yuan(amount), cause) for deal_id, amount, cause in expected
    ]
    then = dict(posted)
    for line in lines:
        then[line.deal_id, line.milestone] += line.amount_fen
    back = accrue(before, plans(mode), then, Cause.FORFEITURE, sealed, {int(struck)})
    assert [(line.amount_fen, line.cause) for line in back] == [
        (-parse_yuan(amount), cause) for _deal_id, amount, cause in expected
    ]


def row_of(agency, count):
    """An agency's whole deals; the second one's were all signed in the first hour."""
    if agency == "A":
        return deals(count)
    return [
        one._replace(deal_id=one.deal_id + 100, agency=agency, signed_at=MARCH + timedelta(minutes=one.deal_id))
        for one in deals(count)
    ]


@pytest.mark.parametrize(("mode", "counts", "others", "its_others", "part", "first", "second"), rows("divided"))
def test_divided(mode, counts, others, its_others, part, first, second):
    plan = {"p": replace(plans(mode)["p"], split_counts=SplitCounts(counts))}
    shared = deals(50)[-1]
    for agency, count, mine, earns in zip(
        "AB", (others, its_others), cut([bps(part), 10_000 - bps(part)]), (first, second), strict=True
    ):
        held = shared._replace(agency=agency, part=mine)
        assert rate([*row_of(agency, int(count)), held], plan)[-1].commission_fen == parse_yuan(earns)


def given(setting):
    deal_id, *sealed = setting
    keys = zip("AB", sealed, strict=True)
    seals = {WindowKey(agency, "D", "2026-03"): SEAL for agency, seal in keys if seal == "sealed"}
    then = SEAL + timedelta(days=1)
    lines = []
    for agency, count in (("A", 6), ("B", 5)):
        before = row_of(agency, count)
        spells = [Spell(WHOLE, MARCH), Spell(None, then)] if agency == "A" else [Spell(WHOLE, then)]
        moved = as_held(row_of("A", 6)[int(deal_id) - 1]._replace(agency=agency), spells)
        after = [*(one for one in before if one.deal_id != moved.deal_id), moved]
        posted = posted_for(before, "graduated")
        for line in accrue(after, plans("graduated"), posted, Cause.CORRECTION, seals, {int(deal_id)}):
            lines.append((agency, line.deal_id, line.amount_fen, str(line.cause)))
    return sorted(lines)


@pytest.mark.parametrize("setting", sorted({tuple(row[:3]) for row in rows("given")}))
def test_given(setting):
    told = [row[3:] for row in rows("given") if tuple(row[:3]) == setting]
    assert given(setting) == [(agency, int(deal), parse_yuan(fen), cause) for agency, deal, fen, cause in told]


@pytest.mark.parametrize(("month", "carried_in", "lines", "payable", "carried_on"), rows("statements"))
def test_statements(month, carried_in, lines, payable, carried_on):
    line = StatementLine(1, "A", window_bounds(month).start, parse_yuan(lines))
    statement = draw_up("A", month, [line], parse_yuan(carried_in))
    assert (statement.payable_fen, statement.carried_fen) == (parse_yuan(payable), parse_yuan(carried_on))


@pytest.mark.parametrize(("cash", "goods", "taxable", "tax", "kept_back", "paid_out"), rows("withholding"))
def test_withholding(cash, goods, taxable, tax, kept_back, paid_out):
    worked = GIVEN.withhold(parse_yuan(cash), parse_yuan(goods))
    expected = (taxable, tax, kept_back, paid_out)
    assert (worked.taxable_fen, worked.tax_fen, worked.withheld_fen, worked.net_fen) == tuple(map(parse_yuan, expected))


@pytest.mark.parametrize("table", [table for _, table in tables("taxed")])
def test_taxed(table):
    earned_fen = posted_fen = 0
    for _, reward, line, tax in table:
        earned_fen += parse_yuan(reward)
        target_fen = GIVEN.withhold(earned_fen).withheld_fen
        assert (posted_fen - target_fen, target_fen) == (parse_yuan(line), parse_yuan(tax))
        posted_fen = target_fen
