"""Care plans (跟进计划) of developments: proposed by one person, published by another, from a day to come.

A development follows its own plan, else the one for all, else the one of the owner's handbooks. Nothing is scheduled
(ADR 60), so a plan that begins changes tomorrow's lists and nothing that was done.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from commissions.refusal import Refusal

from ...access.actor import Actor
from ...access.scope import visible
from ...clock import day_start, local_day
from ...models import CarePlan, Development, ProposalState
from ...rules.care.plan import Plan
from ...rules.care.plan_toml import given_text, plan_from_toml, plan_to_toml
from ...session import Session
from .. import audit, proposals
from ..events.telling import Concerned, tell

MOST_DAYS_AHEAD = 366
"""No plan is proposed for a day further off: nobody would remember it."""


@lru_cache(maxsize=64)
def parse(toml: str) -> Plan:
    """The plan of a text; a value, so that each text is read once. Raises the Refusals of `plan_from_toml`."""
    return plan_from_toml(toml)


def given() -> Plan:
    """The plan of the owner's handbooks, which holds where nothing else was published."""
    return parse(given_text())


class InForce(proposals.Followed[CarePlan]):
    """The plans of all developments at an instant. `version`: the row that one was published as, None of the given."""

    __slots__ = ()

    def plan(self, development_id: int | None) -> Plan:
        """The plan that a development follows."""
        row = self.version(development_id)
        return given() if row is None else parse(row.toml)

    @property
    def parted_by_price(self) -> bool:
        """Whether one of them has steps for those alone who are high-end, or for those who are not."""
        own = (parse(row.toml) for row in self.own.values())
        return any(plan.parts_by_price for plan in (self.plan(None), *own))


def all_in_force(session: Session, at: datetime) -> InForce:
    """Which plan each development follows at an instant, in one query."""
    begun = select(CarePlan).where(CarePlan.state == ProposalState.CONFIRMED, CarePlan.starts_at <= at)
    return InForce.of(session.scalars(begun.order_by(CarePlan.starts_at)))


def held_at(session: Session, instants: Collection[datetime]) -> Mapping[datetime, InForce]:
    """Which plan each development followed just before each of some instants, in one query."""
    begun = select(CarePlan).where(CarePlan.state == ProposalState.CONFIRMED, CarePlan.starts_at < max(instants))
    rows = session.scalars(begun.order_by(CarePlan.starts_at)).all()
    return {at: InForce.of(row for row in rows if row.starts_at < at) for at in instants}


def in_force(session: Session, development_id: int | None, at: datetime) -> Plan:
    """The plan that a development follows at an instant; of None, the one for all."""
    return all_in_force(session, at).plan(development_id)


def before(session: Session, row: CarePlan) -> Plan:
    """The plan that a proposal replaces, or replaced."""
    return in_force(session, row.development_id, row.starts_at - timedelta.resolution)


