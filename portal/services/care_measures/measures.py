"""The figures of a month: of all that the reader may see, of each carer, and of the months before."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from ...access.actor import Actor
from ...clock import month_end, month_of, month_start
from ...models import CareFile, Deal
from ...rules.care_measures.measures import Measures, Month, Outcome, growth, measure
from ...session import Session
from ..care import files, scope
from ..care.files import FileRow
from ..care_plans import plans
from . import facts
from .facts import Facts

MONTHS = 6
"""So many months a picture shows."""


@dataclass(frozen=True, slots=True)
class OfCarer:
    """The figures of one carer; nobody's where a file is in no care."""

    person_id: int | None
    name: str
    figures: Measures


@dataclass(frozen=True, slots=True)
class Report:
    """A month as the page shows it: `more_visits`: by how many percent first visits grew from the month before. A month
    that still `runs` is held against none."""

    month: str
    runs: bool
    figures: Measures
    more_visits: int | None
    carers: Sequence[OfCarer]
    months: Sequence[tuple[str, Measures]]


def report(session: Session, actor: Actor, now: datetime, month: str, *, development_id: int | None = None) -> Report:
    """The figures of a month and of those before it. Carers stand in the order of their names: it is no race."""
    spans = {name: _month(name, now) for name in (_before(month, number) for number in reversed(range(MONTHS)))}
    held = plans.held_at(session, [span.seen_until for span in spans.values()])
    priced = any(one.parted_by_price for one in held.values())
    loaded = facts.load(session, actor, now, development_id, priced=priced)
    of_month = {
        name: measure(loaded.files, loaded.deals, held[span.seen_until].plan, span) for name, span in spans.items()
    }
    figures = of_month[month]
    before = of_month[_before(month, 1)]
    return Report(
        month,
        month == month_of(now),
        figures,
        growth(len(before.first_visits), len(figures.first_visits)),
        _by_carer(loaded, figures),
        list(of_month.items()),
    )


def months(now: datetime) -> list[str]:
    """The months that can be looked at, the newest first."""
    return [_before(month_of(now), number) for number in range(12)]


def file_rows(session: Session, actor: Actor, ids: Sequence[int]) -> list[FileRow]:
    """The clients behind a figure."""
    stmt = scope.care_files(session, actor).where(CareFile.id.in_(ids))
    loaded = joinedload(CareFile.client), joinedload(CareFile.development)
    return files.shown(session, actor, session.scalars(stmt.options(*loaded).order_by(CareFile.id.desc())).all())


def deals_of(session: Session, ids: Sequence[int]) -> Sequence[Deal]:
    """The deals behind a figure, the newest first."""
    stmt: Select[Deal] = select(Deal).where(Deal.id.in_(ids)).options(joinedload(Deal.development))
    return session.scalars(stmt.order_by(Deal.signed_at.desc(), Deal.id)).all()


def not_in_time(figures: Measures) -> list[int]:
    """The files with a step that was not done in time."""
    return sorted({step.file_id for step in figures.wanted if step.outcome is not Outcome.IN_TIME})


def _by_carer(loaded: Facts, figures: Measures) -> list[OfCarer]:
    keys = {*loaded.carer_of_file.values(), *(step.carer_id for step in figures.wanted)}
    deals = {deal.deal_id: deal.carer_id for deal in loaded.deals}
    found = [
        OfCarer(key, loaded.people.get(key or 0, ""), restricted(figures, loaded.carer_of_file, deals, key))
        for key in keys
    ]
    return sorted(found, key=lambda one: (one.person_id is None, one.name))


def restricted(
    figures: Measures, of_file: dict[int, int | None], of_deal: dict[int, int | None], person_id: int | None
) -> Measures:
    """The part that is one carer's: steps by who cared when they came due, the others by who cares now."""

    def mine(ids: Sequence[int], of: dict[int, int | None]) -> tuple[int, ...]:
        return tuple(key for key in ids if of.get(key) == person_id)

    return replace(
        figures,
        wanted=tuple(step for step in figures.wanted if step.carer_id == person_id),
        reachable=mine(figures.reachable, of_file),
        silent=mine(figures.silent, of_file),
        were_silent=mine(figures.were_silent, of_file),
        revived=mine(figures.revived, of_file),
        strangers=mine(figures.strangers, of_file),
        first_visits=mine(figures.first_visits, of_file),
        signed=mine(figures.signed, of_deal),
        referred=mine(figures.referred, of_deal),
        released={key: days for key, days in figures.released.items() if of_deal.get(key) == person_id},
    )


def _month(name: str, now: datetime) -> Month:
    return Month(month_start(name), month_end(name), now)


def _before(month: str, number: int) -> str:
    first = date.fromisoformat(f"{month}-01")
    months_ = first.year * 12 + first.month - 1 - number
    return f"{months_ // 12:04d}-{months_ % 12 + 1:02d}"
