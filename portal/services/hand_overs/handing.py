"""Handing work over: one thing, some of them, or all of a kind, in a bounded number of queries.

Protection, attribution, the agency and whose name a deal bears stay as they are (ADR 51). To take it back, hand it over
again.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, false, func, insert, literal, null, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import aliased, joinedload

from commissions.refusal import Refusal

from ...access.actor import Actor
from ...models import (
    CareAssignment,
    CareFile,
    Client,
    Development,
    HandOver,
    LeadNote,
    Person,
    Receipt,
    Registration,
    Touch,
    Work,
)
from ...rules.hand_overs import hand_over as rule
from ...session import Session
from .. import audit, bulk, contacts
from ..claims import receipts
from ..claims.decision_receipts import party_facts
from ..events.telling import Concerned, tell
from . import kinds, waiting

_INSERT: Mapping[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


@dataclass(frozen=True, slots=True)
class HandOverRequest:
    """What goes from whom to whom, and why. `ids`: these things alone; None: all that he has of the kind."""

    work: Work
    from_id: int
    to_id: int | None
    reason: str
    ids: Collection[int] | None = None


def hand_over(session: Session, actor: Actor, now: datetime, wanted: HandOverRequest) -> int:
    """Hand over what the actor may; how much it was. What another hands over meanwhile is passed over.

    A client's own number makes nobody his broker: whoever would take over himself is passed over too. Raises Refusal:
    hand_over_reason_needed, successor_needed, successor_is_the_same, nothing_to_hand_over.
    """
    to = session.get(Person, wanted.to_id) if wanted.to_id is not None else None
    agency_id = actor.agency_id if wanted.work is Work.CLIENTS else None
    roles = frozenset[str](kinds.kind_of(wanted.work, now).roles)
    rule.check(wanted.reason, wanted.from_id, _as_successor(to), roles, agency_id)
    assert to is not None  # the rule refused nobody
    rows = _handed(session, actor, now, wanted, to)
    if not rows:
        raise Refusal("nothing_to_hand_over")
    giver = session.get_one(Person, wanted.from_id)
    said = [(subject, {"from": wanted.from_id, "to": to.id}) for subject in rows.values()]
    whole = {"to": to.id, "count": len(rows)}
    if wanted.work is Work.CLIENTS:
        _receipts(session, now, rows, to)
        audit.record(session, actor, now, "client_handed_over", giver, **whole)
        bulk.note_many(session, actor, now, "client_handed_over", Touch, said)
    else:
        audit.record(session, actor, now, "work_handed_over", giver, **whole, kind=wanted.work)
        bulk.note_many(session, actor, now, "work_handed_over", kinds.STAFFS[wanted.work].model, said)
    if wanted.work is Work.LEAD_STEPS:
        _same_step_by(session, actor, now, rows.values(), to)
    if wanted.work is Work.CARE_FILES:
        _assign(session, actor, now, rows.values(), to, wanted.reason)
    _tell(session, actor, now, wanted.work, giver, to, len(rows))
    _forget_carers(session)
    return len(rows)


def history(session: Session, work: Work, subject_id: int) -> list[HandOver]:
    """The hand-overs of one thing, the latest first."""
    stmt = select(HandOver).where(HandOver.subject_kind == work, HandOver.subject_id == subject_id)
    return list(session.scalars(stmt.order_by(HandOver.number.desc())))


def _as_successor(person: Person | None) -> rule.Successor | None:
    return None if person is None else rule.Successor(person.id, person.active, person.role, person.agency_id)


def _handed(session: Session, actor: Actor, now: datetime, wanted: HandOverRequest, to: Person) -> Mapping[int, int]:
    """Write the hand-overs; the thing of each, by the hand-over's id. The database lets one through of two at once."""
    kind = kinds.kind_of(wanted.work, now)
    wish: list[ColumnElement[bool]] = [] if wanted.ids is None else [kind.id.in_(wanted.ids)]
    if wanted.work is Work.CLIENTS:
        own = select(Client.id).where(Client.phone_index == to.phone_index)
        wish.append(or_(Touch.client_id.is_(None), Touch.client_id.not_in(own)))
    chosen = waiting.in_hand(actor, now, wanted.work, wanted.from_id).where(*wish)
    if wanted.work is Work.CLIENTS:
        _lock_clients(session, chosen)
    columns = HandOver.__table__.c
    before = select(func.coalesce(func.max(columns.number), 0) + 1).where(
        columns.subject_kind == wanted.work, columns.subject_id == kind.id
    )
    values = {
        "subject_kind": literal(wanted.work, columns.subject_kind.type),
        "subject_id": kind.id,
        "number": before.correlate(kind.model.__table__).scalar_subquery(),
        "from_id": literal(wanted.from_id),
        "to_id": literal(to.id),
        "by_id": literal(actor.id),
        "at": literal(now, columns.at.type),
        "reason": literal(wanted.reason.strip()),
    }
    stmt = _INSERT[session.connection().dialect.name](HandOver.__table__).from_select(
        list(values), chosen.with_only_columns(*values.values())
    )
    written = stmt.on_conflict_do_nothing().returning(columns.id, columns.subject_id)
    return {row.id: row.subject_id for row in session.execute(written)}


