"""Adjustments by hand: what no rule gives, by one person's proposal and a second person's decision (rules 6.2).

An approved adjustment posts its line and its transfer in the same transaction, both called by its id, so that it can
be posted once only. Nobody proposes or decides for a payee he belongs to, and nobody decides what he proposed.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, exists, select, update
from sqlalchemy.orm import joinedload

from commissions.refusal import Refusal

from ...access import scope
from ...access.actor import Actor
from ...adapters.papers.documents import Document
from ...adapters.storage.files import Files, new_name
from ...clock import month_of
from ...models import (
    Adjustment,
    AdjustmentState,
    Agency,
    Cause,
    Deal,
    Dispute,
    DisputeState,
    Person,
    PostedLine,
    Reward,
    payee_columns,
    person_payee,
)
from ...session import Session
from .. import audit, facts
from ..events.telling import Concerned, tell
from ..kept_files import forget_unless_committed
from ..ledger.lines import NewLine, post_lines
from ..rewards import charge_backs
from ..taxes import withholding
from ..taxes.withholding import post_income


@dataclass(frozen=True, slots=True)
class NewAdjustment:
    """More for a payee (`agency:3`), or less with a negative amount, with its reason and proof, and what it is about.

    `reward`: the goods that were charged back, and are asked for.
    """

    payee: str
    amount_fen: int
    reason: str
    attachment: Document
    deal: Deal | None = None
    dispute: Dispute | None = None
    reward: Reward | None = None


@dataclass(frozen=True, slots=True)
class Payee:
    """Whom an adjustment may be for."""

    key: str
    name: str


# Moves


def propose_adjustment(
    session: Session,
    actor: Actor,
    now: datetime,
    files: Files,
    new: NewAdjustment,
) -> Adjustment:
    """Propose to pay a payee more or less. Raises Refusal `payee_unknown`, `own_payee`,
    `amount_zero`, `adjustment_too_large`, `adjustment_reason_needed`, `deal_of_other_payee`, `dispute_not_accepted`
    and `goods_asked_for`.
    """
    if payee_of(session, new.payee) is None:
        raise Refusal("payee_unknown", field="payee")
    if actor.is_paid_as(new.payee):
        raise Refusal("own_payee")
    _check_amount(session, new.amount_fen)
    if not new.reason.strip():
        raise Refusal("adjustment_reason_needed", field="reason")
    _check_about(new.payee, new.deal, new.dispute)
    if new.reward is not None:
        _check_asked_for(session, actor, new.payee, new.amount_fen, new.reward)
    row = Adjustment(
        **payee_columns(new.payee),
        state=AdjustmentState.PROPOSED,
        amount_fen=new.amount_fen,
        reason=new.reason.strip(),
        file_name=new_name(),
        attachment_name=new.attachment.name,
        deal_id=new.deal.id if new.deal else None,
        dispute_id=new.dispute.id if new.dispute else None,
        reward_id=new.reward.id if new.reward else None,
        proposed_by=actor.id,
        proposed_at=now,
    )
    session.add(row)
    audit.record(session, actor, now, "adjustment_proposed", row, amount_fen=new.amount_fen)
    tell(session, actor, now, "adjustment_waits", row, Concerned(), amount_fen=new.amount_fen)
    files.put(row.file_name, new.attachment.content)
    forget_unless_committed(session, files, row.file_name)
    return row


def approve_adjustment(
    session: Session, actor: Actor, now: datetime, adjustment: Adjustment, *, words: str = ""
) -> PostedLine:
    """Let it stand, and post its line; what a person gets is income of the month, and taxed with it (rules 6.6).

    Raises Refusal `own_payee`, `own_adjustment`, `adjustment_decided` and `no_tax_table`.
    """
    _another_hand(actor, adjustment)
    _decide(session, actor, now, adjustment, AdjustmentState.APPROVED, words)
    audit.record(session, actor, now, "adjustment_approved", adjustment, amount_fen=adjustment.amount_fen)
    whom = Concerned(adjustment.person_id, adjustment.agency_id)
    tell(session, actor, now, "adjustment_made", adjustment, whom, amount_fen=adjustment.amount_fen)
    reference = line_reference(adjustment.id)
    line = NewLine(
        reference=reference,
        payee=adjustment.payee,
        cause=Cause.ADJUSTMENT,
        amount_fen=adjustment.amount_fen,
        summary=f"adjustment {adjustment.id} by hand",
        why={"adjustment_id": adjustment.id, "reason": adjustment.reason},
        deal_id=adjustment.deal_id,
        window=None if adjustment.person_id is None else month_of(now),
    )
    if adjustment.reward is not None:  # what is given back for goods is no loss of income: they were taken out of it
        repaid = withholding.Goods(
            person_id=adjustment.reward.referrer.person_id,
            month=month_of(now),
            reference=f"{reference}:repaid",
            value_fen=-adjustment.amount_fen,
            what=adjustment.reward.title,
        )
        withholding.note_repaid(session, actor, now, repaid)
    post = post_lines if adjustment.person_id is None else post_income  # what a person earns is taxed
    return post(session, actor, now, reference=reference, lines=[line])[0]


def refuse_adjustment(session: Session, actor: Actor, now: datetime, adjustment: Adjustment, *, words: str) -> None:
    """Send it back, with words for who proposed it.

    Raises Refusal `own_payee`, `own_adjustment`, `adjustment_answer_needed` and `adjustment_decided`.
    """
    _another_hand(actor, adjustment)
    if not words.strip():
        raise Refusal("adjustment_answer_needed", field="words")
    _decide(session, actor, now, adjustment, AdjustmentState.REFUSED, words)
    audit.record(session, actor, now, "adjustment_refused", adjustment)
    whom = Concerned(adjustment.proposed_by)
    tell(session, actor, now, "adjustment_refused", adjustment, whom, amount_fen=adjustment.amount_fen)


def withdraw_adjustment(session: Session, actor: Actor, now: datetime, adjustment: Adjustment) -> None:
    """Take one's own proposal back. Raises Refusal `not_your_adjustment` and `adjustment_decided`."""
    if adjustment.proposed_by != actor.id:
        raise Refusal("not_your_adjustment")
    _decide(session, actor, now, adjustment, AdjustmentState.WITHDRAWN, "")
    audit.record(session, actor, now, "adjustment_withdrawn", adjustment)


