"""Designs that staff upload: tried, kept as a draft to look at, offered to referrers, withdrawn (rules 7.1).

They lie in the database, so that every process and the worker have them at once. A design is data and no code; what may
come in is bounded by its reader, and a trial sets extreme words in it and reads its code before it is kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import joinedload

from commissions.refusal import Refusal
from referral.posters.design import Design, DesignError, Fault
from referral.posters.design_file import read_design, read_once
from referral.posters.design_lines import line_of
from referral.posters.trial import try_out

from ...access.actor import Actor
from ...adapters.images.qr_reader import read_drawn
from ...adapters.turns import Turns
from ...adapters.worker_pool import WorkerPool
from ...models import BatchState, Campaign, PosterBatch, PosterDesign
from ...session import Session
from .. import audit
from ..inserts import insert_unless_there
from .posters import PosterSettings, link_of

MOST = 60
"""Living designs: each page of posters reads them."""

_POOL = WorkerPool("designs")
_turns = Turns(at_once=1, waiting=1, wait_seconds=10)
_LIVING = PosterDesign.withdrawn_at.is_(None)
_SAMPLE_CODE = "K7M42QX9"


@dataclass(frozen=True, slots=True)
class Problem:
    """A fault of an uploaded design: its line, from 1, and what stands there; None and empty for the whole file."""

    fault: Fault
    line: int | None
    text: str


@dataclass(frozen=True, slots=True)
class Tried:
    """What a trial found: the design that may be added, or all that is wrong with it."""

    source: str
    design: Design | None
    problems: tuple[Problem, ...]


def try_design(settings: PosterSettings, data: bytes) -> Tried:
    """Read an uploaded file, set extreme words in it in every language, and read its code each time.

    It takes some seconds; call it outside a transaction. Raises Refusal busy_try_again.
    """
    try:
        source = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return Tried("", None, (Problem(Fault("the file", "it is no text in UTF-8"), None, ""),))
    try:
        design = read_design(source)
    except DesignError as error:
        return Tried(source, None, _problems(source, error.faults))
    url = f"{link_of(settings.base_url, _SAMPLE_CODE, design.name)}&c={max(Campaign, key=len)}"
    with _turns.take():
        faults = _POOL.run(lambda: tuple(try_out(design, url, read_drawn)))
    return Tried(source, None if faults else design, _problems(source, faults))


def add_design(session: Session, actor: Actor, now: datetime, settings: PosterSettings, tried: Tried) -> PosterDesign:
    """Keep a design that was tried, as a draft that staff look at.

    Raises Refusal: poster_design_taken (a design of the house, of the owner's folder or an uploaded one has its name),
    poster_designs_full.
    """
    if tried.design is None:
        raise ValueError("only a design that passed its trial is kept")
    name = tried.design.name
    if (session.scalar(select(func.count()).where(_LIVING)) or 0) >= MOST:
        raise Refusal("poster_designs_full", most=MOST)
    if settings.catalogue.find(name) is not None:
        raise Refusal("poster_design_taken", field="file", design=name)
    values = {"name": name, "source": tried.source, "added_at": now, "added_by": actor.id}
    key = insert_unless_there(session, PosterDesign, ("name",), _LIVING, **values)
    if key is None:
        raise Refusal("poster_design_taken", field="file", design=name)
    row = session.get_one(PosterDesign, key)
    audit.record(session, actor, now, "poster_design_added", row, design=name)
    return row


def offer_design(session: Session, actor: Actor, now: datetime, row: PosterDesign) -> None:
    """Let referrers choose it, from now on. Again changes nothing. Raises Refusal: poster_design_gone."""
    offered = update(PosterDesign).where(PosterDesign.id == row.id, _LIVING, PosterDesign.offered_at.is_(None))
    if session.scalar(offered.values(offered_at=now).returning(PosterDesign.id)) is not None:
        audit.record(session, actor, now, "poster_design_offered", row, design=row.name)
    elif row.withdrawn_at is not None:
        raise Refusal("poster_design_gone", design=row.name)


def withdraw_design(session: Session, actor: Actor, now: datetime, row: PosterDesign) -> None:
    """Take it back: nobody chooses it any more; posters that are out there go on working. Again changes nothing.

    Raises Refusal: poster_design_in_use (posters of many are being drawn with it).
    """
    drawing = select(PosterBatch.id).where(PosterBatch.state == BatchState.RUNNING, PosterBatch.design == row.name)
    if row.withdrawn_at is None and session.scalar(drawing.limit(1)) is not None:
        raise Refusal("poster_design_in_use", design=row.name)
    gone = update(PosterDesign).where(PosterDesign.id == row.id, _LIVING)
    gone = gone.values(withdrawn_at=now, withdrawn_by=actor.id).returning(PosterDesign.id)
    if session.scalar(gone) is not None:
        audit.record(session, actor, now, "poster_design_withdrawn", row, design=row.name)


def living(session: Session) -> Sequence[PosterDesign]:
    """Every uploaded design that was not withdrawn, by name."""
    stmt = select(PosterDesign).where(_LIVING).options(joinedload(PosterDesign.adder)).order_by(PosterDesign.name)
    return session.scalars(stmt).all()


def uploaded(session: Session, name: str) -> PosterDesign | None:
    """The living uploaded design of this name."""
    return session.scalar(select(PosterDesign).where(_LIVING, PosterDesign.name == name))


def design_of(row: PosterDesign) -> Design | None:
    """The design; None where it was uploaded long ago and the rules have become stricter since."""
    try:
        return read_once(row.source)
    except DesignError:
        return None


def _problems(source: str, faults: Sequence[Fault]) -> tuple[Problem, ...]:
    lines, found = source.splitlines(), []
    for fault in faults:
        number = line_of(source, fault.place, str(fault))
        inside = number is not None and number <= len(lines)
        found.append(Problem(fault, number, lines[number - 1].strip()[:120] if inside and number else ""))
    return tuple(sorted(found, key=lambda one: one.line or 0))
