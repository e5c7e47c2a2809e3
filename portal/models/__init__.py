"""The tables, one module an aggregate. Importing this package knows them all."""

from .agreements import Agency, Agreement, Development
from .arrival_codes import ArrivalCode
from .audit import AuditEntry
from .base import Base
from .clients import Client
from .consents import Consent, Guardian, Relation
from .deals import Attribution, Deal, Milestone, MilestoneKind
from .faces import FaceTemplate, Photo
from .jobs import JobRun
from .ledger import LedgerBatch, LedgerTransfer
from .lines import Benefit, Cause, CommissionLine
from .messages import TextKind, TextMessage
from .payouts import BankOutcome, BankResult, Payout, PayoutBatch, PayoutState, PayoutStep
from .people import PARTNERS, STAFF, Person, Role, SignInAttempt, WebSession
from .plans import PlanVersion, RewardPlanVersion
from .referrals import Audience, Lead, Referrer, Reward, RewardState
from .registrations import Outcome, Receipt, Registration, Touch, TouchKind
from .retention import Erased, Erasure, Why
from .showings import CaptureNonce, CaptureRequest, Decision, Showing, ShowingReview, Side, Verdict, Way
from .statements import Statement, StatementLine
from .strikes import Appeal, AppealDecision, AppealOutcome, AppealPicture, Freeze, Strike

__all__ = [
    "PARTNERS",
    "STAFF",
    "Agency",
    "Agreement",
    "Appeal",
    "AppealDecision",
    "AppealOutcome",
    "AppealPicture",
    "ArrivalCode",
    "Attribution",
    "Audience",
    "AuditEntry",
    "BankOutcome",
    "BankResult",
    "Base",
    "Benefit",
    "CaptureNonce",
    "CaptureRequest",
    "Cause",
    "Client",
    "CommissionLine",
    "Consent",
    "Deal",
    "Decision",
    "Development",
    "Erased",
    "Erasure",
    "FaceTemplate",
    "Freeze",
    "Guardian",
    "JobRun",
    "Lead",
    "LedgerBatch",
    "LedgerTransfer",
    "Milestone",
    "MilestoneKind",
    "Outcome",
    "Payout",
    "PayoutBatch",
    "PayoutState",
    "PayoutStep",
    "Person",
    "Photo",
    "PlanVersion",
    "Receipt",
    "Referrer",
    "Registration",
    "Relation",
    "Reward",
    "RewardPlanVersion",
    "RewardState",
    "Role",
    "Showing",
    "ShowingReview",
    "Side",
    "SignInAttempt",
    "Statement",
    "StatementLine",
    "Strike",
    "TextKind",
    "TextMessage",
    "Touch",
    "TouchKind",
    "Verdict",
    "Way",
    "WebSession",
    "Why",
]
