"""The evidence of one line, top to bottom: transfer, line, what caused it, deal, attribution, showings, photos.

Whoever may see a line may see why it stands there. Each step below it keeps its own rule: showings come out of the
reader's own scope, and of a photo there is no more here than its digest, or the proof that it was erased (rules 9).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from ...access import scope
from ...access.actor import Actor
from ...models import (
    Adjustment,
    Attribution,
    Base,
    Correction,
    Deal,
    DealMove,
    Erased,
    Erasure,
    LedgerTransfer,
    Period,
    Photo,
    PostedLine,
    Reward,
    Showing,
    ShowingReview,
    Strike,
    Touch,
    WindowSeal,
    Withholding,
)
from ...session import Session
from ..taxes import groups as tax_groups


@dataclass(frozen=True, slots=True)
class PhotoProof:
    """A photo's row, which outlives its file, and the proof of the erasure once that is gone."""

    photo: Photo
    erasure: Erasure | None


@dataclass(frozen=True, slots=True)
class ShowingProof:
    """A showing with its decision, and what is left of its photos."""

    showing: Showing
    photos: Sequence[PhotoProof]


@dataclass(frozen=True, slots=True)
class Evidence:
    """The whole chain below a line. A step is None, or empty, where the line has no such thing.

    `cause` is the row of the event that posted it. `income`: the lines that a withholding taxes.
    """

    line: PostedLine
    transfer: LedgerTransfer | None
    cause: Base | None
    income: Sequence[PostedLine]
    deal: Deal | None
    attribution: Attribution | None
    touch: Touch | None
    showings: Sequence[ShowingProof]


def evidence_of(session: Session, actor: Actor, line: PostedLine) -> Evidence:
    """Follow a line down to its showings, as far as the actor may see them."""
    cause = cause_of(session, line)
    deal = _deal(session, line, cause)
    touch = _touch(deal, cause)
    moved = select(LedgerTransfer).where(LedgerTransfer.reference == line.reference)
    return Evidence(
        line=line,
        transfer=session.scalar(moved.options(joinedload(LedgerTransfer.batch))),
        cause=cause,
        income=_income(session, cause),
        deal=deal,
        attribution=deal.attributions[-1] if deal is not None and deal.attributions else None,
        touch=touch,
        showings=[] if touch is None else _showings(session, actor, touch),
    )


def cause_of(session: Session, line: PostedLine) -> Base | None:
    """The record of the event that posted a line, told by the line's reference; None for one of no known kind."""
    kind, _colon, rest = line.reference.partition(":")
    if kind == "line":
        if line.milestone is not None:
            return line.milestone
        kind, _dash, rest = rest.partition(":")[0].partition("-")
    find = _CAUSES.get(kind)
    return None if find is None else find(session, rest)


# How a reference names its event


def _by_id(model: type[Base], separator: str) -> Callable[[Session, str], Base | None]:
    """A row whose id stands first in what follows the kind: `fine:5:returned`, `strike-5-voided`."""

    def find(session: Session, rest: str) -> Base | None:
        key = rest.split(separator)[0]
        return session.get(model, int(key)) if key.isdecimal() else None

    return find


def _period(session: Session, rest: str) -> Base | None:
    """A close: `close:2026-03:12:signed`."""
    return session.scalar(select(Period).where(Period.month == rest.split(":")[0]))


def _seal(session: Session, rest: str) -> Base | None:
    """A seal that was set by hand: `seal-3-2026-03`."""
    agency, _dash, label = rest.partition("-")
    return session.scalar(select(WindowSeal).where(WindowSeal.agency_id == int(agency), WindowSeal.label == label))


def _withholding(session: Session, rest: str) -> Base | None:
    """A working-out of a person's month: `tax:7:2026-03:1`."""
    person, month, number = rest.split(":")
    same = (Withholding.person_id == int(person), Withholding.month == month, Withholding.number == int(number))
    return session.scalar(select(Withholding).where(*same).options(joinedload(Withholding.table)))


_CAUSES: Mapping[str, Callable[[Session, str], Base | None]] = {
    "fine": _by_id(Strike, ":"),
    "strike": _by_id(Strike, "-"),
    "correction": _by_id(Correction, "-"),
    "decision": _by_id(DealMove, "-"),
    "adjustment": _by_id(Adjustment, ":"),
    "reward": _by_id(Reward, ":"),
    "tax": _withholding,
    "seal": _seal,
    "close": _period,
}


# Down to the showings


def _deal(session: Session, line: PostedLine, cause: Base | None) -> Deal | None:
    """The line's deal, or the one that earned the reward or that an adjustment is about."""
    if line.deal is not None:
        return line.deal
    if isinstance(cause, Reward | Adjustment) and cause.deal_id is not None:
        return session.get(Deal, cause.deal_id)
    return None


def _touch(deal: Deal | None, cause: Base | None) -> Touch | None:
    """The touch that owns the deal; a fine's is the one of the showing that was fake."""
    if deal is not None:
        return deal.touch
    return cause.showing.touch if isinstance(cause, Strike) else None


def _income(session: Session, cause: Base | None) -> Sequence[PostedLine]:
    if not isinstance(cause, Withholding):
        return ()
    same = (PostedLine.person_id == cause.person_id, PostedLine.window == cause.month)
    stmt = select(PostedLine).where(*same, PostedLine.cause.in_(tax_groups.INCOME)).order_by(PostedLine.id)
    return session.scalars(stmt).all()


def _showings(session: Session, actor: Actor, touch: Touch) -> list[ShowingProof]:
    """The touch's showings in the order they were, each with its decision and photos: three queries in all."""
    review = joinedload(Showing.review).joinedload(ShowingReview.reviewer)
    stmt = scope.visible(actor, Showing).where(Showing.touch_id == touch.id).order_by(Showing.at, Showing.id)
    rows = session.scalars(stmt.options(review, joinedload(Showing.capture_request), joinedload(Showing.broker))).all()
    taken = select(Photo).where(Photo.showing_id.in_([row.id for row in rows])).order_by(Photo.id)
    photos = session.scalars(taken).all()
    erased = select(Erasure).where(Erasure.kind == Erased.PHOTO, Erasure.row_id.in_([photo.id for photo in photos]))
    proofs = {erasure.row_id: erasure for erasure in session.scalars(erased)}
    return [
        ShowingProof(row, [PhotoProof(one, proofs.get(one.id)) for one in photos if one.showing_id == row.id])
        for row in rows
    ]
