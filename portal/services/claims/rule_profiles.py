"""Rule profiles (判客规则): by which rules a development judges, proposed and confirmed by two (ADR 61).

A profile is in force from the beginning of a day to come, so that agencies know it first; nothing that was judged
before is judged anew by it. Where none is in force, the development's settings say what holds.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache

from sqlalchemy import Select, SQLColumnExpression, bindparam, select
from sqlalchemy.orm import joinedload

from commissions.refusal import Refusal

from ...access.actor import Actor
from ...access.scope import visible
from ...clock import day_start, local_day
from ...models import Agreement, Development, ProposalState, RuleProfile
from ...rules.judgements.profile import Profile
from ...rules.partners.policy import Policy
from ...session import Session
from .. import audit, proposals
from ..events.telling import Concerned, tell

MOST_DAYS_AHEAD = 366
"""No profile is published for a day further off: nobody would remember it."""


def in_force(session: Session, development: Development, at: datetime) -> Profile:
    """By which rules the development judges what comes at an instant."""
    toml = session.scalar(_IN_FORCE, {"development": development.id, "at": at})
    return Policy.of(development.policy).profile if toml is None else read(toml)


@lru_cache(maxsize=256)
def read(toml: str) -> Profile:
    """The profile of a text: each of them is judged by many times."""
    return Profile.from_toml(toml)


def text_in_force(development_id: SQLColumnExpression[int], at: SQLColumnExpression[datetime]) -> Select[str]:
    """For the database: the text of the profile in force in a development at an instant."""
    of = RuleProfile
    stmt = select(of.toml).where(of.state == ProposalState.CONFIRMED, of.development_id == development_id)
    return stmt.where(of.starts_at <= at).order_by(of.starts_at.desc()).limit(1)


_IN_FORCE = text_in_force(bindparam("development"), bindparam("at"))


def all_in_force(session: Session, at: datetime) -> dict[int, Profile]:
    """The same of all developments, in two queries."""
    return {key: rules[0][1] for key, rules in all_from_now_on(session, at).items()}


def all_from_now_on(session: Session, now: datetime) -> dict[int, list[tuple[datetime, Profile]]]:
    """`from_now_on` of all developments, in two queries."""
    of, settings = RuleProfile, select(Development.id, Development.policy)
    found = {key: [(now, Policy.of(policy).profile)] for key, policy in session.execute(settings)}
    published = select(of.development_id, of.starts_at, of.toml).where(of.state == ProposalState.CONFIRMED)
    for key, starts_at, toml in session.execute(published.order_by(of.starts_at)):
        if starts_at <= now:
            found[key] = [(now, read(toml))]
        else:
            found[key].append((starts_at, read(toml)))
    return found


def in_force_before(session: Session, row: RuleProfile) -> Profile:
    """The rules that a proposal replaces, or replaced."""
    return in_force(session, row.development, row.starts_at - timedelta.resolution)


def propose(
    session: Session,
    actor: Actor,
    now: datetime,
    development: Development,
    *,
    profile: Profile,
    starts: date,
    note: str,
) -> RuleProfile:
    """Propose by which rules a development judges from a day on.

    Raises Refusal: `rule_profile_too_soon`, `rule_profile_too_far`, `rule_profile_day_taken`.
    """
    _check_day(session, development.id, starts, now)
    row = RuleProfile(
        development=development,
        toml=profile.to_toml(),
        starts_at=day_start(starts),
        note=note.strip(),
        state=ProposalState.PROPOSED,
        proposed_by=actor.id,
        proposed_at=now,
    )
    session.add(row)
    audit.record(session, actor, now, "rule_profile_proposed", row, starts_on=starts.isoformat())
    tell(session, actor, now, "rule_profile_waits", row, Concerned(development=development.id), starts_on=starts)
    return row


def confirm(session: Session, actor: Actor, now: datetime, row: RuleProfile) -> None:
    """Confirm what another person proposed: it is in force from its day on, and every agency that sells there is told.

    Raises Refusal: those of `proposals.confirm`, and of `propose` where the day has come meanwhile.
    """
    proposals.check_another_person(actor, row)
    starts = local_day(row.starts_at)
    _check_day(session, row.development_id, starts, now)
    proposals.confirm(session, actor, now, row)
    audit.record(session, actor, now, "rule_profile_published", row, starts_on=starts.isoformat())
    for agency_id in _agencies(session, row.development_id, starts):
        whom = Concerned(agency=agency_id, development=row.development_id)
        tell(session, actor, now, "rule_profile_begins", row, whom, starts_on=starts)
    tell(
        session,
        actor,
        now,
        "rule_profile_published",
        row,
        Concerned(row.proposed_by, development=row.development_id),
        starts_on=starts,
    )


def refuse(session: Session, actor: Actor, now: datetime, row: RuleProfile, reason: str) -> None:
    """Send another person's proposal back, with a reason. Raises the Refusals of `proposals.refuse`."""
    proposals.refuse(session, actor, now, row, reason)
    audit.record(session, actor, now, "rule_profile_refused", row)
    tell(session, actor, now, "rule_profile_refused", row, Concerned(row.proposed_by, development=row.development_id))


