"""Second factors that are lost are taken away by two people, after a day where money hangs on the account.

An administrator proposes; another one confirms, or for a broker the principal of his agency. Whoever moves money, or
says where it goes, keeps his factors for another day, in which he and both deciders can stop it. What is due is done by
the sweep, or by the sign-in that finds it due: target minus done, once (a conditional UPDATE).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Select, func, or_, select, union_all, update
from sqlalchemy.orm import joinedload

from commissions.refusal import Refusal

from ...access import scope
from ...access.actor import SYSTEM, Actor
from ...clock import local_day
from ...models import FactorReset, LostFactorNote, Person, ProposalState, ResetStanding, Role
from ...rules.account_safety import factor_resets as rules
from ...session import Session
from .. import audit, proposals, timekeeping
from ..accounts import people
from ..events.telling import Concerned, tell
from ..inserts import insert_unless_there
from ..second_factors import factors

# Asking


def ask(session: Session, actor: Actor, now: datetime, person: Person) -> None:
    """Note that somebody who gave the right password says that every second factor is lost; once, while it is open.

    It says nothing back: who knows only the password learns neither whether it was asked before nor what is decided.
    """
    row = {"person_id": person.id, "asked_at": now}
    key = insert_unless_there(session, LostFactorNote, ("person_id",), LostFactorNote.closed_at.is_(None), **row)
    if key is None or _open_reset(session, person.id) is not None:
        return
    audit.record(session, actor, now, "factor_reset_asked", person)
    once = f"factor_reset_asked:{person.id}:{local_day(now)}"
    tell(session, actor, now, "factor_loss_said", person, Concerned(person.id, once=f"{once}:own"))
    tell(session, actor, now, "factor_reset_asked", person, Concerned(person.id, once=once))


def open_notes(session: Session, actor: Actor) -> list[LostFactorNote]:
    """Who says to have lost every factor and is not answered yet, the oldest first."""
    stmt = scope.visible(actor, LostFactorNote).where(_to_answer(actor)).order_by(LostFactorNote.id)
    return list(session.scalars(stmt.options(joinedload(LostFactorNote.person))))


def close_note(session: Session, actor: Actor, now: datetime, note: LostFactorNote) -> None:
    """Say that no reset is needed. Raises Refusal `proposal_decided`."""
    if not _close_notes(session, actor, now, LostFactorNote.id == note.id):
        raise Refusal("proposal_decided")
    audit.record(session, actor, now, "lost_factor_note_closed", note.person)


def _close_notes(session: Session, actor: Actor, now: datetime, which: ColumnElement[bool]) -> bool:
    of = LostFactorNote
    closing = update(of).where(which, of.closed_at.is_(None)).values(closed_at=now, closed_by=actor.id)
    returned = closing.returning(of.id).execution_options(synchronize_session=False)
    return session.scalar(returned) is not None


def _to_answer(actor: Actor) -> ColumnElement[bool]:
    return LostFactorNote.closed_at.is_(None) & (LostFactorNote.person_id != actor.person_id)


# Deciding


def propose(session: Session, actor: Actor, now: datetime, person: Person, note: str) -> FactorReset:
    """Propose that all second factors of a person are taken away. `note`: how it was made sure who asks.

    Raises Refusal: own_account, no_factors_to_reset, no_second_for_reset, reset_note_needed, reset_waits.
    """
    count, others = len(factors.all_of(session, person.id)), _confirmers(session, actor, person)
    rules.check_proposing(_hand(actor), _owner(person), factors=count, confirmers=others)
    if not note.strip():
        raise Refusal("reset_note_needed", field="note")
    row: dict[str, Any] = {"person_id": person.id, "note": note.strip(), "proposed_by": actor.id, "proposed_at": now}
    key = insert_unless_there(session, FactorReset, (), state=ProposalState.PROPOSED, **row)
    if key is None:
        raise Refusal("reset_waits")
    reset = session.get_one(FactorReset, key)
    _close_notes(session, actor, now, LostFactorNote.person_id == person.id)
    audit.record(session, actor, now, "factor_reset_proposed", reset, person=person.id)
    tell(session, actor, now, "factor_reset_proposed", reset, _whom(person))
    return reset


def confirm(session: Session, actor: Actor, now: datetime, reset: FactorReset) -> None:
    """Confirm what another person proposed: it is done when its time has come, which may be now.

    Raises Refusal: own_proposal, own_account, not_your_broker, account_rests, proposal_decided.
    """
    check_hand(actor, reset)
    due = rules.due_at(reset.person.role, now)
    proposals.confirm(session, actor, now, reset, {"due_at": due})
    audit.record(session, actor, now, "factor_reset_confirmed", reset, person=reset.person_id, due=due.isoformat())
    if not _carry_out(session, now, reset):
        tell(session, actor, now, "factor_reset_confirmed", reset, _whom(reset.person), until_at=due)


def check_hand(actor: Actor, reset: FactorReset) -> None:
    """Refuse who may not confirm it, so that a page can say so beforehand.

    Raises Refusal: own_proposal, own_account, not_your_broker.
    """
    proposals.check_another_person(actor, reset)
    rules.check_confirming(_hand(actor), _owner(reset.person))


def refuse(session: Session, actor: Actor, now: datetime, reset: FactorReset, reason: str) -> None:
    """Send a proposal back; whose factors they are may do so too.

    Raises Refusal `not_your_broker`, and those of `proposals.refuse`.
    """
    if actor.person_id != reset.person_id:
        rules.check_confirming(_hand(actor), _owner(reset.person))
    proposals.refuse(session, actor, now, reset, reason)
    audit.record(session, actor, now, "factor_reset_refused", reset, person=reset.person_id)
    _tell_stopped(session, actor, now, reset)


def withdraw(session: Session, actor: Actor, now: datetime, reset: FactorReset) -> None:
    """Take one's own proposal back. Raises the Refusals of `proposals.withdraw`."""
    proposals.withdraw(session, actor, now, reset)
    audit.record(session, actor, now, "factor_reset_withdrawn", reset, person=reset.person_id)
    _tell_stopped(session, actor, now, reset)


