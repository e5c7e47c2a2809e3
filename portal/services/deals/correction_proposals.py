"""Corrections above the limit of one hand: proposed with what they post, executed when another person confirms.

The limit is on the money that a correction moves, whichever way (`rules.limits`). What was proposed is frozen: it is
executed only while it would still post just the lines that both have seen.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import joinedload

from commissions.accrual import Line
from commissions.refusal import Refusal

from ...access import scope
from ...access.actor import Actor
from ...models import (
    Agreement,
    Correction,
    CorrectionProposal,
    Deal,
    Payout,
    PostedLine,
    ProposalState,
    StatementLine,
)
from ...session import Session
from .. import audit, proposals
from ..commission import accruals
from ..events.telling import Concerned, tell
from ..payouts import payouts
from . import corrections, deals
from .corrections import DealFacts, WindowsPlan


@dataclass(frozen=True, slots=True)
class Planned:
    """A line that a correction posts, as it is kept."""

    deal_id: int
    milestone: str
    cause: str
    amount_fen: int
    rank: int | None
    window: str | None


def planned(lines: Sequence[Line]) -> list[Planned]:
    """What a preview shows, as it is kept."""
    return [
        Planned(one.deal_id, str(one.milestone), one.cause.value, one.amount_fen, one.rating.rank, one.rating.window)
        for one in lines
    ]


def needs_second(session: Session, lines: Sequence[Line], of_rewards: int = 0) -> bool:
    """Whether what these lines move, with what it moves in rewards, is above the limit of one hand."""
    limits = session.limits
    return limits.correction_needs_second(corrections.moved_fen(lines) + of_rewards)


def propose_deal(
    session: Session,
    actor: Actor,
    now: datetime,
    deal: Deal,
    facts: DealFacts,
    *,
    reason: str,
) -> CorrectionProposal:
    """Propose to correct a deal. Raises the Refusals of `corrections.correct_deal`."""
    lines = corrections.preview_deal(session, now, deal, facts)
    moved = corrections.moved_fen(lines) + corrections.rewards_moved_fen(session, now, deal, facts.signed_at)
    row = CorrectionProposal(deal_id=deal.id, price_fen=facts.price_fen, signed_at=facts.signed_at)
    return _propose(session, actor, now, row, lines, moved, reason)


def propose_plan(
    session: Session, actor: Actor, now: datetime, plan: WindowsPlan, *, reason: str
) -> CorrectionProposal:
    """Propose that a window's deals keep another version. Raises the Refusals of `corrections.correct_plan`."""
    lines = corrections.preview_plan(session, now, plan)
    row = CorrectionProposal(agreement_id=plan.agreement.id, label=plan.label, version_id=plan.version.id)
    return _propose(session, actor, now, row, lines, corrections.moved_fen(lines), reason)


def confirm_proposal(session: Session, actor: Actor, now: datetime, proposal: CorrectionProposal) -> Correction:
    """Execute what another person proposed, in this transaction, if it still posts what was shown.

    Raises Refusal `own_proposal`, `proposal_decided`, `correction_stale` where other lines would follow by now, and
    those of the correction itself.
    """
    proposals.check_another_person(actor, proposal)
    proposals.lock_open(session, proposal)
    row = _execute(session, actor, now, proposal)
    proposal.correction_id = row.id
    session.flush()
    proposals.confirm(session, actor, now, proposal)
    audit.record(session, actor, now, "correction_confirmed", proposal, moved_fen=proposal.moved_fen)
    tell(session, actor, now, "correction_decided", proposal, Concerned(proposal.proposed_by), outcome="confirmed")
    return row


def refuse_proposal(session: Session, actor: Actor, now: datetime, proposal: CorrectionProposal, reason: str) -> None:
    """Refuse what another person proposed. Raises the Refusals of `proposals.refuse`."""
    proposals.refuse(session, actor, now, proposal, reason)
    audit.record(session, actor, now, "correction_refused", proposal)
    tell(session, actor, now, "correction_decided", proposal, Concerned(proposal.proposed_by), outcome="refused")


def withdraw_proposal(session: Session, actor: Actor, now: datetime, proposal: CorrectionProposal) -> None:
    """Take one's own proposal back. Raises the Refusals of `proposals.withdraw`."""
    proposals.withdraw(session, actor, now, proposal)
    audit.record(session, actor, now, "correction_withdrawn", proposal)


