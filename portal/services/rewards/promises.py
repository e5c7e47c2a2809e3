"""Which version of the reward plan holds for whom: on joining, and by an offer that was accepted (rules 7.3).

The rule is `referral.promise`; this room loads its facts. An offer is part of a version, so two people have decided
on it; taking it is the referrer's own word, once, and is never edited.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Select, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from commissions.refusal import Refusal
from referral.rewards import promise as rule
from referral.rewards.promise import Promises, Version
from referral.rewards.reward_plan import Audience, RewardPlan
from referral.rewards.reward_toml import plan_from_toml

from ...access.actor import Actor
from ...clock import day_start, local_day
from ...models import PERSONS, Person, PlanAcceptance, Referrer, RewardPlanVersion
from ...session import Session
from .. import audit, timekeeping
from ..events.telling import Concerned, tell


@dataclass(frozen=True, slots=True)
class Held:
    """What holds for a referrer: the versions by which friends are rewarded, by their keys, and which of them when."""

    promises: Promises
    rows: Mapping[int, RewardPlanVersion]

    def at(self, instant: datetime) -> RewardPlanVersion:
        """The version by which a friend is rewarded whose number was left at an instant."""
        return self.rows[self.promises.at(instant)]

    @property
    def now(self) -> RewardPlanVersion:
        """The version by which the next friend is rewarded."""
        return self.rows[self.promises.now]


@dataclass(frozen=True, slots=True)
class PlanOffer:
    """An offer to a referrer: the version, the plan in it, and the plan that it would take the place of."""

    version: RewardPlanVersion
    plan: RewardPlan
    instead_of: RewardPlan


def versions(session: Session, audience: str) -> list[Version]:
    """An audience's versions, as the rule reads them."""
    row = RewardPlanVersion
    columns = row.id, row.version, row.effective_from, row.development_id, row.offered_until
    found = session.execute(select(*columns).where(row.audience == audience)).all()
    return [
        Version(key, number, since, place, day_start(until + timedelta(days=1)) if until else None)
        for key, number, since, place, until in found
    ]


def in_force(
    session: Session, audience: Audience, at: datetime, development_id: int | None = None
) -> RewardPlan | None:
    """The plan of an audience that is in force at an instant in a development: who joins there then is promised it."""
    version = rule.in_force(versions(session, audience), development_id, at)
    return None if version is None else plan_from_toml(session.get_one(RewardPlanVersion, version.key).toml)


def held_by(session: Session, referrer: Referrer) -> Held | None:
    """What holds for a referrer; None where there is no plan for such."""
    there = versions(session, referrer.audience)
    joined = rule.on_joining(there, referrer.development_id, referrer.joined_at)
    if joined is None:
        return None
    taken = select(PlanAcceptance.at, PlanAcceptance.version_id).where(PlanAcceptance.referrer_id == referrer.id)
    promises = Promises(joined.key, tuple((at, key) for at, key in session.execute(taken)))
    keys = {promises.joined, *(key for _at, key in promises.accepted)}
    rows = session.scalars(select(RewardPlanVersion).where(RewardPlanVersion.id.in_(keys)))
    return Held(promises, {row.id: row for row in rows})


def held_by_many(session: Session, referrers: Sequence[Referrer], audience: str) -> Mapping[int, Promises]:
    """What holds for many referrers of an audience, by referrer, in two queries; none for whom there is no plan."""
    there, found = versions(session, audience), dict[int, Promises]()
    for one in referrers:
        joined = rule.on_joining(there, one.development_id, one.joined_at)
        if joined is not None:
            found[one.id] = Promises(joined.key)
    taken = select(PlanAcceptance.referrer_id, PlanAcceptance.at, PlanAcceptance.version_id)
    ids = [one.id for one in referrers]
    for key, at, version in session.execute(taken.where(PlanAcceptance.referrer_id.in_(ids))):
        found[key] = replace(found[key], accepted=(*found[key].accepted, (at, version)))
    return found


def offered_to(session: Session, now: datetime, referrer: Referrer) -> PlanOffer | None:
    """What a referrer may take instead of what holds now; None for a programme, and where the code was taken back."""
    held = held_by(session, referrer) if referrer.audience in PERSONS and referrer.revoked_at is None else None
    if held is None:
        return None
    there, joined_at = versions(session, referrer.audience), referrer.joined_at
    found = rule.offer(there, referrer.development_id, joined_at, held.promises.now, now)
    if found is None:
        return None
    version = session.get_one(RewardPlanVersion, found.key)
    return PlanOffer(version, plan_from_toml(version.toml), plan_from_toml(held.now.toml))


def accept(session: Session, actor: Actor, now: datetime, referrer: Referrer, version_id: int) -> PlanAcceptance:
    """Take the offer: friends who leave a number from now on are rewarded by it, those of before as they were.

    Raises Refusal `plan_not_offered`: no longer, or another one by now; `plan_taken` for the second of two.
    """
    now = timekeeping.trusted(session, now)
    offered = offered_to(session, now, referrer)
    if offered is None or offered.version.id != version_id:
        raise Refusal("plan_not_offered")
    row = PlanAcceptance(referrer_id=referrer.id, version_id=version_id, at=now, address=actor.address)
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as error:  # uq_plan_acceptances_referrer_id_version_id
        raise Refusal("plan_taken") from error
    audit.record(session, actor, now, "reward_plan_accepted", row, version=offered.version.version)
    return row


def acceptances(session: Session, version: RewardPlanVersion) -> Sequence[PlanAcceptance]:
    """Who took a version, the latest first."""
    whose = joinedload(PlanAcceptance.referrer).joinedload(Referrer.development)
    taken = select(PlanAcceptance).where(PlanAcceptance.version_id == version.id).options(whose)
    return session.scalars(taken.order_by(PlanAcceptance.id.desc())).all()


def count_offered(session: Session, version: RewardPlanVersion) -> int:
    """To how many people's codes a version was or is offered: who joined before it where it holds."""
    return session.scalar(select(func.count()).select_from(_joined_before(version).subquery())) or 0


def tell_offer(session: Session, actor: Actor, now: datetime, version: RewardPlanVersion) -> int:
    """Tell those who joined earlier that a version is offered to them; how many that were."""
    told = 0
    for referrer in session.scalars(_joined_before(version)):
        whom = Concerned(referrer.person_id, development=referrer.development_id)
        days = {"from_on": local_day(version.effective_from), "until_on": version.offered_until}
        tell(session, actor, now, "plan_offered", referrer, whom, **days)
        told += 1
    return told


def places_of_their_own(audience: str, at: datetime) -> Select[int | None]:
    """The developments that have a plan of their own for an audience by an instant."""
    of = RewardPlanVersion
    placed = of.development_id.is_not(None), of.effective_from <= at
    return select(of.development_id).where(of.audience == audience, *placed)


def _joined_before(version: RewardPlanVersion) -> Select[Referrer]:
    """The referrers whom a version concerns who joined before it: of its development, or, where it is for all, of
    those that have no plan of their own by then."""
    own = places_of_their_own(version.audience, version.effective_from)
    place = Referrer.development_id
    where = place == version.development_id if version.development_id is not None else place.not_in(own)
    open_to = Referrer.revoked_at.is_(None), Referrer.person.has(Person.deactivated_at.is_(None))
    earlier = Referrer.audience == version.audience, Referrer.joined_at < version.effective_from
    return select(Referrer).where(where, *open_to, *earlier).order_by(Referrer.id)
