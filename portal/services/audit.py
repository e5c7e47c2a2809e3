"""The audit log: the only way in, and how it is read."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select, update
from sqlalchemy.orm import joinedload

from ..access import scope
from ..access.actor import Actor
from ..models import AuditEntry, Base
from ..session import Session, each_value


def record(session: Session, actor: Actor, now: datetime, action: str, subject: Base | str, **facts: Any) -> None:
    """Write down a deed on a record (or on a thing named by a word). Facts never hold personal data."""
    if isinstance(subject, str):
        kind, key = subject, None
    else:
        session.flush()
        kind, key = subject.__tablename__, subject.__mapper__.primary_key_from_instance(subject)[0]
    session.write(
        AuditEntry,
        at=now,
        actor_id=actor.person_id,
        action=action,
        subject_kind=kind,
        subject_id=key,
        address=actor.address,
        facts={**facts, **_by_what(actor)},
    )


def _by_what(actor: Actor) -> dict[str, Any]:
    """The fresh proof that the deed was asked for with, and the key of the agency's system that asked."""
    said = {"step_up": actor.step_up, "api_key": actor.api_key}
    return {name: value for name, value in said.items() if value is not None}


LEAST = timedelta(days=183)
"""For half a year it is known from where a deed was done (Cybersecurity Law of the PRC, article 21); the database holds
to it as well."""


def old_addresses(session: Session, now: datetime, age: timedelta = LEAST) -> ColumnElement[bool]:
    """The entries whose address may go: of that age, and as the database measures it, by the newest that has one."""
    newest = session.scalar(select(func.max(AuditEntry.at)).where(AuditEntry.address.is_not(None)))
    until = min(now - max(age, LEAST), (newest or now) - LEAST - timedelta(seconds=1))
    return AuditEntry.address.is_not(None) & (AuditEntry.at < until)


def forget_addresses(session: Session, now: datetime, age: timedelta) -> int:
    """Forget from where deeds of that age were done; how many those were."""
    gone = update(AuditEntry).where(old_addresses(session, now, age)).values(address=None)
    done = session.execute(gone.execution_options(synchronize_session=False))
    return int(done.rowcount)  # type: ignore[attr-defined]  # an UPDATE counts its rows


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
    return each_value(session, AuditEntry.action)


def known_subjects(session: Session) -> list[str]:
    """The kinds of records that deeds were done on, to choose from."""
    return each_value(session, AuditEntry.subject_kind)
