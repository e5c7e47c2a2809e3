"""Who may what and who sees what, stated a second time by hand: from the side of the person, not of the deed.

`portal.access.policy` lists for each permission its roles, `portal.access.scope` for each model its rule. Here stands
for each role its work, and for each kind of row whose it is. A change of either is made in both, by somebody who means
it: this file is written, never made from the code.
"""

import re

import pytest

from portal.access.actor import SYSTEM, Actor
from portal.access.permissions import Permission as P
from portal.access.policy import AFTER_REST, ALLOWED
from portal.access.scope import RULES, Rule
from portal.models import STAFF, Person, Role

WORK: dict[Role, str] = {
    Role.RECEPTION: """
        check_employee confirm_face enrol_face hand_out_clients host_check_in own_profile read_deals read_registrations
        read_showings read_vouchers redeem_voucher reveal_contact review_showing see_photos sign_in_walk_in give_number
        receive_guests serve_owners
    """,
    Role.CONSULTANT: """
        care_for_clients enrol_face keep_care_files keep_loans make_promise own_profile read_loans read_promises
        read_care_plans read_care_texts write_care_text
        hold_gatherings read_care_measures receive_guests serve_owners
    """,
    Role.CHANNEL_MANAGER: """
        confirm_measures enter_measures propose_measures read_measures
        allow_promise keep_loans keep_promise make_promise propose_loan_terms publish_loan_terms read_loans
        read_promises approve_reward ask_what_if care_for_clients care_for_leads hand_out_clients keep_care_files
        lead_care propose_care_plan publish_care_plan read_care_plans read_care_texts review_care_text write_care_text
        hold_gatherings read_care_measures receive_guests serve_owners publish_care_points
        check_employee confirm_conflict confirm_face decide_appeal
        decide_conflict decide_risk enrol_face hand_out_reward hand_over host_check_in manage_designs manage_partners
        manage_referrers manage_vouchers own_profile propose_bank_details propose_plan publish_plan
        publish_rule_profile publish_risk_limits read_appeals
        read_api_keys read_bank_details read_brokers read_conflicts read_deals read_funnel read_leads
        read_notice_texts read_partners read_webhooks
        read_plans read_registrations read_reward_plans read_risks read_showings read_strikes read_vouchers record_deal
        redeem_voucher reveal_contact review_showing see_photos sign_in_walk_in take_bill_back
        give_number
    """,
    Role.FINANCE: """
        confirm_measures propose_measures read_measures
        allow_promise keep_promise propose_loan_terms publish_loan_terms read_loans read_promises
        answer_dispute approve_reward ask_what_if check_invoice confirm_bank_answer confirm_bank_details
        confirm_correction correct_deal decide_adjustment enrol_face hand_out_reward issue_statement own_profile
        propose_adjustment propose_plan propose_tax_table publish_plan publish_tax_table read_adjustments
        read_bank_details read_benefits read_conflicts read_deals read_disputes read_earnings read_funnel
        read_invoices read_ledger read_partners read_payouts read_plans read_reward_plans read_risks
        read_statements read_tax
        read_vouchers record_deal settle_benefit take_bill_back void_payout
    """,
    Role.APPROVER: """
        approve_payout ask_what_if confirm_bank_answer confirm_conflict confirm_correction decide_adjustment
        publish_risk_limits
        enrol_face own_profile publish_tax_table read_adjustments read_bank_details read_benefits read_conflicts
        read_measures
        read_deals read_disputes read_earnings read_invoices read_ledger read_payouts read_plans read_reward_plans
        read_risks read_statements read_tax release_hold
    """,
    Role.CASHIER: """
        confirm_bank_answer enrol_face export_payouts own_profile read_bank_details read_payouts read_statements
    """,
    Role.ADMINISTRATOR: """
        confirm_account confirm_erasure confirm_factor_reset enrol_face hand_over manage_designs manage_people
        own_profile publish_care_plan publish_care_points publish_rule_profile read_api_keys read_audit read_care_plans
        read_webhooks read_care_texts read_factor_resets read_notice_texts read_partners review_care_text
    """,
    Role.PRIVACY_OFFICER: """
        confirm_erasure enrol_face manage_privacy own_profile read_audit
    """,
    Role.PRINCIPAL: """
        accept_statement answer_question
        confirm_face confirm_factor_reset dispute_line hand_over manage_api_keys manage_brokers own_bank_details
        own_partnership read_api_keys manage_webhooks read_webhooks
        own_profile propose_bank_details read_benefits read_conflicts read_deals read_disputes read_earnings
        read_factor_resets read_invoices read_payouts read_plans read_registrations read_showings read_statements
        read_strikes send_invoice
        reveal_contact
    """,
    Role.BROKER: """
        answer_question appeal care_for_clients check_in enrol_face object own_profile
        read_appeals read_conflicts read_deals read_earnings read_plans
        read_registrations read_showings read_strikes register_client reveal_contact
        give_number
    """,
    Role.REFERRER: """
        answer_question
        own_bank_details own_friends own_poster own_profile own_rewards propose_bank_details read_payouts
        read_statements
    """,
}
"""What each role comes to work for."""

