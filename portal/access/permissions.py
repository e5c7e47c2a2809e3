"""Everything that can be permitted. A route names exactly one of these, or says that it is public."""

from enum import Enum, auto


class Permission(Enum):
    """A deed, in the words of the rules."""

    OWN_PROFILE = auto()
    REGISTER_CLIENT = auto()
    SIGN_IN_WALK_IN = auto()
    READ_REGISTRATIONS = auto()
    REVEAL_CONTACT = auto()
    ENROL_FACE = auto()
    CHECK_IN = auto()
    HOST_CHECK_IN = auto()
    READ_SHOWINGS = auto()
    SEE_PHOTOS = auto()
    REVIEW_SHOWING = auto()
    READ_STRIKES = auto()
    APPEAL = auto()
    READ_APPEALS = auto()
    DECIDE_APPEAL = auto()
    READ_PARTNERS = auto()
    MANAGE_PARTNERS = auto()
    READ_PLANS = auto()
    PUBLISH_PLAN = auto()
    READ_DEALS = auto()
    RECORD_DEAL = auto()
    READ_EARNINGS = auto()
    READ_STATEMENTS = auto()
    ISSUE_STATEMENT = auto()
    READ_PAYOUTS = auto()
    APPROVE_PAYOUT = auto()
    EXPORT_PAYOUTS = auto()
    READ_LEDGER = auto()
    OWN_POSTER = auto()
    OWN_FRIENDS = auto()
    OWN_REWARDS = auto()
    READ_LEADS = auto()
    MANAGE_REFERRERS = auto()
    MANAGE_BROKERS = auto()
    MANAGE_PEOPLE = auto()
    READ_AUDIT = auto()
