"""The one table of who may what. Whose rows they may do it on is `scope`."""

from ..models import STAFF, Role
from .actor import Actor
from .permissions import Permission as P

_R = Role

ALLOWED: dict[P, frozenset[Role]] = {
    P.OWN_PROFILE: frozenset(Role),
    P.REGISTER_CLIENT: frozenset({_R.BROKER}),
    P.SIGN_IN_WALK_IN: frozenset({_R.RECEPTION, _R.CHANNEL_MANAGER}),
    P.READ_REGISTRATIONS: frozenset({_R.BROKER, _R.PRINCIPAL, _R.RECEPTION, _R.CHANNEL_MANAGER}),
    P.REVEAL_CONTACT: frozenset({_R.BROKER, _R.RECEPTION, _R.CHANNEL_MANAGER}),
    P.ENROL_FACE: frozenset(STAFF | {_R.BROKER}),
    P.CONFIRM_FACE: frozenset({_R.RECEPTION, _R.CHANNEL_MANAGER, _R.PRINCIPAL}),
    P.CHECK_IN: frozenset({_R.BROKER}),
    P.HOST_CHECK_IN: frozenset({_R.RECEPTION, _R.CHANNEL_MANAGER}),
    P.READ_SHOWINGS: frozenset({_R.BROKER, _R.PRINCIPAL, _R.RECEPTION, _R.CHANNEL_MANAGER}),
    P.SEE_PHOTOS: frozenset({_R.RECEPTION, _R.CHANNEL_MANAGER}),
    P.REVIEW_SHOWING: frozenset({_R.RECEPTION, _R.CHANNEL_MANAGER}),
    P.READ_STRIKES: frozenset({_R.BROKER, _R.PRINCIPAL, _R.CHANNEL_MANAGER}),
    P.APPEAL: frozenset({_R.BROKER}),
    P.READ_APPEALS: frozenset({_R.BROKER, _R.CHANNEL_MANAGER}),
    P.DECIDE_APPEAL: frozenset({_R.CHANNEL_MANAGER}),
    P.OBJECT: frozenset({_R.BROKER}),
    P.READ_CONFLICTS: frozenset({_R.BROKER, _R.PRINCIPAL, _R.CHANNEL_MANAGER, _R.FINANCE, _R.APPROVER}),
    P.DECIDE_CONFLICT: frozenset({_R.CHANNEL_MANAGER}),
    P.CONFIRM_CONFLICT: frozenset({_R.CHANNEL_MANAGER, _R.APPROVER}),
    P.READ_RISKS: frozenset({_R.CHANNEL_MANAGER, _R.FINANCE, _R.APPROVER}),
    P.DECIDE_RISK: frozenset({_R.CHANNEL_MANAGER}),
    P.ANSWER_QUESTION: frozenset({_R.BROKER, _R.PRINCIPAL, _R.REFERRER}),
    P.READ_PARTNERS: frozenset({_R.CHANNEL_MANAGER, _R.FINANCE, _R.ADMINISTRATOR}),
    P.MANAGE_PARTNERS: frozenset({_R.CHANNEL_MANAGER}),
    P.PUBLISH_RULE_PROFILE: frozenset({_R.CHANNEL_MANAGER, _R.ADMINISTRATOR}),
    P.OWN_PARTNERSHIP: frozenset({_R.PRINCIPAL}),
    P.READ_BANK_DETAILS: frozenset({_R.CHANNEL_MANAGER, _R.FINANCE, _R.APPROVER, _R.CASHIER}),
    P.PROPOSE_BANK_DETAILS: frozenset({_R.CHANNEL_MANAGER, _R.PRINCIPAL, _R.REFERRER}),
    P.CONFIRM_BANK_DETAILS: frozenset({_R.FINANCE}),
    P.OWN_BANK_DETAILS: frozenset({_R.PRINCIPAL, _R.REFERRER}),
    P.READ_PLANS: frozenset({_R.CHANNEL_MANAGER, _R.FINANCE, _R.APPROVER, _R.PRINCIPAL, _R.BROKER}),
    P.PROPOSE_PLAN: frozenset({_R.CHANNEL_MANAGER, _R.FINANCE}),
    P.PUBLISH_PLAN: frozenset({_R.CHANNEL_MANAGER, _R.FINANCE}),
    P.ASK_WHAT_IF: frozenset({_R.CHANNEL_MANAGER, _R.FINANCE, _R.APPROVER}),
    P.READ_DEALS: frozenset({_R.BROKER, _R.PRINCIPAL, _R.RECEPTION, _R.CHANNEL_MANAGER, _R.FINANCE, _R.APPROVER}),
    P.RECORD_DEAL: frozenset({_R.CHANNEL_MANAGER, _R.FINANCE}),
    P.CORRECT_DEAL: frozenset({_R.FINANCE}),
    P.CONFIRM_CORRECTION: frozenset({_R.FINANCE, _R.APPROVER}),
    P.READ_BENEFITS: frozenset({_R.PRINCIPAL, _R.FINANCE, _R.APPROVER}),
    P.SETTLE_BENEFIT: frozenset({_R.FINANCE}),
    P.READ_EARNINGS: frozenset({_R.BROKER, _R.PRINCIPAL, _R.FINANCE, _R.APPROVER}),
    P.READ_STATEMENTS: frozenset({_R.PRINCIPAL, _R.REFERRER, _R.FINANCE, _R.APPROVER, _R.CASHIER}),
    P.ISSUE_STATEMENT: frozenset({_R.FINANCE}),
    P.READ_DISPUTES: frozenset({_R.PRINCIPAL, _R.FINANCE, _R.APPROVER}),
    P.DISPUTE_LINE: frozenset({_R.PRINCIPAL}),
    P.ANSWER_DISPUTE: frozenset({_R.FINANCE}),
    P.READ_ADJUSTMENTS: frozenset({_R.FINANCE, _R.APPROVER}),
    P.PROPOSE_ADJUSTMENT: frozenset({_R.FINANCE}),
    P.DECIDE_ADJUSTMENT: frozenset({_R.FINANCE, _R.APPROVER}),
    P.READ_PAYOUTS: frozenset({_R.PRINCIPAL, _R.REFERRER, _R.FINANCE, _R.APPROVER, _R.CASHIER}),
    P.APPROVE_PAYOUT: frozenset({_R.APPROVER}),
    P.RELEASE_HOLD: frozenset({_R.APPROVER}),
    P.VOID_PAYOUT: frozenset({_R.FINANCE}),
    P.EXPORT_PAYOUTS: frozenset({_R.CASHIER}),
    P.CONFIRM_BANK_ANSWER: frozenset({_R.FINANCE, _R.APPROVER, _R.CASHIER}),
    P.READ_INVOICES: frozenset({_R.PRINCIPAL, _R.FINANCE, _R.APPROVER}),
    P.SEND_INVOICE: frozenset({_R.PRINCIPAL}),
    P.CHECK_INVOICE: frozenset({_R.FINANCE}),
    P.READ_LEDGER: frozenset({_R.FINANCE, _R.APPROVER}),
    P.OWN_POSTER: frozenset({_R.REFERRER}),
    P.OWN_FRIENDS: frozenset({_R.REFERRER}),
    P.OWN_REWARDS: frozenset({_R.REFERRER}),
    P.APPROVE_REWARD: frozenset({_R.CHANNEL_MANAGER, _R.FINANCE}),
    P.READ_TAX: frozenset({_R.FINANCE, _R.APPROVER}),
    P.PROPOSE_TAX_TABLE: frozenset({_R.FINANCE}),
    P.PUBLISH_TAX_TABLE: frozenset({_R.FINANCE, _R.APPROVER}),
    P.READ_REWARD_PLANS: frozenset({_R.CHANNEL_MANAGER, _R.FINANCE, _R.APPROVER}),
    P.HAND_OUT_REWARD: frozenset({_R.CHANNEL_MANAGER, _R.FINANCE}),
    P.READ_VOUCHERS: frozenset({_R.RECEPTION, _R.CHANNEL_MANAGER, _R.FINANCE}),
    P.REDEEM_VOUCHER: frozenset({_R.RECEPTION, _R.CHANNEL_MANAGER}),
    P.MANAGE_VOUCHERS: frozenset({_R.CHANNEL_MANAGER}),
    P.TAKE_BILL_BACK: frozenset({_R.CHANNEL_MANAGER, _R.FINANCE}),
    P.READ_LEADS: frozenset({_R.CHANNEL_MANAGER}),
    P.CARE_FOR_LEADS: frozenset({_R.CHANNEL_MANAGER}),
    P.CARE_FOR_CLIENTS: frozenset({_R.CONSULTANT, _R.CHANNEL_MANAGER, _R.BROKER}),
    P.HAND_OUT_CLIENTS: frozenset({_R.RECEPTION, _R.CHANNEL_MANAGER}),
    P.LEAD_CARE: frozenset({_R.CHANNEL_MANAGER}),
    P.MANAGE_REFERRERS: frozenset({_R.CHANNEL_MANAGER}),
    P.CHECK_EMPLOYEE: frozenset({_R.RECEPTION, _R.CHANNEL_MANAGER}),
    P.MANAGE_DESIGNS: frozenset({_R.CHANNEL_MANAGER, _R.ADMINISTRATOR}),
    P.READ_FUNNEL: frozenset({_R.CHANNEL_MANAGER, _R.FINANCE}),
    P.MANAGE_BROKERS: frozenset({_R.PRINCIPAL}),
    P.HAND_OVER: frozenset({_R.PRINCIPAL, _R.CHANNEL_MANAGER, _R.ADMINISTRATOR}),
    P.READ_BROKERS: frozenset({_R.CHANNEL_MANAGER}),
    P.READ_NOTICE_TEXTS: frozenset({_R.CHANNEL_MANAGER, _R.ADMINISTRATOR}),
    P.MANAGE_PEOPLE: frozenset({_R.ADMINISTRATOR}),
    P.CONFIRM_ACCOUNT: frozenset({_R.ADMINISTRATOR}),
    P.READ_FACTOR_RESETS: frozenset({_R.ADMINISTRATOR, _R.PRINCIPAL}),
    P.CONFIRM_FACTOR_RESET: frozenset({_R.ADMINISTRATOR, _R.PRINCIPAL}),
    P.READ_AUDIT: frozenset({_R.ADMINISTRATOR, _R.PRIVACY_OFFICER}),
    P.MANAGE_PRIVACY: frozenset({_R.PRIVACY_OFFICER}),
    P.CONFIRM_ERASURE: frozenset({_R.PRIVACY_OFFICER, _R.ADMINISTRATOR}),
}


