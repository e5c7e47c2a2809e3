"""The discount of a company's programme on a deal, on both databases (rules 7.3)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from commissions.refusal import Refusal
from portal.access.actor import Actor
from portal.db import Database
from portal.models import Attribution, AuditEntry, Deal, DealDiscount, EmployeeCheck, Programme, Role
from portal.services import contacts
from portal.services.deals import corrections
from portal.services.imports import rows as import_rows
from portal.services.programmes import discounts, employee_checks
from referral.employee import Discount, NoDiscount
from referral.programme import Company, Term
from tests import factories as make
from tests.db.discounted import CELLS, LIST, OFF, PRICE, WANG, buy, come


def test_a_checked_employee_pays_less(session: Session, now: datetime) -> None:
    programme = make.company(session)
    lead = come(session, now, programme)
    deal = buy(session, now, programme)
    row = discounts.of_deal(session, deal)
    assert row is not None
    assert (row.list_price_fen, row.rate_bps, row.amount_fen, deal.price_fen) == (LIST, 100, OFF, PRICE)
    assert (row.programme_id, row.employee_check.client_id, row.by_id) == (
        programme.referrer_id,
        lead.client_id,
        deal.created_by,
    )
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "discount_granted")).one()
    assert (entry.subject_id, entry.facts["amount_fen"]) == (deal.id, OFF)
    assert session.scalars(select(Attribution)).one().touch_id == lead.touch_id


def test_a_half_fen_goes_up(session: Session, now: datetime) -> None:
    programme = make.company(session, company=Company(25, ("acme.example",)))
    come(session, now, programme)
    deal = buy(session, now, programme, 1_000_002_00)
    assert deal.price_fen == 1_000_002_00 - 2_500_01  # 2,500.005


@pytest.mark.parametrize(
    ("why", "given"),
    [
        (NoDiscount.NOT_CHECKED, {}),
        (NoDiscount.NOT_RUNNING, {"term": Term(date(2025, 1, 1), date(2026, 3, 11))}),
        (NoDiscount.NO_COMPANY, {"company": None}),
    ],
)
def test_who_gets_none(session: Session, now: datetime, why: NoDiscount, given: dict[str, object]) -> None:
    programme = make.company(session, **given)
    come(session, now, programme, checked=why is NoDiscount.NOT_RUNNING)
    later = now + timedelta(days=1)  # 11 March
    facts = {"development_id": programme.referrer.development_id, "phone": WANG, "list_price_fen": LIST, "at": later}
    reckoned = discounts.preview(session, **facts)
    assert reckoned is not None
    assert reckoned.answer is why
    deal = buy(session, later, programme)
    assert (deal.price_fen, discounts.of_deal(session, deal)) == (LIST, None)


def test_a_brokers_or_nobodys_deal_has_none(session: Session, now: datetime) -> None:
    """The check holds, but the client was a broker's first; or the lead has expired."""
    programme = make.company(session)
    client = make.client(session, phone=WANG)
    touch = make.touch(
        session, development=programme.referrer.development, client=client, protected_until=now + timedelta(days=5)
    )
    lead = come(session, now, programme, checked=False)
    assert lead.touch_id is None
    for at, owner in ((now, touch), (now + timedelta(days=6), None)):
        facts = {"development_id": programme.referrer.development_id, "phone": WANG, "list_price_fen": LIST, "at": at}
        reckoned = discounts.preview(session, **facts)
        assert reckoned is not None
        assert reckoned.answer is NoDiscount.OTHER_OWNER
        with session.begin_nested() as attempt:
            deal = buy(session, at, programme)
            assert (deal.price_fen, deal.touch_id) == (LIST, owner.id if owner else None)
            attempt.rollback()


def test_a_check_after_the_subscription_changes_nothing(session: Session, now: datetime) -> None:
    programme = make.company(session)
    lead = come(session, now, programme, checked=False)
    deal = buy(session, now, programme)
    reception = Actor.of(make.person(session, Role.RECEPTION))
    employee_checks.confirm_by_hand(session, reception, now, lead, reason="看过工牌")
    assert (deal.price_fen, discounts.of_deal(session, deal)) == (LIST, None)


def test_a_check_that_is_taken_back_leaves_the_deal_as_it_was(session: Session, now: datetime) -> None:
    programme = make.company(session)
    lead = come(session, now, programme)
    deal = buy(session, now, programme)
    standing = employee_checks.of_lead(session, lead)
    assert standing is not None
    assert standing.holds is not None
    reception = Actor.of(make.person(session, Role.RECEPTION))
    employee_checks.revoke(session, reception, now, standing.holds, reason="不是本公司员工")
    session.refresh(deal)
    row = discounts.of_deal(session, deal)
    assert row is not None
    assert (deal.price_fen, row.amount_fen, row.employee_check.revoked_reason) == (PRICE, OFF, "不是本公司员工")