RESTS = """
    allow_promise keep_promise publish_loan_terms
    approve_payout approve_reward check_invoice confirm_account confirm_bank_answer confirm_bank_details
    confirm_conflict confirm_correction confirm_erasure confirm_factor_reset correct_deal decide_adjustment
    decide_conflict decide_risk
    export_payouts hand_out_reward issue_statement publish_plan publish_rule_profile publish_tax_table
    publish_risk_limits
    release_hold settle_benefit
"""
"""What moves money or powers, and is not done by an account that rests."""

BUT_CONSULTANTS = "reception channel_manager finance approver cashier administrator privacy_officer"
"""They see what is about the clients in their care."""

WHOSE_ROWS: dict[tuple[str, str, str, str], str] = {
    ("all", "-", "-", "-"): """
        AccountBalance Adjustment AuditEntry BankResult CarePlan CareText CorrectionProposal DealImport
        EmployeeCheck Erasure HouseType LoanNote LoanStep LoanTerms MeasureBoard MeasureEntry MeasureSeal
        CareTag Invitation JudgementMove JudgementRun
        LandingPicture LedgerBatch LedgerTransfer PayoutBatch PlanDraft PosterBatch PosterDesign Programme ReliefBill
        RewardPlanDraft RiskLimits RuleProfile SlotClosure Stock TaxTableDraft WhatIfEffect WhatIfRun
    """,
    ("all", "agency's", "agency's", "-"): "Agency Agreement PlanVersion",
    ("all", "agency's", "agency's", "own"): "Development",
    ("all", "agency's", "own there", "-"): "ConflictCase Registration Showing SlotBooking",
    (BUT_CONSULTANTS, "agency's", "own there", "-"): "Deal",
    (BUT_CONSULTANTS, "-", "-", "-"): "Promise",
    ("all", "agency's", "own there", "own"): "PostedLine Touch",
    ("all", "agency's", "own", "own"): "RiskFlag Strike",
    ("all", "agency's", "-", "own"): "BankChange Dispute Payout Statement",
    ("all", "agency's", "-", "-"): "ApiCalls ApiKey Benefit Invoice PartnerPaper WebhookEndpoint",
    ("-", "agency's", "-", "-"): "WebhookDelivery",
    ("all", "-", "own", "-"): "Appeal",
    ("all", "-", "-", "own"): "Lead PlanAcceptance PosterLine Referrer Reward Voucher",
    ("all", "all", "all", "all"): "RewardPlanVersion",
    ("own", "own", "own", "own"): "ExportRun ExportSchedule WebSession",
    ("reception channel_manager", "agency's", "own", "own"): "FaceEnrolment",
    ("administrator privacy_officer", "agency's", "own", "own"): "Person",
    ("administrator", "agency's", "own", "own"): "FactorReset",
    ("administrator", "-", "-", "-"): "AccountAlarm LostFactorNote",
    ("administrator privacy_officer", "-", "-", "-"): "AccountProposal ErasureDecision ErasureRequest",
    ("privacy_officer", "-", "-", "-"): "Client",
    ("channel_manager", "-", "own there", "-"): "CareFile NotBought",
    ("reception channel_manager", "-", "-", "-"): "Complaint GatheringGuest OwnerFile Survey",
    ("reception consultant channel_manager", "-", "-", "-"): "Gathering",
    ("channel_manager", "own", "own", "own"): "CareImport",
    ("channel_manager administrator", "-", "-", "-"): "CareScoringDraft",
}
"""What staff, principal, broker and referrer see of each model: all, the agency's, their own (`there`: at the agency of
today), or nothing.

Where roles are named, these of the staff see all; the others see what they see as persons: their own, or nothing."""

