"""Random lives of an agency through all services, against the slow oracle, on both databases (rules 5.4)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from commissions.refusal import Refusal
from portal.access.actor import Actor
from portal.models import (
    Agreement,
    Deal,
    PlanVersion,
    PostedLine,
)
from portal.services.commission import rating_facts
from portal.services.deals import corrections, deals
from tests import factories as make
from tests.db.sealing import seal_window
from tests.db.selling import (
    CANCELLED,
    HALVES,
    LOAN,
    PRICE,
    SIGNED,
    acquitted,
    agreement,
    shown,
    struck,
    subscribed,
    total,
)
from tests.unit.commissions.slow_oracle import Event, Oracle, Terms

TERMS = Terms(((5, 180, None), (10, 250, None), (None, 300, None)), (("signed", 5_000), ("loan_released", 5_000)))
BETTER = Terms(((2, 200, None), (None, 400, None)), TERMS.parts, by_count=True)


@pytest.mark.parametrize("seed", range(4))
def test_random_lives_end_as_the_oracle_says(
    session: Session, desk: Actor, now: datetime, last_month: datetime, seed: int
) -> None:
    """Signing late and early, cancelling, releasing, sealing, correcting price, date and plan, strikes."""
    chance = Random(seed)
    pair = agreement(session, HALVES)
    first = session.scalars(select(PlanVersion).where(PlanVersion.name == pair.plan_name)).one()
    toml = _toml(BETTER, pair.plan_name)
    better = make.plan_version(session, name=pair.plan_name, version=2, toml=toml, effective_from=now)
    versions = {first.id: "first", better.id: "better"}
    long_ago = last_month - timedelta(days=60)
    made = [subscribed(session, desk, long_ago, pair, chance.randrange(1, PRICE)) for _ in range(9)]
    oracle = Oracle({"first": TERMS, "better": BETTER}, {deal.id: "D" for deal in made})
    life = Life(session, desk, pair, chance, f"{last_month:%Y-%m}", better)
    for step in range(40):
        when = last_month + timedelta(hours=chance.randrange(-400, 600))
        event = life.happen(now + timedelta(minutes=step), chance.choice(made), when)
        if event is None:
            continue
        oracle.happen(event)
        for deal in made:
            if deal.plan_version_id is not None:
                oracle.happen(Event("plan", deal.id, versions[deal.plan_version_id]))
        assert _held(session, pair) == oracle.ledger()
    own = [
        rating_facts.Place(pair.development_id, at)
        for at in (last_month, now, long_ago, last_month - timedelta(days=17))
    ]
    assert rating_facts.open_book(session, pair.agency_id, own).delta() == ()
    total(session, pair)


@dataclass
class Life:
    """One agency, and the deeds that may happen to a deal of it; a deed that its state does not allow is None."""

    session: Session
    desk: Actor
    pair: Agreement
    chance: Random
    label: str
    better: PlanVersion

    def happen(self, at: datetime, deal: Deal, when: datetime) -> Event | None:
        correct = [self.price, self.date, self.plan]
        deeds = [self.sign, self.sign, self.reach, self.cancel, self.strike, self.seal, *correct]
        return self.chance.choice(deeds)(at, deal, when)

    def sign(self, at: datetime, deal: Deal, when: datetime) -> Event | None:
        if deal.signed_at is not None:
            return None
        deals.record_milestone(self.session, self.desk, at, deal, kind=SIGNED, at=when)
        return Event("sign", deal.id, (when, deal.price_fen, "first"))

    def reach(self, at: datetime, deal: Deal, _when: datetime) -> Event | None:
        if not living(deal) or LOAN in deals.reached(deal):
            return None
        deals.record_milestone(self.session, self.desk, at, deal, kind=LOAN, at=at)
        return Event("reach", deal.id, "loan_released")

    def price(self, at: datetime, deal: Deal, _when: datetime) -> Event | None:
        if not living(deal):
            return None
        corrections.correct_deal(
            self.session, self.desk, at, deal, corrections.DealFacts(price_fen=deal.price_fen + 12_345), reason="录错"
        )
        return Event("price", deal.id, deal.price_fen)

    def date(self, at: datetime, deal: Deal, when: datetime) -> Event | None:
        if not living(deal) or deal.signed_at == when:
            return None
        corrections.correct_deal(
            self.session, self.desk, at, deal, corrections.DealFacts(signed_at=when), reason="录错"
        )
        return Event("date", deal.id, when)

    def cancel(self, at: datetime, deal: Deal, _when: datetime) -> Event | None:
        if not living(deal) or self.chance.random() < 0.5:
            return None
        deals.record_milestone(self.session, self.desk, at, deal, kind=CANCELLED, at=at)
        return Event("cancel", deal.id)

    def strike(self, at: datetime, deal: Deal, when: datetime) -> Event | None:
        if deal.signed_at is None or self.chance.random() < 0.5:
            return None
        showing = shown(self.session, deal, when)
        struck(self.session, at, showing)
        if self.chance.random() < 0.4:
            return Event("strike", deal.id)
        acquitted(self.session, at, showing)
        return None

    def seal(self, at: datetime, _deal: Deal, _when: datetime) -> Event | None:
        if self.chance.random() < 0.6:
            return None
        seal_window(self.session, self.desk, at, agency_id=self.pair.agency_id, label=self.label)
        return Event("seal", self.label)

    def plan(self, at: datetime, deal: Deal, _when: datetime) -> Event | None:
        if not living(deal) or self.chance.random() < 0.5:
            return None
        try:
            plan = corrections.WindowsPlan(self.pair, self.label, self.better)
            corrections.correct_plan(self.session, self.desk, at, plan, reason="费率录错")
        except Refusal:
            return None
        return Event("plan", deal.id, "better" if deal.plan_version_id == self.better.id else "first")


def living(deal: Deal) -> bool:
    return deal.signed_at is not None and deal.cancelled_at is None


def _held(session: Session, pair: Agreement) -> dict[tuple[int, str], int]:
    line = PostedLine
    rows = session.execute(
        select(line.deal_id, line.instalment, func.sum(line.amount_fen))
        .where(line.agency_id == pair.agency_id, line.deal_id.is_not(None))
        .group_by(line.deal_id, line.instalment)
    )
    return {(deal_id, instalment): int(fen) for deal_id, instalment, fen in rows if fen}


def _toml(terms: Terms, name: str) -> str:
    tiers = "\n".join(
        f"[[tiers]]\nrate_bps = {bps}" + (f"\nup_to = {last}" if last else "") for last, bps, _fixed in terms.steps
    )
    parts = "\n".join(f'[[instalments]]\nmilestone = "{name}"\nshare_bps = {share}' for name, share in terms.parts)
    mode = "volume" if terms.by_count else "graduated"
    return f'name = "{name}"\nmode = "{mode}"\n\n{tiers}\n\n{parts}\n'
