"""What the walk over all routes needs to know besides `who_may`: a row for every id in an address.

A new kind of id adds its maker to ROWS.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissions.plan import STANDARD
from portal.access.actor import Actor
from portal.adapters import bank
from portal.models import (
    Agency,
    Agreement,
    Appeal,
    BankChange,
    Benefit,
    Deal,
    ImportState,
    Lead,
    LedgerBatch,
    MilestoneKind,
    Payout,
    Person,
    Photo,
    PostedLine,
    Referrer,
    Registration,
    RewardPlanVersion,
    Role,
    Showing,
    Strike,
    WebSession,
)
from portal.rules.bank_details.bank_details import BankDetails
from portal.services.accounts.sign_in import open_session
from portal.services.bank_details import bank_details
from portal.services.commission import plan_drafts, what_if
from portal.services.commission import worker as what_if_worker
from portal.services.deals import correction_proposals, corrections, deals
from portal.services.imports import files as import_files
from portal.services.leads import leads
from portal.services.payouts import bank_answers, bank_files, payouts
from portal.services.programmes import employee_checks
from portal.services.registrations import registrations, walk_ins
from portal.services.rewards import payments as reward_payments
from portal.services.statements import issuing
from portal.services.taxes import table_drafts
from portal.services.taxes import tables as tax_tables
from tests import factories as make
from tests import loans_world, measures_world, owners, visits
from tests.factories import landing
from tests.factories.joining import invitation, page_to_join
from tests.factories.notices import notice
from tests.factories.papers import rule_profile
from tests.factories.posters import poster_batch, poster_design, poster_line
from tests.judged import judgement_run
from tests.risks import flag, risk_limits
from tests.rivals import conflict
from tests.web import account_rows, reward_rows

SIGNED_AT = datetime(2026, 2, 3, 4, 0, tzinfo=UTC)
ONE_ROW = b"development,unit,subscribed\n-,1-1,2026-01-05\n"
ISSUED_AT = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)

STAFF_SEES_NOT = {"session_id", "notice_id", "schedule_id"}
"""What is a person's alone: not even the staff reaches another's."""

WORDS: dict[str, str] = {
    "account": "bank",
    "by": "company",
    "change": "link",
    "code": "no-such-code",
    "design_name": "arch",
    "ending": "csv",
    "group": "accrued",
    "hold": "brokers_free",
    "key": "no-such-key",
    "kind": "csv",
    "lang": "zh",
    "locale": "en",
    "month": "2026-02",
    "name": "webhooks",
    "number": "1",
    "page": "qrconnect",
    "sample": "plain",
    "sheet": "png",
    "step": "signings",
    "token": "no-such-token",
    "which": "stand",
    "who": "nobody",
    "width": "480",
    "work": "touches",
}
"""Parts of addresses that are no ids of rows."""

FILES_OUTSIDE = {
    *("adjustments.attachment", "appeals.picture", "conflicts.picture", "disputes.file", "invoices.paper"),
    *("landing_content.picture_file", "landing_content.plan_file", "showings.photo", "withdrawals.picture"),
}
"""Pages over a file outside the database, or over a client's consent; the tests of their room look at them with one."""


@dataclass(frozen=True, slots=True)
class Side:
    """An agency with its development, and a person of every role; what they own is made by them."""

    people: dict[Role, Person]
    agreement: Agreement
    registration: Registration
    showing: Showing
    deal: Deal
    payout: Payout


def _manager(one: "Side") -> Person:
    return one.people[Role.CHANNEL_MANAGER]


def side(session: Session) -> Side:
    """One side of the world. Two sides share nothing, neither agency nor development nor plan."""
    agency, name = make.agency(session), f"plan {make.new_phone()}"
    partners = {Role.PRINCIPAL, Role.BROKER}
    people = {role: make.person(session, role, **({"agency": agency} if role in partners else {})) for role in Role}
    make.plan_version(session, name=name)
    agreement = make.agreement(session, agency=agency, plan_name=name)
    make.referrer(session, person=people[Role.REFERRER], development=agreement.development)
    phone = make.new_phone()
    registration = registrations.register_client(
        session,
        Actor.of(people[Role.BROKER]),
        SIGNED_AT - timedelta(days=1),
        development_id=agreement.development_id,
        phone=phone,
        name="王小明",
    )
    assert registration.touch
    showing = make.showing(session, touch=registration.touch)
    deal = _signed(session, people[Role.CHANNEL_MANAGER], agreement, phone)
    return Side(people, agreement, registration, showing, deal, _paid(session, people, agreement.agency))


