"""Where a person can go: the places of a role, by the one permission table."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum, auto
from functools import lru_cache
from typing import Any

from flask import request, url_for
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from ..access.permissions import Permission as P
from ..access.policy import roles_with
from ..models import Role
from .components import NavigationItem
from .drawing.language import language
from .edge import actor


class Group(Enum):
    """What a rail with many places is told apart by, in this order."""

    DAY = auto()
    CARE = auto()
    MONTH = auto()
    DEALS = auto()
    REFERRAL = auto()
    PARTNERS = auto()
    HOUSE = auto()
    SELF = auto()


HEADINGS: Mapping[Group, Any] = {
    Group.CARE: _l("Client care"),
    Group.MONTH: _l("Month and payouts"),
    Group.DEALS: _l("Deals and plans"),
    Group.REFERRAL: _l("Bringing friends"),
    Group.PARTNERS: _l("Partner agencies"),
    Group.HOUSE: _l("Administration"),
    Group.SELF: _l("Yourself"),
}
"""The day's own places come first and need no heading."""

G = Group


@dataclass(frozen=True, slots=True)
class Place:
    """A page of the navigation. `primary` places come first on a phone."""

    endpoint: str
    label: Any
    icon: str
    permission: P
    group: Group
    primary: bool = False


PLACES: tuple[Place, ...] = (
    Place("home.index", _l("Home"), "home", P.OWN_PROFILE, G.DAY, primary=True),
    Place("arrivals.index", _l("Arrivals"), "bell", P.REVIEW_SHOWING, G.DAY, primary=True),
    Place("registrations.index", _l("Clients"), "clients", P.READ_REGISTRATIONS, G.DAY, primary=True),
    Place("showings.index", _l("Showings"), "showing", P.READ_SHOWINGS, G.DAY, primary=True),
    Place("slot_days.index", _l("Booked visits"), "calendar", P.HOST_CHECK_IN, G.DAY),
    Place("site_code.show", _l("Code at the site"), "device", P.HOST_CHECK_IN, G.DAY),
    Place("walk_ins.index", _l("Walk-ins"), "register", P.SIGN_IN_WALK_IN, G.DAY, primary=True),
    Place("agency.brokers", _l("Brokers"), "people", P.MANAGE_BROKERS, G.DAY, primary=True),
    Place("api_keys.index", _l("API keys"), "key", P.READ_API_KEYS, G.PARTNERS),
    Place("webhooks.index", _l("Webhooks"), "bell", P.READ_WEBHOOKS, G.PARTNERS),
    Place("hand_overs.index", _l("Hand-overs"), "refresh", P.HAND_OVER, G.DAY),
    Place("poster.show", _l("My poster"), "poster", P.OWN_POSTER, G.DAY, primary=True),
    Place("friends.index", _l("My friends"), "people", P.OWN_FRIENDS, G.DAY, primary=True),
    Place("rewards.index", _l("My rewards"), "gift", P.OWN_REWARDS, G.DAY, primary=True),
    Place("my_vouchers.index", _l("My vouchers"), "voucher", P.OWN_REWARDS, G.DAY, primary=True),
    Place("redeeming.index", _l("Redeem a voucher"), "qr", P.REDEEM_VOUCHER, G.DAY, primary=True),
    Place("care.index", _l("Today's clients"), "phone", P.CARE_FOR_CLIENTS, G.CARE, primary=True),
    Place("care_team.waiting", _l("Hand clients out"), "switch", P.HAND_OUT_CLIENTS, G.CARE),
    Place("care_team.team", _l("The team's turn"), "refresh", P.LEAD_CARE, G.CARE),
    Place("care_files.index", _l("Clients' files"), "list", P.CARE_FOR_CLIENTS, G.CARE),
    Place("care_files.silent", _l("Silent clients"), "clock", P.CARE_FOR_CLIENTS, G.CARE),
    Place("care_tags.index", _l("Tags"), "flag", P.CARE_FOR_CLIENTS, G.CARE),
    Place("care_points.index", _l("Points for clients' grades"), "star", P.PUBLISH_CARE_POINTS, G.CARE),
    Place("owners.index", _l("Owners"), "key", P.SERVE_OWNERS, G.CARE),
    Place("complaints.index", _l("Complaints"), "alert", P.SERVE_OWNERS, G.CARE),
    Place("care_measures.index", _l("Measures of care"), "chart", P.READ_CARE_MEASURES, G.CARE),
    Place("gatherings.index", _l("Gatherings"), "calendar", P.RECEIVE_GUESTS, G.CARE),
    Place("loans.index", _l("Loan progress"), "bank", P.READ_LOANS, G.CARE),
    Place("promises.index", _l("Promises"), "approve", P.READ_PROMISES, G.CARE),
    Place("not_bought.index", _l("Why they did not buy"), "funnel", P.CARE_FOR_CLIENTS, G.CARE),
    Place("care_texts.index", _l("Texts to clients"), "copy", P.READ_CARE_TEXTS, G.CARE),
    Place("care_plans.index", _l("Care plans"), "plan", P.READ_CARE_PLANS, G.CARE),
    Place("periods.index", _l("Period board"), "calendar", P.ISSUE_STATEMENT, G.MONTH, primary=True),
    Place("statements.index", _l("Statements"), "statement", P.READ_STATEMENTS, G.MONTH, primary=True),
    Place("payouts.index", _l("Payouts"), "payout", P.READ_PAYOUTS, G.MONTH, primary=True),
    Place("batches.index", _l("Bank files"), "bank", P.EXPORT_PAYOUTS, G.MONTH, primary=True),
    Place("measures.index", _l("Board of measures"), "chart", P.READ_MEASURES, G.MONTH),
    Place("bank_details.index", _l("Bank details"), "key", P.READ_BANK_DETAILS, G.MONTH),
    Place("bank_details.mine", _l("Bank account"), "bank", P.OWN_BANK_DETAILS, G.MONTH),
    Place("partnership.show", _l("Our agreements"), "agreement", P.OWN_PARTNERSHIP, G.MONTH),
    Place("invoices.index", _l("Invoices"), "receipt", P.READ_INVOICES, G.MONTH),
    Place("disputes.index", _l("Disputes"), "conflict", P.READ_DISPUTES, G.MONTH),
    Place("adjustments.index", _l("Adjustments"), "adjust", P.READ_ADJUSTMENTS, G.MONTH),
    Place("ledger.index", _l("Ledger"), "ledger", P.READ_LEDGER, G.MONTH),
    Place("taxes.index", _l("Withholding tax"), "percent", P.READ_TAX, G.MONTH),
    Place("earnings.index", _l("Earnings"), "earnings", P.READ_EARNINGS, G.DEALS, primary=True),
    Place("my_measures.index", _l("My figures"), "chart", P.REGISTER_CLIENT, G.DEALS),
    Place("deals.index", _l("Deals"), "deal", P.READ_DEALS, G.DEALS, primary=True),
    Place("imports.index", _l("Imports"), "upload", P.RECORD_DEAL, G.DEALS),
    Place("benefits.index", _l("Benefits"), "star", P.READ_BENEFITS, G.DEALS),
    Place("plans.index", _l("Commission plans"), "plan", P.READ_PLANS, G.DEALS),
    Place("referrers.index", _l("Referrers"), "referral", P.MANAGE_REFERRERS, G.REFERRAL),
    Place("programmes.index", _l("Programmes"), "programme", P.MANAGE_REFERRERS, G.REFERRAL),
    Place("funnel.index", _l("Funnel"), "funnel", P.READ_FUNNEL, G.REFERRAL),
    Place("graph.index", _l("Who brought whom"), "tree", P.READ_FUNNEL, G.REFERRAL),
    Place("reward_queue.index", _l("Rewards to approve"), "approve", P.APPROVE_REWARD, G.REFERRAL),
    Place("handing_out.index", _l("Rewards to hand out"), "gift", P.HAND_OUT_REWARD, G.REFERRAL),
    Place("vouchers.index", _l("Vouchers"), "voucher", P.READ_VOUCHERS, G.REFERRAL),
    Place("reward_plans.index", _l("Reward plans"), "ladder", P.READ_REWARD_PLANS, G.REFERRAL),
    Place("designs.index", _l("Posters' designs"), "poster", P.MANAGE_DESIGNS, G.REFERRAL),
    Place("own_lines.index", _l("Own lines on posters"), "pencil", P.MANAGE_REFERRERS, G.REFERRAL),
    Place("partners.developments", _l("Partners"), "agreement", P.READ_PARTNERS, G.PARTNERS),
    Place("agency_measures.index", _l("Agencies compared"), "chart", P.READ_MEASURES, G.PARTNERS),
    Place("agency_measures.own", _l("Brokers compared"), "chart", P.OWN_PARTNERSHIP, G.DAY),
    Place("broker_records.index", _l("Brokers"), "people", P.READ_BROKERS, G.PARTNERS),
    Place("penalties.index", _l("Strikes"), "flag", P.READ_STRIKES, G.PARTNERS),
    Place("appeals.index", _l("Appeals"), "appeal", P.DECIDE_APPEAL, G.PARTNERS),
    Place("conflicts.index", _l("Conflicts"), "switch", P.READ_CONFLICTS, G.PARTNERS),
    Place("risk.index", _l("Risk desk"), "shield", P.READ_RISKS, G.PARTNERS),
    Place("enrolments.index", _l("Faces to confirm"), "check-in", P.CONFIRM_FACE, G.PARTNERS),
    Place("admin.people", _l("People"), "people", P.MANAGE_PEOPLE, G.HOUSE, primary=True),
    Place("admin.proposals", _l("Account changes"), "approve", P.MANAGE_PEOPLE, G.HOUSE, primary=True),
    Place("alarms.index", _l("Alarms on accounts"), "alert", P.MANAGE_PEOPLE, G.HOUSE),
    Place("factor_resets.index", _l("Lost second factors"), "key", P.READ_FACTOR_RESETS, G.HOUSE),
    Place("privacy.index", _l("Privacy"), "shield", P.MANAGE_PRIVACY, G.HOUSE, primary=True),
    Place("erasure.index", _l("Erasure requests"), "trash", P.CONFIRM_ERASURE, G.HOUSE),
    Place("admin.audit", _l("Audit log"), "audit", P.READ_AUDIT, G.HOUSE, primary=True),
    Place("notice_texts.index", _l("Texts of notices"), "globe", P.READ_NOTICE_TEXTS, G.HOUSE),
    Place("admin.health", _l("Health"), "chart", P.MANAGE_PEOPLE, G.HOUSE),
    Place("questions.index", _l("Questions to us"), "conflict", P.ANSWER_QUESTION, G.SELF),
    Place("faces.mine", _l("My face"), "face", P.ENROL_FACE, G.SELF),
    Place("help.index", _l("Help"), "info", P.OWN_PROFILE, G.SELF),
    Place("auth.profile", _l("Me"), "me", P.OWN_PROFILE, G.SELF),
)


def navigation() -> list[NavigationItem]:
    """The places that the signed-in person may go to, in order."""
    if not current_user.is_authenticated:
        return []
    places = _places(actor().role, language(), request.script_root)
    here = max((item.url for item in places if _leads_to(item.url, request.path)), key=len, default=None)
    return [replace(item, current=True) if item.url == here else item for item in places]


@lru_cache(maxsize=64)
def _places(role: Role | None, _language: str, _root: str) -> tuple[NavigationItem, ...]:
    """The places of a role in the reader's language, wherever he is: worked out once a process."""
    headings = {group: str(heading) for group, heading in HEADINGS.items()}
    return tuple(
        NavigationItem(
            str(place.label),
            url_for(place.endpoint),
            place.icon,
            primary=place.primary,
            group=headings.get(place.group),
        )
        for place in PLACES
        if role in roles_with(place.permission)
    )


def _leads_to(address: str, path: str) -> bool:
    """Whether a page lies at or below a place; nothing lies below home."""
    return path == address or (address != "/" and path.startswith(f"{address}/"))
