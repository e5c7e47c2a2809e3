"""The compensation (补偿) of a late loan: proposed by the rule, accepted by a person, once a deal."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select

from commissions.refusal import Refusal

from ...access.actor import Actor
from ...clock import local_day
from ...models import Deal, Promise
from ...rules.promises.promise import PromiseKind, Wanted
from ...session import Session
from ..loans import reading
from ..loans.reading import LoanRow
from . import promises
from .promises import Whose


def of_deal(session: Session, deal: Deal) -> Promise | None:
    """What a deal's late loan brought already."""
    return session.scalar(select(Promise).where(Promise.compensates_id == deal.id))


def accepted(session: Session, deal_ids: Sequence[int]) -> set[int]:
    """Those of some deals whose late loan brought its compensation already."""
    stmt = select(Promise.compensates_id).where(Promise.compensates_id.in_(deal_ids))
    return {key for key in session.scalars(stmt) if key is not None}


def proposed(session: Session, row: LoanRow) -> Wanted | None:
    """What is proposed for a loan as it stands; None where nothing is, or somebody accepted it."""
    if not row.stands.compensates or of_deal(session, row.deal) is not None:
        return None
    terms = row.terms
    return Wanted(
        kind=PromiseKind.FEE_RELIEF,
        worth_fen=terms.compensation_yuan * 100,
        months=terms.compensation_months,
        due_on=row.stands.target_on or row.signing_on,
    )


def accept(session: Session, actor: Actor, now: datetime, deal: Deal, text: str) -> Promise:
    """Promise what is proposed for a deal's late loan. Raises Refusal: compensation_not_due; compensation_accepted;
    those of `promises.make`."""
    row = reading.of_deal(session, now, deal)
    if not row.stands.compensates:
        raise Refusal("compensation_not_due")
    wanted = Wanted(
        kind=PromiseKind.FEE_RELIEF,
        worth_fen=row.terms.compensation_yuan * 100,
        months=row.terms.compensation_months,
        due_on=local_day(now) + timedelta(days=row.terms.keep_days),
    )
    whose = Whose(development_id=deal.development_id, client_id=deal.client_id, deal=deal, compensates=True)
    return promises.make(session, actor, now, whose, wanted, text)
