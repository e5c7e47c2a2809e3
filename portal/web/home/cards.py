"""How the figures of the desk are shown: the words, where they lead, and the one action of a role.

The most urgent comes first; a figure that waits for a hand stands out while it is not zero.
"""

from dataclasses import dataclass, field
from typing import Any

from flask import url_for
from flask_babel import lazy_gettext as _l

from ...models import Role, Why
from ...services.home.broker_day import ToDo
from ...services.home.figure import Figure
from ...services.home.first_steps import StepKind
from ...services.home.house_figures import first_lately
from ..drawing.language import worded
from ..edge import now


@dataclass(frozen=True, slots=True)
class Card:
    """A figure's words and page. `waits`: somebody has to do something about it. `lately`: of the last days alone,
    which the page's own filter says too."""

    label: Any
    endpoint: str | None = None
    values: dict[str, Any] = field(default_factory=dict)
    waits: bool = False
    lately: bool = False

    @property
    def url(self) -> str | None:
        """The page that holds just what is counted."""
        since: dict[str, Any] = {"since": first_lately(now()).isoformat()} if self.lately else {}
        return url_for(self.endpoint, **self.values, **since) if self.endpoint else None


CARDS: dict[str, Card] = {
    "arrivals_waiting": Card(_l("Waiting at the desk"), "arrivals.index", waits=True),
    "showings_to_review": Card(_l("Showings to review"), "showings.index", {"state": "waiting"}, waits=True),
    "reviews_overdue": Card(_l("Reviews overdue"), "showings.index", {"state": "overdue"}, waits=True),
    "open_appeals": Card(_l("Appeals to decide"), "appeals.index", {"state": "to_decide"}, waits=True),
    "clients_due": Card(_l("Late or due today"), "care.index", waits=True),
    "reasons_to_say": Card(_l("Reasons to say after a visit"), "not_bought.to_say", waits=True),
    "complaints_to_answer": Card(_l("Complaints to answer"), "complaints.index", {"state": "open"}, waits=True),
    "conflicts_to_decide": Card(_l("Conflicts to decide"), "conflicts.index", {"state": "to_decide"}, waits=True),
    "risk_limits_to_decide": Card(_l("Limits of the risk desk, to publish"), "risk_limits.index", waits=True),
    "risk_flags_wait": Card(_l("Flags at the risk desk"), "risk.index", waits=True),
    "questions_wait": Card(_l("Questions to answer"), "questions.index", {"state": "asked"}, waits=True),
    "showings_today": Card(_l("Showings today"), "showings.index", {"state": "today"}),
    "walk_ins_today": Card(_l("Walk-ins today"), "walk_ins.index"),
    "deals_to_attribute": Card(_l("Deals to attribute"), "deals.index", waits=True),
    "hand_overs_wait": Card(_l("Left behind, without a successor"), "hand_overs.index", waits=True),
    "frozen_brokers": Card(_l("Frozen brokers"), "penalties.index", {"state": "frozen"}),
    "registrations_this_month": Card(_l("Registrations this month"), "registrations.index", {"state": "this_month"}),
    "open_disputes": Card(_l("Disputes to answer"), "disputes.index", {"state": "open"}, waits=True),
    "adjustments_to_decide": Card(_l("Adjustments to decide"), "adjustments.index", {"state": "proposed"}, waits=True),
    "corrections_to_confirm": Card(
        _l("Corrections to confirm"), "correction_proposals.index", {"state": "proposed"}, waits=True
    ),
    "answers_to_confirm": Card(_l("Bank's answers to confirm"), "bank_answers.index", waits=True),
    "failed_payouts": Card(_l("Payments that did not arrive"), "payout_queue.failed", waits=True),
    "invoices_to_send": Card(_l("Invoices to send"), "invoices.index", waits=True),
    "invoices_to_check": Card(_l("Invoices to check"), "invoices.index", {"state": "unchecked"}, waits=True),
    "faces_to_confirm": Card(_l("Faces to confirm"), "enrolments.index", waits=True),
    "drafts_to_decide": Card(_l("Drafts of plans to decide"), "drafts.index", {"state": "proposed"}, waits=True),
    "rule_profiles_to_decide": Card(
        _l("Rules for whose client it is, to confirm"), "rule_profiles.index", {"state": "proposed"}, waits=True
    ),
    "measure_boards_to_decide": Card(_l("Targets of the board to publish"), "measure_boards.index", waits=True),
    "measure_seals_to_decide": Card(_l("Months of the board to seal"), "measure_seals.index", waits=True),
    "care_plans_to_decide": Card(_l("Care plans to publish"), "care_plans.index", waits=True),
    "care_texts_to_review": Card(
        _l("Texts to clients to review"), "care_texts.proposals", {"state": "proposed"}, waits=True
    ),
    "bank_changes_to_decide": Card(
        _l("Bank details to confirm"), "bank_details.index", {"state": "proposed"}, waits=True
    ),
    "care_points_to_decide": Card(
        _l("Points for grades to decide"), "care_points.index", {"state": "proposed"}, waits=True
    ),
    "tax_tables_to_decide": Card(
        _l("Tax tables to decide"), "tax_table_drafts.index", {"state": "proposed"}, waits=True
    ),
    "lead_steps_due": Card(_l("Next steps with leads, due"), "referrers.all_leads", {"step": "mine"}, waits=True),
    "rewards_to_approve": Card(_l("Rewards to approve"), "reward_queue.index", waits=True),
    "poster_lines_to_read": Card(_l("Lines on posters to read"), "own_lines.index", {"state": "proposed"}, waits=True),
    "unstated_lines": Card(_l("Lines without a statement"), "periods.index", waits=True),
    "earned_this_month": Card(_l("Commission this month"), "earnings.index"),
    "payouts_to_approve": Card(_l("Payouts to approve"), "payout_queue.index", waits=True),
    "payouts_to_export": Card(_l("Payouts to export"), "batches.new", waits=True),
    "payouts_without_result": Card(_l("Waiting for the bank"), "payouts.index", {"state": "exported"}),
    "accounts_to_confirm": Card(_l("Account changes to confirm"), "admin.proposals", {"state": "proposed"}, waits=True),
    "lost_factors": Card(
        _l("Lost second factors to decide on"), "factor_resets.index", {"state": "proposed"}, waits=True
    ),
    "alarms": Card(_l("Sign-ins that were not their owner's"), "alarms.index", waits=True),
    "accounts_changed": Card(_l("Done to accounts in 7 days"), "admin.account_history"),
    "people_active": Card(_l("Active accounts"), "admin.people", {"state": "active"}),
    "people_invited": Card(_l("Invited, without a password yet"), "admin.people", {"state": "invited"}),
    "failed_sign_ins": Card(_l("Failed sign-ins in 24 hours"), "admin.health"),
    "erasures_to_answer": Card(_l("Erasure requests to answer"), "erasure.index", {"state": "open"}, waits=True),
    "erasures_to_confirm": Card(_l("Erasures to confirm"), "erasure.index", {"state": "to_confirm"}, waits=True),
    "stored_faces": Card(_l("Persons whose faces are stored"), "privacy.index"),
    "erased_by_withdrawal": Card(
        _l("Erased in 30 days by withdrawn consents"), "privacy.erasures", {"why": Why.CONSENT_WITHDRAWN}, lately=True
    ),
    "phones_revealed": Card(
        _l("Phones looked at in 30 days"), "admin.audit", {"action": "phone_revealed"}, lately=True
    ),
}