AFTER_REST = frozenset(
    {
        P.PUBLISH_PLAN,
        P.CORRECT_DEAL,
        P.CONFIRM_CORRECTION,
        P.DECIDE_CONFLICT,
        P.CONFIRM_CONFLICT,
        P.DECIDE_RISK,
        P.SETTLE_BENEFIT,
        P.ISSUE_STATEMENT,
        P.DECIDE_ADJUSTMENT,
        P.APPROVE_PAYOUT,
        P.RELEASE_HOLD,
        P.EXPORT_PAYOUTS,
        P.CONFIRM_BANK_ANSWER,
        P.CHECK_INVOICE,
        P.APPROVE_REWARD,
        P.HAND_OUT_REWARD,
        P.PUBLISH_TAX_TABLE,
        P.PUBLISH_RULE_PROFILE,
        P.CONFIRM_ACCOUNT,
        P.CONFIRM_FACTOR_RESET,
        P.CONFIRM_BANK_DETAILS,
        P.CONFIRM_ERASURE,
    }
)
"""What moves money or powers: an account that rests (`rules.accounts`) may read its pages but do nothing there."""

WANTS_FACTOR = AFTER_REST | {
    P.PROPOSE_PLAN,
    P.RECORD_DEAL,
    P.VOID_PAYOUT,
    P.PROPOSE_ADJUSTMENT,
    P.PROPOSE_TAX_TABLE,
    P.PROPOSE_BANK_DETAILS,
    P.OWN_BANK_DETAILS,
    P.SEND_INVOICE,
    P.DISPUTE_LINE,
    P.ANSWER_DISPUTE,
    P.TAKE_BILL_BACK,
    P.MANAGE_BROKERS,
    P.HAND_OVER,
    P.MANAGE_PEOPLE,
    P.MANAGE_PRIVACY,
    P.CONFIRM_ERASURE,
}
"""What moves money, powers or people's data, or prepares it: whose role must have a second factor
(`PORTAL_SECOND_FACTOR`) opens none of it before he has one."""


def may(actor: Actor, permission: P) -> bool:
    """Whether the actor's role has the permission."""
    return actor.role in ALLOWED[permission]


def roles_with(permission: P) -> frozenset[Role]:
    """The roles that have the permission."""
    return ALLOWED[permission]
