"""What a chunk of agencies has earned and not been posted: found by the same rule, from the same facts, as events do.

Events post at once, so for deals that were recorded in the portal there is nothing to find, and this is the proof of
it at every month's end. For deals that were loaded past it, everything is.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, String, and_, or_, select, type_coerce

from commissions import rating
from commissions.accrual import Line
from commissions.calendar import Window, widest, window_bounds, window_label
from commissions.plan import Plan
from commissions.rating import WindowKey

from ...access.actor import Actor
from ...clock import month_start
from ...models import Benefit, Cause, Corrected, CorrectedFact, Deal, Milestone, PlanVersion, agency_payee
from ...session import Session
from ..bulk import insert_rows, note_many, take_ids, tell_many
from ..commission import benefits, held, plans, rating_facts
from ..commission.held import OF_DEAL, Around, Held
from ..commission.rating_facts import Book, Place
from ..events.telling import Concerned
from ..ledger.lines import NewLine, deals_told


@dataclass(frozen=True, slots=True)
class Outstanding:
    """Lines to post, and the facts that they came from."""

    lines: Sequence[NewLine]
    book: Book

    def settle_benefits(self, session: Session, actor: Actor, now: datetime) -> None:
        """Grant and take back what the agencies of the posted lines have come to.

        Those that hold none yet, as all do whose history is loaded, are granted theirs in one go.
        """
        changed = {int(line.payee.removeprefix("agency:")) for line in self.lines}
        if not changed:
            return
        held = set(
            session.scalars(
                select(Benefit.agency_id).where(Benefit.agency_id.in_(changed), Benefit.revoked_at.is_(None))
            )
        )
        self._grant(session, actor, now, changed - held)
        for agency_id in sorted(held):
            own = [deal for deal in self.book.deals if deal.agency == agency_id]
            touched = frozenset(_windows(own, self.book.plans))
            benefits.settle(session, actor, now, agency_id, replace(self.book, deals=own, touched=touched))

    def _grant(self, session: Session, actor: Actor, now: datetime, agencies: Collection[int]) -> None:
        """Store the benefits that the lines' own deals reached (rules 5.2)."""
        reached = {line.deal_id: line.why["benefit"] for line in self.lines if line.why["benefit"] is not None}
        due = [
            (deal.agency, *_window_of(deal, self.book.plans), reached[deal.deal_id], deal.deal_id, now)
            for deal in self.book.deals
            if deal.deal_id in reached and deal.agency in agencies
        ]
        if due:
            keyed = [(key, *row) for key, row in zip(take_ids(session, Benefit, len(due)), due, strict=True)]
            columns = ("id", "agency_id", "scope", "window", "name", "deal_id", "granted_at")
            insert_rows(session, Benefit, columns, keyed)
            note_many(session, actor, now, "benefit_granted", Benefit, [(row[0], {}) for row in keyed])
            tell_many(
                session,
                actor,
                now,
                "benefit_granted",
                Benefit,
                [(row[0], Concerned(agency=int(str(row[1]))), {}) for row in keyed],
            )


def outstanding(session: Session, agencies: Sequence[int], month: str) -> Outstanding:
    """What these agencies' deals of a month, and all that share a window with them, still have to be posted."""
    around = _around(agencies, month)
    apart = bool(held.apart(session, agencies))
    known = _with_their_past(session, around) if apart else _as_they_stand(session, around(OF_DEAL))
    window = widest(_window(deal, known.plans) for deal in known.deals)
    label = window_label(month_start(month), window)
    looks_back = label != month or _any_seal(session, agencies, month)
    if looks_back:
        around = _around(agencies, label)
        known = _with_their_past(session, around)
    within = {
        deal.deal_id for deal in known.deals if _window(deal, known.plans).width <= window.width
    }  # no other window is whole
    book = Book(known.deals, known.plans, rating_facts.posted(session, around))
    if looks_back:
        book = _with_seals(session, agencies, book)
    lines = [line for line in book.delta() if line.deal_id in within]
    payees = {deal.deal_id: agency_payee(int(str(deal.agency))) for deal in book.deals}
    told = deals_told(session, {(line.deal_id, payees[line.deal_id]) for line in lines})
    return Outstanding(_new_lines(lines, book, known, month, told), book)


@dataclass(frozen=True, slots=True)
class _Known:
    """Deals, the plans that they keep, and the milestones that they reached, by deal and kind."""

    deals: list[rating.Deal]
    plans: dict[int, Plan]
    milestones: dict[tuple[int, str], int]


def _as_they_stand(session: Session, around: ColumnElement[bool]) -> _Known:
    """The deals without their past, which only seals look at: half of what there is to read, and the usual case."""
    d, m = Deal.__table__.c, Milestone.__table__.c
    columns = (d.id, d.agency_id, d.development_id, d.signed_at, d.price_fen, d.plan_version_id, d.cancelled_at)
    rows = session.execute(select(*columns).where(around).order_by(d.id)).all()
    kept = _plans(session, {row.plan_version_id for row in rows})
    due = {part.milestone for plan in kept.values() for part in plan.instalments}
    steps = (
        select(m.deal_id, type_coerce(m.kind, String), m.id)
        .join_from(Deal.__table__, Milestone.__table__, m.deal_id == d.id)
        .where(around, m.kind.in_(due))
    )
    milestones = {(deal_id, kind): key for deal_id, kind, key in session.execute(steps)}
    reached: defaultdict[int, frozenset[str]] = defaultdict(frozenset)
    for kind in due:
        alone = frozenset({kind})
        for deal_id, reached_kind in milestones:
            if reached_kind == kind:
                reached[deal_id] = reached[deal_id] | alone if deal_id in reached else alone
    forfeited = rating_facts.forfeited_among(session, around)
    deals = [rating.Deal(*row, reached[row.id], None, row.id in forfeited) for row in rows]
    return _Known(deals, kept, milestones)


