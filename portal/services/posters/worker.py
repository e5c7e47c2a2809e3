"""Batches of posters, drawn in the background: so many at a time, each time in a transaction of its own."""

import io
import logging
import time
import zipfile
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import joinedload

from ...adapters.storage.files import Files, new_name
from ...clock import Clock
from ...db import Database
from ...models import BatchState, PosterBatch, PosterPart, Referrer
from ...outages import outage_of, passing_over
from ...session import Session
from ..referral import vanity_codes
from . import offers, posters
from .batches import PAPER_STEP, STEP, safe, whose
from .posters import PosterChoices, PosterSettings

log = logging.getLogger(__name__)


def run_due(
    database: Database, files: Files, settings: PosterSettings, clock: Clock, *, most: timedelta | None = None
) -> int:
    """Go on with every batch that is under way; how many steps were done. `most` ends it after that time."""
    ends, steps = None if most is None else time.monotonic() + most.total_seconds(), 0
    with database.reading() as session:
        running = select(PosterBatch.id).where(PosterBatch.state == BatchState.RUNNING).order_by(PosterBatch.id)
        ids = session.scalars(running).all()
    for key in ids:
        with passing_over(log, "posters wait for the next look", batch=key):
            while (ends is None or time.monotonic() < ends) and step(database, files, settings, clock, key):
                steps += 1
    return steps


def run(
    database: Database,
    files: Files,
    settings: PosterSettings,
    clock: Clock,
    batch_id: int,
    *,
    most: timedelta | None = None,
) -> None:
    """Go on with one batch; the worker does what is left after `most`."""
    ends = None if most is None else time.monotonic() + most.total_seconds()
    while (ends is None or time.monotonic() < ends) and step(database, files, settings, clock, batch_id):
        pass


def step(database: Database, files: Files, settings: PosterSettings, clock: Clock, batch_id: int) -> bool:
    """Draw the next posters of a batch. False when it is at its end.

    A batch that breaks, such as one whose design is gone or whose picture does not open, is marked as failed, and the
    log says why: whoever asked can ask anew. An outage of database, disk or bucket is raised.
    """
    try:
        return _advance(database, files, settings, clock, batch_id)
    except Exception as error:
        if outage_of(error) is not None:
            raise
        log.exception("posters failed", extra={"batch": batch_id})
        with database.transaction() as session:
            _end(session, clock(), session.get_one(PosterBatch, batch_id), BatchState.FAILED)
        return False


def _advance(database: Database, files: Files, settings: PosterSettings, clock: Clock, batch_id: int) -> bool:
    with database.reading() as session:
        batch = session.get(PosterBatch, batch_id)
        if batch is None or batch.state is not BatchState.RUNNING:
            return False
        cursor, count, content = _draw(session, files, settings.stocked(session), clock(), batch)
    with database.transaction() as session:
        if count:
            _store(session, files, batch, cursor, count, content)
        else:
            _end(session, clock(), batch, BatchState.DONE)
    return count > 0


def _draw(
    session: Session, files: Files, settings: PosterSettings, now: datetime, batch: PosterBatch
) -> tuple[int, int, bytes]:
    """The next posters: the last referrer's id, how many, and the part."""
    step_size = PAPER_STEP if settings.design(batch.design).page == posters.PAPER else STEP
    next_ones = whose(batch).options(joinedload(Referrer.development)).order_by(Referrer.id).limit(step_size)
    referrers = session.scalars(next_ones).all()
    look = posters.look_of(session, batch.development)
    chosen = vanity_codes.chosen_by(session, [referrer.id for referrer in referrers])
    part = io.BytesIO()
    with zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as archive:
        for referrer in referrers:
            offer = offers.of(session, now, referrer, batch.lang)
            wanted = posters.spec_of(settings, files, referrer, look, PosterChoices(batch.design, batch.lang), offer)
            wanted = replace(wanted, own_code=chosen.get(referrer.id, ""))
            paper = wanted.design.page == posters.PAPER
            content = posters.pdf(wanted, now) if paper else wanted.sheet.png()
            name = f"{safe(referrer.person.name)}-{referrer.code}.{'pdf' if paper else 'png'}"
            entry = zipfile.ZipInfo(name, now.timetuple()[:6])
            archive.writestr(entry, content)
    return (referrers[-1].id if referrers else batch.cursor), len(referrers), part.getvalue()


def _store(session: Session, files: Files, batch: PosterBatch, cursor: int, count: int, content: bytes) -> None:
    """Store a step, unless somebody else did it meanwhile."""
    moved = session.scalar(
        update(PosterBatch)
        .where(PosterBatch.id == batch.id, PosterBatch.state == BatchState.RUNNING, PosterBatch.cursor == batch.cursor)
        .values(cursor=cursor, done=PosterBatch.done + count)
        .returning(PosterBatch.id)
    )
    if moved is not None:
        name = new_name()
        files.put(name, content)
        session.add(PosterPart(batch_id=batch.id, cursor=cursor, file_name=name))


def _end(session: Session, now: datetime, batch: PosterBatch, state: BatchState) -> None:
    running = (PosterBatch.id == batch.id, PosterBatch.state == BatchState.RUNNING, PosterBatch.cursor == batch.cursor)
    session.execute(update(PosterBatch).where(*running).values(state=state, finished_at=now))
