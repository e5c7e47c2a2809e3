"""A payment knows its deals: what was taken back from one of them since holds it until a person has looked."""

from datetime import datetime, timedelta
from threading import Thread

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from commissions.payout import Check, State
from commissions.refusal import Refusal
from portal.db import Database
from portal.models import (
    Agreement,
    Cause,
    Deal,
    Payout,
    PayoutState,
    PlanVersion,
    Statement,
)
from portal.services.deals import corrections, deals
from portal.services.ledger.lines import NewLine, post_lines
from portal.services.payouts import bank_files, changed_deals, payouts
from portal.services.rewards import payments as reward_payments
from portal.services.rewards import rewards
from portal.services.statements import issuing
from portal.services.taxes import tables as tax_tables
from tests import factories as make
from tests.db.money import Staff, cancel
from tests.db.money import held as accounts
from tests.db.selling import HALVES, LOAN, acquitted, agreement, shown, sold, struck

APPROVED, EXPORTED = PayoutState.APPROVED, PayoutState.EXPORTED
NEXT_MONTH = timedelta(days=30)


@pytest.fixture
def staff(session: Session) -> Staff:
    return Staff.hired(session)


def paying(
    session: Session, staff: Staff, now: datetime, *, count: int = 1, toml: str | None = None
) -> tuple[Payout, list[Deal]]:
    """An approved payout of an agency's deals of this month, and the deals."""
    pair = agreement(session) if toml is None else agreement(session, toml)
    make.bank_details(session, pair.agency)
    made = sold(session, staff.issues, now - timedelta(days=2), pair, count)
    return approved(session, staff, now, stated(session, staff, now, pair)), made


def stated(session: Session, staff: Staff, now: datetime, pair: Agreement, month: str | None = None) -> Statement:
    payee = f"agency:{pair.agency_id}"
    statement = issuing.issue_statement(session, staff.issues, now, payee=payee, month=month or f"{now:%Y-%m}")
    if statement.payable_fen:
        make.invoice(session, statement)
    return statement


def approved(session: Session, staff: Staff, now: datetime, statement: Statement) -> Payout:
    payout = payouts.of_statement(session, statement)[0]
    payouts.approve_payout(session, staff.approves, now, payout)
    return payout


def hold(session: Session, now: datetime, payout: Payout) -> Refusal | None:
    found = payouts.found_holds(session, now, payout)
    assert set(found) <= {Check.DEALS_UNCHANGED}
    return found.get(Check.DEALS_UNCHANGED)


def release(session: Session, staff: Staff, now: datetime, payout: Payout) -> None:
    payouts.release_hold(session, staff.approves, now, payout, Check.DEALS_UNCHANGED, reason="下月抵扣")


# What holds


