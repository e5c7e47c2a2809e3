"""Boards (经营目标): proposed by one person, published by another, from a month to come.

A development follows its own board, else the one for all, else the one of the owner's handbook.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from commissions.refusal import Refusal

from ...access.actor import Actor
from ...access.scope import visible
from ...clock import month_end, month_of, month_start
from ...models import MeasureBoard, ProposalState
from ...rules.measures.board import Board
from ...rules.measures.board_toml import board_from_toml, board_to_toml, given_text
from ...session import Session
from .. import audit, proposals
from ..events.telling import Concerned, tell

MOST_MONTHS_AHEAD = 12
"""No board is proposed for a month further off: nobody would remember it."""


@lru_cache(maxsize=64)
def parse(toml: str) -> Board:
    """The board of a text; a value, so that each text is read once. Raises the Refusals of `board_from_toml`."""
    return board_from_toml(toml)


def given() -> Board:
    """The board of the owner's handbook, which holds where nothing else was published."""
    return parse(given_text())


class InForce(proposals.Followed[MeasureBoard]):
    """The boards of all developments in a month. `version`: the row that one was published as, None of the given."""

    __slots__ = ()

    def board(self, development_id: int | None) -> Board:
        """The board that a development follows."""
        return of_version(self.version(development_id))


def of_version(row: MeasureBoard | None) -> Board:
    """What a version says; without one, the handbook's board."""
    return given() if row is None else parse(row.toml)


def all_in_force(session: Session, month: str) -> InForce:
    """Which board each development follows in a month."""
    return in_months(session, [month])[month]


def in_months(session: Session, months: Sequence[str]) -> Mapping[str, InForce]:
    """Which board each development follows in each of some months, in one query."""
    return held_in(published(session), months)


def published(session: Session) -> Sequence[MeasureBoard]:
    """Every version that was ever published, by the month from which on it holds."""
    confirmed = select(MeasureBoard).where(MeasureBoard.state == ProposalState.CONFIRMED)
    return session.scalars(confirmed.order_by(MeasureBoard.starts_at)).all()


def held_in(rows: Sequence[MeasureBoard], months: Sequence[str]) -> Mapping[str, InForce]:
    """Which of the published versions each development follows in each of some months."""
    return {month: InForce.of(row for row in rows if row.starts_at <= month_start(month)) for month in months}


def months_to_begin(now: datetime) -> list[str]:
    """The months from which on a board can be proposed."""
    found = [next_month(month_of(now))]
    while len(found) < MOST_MONTHS_AHEAD:
        found.append(next_month(found[-1]))
    return found


def next_month(month: str) -> str:
    """The month after one."""
    return month_of(month_end(month))


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """A board from a month on, in one development or (None) in all that have none of their own. Without `board` the
    development gives its own up."""

    board: Board | None
    month: str
    note: str
    development_id: int | None = None


def propose(session: Session, actor: Actor, now: datetime, proposed: Proposed) -> MeasureBoard:
    """Propose a board.

    Raises Refusal: measure_board_month, measure_board_month_taken, measure_board_none_own; proposal_reason_needed
    without a note.
    """
    if not proposed.note.strip():
        raise Refusal("proposal_reason_needed", field="note")
    _check_month(session, proposed.development_id, proposed.month, now)
    if proposed.board is None and proposed.development_id not in all_in_force(session, proposed.month).own:
        raise Refusal("measure_board_none_own", field="development")
    row = MeasureBoard(
        development_id=proposed.development_id,
        toml="" if proposed.board is None else board_to_toml(proposed.board),
        starts_at=month_start(proposed.month),
        note=proposed.note.strip(),
        state=ProposalState.PROPOSED,
        proposed_by=actor.id,
        proposed_at=now,
    )
    session.add(row)
    audit.record(session, actor, now, "measure_board_proposed", row, month=proposed.month)
    tell(session, actor, now, "measure_board_waits", row, _whom(row), month=proposed.month)
    return row


def confirm(session: Session, actor: Actor, now: datetime, row: MeasureBoard) -> None:
    """Publish what another person proposed: it holds from its month on.

    Raises Refusal: those of `proposals.confirm`, and of `propose` where the month has begun meanwhile.
    """
    proposals.check_another_person(actor, row)
    month = month_of(row.starts_at)
    _check_month(session, row.development_id, month, now)
    proposals.confirm(session, actor, now, row)
    audit.record(session, actor, now, "measure_board_published", row, month=month)
    _tell_proposer(session, actor, now, row, "published")


def refuse(session: Session, actor: Actor, now: datetime, row: MeasureBoard, reason: str) -> None:
    """Send another person's proposal back, with a reason. Raises the Refusals of `proposals.refuse`."""
    proposals.refuse(session, actor, now, row, reason)
    audit.record(session, actor, now, "measure_board_refused", row)
    _tell_proposer(session, actor, now, row, "refused")


def withdraw(session: Session, actor: Actor, now: datetime, row: MeasureBoard) -> None:
    """Take one's own proposal back. Raises the Refusals of `proposals.withdraw`."""
    proposals.withdraw(session, actor, now, row)
    audit.record(session, actor, now, "measure_board_withdrawn", row)


# Reading


def listing(actor: Actor, state: ProposalState | None = None) -> Select[MeasureBoard]:
    """The proposals and versions that the actor may see, with all that their list shows."""
    of = MeasureBoard
    stmt = visible(actor, of).options(joinedload(of.proposer), joinedload(of.decider), joinedload(of.development))
    return stmt if state is None else stmt.where(of.state == state)


def to_decide(actor: Actor) -> Select[MeasureBoard]:
    """The proposals of others that wait."""
    of = MeasureBoard
    return select(of).where(of.state == ProposalState.PROPOSED, of.proposed_by != actor.id)


def to_come(session: Session, actor: Actor, now: datetime) -> Sequence[MeasureBoard]:
    """The published boards whose month has not begun, the nearest first."""
    stmt = listing(actor, ProposalState.CONFIRMED).where(MeasureBoard.starts_at > now)
    return session.scalars(stmt.order_by(MeasureBoard.starts_at, MeasureBoard.id)).all()


def board_of(session: Session, row: MeasureBoard) -> Board:
    """What a proposal says; of one that ends a development's own board, the one for all of that month."""
    return parse(row.toml) if row.toml else all_in_force(session, month_of(row.starts_at)).board(None)


def before(session: Session, row: MeasureBoard) -> Board:
    """The board that a proposal replaces, or replaced."""
    previous = month_of(row.starts_at - timedelta.resolution)
    return all_in_force(session, previous).board(row.development_id)


def _tell_proposer(session: Session, actor: Actor, now: datetime, row: MeasureBoard, outcome: str) -> None:
    whom = Concerned(row.proposed_by, development=row.development_id)
    tell(session, actor, now, "measure_board_decided", row, whom, outcome=outcome, month=month_of(row.starts_at))


def _whom(row: MeasureBoard) -> Concerned:
    return Concerned(development=row.development_id)


def _check_month(session: Session, development_id: int | None, month: str, now: datetime) -> None:
    if month not in (choices := months_to_begin(now)):
        raise Refusal("measure_board_month", field="month", earliest=choices[0], latest=choices[-1])
    of = MeasureBoard
    same = of.development_id.is_(None) if development_id is None else of.development_id == development_id
    taken = select(of.id).where(same, of.state == ProposalState.CONFIRMED, of.starts_at == month_start(month))
    if session.scalar(taken) is not None:
        raise Refusal("measure_board_month_taken", field="month", month=month)
