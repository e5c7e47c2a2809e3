"""What a decision does: moved, the client's protection goes to another broker, or ends, and a deal goes with him;
split, he stays where he is, and other brokers have parts of the deal.

Nothing is overwritten: the former touch ends at that instant, and the new one begins with a registration of its own.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select

from commissions.refusal import Refusal

from ...access.actor import Actor
from ...models import ConflictCase, Deal, MaskAnswer, Registration, RegistrationMask, Touch
from ...session import Session
from ..deals import deals, moves, parts
from ..registrations import decided
from . import cases


def move(
    session: Session, actor: Actor, now: datetime, case: ConflictCase, deal: Deal | None, to: Registration | None
) -> None:
    """Let the client be another broker's (None: nobody's), and a deal with him. Raises the Refusals of `moves.give`."""
    ends: list[ColumnElement[bool]] = [Touch.holds_from.is_not(None)]
    if to is not None:
        ends.append(Touch.person_id == to.broker_id)  # what waited for a showing has its answer now
    running = session.scalars(
        select(Touch)
        .where(
            Touch.development_id == case.development_id,
            Touch.client_id == case.client_id,
            Touch.retired_at.is_(None),
            or_(*ends),
        )
        .order_by(Touch.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    for touch in running:
        touch.retired_at = now
        if touch.protected_until is None or touch.protected_until > now:
            touch.protected_until = now
    session.flush()
    if deal is not None and deal.signed_at is not None:
        parts.lock(session, deal, parts.whole_side(to))
    elif deal is not None:
        deals.lock(session, deal)
    given = decided.grant(session, actor, now, to, case.client) if to is not None else None
    if deal is not None:
        moves.give(session, actor, now, deal, given.touch if given else None, case.decisions[-1].reason)


def end_doubted(
    session: Session, actor: Actor, now: datetime, case: ConflictCase, named: Sequence[Registration]
) -> None:
    """End what parts of a number had left in doubt of this client, and what those named had registered by parts: a
    person has answered it. Who had registered so has part in the case, and reads what was decided."""
    rows = session.scalars(
        select(Registration)
        .join(Touch, Touch.id == Registration.touch_id)
        .join(RegistrationMask, RegistrationMask.registration_id == Registration.id)
        .outerjoin(MaskAnswer, MaskAnswer.mask_id == RegistrationMask.id)
        .where(
            Registration.development_id == case.development_id,
            or_(
                and_(MaskAnswer.client_id == case.client_id, MaskAnswer.doubt.is_not(None)),
                and_(MaskAnswer.id.is_(None), Registration.id.in_([one.id for one in named])),
            ),
            Touch.retired_at.is_(None),
        )
        .order_by(Registration.id)
    )
    for row in rows.all():
        touch = session.get_one(Touch, row.touch_id)
        touch.retired_at = now
        if touch.protected_until is None or touch.protected_until > now:
            touch.protected_until = now
        cases.join(session, actor, now, case, cases.Part(row.carer, row.agency_id, holds=False, registration=row))
    session.flush()


def split(
    session: Session,
    actor: Actor,
    now: datetime,
    case: ConflictCase,
    deal: Deal | None,
    others: Sequence[parts.Portion],
) -> None:
    """Let other brokers have parts of the signed deal, as `check_split` lets them. Raises the Refusals of
    `moves.split`."""
    if deal is None or deal.signed_at is None:
        raise Refusal("conflict_not_offered", field="outcome")
    parts.lock(session, deal, parts.split_sides(deal, others))
    moves.split(session, actor, now, deal, others, case.decisions[-1].reason)
