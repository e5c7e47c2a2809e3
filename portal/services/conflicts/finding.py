"""Cases that rules know of: found by the sweep among the facts of the last days, each opened once.

A masked registration that did not simply stand when its number was shown; a walk-in hours before a registration; one
face, with consent, under a second phone; a buyer who is kin of another broker's client; the same name that takes the
same home again under another phone. Nobody is refused or accused by it: a person looks.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, SQLColumnExpression, String, cast, exists, literal, or_, select
from sqlalchemy.orm import aliased

from ...access.actor import SYSTEM
from ...models import (
    ConflictCase,
    ConflictParty,
    Deal,
    DealKin,
    MaskAnswer,
    Outcome,
    Registration,
    RegistrationMask,
    Showing,
    Touch,
    TouchKind,
    Verdict,
)
from ...rules.conflicts.conflict import WALKED_IN_BEFORE, Cause, kin_in_question
from ...rules.showings.checkin import Code
from ...session import Session
from .. import contacts
from ..clients import lock_client
from . import cases
from .cases import Part, Question

LOOKED_BACK = timedelta(days=3)
"""So far back a sweep looks: one that stood still for a weekend misses nothing."""

_MOST = 100


def open_found(session: Session, now: datetime) -> Mapping[str, int]:
    """Open what the rules find; how many."""
    opened = 0
    everything = [
        *_masks(session, now),
        *_walk_ins(session, now),
        *_same_faces(session, now),
        *_same_homes(session, now),
        *_kin(session, now),
    ]
    for found in sorted(everything, key=lambda one: cases.client_of(one.about)):  # clients are locked in their order
        opened += _open(session, now, found)
    return {"conflicts_found": opened}


def _open(session: Session, now: datetime, found: Question) -> bool:
    client_id = cases.client_of(found.about)
    lock_client(session, client_id)
    there = select(ConflictCase.id).where(ConflictCase.found == found.found)
    if session.scalar(there) is not None:
        return False
    case = cases.open_case_of(session, found.about.development_id, client_id, found.deal)
    new = case is None  # else somebody looks at this client already
    if case is None:
        case = cases.open_case(session, SYSTEM, now, found)
    if found.cause is Cause.MASK and isinstance(found.about, Registration):
        about = found.about
        cases.join(session, SYSTEM, now, case, Part(about.carer, about.agency_id, holds=False, registration=about))
    if found.cause is Cause.KIN and found.deal is not None:
        for row in _registered_kin(session, found.deal, found.other_client_id):
            cases.join(session, SYSTEM, now, case, Part(row.carer, row.agency_id, holds=False, registration=row))
    if found.cause is Cause.SAME_HOME:
        for row in _of_former_sale(session, found):
            cases.join(session, SYSTEM, now, case, Part(row.carer, row.agency_id, holds=False, registration=row))
    return new


def _unknown(prefix: str, key: SQLColumnExpression[int]) -> ColumnElement[bool]:
    """Nothing was opened under this key."""
    return ~exists().where(ConflictCase.found == literal(prefix) + cast(key, String))


def _masks(session: Session, now: datetime) -> Iterable[Question]:
    """Masked registrations that did not simply stand when their number was shown."""
    stmt = (
        select(Registration)
        .join(RegistrationMask, RegistrationMask.registration_id == Registration.id)
        .join(MaskAnswer, MaskAnswer.mask_id == RegistrationMask.id)
        .where(
            MaskAnswer.doubt.is_not(None),
            MaskAnswer.at > now - LOOKED_BACK,
            Registration.client_id == MaskAnswer.client_id,
            _unknown("mask:", Registration.id),
            ~_concerned(),
        )
        .order_by(Registration.id)
        .limit(_MOST)
    )
    for row in session.scalars(stmt):
        yield Question(row, Cause.MASK, found=f"mask:{row.id}")


def _concerned() -> ColumnElement[bool]:
    """A registration has part in a case, because another one's mask opened it."""
    return exists().where(ConflictParty.registration_id == Registration.id)


