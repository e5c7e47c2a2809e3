"""Telling of what happened: one row, in the transaction that caused it, and nothing else.

Nobody is looked up and nothing is locked here; who is concerned, and by which ways, is found out when the transaction
is committed (`notifications.worker`). So telling costs its request one INSERT.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite

from ...access.actor import Actor
from ...models import Base, Event
from ...rules.notifications.kind import check_facts
from ...rules.notifications.kinds import KINDS
from ...session import Session

_INSERT: Mapping[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


@dataclass(frozen=True, slots=True)
class Concerned:
    """Whom an event concerns by name, by id, and where, as far as there is one.

    `once`: what is found again and again, such as a deadline, is told once under this.
    """

    person: int | None = None
    agency: int | None = None
    development: int | None = None
    once: str | None = None


def tell(
    session: Session, actor: Actor, now: datetime, kind: str, subject: Base | str, whom: Concerned, **facts: Any
) -> bool:
    """Tell of an event of this kind about a record (or a thing named by a word); whether it is news, and was not told
    before.

    Facts never hold personal data; instants and days are kept as ISO 8601. Raises WrongFacts.
    """
    if isinstance(subject, str):
        table, key = subject, None
    else:
        table, key = subject.__tablename__, _key_of(session, subject)
    plain = {name: _plain(value) for name, value in facts.items()}
    check_facts(kind, KINDS[kind], table, plain)
    row: dict[str, Any] = {
        "kind": kind,
        "at": now,
        "subject_kind": table,
        "subject_id": key,
        "person_id": whom.person,
        "agency_id": whom.agency,
        "development_id": whom.development,
        "actor_id": actor.person_id,
        "facts": plain,
        "part_of": session.part_of if KINDS[kind].summed else None,
    }
    session.note_told()
    if whom.once is None:
        session.write(Event, **row)
        return True
    insert = _INSERT[session.connection().dialect.name](Event).values(once=whom.once, **row)
    stored = insert.on_conflict_do_nothing(index_elements=["once"]).returning(Event.id)
    return session.scalar(stored) is not None


def _plain(value: Any) -> Any:
    """A fact as JSON holds it."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value.isoformat() if isinstance(value, date) else value


def _key_of(session: Session, subject: Base) -> int:
    """The number of a record, which it is given by the database."""
    key: int | None = subject.__mapper__.primary_key_from_instance(subject)[0]
    if key is None:
        session.flush()
        key = subject.__mapper__.primary_key_from_instance(subject)[0]
    assert key is not None  # it was flushed
    return key
