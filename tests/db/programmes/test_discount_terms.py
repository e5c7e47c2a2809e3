"""Which terms and which check a discount rests on, how often, and by how many people (rules 7.3)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from commissions.refusal import Refusal
from portal.access.actor import Actor
from portal.db import Database
from portal.models import Deal, MilestoneKind, Programme, Role
from portal.services.deals import deals
from portal.services.imports import rows as import_rows
from portal.services.programmes import discounts, employee_checks, programmes
from portal.services.programmes import terms as programme_terms
from portal.services.programmes.programmes import ProgrammeFacts
from referral.employee import Discount, NoDiscount
from referral.programme import Company, Term
from tests import factories as make
from tests.db.discounted import CELLS, LIST, OFF, PRICE, WANG, buy, come

DAY = timedelta(days=1)


class TestTheTermsOfTheSubscriptionCount:
    """A deal is recorded days after it was agreed; what was promised then holds."""

    def later(self, session: Session, at: datetime, recorded: datetime, programme: Programme) -> Deal:
        manager = Actor.of(make.person(session, Role.CHANNEL_MANAGER))
        facts = {"development_id": programme.referrer.development_id, "phone": WANG, "name": "王小明", "unit": "3-1202"}
        return deals.open_deal(session, manager, recorded, deals.Subscription(price_fen=LIST, at=at, **facts))

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
        programmes.change_programme(session, manager, at, programme, ProgrammeFacts("", "", term, company=company))
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
        check = employee_checks.standing_check(session, programme.referrer_id, lead.client_id)
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
                buy(session, now, session.get_one(Programme, programme.referrer_id), unit=unit)

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
        cells = {**CELLS, "development": programme.referrer.development.name}
        assert import_rows.try_row(session, manager, now, cells).facts["code"] == "discount_own_check"

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
