"""A sign-in that was not the owner's: everything else is signed out, and nothing moves until somebody looked into it.

The password that somebody else knows opens nothing from then on; the owner chooses another in the sign-in that he
said it from. An administrator lifts the alarm once he made sure; where money hangs on the account, two do.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select, update
from sqlalchemy.orm import joinedload

from commissions.refusal import Refusal

from ...access import scope
from ...access.actor import Actor
from ...models import AccountAlarm, LinkEnd, PasswordLink, Person, ResetStanding, WebSession
from ...rules.account_safety import alarms as rules
from ...session import Session
from .. import audit
from ..accounts import password_links, people, sign_in
from ..events.telling import Concerned, tell
from ..inserts import insert_unless_there
from . import factor_resets


def raise_alarm(
    session: Session, actor: Actor, now: datetime, person: Person, *, keep: int, named: WebSession | None = None
) -> None:
    """The owner says that a sign-in (`named`, if he knows which) was not his: all but `keep` end, and his links,
    and what opens the account beside the password."""
    _stop_reset(session, actor, now, person)
    row: dict[str, Any] = {"person_id": person.id, "raised_at": now}
    if named is not None:
        row |= {"device": named.device, "address": named.address}
    key = insert_unless_there(session, AccountAlarm, ("person_id",), AccountAlarm.lifted_at.is_(None), **row)
    people.end_sessions(session, actor, now, person, but=keep)
    sign_in.end_ties(session, actor, now, person.id)  # whoever was there may have tied what is his
    password_links.end_open(session, now, PasswordLink.person_id == person.id, LinkEnd.CHANGED)
    if key is None:
        return  # it was said before: the password that was chosen since stays good
    person.alarmed_at = now
    audit.record(session, actor, now, "account_alarmed", person, alarm=key)
    tell(session, actor, now, "account_alarmed", session.get_one(AccountAlarm, key), Concerned(person.id))


def vouch(session: Session, actor: Actor, now: datetime, alarm: AccountAlarm) -> None:
    """The first of two says to have made sure that the account is its owner's again.

    Raises Refusal: own_account, proposal_decided.
    """
    rules.check_vouching(actor.id, alarm.person_id)
    of = AccountAlarm
    if not _note(session, alarm, of.vouched_at.is_(None), vouched_at=now, vouched_by=actor.id):
        raise Refusal("proposal_decided")
    audit.record(session, actor, now, "account_alarm_vouched", alarm.person, alarm=alarm.id)
    tell(session, actor, now, "account_alarm_vouched", alarm, Concerned(alarm.person_id))


def lift(session: Session, actor: Actor, now: datetime, alarm: AccountAlarm) -> None:
    """Lift the alarm: the account moves money again, if nothing else keeps it.

    Raises Refusal: own_account, alarm_password_first, alarm_by_two, own_proposal, proposal_decided.
    """
    check_lifting(actor, alarm)
    if not _note(session, alarm, AccountAlarm.id == alarm.id, lifted_at=now, lifted_by=actor.person_id):
        raise Refusal("proposal_decided")
    alarm.person.alarmed_at = None
    audit.record(session, actor, now, "account_alarm_lifted", alarm.person, alarm=alarm.id)
    tell(session, actor, now, "account_alarm_lifted", alarm, Concerned(alarm.person_id))


def check_lifting(actor: Actor, alarm: AccountAlarm) -> None:
    """Refuse who may not lift it, or not yet, so that a page can say so beforehand. Raises the Refusals of `lift`."""
    owner = alarm.person
    rules.check_lifting(actor.person_id, owner.id, owner.role, vouched_by=alarm.vouched_by, void=owner.password_is_void)


def _note(session: Session, alarm: AccountAlarm, which: ColumnElement[bool], **noted: datetime | int | None) -> bool:
    of = AccountAlarm
    open_one = update(of).where(of.id == alarm.id, of.lifted_at.is_(None), which).values(**noted).returning(of.id)
    found = session.scalar(open_one.execution_options(synchronize_session=False))
    session.refresh(alarm)
    return found is not None


def _stop_reset(session: Session, actor: Actor, now: datetime, person: Person) -> None:
    """Whoever is at the account may have asked for it."""
    reset = factor_resets.open_for(session, person)
    if reset is not None and reset.standing is ResetStanding.WAITS:
        factor_resets.cancel(session, actor, now, reset)


# Reading


def listing(actor: Actor) -> Select[AccountAlarm]:
    """The alarms that the actor may see."""
    of = AccountAlarm
    return scope.visible(actor, of).options(joinedload(of.person), joinedload(of.voucher), joinedload(of.lifter))


def to_decide(actor: Actor) -> Select[AccountAlarm]:
    """The open ones that wait for this administrator."""
    of = AccountAlarm
    others = or_(of.vouched_by.is_(None), of.vouched_by != actor.id)
    return scope.visible(actor, of).where(of.lifted_at.is_(None), of.person_id != actor.id, others)


def open_for(session: Session, person: Person) -> AccountAlarm | None:
    """The open alarm of an account."""
    of = AccountAlarm
    return session.scalar(select(of).where(of.person_id == person.id, of.lifted_at.is_(None)))
