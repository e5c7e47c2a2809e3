"""One row of a file of deals: what it does, done by the services that a person's click would call.

`carry_out` is called twice for a row: once when the file is tried out, in a savepoint that is rolled back, and once
when it is confirmed. So the preview cannot tell anything else than what the services really do. It finds first what
is there already, and does only the rest: carried out again, a row does nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from commissions.refusal import Refusal

from ...access.actor import Actor
from ...adapters.sheets.deal_file import STEPS, DealRow, Span, read_row
from ...models import Deal, Development, Milestone, MilestoneKind, PostedLine, RowOutcome
from ...session import Session
from .. import contacts
from ..clients import find_client
from ..deals import deals
from ..programmes import discounts

RACED = frozenset({"unit_taken", "milestone_repeated"})
"""Refusals after which the row is looked at once more: another hand may just have recorded the same."""


@dataclass(frozen=True, slots=True)
class Done:
    """What a row did, and the sum of the lines that it posted. The facts hold no personal data."""

    outcome: RowOutcome
    deal_id: int | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    total_fen: int = 0


def try_row(session: Session, actor: Actor, now: datetime, cells: Mapping[str, str]) -> Done:
    """Carry a row out, or say why not; refused, it leaves nothing behind."""
    try:
        return _once(session, actor, now, cells)
    except Refusal as refusal:
        if refusal.code not in RACED:
            return refused(refusal)
    try:
        return _once(session, actor, now, cells)
    except Refusal as refusal:
        return refused(refusal)


def refused(refusal: Refusal) -> Done:
    """A refusal as it is kept. Instants become text; see `refusal_of`."""
    facts = {
        name: {"instant": fact.isoformat()} if isinstance(fact, datetime) else fact
        for name, fact in refusal.facts.items()
        if name != "field"
    }
    return Done(RowOutcome.REFUSED, facts={"code": refusal.code, "facts": facts})


def refusal_of(facts: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Code and facts of a refusal that was kept."""
    told = {
        name: datetime.fromisoformat(fact["instant"]) if isinstance(fact, dict) else fact
        for name, fact in facts["facts"].items()
    }
    return facts["code"], told


def find_development(session: Session, text: str) -> Development:
    """The development of this name, or of this number. Raises Refusal `import_development_unknown`."""
    row = session.scalar(select(Development).where(func.lower(Development.name) == text.strip().lower()))
    if row is None and text.isascii() and text.isdigit() and len(text) < 10:
        row = session.get(Development, int(text))
    if row is None:
        raise Refusal("import_development_unknown")
    return row


def find_deal(session: Session, development_id: int, row: DealRow) -> Deal | None:
    """The deal that the row is about; None where it opens one.

    Without a phone it is the unit's deal. With one it is that client's: a unit that was cancelled and sold again has
    several, and the time of the subscription tells which is meant. Raises Refusal `import_deal_unknown`,
    `import_other_buyer`, `import_cell_missing`, and that of a phone which is none.
    """
    found = _of_unit(session, development_id, row.unit)
    if row.phone:
        client = find_client(session, contacts.parse_phone(row.phone))
        own = [deal for deal in found if client is not None and deal.client_id == client.id]
    else:
        own = found
    deal = _meant(own, row.steps.get("subscribed"))
    if deal is None:
        _check_opens(row, found)
    return deal


# Doing


def _once(session: Session, actor: Actor, now: datetime, cells: Mapping[str, str]) -> Done:
    with session.begin_nested():
        row = read_row(cells)
        return _carry_out(session, actor, now, row, find_development(session, row.development).id)


def _carry_out(session: Session, actor: Actor, now: datetime, row: DealRow, development_id: int) -> Done:
    instants = row.instants(now)
    deal, reached = find_deal(session, development_id, row), []
    opens = deal is None
    if deal is None:
        assert row.price_fen is not None  # `find_deal` asked for it
        deal = deals.open_deal(
            session,
            actor,
            now,
            deals.Subscription(
                development_id=development_id,
                phone=row.phone,
                name=row.name,
                unit=row.unit,
                price_fen=row.price_fen,
                at=instants["subscribed"],
            ),
        )
        reached = list(session.scalars(select(Milestone).where(Milestone.deal_id == deal.id)))
    elif row.price_fen is not None and row.price_fen not in discounts.prices(session, deal):
        raise Refusal("import_other_price", price_fen=deal.price_fen)
    wanted = _missing(deal, row)
    for kind in wanted:
        note = row.note if kind == wanted[-1] else ""
        reached.append(
            deals.record_milestone(session, actor, now, deal, kind=MilestoneKind(kind), at=instants[kind], note=note)
        )
    return _done(session, deal, reached, opens=opens)


