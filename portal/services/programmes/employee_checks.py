"""Employee checks (rules 7.3): how we come to know that a buyer works at a programme's company, and how that ends.

Three ways lead to a check: the company's list, a mail to the work address, a person who has seen the badge. Of list
and address only keyed hashes are kept, their *marks*; a mark proves one client, and the database sees to that. Nobody
who is not signed in learns from here whether somebody stands on a list.

A check that was wrong is revoked. A deal that has its discount by then keeps it: what was agreed at the subscription is
not changed afterwards, and `discounts` locks the check while a deal is opened, so it is one or the other.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import exists, select, update
from sqlalchemy.orm import joinedload

from commissions.refusal import Refusal
from referral.employee import WorkAddress, parse_address, same_badge

from ...access.actor import SYSTEM, Actor
from ...models import (
    CheckedBy,
    Client,
    EmployeeCheck,
    Lead,
    Programme,
    ProgrammeEmployee,
    ProgrammeKind,
    Touch,
)
from ...session import Session
from .. import audit, contacts
from ..clients import lock_client
from ..contacts import Phone, vault_of
from ..inserts import insert_unless_there
from ..referral import referrers
from . import terms as programme_terms

_BADGE = "badge"
_PHONE = "phone"
_MAIL = "mail"
_MARK_DIGITS = 56


@dataclass(frozen=True, slots=True)
class Asked:
    """What a company's landing page may ask beside name and phone: an address at one of the domains, a staff number."""

    domains: tuple[str, ...]
    staff_number: bool

    def __bool__(self) -> bool:
        return bool(self.domains) or self.staff_number


@dataclass(frozen=True, slots=True)
class ProofShown:
    """By what it was shown that a client works there: the same mark under every index key, the one in force first; or a
    person who has seen it, and says so."""

    way: CheckedBy
    marks: Sequence[str] = ()
    by_id: int | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class EmployeeStatus:
    """How it stands with a client at a company: every check there was, the newest first."""

    programme: Programme
    client: Client
    checks: Sequence[EmployeeCheck]

    @property
    def holds(self) -> EmployeeCheck | None:
        """The check that is not revoked."""
        return next((check for check in self.checks if check.revoked_at is None), None)


# Marks


# Each under every index key, the one in force first: what they are of rests nowhere, so that those on a list stay under
# the key of their day until the company brings another list.


def phone_marks(session: Session, programme_id: int, phone: Phone) -> list[str]:
    """The marks of a phone on a company's list."""
    return _marks(session, programme_id, _PHONE, phone.e164)


def badge_marks(session: Session, programme_id: int, number: str, name: str) -> list[str]:
    """The marks of a staff number and a name; none without either."""
    badge = same_badge(number, name)
    return _marks(session, programme_id, _BADGE, badge) if badge else []


def mail_marks(session: Session, programme_id: int, address: WorkAddress) -> list[str]:
    """The marks of a work address."""
    return _marks(session, programme_id, _MAIL, address.mailbox)


def _marks(session: Session, programme_id: int, kind: str, value: str) -> list[str]:
    """Others in every programme, so that two lists cannot be laid side by side."""
    digests = vault_of(session).blinds(f"{programme_id}\0{value}", f"employee {kind}")
    return [f"{kind}:{one[:_MARK_DIGITS]}" for one in digests]


# What is asked, and how it stands


def company_of(session: Session, referrer_id: int) -> Programme | None:
    """The company whose code this is; None for every other referrer."""
    programme = session.get(Programme, referrer_id)
    return programme if programme is not None and programme.kind is ProgrammeKind.CORPORATE else None


def company_of_touch(session: Session, touch: Touch) -> Programme | None:
    """The company whose lead made a touch; None for every other touch."""
    referrer = referrers.of_touch(session, touch)
    return None if referrer is None else company_of(session, referrer.id)


def asked(session: Session, programme: Programme, *, mails_go_out: bool) -> Asked:
    """What the company's employees are asked; no address where no mail would go out."""
    badges = ProgrammeEmployee.mark.startswith(f"{_BADGE}:")
    listed = session.scalar(select(exists().where(ProgrammeEmployee.programme_id == programme.referrer_id, badges)))
    domains = tuple(row.domain for row in programme.domains) if mails_go_out else ()
    return Asked(domains, bool(listed))


def address_of(programme: Programme, typed: str) -> WorkAddress:
    """The work address that somebody typed. Raises Refusal: those of `parse_address`."""
    return parse_address(typed, [row.domain for row in programme.domains])