PARTNERS = (Role.PRINCIPAL, Role.BROKER, Role.REFERRER)


def test_each_role_may_what_its_work_needs_and_no_more() -> None:
    stated = {role: set(work.split()) for role, work in WORK.items()}
    assert {role: {one.name.lower() for one in P if role in ALLOWED[one]} for role in Role} == stated


def test_every_permission_is_somebodys() -> None:
    assert ALLOWED.keys() == set(P)
    assert all(ALLOWED.values())


def test_what_an_account_that_rests_may_not() -> None:
    assert {one.name.lower() for one in AFTER_REST} == set(RESTS.split())


@pytest.mark.parametrize("stated", WHOSE_ROWS, ids=" / ".join)
def test_whose_rows_a_role_sees(stated: tuple[str, str, str, str]) -> None:
    staff, *partners = stated
    expected: dict[Role, tuple[str, ...]] = {role: (seen,) for role, seen in zip(PARTNERS, partners, strict=True)}
    for role in STAFF:
        expected[role] = (staff,) if staff in ("all", "own") else ("all",) if role in staff.split() else ("own", "-")
    rules = {model.__name__: rule for model, rule in RULES.items()}
    for model in WHOSE_ROWS[stated].split():
        for role, seen in expected.items():
            asked = _asked(rules[model], role)
            assert _kind(asked) in seen, f"{model}, {role}: {asked}"


def _asked(rule: Rule, role: Role) -> str:
    """The condition for person 7, of agency 3 where the role has one."""
    agency = 3 if role in (Role.PRINCIPAL, Role.BROKER) else None
    return " ".join(str(rule(Actor(7, role, agency)).compile(compile_kwargs={"literal_binds": True})).split())


def test_a_manager_sees_brokers_and_no_other_account() -> None:
    asked = _asked(RULES[Person], Role.CHANNEL_MANAGER)
    assert asked == "people.id = 7 OR people.role = 'broker'"


def test_every_model_with_a_rule_is_stated() -> None:
    stated = [model for models in WHOSE_ROWS.values() for model in models.split()]
    assert sorted(stated) == sorted(model.__name__ for model in RULES)


_OF_NOBODY = re.compile(r"(id|payee) IS NULL")


def _kind(asked: str) -> str:
    """What a condition lets through, by what it compares with."""
    if asked == "true":
        return "all"
    if asked == "false" or "WHERE false" in asked or _OF_NOBODY.search(asked):
        return "-"
    agency, own = "= 3" in asked or "'agency:3'" in asked, "= 7" in asked or "'person:7'" in asked
    return {(True, False): "agency's", (False, True): "own", (True, True): "own there"}[agency, own]


PAID_AS = {
    "the person": (Actor(7, Role.REFERRER), "person:7", True),
    "another person": (Actor(7, Role.REFERRER), "person:8", False),
    "the own agency": (Actor(7, Role.PRINCIPAL, 3), "agency:3", True),
    "another agency": (Actor(7, Role.PRINCIPAL, 3), "agency:4", False),
    "an agency by the person's number": (Actor(7, Role.REFERRER), "agency:7", False),
    "a person by the agency's number": (Actor(7, Role.PRINCIPAL, 3), "person:3", False),
    "staff, an agency": (Actor(7, Role.APPROVER), "agency:3", False),
    "the system": (SYSTEM, "person:7", False),
}


@pytest.mark.parametrize(("actor", "payee", "so"), PAID_AS.values(), ids=PAID_AS)
def test_who_is_paid_as_whom(actor: Actor, payee: str, so: bool) -> None:
    assert actor.is_paid_as(payee) is so
