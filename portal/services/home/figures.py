"""What waits for a person today: the figures of the first page, a query each, by role.

A figure is a fact. Its words and where it leads belong to the page that shows it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from referral.rewards.reward_plan import Kind

from ...access import scope
from ...access.actor import Actor
from ...clock import day_start, local_day, month_of, month_start
from ...models import (
    Adjustment,
    AdjustmentState,
    Appeal,
    AuditEntry,
    ConflictCase,
    Consent,
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
    Role,
    Showing,
    SignInAttempt,
    StatementLine,
    Touch,
    TouchKind,
)
from ..account_safety import alarms, factor_resets
from ..accounts import account_proposals, people
from ..accounts import history as account_history
from ..accounts.brokers import running_freeze
from ..accounts.people import AccountState
from ..arrivals import board as arrivals
from ..bank_details import bank_details
from ..claims import rule_profiles
from ..conflicts import cases as conflict_cases
from ..deals import correction_proposals
from ..erasure import requests as erasure_requests
from ..faces import enrolments
from ..faces.counts import stored_persons
from ..hand_overs import waiting as hand_overs
from ..leads import care
from ..leads.care import StepFilter
from ..payouts import bank_answers, disputes, failed_payouts, invoices
from ..payouts import queue as payout_queue
from ..payouts.invoices import Standing
from ..penalties import appeals
from ..posters import own_lines
from ..registrations import lists as registrations
from ..showings import lists as showing_lists
from ..taxes import table_drafts


@dataclass(frozen=True, slots=True)
class Figure:
    """How many of something there are (`count`), what they are worth where that is money (fen), and since when the
    oldest of what waits has been waiting, where that is known."""

    code: str
    count: int
    amount_fen: int | None = None
    since: datetime | None = None


Ask = Callable[[Session, Actor, datetime], Figure]


def waiting(session: Session, actor: Actor, now: datetime) -> list[Figure]:
    """The figures of the actor's role, over the rows that the actor may see."""
    return [ask(session, actor, now) for ask in _ASKED.get(actor.role, ())] if actor.role else []


def _arrivals_waiting(session: Session, actor: Actor, now: datetime) -> Figure:
    """Brokers who are at the desk with a client."""
    return _waits(session, "arrivals_waiting", arrivals.waiting(actor, now), Showing.at)


def showings_to_review(session: Session, actor: Actor, now: datetime) -> Figure:
    """Showings that wait for a person's word."""
    waits = showing_lists.showings(session, actor, now, state=showing_lists.WAITING)
    return _waits(session, "showings_to_review", waits, Showing.at)


def _reviews_overdue(session: Session, actor: Actor, now: datetime) -> Figure:
    """Showings that a person should have looked at by now: their pictures stay until he does."""
    late = showing_lists.showings(session, actor, now, state=showing_lists.OVERDUE)
    return _waits(session, "reviews_overdue", late, Showing.at)


def _showings_today(session: Session, actor: Actor, now: datetime) -> Figure:
    today = showing_lists.showings(session, actor, now, state=showing_lists.TODAY)
    return Figure("showings_today", _count(session, today))


def _walk_ins_today(session: Session, actor: Actor, now: datetime) -> Figure:
    walked = scope.visible(actor, Touch).where(Touch.kind == TouchKind.WALK_IN, Touch.at >= _today(now))
    return Figure("walk_ins_today", _count(session, walked))


def _poster_lines_to_read(session: Session, actor: Actor, _now: datetime) -> Figure:
    return Figure("poster_lines_to_read", own_lines.to_decide(session, actor))


def _deals_to_attribute(session: Session, actor: Actor, _now: datetime) -> Figure:
    open_deals = scope.visible(actor, Deal).where(~Deal.attributions.any(), Deal.cancelled_at.is_(None))
    return _waits(session, "deals_to_attribute", open_deals, Deal.created_at)


def _open_appeals(session: Session, actor: Actor, _now: datetime) -> Figure:
    """Appeals that the actor may decide: those against what he confirmed wait for a colleague."""
    return _waits(session, "open_appeals", appeals.appeals(actor, state=appeals.TO_DECIDE), Appeal.filed_at)