def standing(session: Session, programme: Programme, client_id: int) -> EmployeeStatus:
    """How it stands with a client."""
    rows = session.scalars(
        select(EmployeeCheck)
        .where(EmployeeCheck.programme_id == programme.referrer_id, EmployeeCheck.client_id == client_id)
        .options(joinedload(EmployeeCheck.by), joinedload(EmployeeCheck.revoker))
        .order_by(EmployeeCheck.id.desc())
    ).all()
    return EmployeeStatus(programme, session.get_one(Client, client_id), rows)


def of_lead(session: Session, lead: Lead) -> EmployeeStatus | None:
    """How it stands with a lead's client; None where no company brought the lead, or it does not count."""
    programme = company_of(session, lead.referrer_id)
    return standing(session, programme, lead.client_id) if programme is not None and lead.touch_id else None


def lead_of(session: Session, touch: Touch) -> Lead | None:
    """The lead that made a touch, where a company brought it."""
    if company_of_touch(session, touch) is None:
        return None
    return session.scalar(select(Lead).where(Lead.touch_id == touch.id))


def lead_checked(session: Session, check: EmployeeCheck) -> Lead:
    """The lead by which a checked client came, the last one that counted; where none did, the last."""
    came = select(Lead).where(Lead.referrer_id == check.programme_id, Lead.client_id == check.client_id)
    return session.scalars(came.order_by(Lead.touch_id.is_(None), Lead.id.desc()).limit(1)).one()


# By the list


def look_up(session: Session, now: datetime, lead: Lead, *, staff_number: str = "") -> EmployeeCheck | None:
    """Look the lead up on the company's list, by phone and by the staff number that was typed. None: not found there,
    or found for another client already. Nothing of what was typed is kept."""
    if lead.touch_id is None:
        return None
    phone = contacts.open_phone(session, lead.client)
    name = contacts.open_name(session, lead.name_sealed)
    marks = [
        phone_marks(session, lead.referrer_id, phone),
        badge_marks(session, lead.referrer_id, staff_number, name),
    ]
    return _prove_by_list(session, now, lead.referrer_id, lead.client_id, marks)


def look_up_waiting(session: Session, now: datetime, programme: Programme) -> int:
    """Look up by phone, on a new list, whom the company's leads still hold and nobody has checked; how many were
    found."""
    held = EmployeeCheck.client_id == Lead.client_id, EmployeeCheck.programme_id == Lead.referrer_id
    waiting = (
        select(Lead)
        .join(Touch, Touch.id == Lead.touch_id)
        .where(
            Lead.referrer_id == programme.referrer_id,
            Touch.retired_at.is_(None),
            ~exists().where(*held, EmployeeCheck.revoked_at.is_(None)),
        )
        .options(joinedload(Lead.client))
        .order_by(Lead.id)
    )
    return sum(look_up(session, now, lead) is not None for lead in session.scalars(waiting).all())


def _prove_by_list(
    session: Session, now: datetime, programme_id: int, client_id: int, marks: Iterable[Sequence[str]]
) -> EmployeeCheck | None:
    same = {one: group for group in marks for one in group}
    listed = select(ProgrammeEmployee.mark).where(
        ProgrammeEmployee.programme_id == programme_id, ProgrammeEmployee.mark.in_(list(same))
    )
    for mark in session.scalars(listed.order_by(ProgrammeEmployee.mark)).all():
        check = prove(session, SYSTEM, now, programme_id, client_id, ProofShown(CheckedBy.LIST, same[mark]))
        if check is not None:
            return check
    return None


# By a person


def confirm_by_hand(session: Session, actor: Actor, now: datetime, lead: Lead, *, reason: str) -> EmployeeCheck:
    """Somebody of ours has seen the badge, and says so. A client who is checked already stays so.

    Who set the company's terms does not confirm as well. Raises Refusal: `lead_not_counted`, `check_reason_needed`,
    `check_own_terms`.
    """
    if of_lead(session, lead) is None:
        raise Refusal("lead_not_counted")
    if not reason.strip():
        raise Refusal("check_reason_needed", field="reason")
    if programme_terms.set_by(session, lead.referrer_id, actor.id, now):
        raise Refusal("check_own_terms")
    shown = ProofShown(CheckedBy.PERSON, by_id=actor.id, reason=reason.strip())
    check = prove(session, actor, now, lead.referrer_id, lead.client_id, shown)
    assert check is not None  # without a mark only the client's own check can be in the way
    return check