def _missing(deal: Deal, row: DealRow) -> list[str]:
    """The row's milestones that the deal lacks. Raises Refusal `import_other_time` where it has one at another time,
    and `import_cell_missing` for a cancellation without its reason."""
    known = {step.kind.value: step.at for step in deal.milestones}
    for kind, span in row.steps.items():
        if kind in known and known[kind] not in span:
            raise Refusal("import_other_time", heading=kind, at=known[kind])
    missing = [kind for kind in STEPS if kind in row.steps and kind not in known]
    if "cancelled" in missing and not row.note:
        raise Refusal("import_cell_missing", heading="note")
    return missing


def _done(session: Session, deal: Deal, reached: Sequence[Milestone], *, opens: bool) -> Done:
    session.flush()
    keys = [step.id for step in reached]
    lines, total_fen = session.execute(
        select(func.count(PostedLine.id), func.coalesce(func.sum(PostedLine.amount_fen), 0)).where(
            PostedLine.milestone_id.in_(keys)
        )
    ).one()
    facts = {
        "agency_id": deal.agency_id,
        "owner_id": deal.owner_id,
        "owner": _owner(deal),
        "steps": [step.kind.value for step in reached],
        "lines": lines,
        "discount": _discount(session, deal) if opens else None,
    }
    outcome = RowOutcome.OPENS if opens else RowOutcome.ADVANCES if reached else RowOutcome.NOTHING
    return Done(outcome, deal.id, facts, int(total_fen))


def _discount(session: Session, deal: Deal) -> Mapping[str, Any] | None:
    """What a programme took off the file's price, and what is left; None where nothing was."""
    row = discounts.of_deal(session, deal)
    if row is None:
        return None
    return {"programme_id": row.programme_id, "rate_bps": row.rate_bps, "price_fen": deal.price_fen}


def _owner(deal: Deal) -> Mapping[str, Any] | None:
    """The touch that owns the deal, as its attribution tells it: kind and instant."""
    why = deal.attributions[-1].why if deal.attributions else {}
    owner = why.get("owner")
    return None if owner is None else {"kind": owner["kind"], "at": owner["at"]}


# Finding


def _of_unit(session: Session, development_id: int, unit: str) -> list[Deal]:
    """The unit's deals, the newest first."""
    stmt = select(Deal).where(Deal.development_id == development_id, Deal.unit == unit.strip())
    fresh = stmt.options(selectinload(Deal.milestones)).execution_options(populate_existing=True)
    return list(session.scalars(fresh.order_by(Deal.id.desc())))


def _meant(own: Sequence[Deal], subscribed: Span | None) -> Deal | None:
    if subscribed is not None:
        for deal in own:
            if any(step.kind is MilestoneKind.SUBSCRIBED and step.at in subscribed for step in deal.milestones):
                return deal
    last = next((one for one in own if one.cancelled_at is None), own[0] if own else None)
    if last is not None and last.cancelled_at and subscribed is not None and subscribed.end > last.cancelled_at:
        return None  # sold again
    return last


def _check_opens(row: DealRow, found: Sequence[Deal]) -> None:
    """What a row needs that opens a deal. Without any of it, it meant a deal that is not there."""
    needed = {"phone": row.phone, "name": row.name, "price": row.price_fen, "subscribed": row.steps.get("subscribed")}
    missing = [key for key, value in needed.items() if value in (None, "")]
    if missing and any(deal.cancelled_at is None for deal in found):
        raise Refusal("import_other_buyer")
    if len(missing) == len(needed) or (missing and "subscribed" in missing):
        raise Refusal("import_deal_unknown")
    if missing:
        raise Refusal("import_cell_missing", heading=missing[0])
