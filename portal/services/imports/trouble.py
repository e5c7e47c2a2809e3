"""An import that cannot go on: it is counted, left alone after some tries, and a person goes on with it or ends it.

What stops an import is no row's refusal but a fault around it: a row that does not open since its key is missing, a
fault of ours. It would come again with every look of the worker, so after MOST_TRIES the import stands still, says so
on its page, and is in nobody's way.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update

from commissions.refusal import Refusal

from ...access.actor import SYSTEM, Actor
from ...crypto import SealBroken
from ...models import DealImport, ImportRow, ImportState
from ...session import Session
from .. import audit
from ..events.telling import Concerned, tell
from .rows import refused
from .telling import tell_of_deals

MOST_TRIES = 5
"""Looks of the worker, a minute apart: what passes by itself has passed by then."""

SEALED, FAULT = "sealed", "fault"
"""Why an import stands still: its rows do not open, or anything else, which the log says."""


def count_try(session: Session, import_id: int, error: Exception) -> None:
    """Note that a step of an import failed; after MOST_TRIES in a row it stands still."""
    row = session.get_one(DealImport, import_id, with_for_update=True)
    row.tries += 1
    if row.tries >= MOST_TRIES:
        row.trouble = SEALED if isinstance(error, SealBroken) else FAULT


def resume(session: Session, actor: Actor, now: datetime, row: DealImport) -> None:
    """Let an import that stands still be tried again. Raises Refusal `import_moved_on`."""
    why = _free(session, row)
    audit.record(session, actor, now, "import_resumed", row, why=why)


def give_up(session: Session, actor: Actor, now: datetime, row: DealImport) -> None:
    """End a confirmed import that stands still: what is done stays, the rest is refused with that reason.

    Raises Refusal `import_moved_on`.
    """
    if row.state is not ImportState.APPLYING:
        raise Refusal("import_moved_on")
    why = _free(session, row)
    waiting = (ImportRow.import_id == row.id, ImportRow.outcome.is_(None))
    left = refused(Refusal("import_given_up"))
    ended = session.scalars(
        update(ImportRow)
        .where(*waiting)
        .values(outcome=left.outcome, facts=dict(left.facts), posted_fen=0)
        .returning(ImportRow.id)
    ).all()
    row.state, row.finished_at = ImportState.DONE, now
    audit.record(session, actor, now, "import_given_up", row, why=why, rows=len(ended))
    tell(session, actor, now, "import_given_up", row, Concerned(row.confirmed_by), rows=len(ended))
    tell_of_deals(session, now, row)


def give_up_forgotten(session: Session, now: datetime, cut: datetime) -> int:
    """End the confirmed imports that stand still and that nobody went on with since then; how many."""
    forgotten = select(DealImport).where(
        DealImport.state == ImportState.APPLYING, DealImport.trouble.is_not(None), DealImport.confirmed_at <= cut
    )
    rows: Sequence[DealImport] = session.scalars(forgotten).all()
    for row in rows:
        give_up(session, SYSTEM, now, row)
    return len(rows)


def _free(session: Session, row: DealImport) -> str:
    """By a conditional update: of two who do it at once, one does. Returns why the import stood still."""
    why = row.trouble
    freed = session.scalar(
        update(DealImport)
        .where(DealImport.id == row.id, DealImport.trouble.is_not(None))
        .values(trouble=None, tries=0)
        .returning(DealImport.id)
    )
    if freed is None or why is None:
        raise Refusal("import_moved_on")
    session.refresh(row)
    return why