def _with_their_past(session: Session, around: Around) -> _Known:
    """The deals with the instants at which their facts were known and corrected."""
    m = Milestone.__table__.c
    deals = rating_facts.facts(session, around)
    steps = (
        select(m.deal_id, type_coerce(m.kind, String), m.id)
        .join_from(Deal.__table__, Milestone.__table__, m.deal_id == Deal.__table__.c.id)
        .where(or_(around(OF_DEAL), held.ids(around)))
    )
    milestones = {(deal_id, kind): key for deal_id, kind, key in session.execute(steps)}
    return _Known(deals, _plans(session, {deal.plan for deal in deals}), milestones)


def _plans(session: Session, versions: Collection[object]) -> dict[int, Plan]:
    rows = session.execute(select(PlanVersion.id, PlanVersion.toml).where(PlanVersion.id.in_(versions)))
    return {key: plans.parse(toml) for key, toml in rows}


def _window(deal: rating.Deal, kept: dict[int, Plan]) -> Window:
    return kept[int(str(deal.plan))].window


def _any_seal(session: Session, agencies: Sequence[int], month: str) -> bool:
    """Whether a window that holds a part of the month is sealed already."""
    return bool(
        rating_facts.sealed_since(session, agencies, {window_label(month_start(month), window) for window in Window})
    )


def _around(agencies: Sequence[int], label: str) -> Around:
    start, end = window_bounds(label)
    conditions: list[ColumnElement[bool]] = [Deal.signed_at.is_not(None)]
    if start is not None and end is not None:
        conditions += [Deal.signed_at >= start, Deal.signed_at < end]
    return lambda by: and_(by.agency_id.in_(agencies), by.plan_version_id.is_not(None), *conditions)


def _with_seals(session: Session, agencies: Sequence[int], book: Book) -> Book:
    """The book with the seals on its windows, and with the deals that corrections took away from sealed ones."""
    labels = {label for _scope, label in _windows(book.deals, book.plans)}
    since = rating_facts.sealed_since(session, agencies, labels)
    if not since:
        return book
    corrected = select(CorrectedFact.deal_id).where(CorrectedFact.what == Corrected.SIGNED_AT)

    def left(by: Held) -> ColumnElement[bool]:
        return and_(by.agency_id.in_(agencies), by.plan_version_id.in_(book.plans), Deal.id.in_(corrected))

    there = {deal.deal_id for deal in book.deals}
    gone = [deal for deal in rating_facts.facts(session, left) if deal.deal_id not in there]
    deals = [*book.deals, *gone]
    sold: defaultdict[object, set[object]] = defaultdict(lambda: {None})
    for deal in deals:
        sold[deal.agency].add(deal.development)
    sealed = {
        WindowKey(agency_id, development, label): sealed_at
        for (agency_id, label), sealed_at in since.items()
        for development in sold[agency_id]
    }
    return replace(book, deals=deals, sealed=sealed, beyond=frozenset(deal.deal_id for deal in gone))


def _windows(deals: Sequence[rating.Deal], kept: dict[int, Plan]) -> set[tuple[str, str]]:
    """The windows that deals are counted in, as a scope and a label."""
    return {_window_of(deal, kept) for deal in deals if deal.signed_at is not None}


def _window_of(deal: rating.Deal, kept: dict[int, Plan]) -> tuple[str, str]:
    assert deal.signed_at is not None  # nobody asks of a deal that was given away
    return rating_facts.window(Place(int(str(deal.development)), deal.signed_at), kept[int(str(deal.plan))])


def _party(deal: rating.Deal) -> str:
    """The end of a line's name where others have, or had, a part of the deal."""
    whole = deal.part == rating.WHOLE and all(once.share_bps == rating.WHOLE.share_bps for once in deal.moved)
    return "" if whole else f":{deal.agency}"


def _new_lines(
    lines: Sequence[Line], book: Book, known: _Known, month: str, told: Mapping[tuple[int, str], dict[str, Any]]
) -> list[NewLine]:
    deals = {deal.deal_id: deal for deal in book.deals}

    def payee(line: Line) -> str:
        return agency_payee(int(str(deals[line.deal_id].agency)))

    return [
        NewLine(
            reference=f"close:{month}:{line.deal_id}:{line.milestone}{_party(deals[line.deal_id])}",
            payee=payee(line),
            cause=Cause(line.cause),
            amount_fen=line.amount_fen,
            summary=f"{line.cause} of deal {line.deal_id} at {line.milestone}",
            why=line.facts() | {"deal": told[line.deal_id, payee(line)]},
            deal_id=line.deal_id,
            instalment=line.milestone,
            milestone_id=known.milestones.get((line.deal_id, line.milestone)),
            rank=line.rating.rank,
            window=line.rating.window,
            rate_bps=line.rating.rate_bps,
            plan_version_id=int(str(deals[line.deal_id].plan)),
        )
        for line in lines
    ]