def cancel(session: Session, actor: Actor, now: datetime, reset: FactorReset) -> None:
    """Stop a confirmed reset before its time: the owner of the account, or one of the two who decided.

    Raises Refusal: not_your_reset, reset_over.
    """
    deciders = frozenset({reset.proposed_by, reset.decided_by})
    rules.check_stopping(_hand(actor), _owner(reset.person), deciders)
    if not _end(session, reset, FactorReset.id == reset.id, cancelled_at=now, cancelled_by=actor.id):
        raise Refusal("reset_over")
    audit.record(session, actor, now, "factor_reset_cancelled", reset, person=reset.person_id)
    _tell_stopped(session, actor, now, reset)


def may_stop(actor: Actor, reset: FactorReset) -> bool:
    """Whether the actor could stop a confirmed reset."""
    return actor.id in {reset.person_id, reset.proposed_by, reset.decided_by}


def _tell_stopped(session: Session, actor: Actor, now: datetime, reset: FactorReset) -> None:
    tell(session, actor, now, "factor_reset_stopped", reset, _whom(reset.person), outcome=reset.standing)


# Doing


def carry_out_due(session: Session, now: datetime, phone_index: str | None = None) -> Mapping[str, int]:
    """Do the resets whose time has come: all of them, or that of one account which signs in; how many that were."""
    of = FactorReset
    due = select(of).where(_waiting(), of.due_at <= timekeeping.trusted(session, now)).order_by(of.id)
    if phone_index is not None:
        due = due.join(Person, Person.id == of.person_id).where(Person.phone_index == phone_index)
    done = [_carry_out(session, now, one) for one in session.scalars(due)]
    return {"factor_resets_done": sum(done)}


def _carry_out(session: Session, now: datetime, reset: FactorReset) -> bool:
    """Do it, if it is due and nobody did it or stopped it; its owner is signed out everywhere."""
    due = FactorReset.due_at <= timekeeping.trusted(session, now)
    if not _end(session, reset, (FactorReset.id == reset.id) & due, done_at=now):
        return False
    factors.take_all(session, SYSTEM, now, reset.person, reset=reset.id)
    people.end_sessions(session, SYSTEM, now, reset.person)
    tell(session, SYSTEM, now, "factor_reset_done", reset, _whom(reset.person))
    return True


