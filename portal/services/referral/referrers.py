"""Referrers: how one joins, the personal code, and how the code is taken back (rules 7.1)."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from commissions.refusal import Refusal
from referral import code as codes
from referral import vanity
from referral.reward import State

from ...access.actor import Actor
from ...models import Audience, Lead, Outcome, Person, Programme, ProgrammeKind, Referrer, Reward, Role
from .. import audit
from ..accounts import people
from . import vanity_codes

_MINT_TRIES = 5  # of 17 thousand million codes: more than one collision in a row is a broken generator


@dataclass(frozen=True, slots=True)
class Standing:
    """A referrer in the channel manager's list: the row, what it has brought, and of a programme its kind."""

    referrer: Referrer
    leads: int
    rewards: int
    programme: ProgrammeKind | None = None


def create_referrer(
    session: Session,
    actor: Actor,
    now: datetime,
    *,
    development_id: int,
    name: str,
    phone: str,
    audience: Audience,
    home: str | None,
) -> Referrer:
    """Let a homeowner or a citizen broker join: an account, and a code that nobody else has.

    The account's first password comes by `people.issue_link`. Raises Refusal: invalid_phone, phone_taken.
    """
    person = people.create_person(session, actor, now, role=Role.REFERRER, name=name, phone=phone)
    referrer = with_code(
        session,
        Referrer(person=person, audience=audience, development_id=development_id, home=home or None, joined_at=now),
    )
    audit.record(session, actor, now, "referrer_created", referrer, audience=audience, development_id=development_id)
    return referrer


def revoke_code(session: Session, actor: Actor, now: datetime, referrer: Referrer) -> None:
    """Take the code back: whoever scans it from now on sees a polite page. Revoking again changes nothing."""
    revoked = session.execute(
        update(Referrer)
        .where(Referrer.person_id == referrer.person_id, Referrer.revoked_at.is_(None))
        .values(revoked_at=now)
        .returning(Referrer.person_id)
    ).scalar()
    if revoked is not None:
        audit.record(session, actor, now, "referral_code_revoked", referrer)


def own(session: Session, actor: Actor) -> Referrer | None:
    """The actor as a referrer, with the development; None for a person who has not been made one."""
    return session.scalar(
        select(Referrer).options(joinedload(Referrer.development)).where(Referrer.person_id == actor.id)
    )


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


def filtered(
    visible: Select[tuple[Referrer]], *, q: str = "", development_id: int | None = None, revoked: bool | None = None
) -> Select[tuple[Referrer]]:
    """A visible selection narrowed by part of a name or a code, the development, and whether the code holds."""
    stmt = visible.join(Referrer.person).options(joinedload(Referrer.development))
    if q:
        stmt = stmt.where(
            Person.name.contains(q, autoescape=True) | (Referrer.code == codes.normalise(q)),
        )
    if development_id is not None:
        stmt = stmt.where(Referrer.development_id == development_id)
    if revoked is not None:
        stmt = stmt.where(Referrer.revoked_at.is_not(None) if revoked else Referrer.revoked_at.is_(None))
    return stmt


def standings(session: Session, referrers: Sequence[Referrer]) -> list[Standing]:
    """The referrers with the number of their accepted leads and living rewards, in three queries at any number."""
    ids = [referrer.person_id for referrer in referrers]
    leads = _counted(session, Lead.referrer_id, (Lead.outcome == Outcome.ACCEPTED) & Lead.referrer_id.in_(ids))
    rewards = _counted(session, Reward.referrer_id, (Reward.state != State.REVOKED) & Reward.referrer_id.in_(ids))
    named = select(Programme.person_id, Programme.kind).where(Programme.person_id.in_(ids))
    kinds: dict[int, ProgrammeKind] = dict(session.execute(named).all())  # type: ignore[arg-type]  # a row is a pair
    return [
        Standing(one, leads.get(one.person_id, 0), rewards.get(one.person_id, 0), kinds.get(one.person_id))
        for one in referrers
    ]


def with_code(session: Session, referrer: Referrer) -> Referrer:
    """Store a referrer under a code of its own; one that somebody has already is drawn again."""
    for _ in range(_MINT_TRIES):
        referrer.code = codes.mint(secrets.randbelow)
        try:
            with session.begin_nested():
                session.add(referrer)
        except IntegrityError as error:
            if "code" not in str(error.orig):
                raise
        else:
            return referrer
    raise RuntimeError("no free code was found: the generator repeats itself")


def _counted(session: Session, column: object, condition: object) -> dict[int, int]:
    found = session.execute(select(column, func.count()).where(condition).group_by(column))  # type: ignore[call-overload]
    return dict(found.all())
