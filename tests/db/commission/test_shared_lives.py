"""Random lives of deals that decisions give to and fro between agencies, against the slow oracle, on both databases."""

from collections import Counter
from datetime import datetime, timedelta
from random import Random

import pytest
from sqlalchemy import func, select

from portal.access.actor import Actor
from portal.models import Agreement, Deal, Person, PostedLine
from portal.services.deals import corrections, deals, parts
from portal.services.verification import proof
from portal.session import Session
from tests import factories as make
from tests.db.sealing import seal_window
from tests.db.selling import CANCELLED, HALVES, LOAN, SIGNED, agreement, subscribed
from tests.unit.commissions.party_oracle import PartyOracle
from tests.unit.commissions.slow_oracle import Event, Terms

STEPS = ((5, 180, None), (10, 250, None), (None, 300, None))
BY_SHARE = HALVES.replace('scope = "development"', 'scope = "development"\nsplit_counts = "share"')
PARTS = ("signed", 5_000), ("loan_released", 5_000)


@pytest.mark.parametrize(("seed", "toml"), [(1, HALVES), (2, BY_SHARE)])
def test_after_every_event_each_agency_has_what_the_oracle_says(
    session: Session, desk: Actor, now: datetime, last_month: datetime, seed: int, toml: str
) -> None:
    chance, first = Random(seed), agreement(session, toml)
    named = {"plan_name": first.plan_name, "development": first.development}
    pairs = [first, *(make.agreement(session, **named) for _ in range(2))]
    names = {pair.agency_id: name for pair, name in zip(pairs, "ABC", strict=True)}
    terms = Terms(STEPS, PARTS)
    oracles = {pair.agency_id: PartyOracle(names[pair.agency_id], terms, toml is BY_SHARE) for pair in pairs}
    early = last_month - timedelta(days=20)
    made = [subscribed(session, desk, early, chance.choice(pairs), chance.randrange(1, 4_000_000_00)) for _ in range(8)]
    brokers = {pair.agency_id: make.broker(session, agency=pair.agency) for pair in pairs}
    for step in range(45):
        at, deal = now + timedelta(minutes=step), chance.choice(made)
        event = _happen(session, desk, at, deal, chance, pairs, brokers, names, last_month)
        for key, oracle in oracles.items():
            for one in event:
                oracle.happen(one)
            assert _held(session, key) == oracle.ledger(), (step, event)
    assert proof.verify_ledger(session).fault is None


def _happen(
    session: Session,
    desk: Actor,
    at: datetime,
    deal: Deal,
    chance: Random,
    pairs: list[Agreement],
    brokers: dict[int, Person],
    names: dict[int, str],
    last_month: datetime,
) -> list[Event]:
    """One thing that happens, as the oracle is told it; nothing where the deal's state does not allow it."""
    what = chance.choice(["sign", "sign", "decide", "decide", "decide", "reach", "price", "cancel", "seal"])
    living = deal.signed_at is not None and deal.cancelled_at is None
    if what == "seal" and chance.random() < 0.4:
        label = f"{last_month:%Y-%m}"
        for pair in pairs:
            seal_window(session, desk, at, agency_id=pair.agency_id, label=label)
        return [Event("seal", label)]
    if what == "sign" and deal.signed_at is None:
        when = last_month + timedelta(hours=chance.randrange(-300, 500))
        deals.record_milestone(session, desk, at, deal, kind=SIGNED, at=when)
        return [Event("sign", deal.id, (when, deal.price_fen, names[deal.agency_id or 0]))]
    if not living:
        return []
    if what == "decide":
        return [_decide(session, desk, at, deal, chance, brokers, names)]
    if what == "reach" and LOAN not in deals.reached(deal):
        deals.record_milestone(session, desk, at, deal, kind=LOAN, at=at)
        return [Event("reach", deal.id, "loan_released")]
    if what == "price":
        facts = corrections.DealFacts(price_fen=deal.price_fen + 12_345, price_is_right=True)
        corrections.correct_deal(session, desk, at, deal, facts, reason="录错", proposed_by=desk.person_id)
        return [Event("price", deal.id, deal.price_fen)]
    if what == "cancel" and chance.random() < 0.4:
        deals.record_milestone(session, desk, at, deal, kind=CANCELLED, at=at)
        return [Event("cancel", deal.id)]
    return []


def _decide(
    session: Session,
    desk: Actor,
    at: datetime,
    deal: Deal,
    chance: Random,
    brokers: dict[int, Person],
    names: dict[int, str],
) -> Event:
    """The deal goes to some agencies, or to none; what was shown before is what is posted."""
    agencies = chance.sample(sorted(brokers), chance.choice([0, 1, 1, 2, 2, 3]))
    cuts = sorted(chance.sample(range(1, 10_000), max(len(agencies) - 1, 0)))
    shares = [after - before for before, after in zip([0, *cuts], [*cuts, 10_000], strict=True)]
    sides = [
        parts.Side(agency, brokers[agency].id, None, share) for agency, share in zip(agencies, shares, strict=False)
    ]
    shown = {one.agency_id: one.delta_fen for one in parts.preview(session, at, deal, sides)}
    before = {key: sum(_held(session, key).values()) for key in shown}
    parts.lock(session, deal, sides)
    parts.decide(session, desk, at, deal, sides, "看过了")
    assert {key: sum(_held(session, key).values()) - before[key] for key in shown} == shown
    return Event("decide", deal.id, [(names[side.agency_id], side.share_bps) for side in sides])


def _held(session: Session, agency_id: int) -> dict[tuple[int, str], int]:
    line = PostedLine
    rows = session.execute(
        select(line.deal_id, line.instalment, func.sum(line.amount_fen))
        .where(line.agency_id == agency_id, line.instalment.is_not(None))
        .group_by(line.deal_id, line.instalment)
    )
    return Counter({(deal_id, str(instalment)): int(fen) for deal_id, instalment, fen in rows if fen})
