"""What a decision to move does: the client's protection goes to another broker, or ends; a deal goes by its correction.

Nothing is overwritten: the former touch ends at that instant, and the new one begins with a registration of its own.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from commissions.refusal import Refusal

from ...access.actor import Actor
from ...models import ConflictCase, Deal, Registration, Touch
from ..registrations import decided


def move(
    session: Session, actor: Actor, now: datetime, case: ConflictCase, deal: Deal | None, to: Registration | None
) -> None:
    """Let the client be another broker's (None: nobody's). Raises Refusal `conflict_not_offered`."""
    if deal is not None:
        raise Refusal("conflict_not_offered", field="outcome")
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
    if to is not None:
        decided.grant(session, actor, now, to, case.client)