def _signed(session: Session, manager: Person, agreement: Agreement, phone: str) -> Deal:
    actor = Actor.of(manager)
    facts = {"phone": phone, "name": "王小明", "unit": "1-101", "price_fen": 2_000_000_00, "at": SIGNED_AT}
    sold = deals.Subscription(development_id=agreement.development_id, **facts)
    row = deals.open_deal(session, actor, SIGNED_AT, sold)
    deals.record_milestone(session, actor, SIGNED_AT, row, kind=MilestoneKind.SIGNED, at=SIGNED_AT)
    return row


def _bank_change(session: Session, one: Side) -> int:
    """A change of the agency's bank details that waits; the same row when it is there already."""
    there = select(BankChange.id).where(BankChange.agency_id == one.agreement.agency_id, BankChange.state == "proposed")
    key = session.scalar(there)
    if key is None:
        details = BankDetails("安居", "招商银行", "6214830012340123")
        proposer = Actor.of(one.people[Role.CHANNEL_MANAGER])
        key = bank_details.propose(session, proposer, ISSUED_AT, one.agreement.agency, details).id
    return key


def _paid(session: Session, people: dict[Role, Person], agency: Agency) -> Payout:
    """What the deal earned, on its way to the bank by three hands."""
    make.bank_details(session, agency)
    finance, approver, cashier = (Actor.of(people[role]) for role in (Role.FINANCE, Role.APPROVER, Role.CASHIER))
    statement = issuing.issue_statement(session, finance, ISSUED_AT, payee=f"agency:{agency.id}", month="2026-02")
    make.invoice(session, statement, sent_by=people[Role.PRINCIPAL].id)
    payout = payouts.of_statement(session, statement)[0]
    payouts.approve_payout(session, approver, ISSUED_AT, payout)
    bank_files.export_payouts(session, cashier, ISSUED_AT, [payout.id])
    return payout


def _bank_row(session: Session, one: Side) -> int:
    """What the bank's answer says of the side's payment: it failed, and nobody has confirmed it."""
    batch = one.payout.batch
    assert batch is not None
    failing = {one.payout.reference: "system busy"}
    data = bank.answer(bank.read_payments(bank_files.file_of(session, batch)), failing)
    bank_files.import_result(session, Actor.of(one.people[Role.CASHIER]), ISSUED_AT, batch, bank.read_answer(data))
    return bank_answers.waiting_of(session, [one.payout.id])[one.payout.id].id


def _line(session: Session, one: Side) -> int:
    return session.scalars(select(PostedLine.id).where(PostedLine.deal_id == one.deal.id)).one()


def _session(session: Session, one: Side) -> int:
    open_session(session, SIGNED_AT, one.people[Role.BROKER], address="192.0.2.1", device="tests", days=60)
    return session.scalars(select(WebSession.id).where(WebSession.person_id == one.people[Role.BROKER].id)).one()


def _photo(session: Session, one: Side) -> int:
    row = Photo(
        showing_id=one.showing.id,
        development_id=one.agreement.development_id,
        file_name=f"{one.showing.id:032x}",
        sha256="0" * 64,
        dhash="0" * 16,
        width=1,
        height=1,
        taken_at=SIGNED_AT,
        keep_until=SIGNED_AT,
    )
    session.add(row)
    session.flush()
    return row.id


def _strike(session: Session, one: Side) -> Strike:
    there = select(Strike).where(Strike.showing_id == one.showing.id)
    made = {"showing": one.showing, "confirmed_at": SIGNED_AT}
    return session.scalar(there) or make.strike(session, **made)


def _appeal(session: Session, one: Side) -> Appeal:
    return (strike := _strike(session, one)).appeal or make.appeal(session, strike=strike)


def _benefit(session: Session, one: Side) -> int:
    made = {"scope": "all", "window": "2026-02", "name": "overseas trip", "granted_at": SIGNED_AT}
    row = Benefit(agency_id=one.agreement.agency_id, deal_id=one.deal.id, **made)
    session.add(row)
    session.flush()
    return row.id


def _lead(session: Session, one: Side) -> int:
    referrer = make.refers(session, one.people[Role.REFERRER])
    friend = {"name": "林一", "phone": make.new_phone(), "consent_version": "1", "locale": "en", "address": None}
    return leads.leave_lead(session, SIGNED_AT, leads.LeftLead(code=referrer.code, **friend)).id


def _referrer(session: Session, one: Side) -> Referrer:
    return make.refers(session, one.people[Role.REFERRER])


