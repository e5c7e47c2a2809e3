"""The audit log: the only way in, and how it is read."""

from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from ..access import scope
from ..access.actor import Actor
from ..models import AuditEntry, Base
from ..session import Session


def record(session: Session, actor: Actor, now: datetime, action: str, subject: Base | str, **facts: Any) -> AuditEntry:
    """Write down a deed on a record (or on a thing named by a word). Facts never hold personal data."""
    if isinstance(subject, str):
        kind, key = subject, None
    else:
        session.flush()
        kind, key = subject.__tablename__, subject.__mapper__.primary_key_from_instance(subject)[0]
    entry = AuditEntry(
        at=now,
        actor_id=actor.person_id,
        action=action,
        subject_kind=kind,
        subject_id=key,
        address=actor.address,
        facts=facts if actor.step_up is None else {**facts, "step_up": actor.step_up},
    )
    session.add(entry)
    return entry


def entries(
    actor: Actor,
    *,
    actor_id: int | None = None,
    action: str = "",
    subject_kind: str = "",
    subject_id: int | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Select[AuditEntry]:
    """What is written down, with who did it; `until` is past the end, as every interval's."""
    stmt = scope.visible(actor, AuditEntry).options(joinedload(AuditEntry.actor))
    wanted = {
        AuditEntry.actor_id: actor_id,
        AuditEntry.action: action or None,
        AuditEntry.subject_kind: subject_kind or None,
        AuditEntry.subject_id: subject_id,
    }
    stmt = stmt.where(*(column == value for column, value in wanted.items() if value is not None))
    if since is not None:
        stmt = stmt.where(AuditEntry.at >= since)
    return stmt if until is None else stmt.where(AuditEntry.at < until)


def known_actions(session: Session) -> list[str]:
    """The deeds that were ever written down, to choose from."""
    return sorted(session.scalars(select(AuditEntry.action).distinct()))


def known_subjects(session: Session) -> list[str]:
    """The kinds of records that deeds were done on, to choose from."""
    return sorted(session.scalars(select(AuditEntry.subject_kind).distinct()))
