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
from portal.models import (
    Attribution,
    AuditEntry,
    Deal,
    DealDiscount,
    EmployeeCheck,
    Lead,
    MilestoneKind,
    Programme,
    Role,
)
from portal.rules.consent import CURRENT_VERSION, Purpose
from portal.services import (
    contacts,
    corrections,
    deals,
    discounts,
    employee_checks,
    imports_rows,
    leads,
    programme_terms,
    programmes,
)
from referral.employee import Discount, NoDiscount
from referral.programme import Company, Term
from tests import factories as make

LIST, OFF, PRICE = 2_000_000_00, 20_000_00, 1_980_000_00
WANG = "13912345678"


def come(session: Session, now: datetime, programme: Programme, *, checked: bool = True) -> Lead:
    """Leave a number on the company's page; reception has seen the badge."""
    lead = leads.leave_lead(
        session,
        now,
        code=programme.referrer.code,
        name="王小明",
        phone=WANG,
        consent_version=CURRENT_VERSION[Purpose.CONTACT],
        locale="zh_Hans_CN",
        address=None,
    )
    if checked:
        reception = Actor.of(make.person(session, Role.RECEPTION))
        employee_checks.confirm_by_hand(session, reception, now, lead, reason="看过工牌")
    return lead


def buy(
    session: Session,
    now: datetime,
    programme: Programme,
    price_fen: int = LIST,
    *,
    unit: str = "3-1202",
    by: Actor | None = None,
) -> Deal:
    """The client subscribes; a channel manager records it."""
    manager = by or Actor.of(make.person(session, Role.CHANNEL_MANAGER))
    facts = {"development_id": programme.referrer.development_id, "phone": WANG, "name": "王小明", "unit": unit}
    return deals.open_deal(session, manager, now, price_fen=price_fen, at=now, **facts)