def line_reference(adjustment_id: int) -> str:
    """What an adjustment's line and transfer are called."""
    return f"adjustment:{adjustment_id}"


def refusal_of(actor: Actor, adjustment: Adjustment) -> Refusal | None:
    """Why this hand may not decide, if it may not: for a page that says so before one tries."""
    try:
        _another_hand(actor, adjustment)
    except Refusal as refusal:
        return refusal
    return None


def _check_amount(session: Session, amount_fen: int) -> None:
    if not amount_fen:
        raise Refusal("amount_zero", field="amount")
    session.limits.check_adjustment(amount_fen)


def _check_about(payee: str, deal: Deal | None, dispute: Dispute | None) -> None:
    if deal is not None and deal.agency_id != payee_columns(payee).get("agency_id"):
        raise Refusal("deal_of_other_payee")
    if dispute is not None and (dispute.state is not DisputeState.ACCEPTED or dispute.statement.payee != payee):
        raise Refusal("dispute_not_accepted")


def _check_asked_for(session: Session, actor: Actor, payee: str, amount_fen: int, reward: Reward) -> None:
    """Only what was charged back is asked for, of who got it, and once."""
    session.execute(select(Reward.id).where(Reward.id == reward.id).with_for_update())
    asked = payee == person_payee(reward.referrer.person_id) and amount_fen < 0
    if not asked or not charge_backs.is_to_be_asked_for(session, actor, reward):
        raise Refusal("goods_asked_for")


def _another_hand(actor: Actor, adjustment: Adjustment) -> None:
    if actor.is_paid_as(adjustment.payee):
        raise Refusal("own_payee")
    if adjustment.proposed_by == actor.id:
        raise Refusal("own_adjustment")


def _decide(
    session: Session, actor: Actor, now: datetime, adjustment: Adjustment, state: AdjustmentState, words: str
) -> None:
    """Bring a proposal to its end, if nobody was faster."""
    decided = session.scalar(
        update(Adjustment)
        .where(Adjustment.id == adjustment.id, Adjustment.state == AdjustmentState.PROPOSED)
        .values(state=state, decided_by=actor.id, decided_at=now, answer=words.strip())
        .returning(Adjustment.id)
        .execution_options(synchronize_session=False)
    )
    session.refresh(adjustment)
    if decided is None:
        raise Refusal("adjustment_decided")
    facts.note(session, Adjustment, [adjustment.id])


# Reading


def listing(actor: Actor, *, state: AdjustmentState | None = None, agency_id: int | None = None) -> Select[Adjustment]:
    """The adjustments that the actor may see, with what a list or a decision needs of them."""
    of = Adjustment
    names = (of.agency, of.person, of.proposer, of.decider, of.deal)
    stmt = scope.visible(actor, Adjustment).options(*(joinedload(one) for one in names))
    wanted: dict[Any, Any] = {Adjustment.state: state, Adjustment.agency_id: agency_id}
    return stmt.where(*(column == value for column, value in wanted.items() if value is not None))


def line_of(session: Session, adjustment: Adjustment) -> PostedLine | None:
    """The line that an approved adjustment posted."""
    return session.scalar(select(PostedLine).where(PostedLine.reference == line_reference(adjustment.id)))


def payees(session: Session) -> list[Payee]:
    """Whom an adjustment may be for: every agency, and every person who has earned something."""
    earned = exists().where(PostedLine.person_id == Person.id)
    agencies = session.execute(select(Agency.id, Agency.name).order_by(Agency.name, Agency.id))
    people = session.execute(select(Person.id, Person.name).where(earned).order_by(Person.name, Person.id))
    found = [Payee(f"agency:{key}", name) for key, name in agencies]
    return found + [Payee(person_payee(key), name) for key, name in people]


def payee_of(session: Session, payee: str) -> Payee | None:
    """The payee that is called `agency:3`; None where nobody is."""
    kind, _, key = payee.partition(":")
    if not (key.isascii() and key.isdigit() and len(key) < 19):
        return None
    found: Agency | Person | None = None
    if kind == "agency":
        found = session.get(Agency, int(key))
    elif kind == "person":
        found = session.get(Person, int(key))
    return Payee(payee, found.name) if found else None


def view_attachment(session: Session, actor: Actor, now: datetime, files: Files, adjustment: Adjustment) -> bytes:
    """What the attachment holds; that it was looked at is written down (rules 9)."""
    audit.record(session, actor, now, "attachment_seen", adjustment)
    return files.get(adjustment.file_name)
