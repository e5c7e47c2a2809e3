"""What waits for a person today: the figures of the first page by role, most of them counted in one query.

A figure is a fact. Its words and where it leads belong to the page that shows it.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select, union_all

from referral.rewards.reward_plan import Kind

from ...access import scope
from ...access.actor import Actor
from ...clock import month_of, month_start
from ...models import (
    Adjustment,
    AdjustmentState,
    Appeal,
    BankResult,
    Complaint,
    ConflictCase,
    CorrectionProposal,
    Deal,
    Dispute,
    DraftState,
    FaceEnrolment,
    Freeze,
    Lead,
    Payout,
    PayoutState,
    Person,
    PlanDraft,
    PostedLine,
    Reward,
    RewardState,
    RiskFlag,
    Role,
    Showing,
    Statement,
    StatementLine,
    Touch,
    TouchKind,
)
from ...rules.aftercare.complaint import ComplaintState
from ...session import Session
from ..accounts.brokers import running_freeze
from ..accounts.people import AccountState
from ..arrivals import board as arrivals
from ..bank_details import bank_details
from ..care import day
from ..care_files import scoring as care_scoring
from ..care_plans import plans as care_plans
from ..care_texts import texts as care_texts
from ..claims import rule_profiles
from ..conflicts import cases as conflict_cases
from ..deals import correction_proposals
from ..faces import enrolments
from ..hand_overs import waiting as hand_overs
from ..leads import care
from ..leads.care import StepFilter
from ..measures import boards as measure_boards
from ..measures import seals as measure_seals
from ..not_bought import answers
from ..payouts import bank_answers, disputes, failed_payouts, invoices
from ..payouts import queue as payout_queue
from ..payouts.invoices import InvoiceMatch
from ..penalties import appeals
from ..posters import own_lines
from ..registrations import lists as registrations
from ..risk import limits as risk_limits
from ..risk import lists as risk_lists
from ..showings import lists as showing_lists
from ..taxes import table_drafts
from . import house_figures
from .figure import NOW, Answer, Asked, Build, Figure, FoundOut, answered, number_of, summed, waits_since


def waiting(session: Session, actor: Actor, now: datetime) -> list[Figure]:
    """The figures of the actor's role, over the rows that the actor may see."""
    return answered(session, actor, now, _ASKED.get(actor.role, ()) if actor.role else ())


def _arrivals_waiting(actor: Actor, today: datetime) -> Asked:
    """Brokers who are at the desk with a client."""
    return waits_since("arrivals_waiting", arrivals.waiting(actor, today), Showing.at)


def _showings_to_review(actor: Actor, today: datetime) -> Asked:
    """Showings that wait for a person's word."""
    return waits_since("showings_to_review", showing_lists.to_review(actor, NOW, today), Showing.at)


def _reviews_overdue(session: Session, actor: Actor, now: datetime) -> Answer:
    """Showings that a person should have looked at by now: their pictures stay until he does."""
    late = showing_lists.showings(session, actor, now, state=showing_lists.OVERDUE)
    return waits_since("reviews_overdue", late, Showing.at)


def _showings_today(actor: Actor, today: datetime) -> Asked:
    return number_of("showings_today", scope.visible(actor, Showing).where(Showing.at >= today))


def _walk_ins_today(actor: Actor, today: datetime) -> Asked:
    walked = Touch.kind == TouchKind.WALK_IN, Touch.at >= today, ~Touch.withdrawal.has()
    return number_of("walk_ins_today", scope.visible(actor, Touch).where(*walked))


def _deals_to_attribute(actor: Actor, _today: datetime) -> Asked:
    open_deals = scope.visible(actor, Deal).where(~Deal.attributions.any(), Deal.cancelled_at.is_(None))
    return waits_since("deals_to_attribute", open_deals, Deal.created_at)


def _open_appeals(actor: Actor, _today: datetime) -> Asked:
    """Appeals that the actor may decide: those against what he confirmed wait for a colleague."""
    return waits_since("open_appeals", appeals.appeals(actor, state=appeals.TO_DECIDE), Appeal.filed_at)


def _conflicts_to_decide(actor: Actor, today: datetime) -> Asked:
    """Conflicts over clients that the actor may decide, or confirm as the second."""
    waits = conflict_cases.cases(actor, today, state=conflict_cases.TO_DECIDE)
    return waits_since("conflicts_to_decide", waits, ConflictCase.opened_at)


def _risk_flags(actor: Actor, _today: datetime) -> Asked:
    """Flags over partners' figures that wait for our word."""
    return waits_since("risk_flags_wait", risk_lists.to_decide(actor), RiskFlag.since)


def _questions(actor: Actor, _today: datetime) -> Asked:
    """Questions that the developer has asked the partner."""
    return waits_since("questions_wait", risk_lists.to_decide(actor), RiskFlag.since)


def _clients_due(session: Session, actor: Actor, now: datetime) -> Answer:
    """What is late or due today to the clients in one's care."""
    return Figure("clients_due", day.of_person(session, now, session.get_one(Person, actor.id), most=0).count)


