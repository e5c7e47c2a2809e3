"""Referrers: how one joins, the personal code, and how the code is taken back (rules 7.1)."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from commissions.refusal import Refusal
from referral import code as codes
from referral import vanity
from referral.rewards.reward import RewardState

from ...access.actor import Actor
from ...models import (
    Audience,
    JoinedBy,
    Joining,
    Lead,
    LeadOutcome,
    Person,
    Programme,
    ProgrammeKind,
    Referrer,
    Reward,
    Role,
    Touch,
    TouchKind,
)
from ...session import Session
from .. import audit, contacts
from ..accounts import people
from ..events.telling import Concerned, tell
from . import vanity_codes

_MINT_TRIES = 5  # of 17 thousand million codes: more than one collision in a row is a broken generator


@dataclass(frozen=True, slots=True)
class ReferrerRow:
    """A referrer in the channel manager's list: the row, what it has brought, of a programme its kind, and how who
    joined by himself did so."""

    referrer: Referrer
    leads: int
    rewards: int
    programme: ProgrammeKind | None = None
    joined_by: JoinedBy | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewReferrer:
    """Who is to refer for which development; a homeowner with the home."""

    development_id: int
    name: str
    phone: str
    audience: Audience
    home: str | None


def create_referrer(session: Session, actor: Actor, now: datetime, new: NewReferrer) -> Referrer:
    """Let a homeowner or a citizen broker join: an account, and a code that nobody else has. Who refers for another
    development keeps name and account, and refers here too.

    A new account's first password comes by `people.issue_link`. Raises Refusal: invalid_phone, phone_taken,
    refers_here_already.
    """
    person = _who_refers(session, new.phone) or people.create_person(
        session, actor, now, role=Role.REFERRER, name=new.name, phone=new.phone
    )
    facts = {"audience": new.audience, "development_id": new.development_id}
    referrer = with_code(session, Referrer(person=person, home=new.home or None, joined_at=now, **facts))
    audit.record(session, actor, now, "referrer_created", referrer, **facts)
    return referrer


def _who_refers(session: Session, phone: str) -> Person | None:
    """Whose number this is, where that is an open account of a person who refers already."""
    index = contacts.phone_index(session, contacts.parse_phone(phone))
    found = select(Person).where(
        Person.phone_index == index, Person.role == Role.REFERRER, Person.deactivated_at.is_(None)
    )
    person = session.scalar(found)
    return None if person is None or contacts.is_programme(session, person) else person


def revoke_code(session: Session, actor: Actor, now: datetime, referrer: Referrer, *, reason: str = "") -> None:
    """Take the code back, for a reason that its owner reads: whoever scans it from now on sees a polite page. Revoking
    again changes nothing. Raises Refusal(revocation_reason_needed).
    """
    reason = " ".join(reason.split())
    if not reason and referrer.audience is not Audience.PROGRAMME:  # whose end has a day, and no person to tell
        raise Refusal("revocation_reason_needed", field="reason")
    taken = {"revoked_at": now, "revoked_by": actor.person_id, "revoked_reason": reason or None}
    if _changed(session, referrer, Referrer.revoked_at.is_(None), taken):
        audit.record(session, actor, now, "referral_code_revoked", referrer, **({"reason": reason} if reason else {}))
        whom = Concerned(referrer.person_id, development=referrer.development_id)
        tell(session, actor, now, "referral_code_revoked", referrer, whom)


def restore_code(session: Session, actor: Actor, now: datetime, referrer: Referrer) -> None:
    """Let a code that was taken back work again; posters that are out there are good again. Again changes nothing."""
    given = {"revoked_at": None, "revoked_by": None, "revoked_reason": None}
    if _changed(session, referrer, Referrer.revoked_at.is_not(None), given):
        audit.record(session, actor, now, "referral_code_restored", referrer)
        whom = Concerned(referrer.person_id, development=referrer.development_id)
        tell(session, actor, now, "referral_code_restored", referrer, whom)


def _changed(session: Session, referrer: Referrer, where: ColumnElement[bool], values: Mapping[str, object]) -> bool:
    """Write it unless somebody was faster; whether it was written."""
    stmt = update(Referrer).where(Referrer.id == referrer.id, where).values(values)
    return session.execute(stmt.returning(Referrer.id)).scalar() is not None


def own(session: Session, actor: Actor) -> Sequence[Referrer]:
    """The actor as a referrer, with the development, in the order of joining; none for who has not been made one."""
    mine = select(Referrer).options(joinedload(Referrer.development)).where(Referrer.person_id == actor.id)
    return session.scalars(mine.order_by(Referrer.joined_at, Referrer.id)).all()


def of_touch(session: Session, touch: Touch) -> Referrer | None:
    """The referrer whose lead made a touch; None for any other touch."""
    if touch.kind is not TouchKind.REFERRAL_LEAD:
        return None
    same = (Referrer.person_id == touch.person_id, Referrer.development_id == touch.development_id)
    return session.scalar(select(Referrer).options(joinedload(Referrer.development)).where(*same))


def by_code(session: Session, typed: str) -> Referrer:
    """The referrer whose code this is, drawn or chosen, however it was typed.

    Raises Refusal: code_mistyped, code_unknown.
    """
    if vanity.could_be(typed) and (chosen := vanity_codes.find(session, typed)):
        return chosen
    code = codes.check(typed)
    referrer = session.scalar(select(Referrer).options(joinedload(Referrer.development)).where(Referrer.code == code))
    if referrer is None:
        raise Refusal("code_unknown", typed=codes.grouped(code))
    return referrer


class How(StrEnum):
    """How somebody became a referrer: entered by staff, by the development's public page, or invited."""

    STAFF = "staff"
    PAGE = "page"
    INVITATION = "invitation"