def plan_of(session: Session, row: CarePlan) -> Plan:
    """What a proposal says; of one that ends a development's own plan, the one for all of that day."""
    return parse(row.toml) if row.toml else in_force(session, None, row.starts_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """A plan from a day on, in one development or (None) in all that have none of their own. Without `plan` the
    development gives its own up."""

    plan: Plan | None
    starts: date
    note: str
    development_id: int | None = None


def propose(session: Session, actor: Actor, now: datetime, proposed: Proposed) -> CarePlan:
    """Propose a plan.

    Raises Refusal: care_plan_too_soon, care_plan_too_far, care_plan_day_taken, care_plan_none_own.
    """
    _check_day(session, proposed.development_id, proposed.starts, now)
    if proposed.plan is None and proposed.development_id not in all_in_force(session, day_start(proposed.starts)).own:
        raise Refusal("care_plan_none_own", field="development")
    row = CarePlan(
        development_id=proposed.development_id,
        toml="" if proposed.plan is None else plan_to_toml(proposed.plan),
        starts_at=day_start(proposed.starts),
        note=proposed.note.strip(),
        state=ProposalState.PROPOSED,
        proposed_by=actor.id,
        proposed_at=now,
    )
    session.add(row)
    starts = proposed.starts.isoformat()
    audit.record(session, actor, now, "care_plan_proposed", row, starts_on=starts)
    tell(session, actor, now, "care_plan_waits", row, _whom(row), starts_on=proposed.starts)
    return row


def confirm(session: Session, actor: Actor, now: datetime, row: CarePlan) -> None:
    """Publish what another person proposed: it holds from its day on.

    Raises Refusal: those of `proposals.confirm`, and of `propose` where the day has come meanwhile.
    """
    proposals.check_another_person(actor, row)
    starts = local_day(row.starts_at)
    _check_day(session, row.development_id, starts, now)
    proposals.confirm(session, actor, now, row)
    audit.record(session, actor, now, "care_plan_published", row, starts_on=starts.isoformat())
    tell(session, actor, now, "care_plan_published", row, _whom(row, row.proposed_by), starts_on=starts)


def refuse(session: Session, actor: Actor, now: datetime, row: CarePlan, reason: str) -> None:
    """Send another person's proposal back, with a reason. Raises the Refusals of `proposals.refuse`."""
    proposals.refuse(session, actor, now, row, reason)
    audit.record(session, actor, now, "care_plan_refused", row)
    tell(session, actor, now, "care_plan_refused", row, _whom(row, row.proposed_by))


def withdraw(session: Session, actor: Actor, now: datetime, row: CarePlan) -> None:
    """Take one's own proposal back. Raises the Refusals of `proposals.withdraw`."""
    proposals.withdraw(session, actor, now, row)
    audit.record(session, actor, now, "care_plan_withdrawn", row)


# Reading


def listing(actor: Actor, *, state: ProposalState | None = None) -> Select[CarePlan]:
    """The proposals and versions that the actor may see, with all that their list shows."""
    of = CarePlan
    stmt = visible(actor, of).options(joinedload(of.proposer), joinedload(of.decider), joinedload(of.development))
    return stmt if state is None else stmt.where(of.state == state)


def to_decide(actor: Actor) -> Select[CarePlan]:
    """The proposals of others that wait."""
    mine = CarePlan.proposed_by == actor.id
    return visible(actor, CarePlan).where(CarePlan.state == ProposalState.PROPOSED, ~mine)


def waiting(session: Session, actor: Actor) -> Sequence[CarePlan]:
    """The proposals that are still open, the oldest first."""
    return session.scalars(listing(actor, state=ProposalState.PROPOSED).order_by(CarePlan.id)).all()


def to_come(session: Session, actor: Actor, now: datetime) -> Sequence[CarePlan]:
    """The published plans whose day has not come yet, the nearest first."""
    stmt = listing(actor, state=ProposalState.CONFIRMED).where(CarePlan.starts_at > now)
    return session.scalars(stmt.order_by(CarePlan.starts_at, CarePlan.id)).all()


def _whom(row: CarePlan, person_id: int | None = None) -> Concerned:
    return Concerned(person_id, development=row.development_id)


def _check_day(session: Session, development_id: int | None, starts: date, now: datetime) -> None:
    today = local_day(now)
    if starts <= today:
        raise Refusal("care_plan_too_soon", field="starts", earliest=today + timedelta(days=1))
    if starts > today + timedelta(days=MOST_DAYS_AHEAD):
        raise Refusal("care_plan_too_far", field="starts", latest=today + timedelta(days=MOST_DAYS_AHEAD))
    same = CarePlan.development_id.is_(None) if development_id is None else CarePlan.development_id == development_id
    taken = select(CarePlan.id).where(
        same, CarePlan.state == ProposalState.CONFIRMED, CarePlan.starts_at == day_start(starts)
    )
    if session.scalar(taken) is not None:
        raise Refusal("care_plan_day_taken", field="starts", day=starts)


def development_names(session: Session) -> list[tuple[int, str]]:
    """Every development with its name, to choose from."""
    stmt = select(Development.id, Development.name).order_by(Development.name, Development.id)
    return [(key, name) for key, name in session.execute(stmt)]