def _reasons_to_say(session: Session, actor: Actor, now: datetime) -> Answer:
    """Visits after which nothing was bought, and nobody said why."""
    return Figure("reasons_to_say", len(answers.all_to_say(session, actor, now)))


def _complaints_to_answer(actor: Actor, _today: datetime) -> Asked:
    """Owners' complaints that wait for their first answer."""
    waits = scope.visible(actor, Complaint).where(Complaint.state == ComplaintState.OPEN)
    return waits_since("complaints_to_answer", waits, Complaint.since)


def _open_disputes(actor: Actor, _today: datetime) -> Asked:
    """Disputes that wait for finance's answer, and hold a payout meanwhile."""
    waits = scope.visible(actor, Dispute).where(disputes.is_open())
    return waits_since("open_disputes", waits, Dispute.filed_at)


def _adjustments_to_decide(actor: Actor, _today: datetime) -> Asked:
    """Proposals of others: nobody decides his own."""
    waits = (Adjustment.state == AdjustmentState.PROPOSED, Adjustment.proposed_by != actor.id)
    stmt = scope.visible(actor, Adjustment).where(*waits)
    return waits_since("adjustments_to_decide", stmt, Adjustment.proposed_at)


def _drafts_to_decide(actor: Actor, _today: datetime) -> Asked:
    """Plans that others propose: nobody publishes his own."""
    waits = (PlanDraft.state == DraftState.PROPOSED, PlanDraft.proposed_by != actor.id)
    return waits_since("drafts_to_decide", scope.visible(actor, PlanDraft).where(*waits), PlanDraft.proposed_at)


def _corrections_to_confirm(actor: Actor, _today: datetime) -> Asked:
    return summed("corrections_to_confirm", correction_proposals.to_decide(actor), CorrectionProposal.moved_fen)


def _answers_to_confirm(actor: Actor, _today: datetime) -> Asked:
    """Payments that the bank's answer calls failed or sent back: another than who exported them confirms it."""
    return summed("answers_to_confirm", bank_answers.to_confirm(actor), BankResult.amount_fen)


def _failed_payouts(actor: Actor, _today: datetime) -> Asked:
    """Payments that did not arrive, and nobody has asked for anew."""
    return summed("failed_payouts", failed_payouts.waiting(actor), Payout.amount_fen)


def _invoices_to_send(actor: Actor, _today: datetime) -> Asked:
    """Statements whose payment waits for the agency's invoice, or for a right one."""
    waits = [invoices.listing(actor, standing=one) for one in (InvoiceMatch.MISSING, InvoiceMatch.UNEQUAL)]
    return number_of("invoices_to_send", union_all(*(one.with_only_columns(Statement.id) for one in waits)))


def _invoices_to_check(actor: Actor, _today: datetime) -> Asked:
    """Invoices of just the sum that nobody has looked at."""
    return number_of("invoices_to_check", invoices.listing(actor, standing=InvoiceMatch.UNCHECKED))


def _faces_to_confirm(actor: Actor, _today: datetime) -> Asked:
    """Faces that wait for somebody who meets their owner."""
    return waits_since("faces_to_confirm", enrolments.listing(actor, waiting=True), FaceEnrolment.proposed_at)


def _lead_steps_due(actor: Actor, today: datetime) -> Asked:
    """Friends whom the actor was to call, or whatever comes next, by today."""
    mine = care.by_step(scope.visible(actor, Lead), actor, today, StepFilter.MINE)
    return number_of("lead_steps_due", mine)


def _rewards_to_approve(actor: Actor, _today: datetime) -> Asked:
    """Rewards in money that are due and that nobody has decided on."""
    waits = (Reward.kind == Kind.CASH, Reward.state == RewardState.DUE, Reward.refused_at.is_(None))
    return summed("rewards_to_approve", scope.visible(actor, Reward).where(*waits), Reward.value_fen)


def _hand_overs_wait(actor: Actor, _today: datetime) -> Asked:
    """What somebody left behind, and nobody has taken over."""
    return number_of("hand_overs_wait", hand_overs.to_hand_over(actor, NOW))


def _frozen_brokers(actor: Actor, _today: datetime) -> Asked:
    frozen = select(Freeze.broker_id).where(*running_freeze(NOW))
    if not actor.staff:
        frozen = frozen.join(Freeze.broker).where(Person.agency_id == actor.agency_id)
    return number_of("frozen_brokers", frozen.distinct())


def _unstated_lines(actor: Actor, today: datetime) -> Asked:
    """Lines of past months that stand in no statement yet."""
    lines = scope.visible(actor, PostedLine).where(
        PostedLine.posted_at < month_start(month_of(today)),
        ~PostedLine.id.in_(select(StatementLine.line_id)),
    )
    return summed("unstated_lines", lines, PostedLine.amount_fen)


def _payouts(code: str, state: PayoutState) -> Build:
    def build(actor: Actor, _today: datetime) -> Asked:
        return summed(code, scope.visible(actor, Payout).where(Payout.state == state), Payout.amount_fen)

    return build


