"""The audit log's only way in."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from ..access.actor import Actor
from ..models import AuditEntry, Base


def record(
    session: Session, actor: Actor, now: datetime, action: str, subject: Base | str, **facts: Any
) -> AuditEntry:
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
        facts=facts,
    )
    session.add(entry)
    return entry
