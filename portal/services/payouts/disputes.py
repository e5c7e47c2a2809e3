"""Disputes (异议): a line of an issued statement that its payee contests, and finance's answer (rules 6.2).

While a dispute is open it holds the statement's payout. After the money has gone a line may still be disputed: that
holds nothing, but it is answered all the same. One dispute of a line is open at a time; the database sees to it.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, select, update
from sqlalchemy.orm import joinedload, selectinload

from commissions.refusal import Refusal

from ...access import scope
from ...access.actor import Actor
from ...adapters.papers.documents import Document
from ...adapters.storage.files import Files, new_name
from ...models import (
    AdjustmentState,
    Dispute,
    DisputeFile,
    DisputeState,
    DisputeStep,
    PostedLine,
    Statement,
    StatementLine,
)
from ...session import Session
from .. import audit
from ..events.telling import Concerned, tell
from ..inserts import insert_unless_there
from ..kept_files import forget_unless_committed

MOST_FILES = 3

# Moves


def file_dispute(
    session: Session,
    actor: Actor,
    now: datetime,
    files: Files,
    line: PostedLine,
    *,
    words: str,
    documents: Sequence[Document] = (),
) -> Dispute:
    """Dispute a line of an issued statement. Raises Refusal `dispute_words_needed`, `too_many_files`,
    `line_not_stated` and `line_disputed`."""
    if not words.strip():
        raise Refusal("dispute_words_needed", field="words")
    if len(documents) > MOST_FILES:
        raise Refusal("too_many_files", field="files", most=MOST_FILES)
    stands = session.scalar(select(StatementLine.statement_id).where(StatementLine.line_id == line.id))
    if stands is None:
        raise Refusal("line_not_stated")
    opened = {"line_id": line.id, "statement_id": stands, "state": DisputeState.OPEN, "filed_at": now}
    key = insert_unless_there(session, Dispute, ("line_id",), where=is_open(), **opened)
    if key is None:
        raise Refusal("line_disputed")
    dispute = session.get_one(Dispute, key)
    _note(session, actor, now, dispute, words)
    audit.record(session, actor, now, "line_disputed", dispute, line=line.id, files=len(documents))
    tell(session, actor, now, "dispute_waits", dispute, Concerned(agency=line.agency_id))
    for document in documents:
        _keep(session, files, dispute, document)
    return dispute


def answer_dispute(
    session: Session, actor: Actor, now: datetime, dispute: Dispute, *, accepted: bool, words: str
) -> None:
    """Accept a dispute, or refuse it, with words that the payee reads.

    What is accepted is put right by an adjustment or as the words say; a posted line is never edited.
    Raises Refusal `own_payee`, `answer_needed` and `dispute_closed`.
    """
    if actor.is_paid_as(dispute.statement.payee):
        raise Refusal("own_payee")
    if not words.strip():
        raise Refusal("answer_needed", field="words")
    _close(session, actor, now, dispute, DisputeState.ACCEPTED if accepted else DisputeState.REFUSED, words)
    audit.record(session, actor, now, "dispute_answered", dispute, accepted=accepted)
    whom = Concerned(agency=dispute.statement.agency_id)
    tell(session, actor, now, "dispute_answered", dispute, whom, outcome="accepted" if accepted else "refused")


def withdraw_dispute(session: Session, actor: Actor, now: datetime, dispute: Dispute) -> None:
    """Take a dispute back before it is answered. Raises Refusal `dispute_closed`."""
    _close(session, actor, now, dispute, DisputeState.WITHDRAWN, "")
    audit.record(session, actor, now, "dispute_withdrawn", dispute)


def _close(session: Session, actor: Actor, now: datetime, dispute: Dispute, state: DisputeState, words: str) -> None:
    """Bring an open dispute to its end, if nobody was faster."""
    closing = update(Dispute).where(Dispute.id == dispute.id, is_open()).values(state=state).returning(Dispute.id)
    closed = session.scalar(closing.execution_options(synchronize_session=False))
    session.refresh(dispute, ["state"])
    if closed is None:
        raise Refusal("dispute_closed")
    _note(session, actor, now, dispute, words)


def _note(session: Session, actor: Actor, now: datetime, dispute: Dispute, words: str) -> None:
    """Write down who brought the dispute into its state, in what words."""
    session.add(DisputeStep(dispute=dispute, state=dispute.state, words=words.strip(), actor_id=actor.id, at=now))
    session.flush()


def _keep(session: Session, files: Files, dispute: Dispute, document: Document) -> None:
    row = DisputeFile(dispute=dispute, file_name=new_name(), name=document.name)
    session.add(row)
    session.flush()
    files.put(row.file_name, document.content)
    forget_unless_committed(session, files, row.file_name)


# Reading


def is_open() -> ColumnElement[bool]:
    """What makes a dispute wait for an answer, in a query over disputes."""
    return Dispute.state == DisputeState.OPEN


def listing(actor: Actor, *, state: DisputeState | None = None, agency_id: int | None = None) -> Select[Dispute]:
    """The disputes that the actor may see, with what a list or an answer needs of them."""
    stmt = scope.visible(actor, Dispute).options(
        joinedload(Dispute.statement),
        joinedload(Dispute.line),
        selectinload(Dispute.steps).joinedload(DisputeStep.actor),
        selectinload(Dispute.files),
    )
    if state is not None:
        stmt = stmt.where(Dispute.state == state)
    return stmt if agency_id is None else stmt.join(Dispute.statement).where(Statement.agency_id == agency_id)


def of_statement(session: Session, statement: Statement) -> dict[int, Dispute]:
    """The latest dispute of each disputed line of a statement, by the line's id."""
    rows = session.scalars(select(Dispute).where(Dispute.statement_id == statement.id).order_by(Dispute.id))
    return {row.line_id: row for row in rows}


def of_line(session: Session, line: PostedLine) -> Dispute | None:
    """The latest dispute of a line."""
    return session.scalars(select(Dispute).where(Dispute.line_id == line.id).order_by(Dispute.id.desc())).first()


def may_dispute(session: Session, line: PostedLine) -> bool:
    """Whether the line stands in a statement and no dispute of it is open."""
    stands = select(StatementLine.line_id).where(StatementLine.line_id == line.id)
    waiting = select(Dispute.id).where(Dispute.line_id == line.id, is_open())
    return bool(session.scalar(select(stands.exists() & ~waiting.exists())))


def awaits_adjustment(dispute: Dispute) -> bool:
    """Whether it was accepted, and no adjustment that answers it is proposed or approved."""
    alive = (AdjustmentState.PROPOSED, AdjustmentState.APPROVED)
    return dispute.state is DisputeState.ACCEPTED and not any(one.state in alive for one in dispute.adjustments)


def view_file(session: Session, actor: Actor, now: datetime, files: Files, row: DisputeFile) -> bytes:
    """What the file holds; that it was looked at is written down (rules 9)."""
    audit.record(session, actor, now, "dispute_file_seen", row, dispute=row.dispute_id)
    return files.get(row.file_name)