def _end(session: Session, reset: FactorReset, which: ColumnElement[bool], **ended: datetime | int) -> bool:
    ending = update(FactorReset).where(which, _waiting()).values(**ended).returning(FactorReset.id)
    found = session.scalar(ending.execution_options(synchronize_session=False))
    session.refresh(reset)
    return found is not None


def _waiting() -> ColumnElement[bool]:
    of = FactorReset
    return (of.state == ProposalState.CONFIRMED) & of.done_at.is_(None) & of.cancelled_at.is_(None)


# Reading


def listing(actor: Actor, standing: ResetStanding | None = None) -> Select[FactorReset]:
    """The resets that the actor may see, with all that the list shows."""
    of = FactorReset
    stmt = scope.visible(actor, of).options(joinedload(of.proposer), joinedload(of.decider), joinedload(of.person))
    match standing:
        case None:
            return stmt
        case ResetStanding.WAITS:
            return stmt.where(_waiting())
        case ResetStanding.DONE:
            return stmt.where(of.done_at.is_not(None))
        case ResetStanding.CANCELLED:
            return stmt.where(of.cancelled_at.is_not(None))
        case _:
            return stmt.where(of.state == ProposalState(standing.value))


def to_decide(actor: Actor) -> CompoundSelect[int]:
    """What waits for the actor, by its id: proposals of others, and of an administrator who asked for one and has none
    yet."""
    of = FactorReset
    mine = (of.state == ProposalState.PROPOSED) & (of.proposed_by != actor.id) & (of.person_id != actor.id)
    waits = scope.visible(actor, of).where(mine)
    if actor.role is Role.PRINCIPAL:
        waits = waits.where(of.person_id.in_(select(Person.id).where(Person.role == Role.BROKER)))
    asked = scope.visible(actor, LostFactorNote).where(_to_answer(actor))
    return union_all(waits.with_only_columns(of.id), asked.with_only_columns(LostFactorNote.id))


def open_for(session: Session, person: Person) -> FactorReset | None:
    """The reset of a person that is proposed, or confirmed and not done yet."""
    return _open_reset(session, person.id)


def may_propose(session: Session, actor: Actor, person: Person) -> bool:
    """Whether a reset of this person could be proposed, and confirmed by somebody."""
    if _open_reset(session, person.id) is not None:
        return False
    try:
        count, others = len(factors.all_of(session, person.id)), _confirmers(session, actor, person)
        rules.check_proposing(_hand(actor), _owner(person), factors=count, confirmers=others)
    except Refusal:
        return False
    return True


def _open_reset(session: Session, person_id: int) -> FactorReset | None:
    of = FactorReset
    still = or_(of.state == ProposalState.PROPOSED, _waiting())
    stmt = select(of).where(of.person_id == person_id, still)
    return session.scalar(stmt.options(joinedload(of.proposer), joinedload(of.decider)))


def _confirmers(session: Session, actor: Actor, person: Person) -> int:
    """How many others could confirm what the actor proposes: people who have signed in before."""
    active = select(func.count(Person.id)).where(
        Person.deactivated_at.is_(None), Person.password_sealed.is_not(None), Person.id.not_in([actor.id, person.id])
    )
    could = Person.role == Role.ADMINISTRATOR
    if person.role is Role.BROKER:
        could |= (Person.role == Role.PRINCIPAL) & (Person.agency_id == person.agency_id)
    return session.scalar(active.where(could)) or 0


def _hand(actor: Actor) -> rules.Hand:
    return rules.Hand(actor.id, actor.role, actor.agency_id)


def _owner(person: Person) -> rules.Owner:
    return rules.Owner(person.id, person.role, person.agency_id)


def _whom(person: Person) -> Concerned:
    """The owner; and of a broker the principals, one of whom may decide."""
    return Concerned(person.id, person.agency_id if person.role is Role.BROKER else None)
