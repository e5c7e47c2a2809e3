"""The board of a month: each figure with its target, its points, how fresh it is and what late truth corrects; the
months before it; and the same of each development."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from ...clock import month_of, month_start
from ...models import Development, MeasureBoard, MeasureEntry, MeasureSeal, ProposalState
from ...rules.measures.board import OWN_DATA, Aim, Board, Figure, Measure, Total, score, total, value
from ...rules.measures.board import tenths as tenths_of
from ...rules.measures.months import Correction, corrections
from ...session import Session
from . import boards, figures, seals
from .figures import Figures
from .seals import Kept

MONTHS = 12


@dataclass(frozen=True, slots=True)
class Line:
    """A figure of the board. `fresh_at`: of when it is; None where nobody has delivered it. `correction`: what it would
    be today, where its month is sealed and the truth came later."""

    measure: Measure
    aim: Aim
    figure: Figure
    fresh_at: datetime | None
    correction: Correction | None = None

    @property
    def value(self) -> int | None:
        """In the unit of the target."""
        return value(self.measure, self.figure)

    @property
    def tenths(self) -> int | None:
        """Its points, in tenths."""
        points = score(self.measure, self.aim, self.figure)
        return None if points is None else tenths_of(points)

    @property
    def reached(self) -> bool | None:
        """Whether the target is reached."""
        points = score(self.measure, self.aim, self.figure)
        return None if points is None else points >= 100


@dataclass(frozen=True, slots=True)
class MonthBoard:
    """The board of a month. `version`: the published one that holds, None of the handbook's. `seal`: what was proposed
    or confirmed last."""

    month: str
    development_id: int | None
    version: MeasureBoard | None
    lines: Sequence[Line]
    total: Total
    seal: MeasureSeal | None = None

    @property
    def sealed(self) -> bool:
        """Whether it is settled."""
        return self.seal is not None and self.seal.state is ProposalState.CONFIRMED

    @property
    def tenths(self) -> int | None:
        """The month's points, in tenths."""
        return None if self.total.points is None else tenths_of(self.total.points)

    def line(self, measure: Measure) -> Line:
        """One of its figures."""
        return next(one for one in self.lines if one.measure is measure)


def of_month(session: Session, now: datetime, month: str, development_id: int | None = None) -> MonthBoard:
    """The board of a month, of a development or of all together."""
    seal = seals.of_month(session, month)
    live = figures.of_months(session, [month], development_id)[month, development_id]
    held = boards.all_in_force(session, month).version(development_id)
    if seal is None or seal.state is not ProposalState.CONFIRMED:
        return _board(month, development_id, held, live, _fresh(session, now, month, development_id), seal, {})
    kept = seals.sealed(session, [month])[month].get(development_id) or Kept(figures.nothing(), held)
    late = {one.measure: one for one in corrections(kept.figures, live)}
    fresh: dict[Measure, datetime | None] = dict.fromkeys(Measure, seal.decided_at)
    return _board(month, development_id, kept.version, kept.figures, fresh, seal, late)


def _board(
    month: str,
    development_id: int | None,
    version: MeasureBoard | None,
    of: Figures,
    fresh: dict[Measure, datetime | None],
    seal: MeasureSeal | None,
    late: dict[Measure, Correction],
) -> MonthBoard:
    board = boards.of_version(version)
    lines = [
        Line(measure, aim, of[measure], fresh[measure] if of[measure].part is not None else None, late.get(measure))
        for measure, aim in board.aims.items()
    ]
    return MonthBoard(month, development_id, version, lines, total(board, of), seal)


def _fresh(session: Session, now: datetime, month: str, development_id: int | None) -> dict[Measure, datetime | None]:
    """What the portal counts itself is of this instant; what was entered, of its newest entry."""
    of = MeasureEntry
    stmt = select(of.measure, func.max(of.at)).where(of.month == month).group_by(of.measure)
    if development_id is not None:
        stmt = stmt.where(of.development_id == development_id)
    entered: dict[Measure, datetime] = dict(list(session.execute(stmt)))
    return {measure: now if measure in OWN_DATA else entered.get(measure) for measure in Measure}


@dataclass(frozen=True, slots=True)
class Past:
    """A month's figures as the list and the picture of months show them."""

    month: str
    board: Board
    figures: Figures
    sealed: bool

    def value(self, measure: Measure) -> int | None:
        """In the unit of the target."""
        return value(measure, self.figures[measure])

    def points_of(self, measure: Measure) -> int | None:
        """A figure's points, in tenths."""
        points = score(measure, self.board.aims[measure], self.figures[measure])
        return None if points is None else tenths_of(points)

    @property
    def tenths(self) -> int | None:
        """The month's points, in tenths."""
        points = total(self.board, self.figures).points
        return None if points is None else tenths_of(points)


def months_until(month: str, count: int = MONTHS) -> list[str]:
    """A month and those before it, the oldest first."""
    found = [month]
    while len(found) < count:
        found.append(month_of(month_start(found[-1]) - timedelta.resolution))
    return found[::-1]


def past(session: Session, month: str, development_id: int | None = None) -> list[Past]:
    """A month and the eleven before it, the oldest first: the sealed ones as they were sealed, the open ones of now."""
    months = months_until(month)
    kept, held = seals.sealed(session, months), boards.in_months(session, months)
    left = [one for one in months if one not in kept]
    live = figures.of_months(session, months[months.index(left[0]) :], development_id) if left else {}
    found = []
    for one in months:
        then = Kept(live.get((one, development_id), figures.nothing()), held[one].version(development_id))
        if one in kept:
            then = kept[one].get(development_id) or Kept(figures.nothing(), then.version)
        found.append(Past(one, boards.of_version(then.version), then.figures, one in kept))
    return found


@dataclass(frozen=True, slots=True)
class OfDevelopment:
    """A development's month, beside the others."""

    development_id: int
    name: str
    month: Past


def by_development(session: Session, month: str) -> list[OfDevelopment]:
    """The month of each development that has any figure, in the order of names."""
    kept, held = seals.sealed(session, [month]).get(month), boards.all_in_force(session, month)
    if kept is None:
        live = figures.of_months(session, [month])
        said = {key: Kept(of, held.version(key)) for (_month, key), of in live.items()}
    else:
        said = dict(kept)
    names = session.execute(select(Development.id, Development.name).order_by(Development.name, Development.id))
    return [
        OfDevelopment(key, name, Past(month, boards.of_version(said[key].version), said[key].figures, kept is not None))
        for key, name in names
        if key in said
    ]
