"""Giving clients into somebody's care: by hand, in turn, from one to another. What was is never edited.

Of two who give one client away at once, one does: the assignments of a file are numbered, and each number is taken
once.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select

from commissions.refusal import Refusal

from ...access.actor import Actor
from ...models import CareAssignment, CareFile, Person, Role
from ...models.care.files import OPENED
from ...session import Session
from .. import audit
from ..events.telling import Concerned, tell
from ..inserts import insert_unless_there

__all__ = ["BY_HAND", "OPENED", "Why", "assign"]

BY_HAND = "by_hand"
"""The reason of who was chosen by reception."""


class Why(NamedTuple):
    """Why a client goes into somebody's care. `first`: only if nobody cares for him; `turn`: it was his turn, after
    these who were passed over."""

    reason: str
    first: bool = False
    turn: Sequence[dict[str, Any]] | None = None


def assign(session: Session, actor: Actor, now: datetime, file: CareFile, to_id: int, why: Why) -> CareAssignment:
    """Give a client into a consultant's care.

    Raises Refusal: care_reason_needed; care_for_nobody (he is no consultant, or has left), care_his_already,
    care_handed_out (he has a carer and should have none, or was given away at this very moment).
    """
    latest = select(CareAssignment).where(CareAssignment.file_id == file.id).order_by(CareAssignment.number.desc())
    to, held = session.get(Person, to_id), session.scalar(latest.limit(1))
    before = held.carer if held is not None else None
    if why.first and before is not None:
        raise Refusal("care_handed_out")
    if not why.reason.strip():
        raise Refusal("care_reason_needed", field="reason")
    if to is None or not to.active or to.role is not Role.CONSULTANT:
        raise Refusal("care_for_nobody", field="to")
    if before is not None and before.id == to.id:
        raise Refusal("care_his_already", field="to", name=to.name)
    key = insert_unless_there(
        session,
        CareAssignment,
        ("file_id", "number"),
        file_id=file.id,
        number=1 if held is None else held.number + 1,
        person_id=to.id,
        by_id=actor.id,
        at=now,
        reason=why.reason.strip(),
        in_turn=why.turn is not None,
        passed_over=list(why.turn or ()),
    )
    if key is None:
        raise Refusal("care_handed_out")
    audit.record(session, actor, now, "client_handed_out", file, to=to.id, **({"from": before.id} if before else {}))
    whom = Concerned(person=to.id, development=file.development_id)
    if to.id != actor.person_id:
        tell(session, actor, now, "client_handed_out", file, whom)
    if before is not None and before.active and before.id != actor.person_id:
        left = Concerned(person=before.id, development=file.development_id)
        tell(session, actor, now, "client_reassigned", file, left)
    return session.get_one(CareAssignment, key)