def withdraw(session: Session, actor: Actor, now: datetime, row: RuleProfile) -> None:
    """Take one's own proposal back. Raises the Refusals of `proposals.withdraw`."""
    proposals.withdraw(session, actor, now, row)
    audit.record(session, actor, now, "rule_profile_withdrawn", row)


# Reading


def listing(
    actor: Actor, *, development_id: int | None = None, state: ProposalState | None = None
) -> Select[RuleProfile]:
    """The profiles that the actor may see, with all that their list shows."""
    of = RuleProfile
    stmt = visible(actor, of).options(joinedload(of.proposer), joinedload(of.decider), joinedload(of.development))
    if development_id is not None:
        stmt = stmt.where(of.development_id == development_id)
    return stmt if state is None else stmt.where(of.state == state)


def to_decide(actor: Actor) -> Select[RuleProfile]:
    """The proposals of others that wait."""
    of = RuleProfile
    return visible(actor, of).where(of.state == ProposalState.PROPOSED, of.proposed_by != actor.id)


def to_come(session: Session, development: Development, now: datetime) -> Sequence[RuleProfile]:
    """The confirmed profiles whose day has not come yet, the nearest first."""
    stmt = select(RuleProfile).where(
        RuleProfile.development_id == development.id,
        RuleProfile.state == ProposalState.CONFIRMED,
        RuleProfile.starts_at > now,
    )
    return session.scalars(stmt.order_by(RuleProfile.starts_at)).all()


def from_now_on(session: Session, development: Development, now: datetime) -> list[tuple[datetime, Profile]]:
    """The rules of now, and those that begin on days to come, each with when it begins, in that order."""
    coming = [(row.starts_at, read(row.toml)) for row in to_come(session, development, now)]
    return [(now, in_force(session, development, now)), *coming]


def _check_day(session: Session, development_id: int, starts: date, now: datetime) -> None:
    today = local_day(now)
    if starts <= today:
        raise Refusal("rule_profile_too_soon", field="starts", earliest=today + timedelta(days=1))
    if starts > today + timedelta(days=MOST_DAYS_AHEAD):
        raise Refusal("rule_profile_too_far", field="starts", latest=today + timedelta(days=MOST_DAYS_AHEAD))
    taken = select(RuleProfile.id).where(
        RuleProfile.development_id == development_id,
        RuleProfile.state == ProposalState.CONFIRMED,
        RuleProfile.starts_at == day_start(starts),
    )
    if session.scalar(taken) is not None:
        raise Refusal("rule_profile_day_taken", field="starts", day=starts)


def _agencies(session: Session, development_id: int, starts: date) -> Sequence[int]:
    """The agencies that sell the development, or are about to."""
    runs = Agreement.ended_at.is_(None), Agreement.ends_on.is_(None) | (Agreement.ends_on > starts)
    stmt = select(Agreement.agency_id).where(Agreement.development_id == development_id, *runs)
    return session.scalars(stmt.distinct().order_by(Agreement.agency_id)).all()