def _propose(
    session: Session,
    actor: Actor,
    now: datetime,
    row: CorrectionProposal,
    lines: Sequence[Line],
    moved_fen: int,
    reason: str,
) -> CorrectionProposal:
    if not reason.strip():
        raise Refusal("correction_reason_needed", field="reason")
    session.limits.check_correction(moved_fen)
    row.because, row.lines, row.moved_fen = reason.strip(), _kept(lines), moved_fen
    row.state, row.proposed_by, row.proposed_at = ProposalState.PROPOSED, actor.id, now
    session.add(row)
    session.flush()
    audit.record(session, actor, now, "correction_proposed", row, moved_fen=row.moved_fen)
    tell(session, actor, now, "correction_waits", row, Concerned(), moved_fen=row.moved_fen)
    return row


def _execute(session: Session, actor: Actor, now: datetime, proposal: CorrectionProposal) -> Correction:
    """Correct as proposed, in the proposer's name, if just the lines that were shown follow."""
    words: dict[str, Any] = {"reason": proposal.because, "proposed_by": proposal.proposed_by}
    deal = proposal.deal
    if deal is not None:
        deals.lock(session, deal)
        facts = DealFacts(proposal.price_fen, proposal.signed_at, price_is_right=True)  # asked when it was proposed
        of_rewards = corrections.rewards_moved_fen(session, now, deal, proposal.signed_at)
        _check_fresh(proposal, corrections.preview_deal(session, now, deal, facts), of_rewards)
        return corrections.correct_deal(session, actor, now, deal, facts, **words)
    agreement, label, version = proposal.agreement, proposal.label, proposal.plan_version
    assert agreement is not None  # a proposal is of a deal or of an agreement's deals
    assert label is not None
    assert version is not None
    accruals.lock_agency(session, agreement.agency_id)
    plan = WindowsPlan(agreement, label, version)
    _check_fresh(proposal, corrections.preview_plan(session, now, plan))
    return corrections.correct_plan(session, actor, now, plan, **words)


def _check_fresh(proposal: CorrectionProposal, lines: Sequence[Line], of_rewards: int = 0) -> None:
    moved_fen = corrections.moved_fen(lines) + of_rewards
    if (_kept(lines), moved_fen) != (proposal.lines, proposal.moved_fen):
        raise Refusal("correction_stale")


def _kept(lines: Sequence[Line]) -> list[dict[str, object]]:
    return [asdict(one) for one in planned(lines)]


# Reading


def listing(actor: Actor, state: ProposalState | None = None) -> Select[CorrectionProposal]:
    """The proposals that the actor may see, with what a list shows of each."""
    of = CorrectionProposal
    agency, deal = joinedload(of.agreement), joinedload(of.deal)
    pairs = agency.joinedload(Agreement.agency), agency.joinedload(Agreement.development)
    named = deal.joinedload(Deal.development), deal.joinedload(Deal.agency)
    hands = joinedload(of.proposer), joinedload(of.decider), joinedload(of.plan_version)
    stmt = scope.visible(actor, of).options(*pairs, *named, *hands)
    return stmt if state is None else stmt.where(of.state == state)


def to_decide(actor: Actor) -> Select[CorrectionProposal]:
    """The proposals of others that wait."""
    of = CorrectionProposal
    return select(of).where(of.state == ProposalState.PROPOSED, of.proposed_by != actor.id)


def waiting_of(session: Session, deal: Deal) -> Sequence[CorrectionProposal]:
    """What waits for a deal."""
    of = CorrectionProposal
    stmt = select(of).where(of.deal_id == deal.id, of.state == ProposalState.PROPOSED).options(joinedload(of.proposer))
    return session.scalars(stmt.order_by(of.id)).all()


def by_askers(session: Session, payout: Payout) -> Sequence[Correction]:
    """The corrections that posted lines of a payout's statement and were made or proposed by who issued or asked for
    it: the approver looks at them, for nobody else may have."""
    askers = [key for key in payouts.askers(payout) if key is not None]
    stated = select(PostedLine.reference).join(StatementLine, StatementLine.line_id == PostedLine.id)
    stmt = stated.where(
        StatementLine.statement_id == payout.statement_id, PostedLine.reference.startswith("line:correction-")
    )
    ids = {int(reference.split(":")[1].removeprefix("correction-")) for reference in session.scalars(stmt)}
    if not ids:
        return ()
    theirs = or_(
        Correction.made_by.in_(askers),
        Correction.id.in_(select(CorrectionProposal.correction_id).where(CorrectionProposal.proposed_by.in_(askers))),
    )
    found = select(Correction).where(Correction.id.in_(ids), theirs).options(joinedload(Correction.maker))
    return session.scalars(found.order_by(Correction.id)).all()
