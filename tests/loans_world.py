"""Rows of loans and promises for tests, and for each id in an address of theirs. As `tests.factories`, of which this is
a part that stands by itself."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from portal.access.actor import Actor
from portal.clock import local_day
from portal.models import Deal, Loan, LoanRisk, LoanStepKind, MilestoneKind, Promise, Role
from portal.rules.loans.terms import given_text
from portal.rules.promises.promise import PromiseKind, Wanted
from portal.services.loans import loans, terms
from portal.services.loans.loans import Begun
from portal.services.promises import promises
from portal.services.promises.promises import Whose
from tests import agency_rows
from tests import factories as make

DAY = timedelta(days=1)
AT = datetime.fromisoformat("2026-03-01T04:00:00+00:00")
ICBC = Begun(cash=False, after=0, bank="中国工商银行", branch="西湖支行", officer="陈经理", amount_fen=1_400_000_00)
TEXT = "放款晚了，送一年物业费"


def subscribed(session: Session, at: datetime, **given: Any) -> Deal:
    """A deal with its subscription."""
    row = make.deal(session, **{"touch": None} | given)
    make.milestone(session, row, MilestoneKind.SUBSCRIBED, at)
    return row


def step(session: Session, actor: Actor, now: datetime, loan: Loan, kind: LoanStepKind, days_ago: int) -> None:
    """A stage of a loan, so many days ago."""
    loans.record_step(session, actor, now, loan, kind=kind, on_day=local_day(now) - days_ago * DAY)


def late_loan(session: Session, actor: Actor, now: datetime, **given: Any) -> Deal:
    """The papers were complete fifty days ago; the bank takes thirty."""
    deal = subscribed(session, now - 55 * DAY, **given)
    step(session, actor, now, loans.begin(session, actor, now, deal, ICBC), LoanStepKind.PAPERS, 50)
    return deal


def promise(session: Session, actor: Actor, now: datetime, deal: Deal | None = None, **given: Any) -> Promise:
    """A gift worth 880 yuan, due in ten days, unless something else is said."""
    deal = deal or make.deal(session, touch=None)
    values = {"kind": PromiseKind.GIFT, "worth_fen": 880_00, "item": "茶具", "due_on": local_day(now) + 10 * DAY}
    whose = Whose(development_id=deal.development_id, client_id=deal.client_id, deal=deal)
    return promises.make(session, actor, now, whose, Wanted(**values | given), TEXT)


def _keeper(session: Session) -> Actor:
    return Actor.of(make.person(session, Role.CHANNEL_MANAGER))


def _step(session: Session, one: Any) -> int:
    keeper = _keeper(session)
    loan = loans.latest(session, one.deal) or loans.begin(session, keeper, AT, one.deal, ICBC)
    if not loan.steps:
        step(session, keeper, AT, loan, LoanStepKind.PAPERS, 3)
    return loan.steps[0].id


def _note(session: Session, one: Any) -> int:
    return loans.note_risk(session, _keeper(session), AT, one.deal, risk=LoanRisk.CREDIT, text="信用卡逾期").id


def _terms(session: Session, one: Any) -> int:
    place = one.deal.development_id
    row = terms.propose(session, _keeper(session), AT, development_id=place, toml=given_text(), note="换一家银行")
    session.flush()
    return row.id


ROWS: dict[str, Callable[[Session, Any], int]] = agency_rows.ROWS | {
    "step_id": _step,
    "loans.note_id": _note,
    "terms_id": _terms,
    "promise_id": lambda session, one: promise(session, _keeper(session), AT, one.deal).id,
}