def filtered(
    visible: Select[Referrer],
    *,
    q: str = "",
    development_id: int | None = None,
    revoked: bool | None = None,
    how: How | None = None,
) -> Select[Referrer]:
    """A visible selection narrowed by part of a name or a code, the development, whether the code holds, and how its
    owner joined."""
    stmt = visible.join(Referrer.person).options(joinedload(Referrer.development))
    if q:
        stmt = stmt.where(
            Person.name.contains(q, autoescape=True) | (Referrer.code == codes.normalise(q)),
        )
    if development_id is not None:
        stmt = stmt.where(Referrer.development_id == development_id)
    if revoked is not None:
        stmt = stmt.where(Referrer.revoked_at.is_not(None) if revoked else Referrer.revoked_at.is_(None))
    if how is How.STAFF:
        return stmt.where(Referrer.id.not_in(select(Joining.referrer_id)))
    if how is not None:
        return stmt.where(Referrer.id.in_(select(Joining.referrer_id).where(Joining.way == JoinedBy(how))))
    return stmt


def standings(session: Session, referrers: Sequence[Referrer]) -> list[ReferrerRow]:
    """The referrers with the number of their accepted leads and living rewards, in four queries at any number."""
    ids = [referrer.id for referrer in referrers]
    leads = _counted(session, Lead.referrer_id, (Lead.outcome == LeadOutcome.ACCEPTED) & Lead.referrer_id.in_(ids))
    rewards = _counted(session, Reward.referrer_id, (Reward.state != RewardState.REVOKED) & Reward.referrer_id.in_(ids))
    named = select(Programme.referrer_id, Programme.kind).where(Programme.referrer_id.in_(ids))
    kinds: dict[int, ProgrammeKind] = dict(session.execute(named).all())
    came = select(Joining.referrer_id, Joining.way).where(Joining.referrer_id.in_(ids))
    ways: dict[int, JoinedBy] = dict(session.execute(came).all())
    return [
        ReferrerRow(
            one,
            leads.get(one.id, 0),
            rewards.get(one.id, 0),
            kinds.get(one.id),
            ways.get(one.id),
        )
        for one in referrers
    ]


def with_code(session: Session, referrer: Referrer) -> Referrer:
    """Store a referrer under a code of its own; one that somebody has already is drawn again. Raises
    Refusal(refers_here_already)."""
    for _ in range(_MINT_TRIES):
        referrer.code = codes.mint(secrets.randbelow)
        try:
            with session.begin_nested():
                session.add(referrer)
        except IntegrityError as error:
            if "person_id" in str(error.orig):  # two who make the same person a referrer here at once
                raise Refusal("refers_here_already", field="phone") from None
            if "code" not in str(error.orig):
                raise
        else:
            return referrer
    raise RuntimeError("no free code was found: the generator repeats itself")


def _counted(session: Session, column: object, condition: object) -> dict[int, int]:
    found = session.execute(select(column, func.count()).where(condition).group_by(column))  # type: ignore[call-overload]
    return dict(found.all())