def revoke(session: Session, actor: Actor, now: datetime, check: EmployeeCheck, *, reason: str) -> None:
    """Take a check back that was wrong; its mark is free for another client, and only a person proves this one again.
    Deals that have the discount keep it.

    Raises Refusal: `check_reason_needed`, `check_revoked_before`.
    """
    if not reason.strip():
        raise Refusal("check_reason_needed", field="reason")
    lock_client(session, check.client_id)
    revoked = session.scalar(
        update(EmployeeCheck)
        .where(EmployeeCheck.id == check.id, EmployeeCheck.revoked_at.is_(None))
        .values(revoked_at=now, revoked_by=actor.id, revoked_reason=reason.strip())
        .returning(EmployeeCheck.id)
    )
    if revoked is None:
        raise Refusal("check_revoked_before")
    session.refresh(check)
    audit.record(session, actor, now, "employee_check_revoked", check, programme=check.programme_id)


def standing_check(session: Session, programme_id: int, client_id: int) -> EmployeeCheck | None:
    """The client's check that is not revoked."""
    held = (
        select(EmployeeCheck)
        .where(
            EmployeeCheck.programme_id == programme_id,
            EmployeeCheck.client_id == client_id,
            EmployeeCheck.revoked_at.is_(None),
        )
        .execution_options(populate_existing=True)
    )
    return session.scalar(held)


def counting_check(
    session: Session, programme_id: int, client_id: int, at: datetime, *, lock: bool = False
) -> EmployeeCheck | None:
    """The check by which the client is known as an employee for a subscription at an instant that is recorded now.

    One that stands counts, also where it was made after `at`: people show their badge late. One that was revoked since
    counts where it held at `at`. Locked, nobody revokes it before this transaction ends.
    """
    held_then = (EmployeeCheck.at <= at) & (EmployeeCheck.revoked_at > at)
    stmt = (
        select(EmployeeCheck)
        .where(
            EmployeeCheck.programme_id == programme_id,
            EmployeeCheck.client_id == client_id,
            EmployeeCheck.revoked_at.is_(None) | held_then,
        )
        .execution_options(populate_existing=True)
    )
    found = session.scalars(stmt.with_for_update(key_share=True) if lock else stmt).all()
    return min(found, key=lambda check: check.revoked_at is not None, default=None)


def prove(
    session: Session, actor: Actor, now: datetime, programme_id: int, client_id: int, shown: ProofShown
) -> EmployeeCheck | None:
    """Keep that a client works at a company: the client's check, this one or the one that stands. None where there is
    none: the mark has proven somebody else, or a check of the client's was taken back.

    Who comes at the same instant with the same mark, or for the same client, is told apart by the unique indexes. After
    a check was taken back neither list nor mail proves the client again, whatever the mark: only a person does.
    """
    lock_client(session, client_id)  # who takes a check back at the same instant does so before or after
    if shown.way is not CheckedBy.PERSON and _taken_back(session, programme_id, client_id):
        return standing_check(session, programme_id, client_id)
    mark, others = next(iter(shown.marks), None), shown.marks[1:]
    if others and _proves_another(session, programme_id, client_id, others):
        return standing_check(session, programme_id, client_id)
    facts: dict[str, Any] = {"way": shown.way, "mark": mark, "by_id": shown.by_id, "reason": shown.reason}
    made = insert_unless_there(
        session, EmployeeCheck, (), programme_id=programme_id, client_id=client_id, at=now, **facts
    )
    if made is None:
        return standing_check(session, programme_id, client_id)
    check = session.get_one(EmployeeCheck, made)
    audit.record(session, actor, now, "employee_checked", check, programme=programme_id, way=shown.way)
    return check


def _proves_another(session: Session, programme_id: int, client_id: int, marks: Sequence[str]) -> bool:
    """Whether the same mark under another index key proves another client, where no unique index sees it."""
    another = exists().where(
        EmployeeCheck.programme_id == programme_id,
        EmployeeCheck.client_id != client_id,
        EmployeeCheck.mark.in_(marks),
        EmployeeCheck.revoked_at.is_(None),
    )
    return bool(session.scalar(select(another)))


def _taken_back(session: Session, programme_id: int, client_id: int) -> bool:
    revoked = exists().where(
        EmployeeCheck.programme_id == programme_id,
        EmployeeCheck.client_id == client_id,
        EmployeeCheck.revoked_at.is_not(None),
    )
    return bool(session.scalar(select(revoked)))
