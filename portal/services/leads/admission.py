"""Whether a friend counts for a referrer, and the touch by which the client is taken (rules 2.5, 7.2).

`referral.lead` says whether the referral stands; the database says who was first.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from commissions.refusal import Refusal
from referral import lead as rule
from referral.lead import ClientOwner, Role
from referral.rewards.reward_plan import Audience

from ...clock import day_start, local_day
from ...models import STAFF, Client, Lead, Person, Referrer, Touch, TouchKind
from ...models import Role as PersonRole
from ...rules.judgements.protection import Kind
from ...rules.partners.policy import Policy
from ...session import Session
from ..claims import rule_profiles, touches


@dataclass(frozen=True, slots=True)
class Claim:
    """A referrer's claim of a friend: whether the friend agreed to be contacted, whether the invitation was over,
    whether the number has yet to be shown to be the friend's, and whether the day has counted this friend already."""

    referrer: Referrer
    client: Client
    name: str
    consented: bool
    ended: bool
    unproven: bool = False
    counted: bool = False


def claim(session: Session, now: datetime, wanted: Claim) -> Touch | Refusal:
    """Judge, then take the client. Who was overtaken in between is judged again, by what is there then."""
    while True:
        refusal = _judge(session, now, wanted)
        if refusal is not None:
            return refusal
        touch = _hold(session, now, wanted)
        if touch is not None:
            return touch


def _judge(session: Session, now: datetime, wanted: Claim) -> Refusal | None:
    """The rule's answer over what the database says at this moment."""
    holder = touches.holder(session, wanted.referrer.development_id, wanted.client.id, now)
    person = wanted.referrer.person
    referrer = rule.Referrer(
        person.phone_index,
        _role(person),
        person.active,
        may_leave=1 if wanted.counted else _left_of_today(session, now, wanted.referrer),
        ended=wanted.ended,
    )
    owner = session.scalar(select(Person).where(Person.phone_index == wanted.client.phone_index))
    friend = rule.Lead(
        wanted.client.phone_index,
        role=_role(owner),
        contact_consent=wanted.consented,
        unproven=wanted.unproven,
        holder=_whose(holder, wanted.referrer),
        protected_until=holder.protected_until if holder else None,
    )
    try:
        rule.admit(referrer, friend, now)
    except Refusal as refusal:
        return refusal
    return None


def _left_of_today(session: Session, now: datetime, referrer: Referrer) -> int:
    """How many more friends may leave a number on the referrer's page this Shanghai day. Of those who come at the very
    same instant one may be too many: it is a limit, nobody's right."""
    today = Lead.referrer_id == referrer.id, Lead.at >= day_start(local_day(now))
    return daily_limit(referrer) - (session.scalar(select(func.count()).where(*today)) or 0)


def _role(person: Person | None) -> Role:
    """What the person is to us. People who have left may be referred like anybody, and so may referrers."""
    if person is None or not person.active or person.role == PersonRole.REFERRER:
        return Role.CLIENT
    return Role.STAFF if person.role in STAFF else Role.BROKER


def _whose(holder: Touch | None, referrer: Referrer) -> ClientOwner:
    if holder is None:
        return ClientOwner.NOBODY
    mine = holder.person_id == referrer.person_id and holder.kind == TouchKind.REFERRAL_LEAD
    return ClientOwner.REFERRER if mine else ClientOwner.OTHER


def _hold(session: Session, now: datetime, wanted: Claim) -> Touch | None:
    development = wanted.referrer.development
    return touches.hold(
        session,
        now,
        touches.NewTouch(
            development=development,
            client_id=wanted.client.id,
            kind=TouchKind.REFERRAL_LEAD,
            person=wanted.referrer.person,
            name=wanted.name,
            until=rule_profiles.in_force(session, development, now).known_until(now, Kind.LEAD),
        ),
    )


def daily_limit(referrer: Referrer) -> int:
    """How many friends may leave a number on the referrer's page in a Shanghai day; programmes have more."""
    policy = Policy.of(referrer.development.policy)
    return policy.programme_lead_daily_limit if referrer.audience is Audience.PROGRAMME else policy.lead_daily_limit