def _conflicts_to_decide(session: Session, actor: Actor, now: datetime) -> Figure:
    """Conflicts over clients that the actor may decide, or confirm as the second."""
    waits = conflict_cases.cases(actor, now, state=conflict_cases.TO_DECIDE)
    return _waits(session, "conflicts_to_decide", waits, ConflictCase.opened_at)


def _open_disputes(session: Session, actor: Actor, _now: datetime) -> Figure:
    """Disputes that wait for finance's answer, and hold a payout meanwhile."""
    waits = scope.visible(actor, Dispute).where(disputes.is_open())
    return _waits(session, "open_disputes", waits, Dispute.filed_at)


def _adjustments_to_decide(session: Session, actor: Actor, _now: datetime) -> Figure:
    """Proposals of others: nobody decides his own."""
    waits = (Adjustment.state == AdjustmentState.PROPOSED, Adjustment.proposed_by != actor.id)
    stmt = scope.visible(actor, Adjustment).where(*waits)
    return _waits(session, "adjustments_to_decide", stmt, Adjustment.proposed_at)


def _drafts_to_decide(session: Session, actor: Actor, _now: datetime) -> Figure:
    """Plans that others propose: nobody publishes his own."""
    waits = (PlanDraft.state == DraftState.PROPOSED, PlanDraft.proposed_by != actor.id)
    return _waits(session, "drafts_to_decide", scope.visible(actor, PlanDraft).where(*waits), PlanDraft.proposed_at)


def _bank_changes_to_decide(session: Session, actor: Actor, _now: datetime) -> Figure:
    """Bank details that others propose: somebody calls the payee."""
    return Figure("bank_changes_to_decide", bank_details.to_decide(session, actor))


def _rule_profiles_to_decide(session: Session, actor: Actor, _now: datetime) -> Figure:
    return Figure("rule_profiles_to_decide", rule_profiles.to_decide(session, actor))


def _tax_tables_to_decide(session: Session, actor: Actor, _now: datetime) -> Figure:
    return Figure("tax_tables_to_decide", table_drafts.to_decide(session, actor))


def _corrections_to_confirm(session: Session, actor: Actor, _now: datetime) -> Figure:
    return Figure("corrections_to_confirm", *correction_proposals.to_decide(session, actor))


def _answers_to_confirm(session: Session, actor: Actor, _now: datetime) -> Figure:
    """Payments that the bank's answer calls failed or sent back: another than who exported them confirms it."""
    return Figure("answers_to_confirm", *bank_answers.to_confirm(session, actor))


def _failed_payouts(session: Session, actor: Actor, _now: datetime) -> Figure:
    """Payments that did not arrive, and nobody has asked for anew."""
    return _summed(session, "failed_payouts", failed_payouts.waiting(actor), Payout.amount_fen)


def _invoices_to_send(session: Session, actor: Actor, _now: datetime) -> Figure:
    """Statements whose payment waits for the agency's invoice, or for a right one."""
    waits = [invoices.listing(actor, standing=one) for one in (Standing.MISSING, Standing.UNEQUAL)]
    return Figure("invoices_to_send", sum(_count(session, stmt) for stmt in waits))


def _invoices_to_check(session: Session, actor: Actor, _now: datetime) -> Figure:
    """Invoices of just the sum that nobody has looked at."""
    return Figure("invoices_to_check", _count(session, invoices.listing(actor, standing=Standing.UNCHECKED)))


def _faces_to_confirm(session: Session, actor: Actor, _now: datetime) -> Figure:
    """Faces that wait for somebody who meets their owner."""
    return _waits(session, "faces_to_confirm", enrolments.listing(actor, waiting=True), FaceEnrolment.proposed_at)


def _lead_steps_due(session: Session, actor: Actor, now: datetime) -> Figure:
    """Friends whom the actor was to call, or whatever comes next, by today."""
    mine = care.by_step(scope.visible(actor, Lead), actor, now, StepFilter.MINE)
    return Figure("lead_steps_due", _count(session, mine))


