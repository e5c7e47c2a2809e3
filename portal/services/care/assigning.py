"""Giving clients into somebody's care: by hand, in turn, from one to another. What was is never edited.

Of two who give one client away at once, one does: the assignments of a file are numbered, and each number is taken
once.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from commissions.refusal import Refusal

from ...access.actor import Actor
from ...models import CareAssignment, CareFile, Person, Role
from ...session import Session
from .. import audit
from ..events.telling import Concerned, tell
from ..inserts import insert_unless_there
from . import files

BY_HAND = "by_hand"
"""The reason of who was chosen by reception."""

OPENED = "opened"
"""The reason of who opened the file himself."""


def assign(
    session: Session,
    actor: Actor,
    now: datetime,
    file: CareFile,
    to_id: int,
    *,
    reason: str,
    turn: Sequence[dict[str, Any]] | None = None,
) -> CareAssignment:
    """Give a client into a consultant's care. `turn`: it was his turn, after these who were passed over.

    Raises Refusal: care_reason_needed; care_for_nobody (he is no consultant, or has left), care_his_already,
    care_handed_out (somebody else was given the client at this very moment).
    """
    to, before = session.get(Person, to_id), files.carer(session, file)
    if not reason.strip():
        raise Refusal("care_reason_needed", field="reason")
    if to is None or not to.active or to.role is not Role.CONSULTANT:
        raise Refusal("care_for_nobody", field="to")
    if before is not None and before.id == to.id:
        raise Refusal("care_his_already", field="to", name=to.name)
    number = session.scalar(select(func.count()).where(CareAssignment.file_id == file.id)) or 0
    key = insert_unless_there(
        session,
        CareAssignment,
        ("file_id", "number"),
        file_id=file.id,
        number=number + 1,
        person_id=to.id,
        by_id=actor.id,
        at=now,
        reason=reason.strip(),
        in_turn=turn is not None,
        passed_over=list(turn or ()),
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
