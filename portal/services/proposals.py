"""One person proposes, another confirms or refuses: the decision itself, once, whatever is proposed.

What follows from a confirmation is the business of the proposal's own domain, in the same transaction; so is its row
in the audit log.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Protocol, Self, TypeVar

from sqlalchemy import select, update

from commissions.refusal import Refusal

from ..access.actor import Actor
from ..models.proposals import ProposalState, Version
from ..session import Session
from . import timekeeping


class AnyProposal(Protocol):
    """A row of a table of proposals (`models.proposals.Proposal`)."""

    id: int
    proposed_by: int
    state: ProposalState


AnyVersion = TypeVar("AnyVersion", bound=Version)


@dataclass(frozen=True, slots=True)
class Followed(Generic[AnyVersion]):
    """Which version each development follows: its own, else the one for all."""

    for_all: AnyVersion | None
    own: Mapping[int, AnyVersion]

    @classmethod
    def of(cls, begun: Iterable[AnyVersion]) -> Self:
        """The last of each development's among those that have begun, which come in that order."""
        newest = {row.development_id: row for row in begun}
        for_all = newest.pop(None, None)
        return cls(for_all, {key: row for key, row in newest.items() if key is not None and row.toml})

    def version(self, development_id: int | None) -> AnyVersion | None:
        """Which version a development follows; None where what was given holds."""
        return self.own.get(development_id, self.for_all) if development_id is not None else self.for_all


def lock_open(session: Session, proposal: AnyProposal) -> None:
    """Let whoever else decides come before or after. Raises Refusal `proposal_decided`."""
    table: Any = type(proposal)
    state = session.scalar(select(table.state).where(table.id == proposal.id).with_for_update())
    if state is not ProposalState.PROPOSED:
        raise Refusal("proposal_decided")


def confirm(
    session: Session, actor: Actor, now: datetime, proposal: AnyProposal, also: Mapping[str, Any] | None = None
) -> None:
    """Confirm what another person proposed. `also`: columns of its own table that are filled by the decision.

    Raises Refusal `own_proposal`, `account_rests` and `proposal_decided`.
    """
    check_another_person(actor, proposal)
    actor.check_rested(timekeeping.trusted(session, now))
    _decide(session, actor, now, proposal, ProposalState.CONFIRMED, reason=None, **(also or {}))


def refuse(session: Session, actor: Actor, now: datetime, proposal: AnyProposal, reason: str) -> None:
    """Refuse what another person proposed, with a reason that he reads.

    Raises Refusal `own_proposal`, `proposal_reason_needed` and `proposal_decided`.
    """
    check_another_person(actor, proposal)
    if not reason.strip():
        raise Refusal("proposal_reason_needed", field="reason")
    _decide(session, actor, now, proposal, ProposalState.REFUSED, reason=reason.strip())


def withdraw(session: Session, actor: Actor, now: datetime, proposal: AnyProposal) -> None:
    """Take one's own proposal back. Raises Refusal `not_your_proposal` and `proposal_decided`."""
    if proposal.proposed_by != actor.id:
        raise Refusal("not_your_proposal")
    _decide(session, actor, now, proposal, ProposalState.WITHDRAWN, reason=None)


def check_another_person(actor: Actor, proposal: AnyProposal) -> None:
    """Refuse who proposed it himself, so that a page can say so beforehand. Raises Refusal `own_proposal`."""
    if proposal.proposed_by == actor.id:
        raise Refusal("own_proposal")


def _decide(
    session: Session, actor: Actor, now: datetime, proposal: AnyProposal, state: ProposalState, **filled: Any
) -> None:
    """Bring a proposal to its end, if nobody was faster; the row is locked until the transaction ends."""
    table: Any = type(proposal)
    decided = session.scalar(
        update(table)
        .where(table.id == proposal.id, table.state == ProposalState.PROPOSED)
        .values(state=state, decided_by=actor.id, decided_at=now, **filled)
        .returning(table.id)
        .execution_options(synchronize_session=False)
    )
    session.refresh(proposal)
    if decided is None:
        raise Refusal("proposal_decided")