def _lock_clients(session: Session, chosen: Select[Any]) -> None:
    """What goes on with these clients is waited for: a check-in under way ends before its broker hands over."""
    those = select(Client.id).where(Client.id.in_(chosen.with_only_columns(Touch.client_id)))
    session.execute(those.order_by(Client.id).with_for_update(key_share=True))


def _receipts(session: Session, now: datetime, rows: Mapping[int, int], to: Person) -> None:
    """One for each client, for who has him now: nothing but who cares for him has changed."""
    kind, said = HandOver.__tablename__, _said(session, rows, to)
    signed = (receipts.signed(session, now, (kind, key), to.id, facts) for key, facts in said)
    columns = ("key", "subject_kind", "subject_id", "party_id", "facts", "at", "signature", "signed_by")
    bulk.insert_rows(session, Receipt, columns, [tuple(getattr(one, name) for name in columns) for one in signed])


def _said(session: Session, rows: Mapping[int, int], to: Person) -> Iterator[tuple[int, dict[str, Any]]]:
    """What the receipt of each hand-over says, by its id."""
    stmt = (
        select(HandOver.id, HandOver.number, Touch, Development.name, Registration.id)
        .join(Touch, (Touch.id == HandOver.subject_id) & (HandOver.subject_kind == Work.CLIENTS))
        .options(joinedload(Touch.client), joinedload(Touch.mask))
        .join(Development, Development.id == Touch.development_id)
        .outerjoin(Registration, Registration.touch_id == Touch.id)
        .where(HandOver.to_id == to.id, HandOver.id.between(min(rows), max(rows)))
        .order_by(HandOver.id)
    )
    party = party_facts(to)
    for key, number, touch, development, registration_id in session.execute(stmt).all():
        if key in rows:
            yield (
                key,
                {
                    "development": development,
                    "client_name": contacts.mask_name(contacts.open_name(session, touch.name_sealed)),
                    "client_phone": contacts.masked_phone(session, touch),
                    "outcome": "handed_over",
                    "rule": "handed_over",
                    "protected_until": touch.protected_until,
                    "try_again_at": None,
                    "evidence": {"contact": touch.id, "registration": registration_id, "hand_over": number},
                    **party,
                },
            )


def _same_step_by(session: Session, actor: Actor, now: datetime, notes: Collection[int], to: Person) -> None:
    """The same next step with its day, by another: it takes the place of the one so far."""
    columns = LeadNote.__table__.c
    values = {
        "lead_id": columns.lead_id,
        "at": literal(now, columns.at.type),
        "written_by": literal(actor.id),
        "text_sealed": null(),
        "step_sealed": columns.step_sealed,
        "step_by": literal(to.id),
        "due_on": columns.due_on,
        "step_over": columns.step_over,
    }
    same = select(*values.values()).where(columns.id.in_(list(notes))).order_by(columns.id)
    session.execute(insert(LeadNote).from_select(list(values), same))


def _assign(session: Session, actor: Actor, now: datetime, files: Collection[int], to: Person, reason: str) -> None:
    """The clients are in his care from now on; who had them stands in the rows before."""
    columns = CareAssignment.__table__.c
    before = aliased(CareAssignment)
    number = select(func.coalesce(func.max(before.number), 0) + 1).where(before.file_id == CareFile.id)
    values = {
        "file_id": CareFile.id,
        "number": number.correlate(CareFile).scalar_subquery(),
        "person_id": literal(to.id),
        "by_id": literal(actor.id),
        "at": literal(now, columns.at.type),
        "reason": literal(reason.strip()),
        "in_turn": false(),
        "passed_over": literal([], columns.passed_over.type),
    }
    same = select(*values.values()).where(CareFile.id.in_(list(files))).order_by(CareFile.id)
    session.execute(insert(CareAssignment).from_select(list(values), same))


def _tell(session: Session, actor: Actor, now: datetime, work: Work, giver: Person, to: Person, count: int) -> None:
    if work is not Work.CLIENTS:
        tell(session, actor, now, "work_handed_over", giver, Concerned(to.id), count=count, work=work)
        return
    agency_id = actor.agency_id
    tell(session, actor, now, "clients_handed_over", giver, Concerned(to.id, agency_id), count=count)
    if giver.active and giver.agency_id == agency_id:
        tell(session, actor, now, "clients_given_on", to, Concerned(giver.id, agency_id), count=count)


def _forget_carers(session: Session) -> None:
    """What this session had read of who cares for whom is read anew."""
    for row in session.identity_map.values():
        if isinstance(row, (Touch, Registration)):
            session.expire(row, ["successor"])
