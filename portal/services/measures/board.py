"""The board of a month: each figure with its target, its points, how fresh it is and what late truth corrects; the
months before it; and the same of each development."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ...clock import month_of, month_start
from ...models import MeasureBoard, MeasureSeal, ProposalState
from ...rules.measures.board import OWN_DATA, Aim, Board, Figure, Measure, Total, score, total, value
from ...rules.measures.board import tenths as tenths_of
from ...rules.measures.months import Correction, corrections, missing
from ...session import Session
from . import boards, figures, seals
from .boards import InForce
from .figures import Figures, Key
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


@dataclass(frozen=True, slots=True)
class OfDevelopment:
    """A development's month, beside the others."""

    development_id: int
    name: str
    month: Past


@dataclass(frozen=True, slots=True)
class Months:
    """All that is known of successive months, of a development or of all: asked for once, whatever is told of it. Of
    the last of them there are the figures of now even where it is sealed, and when each was entered, by whom."""

    months: Sequence[str]
    development_id: int | None
    seals: Mapping[str, MeasureSeal]
    kept: Mapping[str, Mapping[int | None, Kept]]
    held: Mapping[str, InForce]
    live: Mapping[Key, Figures]
    entered: Mapping[tuple[int | None, Measure], datetime]

    def board(self, now: datetime) -> MonthBoard:
        """The board of the last month."""
        month, key = self.months[-1], self.development_id
        seal, then, live = self.seals.get(month), self._of(month, key), self.live[month, key]
        fresh: Mapping[Measure, datetime | None] = self._fresh(now)
        late: Mapping[Measure, Correction] = {}
        if seal is not None and month in self.kept:
            fresh = dict.fromkeys(Measure, seal.decided_at)
            late = {one.measure: one for one in corrections(then.figures, live)}
        board = boards.of_version(then.version)
        lines = [
            Line(of, aim, figure, fresh[of] if figure.part is not None else None, late.get(of))
            for of, aim in board.aims.items()
            for figure in (then.figures[of],)
        ]
        return MonthBoard(month, key, then.version, lines, total(board, then.figures), seal)

    def past(self) -> list[Past]:
        """Each month, the oldest first: the sealed ones as they were sealed, the open ones of now."""
        return [self._past(month, self.development_id) for month in self.months]

    def by_development(self, names: Iterable[tuple[int, str]]) -> list[OfDevelopment]:
        """The last month of each of some developments that has any figure."""
        month = self.months[-1]
        known = self.kept[month] if month in self.kept else {key for at, key in self.live if at == month}
        return [OfDevelopment(key, name, self._past(month, key)) for key, name in names if key in known]

    def missing(self, selling: Iterable[int]) -> Sequence[tuple[int, Measure]]:
        """Which figures of which developments that sell nobody has entered for the last month."""
        return missing(selling, self.entered.keys())

    def _of(self, month: str, key: int | None) -> Kept:
        """What a month says of a development: as it was sealed, or now."""
        version = self.held[month].version(key)
        if month in self.kept:
            return self.kept[month].get(key) or Kept(figures.nothing(), version)
        return Kept(self.live.get((month, key), figures.nothing()), version)

    def _past(self, month: str, key: int | None) -> Past:
        then = self._of(month, key)
        return Past(month, boards.of_version(then.version), then.figures, month in self.kept)

    def _fresh(self, now: datetime) -> dict[Measure, datetime | None]:
        """What the portal counts itself is of this instant; what was entered, of its newest entry."""
        key = self.development_id
        entered = sorted((at, of) for (where, of), at in self.entered.items() if key in (None, where))
        newest = {of: at for at, of in entered}
        return {of: now if of in OWN_DATA else newest.get(of) for of in Measure}


def load(session: Session, months: Sequence[str], development_id: int | None = None) -> Months:
    """What is known of successive months."""
    versions = boards.published(session)
    found = seals.of_months(session, months, versions)
    first = next(number for number, one in enumerate(months) if one not in found.kept or one == months[-1])
    entered = figures.entries(session, months[first:])
    live = figures.of_months(session, months[first:], development_id, entered)
    held = boards.held_in(versions, months)
    return Months(months, development_id, found.newest, found.kept, held, live, _newest(entered, months[-1]))


def of_month(session: Session, now: datetime, month: str, development_id: int | None = None) -> MonthBoard:
    """The board of a month, of a development or of all together."""
    return load(session, [month], development_id).board(now)


def past(session: Session, month: str, development_id: int | None = None) -> list[Past]:
    """A month and the eleven before it, the oldest first."""
    return load(session, months_until(month), development_id).past()


def _newest(entered: Iterable[figures.Entry], month: str) -> dict[tuple[int | None, Measure], datetime]:
    """When each figure of a month that lives elsewhere was entered last."""
    found: dict[tuple[int | None, Measure], datetime] = {}
    for one in entered:
        if one.month == month:
            key = one.development_id, one.measure
            found[key] = max(one.at, found.get(key, one.at))
    return found