TO_DO: dict[str, Card] = {
    "asked_again": Card(_l("Check in again, as reception asks"), "showings.index", {"state": "capture_asked"}),
    "questions": Card(_l("Questions to answer"), "questions.index", {"state": "asked"}),
    "at_reception": Card(_l("Waiting for reception"), "showings.index", {"state": "at_reception"}),
    "ending": Card(_l("Protection ends within 2 days"), "registrations.index", {"state": "ending"}),
    "no_face": Card(_l("Enrol your face, for check-ins by photo"), "faces.mine"),
}
"""What waits for a broker, and where it is done."""

ACTIONS: dict[Role, tuple[Any, str, str]] = {
    Role.RECEPTION: (_l("Sign in a walk-in"), "walk_ins.index", "plus"),
    Role.PRINCIPAL: (_l("Invite a broker"), "agency.invite", "plus"),
    Role.ADMINISTRATOR: (_l("New account"), "admin.person_new", "plus"),
}
"""The one primary action of a role's first page: words, page, icon."""


def shown(figure: Figure) -> dict[str, Any]:
    """A figure as the template's blocks want it."""
    card = CARDS[figure.code]
    return {
        "label": worded(card.label),
        "count": figure.count,
        "amount_fen": figure.amount_fen,
        "since": figure.since,
        "url": card.url,
        "waits": card.waits and figure.count > 0,
    }


def to_do(waits: ToDo) -> dict[str, Any]:
    """What waits for a broker, as the template's list wants it."""
    card = TO_DO[waits.code]
    return {"label": worded(card.label), "count": waits.count, "url": card.url}


FIRST_STEPS: dict[StepKind, tuple[Any, Any, str]] = {
    StepKind.COLLEAGUE: (
        _l("Open a second administrator's account"),
        _l("What moves money takes two. The first colleague is opened on the server: portal user create."),
        "admin.people",
    ),
    StepKind.MANAGER: (
        _l("Open a channel manager's account"),
        _l("The channel manager adds developments and agencies."),
        "admin.person_new",
    ),
    StepKind.DEVELOPMENT: (
        _l("Add the first development"),
        _l("Its place, its rules and its pre-sale permit number."),
        "partners.development_new",
    ),
    StepKind.AGENCY: (
        _l("Add the first agency"),
        _l("An administrator then opens its principal's account, and the principal invites the brokers."),
        "partners.agency_new",
    ),
    StepKind.AGREEMENT: (
        _l("Make the first agreement"),
        _l("From its first day the agency's brokers register clients for the development."),
        "partners.agreement_new",
    ),
}
"""What an installation begins with: what to do, why, and where."""
