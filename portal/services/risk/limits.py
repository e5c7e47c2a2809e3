"""Limits of the risk desk (风险阈值): proposed by one person, tried on what really happened, published by another.

They hold at once: a limit asks a person to look, and neither judges nor holds anything. Flags that were opened before
stay.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from ...access.actor import Actor
from ...access.scope import visible
from ...models import Agency, Person, ProposalState, RiskLimits
from ...rules.risk import figures
from ...rules.risk import limits as rule
from ...rules.risk.figures import Figure, Party
from ...rules.risk.limits import Limits
from ...session import Session
from .. import audit, proposals
from ..events.telling import Concerned, tell
from . import facts
from .facts import Asked


def in_force(session: Session, at: datetime | None = None) -> Limits:
    """The limits that hold, or held at an instant."""
    of = RiskLimits
    stmt = select(of.toml).where(of.state == ProposalState.CONFIRMED)
    if at is not None:
        stmt = stmt.where(of.decided_at <= at)
    toml = session.scalar(stmt.order_by(of.decided_at.desc(), of.id.desc()).limit(1))
    return rule.given() if toml is None else rule.from_toml(toml)


def in_force_before(session: Session, row: RiskLimits) -> Limits:
    """The limits that a proposal replaces, or replaced."""
    if row.state is not ProposalState.CONFIRMED:
        return in_force(session)
    of = RiskLimits
    earlier = of.state == ProposalState.CONFIRMED, of.decided_at <= row.decided_at, of.id != row.id
    toml = session.scalar(select(of.toml).where(*earlier).order_by(of.decided_at.desc(), of.id.desc()).limit(1))
    return rule.given() if toml is None else rule.from_toml(toml)


def propose(session: Session, actor: Actor, now: datetime, limits: Limits, note: str) -> RiskLimits:
    """Propose other limits. Raises the Refusals of `limits.checked`."""
    row = RiskLimits(
        toml=rule.to_toml(rule.checked(limits)),
        note=note.strip(),
        state=ProposalState.PROPOSED,
        proposed_by=actor.id,
        proposed_at=now,
    )
    session.add(row)
    audit.record(session, actor, now, "risk_limits_proposed", row)
    tell(session, actor, now, "risk_limits_wait", row, Concerned())
    return row


def confirm(session: Session, actor: Actor, now: datetime, row: RiskLimits) -> None:
    """Publish what another person proposed: the next look goes by it. Raises the Refusals of `proposals.confirm`."""
    proposals.confirm(session, actor, now, row)
    audit.record(session, actor, now, "risk_limits_published", row)
    tell(session, actor, now, "risk_limits_published", row, Concerned(row.proposed_by))


def refuse(session: Session, actor: Actor, now: datetime, row: RiskLimits, reason: str) -> None:
    """Send another person's proposal back, with a reason. Raises the Refusals of `proposals.refuse`."""
    proposals.refuse(session, actor, now, row, reason)
    audit.record(session, actor, now, "risk_limits_refused", row)
    tell(session, actor, now, "risk_limits_refused", row, Concerned(row.proposed_by))


def withdraw(session: Session, actor: Actor, now: datetime, row: RiskLimits) -> None:
    """Take one's own proposal back. Raises the Refusals of `proposals.withdraw`."""
    proposals.withdraw(session, actor, now, row)
    audit.record(session, actor, now, "risk_limits_withdrawn", row)


# Reading


def listing(actor: Actor) -> Select[RiskLimits]:
    """All that was ever proposed, with who proposed and who decided."""
    of = RiskLimits
    return visible(actor, of).options(joinedload(of.proposer), joinedload(of.decider))


def to_decide(actor: Actor) -> Select[RiskLimits]:
    """The proposals of others that wait."""
    of = RiskLimits
    return visible(actor, of).where(of.state == ProposalState.PROPOSED, of.proposed_by != actor.id)


# Trying


@dataclass(frozen=True, slots=True)
class Tried:
    """A figure under the limits of now and under others: how many flags each would raise, and of whom those come that
    only one of them raises."""

    figure: Figure
    before: int
    after: int
    come: Sequence[str]
    go: Sequence[str]


def try_out(session: Session, now: datetime, limits: Limits, against: Limits) -> list[Tried]:
    """Limits on what really happened in the weeks that figures look at, as if nobody had been asked yet; figure by
    figure."""
    known = facts.load(session, now, Asked())
    sides = []
    for one in (against, limits):
        sides.append(
            {
                (found.reading.figure, place, found.party)
                for place, there in known.items()
                for found in figures.find(there, one, now, lambda _figure, _party: None)
            }
        )
    before, after = sides
    names = _names(session, {party for _figure, _place, party in before ^ after})
    counts = [Counter(figure for figure, _place, _party in side) for side in sides]

    def only(figure: Figure, side: set[tuple[Figure, int, Party]]) -> list[str]:
        return sorted({names[party] for one, _place, party in side if one is figure})

    return [
        Tried(figure, counts[0][figure], counts[1][figure], only(figure, after - before), only(figure, before - after))
        for figure in rule.SETTINGS
    ]


def _names(session: Session, parties: set[Party]) -> dict[Party, str]:
    people = _named(session, Person, {party.person_id for party in parties})
    agencies = _named(session, Agency, {party.agency_id for party in parties})
    return {
        party: " · ".join(name for name in (agencies.get(party.agency_id), people.get(party.person_id)) if name)
        for party in parties
    }


def _named(session: Session, model: type[Person] | type[Agency], keys: set[int | None]) -> dict[int | None, str]:
    rows = session.execute(select(model.id, model.name).where(model.id.in_([key for key in keys if key is not None])))
    return {row[0]: row[1] for row in rows}