def test_a_deal_cancelled_after_the_approval_holds_its_payment_until_it_is_released(
    session: Session, staff: Staff, now: datetime
) -> None:
    payout, (first, second) = paying(session, staff, now, count=2)
    cancel(session, staff, now, first.id)
    assert hold(session, now, payout) == Refusal("deal_cancelled_since", changed_fen=-36_000_00)
    with pytest.raises(Refusal, match="nothing_to_export"):
        bank_files.export_payouts(session, staff.pays, now)
    (left_out,) = bank_files.readiness(session, staff.pays, now).left_out
    assert (left_out.payout, left_out.refusal.code) == (payout, "deal_cancelled_since")
    with pytest.raises(Refusal, match="same_hands"):
        payouts.release_hold(session, staff.issues, now, payout, Check.DEALS_UNCHANGED, reason="x")
    release(session, staff, now, payout)
    assert hold(session, now, payout) is None
    corrections.correct_deal(
        session, staff.issues, now, second, corrections.DealFacts(price_fen=second.price_fen // 2), reason="录错"
    )
    assert hold(session, now, payout) == Refusal("deal_corrected_since", changed_fen=-18_000_00)
    release(session, staff, now, payout)
    bank_files.export_payouts(session, staff.pays, now)
    assert payout.state is EXPORTED


def test_what_was_changed_is_told_with_the_deal_the_deed_the_hand_and_the_sum(
    session: Session, staff: Staff, now: datetime
) -> None:
    payout, made = paying(session, staff, now, count=6)
    cancel(session, staff, now + timedelta(hours=1), made[0].id)
    found = changed_deals.of_payout(session, payout)
    assert [(one.line.deal_id, one.line.cause, one.line.amount_fen) for one in found] == [
        (made[0].id, Cause.CLAWBACK, -36_000_00),
        (made[5].id, Cause.RE_RANK, -14_000_00),
    ]
    assert {(one.at, one.by) for one in found} == {(now + timedelta(hours=1), staff.finance)}
    assert len({one.cause for one in found}) == 1, "one event, released together"
    assert hold(session, now, payout) == Refusal("deal_cancelled_since", changed_fen=-50_000_00)


def test_a_deal_cancelled_between_statement_and_approval_is_shown_to_the_approver(
    session: Session, staff: Staff, now: datetime
) -> None:
    pair = agreement(session)
    make.bank_details(session, pair.agency)
    (deal,) = sold(session, staff.issues, now - timedelta(days=2), pair, 1)
    payout = payouts.of_statement(session, stated(session, staff, now, pair))[0]
    cancel(session, staff, now, deal.id)
    approved_, left_out = payouts.approve_payouts(session, staff.approves, now, [payout])
    assert (approved_, [one.refusal.code for one in left_out]) == ([], ["deal_cancelled_since"])


@pytest.mark.parametrize(
    ("cancelled_on", "is_held"), [(25, False), (32, True)], ids=["in the statement", "after its month"]
)
def test_what_the_statement_has_reckoned_itself_holds_nothing(
    session: Session, staff: Staff, now: datetime, cancelled_on: int, is_held: bool
) -> None:
    """The statement of March is issued in April: it knows what was cancelled in March, and not what was in April."""
    pair, first = agreement(session), now.replace(day=1)
    make.bank_details(session, pair.agency)
    made = sold(session, staff.issues, first, pair, 2)
    cancel(session, staff, first + timedelta(days=cancelled_on - 1), made[0].id)
    later = first + timedelta(days=33)
    payout = payouts.of_statement(session, stated(session, staff, later, pair, f"{now:%Y-%m}"))[0]
    assert (hold(session, later, payout) is not None) is is_held


def test_what_a_later_statement_carries_on_holds_until_one_has_made_up_for_it(
    session: Session, staff: Staff, now: datetime
) -> None:
    payout, (first, _second) = paying(session, staff, now, count=2)
    cancel(session, staff, now, first.id)
    pair = session.scalars(select(Agreement).where(Agreement.agency_id == payout.agency_id)).one()
    later = stated(session, staff, now + timedelta(hours=1), pair)
    assert later.carried_fen == -36_000_00
    paying(session, staff, now + timedelta(hours=1))  # what another payee's statement pays makes up for nothing
    assert hold(session, now, payout) == Refusal("deal_cancelled_since", changed_fen=-36_000_00)
    sold(session, staff.issues, now + timedelta(hours=2), pair, 2)
    made_up = stated(session, staff, now + timedelta(days=1), pair)
    assert made_up.payable_fen == 36_000_00
    assert hold(session, now, payout) is None, "what was taken back is made up for: both together pay what is due"


def _loan(session: Session, staff: Staff, now: datetime, made: list[Deal]) -> None:
    deals.record_milestone(session, staff.issues, now, made[0], kind=LOAN, at=now)


def _sixth_in_volume(session: Session, staff: Staff, now: datetime, made: list[Deal]) -> None:
    pair = session.scalars(select(Agreement).where(Agreement.agency_id == made[0].agency_id)).one()
    sold(session, staff.issues, now, pair, 1)


def _forfeited(session: Session, staff: Staff, now: datetime, made: list[Deal]) -> None:
    struck(session, now, shown(session, made[0], now - timedelta(days=3)))


def _given_back(session: Session, staff: Staff, now: datetime, made: list[Deal]) -> None:
    showing = shown(session, made[0], now - timedelta(days=3))
    struck(session, now, showing)
    acquitted(session, now, showing)


def _other_cancelled(session: Session, staff: Staff, now: datetime, made: list[Deal]) -> None:
    """Another deal of the window came, and went: the fifth was the sixth for a while, and is the fifth again."""
    pair = session.scalars(select(Agreement).where(Agreement.agency_id == made[0].agency_id)).one()
    (other,) = sold(session, staff.issues, now - timedelta(days=3), pair, 1)
    cancel(session, staff, now, other.id)


def _date(session: Session, staff: Staff, now: datetime, made: list[Deal]) -> None:
    at = now - timedelta(days=1)
    corrections.correct_deal(session, staff.issues, now, made[0], corrections.DealFacts(signed_at=at), reason="录错")


def _plan(session: Session, staff: Staff, now: datetime, made: list[Deal]) -> None:
    pair = session.scalars(select(Agreement).where(Agreement.agency_id == made[0].agency_id)).one()
    first = session.scalars(select(PlanVersion).where(PlanVersion.name == pair.plan_name)).one()
    toml = first.toml.replace("rate_bps = 180", "rate_bps = 100")
    version = make.plan_version(session, name=pair.plan_name, version=2, toml=toml, effective_from=now)
    plan = corrections.WindowsPlan(pair, f"{now:%Y-%m}", version)
    corrections.correct_plan(session, staff.issues, now, plan, reason="费率录错")


@pytest.mark.parametrize(
    ("deed", "count", "code", "fen"),
    [
        (_loan, 1, None, 0),
        (_forfeited, 1, "deal_forfeited_since", -18_000_00),
        (_plan, 2, "deal_corrected_since", -2 * 8_000_00),
        (_other_cancelled, 5, None, 0),
        (_sixth_in_volume, 5, None, 0),
        (_given_back, 1, None, 0),
        (_date, 6, "deal_corrected_since", 0),
    ],
)
def test_what_takes_back_or_corrects_holds_and_what_only_adds_does_not(
    session: Session, staff: Staff, now: datetime, deed, count: int, code: str | None, fen: int
) -> None:
    payout, made = paying(session, staff, now, count=count, toml=HALVES)
    deed(session, staff, now, made)
    found = hold(session, now, payout)
    assert (found and found.code) == code
    if found is not None and fen:
        assert found.facts["changed_fen"] == fen


def test_a_deal_that_moves_down_because_of_another_statements_deal_holds(
    session: Session, staff: Staff, now: datetime
) -> None:
    """In a quarter: the cancelled deal stands in February's statement, the one that moves down in March's."""
    pair = agreement(session, HALVES.replace('window = "month"', 'window = "quarter"'))
    make.bank_details(session, pair.agency)
    first = sold(session, staff.issues, now - NEXT_MONTH, pair, 5)
    stated(session, staff, now, pair, f"{now - NEXT_MONTH:%Y-%m}")
    sold(session, staff.issues, now - timedelta(days=2), pair, 1)
    payout = approved(session, staff, now, stated(session, staff, now, pair))
    cancel(session, staff, now, first[0].id)
    assert hold(session, now, payout) == Refusal("deal_re_ranked_since", changed_fen=-7_000_00)


def test_a_top_up_that_was_paid_makes_up_for_no_later_move(session: Session, staff: Staff, now: datetime) -> None:
    """The fifth was topped up as the sixth, in the statement; and is the fifth again, behind it."""
    pair = agreement(session, HALVES)
    make.bank_details(session, pair.agency)
    sold(session, staff.issues, now - timedelta(days=2), pair, 5)
    (first,) = sold(session, staff.issues, now - timedelta(days=3), pair, 1)
    payout = approved(session, staff, now, stated(session, staff, now, pair))
    cancel(session, staff, now, first.id)
    assert hold(session, now, payout) == Refusal("deal_cancelled_since", changed_fen=-18_000_00 - 7_000_00)


def test_what_is_taken_back_from_another_payee_holds_nobody_elses_payment(
    session: Session, staff: Staff, now: datetime
) -> None:
    """A deal that has been another agency's before."""
    payout, (deal,) = paying(session, staff, now)
    other = f"agency:{agreement(session).agency_id}"
    place = {"instalment": "signed", "window": f"{now:%Y-%m}", "plan_version_id": deal.plan_version_id}
    facts = {"payee": other, "cause": Cause.CLAWBACK, "amount_fen": -5, "summary": "x", "why": {}, "deal_id": deal.id}
    post_lines(session, staff.issues, now, reference="x:1", lines=[NewLine(reference="x:1", **facts, **place)])
    assert hold(session, now, payout) is None


def test_a_reward_that_is_taken_back_holds_its_persons_payment(session: Session, staff: Staff, now: datetime) -> None:
    tax_tables.publish_given_table(session, make.BEFORE)
    rewards.publish_given_plans(session, make.BEFORE, effective_from=make.BEFORE)
    referrer = make.referrer(session)
    make.bank_details(session, referrer.person)
    paid, other = make.cash_reward(session, referrer, now), make.cash_reward(session, referrer, now)
    reward_payments.approve_rewards(session, staff.approves, now, [paid.id])
    payee = f"person:{referrer.person_id}"
    statement = issuing.issue_statement(session, staff.issues, now, payee=payee, month=f"{now:%Y-%m}")
    payout = payouts.of_statement(session, statement)[0]
    assert hold(session, now, payout) is None
    reward_payments.approve_rewards(session, staff.approves, now, [other.id])
    reward_payments.take_back(session, staff.issues, now, other)
    assert hold(session, now, payout) is None, "another reward"
    more = {"payee": payee, "cause": Cause.REWARD, "amount_fen": 5, "summary": "x", "why": {"reward_id": paid.id}}
    post_lines(session, staff.issues, now, reference="x:2", lines=[NewLine(reference="x:2", **more)])
    assert hold(session, now, payout) is None, "more takes nothing back"
    reward_payments.take_back(session, staff.issues, now, paid)
    assert hold(session, now, payout) == Refusal("reward_taken_back_since", changed_fen=-paid.value_fen)


# Against the bank file


def test_an_export_waits_for_a_cancellation_and_leaves_its_payment_out(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        staff = Staff.hired(session)
        payout, (deal, _other) = paying(session, staff, now, count=2)
        payout_id, deal_id = payout.id, deal.id
    said: list[str] = []

    def export() -> None:
        try:
            with database.transaction() as session:
                bank_files.export_payouts(session, staff.pays, now)
        except Refusal as refusal:
            said.append(refusal.code)

    sends = Thread(target=export)
    with database.transaction() as session:
        cancel(session, staff, now, deal_id)
        sends.start()
        sends.join(0.2)
    sends.join()
    assert said == ["nothing_to_export"]
    with database.reading() as session:
        assert session.get_one(Payout, payout_id).state is APPROVED


def test_a_cancellation_waits_for_an_export_and_what_the_payee_owes_is_said(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        staff = Staff.hired(session)
        payout, (deal,) = paying(session, staff, now)
        payout_id, deal_id, agency_id = payout.id, deal.id, payout.agency_id

    def end() -> None:
        with database.transaction() as session:
            cancel(session, staff, now, deal_id)

    ends = Thread(target=end)
    with database.transaction() as session:
        bank_files.export_payouts(session, staff.pays, now)
        ends.start()
        ends.join(0.2)
    ends.join()
    with database.reading() as session:
        payout = session.get_one(Payout, payout_id)
        assert State(payout.state) is State.EXPORTED
        assert accounts(session, agency_id)[0] == -36_000_00
        assert payouts.owed(session, [payout]) == {payout.payee: 36_000_00}