def _walk_ins(session: Session, now: datetime) -> Iterable[Question]:
    """Accepted registrations of who had walked in hours before."""
    walked = aliased(Touch)
    stmt = (
        select(Registration, walked.at)
        .join(
            walked,
            (walked.development_id == Registration.development_id)
            & (walked.client_id == Registration.client_id)
            & (walked.kind == TouchKind.WALK_IN)
            & (walked.at <= Registration.at),
        )
        .where(
            Registration.outcome == Outcome.ACCEPTED,
            ~walked.withdrawal.has(),
            Registration.at > now - LOOKED_BACK,
            _unknown("registration:", Registration.id),
        )
        .order_by(Registration.id)
        .limit(_MOST)
    )
    for registration, walked_at in session.execute(stmt):
        if registration.at - walked_at < WALKED_IN_BEFORE and registration.withdrawal is None:
            yield Question(registration, Cause.WALK_IN, found=f"registration:{registration.id}")


def _same_faces(session: Session, now: datetime) -> Iterable[Question]:
    """Showings whose client's face is known here under another phone. Faces are compared where both had consented."""
    stmt = (
        select(Showing)
        .where(
            Showing.at > now - LOOKED_BACK,
            Showing.verdict != Verdict.VERIFIED,
            _unknown("showing:", Showing.id),
        )
        .order_by(Showing.id)
        .limit(_MOST)
    )
    for showing in session.scalars(stmt):
        codes = {reason["code"] for reason in showing.reasons}
        others = showing.evidence.get("found", {}).get("other_clients", ())
        if Code.SEEN_UNDER_OTHER_CLIENT in codes and others:
            key = f"showing:{showing.id}"
            yield Question(showing.touch, Cause.SAME_FACE, found=key, other_client_id=others[0])


def _same_homes(session: Session, now: datetime) -> Iterable[Question]:
    """Deals of a home that the same name had taken, and given back, under another phone."""
    former = aliased(Deal)
    stmt = (
        select(Deal, former)
        .join(
            former,
            (former.development_id == Deal.development_id)
            & (former.unit == Deal.unit)
            & (former.client_id != Deal.client_id)
            & former.cancelled_at.is_not(None)
            & (former.id < Deal.id),
        )
        .where(Deal.created_at > now - LOOKED_BACK, Deal.cancelled_at.is_(None), _unknown("deal:", Deal.id))
        .order_by(Deal.id)
        .limit(_MOST)
    )
    for deal, before in session.execute(stmt):
        names = {contacts.open_name(session, one.name_sealed) for one in (deal, before)}
        if len(names) == 1 and deal.owner_id != before.owner_id:
            key = f"deal:{deal.id}"
            yield Question(deal, Cause.SAME_HOME, deal, found=key, other_client_id=before.client_id)


def _of_former_sale(session: Session, found: Question) -> Sequence[Registration]:
    """The registrations that owned the sale of the same home under the other phone."""
    sold = exists().where(
        Deal.touch_id == Registration.touch_id,
        Deal.client_id == found.other_client_id,
        Deal.unit == (found.deal.unit if found.deal is not None else None),
        Deal.cancelled_at.is_not(None),
    )
    here = Registration.development_id == found.about.development_id
    return session.scalars(select(Registration).where(here, sold).order_by(Registration.id)).all()


def _kin(session: Session, now: datetime) -> Iterable[Question]:
    """Deals whose buyer is the spouse, a parent or a child of a client who was protected for somebody else."""
    stmt = (
        select(DealKin)
        .join(Deal, Deal.id == DealKin.deal_id)
        .where(DealKin.at > now - LOOKED_BACK, Deal.cancelled_at.is_(None), _unknown("kin:", Deal.id))
        .order_by(Deal.id)
        .limit(_MOST)
    )
    for row in session.scalars(stmt):
        holders = {one.carer.id for one in _registered_kin(session, row.deal, row.client_id)}
        if kin_in_question(row.deal.owner_id, holders):
            key = f"kin:{row.deal_id}"
            yield Question(row.deal, Cause.KIN, row.deal, found=key, other_client_id=row.client_id)


def _registered_kin(session: Session, deal: Deal, client_id: int | None) -> Sequence[Registration]:
    """The registrations of a buyer's kin at the deal's development that protected when it was recorded."""
    stmt = (
        select(Registration)
        .join(Touch, Touch.id == Registration.touch_id)
        .where(
            Registration.development_id == deal.development_id,
            Registration.client_id == client_id,
            Registration.at <= deal.created_at,
            Touch.holds_from.is_not(None),
            or_(Touch.protected_until.is_(None), Touch.protected_until > deal.created_at),
            or_(Touch.retired_at.is_(None), Touch.retired_at > deal.created_at),
        )
    )
    return [row for row in session.scalars(stmt.order_by(Registration.id)) if row.withdrawal is None]
