"""Loan terms take two: one proposes them as a text, another publishes them. The newest published ones hold.

Those of a development go before those of all. Until anybody publishes some, the handbooks' hold (`rules.loans.terms`).
"""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import joinedload

from commissions.refusal import Refusal

from ...access import scope
from ...access.actor import Actor
from ...models import LoanTerms, ProposalState
from ...rules.loans.terms import Terms, given_text, terms_from_toml
from ...session import Session
from .. import audit, proposals
from ..events.telling import Concerned, tell


@lru_cache(maxsize=32)
def parsed(text: str) -> Terms:
    """The terms of a text that was checked."""
    return terms_from_toml(text)


def published(session: Session, development_id: int | None) -> LoanTerms | None:
    """The newest published terms that hold in a development; None where the handbooks' do."""
    of = LoanTerms
    here = or_(of.development_id == development_id, of.development_id.is_(None))
    own_first = (of.development_id.is_(None), of.id.desc())
    return session.scalars(select(of).where(of.state == ProposalState.CONFIRMED, here).order_by(*own_first)).first()


def in_force(session: Session, development_id: int | None) -> Terms:
    """What holds in a development."""
    row = published(session, development_id)
    return parsed(row.toml if row else given_text())


def all_in_force(session: Session) -> Mapping[int | None, Terms]:
    """What holds, by development; under None for all that have none of their own. For many rows at once."""
    newest = select(func.max(LoanTerms.id)).where(LoanTerms.state == ProposalState.CONFIRMED)
    rows = session.scalars(select(LoanTerms).where(LoanTerms.id.in_(newest.group_by(LoanTerms.development_id))))
    return {None: parsed(given_text())} | {row.development_id: parsed(row.toml) for row in rows}


def propose(
    session: Session, actor: Actor, now: datetime, *, development_id: int | None, toml: str, note: str
) -> LoanTerms:
    """Propose terms. Raises Refusal: those of `terms_from_toml`; `proposal_reason_needed` without a note."""
    terms_from_toml(toml)
    if not note.strip():
        raise Refusal("proposal_reason_needed", field="note")
    row = LoanTerms(
        development_id=development_id,
        toml=toml,
        note=note.strip(),
        state=ProposalState.PROPOSED,
        proposed_by=actor.id,
        proposed_at=now,
    )
    session.add(row)
    audit.record(session, actor, now, "loan_terms_proposed", row)
    tell(session, actor, now, "loan_terms_wait", row, Concerned(development=development_id))
    return row


def confirm(session: Session, actor: Actor, now: datetime, row: LoanTerms) -> None:
    """Publish what another person proposed. Raises the Refusals of `proposals.confirm`."""
    proposals.confirm(session, actor, now, row)
    audit.record(session, actor, now, "loan_terms_published", row)
    _tell_proposer(session, actor, now, row, "published")


def refuse(session: Session, actor: Actor, now: datetime, row: LoanTerms, reason: str) -> None:
    """Send another person's terms back, with a reason. Raises the Refusals of `proposals.refuse`."""
    proposals.refuse(session, actor, now, row, reason)
    audit.record(session, actor, now, "loan_terms_refused", row)
    _tell_proposer(session, actor, now, row, "refused")


def withdraw(session: Session, actor: Actor, now: datetime, row: LoanTerms) -> None:
    """Take one's own terms back. Raises the Refusals of `proposals.withdraw`."""
    proposals.withdraw(session, actor, now, row)
    audit.record(session, actor, now, "loan_terms_withdrawn", row)


def listing(actor: Actor, state: ProposalState | None = None) -> Select[LoanTerms]:
    """Terms that were ever proposed, with all that the list shows."""
    of = LoanTerms
    stmt = scope.visible(actor, of).options(joinedload(of.proposer), joinedload(of.decider), joinedload(of.development))
    return stmt if state is None else stmt.where(of.state == state)


def to_decide(actor: Actor) -> Select[LoanTerms]:
    """The terms of others that wait."""
    return select(LoanTerms).where(LoanTerms.state == ProposalState.PROPOSED, LoanTerms.proposed_by != actor.id)


def _tell_proposer(session: Session, actor: Actor, now: datetime, row: LoanTerms, outcome: str) -> None:
    whom = Concerned(row.proposed_by, development=row.development_id)
    tell(session, actor, now, "loan_terms_decided", row, whom, outcome=outcome)
