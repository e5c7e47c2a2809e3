"""Designs that somebody uploaded, and lines that a referrer asks to write."""

from typing import Any

from sqlalchemy.orm import Session

from portal.models import BatchState, Development, Person, PosterBatch, PosterDesign, PosterLine, ProposalState
from referral.posters.design_file import source_of

from . import BEFORE, refers


def own_source(name: str) -> str:
    """A design's file that passes its trial: the house's letter under another name."""
    return (source_of("letter", None) or "").replace('"letter"', f'"{name}"').replace("请柬", "我的请柬")


def poster_design(session: Session, *, by: Person, name: str = "own-letter", **given: Any) -> PosterDesign:
    """A design that was uploaded, and is still to be looked at unless `offered_at` is given."""
    values = {"name": name, "source": own_source(name), "added_at": BEFORE, "added_by": by.id}
    row = PosterDesign(**values | given)
    session.add(row)
    session.flush()
    return row


def poster_line(session: Session, *, by: Person, text: str = "湖边的家，欢迎来坐坐") -> PosterLine:
    """A line of a referrer that waits to be read."""
    development_id = refers(session, by).development_id
    state, at = ProposalState.PROPOSED, BEFORE
    row = PosterLine(development_id=development_id, text=text, state=state, proposed_by=by.id, proposed_at=at)
    session.add(row)
    session.flush()
    return row


def poster_batch(session: Session, development: Development, by: Person) -> PosterBatch:
    """A batch of posters that is not drawn yet."""
    counts = {"whole": 1, "done": 0, "cursor": 0}
    asked = {"asked_by": by.id, "asked_at": BEFORE, "state": BatchState.RUNNING}
    row = PosterBatch(development_id=development.id, design="arch", lang="zh", **counts, **asked)
    session.add(row)
    session.flush()
    return row
