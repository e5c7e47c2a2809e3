"""Deals that a decision gives to others, or to several: random histories of three agencies against a slow oracle.

What is held: after every event each agency's ledger is what the rules say of it; posting again posts nothing; how often
and in which order of agencies lines are posted does not matter; and where all are paid alike, parts sum to the whole.
"""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commissions.accrual import Cause, accrue
from commissions.explanation import explain
from commissions.parts import Spell, as_held, cut
from commissions.plan import Mode, Plan, SplitCounts, Tier
from commissions.rating import WHOLE, Deal, Moved, Part, WindowKey, rate
from commissions.refusal import Refusal
from tests.nightly import examples
from tests.unit.commissions.party_oracle import one_plan
from tests.unit.commissions.slow_oracle import Event, Terms
from tests.unit.commissions.test_histories import HALVES, KNOWN, START, STEPS, THIRDS, plan_of

AGENCIES = ("A", "B", "C")
TERMS = [
    Terms(STEPS, HALVES),
    Terms(STEPS, THIRDS, by_count=True),
    Terms(((1, None, 33_333_33), (None, None, 44_444_44)), THIRDS, span="agreement", cap_fen=40_000_00),
    Terms(((1, 150, None), (2, 210, None), (None, 333, None)), HALVES, span="quarter", cap_fen=20_000_00),
]
DEALS = st.integers(1, 7)
INSTANTS = st.integers(0, 24 * 75).map(lambda hours: START + timedelta(hours=hours))
SHARES = st.lists(st.integers(1, 9_999), min_size=0, max_size=2, unique=True).map(
    lambda at: [after - before for before, after in zip([0, *sorted(at)], [*sorted(at), 10_000], strict=True)]
)
PARTS = st.tuples(st.permutations(AGENCIES), SHARES).map(lambda made: list(zip(made[0], made[1], strict=False)))


def events(what, subject, value):
    return st.builds(Event, st.just(what), subject, value)


SIGNED = st.tuples(INSTANTS, st.integers(0, 4_000_000_00), st.sampled_from(AGENCIES))
HAPPENING = st.one_of(
    events("sign", DEALS, SIGNED),
    events("sign", DEALS, SIGNED),
    events("decide", DEALS, PARTS),
    events("decide", DEALS, PARTS | st.just([])),
    events("cancel", DEALS, st.none()),
    events("reach", DEALS, st.sampled_from(["loan_released", "handed_over"])),
    events("price", DEALS, st.integers(0, 4_000_000_00)),
    events("date", DEALS, INSTANTS),
    events("seal", st.sampled_from(["2026-01", "2026-02", "2026-03", "2026-Q1", "agreement"]), st.none()),
)
HISTORIES = st.lists(HAPPENING, min_size=15, max_size=45)


class House:
    """The code under test: one set of facts, read by each agency through its own spells."""

    def __init__(self, plan):
        self.plans, self.now = {"p": plan}, KNOWN
        self.deals, self.spells, self.sealed, self.posted = {}, {}, {}, {agency: Counter() for agency in AGENCIES}

    def happen(self, event):
        self.now += timedelta(minutes=1)
        if event.what == "seal":
            for agency in AGENCIES:
                self.sealed.setdefault(WindowKey(agency, "D", event.subject), self.now)
            return
        known = self.deals.get(event.subject)
        if event.what == "sign" and known is None:
            at, price_fen, agency = event.value
            facts = {"reached": frozenset({"signed"}), "recorded_at": self.now}
            self.deals[event.subject] = Deal(event.subject, agency, "D", at, price_fen, "p", **facts)
            self.spells[event.subject] = {agency: [Spell(WHOLE, self.now)]}
        elif known is not None and known.cancelled_at is None:
            self.change(event, known)

    def change(self, event, known):
        if event.what == "decide":
            mine = self.spells[event.subject]
            parts = (
                dict(zip([who for who, _share in event.value], cut([s for _, s in event.value]), strict=True))
                if (event.value)
                else {}
            )
            for agency in {*mine, *parts}:
                mine.setdefault(agency, []).append(Spell(parts.get(agency), self.now))
            return
        changed = {
            "cancel": {"cancelled_at": self.now},
            "reach": {"reached": known.reached | {event.value}},
            "price": {"price_fen": event.value},
            "date": {"signed_at": event.value, "moved": (*known.moved, Moved(known.signed_at, self.now))},
        }
        if event.what in changed and not (event.what == "date" and event.value == known.signed_at):
            self.deals[event.subject] = known._replace(**changed[event.what])

    def book(self, agency):
        return [
            as_held(deal._replace(agency=agency), self.spells[key][agency])
            for key, deal in self.deals.items()
            if agency in self.spells[key]
        ]

    def lines(self, agency, event=None):
        decided = event is not None and event.what == "decide"
        cause, about = (Cause.CORRECTION, {event.subject}) if decided else (None, None)
        return accrue(self.book(agency), self.plans, self.posted[agency], cause, self.sealed, about)

    def post(self, event=None, order=AGENCIES):
        for agency in order:
            for line in self.lines(agency, event):
                self.posted[agency][line.deal_id, line.milestone] += line.amount_fen
            assert self.lines(agency) == ()

    def ledger(self, agency):
        return {key: fen for key, fen in self.posted[agency].items() if fen}


@settings(max_examples=examples(60, 4000))
@given(st.sampled_from(TERMS), st.booleans(), HISTORIES)
def test_after_every_event_each_agency_has_what_the_rules_say(terms, by_share, history):
    plan = replace(plan_of(terms), split_counts=SplitCounts.SHARE if by_share else SplitCounts.FULL)
    house, oracles = House(plan), one_plan(terms, by_share, AGENCIES)
    for event in history:
        house.happen(event)
        house.post(event)
        for agency, oracle in oracles.items():
            oracle.happen(event)
            assert house.ledger(agency) == oracle.ledger()


