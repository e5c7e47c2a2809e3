"""The discount that a company's programme brings a buyer: reckoned before a deal is opened, recorded with it (7.3).

The price that is typed at a subscription is the one before the programme's discount. The deal's own `price_fen`, from
which everything else is reckoned, is what is left. What was taken off, by whose programme and by which check, stands
beside the deal for good; a correction of the price afterwards is the final price and leaves the record as it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from commissions.refusal import Refusal
from referral.employee import Discount, NoDiscount, Offer, take_off

from ...access.actor import Actor
from ...models import (
    Deal,
    DealDiscount,
    EmployeeCheck,
    Lead,
    Programme,
    ProgrammeKind,
    ProgrammeTerms,
    Referrer,
    Touch,
)
from ...rules.deals.attribution import attribute
from ...rules.partners.policy import Policy
from ...session import Session
from .. import audit, contacts
from ..claims.touches import as_attributed
from ..clients import find_client
from . import employee_checks
from . import terms as programme_terms

_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Reckoned:
    """What the rule says of a price, with the programme, its terms of then and the check that it rests on, where there
    are any."""

    list_price_fen: int
    answer: Discount | NoDiscount
    programme: Programme | None = None
    check: EmployeeCheck | None = None
    terms: ProgrammeTerms | None = None

    @property
    def price_fen(self) -> int:
        """What the buyer pays."""
        return self.answer.price_fen if isinstance(self.answer, Discount) else self.list_price_fen


def reckon(
    session: Session, development_id: int, client_id: int, owner: Touch | None, *, list_price_fen: int, at: datetime
) -> Reckoned:
    """The discount on a home that the client subscribes at an instant, where `owner` is the touch that owns the deal.

    The terms are those in force at that instant. The check is locked: whoever revokes it, or sells the same employee
    another home, does so before this transaction or after it.
    """
    programme = _programme_of(session, owner) or _programme_asked(session, development_id, client_id)
    if programme is None or programme.discount_bps is None:
        return Reckoned(list_price_fen, take_off(list_price_fen, None))
    owns = owner is not None and owner.person_id == programme.referrer.person_id
    check = employee_checks.counting_check(session, programme.referrer_id, client_id, at, lock=owns)
    terms = programme_terms.in_force(session, programme, at)
    rate_bps = (terms and terms.discount_bps) or programme.discount_bps
    offer = Offer(
        rate_bps,
        owns=owns,
        runs=terms is not None,
        checked=check is not None,
        same_hand=check is not None and _of_one_hand(session, programme, check, at),
        used_up=_bought(session, programme, client_id) >= homes_of(programme),
    )
    return Reckoned(list_price_fen, take_off(list_price_fen, offer), programme, check, terms)


def homes_of(programme: Programme) -> int:
    """How many homes one employee may subscribe with the programme's discount."""
    return Policy.of(programme.referrer.development.policy).employee_homes


def check_hands(actor: Actor, reckoned: Reckoned) -> None:
    """A discount needs two people: who confirmed the employee by hand does not record the deal that takes it.

    Raises Refusal `discount_own_check`.
    """
    check, programme = reckoned.check, reckoned.programme
    if not isinstance(reckoned.answer, Discount) or check is None or programme is None:
        return
    if check.by_id is not None and check.by_id == actor.person_id:
        raise Refusal("discount_own_check", company=programme.referrer.person.name)


def preview(session: Session, *, development_id: int, phone: str, list_price_fen: int, at: datetime) -> Reckoned | None:
    """What `reckon` would say of a subscription as it is being typed; None for a client whom nobody knows.

    Raises Refusal(invalid_phone).
    """
    client = find_client(session, contacts.parse_phone(phone))
    if client is None:
        return None
    known = session.scalars(
        select(Touch).where(Touch.development_id == development_id, Touch.client_id == client.id)
    ).all()
    found = attribute([as_attributed(touch) for touch in known], at).owner
    owner = next((touch for touch in known if found is not None and touch.id == found.touch_id), None)
    return reckon(session, development_id, client.id, owner, list_price_fen=list_price_fen, at=at)


