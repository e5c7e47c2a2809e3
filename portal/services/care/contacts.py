"""Contacts with clients, written down by who made them: how it went, what was promised, when again.

Nothing is edited. A correction is another contact in the place of the former, and taking one back is a correction that
says so. What a side wrote is read by that side, and by the other where it is marked for it; that there was a contact,
when, by what and of which side, all see who see the client, so that nobody disturbs him twice.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import joinedload

from commissions.refusal import Refusal

from ...access.actor import Actor
from ...clock import local_day
from ...models import CareContact, CareFile, CareUse, ContactOutcome
from ...models.care.contacts import stands
from ...rules.care.plan import Channel
from ...session import Session
from .. import audit
from ..inserts import insert_unless_there
from . import scope, words

BACKDATED = timedelta(days=31)
"""So late a contact is still written down; what is older is no memory any more."""

CORRECTED_FOR = timedelta(days=7)
"""So long who wrote a contact down corrects it or takes it back."""


@dataclass(frozen=True, slots=True)
class NewContact:
    """A contact as somebody writes it down. `step`: the plan's step that it was made for."""

    channel: Channel
    at: datetime
    outcome: ContactOutcome
    note: str = ""
    promised: str = ""
    next_on: date | None = None
    step: str = ""
    shown_to_other: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """A contact as a reader sees it. `hidden`: the other side's, of which only when and by what is told."""

    contact: CareContact
    written: words.Written
    hidden: bool
    mine: bool


def log(
    session: Session, actor: Actor, now: datetime, file: CareFile, new: NewContact, *, use: CareUse | None = None
) -> CareContact:
    """Write a contact down. A call that was taken before (`limits.take_call`) ends with it.

    Raises Refusal: care_contact_ahead, care_contact_old, care_next_past.
    """
    check(new, now)
    row = CareContact(file_id=file.id, by_id=actor.id, agency_id=scope.side_of(actor), logged_at=now, **_values(new))
    session.add(row)
    session.flush()
    words.write(session, row, note=new.note, promised=new.promised)
    if use is not None:
        use.contact_id = row.id
    audit.record(session, actor, now, "care_contact_logged", file, contact=row.id, channel=new.channel)
    return row


def correct(session: Session, actor: Actor, now: datetime, contact: CareContact, new: NewContact) -> CareContact:
    """Write a contact down anew, in the place of the former. Two who do it at once: one does.

    Raises Refusal: those of `log`; care_not_yours, care_correction_late, care_corrected_already.
    """
    if refusal := refusal_to_correct(session, actor, now, contact):
        raise refusal
    check(new, now)
    row = _replacing(session, actor, now, contact, new)
    words.write(session, row, note=new.note, promised=new.promised)
    audit.record(session, actor, now, "care_contact_corrected", contact.file, contact=contact.id, instead=row.id)
    return row


def withdraw(session: Session, actor: Actor, now: datetime, contact: CareContact) -> None:
    """Take a contact back that was not made: what it had done is owed again, and a call of the day is free again.

    Raises Refusal: those of `correct`; care_text_is_out for a text that was sent.
    """
    if refusal := refusal_to_correct(session, actor, now, contact):
        raise refusal
    if contact.channel is Channel.TEXT:
        raise Refusal("care_text_is_out")
    new = NewContact(contact.channel, contact.at, ContactOutcome.WITHDRAWN, step=contact.step)
    _replacing(session, actor, now, contact, new)
    used = CareUse.contact_id == contact.id, CareUse.released_at.is_(None)
    session.execute(update(CareUse).where(*used).values(released_at=now))
    audit.record(session, actor, now, "care_contact_withdrawn", contact.file, contact=contact.id)


def refusal_to_correct(session: Session, actor: Actor, now: datetime, contact: CareContact) -> Refusal | None:
    """Why the actor may not correct a contact, or None.

    care_not_yours, care_correction_late, care_corrected_already.
    """
    if contact.by_id != actor.person_id:
        return Refusal("care_not_yours")
    if now >= contact.logged_at + CORRECTED_FOR:
        return Refusal("care_correction_late", until=contact.logged_at + CORRECTED_FOR)
    later = select(CareContact.id).where(CareContact.corrects_id == contact.id)
    gone = contact.outcome is ContactOutcome.WITHDRAWN or session.scalar(later) is not None
    return Refusal("care_corrected_already") if gone else None


def check(new: NewContact, now: datetime) -> None:
    """Whether a contact can be written down so.

    Raises Refusal: care_contact_ahead, care_contact_old, care_next_past.
    """
    if new.at > now:
        raise Refusal("care_contact_ahead", field="at")
    if new.at < now - BACKDATED:
        raise Refusal("care_contact_old", field="at", since=now - BACKDATED)
    if new.next_on is not None and new.next_on < local_day(now):
        raise Refusal("care_next_past", field="next_on")


def of_file(session: Session, actor: Actor, file: CareFile) -> list[Shown]:
    """The contacts that were made, the newest first, as the actor may read them."""
    stmt = select(CareContact).where(CareContact.file_id == file.id, stands())
    rows = session.scalars(
        stmt.options(joinedload(CareContact.by)).order_by(CareContact.at.desc(), CareContact.id.desc())
    ).all()
    return shown(session, actor, rows)


def shown(session: Session, actor: Actor, rows: Collection[CareContact]) -> list[Shown]:
    """Contacts as a reader sees them."""
    readable = [row for row in rows if scope.reads(actor, row)]
    said = words.of_contacts(session, readable)
    open_to_him = {row.id for row in readable}
    return [
        Shown(row, said.get(row.id, words.NOTHING), row.id not in open_to_him, row.by_id == actor.person_id)
        for row in rows
    ]


def in_file(session: Session, actor: Actor, file: CareFile, contact_id: int) -> CareContact | None:
    """A contact of a file, if the actor's side made it."""
    stmt = select(CareContact).where(CareContact.id == contact_id, CareContact.file_id == file.id)
    return session.scalar(stmt.where(scope.own_side(actor, CareContact)))


def _replacing(session: Session, actor: Actor, now: datetime, contact: CareContact, new: NewContact) -> CareContact:
    values = _values(replace(new, step=new.step or contact.step))
    key = insert_unless_there(
        session,
        CareContact,
        ("corrects_id",),
        CareContact.__table__.c.corrects_id.is_not(None),
        file_id=contact.file_id,
        by_id=actor.id,
        agency_id=contact.agency_id,
        logged_at=now,
        corrects_id=contact.id,
        **values,
    )
    if key is None:
        raise Refusal("care_corrected_already")
    return session.get_one(CareContact, key)


def _values(new: NewContact) -> dict[str, object]:
    return {
        "channel": new.channel,
        "at": new.at,
        "outcome": new.outcome,
        "next_on": new.next_on,
        "step": new.step,
        "shown_to_other": new.shown_to_other,
    }
