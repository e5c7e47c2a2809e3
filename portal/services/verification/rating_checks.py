"""What every deal should have earned, worked out anew and held against what is posted for it.

It is the one rating that pays, fed with the facts as they stand, agency by agency: a window never reaches beyond its
agency. Many small agencies are read at once and a large one alone, so that memory is bounded by the largest.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence

from sqlalchemy import ColumnElement, and_, func, select

from commissions.accrual import accrue
from commissions.ledger import Fault
from commissions.plan import Plan

from ...models import Deal, PlanVersion
from ...session import Session
from ..commission import held, plans, rating_facts
from ..commission.held import OF_DEAL, Held

_BESIDE = 0
"""The number of a fault that is in no block, as in `settlement_checks`."""

DEALS = 5_000
"""Agencies are read together until they come to about so many deals."""

Chunk = Sequence[int]
"""The ids of agencies that are read together, rising; none of those between them has deals."""


def chunks(session: Session) -> Sequence[Chunk]:
    """All agencies with deals that earn commission, cut into chunks; who shares a deal, or did, is read alone."""
    counts = select(Deal.agency_id, func.count()).where(_earning(OF_DEAL), Deal.agency_id.is_not(None))
    alone = held.apart(session)
    found = dict.fromkeys(alone, 0)
    for agency_id, count in session.execute(counts.group_by(Deal.agency_id).order_by(Deal.agency_id)):
        found[agency_id or 0] = count  # `_earning` leaves no deal without one
    made: list[list[int]] = []
    room = 0
    for agency_id, count in sorted(found.items()):
        if agency_id in alone or count > room:
            made.append([])
            room = DEALS
        made[-1].append(agency_id)
        room = 0 if agency_id in alone else room - count
    return made


def rating_fault(session: Session, progress: Callable[[], object]) -> Fault | None:
    """An instalment of a deal for which not just that is posted that it should have earned by now (`rating`)."""
    versions = session.execute(select(PlanVersion.id, PlanVersion.toml)).all()
    known: dict[Hashable, Plan] = {key: plans.parse(toml) for key, toml in versions}
    for agencies in chunks(session):
        found = _wrong(session, agencies, known)
        if found is not None:
            return Fault(_BESIDE, "rating", "deal:{}:{}".format(*found))
        progress()
    return None


def _wrong(session: Session, agencies: Chunk, known: Mapping[Hashable, Plan]) -> tuple[int, str] | None:
    """The first deal and instalment of these agencies that is not posted as it should be."""

    def around(by: Held) -> ColumnElement[bool]:
        return and_(by.agency_id.between(agencies[0], agencies[-1]), _earning(by))

    deals, posted = rating_facts.facts(session, around), rating_facts.posted(session, around)
    lines = accrue(deals, known, posted, None, rating_facts.sealed(session, agencies))
    rated = {deal.deal_id for deal in deals}
    stray = (key for key, fen in posted.items() if fen and key[0] not in rated)
    return min([*((line.deal_id, line.milestone) for line in lines), *stray], default=None)


def _earning(by: Held) -> ColumnElement[bool]:
    return and_(Deal.signed_at.is_not(None), by.plan_version_id.is_not(None))
