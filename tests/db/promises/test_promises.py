"""Promises on both databases: allowed by two above a limit, confirmed once, kept once by one voucher, and owed."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from commissions.refusal import Refusal
from portal.access.actor import Actor
from portal.access.scope import visible
from portal.clock import local_day
from portal.db import Database
from portal.models import (
    BroughtBy,
    Deal,
    Event,
    LoanRisk,
    LoanStepKind,
    MilestoneKind,
    Promise,
    PromiseConfirmation,
    PromiseEnd,
    Role,
    Voucher,
)
from portal.rules.promises.promise import PromiseKind, PromiseState, Wanted
from portal.services.loans import loans
from portal.services.loans import reading as loan_reading
from portal.services.loans.loans import Begun
from portal.services.privacy import subject_data
from portal.services.promises import compensation, promises, reading, telling
from portal.services.promises.promises import Whose
from portal.services.promises.reading import PromiseFilter
from portal.services.vouchers import redeeming, vouchers
from tests import factories as make
from tests import loans_world
from tests.site import refusal

DAY = timedelta(days=1)
TEXT = "放款晚了，送一年物业费"


@pytest.fixture
def manager(session: Session) -> Actor:
    return Actor.of(make.person(session, Role.CHANNEL_MANAGER))


@pytest.fixture
def finance(session: Session) -> Actor:
    return Actor.of(make.person(session, Role.FINANCE))


def made(session: Session, actor: Actor, now: datetime, deal: Deal | None = None, **given: object) -> Promise:
    """A gift worth 880 yuan, due in ten days, unless something else is said."""
    deal = deal or make.deal(session, touch=None)
    values = {"kind": PromiseKind.GIFT, "worth_fen": 880_00, "item": "茶具", "due_on": local_day(now) + 10 * DAY}
    whose = Whose(development_id=deal.development_id, client_id=deal.client_id, deal=deal)
    return promises.make(session, actor, now, whose, Wanted(**values | given), TEXT)


def test_a_gift_is_confirmed_and_kept_by_one_voucher(session: Session, now: datetime, manager: Actor) -> None:
    row = made(session, manager, now)
    assert (promises.state_of(row, now), promises.text_of(session, row)) == (PromiseState.OPEN, TEXT)
    assert refusal(lambda: promises.keep(session, manager, now, row)) == "promise_not_confirmed"
    assert [promises.confirm_by_link(session, now, row) for _again in range(2)] == [True, False]
    end = promises.keep(session, manager, now, row)
    assert promises.state_of(row, now) is PromiseState.KEPT
    assert refusal(lambda: promises.keep(session, manager, now, row)) == "promise_over"
    voucher = session.get_one(Voucher, end.voucher_id)
    assert (voucher.title, voucher.value_fen, voucher.holder_id) == ("茶具", 880_00, None)
    kinds = session.scalars(select(Event.kind).where(Event.subject_kind == "promises").order_by(Event.id)).all()
    assert kinds == ["promise_confirmed", "promise_kept"]


def test_whoever_issued_it_does_not_hand_it_out(session: Session, now: datetime, manager: Actor) -> None:
    row = made(session, manager, now)
    promises.confirm_on_paper(session, manager, now, row)
    voucher = session.get_one(Voucher, promises.keep(session, manager, now, row).voucher_id)
    given = {"text": voucher.code, "development_id": row.development_id, "key": "page"}
    assert refusal(lambda: redeeming.redeem_voucher(session, manager, now, **given)) == "own_approval"
    desk = Actor.of(make.person(session, Role.RECEPTION))
    assert not redeeming.redeem_voucher(session, desk, now, **given).again
    assert vouchers.standing(voucher, now) == "redeemed"


def test_above_the_limit_it_takes_two(session: Session, now: datetime, manager: Actor, finance: Actor) -> None:
    row = made(session, manager, now, kind=PromiseKind.DISCOUNT, worth_fen=20_000_00)
    assert promises.state_of(row, now) is PromiseState.PROPOSED
    assert refusal(lambda: promises.confirm_by_link(session, now, row)) == "promise_not_allowed"
    assert refusal(lambda: promises.allow(session, manager, now, row)) == "own_proposal"
    assert (reading.to_allow(session, finance), reading.to_allow(session, manager)) == (1, 0)
    promises.allow(session, finance, now, row)
    promises.confirm_by_link(session, now, row)
    assert refusal(lambda: promises.keep(session, finance, now, row)) == "promise_note_needed"
    assert promises.keep(session, finance, now, row, note="已从尾款扣除").voucher_id is None


def test_what_was_refused_or_withdrawn_is_not_owed(
    session: Session, now: datetime, manager: Actor, finance: Actor
) -> None:
    refused = made(session, manager, now, worth_fen=20_000_00)
    promises.refuse(session, finance, now, refused, "没有这个预算")
    withdrawn = made(session, manager, now)
    promises.withdraw(session, manager, now, withdrawn, reason="写错了客户")
    late = made(session, manager, now, due_on=local_day(now))
    proposed = made(session, manager, now, worth_fen=20_000_00)
    then = now + DAY
    of = visible(manager, Promise)
    found = {state: list(reading.rows(session, then, of, PromiseFilter(state=state))) for state in PromiseState}
    assert {state: rows for state, rows in found.items() if rows} == {
        PromiseState.REFUSED: [refused],
        PromiseState.WITHDRAWN: [withdrawn],
        PromiseState.LATE: [late],
        PromiseState.PROPOSED: [proposed],
    }
    for state, rows in found.items():
        assert {promises.state_of(row, then) for row in rows} <= {state}
    (sums,) = reading.owed(reading.rows(session, then, of), then)
    assert (sums.count, sums.worth_fen, sums.late, sums.late_fen) == (1, 880_00, 1, 880_00)
    assert refusal(lambda: promises.confirm_by_link(session, now, withdrawn)) == "promise_over"


def test_what_the_client_confirmed_only_a_manager_takes_back(session: Session, now: datetime, manager: Actor) -> None:
    row = made(session, manager, now)
    promises.confirm_by_link(session, now, row)
    desk = Actor.of(make.person(session, Role.RECEPTION))
    attempt = {"reason": "不送了"}
    assert refusal(lambda: promises.withdraw(session, desk, now, row, **attempt)) == "promise_confirmed_stands"
    promises.withdraw(session, manager, now, row, **attempt)
    assert promises.state_of(row, now) is PromiseState.WITHDRAWN


def test_it_is_told_when_its_day_comes_near_and_when_it_is_over(
    session: Session, now: datetime, manager: Actor
) -> None:
    row = made(session, manager, now)
    for days, kinds in ((6, []), (7, ["promise_due"]), (8, ["promise_due"]), (11, ["promise_due", "promise_late"])):
        telling.tell_due(session, now + days * DAY)
        told = session.scalars(select(Event.kind).where(Event.subject_id == row.id).order_by(Event.id)).all()
        assert told == kinds


def late_loan(session: Session, keeper: Actor, now: datetime) -> Deal:
    """The papers were complete fifty days ago; the bank takes thirty."""
    deal = make.deal(session, touch=None)
    make.milestone(session, deal, MilestoneKind.SUBSCRIBED, now - 55 * DAY)
    loan = loans.begin(session, keeper, now, deal, Begun(cash=False, after=0, bank="中国工商银行"))
    papers_on = local_day(now) - 50 * DAY
    loans.record_step(session, keeper, now, loan, kind=LoanStepKind.PAPERS, on_day=papers_on)
    return deal


def test_a_late_loan_is_compensated_once(session: Session, now: datetime, manager: Actor) -> None:
    deal = late_loan(session, manager, now)
    offered = compensation.proposed(session, loan_reading.of_deal(session, now, deal))
    assert (offered.kind, offered.months, offered.worth_fen) == (PromiseKind.FEE_RELIEF, 12, 3600_00)
    row = compensation.accept(session, manager, now, deal, TEXT)
    assert (row.compensates_id, row.due_on) == (deal.id, local_day(now) + 30 * DAY)
    assert compensation.proposed(session, loan_reading.of_deal(session, now, deal)) is None
    assert refusal(lambda: compensation.accept(session, manager, now, deal, TEXT)) == "compensation_accepted"
    promises.confirm_by_link(session, now, row)
    voucher = session.get_one(Voucher, promises.keep(session, manager, now, row).voucher_id)
    assert (voucher.kind, voucher.months_left) == ("fee_relief", 12)
    fresh = make.deal(session, touch=None)
    assert refusal(lambda: compensation.accept(session, manager, now, fresh, TEXT)) == "compensation_not_due"


Deed = Callable[[Session, Actor, Promise], object]


def test_two_at_once(database: Database, now: datetime) -> None:
    """A client taps twice, two colleagues keep it and one withdraws it, two accept one compensation: once each."""
    with database.transaction() as session:
        pair = [Actor.of(make.person(session, Role.CHANNEL_MANAGER)) for _number in range(2)]
        first, second = (made(session, pair[0], now).id for _number in range(2))
        promises.confirm_on_paper(session, pair[0], now, session.get_one(Promise, second))
        deal = late_loan(session, pair[0], now).id

    def both(*deeds: Callable[[Session, Actor], object]) -> int:
        def one(number: int) -> int:
            try:
                with database.transaction() as session:
                    return int(bool(deeds[number % len(deeds)](session, pair[number])))
            except Refusal:
                return 0

        with ThreadPoolExecutor(2) as threads:
            return sum(threads.map(one, range(2)))

    def row(session: Session, key: int) -> Promise:
        return session.get_one(Promise, key)

    assert both(lambda session, _actor: promises.confirm_by_link(session, now, row(session, first))) == 1
    assert both(lambda session, actor: promises.keep(session, actor, now, row(session, first))) == 1
    assert (
        both(
            lambda session, actor: promises.keep(session, actor, now, row(session, second)),
            lambda session, actor: promises.withdraw(session, actor, now, row(session, second), reason="写错了"),
        )
        == 1
    )
    assert both(lambda session, actor: compensation.accept(session, actor, now, session.get_one(Deal, deal), TEXT)) == 1
    with database.reading() as session:
        count = {of: session.scalar(select(func.count()).select_from(of)) for of in (PromiseConfirmation, PromiseEnd)}
        assert (count[PromiseConfirmation], count[PromiseEnd]) == (2, 2)
        kept = session.scalars(select(PromiseEnd.promise_id).where(PromiseEnd.kept)).all()
        assert len(session.scalars(select(Voucher)).all()) == len(kept)


def test_the_client_reads_his_loans_and_promises_in_his_own_data(
    session: Session, now: datetime, manager: Actor, finance: Actor
) -> None:
    deal, other = loans_world.late_loan(session, manager, now), loans_world.late_loan(session, manager, now)
    loans.note_risk(session, manager, now, deal, risk=LoanRisk.CREDIT, text="信用卡有两次逾期")
    loans.note_risk(session, manager, now, other, risk=LoanRisk.CREDIT, text="另一位客户")
    loans.bring_paper(session, manager, now, deal, code="income", brought_by=BroughtBy.CLIENT, on_day=local_day(now))
    loans.agree_signing(session, manager, now, deal, local_day(now) + DAY)
    row = made(session, manager, now, deal)
    promises.confirm_by_link(session, now, row)
    promises.keep(session, finance, now, row)
    found = subject_data.as_json(subject_data.of_client(session, deal.client), now)["loans_and_promises"]
    assert {one["deal_id"] for one in found} == {deal.id}
    assert [one["what"] for one in found] == ["loan", "loan stage", "loan paper", "risk", "signing agreed", "promise"]
    said = " ".join(one["said"] for one in found)
    assert [
        part for part in ("中国工商银行 · 西湖支行", "income · client", "信用卡有两次逾期", TEXT) if part not in said
    ] == []
    assert "陈经理" not in said, "whom we ask at the bank is somebody else"
    assert (found[-1]["worth_fen"], found[-1]["ended"]["kept"]) == (880_00, True)
