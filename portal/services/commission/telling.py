"""What is told of commission: to the principals what was posted for the agency, to each broker what for his deals, and
when a sale reaches a higher tier."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy import select

from commissions.accrual import Cause, Line
from commissions.plan import Plan

from ...access.actor import Actor
from ...models import Deal, DealPart
from ...session import Session
from ..events.telling import Concerned, tell

_AT_ONCE = 500
_KINDS = {
    (False, True): "commission_posted",
    (False, False): "commission_taken_back",
    (True, True): "own_commission_posted",
    (True, False): "own_commission_taken_back",
}
"""By whether it is of a broker's own deals, and whether it is more."""


def tell_of_posting(
    session: Session, actor: Actor, now: datetime, agency_id: int, lines: Sequence[Line], plans: Mapping[int, Plan]
) -> None:
    """Tell of the lines that one event has posted; `plans` are those of their deals."""
    deals = _deals(session, {line.deal_id for line in lines})
    owners = _owners(session, agency_id, deals)
    own: defaultdict[int, list[Line]] = defaultdict(list)
    for line in lines:
        owner_id = owners.get(line.deal_id)
        if owner_id is not None:
            own[owner_id].append(line)
    _tell_sum(session, actor, now, Concerned(agency=agency_id), lines, deals)
    for owner_id, his in sorted(own.items()):
        _tell_sum(session, actor, now, Concerned(owner_id, agency_id), his, deals)
    for line in tiers_reached(lines, plans):
        deal, rank = deals[line.deal_id], line.rating.rank
        whom = Concerned(owners.get(deal.id), agency_id, deal.development_id)
        tell(session, actor, now, "tier_reached", deal, whom, rank=rank, window=line.rating.window)


def tiers_reached(lines: Sequence[Line], plans: Mapping[int, Plan]) -> Iterator[Line]:
    """The first lines of deals whose own rank begins a tier of their plan, but the first one."""
    for line in lines:
        if line.cause is Cause.ACCRUAL and line.rating.rank in plans[line.deal_id].starts[1:]:
            yield line


def _tell_sum(
    session: Session, actor: Actor, now: datetime, whom: Concerned, lines: Sequence[Line], deals: Mapping[int, Deal]
) -> None:
    """What these lines come to; nothing where they cancel each other out."""
    sum_fen = sum(line.amount_fen for line in lines)
    if sum_fen:
        kind = _KINDS[whom.person is not None, sum_fen > 0]
        count = len({line.deal_id for line in lines})
        tell(session, actor, now, kind, deals[lines[0].deal_id], whom, amount_fen=abs(sum_fen), deals=count)


def _owners(session: Session, agency_id: int, deals: Mapping[int, Deal]) -> Mapping[int, int]:
    """The agency's own broker of each deal: of one that others have a part in, who has the agency's part, or had it."""
    found = {
        key: deal.owner_id for key, deal in deals.items() if deal.owner_id is not None and deal.agency_id == agency_id
    }
    keys, of = sorted(deals), DealPart
    for start in range(0, len(keys), _AT_ONCE):
        some = of.deal_id.in_(keys[start : start + _AT_ONCE])
        rows = session.execute(select(of.deal_id, of.owner_id).where(some, of.agency_id == agency_id).order_by(of.id))
        found |= dict(rows.all())
    return found


def _deals(session: Session, ids: set[int]) -> Mapping[int, Deal]:
    keys, found = sorted(ids), dict[int, Deal]()
    for start in range(0, len(keys), _AT_ONCE):
        rows = session.scalars(select(Deal).where(Deal.id.in_(keys[start : start + _AT_ONCE])))
        found |= {row.id: row for row in rows}
    return found
