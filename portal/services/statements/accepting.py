"""A payee agrees to a statement (确认对账单): said once, after every dispute was answered."""

from datetime import datetime

from sqlalchemy import exists, select

from commissions.refusal import Refusal

from ...access.actor import Actor
from ...models import Dispute, DisputeState, Statement, StatementAcceptance
from ...session import Session
from .. import audit
from ..events.telling import Concerned, tell
from ..inserts import insert_unless_there


def accept(session: Session, actor: Actor, now: datetime, statement: Statement) -> StatementAcceptance:
    """Agree to a statement as it was issued. Saying it again changes nothing. It holds nothing and frees nothing: a
    line may still be disputed.

    Raises Refusal: statement_disputed.
    """
    open_dispute = exists().where(Dispute.statement_id == statement.id, Dispute.state == DisputeState.OPEN)
    if session.scalar(select(open_dispute)):
        raise Refusal("statement_disputed")
    made = insert_unless_there(
        session,
        StatementAcceptance,
        ("statement_id",),
        statement_id=statement.id,
        accepted_by=actor.id,
        accepted_at=now,
    )
    row = acceptance_of(session, statement)
    assert row is not None, "written just now, or by who was faster"
    if made is not None:
        audit.record(session, actor, now, "statement_accepted", statement, number=statement.number)
        whom = Concerned(agency=statement.agency_id)
        tell(session, actor, now, "statement_accepted", statement, whom, number=statement.number)
    return row


def acceptance_of(session: Session, statement: Statement) -> StatementAcceptance | None:
    """Who agreed to the statement, and when."""
    return session.scalar(select(StatementAcceptance).where(StatementAcceptance.statement_id == statement.id))