def test_a_checked_employee_pays_less(session: Session, now: datetime) -> None:
    programme = make.company(session)
    lead = come(session, now, programme)
    deal = buy(session, now, programme)
    row = discounts.of_deal(session, deal)
    assert row is not None
    assert (row.list_price_fen, row.rate_bps, row.amount_fen, deal.price_fen) == (LIST, 100, OFF, PRICE)
    assert (row.programme_id, row.employee_check.client_id, row.by_id) == (
        programme.person_id, lead.client_id, deal.created_by,
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


DAY = timedelta(days=1)


class TestTheTermsOfTheSubscriptionCount:
    """A deal is recorded days after it was agreed; what was promised then holds."""

    def later(self, session: Session, at: datetime, recorded: datetime, programme: Programme) -> Deal:
        manager = Actor.of(make.person(session, Role.CHANNEL_MANAGER))
        facts = {"development_id": programme.referrer.development_id, "phone": WANG, "name": "王小明", "unit": "3-1202"}
        return deals.open_deal(session, manager, recorded, price_fen=LIST, at=at, **facts)

    @pytest.mark.parametrize(("days", "price_fen"), [(2, PRICE), (3, LIST), (4, LIST)])
    def test_none_from_the_instant_on_at_which_it_was_ended(
        self, session: Session, now: datetime, days: int, price_fen: int
    ) -> None:
        programme = make.company(session)
        come(session, now, programme)
        manager = Actor.of(make.person(session, Role.CHANNEL_MANAGER))
        programmes.end_programme(session, manager, now + 3 * DAY, programme)
        session.flush()
        assert self.later(session, now + days * DAY, now + 5 * DAY, programme).price_fen == price_fen

    @pytest.mark.parametrize(
        ("days", "price_fen"), [(2, PRICE), (3, LIST - 2 * OFF)], ids=["before the change", "from the change on"]
    )
    def test_the_rate_of_then(self, session: Session, now: datetime, days: int, price_fen: int) -> None:
        programme = make.company(session)
        come(session, now, programme)
        self.change(session, now + 3 * DAY, programme, Company(200), Term(date(2025, 1, 1)))
        facts = {"development_id": programme.referrer.development_id, "phone": WANG, "list_price_fen": LIST}
        told = discounts.preview(session, at=now + days * DAY, **facts)
        assert told is not None
        assert told.price_fen == self.later(session, now + days * DAY, now + 5 * DAY, programme).price_fen == price_fen

    def test_days_that_are_moved_afterwards_change_nothing(self, session: Session, now: datetime) -> None:
        programme = make.company(session)
        come(session, now, programme)
        self.change(session, now + 3 * DAY, programme, Company(), Term(date(2025, 1, 1), date(2026, 3, 10)))
        assert self.later(session, now + 2 * DAY, now + 5 * DAY, programme).price_fen == PRICE

    @pytest.mark.parametrize(
        ("checked", "revoked", "counts"),
        [
            (0, None, True),
            (0, 3, True),  # it held at the subscription
            (0, 2, False),  # no longer
            (3, None, True),  # the employee showed his badge late
            (3, 4, False),  # and it was wrong
        ],
    )
    def test_a_check_of_then_or_one_that_stands(
        self, session: Session, now: datetime, checked: int, revoked: int | None, counts: bool
    ) -> None:
        """Subscribed on the second day, recorded on the fifth."""
        programme = make.company(session)
        lead = come(session, now, programme, checked=False)
        reception = Actor.of(make.person(session, Role.RECEPTION))
        check = employee_checks.confirm_by_hand(session, reception, now + checked * DAY, lead, reason="看过工牌")
        if revoked is not None:
            employee_checks.revoke(session, reception, now + revoked * DAY, check, reason="不是本公司员工")
        assert (self.later(session, now + 2 * DAY, now + 5 * DAY, programme).price_fen == PRICE) is counts

    def test_terms_are_kept_once_and_for_good(self, session: Session, now: datetime) -> None:
        programme = make.company(session)
        for company in (Company(100, ("acme.hk",)), Company(200), Company(200)):
            self.change(session, now, programme, company, Term(date(2025, 1, 1)))
        kept = programme_terms.of_programme(session, programme)
        assert [(row.discount_bps, row.since) for row in kept] == [(200, now), (100, make.BEFORE)]

    def change(
        self,
        session: Session,
        at: datetime,
        programme: Programme,
        company: Company,
        term: Term,
        *,
        by: Actor | None = None,
    ) -> None:
        manager = by or Actor.of(make.person(session, Role.CHANNEL_MANAGER))
        given = {"place": "", "contact": "", "term": term, "company": company}
        programmes.change_programme(session, manager, at, programme, **given)
        session.flush()


class TestOneEmployeeOneHome:
    def test_a_second_home_has_no_discount_and_a_cancelled_one_does_not_count(
        self, session: Session, now: datetime
    ) -> None:
        programme = make.company(session)
        lead = come(session, now, programme)
        first = buy(session, now, programme)
        facts = {"development_id": lead.development_id, "phone": WANG, "list_price_fen": LIST, "at": now}
        told = discounts.preview(session, **facts)
        assert told is not None
        assert told.answer is NoDiscount.USED_UP
        assert buy(session, now, programme, unit="3-1203").price_fen == LIST
        finance = Actor.of(make.person(session, Role.FINANCE))
        deals.record_milestone(session, finance, now, first, kind=MilestoneKind.CANCELLED, at=now, note="不买了")
        assert buy(session, now, programme, unit="3-1204").price_fen == PRICE

    def test_another_check_is_not_another_home(self, session: Session, now: datetime) -> None:
        programme = make.company(session)
        lead = come(session, now, programme)
        buy(session, now, programme)
        reception = Actor.of(make.person(session, Role.RECEPTION))
        check = employee_checks.standing_check(session, programme.person_id, lead.client_id)
        assert check is not None
        employee_checks.revoke(session, reception, now, check, reason="工牌过期")
        employee_checks.confirm_by_hand(session, reception, now, lead, reason="新工牌")
        assert buy(session, now, programme, unit="3-1203").price_fen == LIST

    def test_the_development_says_how_many(self, session: Session, now: datetime) -> None:
        programme = make.company(session, development=make.development(session, policy={"employee_homes": 2}))
        come(session, now, programme)
        prices = [buy(session, now, programme, unit=f"3-{number}").price_fen for number in range(3)]
        assert prices == [PRICE, PRICE, LIST]

    def test_two_homes_at_once_have_one_discount(self, database: Database, now: datetime) -> None:
        with database.transaction() as session:
            programme = make.company(session)
            come(session, now, programme)
        ready = Barrier(2)

        def buys(unit: str) -> None:
            ready.wait(10)
            with database.transaction() as session:
                buy(session, now, session.get_one(Programme, programme.person_id), unit=unit)

        with ThreadPoolExecutor(2) as hands:
            for hand in [hands.submit(buys, unit) for unit in ("1-101", "1-102")]:
                hand.result()
        with database.reading() as session:
            assert sorted(session.scalars(select(Deal.price_fen))) == [PRICE, LIST]


class TestMoreThanOneHand:
    """No discount by one person alone (rules 7.3)."""

    def test_who_confirmed_by_hand_does_not_record_the_deal(self, session: Session, now: datetime) -> None:
        programme = make.company(session)
        lead = come(session, now, programme, checked=False)
        manager = Actor.of(make.person(session, Role.CHANNEL_MANAGER))
        employee_checks.confirm_by_hand(session, manager, now, lead, reason="看过工牌")
        with pytest.raises(Refusal, match="discount_own_check"), session.begin_nested():
            buy(session, now, programme, by=manager)
        assert session.scalars(select(Deal)).all() == []
        assert buy(session, now, programme).price_fen == PRICE

    def test_he_records_deals_that_take_none(self, session: Session, now: datetime) -> None:
        programme = make.company(session)
        lead = come(session, now, programme, checked=False)
        manager = Actor.of(make.person(session, Role.CHANNEL_MANAGER))
        employee_checks.confirm_by_hand(session, manager, now, lead, reason="看过工牌")
        buy(session, now, programme)
        assert buy(session, now, programme, by=manager, unit="3-1203").price_fen == LIST

    def test_a_file_says_so_too(self, session: Session, now: datetime) -> None:
        programme = make.company(session)
        lead = come(session, now - timedelta(days=1), programme, checked=False)
        manager = Actor.of(make.person(session, Role.CHANNEL_MANAGER))
        employee_checks.confirm_by_hand(session, manager, now, lead, reason="看过工牌")
        cells = {**TestByFile.CELLS, "development": programme.referrer.development.name}
        assert imports_rows.try_row(session, manager, now, cells).facts["code"] == "discount_own_check"

    def test_who_set_the_terms_does_not_confirm(self, session: Session, now: datetime) -> None:
        manager = make.person(session, Role.CHANNEL_MANAGER)
        programme = make.company(session, by=manager)
        lead = come(session, now, programme, checked=False)
        with pytest.raises(Refusal, match="check_own_terms"):
            employee_checks.confirm_by_hand(session, Actor.of(manager), now, lead, reason="看过工牌")

    def test_nor_does_he_confirm_first_and_set_the_terms_then(self, session: Session, now: datetime) -> None:
        programme = make.company(session)
        lead = come(session, now, programme, checked=False)
        manager = Actor.of(make.person(session, Role.CHANNEL_MANAGER))
        check = employee_checks.confirm_by_hand(session, manager, now, lead, reason="看过工牌")
        TestTheTermsOfTheSubscriptionCount().change(
            session, now + DAY, programme, Company(300), Term(date(2025, 1, 1)), by=manager
        )
        for days, why in ((0, None), (2, NoDiscount.SAME_HAND)):
            facts = {"development_id": lead.development_id, "phone": WANG, "list_price_fen": LIST}
            told = discounts.preview(session, at=now + days * DAY, **facts)
            assert told is not None
            assert told.answer == (why or Discount(LIST, 100, OFF))
        reception = Actor.of(make.person(session, Role.RECEPTION))
        employee_checks.revoke(session, reception, now + DAY, check, reason="由他人重新核实")
        employee_checks.confirm_by_hand(session, reception, now + 2 * DAY, lead, reason="看过工牌")
        assert buy(session, now + 2 * DAY, programme).price_fen == LIST - 3 * OFF


def test_a_corrected_price_is_the_final_one(session: Session, now: datetime) -> None:
    programme = make.company(session)
    come(session, now, programme)
    deal = buy(session, now, programme)
    finance = Actor.of(make.person(session, Role.FINANCE))
    corrections.correct_deal(session, finance, now, deal, price_fen=1_970_000_00, reason="合同价")
    row = discounts.of_deal(session, deal)
    assert row is not None
    assert (deal.price_fen, row.list_price_fen, row.amount_fen) == (1_970_000_00, LIST, OFF)


class TestByFile:
    CELLS = {"unit": "3-1202", "phone": WANG, "name": "王小明", "price": "2000000.00", "subscribed": "2026-03-10"}  # noqa: RUF012

    def test_the_files_price_is_before_the_discount(self, session: Session, now: datetime) -> None:
        programme = make.company(session)
        come(session, now - timedelta(days=1), programme)
        manager = Actor.of(make.person(session, Role.CHANNEL_MANAGER))
        cells = {**self.CELLS, "development": programme.referrer.development.name}
        done = imports_rows.try_row(session, manager, now, cells)
        assert session.get_one(Deal, done.deal_id).price_fen == PRICE
        assert done.facts["discount"] == {"programme_id": programme.person_id, "price_fen": PRICE, "rate_bps": 100}
        for price in ("2000000.00", "1980000"):  # as the file has it, or as our own list has it
            assert imports_rows.try_row(session, manager, now, {**cells, "price": price}).outcome == "nothing"
        other = imports_rows.try_row(session, manager, now, {**cells, "price": "1990000"})
        assert other.facts["code"] == "import_other_price"

    def test_a_row_without_a_discount_says_so(self, session: Session, now: datetime) -> None:
        development = make.development(session)
        manager = Actor.of(make.person(session, Role.CHANNEL_MANAGER))
        done = imports_rows.try_row(session, manager, now, {**self.CELLS, "development": development.name})
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
            buy(session, now + timedelta(seconds=1), session.get_one(Programme, programme.person_id))

    def takes_back() -> None:
        ready.wait(10)
        with database.transaction() as session:
            check = employee_checks.standing_check(session, programme.person_id, lead.client_id)
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
    phone = contacts.open_phone(session, lead.client.phone_sealed).e164
    reckoned = discounts.preview(session, phone=phone, **facts)
    assert reckoned is not None
    assert reckoned.answer == Discount(LIST, 100, OFF)
    assert buy(session, now, programme).price_fen == reckoned.price_fen
