"""The ticket behind WeChat's cards, on both databases: sealed, fetched by one at a time before it ends, and good until
then whatever WeChat does."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Barrier, Lock

import pytest
from sqlalchemy import select, text

from portal.adapters.wechat.account import Grant, WeChatFailed
from portal.db import Database
from portal.models import ShareTicket
from portal.services.referral import share_tickets
from portal.services.referral import worker as ticket_worker
from tests.clock import MovableClock


@dataclass
class Account:
    """An account whose answers the test gives. A ticket says with which token it was fetched."""

    app_id: str = "wx01"
    sdk: str = ""
    fails: WeChatFailed | None = None
    tokens: int = 0
    tickets: int = 0
    ticket_fails: WeChatFailed | None = None
    meanwhile: Callable[[], object] = lambda: None
    _lock: Lock = field(default_factory=Lock)

    def token(self) -> Grant:
        self.meanwhile()
        if self.fails:
            raise self.fails
        with self._lock:
            self.tokens += 1
        return Grant(f"token-{self.tokens}", timedelta(hours=2))

    def ticket(self, token: str) -> Grant:
        failure = self.fails or self.ticket_fails
        if failure:
            raise failure
        with self._lock:
            self.tickets += 1
        return Grant(f"ticket-{self.tickets} by {token}", timedelta(hours=2))


@pytest.fixture
def account() -> Account:
    return Account()


def ticket(database: Database, clock: MovableClock, app_id: str = "wx01") -> str | None:
    with database.reading() as session:
        return share_tickets.ticket(session, clock(), app_id)


def test_it_is_fetched_once_and_again_before_its_end(database: Database, clock: MovableClock, account: Account) -> None:
    assert ticket(database, clock) is None
    assert ticket_worker.run_due(database, account, clock)
    assert ticket(database, clock) == "ticket-1 by token-1"
    assert ticket(database, clock, "wx02") is None
    clock.move(minutes=99)
    assert not ticket_worker.run_due(database, account, clock)
    clock.move(minutes=1)
    assert ticket_worker.run_due(database, account, clock)
    assert ticket(database, clock) == "ticket-2 by token-1", "the token is good for 20 minutes more"
    clock.move(minutes=15)
    assert ticket_worker.run_due(database, account, clock), "the token ends in five minutes"
    assert ticket(database, clock) == "ticket-3 by token-2"


def test_neither_lies_readable_in_the_database(database: Database, clock: MovableClock, account: Account) -> None:
    ticket_worker.run_due(database, account, clock)
    with database.reading() as session:
        row = session.execute(text("SELECT token_sealed, ticket_sealed FROM share_tickets")).one()
    assert not any(b"token-1" in bytes(value) or b"ticket-1" in bytes(value) for value in row)


def test_while_wechat_is_away_the_old_one_serves_until_its_end(
    database: Database, clock: MovableClock, account: Account
) -> None:
    ticket_worker.run_due(database, account, clock)
    account.fails = WeChatFailed("unreachable")
    for _minute in range(119):
        clock.move(minutes=1)
        ticket_worker.run_due(database, account, clock)
        assert ticket(database, clock) == "ticket-1 by token-1"
    with database.reading() as session:
        row = session.scalars(select(ShareTicket)).one()
        assert (row.failure, row.failed_at is not None) == ("unreachable", True)
        assert 3 <= row.attempts <= 6, "paused between"
    clock.move(minutes=1)
    assert ticket(database, clock) is None
    account.fails = None
    clock.move(minutes=15)
    assert ticket_worker.run_due(database, account, clock)
    assert ticket(database, clock) == "ticket-2 by token-2"
    with database.reading() as session:
        row = session.scalars(select(ShareTicket)).one()
        assert (row.attempts, row.failure, row.failed_at) == (0, None, None)


def test_a_token_that_came_is_kept_where_the_ticket_did_not(
    database: Database, clock: MovableClock, account: Account
) -> None:
    account.ticket_fails = WeChatFailed("45009")
    assert not ticket_worker.run_due(database, account, clock)
    account.ticket_fails = None
    clock.move(minutes=1)
    assert ticket_worker.run_due(database, account, clock)
    assert account.tokens == 1


def test_a_token_that_wechat_does_not_know_is_asked_for_anew(
    database: Database, clock: MovableClock, account: Account
) -> None:
    ticket_worker.run_due(database, account, clock)
    clock.move(minutes=100)
    account.ticket_fails = WeChatFailed("42001", token_is_over=True)
    assert not ticket_worker.run_due(database, account, clock)
    account.ticket_fails = None
    clock.move(minutes=1)
    assert ticket_worker.run_due(database, account, clock)
    assert ticket(database, clock) == "ticket-2 by token-2"


def test_several_workers_fetch_once(database: Database, clock: MovableClock, account: Account) -> None:
    together = Barrier(4, timeout=20)

    def work() -> bool:
        together.wait()
        return ticket_worker.run_due(database, account, clock)

    with ThreadPoolExecutor(4) as pool:
        came = [one.result() for one in [pool.submit(work) for _worker in range(4)]]
    assert sorted(came) == [False, False, False, True]
    assert (account.tokens, account.tickets) == (1, 1)


def test_who_dies_on_the_way_loses_it_and_who_is_too_slow_changes_nothing(
    database: Database, clock: MovableClock, account: Account
) -> None:
    def overtaken() -> None:
        """While the first one waits for WeChat, its time runs out and another one fetches."""
        account.meanwhile = lambda: None
        assert not ticket_worker.run_due(database, account, clock), "the first has it"
        clock.move(minutes=2)
        assert ticket_worker.run_due(database, account, clock)

    account.meanwhile = overtaken
    ticket_worker.run_due(database, account, clock)
    assert ticket(database, clock) == "ticket-1 by token-1"
    with database.reading() as session:
        assert session.scalars(select(ShareTicket)).one().attempts == 0
