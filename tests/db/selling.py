"""An agency that sells, and what its deals have posted, for the tests of accruals."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from commissions.ledger import accrued
from commissions.plan import STANDARD
from portal.access.actor import Actor
from portal.models import (
    Agreement,
    AppealOutcome,
    Cause,
    Deal,
    Decision,
    MilestoneKind,
    PostedLine,
    Role,
    Showing,
    Strike,
)
from portal.services.deals import deals
from portal.services.ledger import balances as ledger_balances
from portal.services.penalties import appeals, reviews
from portal.services.verification import proof
from tests import factories as make
from tests.db.sealing import seal_window

PRICE = 2_000_000_00
_SUBSCRIBED, SIGNED, LOAN, _HANDED, CANCELLED = MilestoneKind
HALVES = STANDARD.replace("10000", '5000\n\n[[instalments]]\nmilestone = "loan_released"\nshare_bps = 5000')
FINING = STANDARD.replace('scope = "development"', 'scope = "development"\nfine_fen = 500000')


def agreement(session: Session, toml: str = STANDARD) -> Agreement:
    name = f"plan{make.new_phone()}"
    make.plan_version(session, name=name, toml=toml.replace('"standard"', f'"{name}"'))
    return make.agreement(session, plan_name=name)


def subscribed(session: Session, desk: Actor, at: datetime, pair: Agreement, price_fen: int = PRICE) -> Deal:
    phone = make.new_phone()
    seller = make.broker(session, agency=pair.agency)
    make.touch(session, person=seller, development=pair.development, client=make.client(session, phone=phone))
    facts = {"phone": phone, "name": "王小明", "unit": f"1-{phone}", "price_fen": price_fen}
    return deals.open_deal(session, desk, at, deals.Subscription(development_id=pair.development_id, at=at, **facts))


def sold(session: Session, desk: Actor, at: datetime, pair: Agreement, count: int) -> list[Deal]:
    """Deals that were signed a minute after another, and recorded when they were."""
    made = [subscribed(session, desk, at, pair) for _ in range(count)]
    for number, deal in enumerate(made):
        later = at + timedelta(minutes=number)
        deals.record_milestone(session, desk, later, deal, kind=SIGNED, at=later)
    return made


def lines_since(session: Session, last: int) -> dict[int, tuple[int, Cause]]:
    rows = session.scalars(select(PostedLine).where(PostedLine.id > last).order_by(PostedLine.id))
    return {row.deal_id: (row.amount_fen, row.cause) for row in rows}


def last_line(session: Session) -> int:
    return session.scalar(select(func.max(PostedLine.id))) or 0


def total(session: Session, pair: Agreement) -> int:
    fen = session.scalar(select(func.sum(PostedLine.amount_fen)).where(PostedLine.agency_id == pair.agency_id)) or 0
    assert ledger_balances.balance_of(session, accrued(f"agency:{pair.agency_id}")) == -fen
    assert proof.verify_ledger(session).fault is None
    return int(fen)


def seal(session: Session, desk: Actor, now: datetime, pair: Agreement, at: datetime) -> datetime:
    return seal_window(session, desk, now, agency_id=pair.agency_id, label=f"{at:%Y-%m}")


def shown(session: Session, deal: Deal, at: datetime) -> Showing:
    return make.showing(session, touch=deal.touch, at=at)


def struck(session: Session, now: datetime, showing: Showing) -> None:
    reviewer = Actor.of(make.person(session, Role.CHANNEL_MANAGER))
    reviews.review_showing(session, reviewer, now, showing, decision=Decision.FAKE, reason="照片是翻拍的")


def acquitted(session: Session, now: datetime, showing: Showing) -> None:
    strike = session.scalars(select(Strike).where(Strike.showing_id == showing.id)).one()
    appeal = make.appeal(session, strike=strike)
    manager = Actor.of(make.person(session, Role.CHANNEL_MANAGER))
    appeals.decide_appeal(session, manager, now, appeal, outcome=AppealOutcome.ACCEPTED, reason="误判")
