"""Loans on both databases: stages and their corrections, papers, terms by two people, the client's link, and races."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from commissions.refusal import Refusal
from portal.access.actor import Actor
from portal.access.scope import visible
from portal.clock import local_day
from portal.db import Database
from portal.models import (
    BroughtBy,
    ClientLink,
    Deal,
    Event,
    Loan,
    LoanRisk,
    LoanStepKind,
    MilestoneKind,
    Role,
    TextMessage,
)
from portal.rules.loans.progress import LoanReason, LoanState
from portal.rules.loans.stage import LoanStage
from portal.rules.loans.terms import given_text
from portal.services.home.figure import counted
from portal.services.loans import client_links, loans, reading, telling, terms
from portal.services.loans.loans import Begun
from portal.services.loans.reading import LoanFilter
from tests import care_world
from tests import factories as make
from tests.site import refusal

DAY = timedelta(days=1)
ICBC = Begun(cash=False, after=0, bank="中国工商银行", branch="西湖支行", officer="陈经理", amount_fen=1_400_000_00)
KEY = b"a key of more than sixteen bytes"


@pytest.fixture
def keeper(session: Session) -> Actor:
    return Actor.of(make.person(session, Role.CHANNEL_MANAGER))


@pytest.fixture
def deal(session: Session, now: datetime) -> Deal:
    """Subscribed forty days ago."""
    return subscribed(session, now - 40 * DAY)


def subscribed(session: Session, at: datetime) -> Deal:
    row = make.deal(session, touch=None)
    make.milestone(session, row, MilestoneKind.SUBSCRIBED, at)
    return row


def step(session: Session, keeper: Actor, now: datetime, loan: Loan, kind: LoanStepKind, days_ago: int) -> None:
    on_day = local_day(now) - days_ago * DAY
    loans.record_step(session, keeper, now, loan, kind=kind, on_day=on_day)


def stands(session: Session, now: datetime, deal: Deal) -> tuple[LoanState, int, LoanReason | None]:
    found = reading.of_deal(session, now, deal).stands
    return found.state, found.days_late, found.reason


def test_a_loan_from_its_bank_to_the_money(session: Session, now: datetime, keeper: Actor, deal: Deal) -> None:
    assert stands(session, now, deal) == (LoanState.LATE, 28, LoanReason.NOT_BEGUN)
    loan = loans.begin(session, keeper, now, deal, ICBC)
    assert (loan.from_days, loan.to_days, loans.officer_of(session, loan)) == (20, 30, "陈经理")
    assert stands(session, now, deal)[2] is LoanReason.PAPERS_MISSING
    for paper in reading.of_deal(session, now, deal).missing:
        given = {"brought_by": BroughtBy.CLIENT, "on_day": local_day(now)}
        loans.bring_paper(session, keeper, now, deal, code=paper.code, **given)
    assert stands(session, now, deal)[2] is LoanReason.NOT_HANDED_IN
    loans.miss_paper(session, keeper, now, deal, code="income")
    assert [paper.code for paper in reading.of_deal(session, now, deal).missing] == ["income"]
    step(session, keeper, now, loan, LoanStepKind.PAPERS, 38)
    assert stands(session, now, deal) == (LoanState.LATE, 8, LoanReason.BANK_WAITED_FOR)
    step(session, keeper, now, loan, LoanStepKind.RELEASED, 2)
    assert stands(session, now, deal) == (LoanState.RELEASED, 6, None)
    assert session.scalars(select(Event.kind).where(Event.subject_id == deal.id)).all() == ["loan_released"]
    assert refusal(lambda: loans.begin(session, keeper, now, deal, ICBC)) == "loan_released_already"


def test_a_step_is_corrected_by_another_row(session: Session, now: datetime, keeper: Actor, deal: Deal) -> None:
    loan, today = loans.begin(session, keeper, now, deal, ICBC), local_day(now)
    step(session, keeper, now, loan, LoanStepKind.PAPERS, 10)
    first = loan.steps[0]
    again = {"kind": LoanStepKind.PAPERS, "on_day": today}
    assert refusal(lambda: loans.record_step(session, keeper, now, loan, **again)) == "loan_step_there"
    gone = loans.correct_step(session, keeper, now, first, on_day=None, note="看错了客户")
    assert (loans.reached(loan), len(loan.steps)) == ({}, 2)
    assert refusal(lambda: loans.correct_step(session, keeper, now, first, on_day=today, note="再改")) == (
        "loan_step_corrected"
    )
    assert loans.record_step(session, keeper, now, loan, **again).corrects_id == gone.id
    assert loans.reached(loan)[LoanStepKind.PAPERS].on_day == today


WRONG_STEPS = {
    "a day to come": (LoanStepKind.PRE_CHECK, -1, "", "loan_step_future"),
    "before the stage before": (LoanStepKind.PRE_CHECK, 12, "", "loan_step_backwards"),
    "a no without a reason": (LoanStepKind.REFUSED, 0, " ", "loan_reason_needed"),
}


@pytest.mark.parametrize(("kind", "days_ago", "note", "code"), WRONG_STEPS.values(), ids=WRONG_STEPS)
def test_what_cannot_have_happened(
    session: Session, now: datetime, keeper: Actor, deal: Deal, kind: LoanStepKind, days_ago: int, note: str, code: str
) -> None:
    loan, on_day = loans.begin(session, keeper, now, deal, ICBC), local_day(now) - days_ago * DAY
    step(session, keeper, now, loan, LoanStepKind.PAPERS, 10)
    attempt = {"kind": kind, "on_day": on_day, "note": note}
    assert refusal(lambda: loans.record_step(session, keeper, now, loan, **attempt)) == code


def test_a_bank_says_no_and_another_is_asked(session: Session, now: datetime, keeper: Actor, deal: Deal) -> None:
    first = loans.begin(session, keeper, now, deal, ICBC)
    loans.record_step(
        session, keeper, now, first, kind=LoanStepKind.REFUSED, on_day=local_day(now), note="征信有两次逾期"
    )
    assert stands(session, now, deal)[0] is LoanState.REFUSED
    papers = {"kind": LoanStepKind.PAPERS, "on_day": local_day(now)}
    assert refusal(lambda: loans.record_step(session, keeper, now, first, **papers)) == "loan_ended"
    assert refusal(lambda: loans.begin(session, keeper, now, deal, ICBC)) == "loan_changed_meanwhile"
    second = loans.begin(session, keeper, now, deal, Begun(cash=True, after=1))
    assert (second.bank, stands(session, now, deal)[0]) == (None, LoanState.CASH)
    assert refusal(lambda: loans.record_step(session, keeper, now, second, **papers)) == "loan_needs_no_steps"
    assert [loan.number for loan in reading.history(session, deal)] == [2, 1]


def test_the_table_shows_the_most_urgent_first(session: Session, now: datetime, keeper: Actor, deal: Deal) -> None:
    late, fresh, paid = deal, subscribed(session, now - DAY), subscribed(session, now - 50 * DAY)
    loans.begin(session, keeper, now, paid, Begun(cash=True, after=0))
    released = subscribed(session, now - 90 * DAY)
    make.milestone(session, released, MilestoneKind.LOAN_RELEASED, now)
    every = visible(keeper, Deal)
    assert [row.deal for row in reading.rows(session, now, every)] == [late, fresh]
    for state, there in ((LoanState.CASH, [paid]), (LoanState.RELEASED, [released]), (LoanState.LATE, [late])):
        assert [row.deal for row in reading.rows(session, now, every, LoanFilter(state=state))] == there
    loans.begin(session, keeper, now, fresh, ICBC)
    assert [row.deal for row in reading.rows(session, now, every, LoanFilter(bank="中国工商银行"))] == [fresh]
    assert reading.rows(session, now, every, LoanFilter(unit=fresh.unit))[0].stands.next is LoanStage.PAPERS


def test_the_countdown_to_signing(session: Session, now: datetime, keeper: Actor, deal: Deal) -> None:
    soon = subscribed(session, now - DAY)
    loans.agree_signing(session, keeper, now, soon, local_day(now) + 2 * DAY)
    loans.note_risk(session, keeper, now, soon, risk=LoanRisk.CREDIT, text="信用卡逾期两次")
    overdue, next_one = reading.unsigned(session, now, visible(keeper, Deal))
    assert (overdue.deal, overdue.agreed) == (deal, False)
    assert (next_one.signing_on, next_one.agreed) == (local_day(now) + 2 * DAY, True)
    (note,) = next_one.risks
    loans.settle_risk(session, keeper, now, note)
    assert reading.of_deal(session, now, soon).risks == []
    assert refusal(lambda: loans.agree_signing(session, keeper, now, deal, local_day(now) - DAY)) == "signing_day_over"


def test_a_late_loan_is_told_once_a_target(session: Session, now: datetime, keeper: Actor, deal: Deal) -> None:
    loans.begin(session, keeper, now, deal, ICBC)
    assert telling.tell_due(session, now) == {"loans_told": 1}
    assert telling.tell_due(session, now + DAY) == {"loans_told": 0}
    assert telling.tell_due(session, now.replace(hour=0)) == {"loans_told": 0}


def test_a_home_without_a_loan_is_late_too(session: Session, now: datetime, keeper: Actor, deal: Deal) -> None:
    """The carer is told that nobody has said by which bank."""
    carer = care_world.consultant(session)
    care_world.care_file(session, development=deal.development, client=deal.client, carer=carer)
    assert telling.tell_due(session, now) == {"loans_told": 1}
    (event,) = session.scalars(select(Event).where(Event.kind == "loan_late"))
    assert (event.person_id, event.facts["reason"]) == (carer.id, LoanReason.NOT_BEGUN)


def test_terms_take_two_and_keep_what_was_begun(session: Session, now: datetime, keeper: Actor, deal: Deal) -> None:
    loan = loans.begin(session, keeper, now, deal, ICBC)
    slower = given_text().replace("20-30", "25-50")
    row = terms.propose(session, keeper, now, development_id=deal.development_id, toml=slower, note="年底额度紧")
    assert refusal(lambda: terms.confirm(session, keeper, now, row)) == "own_proposal"
    assert terms.in_force(session, deal.development_id).bank("中国工商银行").to_days == 30
    other = Actor.of(make.person(session, Role.FINANCE))
    assert counted(session, terms.to_decide(other)) == 1
    terms.confirm(session, other, now, row)
    assert terms.in_force(session, deal.development_id).bank("中国工商银行").to_days == 50
    assert terms.in_force(session, None).bank("中国工商银行").to_days == loan.to_days == 30
    assert refusal(lambda: terms.refuse(session, other, now, row, "不同意")) == "proposal_decided"


def test_a_link_holds_until_it_is_revoked(session: Session, now: datetime, keeper: Actor, deal: Deal) -> None:
    link = client_links.make(session, keeper, now, deal=deal)
    token = client_links.token_of(link, KEY)
    assert client_links.by_token(session, token, KEY, now).deal_id == deal.id
    late = now + client_links.HOLDS
    assert refusal(lambda: client_links.by_token(session, token, KEY, late)) == "link_expired"
    assert refusal(lambda: client_links.by_token(session, f"{token}x", KEY, now)) == "link_invalid"
    for _again in range(2):
        sent = client_links.text_client(session, now, link, deal.client_id, deal.development, token)
        assert isinstance(sent, TextMessage)
    assert session.scalars(select(TextMessage.key)).all() == [f"client-link-{link.id}"]
    client_links.make(session, keeper, now, deal=deal)
    assert refusal(lambda: client_links.by_token(session, token, KEY, now)) == "link_expired"
    assert client_links.revoke(session, keeper, now, deal=deal)
    assert client_links.standing(session, deal=deal) is None


def test_two_at_once(database: Database, now: datetime) -> None:
    """Two write down a bank, a stage and a correction, and make a link, in the same instant: each stands once."""
    with database.transaction() as session:
        deal = subscribed(session, now - 40 * DAY).id
        pair = [Actor.of(make.person(session, Role.CHANNEL_MANAGER)) for _number in range(2)]

    def both(deed: object) -> int:
        def one(actor: Actor) -> int:
            try:
                with database.transaction() as session:
                    deed(session, actor, session.get_one(Deal, deal))
            except Refusal:
                return 0
            return 1

        with ThreadPoolExecutor(2) as threads:
            return sum(threads.map(one, pair))

    def stage(session: Session, actor: Actor, row: Deal) -> None:
        step(session, actor, now, loans.latest(session, row), LoanStepKind.PAPERS, 3)

    def correction(session: Session, actor: Actor, row: Deal) -> None:
        first = loans.latest(session, row).steps[0]
        loans.correct_step(session, actor, now, first, on_day=date(2026, 3, 8), note="记错一天")

    assert both(lambda session, actor, row: loans.begin(session, actor, now, row, ICBC)) == 1
    assert both(stage) == 1
    assert both(correction) == 1
    both(lambda session, actor, row: client_links.make(session, actor, now, deal=row))
    with database.reading() as session:
        (loan,) = session.scalars(select(Loan)).all()
        assert [row.on_day for row in loan.steps] == [date(2026, 3, 7), date(2026, 3, 8)]
        assert len(session.scalars(select(ClientLink).where(ClientLink.revoked_at.is_(None))).all()) == 1