def record(session: Session, actor: Actor, now: datetime, deal: Deal, reckoned: Reckoned) -> DealDiscount | None:
    """Write a deal's discount down beside it, and why; None where it has none. Raises Refusal `discount_own_check`."""
    check_hands(actor, reckoned)
    taken, programme, check = reckoned.answer, reckoned.programme, reckoned.check
    if not isinstance(taken, Discount) or programme is None or check is None:
        return None
    row = DealDiscount(
        deal_id=deal.id,
        programme_id=programme.referrer_id,
        check_id=check.id,
        list_price_fen=taken.list_price_fen,
        rate_bps=taken.rate_bps,
        amount_fen=taken.amount_fen,
        at=now,
        by_id=actor.id,
    )
    session.add(row)
    facts = {"list_price_fen": taken.list_price_fen, "rate_bps": taken.rate_bps, "amount_fen": taken.amount_fen}
    audit.record(
        session, actor, now, "discount_granted", deal, programme=programme.referrer_id, check=check.id, **facts
    )
    return row


def of_deal(session: Session, deal: Deal) -> DealDiscount | None:
    """The discount that a deal has, with its programme and its check."""
    return of_deals(session, [deal]).get(deal.id)


def of_deals(session: Session, deals: Sequence[Deal]) -> dict[int, DealDiscount]:
    """The discounts that some deals have, by the deal: one query for a thousand deals."""
    check = joinedload(DealDiscount.employee_check)
    stmt = select(DealDiscount).options(
        joinedload(DealDiscount.programme), check.joinedload(EmployeeCheck.by), check.joinedload(EmployeeCheck.revoker)
    )
    ids = [deal.id for deal in deals]
    return {
        row.deal_id: row
        for start in range(0, len(ids), _AT_ONCE)
        for row in session.scalars(stmt.where(DealDiscount.deal_id.in_(ids[start : start + _AT_ONCE])))
    }


def corrected(deal: Deal, row: DealDiscount) -> bool:
    """Whether the deal's price was corrected after the discount was taken off: then the one is not what the other
    left, and no list may tell them side by side."""
    return deal.price_fen != row.list_price_fen - row.amount_fen


def list_price(deal: Deal, row: DealDiscount | None) -> int | None:
    """The price in fen before the discount, where there is one; None where the price was corrected afterwards."""
    if row is None:
        return deal.price_fen
    return None if corrected(deal, row) else row.list_price_fen


def prices(session: Session, deal: Deal) -> set[int]:
    """The prices in fen by which a deal is known: its own; and as long as that was not corrected, the one before the
    programme's discount, by which other systems know it."""
    row = of_deal(session, deal)
    if row is None or corrected(deal, row):
        return {deal.price_fen}
    return {deal.price_fen, row.list_price_fen}


def _of_one_hand(session: Session, programme: Programme, check: EmployeeCheck, at: datetime) -> bool:
    """Whether who confirmed the employee by hand had set the programme's terms too."""
    return check.by_id is not None and programme_terms.set_by(session, programme.referrer_id, check.by_id, at)


def _bought(session: Session, programme: Programme, client_id: int) -> int:
    """The client's homes with the programme's discount, by whichever check; those that were cancelled do not count."""
    stmt = select(func.count(DealDiscount.id)).join(Deal, Deal.id == DealDiscount.deal_id)
    own = (DealDiscount.programme_id == programme.referrer_id, Deal.client_id == client_id, Deal.cancelled_at.is_(None))
    return session.scalar(stmt.where(*own)) or 0


def _programme_of(session: Session, owner: Touch | None) -> Programme | None:
    """The company whose lead owns the deal."""
    return None if owner is None else employee_checks.company_of_touch(session, owner)


def _programme_asked(session: Session, development_id: int, client_id: int) -> Programme | None:
    """The company on whose page the client left a number last, although somebody else has the client."""
    return session.scalar(
        select(Programme)
        .join(Referrer, Referrer.id == Programme.referrer_id)
        .join(Lead, Lead.referrer_id == Programme.referrer_id)
        .where(
            Programme.kind == ProgrammeKind.CORPORATE,
            Referrer.development_id == development_id,
            Lead.client_id == client_id,
        )
        .order_by(Lead.id.desc())
        .limit(1)
    )