def _taxed(session: Session, one: Side) -> int:
    """The side's referrer, with a reward that was approved and taxed in February."""
    tax_tables.publish_given_table(session, make.BEFORE)
    reward = make.cash_reward(session, _referrer(session, one), SIGNED_AT)
    reward_payments.approve_rewards(session, Actor.of(one.people[Role.FINANCE]), SIGNED_AT, [reward.id])
    return reward.referrer.person_id


def _import(session: Session, one: Side) -> int:
    """A file that waits for the word of its uploader, the channel manager."""
    given = import_files.open_file("a.csv", ONE_ROW)
    row = import_files.upload(session, Actor.of(one.people[Role.CHANNEL_MANAGER]), ISSUED_AT, given)
    row.state = ImportState.READY
    return row.id


def _draft(session: Session, one: Side) -> int:
    proposer = Actor.of(one.people[Role.CHANNEL_MANAGER])
    return plan_drafts.propose_plan(session, proposer, ISSUED_AT, toml=STANDARD, effective_from=ISSUED_AT).id


def _tax_table_draft(session: Session, one: Side) -> int:
    tax_tables.publish_given_table(session, make.BEFORE)
    proposal = {"toml": tax_tables.versions(session)[0].toml, "month": "2026-05"}
    draft = table_drafts.propose_table(session, Actor.of(one.people[Role.FINANCE]), ISSUED_AT, **proposal)
    session.flush()
    return draft.id


