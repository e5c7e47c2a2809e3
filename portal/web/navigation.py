"""Where a person can go: the places of a role, by the one permission table."""

from dataclasses import dataclass
from typing import Any

from flask import request, url_for
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from ..access.permissions import Permission as P
from ..access.policy import may
from .components import NavigationItem
from .edge import actor


@dataclass(frozen=True, slots=True)
class Place:
    """A page of the navigation. `primary` places come first on a phone."""

    endpoint: str
    label: Any
    icon: str
    permission: P
    primary: bool = False


PLACES: tuple[Place, ...] = (
    Place("home.index", _l("Home"), "home", P.OWN_PROFILE, primary=True),
    Place("registrations.index", _l("Clients"), "clients", P.READ_REGISTRATIONS, primary=True),
    Place("showings.index", _l("Showings"), "showing", P.READ_SHOWINGS, primary=True),
    Place("walk_ins.index", _l("Walk-ins"), "register", P.SIGN_IN_WALK_IN, primary=True),
    Place("agency.brokers", _l("Brokers"), "people", P.MANAGE_BROKERS, primary=True),
    Place("periods.index", _l("Period board"), "calendar", P.ISSUE_STATEMENT, primary=True),
    Place("poster.show", _l("My poster"), "poster", P.OWN_POSTER, primary=True),
    Place("friends.index", _l("My friends"), "people", P.OWN_FRIENDS, primary=True),
    Place("rewards.index", _l("My rewards"), "gift", P.OWN_REWARDS, primary=True),
    Place("statements.index", _l("Statements"), "statement", P.READ_STATEMENTS, primary=True),
    Place("payouts.index", _l("Payouts"), "payout", P.READ_PAYOUTS, primary=True),
    Place("invoices.index", _l("Invoices"), "receipt", P.READ_INVOICES),
    Place("batches.index", _l("Bank files"), "bank", P.EXPORT_PAYOUTS, primary=True),
    Place("deals.index", _l("Deals"), "deal", P.READ_DEALS, primary=True),
    Place("imports.index", _l("Imports"), "upload", P.RECORD_DEAL),
    Place("earnings.index", _l("Earnings"), "earnings", P.READ_EARNINGS, primary=True),
    Place("disputes.index", _l("Disputes"), "conflict", P.READ_DISPUTES),
    Place("adjustments.index", _l("Adjustments"), "adjust", P.READ_ADJUSTMENTS),
    Place("benefits.index", _l("Benefits"), "gift", P.READ_BENEFITS),
    Place("ledger.index", _l("Ledger"), "ledger", P.READ_LEDGER),
    Place("partners.developments", _l("Partners"), "agreement", P.READ_PARTNERS),
    Place("plans.index", _l("Commission plans"), "plan", P.READ_PLANS),
    Place("admin.people", _l("People"), "people", P.MANAGE_PEOPLE, primary=True),
    Place("privacy.index", _l("Privacy"), "shield", P.MANAGE_PRIVACY, primary=True),
    Place("admin.audit", _l("Audit log"), "audit", P.READ_AUDIT, primary=True),
    Place("admin.health", _l("Health"), "chart", P.MANAGE_PEOPLE),
    Place("my_vouchers.index", _l("My vouchers"), "voucher", P.OWN_REWARDS, primary=True),
    Place("redeeming.index", _l("Redeem a voucher"), "qr", P.REDEEM_VOUCHER, primary=True),
    Place("vouchers.index", _l("Vouchers"), "voucher", P.READ_VOUCHERS),
    Place("handing_out.index", _l("Rewards to hand out"), "gift", P.HAND_OUT_REWARD),
    Place("reward_plans.index", _l("Reward plans"), "ladder", P.READ_REWARD_PLANS),
    Place("funnel.index", _l("Funnel"), "funnel", P.READ_FUNNEL),
    Place("reward_queue.index", _l("Rewards to approve"), "gift", P.APPROVE_REWARD),
    Place("taxes.index", _l("Withholding tax"), "receipt", P.READ_TAX),
    Place("referrers.index", _l("Referrers"), "referral", P.MANAGE_REFERRERS),
    Place("penalties.index", _l("Strikes"), "flag", P.READ_STRIKES),
    Place("appeals.index", _l("Appeals"), "appeal", P.DECIDE_APPEAL),
    Place("faces.mine", _l("My face"), "face", P.ENROL_FACE),
    Place("auth.profile", _l("Me"), "me", P.OWN_PROFILE),
)


def navigation() -> list[NavigationItem]:
    """The places that the signed-in person may go to, in order."""
    if not current_user.is_authenticated:
        return []
    places = [place for place in PLACES if may(actor(), place.permission)]
    addresses = [url_for(place.endpoint) for place in places]
    here = max((address for address in addresses if _leads_to(address, request.path)), key=len, default=None)
    return [
        NavigationItem(str(place.label), address, place.icon, address == here, place.primary)
        for place, address in zip(places, addresses, strict=True)
    ]


def _leads_to(address: str, path: str) -> bool:
    """Whether a page lies at or below a place; nothing lies below home."""
    return path == address or (address != "/" and path.startswith(f"{address}/"))