def _rewards_to_approve(session: Session, actor: Actor, _now: datetime) -> Figure:
    """Rewards in money that are due and that nobody has decided on."""
    waits = (Reward.kind == Kind.CASH, Reward.state == RewardState.DUE, Reward.refused_at.is_(None))
    return _summed(session, "rewards_to_approve", scope.visible(actor, Reward).where(*waits), Reward.value_fen)


def _hand_overs_wait(session: Session, actor: Actor, now: datetime) -> Figure:
    """What somebody left behind, and nobody has taken over."""
    return Figure("hand_overs_wait", hand_overs.count(session, actor, now))


def _frozen_brokers(session: Session, actor: Actor, now: datetime) -> Figure:
    frozen = select(Freeze.broker_id).where(*running_freeze(now))
    if not actor.staff:
        frozen = frozen.join(Freeze.broker).where(Person.agency_id == actor.agency_id)
    return Figure("frozen_brokers", _count(session, frozen.distinct()))


def _unstated_lines(session: Session, actor: Actor, now: datetime) -> Figure:
    """Lines of past months that stand in no statement yet."""
    lines = scope.visible(actor, PostedLine).where(
        PostedLine.posted_at < month_start(month_of(now)),
        ~PostedLine.id.in_(select(StatementLine.line_id)),
    )
    return _summed(session, "unstated_lines", lines, PostedLine.amount_fen)


def _payouts(code: str, state: PayoutState) -> Ask:
    def ask(session: Session, actor: Actor, _now: datetime) -> Figure:
        return _summed(session, code, scope.visible(actor, Payout).where(Payout.state == state), Payout.amount_fen)

    return ask


def _payouts_to_approve(session: Session, actor: Actor, _now: datetime) -> Figure:
    """What waits for an approver, but for what waits for another after the actor himself."""
    waiting = payout_queue.to_approve(actor).where(~payout_queue.waits_for_another(actor))
    return _summed(session, "payouts_to_approve", waiting, Payout.amount_fen)


def _earned_this_month(session: Session, actor: Actor, now: datetime) -> Figure:
    posted = PostedLine.posted_at >= month_start(month_of(now))
    lines = scope.visible(actor, PostedLine).where(posted)
    return _summed(session, "earned_this_month", lines, PostedLine.amount_fen)


def _registrations_this_month(session: Session, actor: Actor, now: datetime) -> Figure:
    accepted = registrations.registrations(session, actor, now, state=registrations.THIS_MONTH)
    return Figure("registrations_this_month", _count(session, accepted))


def _people(code: str, state: AccountState) -> Ask:
    def ask(session: Session, actor: Actor, _now: datetime) -> Figure:
        return Figure(code, _count(session, people.people_list(session, actor, state=state)))

    return ask


def _accounts_to_confirm(session: Session, actor: Actor, _now: datetime) -> Figure:
    """What other administrators propose to do to accounts that move money."""
    return Figure("accounts_to_confirm", account_proposals.to_confirm(session, actor))


def _lost_factors(session: Session, actor: Actor, _now: datetime) -> Figure:
    """Who lost the second factor and waits for a hand of the reader's."""
    return Figure("lost_factors", factor_resets.to_decide(session, actor))


def _alarms(session: Session, actor: Actor, _now: datetime) -> Figure:
    """Accounts whose owner found a sign-in that was not his."""
    return Figure("alarms", alarms.to_decide(session, actor))


def _accounts_changed(session: Session, _actor: Actor, now: datetime) -> Figure:
    return Figure("accounts_changed", account_history.count_lately(session, now))


def _failed_sign_ins(session: Session, _actor: Actor, now: datetime) -> Figure:
    failed = select(SignInAttempt.id).where(SignInAttempt.at > now - timedelta(days=1), ~SignInAttempt.succeeded)
    return Figure("failed_sign_ins", _count(session, failed))


def _erasures_to_answer(session: Session, _actor: Actor, _now: datetime) -> Figure:
    """People who asked for erasure, and to whom nobody has proposed an answer."""
    count, since = erasure_requests.to_answer(session)
    return Figure("erasures_to_answer", count, since=since)


def _erasures_to_confirm(session: Session, actor: Actor, _now: datetime) -> Figure:
    """Answers that another person proposed."""
    count, since = erasure_requests.to_confirm(session, actor)
    return Figure("erasures_to_confirm", count, since=since)