def _correction(session: Session, one: Side) -> int:
    """A correction of the side's deal that finance proposed."""
    finance, facts = Actor.of(one.people[Role.FINANCE]), corrections.DealFacts(price_fen=one.deal.price_fen // 2)
    return correction_proposals.propose_deal(session, finance, ISSUED_AT, one.deal, facts, reason="合同").id


def _what_if(session: Session, one: Side) -> int:
    """A comparison of the side's deal that is done."""
    run = what_if.ask_cancellation(session, Actor.of(one.people[Role.FINANCE]), ISSUED_AT, one.deal)
    session.add(run)
    session.flush()
    what_if_worker._store(session, ISSUED_AT, run, what_if_worker._step(session, run))
    return run.id


def _employee(session: Session, one: Side) -> Lead:
    """A lead that a company brought."""
    code = make.company(session, by=one.people[Role.CHANNEL_MANAGER]).referrer.code
    friend = {"name": "林一", "phone": make.new_phone(), "consent_version": "2", "locale": "en", "address": None}
    return leads.leave_lead(session, SIGNED_AT, leads.LeftLead(code=code, **friend))


def _walk_in(session: Session, one: Side) -> int:
    development = one.agreement.development
    visitor = {"development_id": development.id, "phone": make.new_phone(), "name": "林一"}
    return walk_ins.sign_in_walk_in(session, Actor.of(one.people[Role.RECEPTION]), SIGNED_AT, **visitor).touch.id


def _employee_check(session: Session, one: Side) -> int:
    reception = Actor.of(one.people[Role.RECEPTION])
    lead = _employee(session, one)
    return employee_checks.confirm_by_hand(session, reception, SIGNED_AT, lead, reason="看过工牌").id


ROWS: dict[str, Callable[[Session, Side], int]] = loans_world.ROWS | {
    "agency_id": lambda _session, one: one.agreement.agency_id,
    "payee": lambda _session, one: f"agency:{one.agreement.agency_id}",
    "case_id": lambda session, one: conflict(session, one.registration, one.deal).id,
    "conflict_id": lambda session, one: conflict(session, one.registration, one.deal).id,
    "broker_id": lambda _session, one: one.people[Role.BROKER].id,
    "appeal_id": lambda session, one: _appeal(session, one).id,
    "enrolment_id": lambda session, one: make.waiting_face(session, one.people[Role.BROKER], SIGNED_AT).id,
    "picture_id": lambda session, one: make.appeal_picture(session, appeal=_appeal(session, one)).id,
    "admin.proposal_id": lambda session, one: account_rows.proposal(session, one.people),
    "adjustment_id": lambda session, one: make.adjustment(session, payee=f"agency:{one.agreement.agency_id}").id,
    "dispute_id": lambda session, one: make.dispute(session, line_id=_line(session, one)).id,
    "file_id": lambda _session, _one: 1,
    "strike_id": lambda session, one: _strike(session, one).id,
    "agreement_id": lambda _session, one: one.agreement.id,
    "paper_id": lambda session, one: make.partner_paper(session, agreement_id=one.agreement.id).id,
    "batch_id": lambda _session, one: one.payout.batch_id or 0,
    "benefit_id": _benefit,
    "result_id": _bank_row,
    "change_id": _bank_change,
    "client_id": lambda _session, one: one.deal.client_id,
    "design_id": lambda session, one: poster_design(session, by=_manager(one), name=f"own-{_manager(one).id}").id,
    "deal_id": lambda _session, one: one.deal.id,
    "decision_id": lambda session, _one: account_rows.erasure_decision(session).id,
    "request_id": lambda session, _one: account_rows.erasure_decision(session).request_id,
    "another.development_id": lambda session, _one: page_to_join(session).id,
    "development_id": lambda _session, one: one.agreement.development_id,
    "draft_id": _draft,
    "import_id": _import,
    "invitation_id": lambda session, one: invitation(session, one.agreement.development, _manager(one)).id,
    "alarm_id": lambda session, _one: account_rows.alarm(session),
    "factor_resets.reset_id": lambda session, one: account_rows.reset(session, one.people),
    "factor_resets.note_id": lambda session, one: account_rows.note(session, one.people),
    "event_id": lambda session, one: notice(session, person=one.people[Role.BROKER]).event_id,
    "home_id": lambda session, one: landing.house_type(session, one.agreement.development).id,
    "landing_content.picture_id": lambda session, one: landing.landing_picture(session, one.agreement.development).id,
    "landing_pictures.picture_id": lambda session, one: landing.landing_picture(session, one.agreement.development).id,
    "flag_id": lambda session, one: flag(session, one.showing, asked_at=SIGNED_AT).id,
    "lead_id": _lead,
    "ledger.batch_id": lambda session, _one: session.scalars(select(LedgerBatch.id)).first() or 0,
    "line_id": _line,
    "notice_id": lambda session, one: notice(session, person=one.people[Role.BROKER]).id,
    "own_lines.line_id": lambda session, one: poster_line(session, by=one.people[Role.REFERRER]).id,
    "check_id": _employee_check,
    "employees.lead_id": lambda session, one: _employee(session, one).id,
    "employees.programme_id": lambda session, one: make.company(session, by=_manager(one)).referrer_id,
    "way": lambda _session, _one: "up",
    "poster.kind": lambda _session, _one: "png",
    "poster_batches.batch_id": lambda session, one: poster_batch(session, one.agreement.development, _manager(one)).id,
    "proposal_id": _correction,
    "payout_id": lambda _session, one: one.payout.id,
    "person_id": lambda _session, one: one.people[Role.BROKER].id,
    "reward_queue.reward_id": lambda session, one: make.cash_reward(session, _referrer(session, one), SIGNED_AT).id,
    "tax_table_drafts.draft_id": _tax_table_draft,
    "taxes.person_id": _taxed,
    "referrer_id": lambda session, one: _referrer(session, one).id,
    "programme_id": lambda session, one: make.programme(session, by=_manager(one)).referrer_id,
    "photo_id": _photo,
    "registration_id": lambda _session, one: one.registration.id,
    "exports.run_id": lambda session, one: account_rows.export_run(session, one.people).id,
    "schedule_id": lambda session, one: account_rows.export_run(session, one.people).schedule_id,
    "run_id": _what_if,
    "judgements.run_id": lambda session, one: judgement_run(session, _manager(one)).id,
    "limits_id": lambda session, one: risk_limits(session, _manager(one)).id,
    "profile_id": lambda session, one: rule_profile(session, one.agreement.development, "").id,
    "session_id": _session,
    "showing_id": lambda _session, one: one.showing.id,
    "statement_id": lambda _session, one: one.payout.statement_id,
    "touch_id": _walk_in,
    "version_id": lambda _session, one: one.deal.plan_version_id or 0,
    "reward_drafts.draft_id": lambda session, one: reward_rows.draft(session, one.people),
    "reward_id": lambda session, one: reward_rows.reward(session, one.people).id,
    "reward_plans.version_id": lambda session, _one: session.scalars(select(RewardPlanVersion.id)).first() or 0,
    "bill_id": lambda session, one: reward_rows.bill(session, one.people),
    "channel_measures.channel": lambda _session, _one: "agencies",
    **measures_world.ROWS,
    **owners.ROWS,
    **visits.ROWS,
    "voucher_id": lambda session, one: reward_rows.voucher(session, one.people),
}
"""The id of a row of a side, by the name it has in addresses; `room.name` where a room means another kind of row."""
