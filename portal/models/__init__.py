"""The tables, one module an aggregate. Importing this package knows them all."""

from .account_proposals import AccountChange, AccountProposal
from .agreements import Agency, Agreement, Development, PartnerPaper
from .arrival_codes import ArrivalCode
from .audit import AuditEntry
from .bank_details import BankChange, BankObjection
from .base import APPEND_ONLY, Base
from .clients import Client
from .clock_marks import ClockMark
from .consents import Consent, Guardian, Relation
from .correction_proposals import CorrectionProposal
from .corrections import Corrected, CorrectedFact, Correction
from .deals import Attribution, Deal, Milestone, MilestoneKind
from .disputes import Dispute, DisputeFile, DisputeState, DisputeStep
from .enrolments import FaceEnrolment
from .faces import FaceTemplate, Photo
from .facts import FactEntry
from .imports import DealImport, ImportRow, ImportState, RowOutcome
from .invitations import Invitation
from .invoices import Invoice, InvoiceState
from .jobs import JobRun
from .joinings import JoinedBy, Joining
from .key_marks import KeyMark
from .landing import HouseType, LandingContent, LandingPicture
from .ledger import AccountBalance, LedgerBatch, LedgerTransfer
from .lines import Adjustment, AdjustmentState, Benefit, BenefitState, Cause, PostedLine, WindowSeal
from .mails import Mail, MailKind
from .messages import TextKind, TextMessage
from .payees import agency_payee, payee_columns, person_payee
from .payouts import (
    BankConfirmation,
    BankDecision,
    BankOutcome,
    BankResult,
    FirstApproval,
    FirstApprovalAnew,
    HoldRelease,
    Payout,
    PayoutApproval,
    PayoutBatch,
    PayoutState,
    PayoutStep,
)
from .people import PARTNERS, STAFF, LinkEnd, LinkPurpose, PasswordLink, Person, Role, SignInAttempt, WebSession
from .periods import Period, PeriodState
from .phone_codes import CodePurpose, PhoneCode
from .plans import DraftState, PlanDraft, PlanVersion, RewardPlanDraft, RewardPlanVersion
from .posters import BatchState, DevelopmentLook, PosterBatch, PosterDesign, PosterLine, PosterPart
from .programmes import (
    CheckedBy,
    DealDiscount,
    EmployeeCheck,
    Programme,
    ProgrammeCost,
    ProgrammeDomain,
    ProgrammeEmployee,
    ProgrammeKind,
    ProgrammeTerms,
    StandGift,
)
from .proposals import ProposalState
from .referrals import PERSONS, Audience, Lead, Referrer, ReviewOutcome, Reward, RewardState
from .registrations import Outcome, Receipt, Registration, RegistrationWithdrawal, SearchTerm, Touch, TouchKind
from .retention import Erased, Erasure, Why
from .scans import Campaign, FriendVisit, ScanCount, ScanSalt, ScanVisitor, VanityCode
from .share_tickets import ShareTicket
from .showings import CaptureNonce, CaptureRequest, Decision, Showing, ShowingReview, Side, Verdict, Way
from .site_scans import SiteScan
from .statements import PaperKind, Statement, StatementLine, StatementPaper
from .strikes import Appeal, AppealDecision, AppealOutcome, AppealPicture, Freeze, Strike
from .vouchers import (
    RedeemedBy,
    Redemption,
    RedemptionEnd,
    ReliefBill,
    ReliefReturn,
    RevokedBecause,
    Stock,
    Voucher,
    VoucherState,
)
from .what_if import RunState, WhatIfEffect, WhatIfRun
from .withholding import TaxedGoods, TaxTableDraft, Withholding, WithholdingTable

__all__ = [
    "APPEND_ONLY",
    "PARTNERS",
    "PERSONS",
    "STAFF",
    "AccountBalance",
    "AccountChange",
    "AccountProposal",
    "Adjustment",
    "AdjustmentState",
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
    "BankChange",
    "BankConfirmation",
    "BankDecision",
    "BankObjection",
    "BankOutcome",
    "BankResult",
    "Base",
    "BatchState",
    "Benefit",
    "BenefitState",
    "Campaign",
    "CaptureNonce",
    "CaptureRequest",
    "Cause",
    "CheckedBy",
    "Client",
    "ClockMark",
    "CodePurpose",
    "Consent",
    "Corrected",
    "CorrectedFact",
    "Correction",
    "CorrectionProposal",
    "Deal",
    "DealDiscount",
    "DealImport",
    "Decision",
    "Development",
    "DevelopmentLook",
    "Dispute",
    "DisputeFile",
    "DisputeState",
    "DisputeStep",
    "DraftState",
    "EmployeeCheck",
    "Erased",
    "Erasure",
    "FaceEnrolment",
    "FaceTemplate",
    "FactEntry",
    "FirstApproval",
    "FirstApprovalAnew",
    "Freeze",
    "FriendVisit",
    "Guardian",
    "HoldRelease",
    "HouseType",
    "ImportRow",
    "ImportState",
    "Invitation",
    "Invoice",
    "InvoiceState",
    "JobRun",
    "JoinedBy",
    "Joining",
    "KeyMark",
    "LandingContent",
    "LandingPicture",
    "Lead",
    "LedgerBatch",
    "LedgerTransfer",
    "LinkEnd",
    "LinkPurpose",
    "Mail",
    "MailKind",
    "Milestone",
    "MilestoneKind",
    "Outcome",
    "PaperKind",
    "PartnerPaper",
    "PasswordLink",
    "Payout",
    "PayoutApproval",
    "PayoutBatch",
    "PayoutState",
    "PayoutStep",
    "Period",
    "PeriodState",
    "Person",
    "PhoneCode",
    "Photo",
    "PlanDraft",
    "PlanVersion",
    "PostedLine",
    "PosterBatch",
    "PosterDesign",
    "PosterLine",
    "PosterPart",
    "Programme",
    "ProgrammeCost",
    "ProgrammeDomain",
    "ProgrammeEmployee",
    "ProgrammeKind",
    "ProgrammeTerms",
    "ProposalState",
    "Receipt",
    "RedeemedBy",
    "Redemption",
    "RedemptionEnd",
    "Referrer",
    "Registration",
    "RegistrationWithdrawal",
    "Relation",
    "ReliefBill",
    "ReliefReturn",
    "ReviewOutcome",
    "RevokedBecause",
    "Reward",
    "RewardPlanDraft",
    "RewardPlanVersion",
    "RewardState",
    "Role",
    "RowOutcome",
    "RunState",
    "ScanCount",
    "ScanSalt",
    "ScanVisitor",
    "SearchTerm",
    "ShareTicket",
    "Showing",
    "ShowingReview",
    "Side",
    "SignInAttempt",
    "SiteScan",
    "StandGift",
    "Statement",
    "StatementLine",
    "StatementPaper",
    "Stock",
    "Strike",
    "TaxTableDraft",
    "TaxedGoods",
    "TextKind",
    "TextMessage",
    "Touch",
    "TouchKind",
    "VanityCode",
    "Verdict",
    "Voucher",
    "VoucherState",
    "Way",
    "WebSession",
    "WhatIfEffect",
    "WhatIfRun",
    "Why",
    "WindowSeal",
    "Withholding",
    "WithholdingTable",
    "agency_payee",
    "payee_columns",
    "person_payee",
]
