"""The tables, one module an aggregate. Importing this package knows them all."""

from referral.lead import Proof as LeadProof
from referral.rewards.reward import RewardState
from referral.rewards.reward_plan import Audience
from referral.voucher import VoucherState

from .account_safety.alarms import AccountAlarm
from .account_safety.factor_resets import FactorReset, LostFactorNote, ResetStanding
from .accounts.account_proposals import AccountChange, AccountProposal
from .accounts.former_names import FormerName
from .accounts.people import (
    PARTNERS,
    STAFF,
    LinkEnd,
    LinkPurpose,
    PasswordLink,
    Person,
    Role,
    SignInAttempt,
    WebSession,
)
from .aftercare.complaints import (
    Complaint,
    ComplaintAbout,
    ComplaintPromise,
    ComplaintSource,
    ComplaintStep,
    ComplaintWords,
)
from .aftercare.owners import OwnerFile, PlannedHandover, Survey, SurveyAnswer
from .audit import AuditEntry
from .bank_details.bank_details import BankChange, BankObjection
from .base import APPEND_ONLY, DIGESTS_TURN, SEALED_ANEW, Base
from .care.contacts import CareContact, CareWords, ContactOutcome
from .care.files import CareAssignment, CareFile, CareJudgement, CareLoss
from .care.limits import CareUse
from .care.rota import AwayWhy, CareAbsence, CarePost
from .care_files.imports import CareImport
from .care_files.known import CareDay, CareGround, CareNeeds, CareSighting
from .care_files.scoring import CareScoring, CareScoringDraft
from .care_files.tags import CareTag, CareTagging
from .care_plans.plans import CarePlan
from .care_texts.texts import CareList, CareText, CareTextEnd, ListKind
from .clients import Client
from .clock_marks import ClockMark
from .commission.plans import DraftState, PlanDraft, PlanVersion, RewardPlanDraft, RewardPlanVersion
from .commission.what_if import RunState, WhatIfEffect, WhatIfRun
from .conflicts.conflicts import (
    ConflictCase,
    ConflictDecision,
    ConflictParty,
    ConflictProposal,
    ConflictResult,
    FurtherPart,
    Objection,
    ObjectionPicture,
    SecondLook,
    hangs_on_deal,
)
from .content_reports import ContentReports
from .deals.correction_proposals import CorrectionProposal
from .deals.corrections import Corrected, CorrectedFact, Correction
from .deals.deal_moves import DealMove
from .deals.deal_parts import DealPart
from .deals.deals import Attribution, Deal, Milestone, MilestoneKind
from .deals.kin import DealKin
from .erasure.erasure_requests import (
    ErasureDecision,
    ErasureOrigin,
    ErasureProof,
    ErasureRequest,
    ErasureShown,
    ErasureState,
)
from .events.events import Event, StreamCounter, StreamEntry
from .exports.schedules import ExportFormat, ExportPart, ExportRun, ExportSchedule, ExportState, ScheduleEnd
from .faces.enrolments import FaceEnrolment
from .faces.faces import FaceTemplate, Photo
from .facts import FactEntry
from .gatherings.gatherings import Gathering, GatheringGuest, GatheringMove
from .hand_overs.hand_overs import HandOver, Work
from .imports.imports import DealImport, ImportRow, ImportState, RowOutcome
from .jobs import JobRun
from .joining.invitations import Invitation
from .joining.joinings import JoinedBy, Joining
from .judgements.runs import JudgementMove, JudgementRun
from .keys.index_rotations import DigestPair, IndexRotation
from .keys.key_marks import KeyMark
from .keys.key_rotations import KeyRotation
from .landing.landing import HouseType, LandingContent, LandingPicture
from .ledger.ledger import AccountBalance, LedgerBatch, LedgerTransfer
from .ledger.lines import Adjustment, AdjustmentState, Benefit, BenefitState, Cause, PostedLine, WindowSeal
from .loans.loans import BroughtBy, ClientLink, Loan, LoanNote, LoanPaper, LoanRisk, LoanStep, LoanStepKind, SigningDate
from .loans.terms import LoanTerms
from .measures.boards import MeasureBoard
from .measures.days import DayFigures, DayMark
from .measures.months import MeasureEntry, MeasureSeal, SealedMeasure
from .messages.app_messages import App, AppMessage, AppToken, WeChatMessage, WeComMessage
from .messages.mails import Mail, MailKind
from .messages.messages import TextKind, TextMessage
from .messages.phone_codes import CodePurpose, PhoneCode
from .not_bought.answers import NotBought, NotBoughtReason
from .notifications.deliveries import ChannelChoice, Delivery, DeliveryState, DigestEvery, NoticeSettings
from .notifications.notices import Notice, number_unread
from .partner_api.calls import ApiCalls
from .partner_api.keys import ApiAnswer, ApiKey
from .partners.agreements import Agency, Agreement, Development, PartnerPaper
from .payees import agency_payee, payee_columns, person_payee
from .payouts.disputes import Dispute, DisputeFile, DisputeState, DisputeStep
from .payouts.invoices import Invoice, InvoiceState
from .payouts.payouts import (
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
from .penalties.strikes import Appeal, AppealDecision, AppealOutcome, AppealPicture, Freeze, Strike
from .periods.periods import Period, PeriodState
from .posters.posters import BatchState, DevelopmentLook, PosterBatch, PosterDesign, PosterLine, PosterPart
from .privacy.consents import Consent, Guardian, Relation
from .privacy.retention import Erased, Erasure, Why
from .programmes.programmes import (
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
from .promises.promises import ConfirmedBy, Promise, PromiseAllowance, PromiseConfirmation, PromiseEnd
from .proposals import ProposalState
from .provider_sign_in.account_ties import AccountTie, TiedBy
from .referral.lead_notes import LeadNote
from .referral.plan_acceptances import PlanAcceptance
from .referral.referrals import MADE_TOUCH, PERSONS, Lead, LeadOutcome, Referrer, ReviewOutcome, Reward
from .referral.scans import Campaign, FriendVisit, ScanCount, ScanSalt, ScanVisitor, VanityCode
from .referral.share_tickets import ShareTicket
from .registrations.profiles import RuleProfile
from .registrations.registrations import (
    HOLDING,
    MaskAnswer,
    MaskNumber,
    Outcome,
    Receipt,
    Registration,
    RegistrationExtension,
    RegistrationMask,
    RegistrationRelease,
    RegistrationReminder,
    RegistrationWithdrawal,
    SearchTerm,
    Touch,
    TouchKind,
    WalkInWithdrawal,
)
from .reporting.keys import ReportingKey
from .risk.flags import RiskFlag, RiskHold, RiskStep, held_statements, waits_for_us
from .risk.limits import RiskLimits
from .robots.robots import Robot, RobotMessage, RobotNotice
from .second_factors.factors import (
    ChallengePurpose,
    CodeGenerator,
    HalfSignIn,
    Passkey,
    PasskeyChallenge,
    RecoveryCode,
    StepUpProof,
)
from .showings.arrival_codes import ArrivalCode
from .showings.showings import CaptureNonce, CaptureRequest, Decision, Showing, ShowingReview, Side, Verdict, Way
from .showings.site_scans import SiteScan
from .slots.slots import BookingEnd, SlotBooking, SlotClosure, SlotHours
from .statements.statements import PaperKind, Statement, StatementAcceptance, StatementLine, StatementPaper
from .taxes.withholding import TaxedGoods, TaxTableDraft, Withholding, WithholdingTable
from .vouchers.vouchers import (
    RedeemedBy,
    Redemption,
    RedemptionEnd,
    ReliefBill,
    ReliefReturn,
    RevokedBecause,
    Stock,
    Voucher,
)
from .webhooks.webhooks import WebhookAttempt, WebhookDelivery, WebhookEndpoint

__all__ = [
    "APPEND_ONLY",
    "DIGESTS_TURN",
    "HOLDING",
    "MADE_TOUCH",
    "PARTNERS",
    "PERSONS",
    "SEALED_ANEW",
    "STAFF",
    "AccountAlarm",
    "AccountBalance",
    "AccountChange",
    "AccountProposal",
    "AccountTie",
    "Adjustment",
    "AdjustmentState",
    "Agency",
    "Agreement",
    "ApiAnswer",
    "ApiCalls",
    "ApiKey",
    "App",
    "AppMessage",
    "AppToken",
    "Appeal",
    "AppealDecision",
    "AppealOutcome",
    "AppealPicture",
    "ArrivalCode",
    "Attribution",
    "Audience",
    "AuditEntry",
    "AwayWhy",
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
    "BookingEnd",
    "BroughtBy",
    "Campaign",
    "CaptureNonce",
    "CaptureRequest",
    "CareAbsence",
    "CareAssignment",
    "CareContact",
    "CareDay",
    "CareFile",
    "CareGround",
    "CareImport",
    "CareJudgement",
    "CareList",
    "CareLoss",
    "CareNeeds",
    "CarePlan",
    "CarePost",
    "CareScoring",
    "CareScoringDraft",
    "CareSighting",
    "CareTag",
    "CareTagging",
    "CareText",
    "CareTextEnd",
    "CareUse",
    "CareWords",
    "Cause",
    "ChallengePurpose",
    "ChannelChoice",
    "CheckedBy",
    "Client",
    "ClientLink",
    "ClockMark",
    "CodeGenerator",
    "CodePurpose",
    "Complaint",
    "ComplaintAbout",
    "ComplaintPromise",
    "ComplaintSource",
    "ComplaintStep",
    "ComplaintWords",
    "ConfirmedBy",
    "ConflictCase",
    "ConflictDecision",
    "ConflictParty",
    "ConflictProposal",
    "ConflictResult",
    "Consent",
    "ContactOutcome",
    "ContentReports",
    "Corrected",
    "CorrectedFact",
    "Correction",
    "CorrectionProposal",
    "DayFigures",
    "DayMark",
    "Deal",
    "DealDiscount",
    "DealImport",
    "DealKin",
    "DealMove",
    "DealPart",
    "Decision",
    "Delivery",
    "DeliveryState",
    "Development",
    "DevelopmentLook",
    "DigestEvery",
    "DigestPair",
    "Dispute",
    "DisputeFile",
    "DisputeState",
    "DisputeStep",
    "DraftState",
    "EmployeeCheck",
    "Erased",
    "Erasure",
    "ErasureDecision",
    "ErasureOrigin",
    "ErasureProof",
    "ErasureRequest",
    "ErasureShown",
    "ErasureState",
    "Event",
    "ExportFormat",
    "ExportPart",
    "ExportRun",
    "ExportSchedule",
    "ExportState",
    "FaceEnrolment",
    "FaceTemplate",
    "FactEntry",
    "FactorReset",
    "FirstApproval",
    "FirstApprovalAnew",
    "FormerName",
    "Freeze",
    "FriendVisit",
    "FurtherPart",
    "Gathering",
    "GatheringGuest",
    "GatheringMove",
    "Guardian",
    "HalfSignIn",
    "HandOver",
    "HoldRelease",
    "HouseType",
    "ImportRow",
    "ImportState",
    "IndexRotation",
    "Invitation",
    "Invoice",
    "InvoiceState",
    "JobRun",
    "JoinedBy",
    "Joining",
    "JudgementMove",
    "JudgementRun",
    "KeyMark",
    "KeyRotation",
    "LandingContent",
    "LandingPicture",
    "Lead",
    "LeadNote",
    "LeadOutcome",
    "LeadProof",
    "LedgerBatch",
    "LedgerTransfer",
    "LinkEnd",
    "LinkPurpose",
    "ListKind",
    "Loan",
    "LoanNote",
    "LoanPaper",
    "LoanRisk",
    "LoanStep",
    "LoanStepKind",
    "LoanTerms",
    "LostFactorNote",
    "Mail",
    "MailKind",
    "MaskAnswer",
    "MaskNumber",
    "MeasureBoard",
    "MeasureEntry",
    "MeasureSeal",
    "Milestone",
    "MilestoneKind",
    "NotBought",
    "NotBoughtReason",
    "Notice",
    "NoticeSettings",
    "Objection",
    "ObjectionPicture",
    "Outcome",
    "OwnerFile",
    "PaperKind",
    "PartnerPaper",
    "Passkey",
    "PasskeyChallenge",
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
    "PlanAcceptance",
    "PlanDraft",
    "PlanVersion",
    "PlannedHandover",
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
    "Promise",
    "PromiseAllowance",
    "PromiseConfirmation",
    "PromiseEnd",
    "ProposalState",
    "Receipt",
    "RecoveryCode",
    "RedeemedBy",
    "Redemption",
    "RedemptionEnd",
    "Referrer",
    "Registration",
    "RegistrationExtension",
    "RegistrationMask",
    "RegistrationRelease",
    "RegistrationReminder",
    "RegistrationWithdrawal",
    "Relation",
    "ReliefBill",
    "ReliefReturn",
    "ReportingKey",
    "ResetStanding",
    "ReviewOutcome",
    "RevokedBecause",
    "Reward",
    "RewardPlanDraft",
    "RewardPlanVersion",
    "RewardState",
    "RiskFlag",
    "RiskHold",
    "RiskLimits",
    "RiskStep",
    "Robot",
    "RobotMessage",
    "RobotNotice",
    "Role",
    "RowOutcome",
    "RuleProfile",
    "RunState",
    "ScanCount",
    "ScanSalt",
    "ScanVisitor",
    "ScheduleEnd",
    "SealedMeasure",
    "SearchTerm",
    "SecondLook",
    "ShareTicket",
    "Showing",
    "ShowingReview",
    "Side",
    "SignInAttempt",
    "SigningDate",
    "SiteScan",
    "SlotBooking",
    "SlotClosure",
    "SlotHours",
    "StandGift",
    "Statement",
    "StatementAcceptance",
    "StatementLine",
    "StatementPaper",
    "StepUpProof",
    "Stock",
    "StreamCounter",
    "StreamEntry",
    "Strike",
    "Survey",
    "SurveyAnswer",
    "TaxTableDraft",
    "TaxedGoods",
    "TextKind",
    "TextMessage",
    "TiedBy",
    "Touch",
    "TouchKind",
    "VanityCode",
    "Verdict",
    "Voucher",
    "VoucherState",
    "WalkInWithdrawal",
    "Way",
    "WeChatMessage",
    "WeComMessage",
    "WebSession",
    "WebhookAttempt",
    "WebhookDelivery",
    "WebhookEndpoint",
    "WhatIfEffect",
    "WhatIfRun",
    "Why",
    "WindowSeal",
    "Withholding",
    "WithholdingTable",
    "Work",
    "agency_payee",
    "hangs_on_deal",
    "held_statements",
    "number_unread",
    "payee_columns",
    "person_payee",
    "waits_for_us",
]
