"""Months are sealed by two people: one proposes, another confirms, and the month keeps its figures and its boards."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from commissions.refusal import Refusal

from ...access.actor import Actor
from ...access.scope import visible
from ...models import MeasureBoard, MeasureSeal, ProposalState, SealedMeasure
from ...rules.measures.board import Figure, Measure
from ...rules.measures.months import over
from ...session import Session
from .. import audit, proposals
from ..events.telling import Concerned, tell
from . import boards, figures
from .figures import Figures


def propose(session: Session, actor: Actor, now: datetime, month: str) -> MeasureSeal:
    """Propose to seal a month. Raises Refusal: measure_month_running, measure_month_sealed, measure_month_proposed."""
    if not over(month, now):
        raise Refusal("measure_month_running", month=month)
    for row in session.scalars(select(MeasureSeal).where(MeasureSeal.month == month)):
        if row.state is ProposalState.CONFIRMED:
            raise Refusal("measure_month_sealed", month=month)
        if row.open:
            raise Refusal("measure_month_proposed", month=month)
    row = MeasureSeal(month=month, state=ProposalState.PROPOSED, proposed_by=actor.id, proposed_at=now)
    session.add(row)
    audit.record(session, actor, now, "measure_seal_proposed", row, month=month)
    tell(session, actor, now, "measure_seal_waits", row, Concerned(), month=month)
    return row


def confirm(session: Session, actor: Actor, now: datetime, row: MeasureSeal) -> None:
    """Seal a month as another person proposed: its figures of now, of each development and of all, with the boards
    that hold. Raises the Refusals of `proposals.confirm`."""
    proposals.confirm(session, actor, now, row)
    held = boards.all_in_force(session, row.month)
    for (month, development_id), of in figures.of_months(session, [row.month]).items():
        version = held.version(development_id)
        session.add_all(
            SealedMeasure(
                seal_id=row.id,
                month=month,
                development_id=development_id,
                measure=measure,
                part=figure.part,
                whole=figure.whole,
                board_id=version.id if version else None,
            )
            for measure, figure in of.items()
        )
    audit.record(session, actor, now, "measure_seal_confirmed", row, month=row.month)
    _tell_proposer(session, actor, now, row, "confirmed")


def refuse(session: Session, actor: Actor, now: datetime, row: MeasureSeal, reason: str) -> None:
    """Send another person's proposal back, with a reason. Raises the Refusals of `proposals.refuse`."""
    proposals.refuse(session, actor, now, row, reason)
    audit.record(session, actor, now, "measure_seal_refused", row, month=row.month)
    _tell_proposer(session, actor, now, row, "refused")


def withdraw(session: Session, actor: Actor, now: datetime, row: MeasureSeal) -> None:
    """Take one's own proposal back. Raises the Refusals of `proposals.withdraw`."""
    proposals.withdraw(session, actor, now, row)
    audit.record(session, actor, now, "measure_seal_withdrawn", row, month=row.month)


# Reading


@dataclass(frozen=True, slots=True)
class Kept:
    """What a sealed month says of a development, or of all together. `version`: the board that held, None of the
    handbook's."""

    figures: Figures
    version: MeasureBoard | None


@dataclass(frozen=True, slots=True)
class Seals:
    """Of some months what was proposed or confirmed last (a confirmed one goes before all), and what each of the sealed
    ones says of every development and of all together."""

    newest: Mapping[str, MeasureSeal]
    kept: Mapping[str, Mapping[int | None, Kept]]


def of_months(session: Session, months: Sequence[str], versions: Iterable[MeasureBoard]) -> Seals:
    """The seals of some months, in one query, beside the versions of the board that were ever published."""
    of, known = SealedMeasure, {row.id: row for row in versions}
    columns = of.development_id, of.board_id, of.measure, of.part, of.whole
    stmt = select(MeasureSeal, *columns).outerjoin(of, of.seal_id == MeasureSeal.id)
    stmt = stmt.where(MeasureSeal.month.in_(months))
    newest: dict[str, MeasureSeal] = {}
    kept: dict[str, dict[int | None, Kept]] = {}
    said: dict[tuple[str, int | None], dict[Measure, Figure]] = defaultdict(figures.nothing)
    ordered = stmt.order_by(MeasureSeal.state == ProposalState.CONFIRMED, MeasureSeal.id)
    for seal, key, board_id, measure, part, whole in session.execute(ordered):
        newest[seal.month] = seal
        if seal.state is not ProposalState.CONFIRMED:
            continue
        of_month = kept.setdefault(seal.month, {})
        if measure is not None:
            said[seal.month, key][measure] = Figure(part, whole)
            of_month[key] = Kept(said[seal.month, key], known.get(board_id or 0))
    return Seals(newest, kept)


def listing(actor: Actor) -> Select[MeasureSeal]:
    """Every proposal to seal a month."""
    return visible(actor, MeasureSeal).options(joinedload(MeasureSeal.proposer), joinedload(MeasureSeal.decider))


def to_decide(actor: Actor) -> Select[MeasureSeal]:
    """The proposals of others that wait."""
    return select(MeasureSeal).where(MeasureSeal.state == ProposalState.PROPOSED, MeasureSeal.proposed_by != actor.id)


def _tell_proposer(session: Session, actor: Actor, now: datetime, row: MeasureSeal, outcome: str) -> None:
    tell(session, actor, now, "measure_seal_decided", row, Concerned(row.proposed_by), outcome=outcome, month=row.month)
