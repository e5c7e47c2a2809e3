"""The next version of a text takes two: one writes it, another reviews it. Retiring one at once takes one alone."""

from datetime import datetime

from sqlalchemy import Select
from sqlalchemy.orm import joinedload

from commissions.refusal import Refusal

from ...access.actor import Actor
from ...access.scope import visible
from ...models import CareText, CareTextEnd, ProposalState
from ...rules.care_texts.text import Text
from ...session import Session
from .. import audit, proposals
from ..events.telling import Concerned, tell
from . import library


def propose(
    session: Session, actor: Actor, now: datetime, text: Text, *, development_id: int | None, note: str
) -> CareText:
    """Propose a text, or the next version of one, for one development or for all."""
    row = CareText(
        code=text.code,
        development_id=development_id,
        step=text.step,
        reason_for=text.reason,
        stage=text.stage,
        channel=text.channel,
        title=text.title.strip(),
        title_en=text.title_en.strip(),
        zh=text.zh.strip(),
        en=text.en.strip(),
        note=note.strip(),
        state=ProposalState.PROPOSED,
        proposed_by=actor.id,
        proposed_at=now,
    )
    session.add(row)
    audit.record(session, actor, now, "care_text_proposed", row, code=text.code)
    tell(session, actor, now, "care_text_waits", row, Concerned(development=development_id))
    return row


def confirm(session: Session, actor: Actor, now: datetime, row: CareText) -> None:
    """Approve what another person wrote: it is used from now on. Raises the Refusals of `proposals.confirm`."""
    proposals.confirm(session, actor, now, row)
    audit.record(session, actor, now, "care_text_published", row, code=row.code)
    tell(session, actor, now, "care_text_published", row, Concerned(row.proposed_by, development=row.development_id))


def refuse(session: Session, actor: Actor, now: datetime, row: CareText, reason: str) -> None:
    """Send another person's text back, with a reason. Raises the Refusals of `proposals.refuse`."""
    proposals.refuse(session, actor, now, row, reason)
    audit.record(session, actor, now, "care_text_refused", row, code=row.code)
    tell(session, actor, now, "care_text_refused", row, Concerned(row.proposed_by, development=row.development_id))


def withdraw(session: Session, actor: Actor, now: datetime, row: CareText) -> None:
    """Take one's own text back. Raises the Refusals of `proposals.withdraw`."""
    proposals.withdraw(session, actor, now, row)
    audit.record(session, actor, now, "care_text_withdrawn", row, code=row.code)


def retire(session: Session, actor: Actor, now: datetime, key: library.Key, reason: str) -> CareTextEnd:
    """Use a text no more, from now on. Raises Refusal: care_text_gone (it is not used), care_text_reason_needed."""
    entry = library.find(session, key)
    if entry is None or entry.ended is not None:
        raise Refusal("care_text_gone")
    if not reason.strip():
        raise Refusal("care_text_reason_needed", field="reason")
    end = CareTextEnd(code=key[0], development_id=key[1], at=now, by_id=actor.id, reason=reason.strip())
    session.add(end)
    audit.record(session, actor, now, "care_text_retired", end, code=key[0])
    tell(session, actor, now, "care_text_retired", end, Concerned(development=key[1]))
    return end


# Reading


def listing(actor: Actor, *, state: ProposalState | None = None) -> Select[CareText]:
    """The proposals and versions that the actor may see, with all that their list shows."""
    of = CareText
    stmt = visible(actor, of).options(joinedload(of.proposer), joinedload(of.decider), joinedload(of.development))
    return stmt if state is None else stmt.where(of.state == state)


def to_decide(actor: Actor) -> Select[CareText]:
    """The texts of others that wait for a review."""
    mine = CareText.proposed_by == actor.id
    return visible(actor, CareText).where(CareText.state == ProposalState.PROPOSED, ~mine)
