"""A referrer's own lines on posters: asked for once, read by staff, and from then on theirs to use (rules 7.1).

The list of what advertisements may not promise stops a line before anybody reads it; what it lets through a person
reads, as the developer answers for it. A line is approved for one person and development, letter by letter.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from commissions.refusal import Refusal
from referral.drawing.typeset import clean

from ...access import scope
from ...access.actor import Actor
from ...models import PosterLine, ProposalState, Referrer
from ...session import Session
from .. import audit, proposals
from ..events.telling import Concerned, tell
from ..inserts import insert_unless_there
from . import posters

MOST_WAITING = 5
"""Lines of one person that may wait at a time."""

_COUNTS = PosterLine.state.in_((ProposalState.PROPOSED, ProposalState.CONFIRMED))


def ask(session: Session, actor: Actor, now: datetime, referrer: Referrer, text: str) -> None:
    """Ask that a line of one's own may stand on one's posters. One that waits or was approved is not asked for again.

    Raises Refusal: `own_lines_off`, `own_line_empty`, `own_lines_many` (fact `most`); those of `posters.check_line`.
    """
    look, line = posters.look_of(session, referrer.development), clean(text).replace("\n", " ")
    if look is None or not look.own_words:
        raise Refusal("own_lines_off")
    if not line:
        raise Refusal("own_line_empty")
    posters.check_line(line)
    waits = (PosterLine.proposed_by == actor.id, PosterLine.state == ProposalState.PROPOSED)
    if (session.scalar(select(func.count(PosterLine.id)).where(*waits)) or 0) >= MOST_WAITING:
        raise Refusal("own_lines_many", most=MOST_WAITING)
    key = insert_unless_there(
        session,
        PosterLine,
        ("proposed_by", "development_id", "text"),
        _COUNTS,
        development_id=referrer.development_id,
        text=line,
        state=ProposalState.PROPOSED,
        proposed_by=actor.id,
        proposed_at=now,
    )
    if key is not None:
        row = session.get_one(PosterLine, key)
        audit.record(session, actor, now, "poster_line_asked", row)
        tell(session, actor, now, "poster_line_waits", row, Concerned(development=row.development_id))


def approve(session: Session, actor: Actor, now: datetime, line: PosterLine) -> None:
    """Let a line stand on its referrer's posters. Raises Refusal: `own_proposal`, `account_rests`, `proposal_decided`,
    and those of `posters.check_line`, should the list have grown since."""
    posters.check_line(line.text)
    proposals.confirm(session, actor, now, line)
    audit.record(session, actor, now, "poster_line_approved", line)
    whom = Concerned(line.proposed_by, development=line.development_id)
    tell(session, actor, now, "poster_line_approved", line, whom)


def refuse(session: Session, actor: Actor, now: datetime, line: PosterLine, reason: str) -> None:
    """Turn a line down; its referrer reads the reason. Raises Refusal: `own_proposal`, `proposal_reason_needed`,
    `proposal_decided`."""
    proposals.refuse(session, actor, now, line, reason)
    audit.record(session, actor, now, "poster_line_refused", line)
    whom = Concerned(line.proposed_by, development=line.development_id)
    tell(session, actor, now, "poster_line_refused", line, whom)


def withdraw(session: Session, actor: Actor, now: datetime, line: PosterLine) -> None:
    """Take one's own line back while it waits. Raises Refusal: `not_your_proposal`, `proposal_decided`."""
    proposals.withdraw(session, actor, now, line)
    audit.record(session, actor, now, "poster_line_withdrawn", line)


def approved_for(session: Session, referrer: Referrer) -> frozenset[str]:
    """The lines that may stand on this referrer's posters."""
    own = (PosterLine.proposed_by == referrer.person_id, PosterLine.development_id == referrer.development_id)
    return frozenset(session.scalars(select(PosterLine.text).where(*own, PosterLine.state == ProposalState.CONFIRMED)))


def of_referrer(session: Session, referrer: Referrer) -> Sequence[PosterLine]:
    """What became of the lines that a referrer asked for, newest first."""
    own = (PosterLine.proposed_by == referrer.person_id, PosterLine.development_id == referrer.development_id)
    shown = select(PosterLine).where(*own).options(joinedload(PosterLine.decider))
    return session.scalars(shown.order_by(PosterLine.id.desc()).limit(20)).all()


def listing(actor: Actor, state: ProposalState | None) -> Select[PosterLine]:
    """The lines that the actor may see, in a state."""
    stmt = scope.visible(actor, PosterLine).options(
        joinedload(PosterLine.proposer), joinedload(PosterLine.decider), joinedload(PosterLine.development)
    )
    return stmt if state is None else stmt.where(PosterLine.state == state)


def to_decide(actor: Actor) -> Select[PosterLine]:
    """The lines that wait for somebody like the actor."""
    return scope.visible(actor, PosterLine).where(PosterLine.state == ProposalState.PROPOSED)


def may_ask(session: Session, referrer: Referrer) -> bool:
    """Whether staff let referrers of this development ask for lines of their own."""
    look = posters.look_of(session, referrer.development)
    return look is not None and look.own_words
