"""Programmes on both databases: how one runs and ends, what a stand gives at the scan, and what a lead came to."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from commissions.refusal import Refusal
from portal.access.actor import SYSTEM, Actor
from portal.access.scope import visible
from portal.clock import day_start
from portal.db import Database
from portal.models import (
    AuditEntry,
    Lead,
    Person,
    Programme,
    ProgrammeCost,
    ProgrammeKind,
    Reward,
    Role,
    Touch,
    Voucher,
)
from portal.services import contacts
from portal.services.accounts import people, sign_in
from portal.services.accounts.sign_in import Proof, SignInTerms
from portal.services.accounts.sign_in_tries import Place
from portal.services.leads import leads
from portal.services.leads import visits as friend_visits
from portal.services.programmes import costs as programme_costs
from portal.services.programmes import gifts, programmes
from portal.services.programmes.programmes import ProgrammeFacts
from portal.services.referral import scans
from portal.services.rewards import rewards
from portal.services.vouchers import redeeming, stocks, vouchers
from referral.programme import Company, ProgrammeState, Term
from referral.rewards.reward_plan import PROGRAMME, Audience, Event, Gift, RewardPlan
from tests import factories as make

TODAY = date(2026, 3, 10)
"""The Shanghai day of `now`."""

STAND_GIFT = PROGRAMME.gifts[0].items[0]


def refused(action: Callable[[], object]) -> str:
    with pytest.raises(Refusal) as refusal:
        action()
    return refusal.value.code


def leave(session: Session, now: datetime, programme: Programme, phone: str | None = None) -> Lead:
    given = {"name": "王小明", "consent_version": "2", "locale": "zh_Hans_CN", "address": None}
    return leads.leave_lead(
        session, now, leads.LeftLead(code=programme.referrer.code, phone=phone or make.new_phone(), **given)
    )


@pytest.fixture
def manager(session: Session) -> Actor:
    return Actor.of(make.person(session, Role.CHANNEL_MANAGER))


@pytest.fixture
def stand(session: Session) -> Programme:
    rewards.publish_given_plans(session, make.BEFORE, effective_from=make.BEFORE)
    return make.programme(session)


def plan_with(session: Session, now: datetime, most: int | None, valid_days: int = 1) -> None:
    """Another plan of programmes: a gift at the scan, so many a day."""
    plan = RewardPlan("stand", Audience.PROGRAMME, (), gifts=(Gift(Event.SCAN, (STAND_GIFT,), valid_days, most),))
    rewards.publish_reward_plan(session, SYSTEM, now, plan=plan, effective_from=now)


class TestAProgramme:
    def test_is_a_referrer_that_nobody_signs_in_to(self, session: Session, now: datetime, manager: Actor) -> None:
        """The contact may be staff, and stand behind several programmes."""
        staff = make.person(session, Role.RECEPTION, phone="13912345678")
        first, second = (make.programme(session, phone="13912345678", company=Company(150)) for _ in range(2))
        assert first.kind is ProgrammeKind.CORPORATE
        assert first.referrer.code != second.referrer.code
        assert session.scalars(select(Person.id).where(Person.phone_index == staff.phone_index)).all() == [staff.id]
        assert contacts.open_phone(session, first.referrer.person).e164 == "+8613912345678"
        person = first.referrer.person
        assert refused(lambda: people.issue_link(session, manager, now, person)) == "programme_no_account"
        assert person.password_sealed is None

    def test_counts_changes_from_now_on(self, session: Session, now: datetime, manager: Actor) -> None:
        row = make.programme(session, company=Company(100, ("acme.cn", "acme.com")))
        before = contacts.open_phone(session, row.referrer.person)
        term = Term(date(2026, 1, 1), date(2026, 5, 1))
        change = {"place": "科技园 3 号", "contact": "", "term": term}
        company = Company(200, ("acme.com", "acme.hk"))
        programmes.change_programme(session, manager, now, row, ProgrammeFacts(company=company, **change))
        session.expire_all()
        assert [one.domain for one in row.domains] == ["acme.com", "acme.hk"]
        assert (row.discount_bps, row.place, row.contact_sealed) == (200, "科技园 3 号", None)
        assert contacts.open_phone(session, row.referrer.person) == before
        facts = session.scalars(select(AuditEntry.facts).where(AuditEntry.action == "programme_changed")).one()
        assert (facts["discount_bps"], facts["domains"]) == (200, ["acme.com", "acme.hk"])

    def test_takes_no_more_off_than_the_development_allows(
        self, session: Session, now: datetime, manager: Actor
    ) -> None:
        """A discount that was agreed before the setting was lowered may stay as it is."""
        with pytest.raises(Refusal, match="discount_above") as caught:
            make.programme(session, company=Company(301))
        assert (caught.value.facts["most_bps"], caught.value.facts["field"]) == (300, "discount")
        place = make.development(session, policy={"employee_discount_bps": 500})
        row = make.programme(session, company=Company(500), development=place)
        place.policy = {}
        for bps, place_name, code in ((500, "南门", None), (499, "西门", "discount_above"), (300, "北门", None)):
            facts = ProgrammeFacts(place_name, "", Term(TODAY), company=Company(bps))
            if code is None:
                programmes.change_programme(session, manager, now, row, facts)
                assert (row.discount_bps, row.place) == (bps, place_name)
            else:
                with pytest.raises(Refusal, match=code):
                    programmes.change_programme(session, manager, now, row, facts)

    @pytest.mark.parametrize(
        ("starts", "ends", "state", "code"),
        [
            (TODAY, None, ProgrammeState.OPEN, None),
            (TODAY, TODAY + timedelta(days=1), ProgrammeState.OPEN, None),
            (TODAY - timedelta(days=9), TODAY, ProgrammeState.OVER, "offer_over"),
            (TODAY + timedelta(days=1), None, ProgrammeState.PLANNED, "code_too_early"),
        ],
    )
    def test_runs_from_its_first_day_to_before_its_end(
        self,
        session: Session,
        now: datetime,
        manager: Actor,
        starts: date,
        ends: date | None,
        state: ProgrammeState,
        code: Any,
    ) -> None:
        row = make.programme(session, term=Term(starts, ends))
        assert programmes.state_of(row, TODAY) is state
        seen = visible(manager, Programme)
        found = {one: session.scalars(programmes.filtered(seen, TODAY, state=one)).all() for one in ProgrammeState}
        assert found == {one: [row] if one is state else [] for one in ProgrammeState}
        said = None if code is None else refused(lambda: leads.land(session, now, row.referrer.code))
        assert said == code
        if code is None:
            assert leads.land(session, now, row.referrer.code) is row.referrer

    def test_ends_for_good(self, session: Session, now: datetime, manager: Actor, stand: Programme) -> None:
        for _ in range(2):
            programmes.end_programme(session, manager, now, stand)
        session.refresh(stand.referrer)
        assert programmes.state_of(stand, TODAY) is ProgrammeState.OVER
        assert session.scalars(programmes.filtered(visible(manager, Programme), TODAY, state=ProgrammeState.OVER)).all()
        assert leave(session, now, stand).code == "invitation_ended"
        facts = ProgrammeFacts("", "", Term(TODAY))
        again = refused(lambda: programmes.change_programme(session, manager, now, stand, facts))
        assert again == "programme_over"

    def test_is_found_by_name_place_and_code(self, session: Session, manager: Actor) -> None:
        rows = [make.programme(session, name=name, place=place) for name, place in (("大江", "东门"), ("海风", "西门"))]
        for typed in ("大江", "东", rows[0].referrer.code.lower()):
            assert session.scalars(programmes.filtered(visible(manager, Programme), TODAY, q=typed)).all() == rows[:1]
        nobody = Actor.of(make.person(session, Role.BROKER))
        assert session.scalars(visible(nobody, Programme)).all() == []


class TestAScan:
    def test_brings_a_voucher_that_is_good_today(self, session: Session, now: datetime, stand: Programme) -> None:
        given = gifts.give_scan_gifts(session, SYSTEM, now, stand, key="tap")
        assert gifts.give_scan_gifts(session, SYSTEM, now, stand, key="tap") == given
        assert [row.title for row in given] == ["stand_gift"]
        assert (given[0].referrer_id, given[0].holder_id) == (stand.referrer_id, None)
        assert given[0].expires_at == day_start(TODAY + timedelta(days=1))

    def test_brings_nothing_where_nothing_is_promised(self, session: Session, now: datetime, stand: Programme) -> None:
        company = make.programme(session, company=Company())
        over = make.programme(session, term=Term(date(2026, 1, 1), TODAY))
        for row in (company, over):
            assert gifts.scan_gift(session, now, row) is None
            tap = refused(lambda row=row: gifts.give_scan_gifts(session, SYSTEM, now, row, key="tap"))
            assert tap == "no_gift_here"

    def test_is_refused_kindly_when_the_days_gifts_are_given(
        self, session: Session, now: datetime, stand: Programme
    ) -> None:
        """Tomorrow there are new ones; a tap that brought one brings it again."""
        plan_with(session, now, most=2)
        other = make.programme(session, development=stand.referrer.development)
        first, _second = (gifts.give_scan_gifts(session, SYSTEM, now, stand, key=key) for key in ("a", "b"))
        assert refused(lambda: gifts.give_scan_gifts(session, SYSTEM, now, stand, key="c")) == "gifts_used_up"
        assert gifts.give_scan_gifts(session, SYSTEM, now, stand, key="a") == first
        assert gifts.give_scan_gifts(session, SYSTEM, now, other, key="c"), "every stand has its own number"
        assert gifts.give_scan_gifts(session, SYSTEM, now + timedelta(days=1), stand, key="c")

    def test_promises_no_more_pieces_than_there_are(
        self, session: Session, now: datetime, manager: Actor, stand: Programme
    ) -> None:
        """An open voucher is a piece that is promised; one that ended is free again, one that was fetched is gone."""
        place = stand.referrer.development_id
        stocks.count_stock(session, manager, now, development_id=place, title=STAND_GIFT.title, left=2)
        fetched, _kept = (gifts.give_scan_gifts(session, SYSTEM, now, stand, key=key)[0] for key in ("a", "b"))
        redeeming.redeem_voucher(session, manager, now, text=fetched.code, development_id=place, key="desk")
        gift = gifts.scan_gift(session, now, stand)
        assert gift is not None
        assert not gifts.gifts_left(session, now, stand, gift)
        tomorrow = now + timedelta(days=1)
        assert gifts.give_scan_gifts(session, SYSTEM, tomorrow, stand, key="c")
        assert refused(lambda: gifts.give_scan_gifts(session, SYSTEM, tomorrow, stand, key="d")) == "gifts_used_up"


class TestAFriend:
    def test_of_a_programme_gets_the_visit_gift_in_force(
        self, session: Session, now: datetime, stand: Programme
    ) -> None:
        desk = Actor.of(make.person(session, Role.RECEPTION))
        touch = session.get_one(Touch, leave(session, now, stand).touch_id)
        friend_visits.record_visit(session, desk, now, touch)
        (voucher,) = session.scalars(select(Voucher))
        assert (voucher.title, voucher.referrer_id) == ("coffee_coupon", stand.referrer_id)
        plan_with(session, now, most=None)
        touch = session.get_one(Touch, leave(session, now, stand).touch_id)
        friend_visits.record_visit(session, desk, now, touch)
        assert session.scalar(select(func.count()).select_from(Voucher)) == 1, "the plan in force has no such gift"

    def test_earns_nobody_anything(self, session: Session, now: datetime, stand: Programme) -> None:
        deal = make.deal(session, touch=session.get_one(Touch, leave(session, now, stand).touch_id), signed_at=now)
        rewards.settle_rewards(session, SYSTEM, now, deal)
        assert session.scalars(select(Reward)).all() == []

    def test_may_be_the_programmes_contact(self, session: Session, now: datetime) -> None:
        """Nobody earns by it, so nobody refers himself."""
        row = make.programme(session, phone="13912345678")
        assert leave(session, now, row, "13912345678").touch_id is not None


class TestCosts:
    def record(self, session: Session, manager: Actor, now: datetime, row: Programme, key: str, fen: int) -> bool:
        facts = {"spent_on": TODAY, "amount_fen": fen, "note": "场地费"}
        return programme_costs.record_cost(session, manager, now, row, programme_costs.Cost(key=key, **facts))

    def test_are_written_once_and_corrected_by_adding(
        self, session: Session, now: datetime, manager: Actor, stand: Programme
    ) -> None:
        assert [self.record(session, manager, now, stand, "a", 80_000) for _ in range(2)] == [True, False]
        assert self.record(session, manager, now, stand, "b", -30_000)
        assert sorted(row.amount_fen for row in session.scalars(programme_costs.costs_of(stand))) == [-30_000, 80_000]
        assert refused(lambda: self.record(session, manager, now, stand, "c", 0)) == "cost_nothing"
        with session.begin_nested() as attempt:
            assert refused(lambda: self.record(session, manager, now, stand, "d", -50_001)) == "cost_below_zero"
            attempt.rollback()
        assert self.record(session, manager, now, stand, "d", -50_000)

    @pytest.mark.parametrize(
        ("typed", "code"),
        [
            ({"amount_fen": 10_000_000_001}, "cost_too_large"),
            ({"amount_fen": -10_000_000_001}, "cost_too_large"),
            ({"amount_fen": 99_999_999_999_999_999}, "cost_too_large"),
            ({"spent_on": TODAY + timedelta(days=1)}, "cost_not_yet"),
            ({"spent_on": TODAY - timedelta(days=733)}, "cost_too_old"),
        ],
    )
    def test_have_bounds(
        self, session: Session, now: datetime, manager: Actor, stand: Programme, typed: dict[str, Any], code: str
    ) -> None:
        facts = {"spent_on": TODAY - timedelta(days=732), "amount_fen": 10_000_000_000, "note": "场地费"}
        assert (
            refused(
                lambda: programme_costs.record_cost(
                    session, manager, now, stand, programme_costs.Cost(key="a", **facts | typed)
                )
            )
            == code
        )
        assert programme_costs.record_cost(session, manager, now, stand, programme_costs.Cost(key="a", **facts))

    @pytest.mark.parametrize("typed", [{"amount_fen": 2}, {"note": "水"}, {"spent_on": TODAY - timedelta(days=1)}])
    def test_of_one_key_are_one_entry_and_no_other(
        self, session: Session, now: datetime, manager: Actor, stand: Programme, typed: dict[str, Any]
    ) -> None:
        """An old page that is changed and sent again would seem to be recorded, and be lost."""
        facts = {"spent_on": TODAY, "amount_fen": 1, "note": "场地费"}
        programme_costs.record_cost(session, manager, now, stand, programme_costs.Cost(key="a", **facts))
        other = programme_costs.Cost(key="a", **facts | typed)
        assert refused(lambda: programme_costs.record_cost(session, manager, now, stand, other)) == "cost_key_used"

    def test_and_fetched_gifts_are_what_a_lead_came_to(
        self, session: Session, now: datetime, manager: Actor, stand: Programme
    ) -> None:
        place = stand.referrer.development_id
        assert programmes.standings(session, manager, [stand], TODAY)[0].lead_fen is None
        self.record(session, manager, now, stand, "a", 80_000)
        codes = [gifts.give_scan_gifts(session, SYSTEM, now, stand, key=f"tap{nth}")[0].code for nth in range(4)]
        redeeming.redeem_voucher(session, manager, now, text=codes[0], development_id=place, key="desk")
        vouchers.revoke_voucher(session, manager, now, vouchers.by_text(session, codes[1])[0], reason="发错")
        for nth in range(3):
            leave(session, now, stand)
            here = {"referrer_id": stand.referrer_id, "design": "", "campaign": "", "agent": "x"}
            scans.count_scan(session, now, address=f"192.0.2.{nth}", **here)
        other = make.programme(session)
        figures, none = programmes.standings(session, manager, [stand, other], TODAY)
        assert (figures.steps.scans, figures.steps.leads, figures.given, figures.fetched) == (3, 3, 3, 1)
        assert (figures.cost_fen, figures.gifts_fen, figures.fetched_bps) == (80_000, STAND_GIFT.value_fen, 3333)
        assert figures.lead_fen == round((80_000 + STAND_GIFT.value_fen) / 3)
        assert (none.steps.leads, none.given, none.lead_fen, none.fetched_bps) == (0, 0, None, None)
        assert programmes.standings(session, manager, [stand], TODAY) == [figures]


def test_nobody_signs_in_by_the_number_of_a_contact(session: Session, now: datetime) -> None:
    make.programme(session, phone="13912345678")
    here = Place("192.0.2.1", "tests")
    account = sign_in.look_up(session, now, here, phone="13912345678")
    assert (account.hashed, account.sealed) == (None, None)
    tried = sign_in.sign_in(session, now, account, here, proof=Proof(matched=False), terms=SignInTerms(7))
    assert tried == Refusal("sign_in_failed")


def at_once(hands: int, action: Callable[[int], str]) -> list[str]:
    start = Barrier(hands)

    def one(number: int) -> str:
        start.wait()
        try:
            return action(number)
        except Refusal as refusal:
            return refusal.code

    with ThreadPoolExecutor(hands) as pool:
        return sorted(pool.map(one, range(hands)))


@pytest.mark.parametrize("limit", ["stock", "most"])
def test_the_last_gift_is_given_once(database: Database, now: datetime, limit: str) -> None:
    """Two stands of one development ask for the last counted pieces; one stand for the last of the day's number."""
    with database.transaction() as session:
        place = make.development(session)
        plan_with(session, now, most=3 if limit == "most" else None)
        stands = [make.programme(session, development=place).referrer_id for _ in range(2 if limit == "stock" else 1)]
        if limit == "stock":
            counter = Actor.of(make.person(session, Role.CHANNEL_MANAGER))
            stocks.count_stock(session, counter, now, development_id=place.id, title=STAND_GIFT.title, left=3)

    def tap(number: int) -> str:
        with database.transaction() as session:
            stand = session.get_one(Programme, stands[number % len(stands)])
            gifts.give_scan_gifts(session, SYSTEM, now, stand, key=f"tap-{number}")
            return "given"

    assert at_once(8, tap) == [*["gifts_used_up"] * 5, *["given"] * 3]


def test_two_taps_at_once_are_one_gift_and_two_sendings_one_cost(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        plan_with(session, now, most=1)
        stand_id = make.programme(session).referrer_id
        manager = Actor.of(make.person(session, Role.CHANNEL_MANAGER))

    def tap(_number: int) -> str:
        with database.transaction() as session:
            stand = session.get_one(Programme, stand_id)
            facts: dict[str, Any] = {"spent_on": TODAY, "amount_fen": 500, "note": "气球"}
            programme_costs.record_cost(session, manager, now, stand, programme_costs.Cost(key="page", **facts))
            return gifts.give_scan_gifts(session, SYSTEM, now, stand, key="tap")[0].code

    assert len(set(at_once(6, tap))) == 1
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Voucher)) == 1
        assert session.scalar(select(func.count()).select_from(ProgrammeCost)) == 1
