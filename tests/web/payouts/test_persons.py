"""Rewards in money through the pages: approved by staff, taxed, stated, read by the referrer, reported by finance."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from portal.access.actor import Actor
from portal.db import Database
from portal.models import Audience, AuditEntry, Person, Referrer, Reward, Role
from portal.services.rewards import payments as reward_payments
from portal.services.rewards import rewards
from portal.services.statements import issuing
from portal.services.taxes import tables as tax_tables
from referral.rewards.reward import RewardState
from tests import factories as make
from tests.clock import MovableClock
from tests.web.client import PageClient

SignIn = Callable[[Person], PageClient]


@pytest.fixture
def referrer(store: Database) -> Referrer:
    with store.transaction() as session:
        rewards.publish_given_plans(session, make.BEFORE, effective_from=make.BEFORE)
        tax_tables.publish_given_table(session, make.BEFORE)
        person = make.person(session, Role.REFERRER, name="陈静怡")
        return make.referrer(session, person=person, audience=Audience.CITIZEN)


@pytest.fixture
def finance(store: Database, signed_in: SignIn) -> PageClient:
    with store.transaction() as session:
        person = make.person(session, Role.FINANCE, name="钱多")
    return signed_in(person)


@pytest.fixture
def mine(referrer: Referrer, signed_in: SignIn) -> PageClient:
    return signed_in(referrer.person)


def due(store: Database, referrer: Referrer, number: int = 1) -> list[int]:
    with store.transaction() as session:
        owner = session.get_one(Referrer, referrer.id)
        return [make.cash_reward(session, owner).id for _ in range(number)]


def approved(store: Database, clock: MovableClock, referrer: Referrer, number: int = 1) -> None:
    ids = due(store, referrer, number)
    with store.transaction() as session:
        actor = Actor.of(make.person(session, Role.FINANCE))
        reward_payments.approve_rewards(session, actor, clock(), ids)


def states(store: Database) -> list[RewardState]:
    with store.reading() as session:
        return list(session.scalars(select(Reward.state).order_by(Reward.id)))


class TestTheQueue:
    def test_approves_what_is_ticked_and_shows_the_tax_before(
        self, store: Database, referrer: Referrer, finance: PageClient
    ) -> None:
        first, _second = due(store, referrer, 2)
        page = finance.get("reward_queue.index")
        assert sorted(page.texts("[data-tax-of]")) == ["¥3,200.00", "¥4,400.00"]
        assert set(page.texts("[data-tax-said]")) == {"税额 ¥7,600.00，实付 ¥32,400.00"}, "what is posted if all are"
        page = page.submit({"reward": [str(first)]}, form="form[data-ticks]")
        assert states(store) == [RewardState.APPROVED, RewardState.DUE]
        assert "¥4,400.00" in page.main, "the second one of a month is taxed as part of the whole"

    def test_says_the_tax_on_what_is_ticked_together(
        self, store: Database, referrer: Referrer, finance: PageClient, mine: PageClient
    ) -> None:
        first, second = due(store, referrer, 2)
        address = str(finance.get("reward_queue.index").one("form[data-ticks]")["data-tax"])
        one = finance.http.get(f"{address}?reward={second}").get_json()
        assert one == {"said": "税额 ¥3,200.00，实付 ¥16,800.00", "rows": {str(second): "¥3,200.00"}}
        both = finance.http.get(f"{address}?reward={first}&reward={second}&reward=x&reward={10**12}").get_json()
        assert (len(both["rows"]), both["said"]) == (2, "税额 ¥7,600.00，实付 ¥32,400.00")
        assert finance.http.get(address).get_json()["rows"] == {}
        assert mine.http.get(f"{address}?reward={first}").status_code == 403

    def test_says_that_nothing_was_ticked(self, store: Database, referrer: Referrer, finance: PageClient) -> None:
        due(store, referrer)
        finance.get("reward_queue.index").submit({"reward": []}, form="form[data-ticks]", status=409)

    def test_turns_one_down_and_the_referrer_reads_why(
        self, store: Database, referrer: Referrer, finance: PageClient, mine: PageClient
    ) -> None:
        (key,) = due(store, referrer)
        page = finance.get("reward_queue.refuse", reward_id=key)
        assert page.submit({"reason": " "}, status=422).errors
        page.submit({"reason": "请先补齐身份信息"})
        assert "请先补齐身份信息" in mine.get("rewards.index").main
        assert "陈静怡" in finance.get("reward_queue.index", state="refused").main

    @pytest.mark.parametrize("state", ["waiting", "refused", "approved", "fulfilled"])
    def test_every_list_can_be_taken_along(
        self, store: Database, referrer: Referrer, finance: PageClient, state: str
    ) -> None:
        finance.http.get("/rewards-to-approve/rewards.csv", query_string={"state": state}).get_data()
        assert finance.get("reward_queue.index", state=state).h1


class TestMyMoney:
    def test_the_account_is_entered_masked_and_audited(
        self, store: Database, referrer: Referrer, mine: PageClient
    ) -> None:
        due(store, referrer)
        page = mine.get("rewards.index").follow("填写收款账户" if mine.language == "zh" else "Enter your bank account")
        assert page.one("#holder")["value"] == "陈静怡"
        assert page.submit({"bank": "招商银行", "account": "12"}, status=422).errors
        typed = {"bank": "招商银行杭州分行", "account": "6214 8300 1234 0123", "old": make.PASSWORD}
        page = page.submit(typed)
        assert "**** 0123" in page.main
        assert "62148300" not in page.html
        with store.reading() as session:
            deed = session.scalars(select(AuditEntry).where(AuditEntry.action == "bank_details_proposed")).one()
            assert (deed.subject_kind, deed.facts) == ("people", {"last_four": "0123"})

    def test_an_account_in_another_name_is_seen_by_who_confirms(
        self, store: Database, referrer: Referrer, mine: PageClient, finance: PageClient
    ) -> None:
        typed = {"holder": "陈先生", "bank": "招商银行", "account": "6214830012340123", "old": make.PASSWORD}
        mine.get("bank_details.mine").submit(typed)
        assert "户名不一致" in finance.get("bank_details.index").follow("陈静怡").main

    def test_the_statement_explains_reward_and_tax(
        self, store: Database, referrer: Referrer, mine: PageClient, clock: MovableClock
    ) -> None:
        approved(store, clock, referrer, 2)
        with store.transaction() as session:
            actor = Actor.of(make.person(session, Role.FINANCE))
            payee = f"person:{referrer.person_id}"
            row = issuing.issue_statement(session, actor, clock(), payee=payee, month="2026-03")
        page = mine.get("statements.show", statement_id=row.id)
        assert "¥40,000.00 − 20% = ¥32,000.00" in page.main
        assert "¥32,000.00 × 30% − ¥2,000.00 = ¥7,600.00" in page.main
        assert mine.get("statements.index").main.count(row.number)
        assert mine.get("payouts.index").all("main table")

    def test_the_tax_of_a_month_is_shown_and_can_be_printed(
        self, store: Database, referrer: Referrer, mine: PageClient, clock: MovableClock
    ) -> None:
        assert mine.get("rewards.tax").h1
        approved(store, clock, referrer)
        assert "¥16,000.00 × 20% = ¥3,200.00" in mine.get("rewards.tax").main
        page = mine.get("rewards.certificate", month="2026-03")
        assert "实付 ¥0.00 待付 ¥16,800.00" in page.main
        assert "尚未全部付款" in page.main
        mine.get("rewards.certificate", month="2026-02", status=404)
        mine.get("rewards.certificate", month="x", status=404)

    def test_five_places_on_a_phone(self, referrer: Referrer, mine: PageClient) -> None:
        bar = [str(tag.get("href", "")) for tag in mine.get("rewards.index").all(".bottom-bar > a")]
        assert bar == ["/", "/poster/", "/friends/", "/rewards/"], "and what is left waits under More"


class TestTheReport:
    def test_says_what_was_earned_taxed_and_posted(
        self, store: Database, referrer: Referrer, finance: PageClient, clock: MovableClock
    ) -> None:
        assert finance.get("taxes.index").all(".empty")
        approved(store, clock, referrer, 2)
        page = finance.get("taxes.index")
        assert "¥7,600.00" in page.main
        assert "¥32,400.00" in page.follow("陈静怡").main
        text = finance.http.get("/taxes/taxes.csv", query_string={"month": "2026-03"}).get_data(as_text=True)
        assert "40000.00" in text
        assert "****" in text
        finance.get("taxes.index", month="nonsense", status=404)

    def test_the_table_is_told_in_words_with_examples(self, referrer: Referrer, finance: PageClient) -> None:
        page = finance.get("taxes.table")
        for words in ("¥4,000.00 − ¥800.00 = ¥3,200.00", "¥32,000.00 × 30% − ¥2,000.00 = ¥7,600.00", "TOML"):
            assert words in page.main
        assert b"[[brackets]]" in finance.http.get("/taxes/table/1.toml").data
        assert finance.http.get("/taxes/table/9.toml").status_code == 404

    def test_the_next_table_is_published_from_a_month_to_come(
        self, store: Database, referrer: Referrer, finance: PageClient, signed_in: SignIn
    ) -> None:
        page = finance.get("tax_table_drafts.new")
        page = page.submit(
            {"small_up_to": "5,000", "small_deduct": "1,000", "month": "2026-04", "note": "税务顾问 2026-03-09 确认"}
        )
        for words in ("税务顾问", "¥4,000.00", "−¥40.00", "这是您提交的"):
            assert words in page.main
        assert "确认并发布" not in page.main
        assert "有草案待确认" in finance.get("taxes.table").main
        with store.transaction() as session:
            other = make.person(session, Role.APPROVER)
        page = signed_in(other).get("tax_table_drafts.index", state="proposed").follow("2026年4月")
        assert "税务顾问" in page.submit({}, button="确认发布").main
        with store.reading() as session:
            newest = tax_tables.versions(session)[0]
            assert (newest.version, tax_tables.parse(newest.toml).small_deduct_fen) == (2, 1_000_00)
            assert tax_tables.in_force(session, "2026-03").version == 1

    @pytest.mark.parametrize(
        ("typed", "field"),
        [
            ({"small_up_to": "5,000"}, "small_deduct"),
            ({"brackets-1-less": "2,001"}, "brackets-1-less"),
            ({"brackets-1-up_to": "19,000"}, "brackets-1-up_to"),
            ({"brackets-1-rate": "20"}, "brackets-1-rate"),
            ({"brackets-2-up_to": "90,000"}, "brackets-2-up_to"),
            ({"brackets-1-rate": "3o"}, "brackets-1-rate"),
            ({"brackets-1-rate": "300"}, "brackets-1-rate"),
            ({"small_up_to": ""}, "small_up_to"),
        ],
    )
    def test_a_table_that_does_not_hold_is_refused_at_its_field(
        self, store: Database, referrer: Referrer, finance: PageClient, typed: dict[str, str], field: str
    ) -> None:
        page = finance.get("tax_table_drafts.new").submit({**typed, "month": "2026-04", "note": "x"}, status=422)
        assert page.all(f'[id="{field}-error"]')
        with store.reading() as session:
            assert tax_tables.newest_version(session) == 1