def test_a_corrected_price_is_the_final_one(session: Session, now: datetime) -> None:
    programme = make.company(session)
    come(session, now, programme)
    deal = buy(session, now, programme)
    finance = Actor.of(make.person(session, Role.FINANCE))
    corrections.correct_deal(
        session, finance, now, deal, corrections.DealFacts(price_fen=1_970_000_00), reason="合同价"
    )
    row = discounts.of_deal(session, deal)
    assert row is not None
    assert (deal.price_fen, row.list_price_fen, row.amount_fen) == (1_970_000_00, LIST, OFF)


class TestByFile:
    def test_the_files_price_is_before_the_discount(self, session: Session, now: datetime) -> None:
        programme = make.company(session)
        come(session, now - timedelta(days=1), programme)
        manager = Actor.of(make.person(session, Role.CHANNEL_MANAGER))
        cells = {**CELLS, "development": programme.referrer.development.name}
        done = import_rows.try_row(session, manager, now, cells)
        assert session.get_one(Deal, done.deal_id).price_fen == PRICE
        assert done.facts["discount"] == {"programme_id": programme.referrer_id, "price_fen": PRICE, "rate_bps": 100}
        for price in ("2000000.00", "1980000"):  # as the file has it, or as our own list has it
            assert import_rows.try_row(session, manager, now, {**cells, "price": price}).outcome == "nothing"
        other = import_rows.try_row(session, manager, now, {**cells, "price": "1990000"})
        assert other.facts["code"] == "import_other_price"

    def test_a_row_without_a_discount_says_so(self, session: Session, now: datetime) -> None:
        development = make.development(session)
        manager = Actor.of(make.person(session, Role.CHANNEL_MANAGER))
        done = import_rows.try_row(session, manager, now, {**CELLS, "development": development.name})
        assert done.facts["discount"] is None


def test_a_check_is_taken_back_before_a_deal_or_after_it(database: Database, now: datetime) -> None:
    """Whichever is first: never a discount that rests on a check which was gone by then."""
    with database.transaction() as session:
        programme = make.company(session)
        lead = come(session, now, programme)
        reception = Actor.of(make.person(session, Role.RECEPTION))
    ready = Barrier(2)

    def sells() -> None:
        ready.wait(10)
        with database.transaction() as session:
            buy(session, now + timedelta(seconds=1), session.get_one(Programme, programme.referrer_id))

    def takes_back() -> None:
        ready.wait(10)
        with database.transaction() as session:
            check = employee_checks.standing_check(session, programme.referrer_id, lead.client_id)
            assert check is not None
            employee_checks.revoke(session, reception, now, check, reason="已离职")

    with ThreadPoolExecutor(2) as hands:
        for hand in [hands.submit(sells), hands.submit(takes_back)]:
            hand.result()
    with database.reading() as session:
        deal = session.scalars(select(Deal)).one()
        row = session.scalar(select(DealDiscount))
        deeds = select(AuditEntry.action).where(AuditEntry.action.in_(["discount_granted", "employee_check_revoked"]))
        assert (deal.price_fen, row is None) in {(LIST, True), (PRICE, False)}
        if row is not None:
            order = session.scalars(deeds.order_by(AuditEntry.id)).all()
            assert set(order) == {"discount_granted", "employee_check_revoked"}
        assert session.scalars(select(EmployeeCheck)).one().revoked_at is not None


def test_a_taken_unit_leaves_no_discount(session: Session, now: datetime) -> None:
    programme = make.company(session)
    come(session, now, programme)
    make.deal(session, development=programme.referrer.development, unit="3-1202", touch=None)
    with pytest.raises(Refusal, match="unit_taken"), session.begin_nested():
        buy(session, now, programme)
    assert session.scalars(select(DealDiscount)).all() == []


def test_a_client_whom_nobody_knows_has_no_preview(session: Session, now: datetime) -> None:
    facts = {"development_id": make.development(session).id, "list_price_fen": LIST, "at": now}
    assert discounts.preview(session, phone=WANG, **facts) is None
    with pytest.raises(Refusal, match="invalid_phone"):
        discounts.preview(session, phone="12", **facts)


def test_the_preview_is_what_happens(session: Session, now: datetime) -> None:
    programme = make.company(session)
    lead = come(session, now, programme)
    facts = {"development_id": lead.development_id, "list_price_fen": LIST, "at": now}
    phone = contacts.open_phone(session, lead.client).e164
    reckoned = discounts.preview(session, phone=phone, **facts)
    assert reckoned is not None
    assert reckoned.answer == Discount(LIST, 100, OFF)
    assert buy(session, now, programme).price_fen == reckoned.price_fen