@settings(max_examples=examples(40, 2000))
@given(st.sampled_from(TERMS), HISTORIES, st.permutations(AGENCIES), st.integers(2, 50))
def test_how_often_and_in_which_order_of_agencies_lines_are_posted_does_not_matter(terms, history, order, every):
    at_once, seldom = House(plan_of(terms)), House(plan_of(terms))
    for number, event in enumerate(history):
        at_once.happen(event)
        at_once.post(event)
        seldom.happen(event)
        if number % every == 0:
            seldom.post(order=order)
    seldom.post(order=order)
    assert all(at_once.ledger(agency) == seldom.ledger(agency) for agency in AGENCIES)


@given(st.integers(0, 10**12), SHARES, st.sampled_from([None, 1_234_567]))
def test_the_sums_of_a_split_are_the_whole(price_fen, shares, cap_fen):
    plan = replace(Plan("p", (Tier(rate_bps=333),)), cap_fen=cap_fen)
    whole = Deal(1, "A", "D", START, price_fen, "p")
    parts = [whole._replace(agency=number, part=part) for number, part in enumerate(cut(shares))]
    assert sum(one.commission_fen for one in rate(parts, {"p": plan})) == rate([whole], {"p": plan})[0].commission_fen


# Cutting, by hand


@pytest.mark.parametrize(
    ("shares", "code"),
    [([6_000, 3_999], "split_sum"), ([], "split_sum"), ([0, 10_000], "split_share"), ([10_001, -1], "split_share")],
)
def test_shares_that_are_not_the_whole_are_refused(shares, code):
    with pytest.raises(Refusal) as refused:
        cut(shares)
    assert refused.value.code == code


def test_shares_stand_behind_each_other():
    assert cut([6_000, 4_000]) == (Part(0, 6_000), Part(6_000, 4_000))


# Counting by the part


HALF = Part(0, 5_000)
TIERS = (Tier(5, rate_bps=180), Tier(rate_bps=250))


def row(parts):
    return [
        Deal(number, "A", "D", START + timedelta(hours=number), 200_000_000, "p", part=part)
        for number, part in enumerate(parts, 1)
    ]


@pytest.mark.parametrize(
    ("counts", "mode", "ranks", "rates"),
    [
        ("full", "graduated", [1, 2, 3, 4, 5, 6, 7], [180] * 5 + [250] * 2),
        ("share", "graduated", [1, 1, 2, 3, 4, 5, 6], [180] * 6 + [250]),
        ("share", "volume", [1, 1, 2, 3, 4, 5, 6], [250] * 7),
    ],
)
def test_a_plan_says_whether_a_part_counts_in_full_or_by_its_share(counts, mode, ranks, rates):
    plan = replace(Plan("p", TIERS), split_counts=SplitCounts(counts), mode=Mode(mode))
    rated = rate(row([HALF] * 2 + [WHOLE] * 5), {"p": plan})
    assert ([one.rank for one in rated], [one.rate_bps for one in rated]) == (ranks, rates)


def test_a_line_says_which_part_it_is_of_and_a_deal_given_away_that_it_was():
    plan = Plan("p", TIERS, cap_fen=30_000_00)
    (mine,) = row([Part(6_000, 4_000)])
    said = explain(mine, *rate([mine], {"p": plan}), plan).sentence()
    assert said.endswith("= 36000.00; capped at 30000.00; part of the deal 40.00 % = 12000.00")
    gone = as_held(mine._replace(part=WHOLE), [Spell(WHOLE, START), Spell(None, KNOWN)])
    (rated,) = rate([gone], {"p": plan})
    assert (rated.window, rated.commission_fen) == ("2026-01", 0)
    assert explain(gone, rated, plan).sentence() == "given to others by a decision: not counted, pays nothing"


def test_who_comes_back_after_a_seal_finds_the_old_place_and_who_comes_then_queues_up():
    seal, days = KNOWN, timedelta(days=1)
    key = WindowKey("A", "D", "2026-01")
    left = as_held(row([WHOLE])[0], [Spell(WHOLE, START), Spell(None, seal + days)])
    others = [deal._replace(deal_id=deal.deal_id + 1, recorded_at=START) for deal in row([WHOLE] * 2)]
    came = as_held(row([WHOLE])[0]._replace(deal_id=9, recorded_at=START), [Spell(WHOLE, seal + days)])
    plan = {"p": Plan("p", TIERS)}
    assert [one.rank for one in rate([left, *others, came], plan, {key: seal})] == [None, 2, 3, 4]
    back = as_held(row([WHOLE])[0], [Spell(WHOLE, START), Spell(None, seal + days), Spell(HALF, seal + 2 * days)])
    assert [one.rank for one in rate([back, *others, came], plan, {key: seal})] == [1, 2, 3, 4]


def test_one_agency_has_a_deal_once():
    with pytest.raises(Refusal, match="duplicate_deal"):
        rate([*row([HALF]), *row([HALF])], {"p": Plan("p", TIERS)})
    assert len(rate([*row([HALF]), row([HALF])[0]._replace(agency="B")], {"p": Plan("p", TIERS)})) == 2


@pytest.mark.parametrize("recorded_at", [None, START + timedelta(hours=3)])
def test_a_deal_that_was_not_corrected_since_is_as_it_was(recorded_at):
    deal = Deal(1, "A", "D", datetime(2026, 1, 2, tzinfo=UTC), 100, "p", recorded_at=recorded_at)
    held = as_held(deal, [Spell(WHOLE, START)])
    assert held == deal._replace(recorded_at=recorded_at or deal.signed_at)