def _stored_faces(session: Session, _actor: Actor, _now: datetime) -> Figure:
    return Figure("stored_faces", stored_persons(session))


def _consents_withdrawn(session: Session, _actor: Actor, now: datetime) -> Figure:
    lately = select(Consent.id).where(Consent.withdrawn_at > now - timedelta(days=30))
    return Figure("consents_withdrawn", _count(session, lately))


def _phones_revealed(session: Session, actor: Actor, now: datetime) -> Figure:
    lately = scope.visible(actor, AuditEntry).where(
        AuditEntry.action == "phone_revealed", AuditEntry.at > now - timedelta(days=30)
    )
    return Figure("phones_revealed", _count(session, lately))


_ASKED: dict[Role, tuple[Ask, ...]] = {
    Role.RECEPTION: (
        _arrivals_waiting,
        showings_to_review,
        _faces_to_confirm,
        _reviews_overdue,
        _showings_today,
        _walk_ins_today,
    ),
    Role.CHANNEL_MANAGER: (
        showings_to_review,
        _faces_to_confirm,
        _reviews_overdue,
        _open_appeals,
        _conflicts_to_decide,
        _drafts_to_decide,
        _rule_profiles_to_decide,
        _deals_to_attribute,
        _lead_steps_due,
        _hand_overs_wait,
        _rewards_to_approve,
        _poster_lines_to_read,
        _frozen_brokers,
        _registrations_this_month,
    ),
    Role.FINANCE: (
        _open_disputes,
        _bank_changes_to_decide,
        _answers_to_confirm,
        _failed_payouts,
        _adjustments_to_decide,
        _corrections_to_confirm,
        _drafts_to_decide,
        _tax_tables_to_decide,
        _invoices_to_check,
        _rewards_to_approve,
        _unstated_lines,
        _earned_this_month,
    ),
    Role.APPROVER: (
        _payouts_to_approve,
        _conflicts_to_decide,
        _answers_to_confirm,
        _adjustments_to_decide,
        _corrections_to_confirm,
        _tax_tables_to_decide,
    ),
    Role.CASHIER: (
        _payouts("payouts_to_export", PayoutState.APPROVED),
        _payouts("payouts_without_result", PayoutState.EXPORTED),
        _answers_to_confirm,
    ),
    Role.ADMINISTRATOR: (
        _alarms,
        _accounts_to_confirm,
        _lost_factors,
        _erasures_to_confirm,
        _hand_overs_wait,
        _accounts_changed,
        _rule_profiles_to_decide,
        _people("people_active", AccountState.ACTIVE),
        _people("people_invited", AccountState.INVITED),
        _failed_sign_ins,
    ),
    Role.PRIVACY_OFFICER: (
        _erasures_to_answer,
        _erasures_to_confirm,
        _stored_faces,
        _consents_withdrawn,
        _phones_revealed,
    ),
    Role.PRINCIPAL: (
        _hand_overs_wait,
        _invoices_to_send,
        _faces_to_confirm,
        _lost_factors,
        _registrations_this_month,
        _showings_today,
        _earned_this_month,
        _frozen_brokers,
    ),
}


def _today(now: datetime) -> datetime:
    return day_start(local_day(now))


def _count(session: Session, stmt: Select[Any]) -> int:
    return session.scalar(select(func.count()).select_from(stmt.order_by(None).subquery())) or 0


def _waits(session: Session, code: str, stmt: Select[Any], at: InstrumentedAttribute[Any]) -> Figure:
    """How many wait, and since when the first of them does."""
    columns = stmt.with_only_columns(func.count(), func.min(at), maintain_column_froms=True).order_by(None)
    count, since = session.execute(columns).one()
    return Figure(code, count, since=since)


def _summed(session: Session, code: str, stmt: Select[Any], amount: InstrumentedAttribute[Any]) -> Figure:
    columns = stmt.with_only_columns(func.count(), func.coalesce(func.sum(amount), 0), maintain_column_froms=True)
    count, fen = session.execute(columns).one()
    return Figure(code, count, int(fen))