def _payouts_to_approve(actor: Actor, _today: datetime) -> Asked:
    """What waits for an approver, but for what waits for another after the actor himself."""
    waiting = payout_queue.to_approve(actor).where(~payout_queue.waits_for_another(actor))
    return summed("payouts_to_approve", waiting, Payout.amount_fen)


def _earned_this_month(actor: Actor, today: datetime) -> Asked:
    posted = PostedLine.posted_at >= month_start(month_of(today))
    lines = scope.visible(actor, PostedLine).where(posted)
    return summed("earned_this_month", lines, PostedLine.amount_fen)


def _registrations_this_month(actor: Actor, today: datetime) -> Asked:
    accepted = registrations.since(actor, month_start(month_of(today)))
    return number_of("registrations_this_month", accepted)


_PROPOSED: dict[str, Callable[[Actor], Select[Any]]] = {
    "bank_changes_to_decide": bank_details.to_decide,
    "care_plans_to_decide": care_plans.to_decide,
    "care_points_to_decide": care_scoring.to_decide,
    "care_texts_to_review": care_texts.to_decide,
    "measure_boards_to_decide": measure_boards.to_decide,
    "measure_seals_to_decide": measure_seals.to_decide,
    "poster_lines_to_read": own_lines.to_decide,
    "risk_limits_to_decide": risk_limits.to_decide,
    "rule_profiles_to_decide": rule_profiles.to_decide,
    "tax_tables_to_decide": table_drafts.to_decide,
}
"""What others propose, each by its own domain."""


def _proposed(code: str) -> Build:
    def build(actor: Actor, _today: datetime) -> Asked:
        return number_of(code, _PROPOSED[code](actor))

    return build


_ASKED: dict[Role, tuple[Build | FoundOut, ...]] = {
    Role.RECEPTION: (
        _arrivals_waiting,
        _complaints_to_answer,
        _showings_to_review,
        _faces_to_confirm,
        FoundOut(_reviews_overdue),
        _showings_today,
        _walk_ins_today,
    ),
    Role.CONSULTANT: (FoundOut(_clients_due), FoundOut(_reasons_to_say)),
    Role.CHANNEL_MANAGER: (
        _showings_to_review,
        _faces_to_confirm,
        FoundOut(_reviews_overdue),
        _open_appeals,
        _conflicts_to_decide,
        _complaints_to_answer,
        _risk_flags,
        _proposed("risk_limits_to_decide"),
        _drafts_to_decide,
        _proposed("rule_profiles_to_decide"),
        _proposed("care_points_to_decide"),
        _proposed("care_plans_to_decide"),
        _proposed("care_texts_to_review"),
        _proposed("measure_boards_to_decide"),
        _proposed("measure_seals_to_decide"),
        _deals_to_attribute,
        _lead_steps_due,
        _hand_overs_wait,
        _rewards_to_approve,
        _proposed("poster_lines_to_read"),
        _frozen_brokers,
        _registrations_this_month,
    ),
    Role.FINANCE: (
        _open_disputes,
        _proposed("bank_changes_to_decide"),
        _answers_to_confirm,
        _failed_payouts,
        _adjustments_to_decide,
        _corrections_to_confirm,
        _drafts_to_decide,
        _proposed("tax_tables_to_decide"),
        _proposed("measure_boards_to_decide"),
        _proposed("measure_seals_to_decide"),
        _invoices_to_check,
        _rewards_to_approve,
        _unstated_lines,
        _earned_this_month,
    ),
    Role.APPROVER: (
        _payouts_to_approve,
        _conflicts_to_decide,
        _proposed("risk_limits_to_decide"),
        _answers_to_confirm,
        _adjustments_to_decide,
        _corrections_to_confirm,
        _proposed("tax_tables_to_decide"),
    ),
    Role.CASHIER: (
        _payouts("payouts_to_export", PayoutState.APPROVED),
        _payouts("payouts_without_result", PayoutState.EXPORTED),
        _answers_to_confirm,
    ),
    Role.ADMINISTRATOR: (
        house_figures.open_alarms,
        house_figures.accounts_to_confirm,
        house_figures.lost_factors,
        house_figures.erasures_to_confirm,
        _hand_overs_wait,
        house_figures.accounts_changed,
        _proposed("rule_profiles_to_decide"),
        _proposed("care_points_to_decide"),
        _proposed("care_plans_to_decide"),
        _proposed("care_texts_to_review"),
        house_figures.people_of("people_active", AccountState.ACTIVE),
        house_figures.people_of("people_invited", AccountState.INVITED),
        house_figures.failed_sign_ins,
    ),
    Role.PRIVACY_OFFICER: (
        house_figures.erasures_to_answer,
        house_figures.erasures_to_confirm,
        FoundOut(house_figures.faces_stored),
        house_figures.erased_by_withdrawal,
        house_figures.phones_revealed,
    ),
    Role.PRINCIPAL: (
        _questions,
        _hand_overs_wait,
        _invoices_to_send,
        _faces_to_confirm,
        house_figures.lost_factors,
        _registrations_this_month,
        _showings_today,
        _earned_this_month,
        _frozen_brokers,
    ),
}
