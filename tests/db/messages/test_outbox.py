"""Sending under faults, on both databases: nothing goes out twice, whatever the carrier does and however many take
part; and nobody waits for a carrier that does not serve (ADR 20)."""

from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Event, Thread
from time import monotonic, sleep

import pytest
from sqlalchemy import select

from portal import clock as portal_clock
from portal.adapters.delivery import NO_ANSWER, UNREACHABLE, DeliveryFailed
from portal.db import Database
from portal.models import Role, TextKind, TextMessage
from portal.services import timekeeping
from portal.services.messages import background_sender, texts
from portal.services.messages import worker as message_worker
from portal.services.messages.background_sender import BackgroundSender
from portal.services.messages.outbox import LEASE, Round
from portal.services.messages.texts import Texts
from tests import factories as make
from tests.clock import MovableClock
from tests.nightly import examples
from tests.outboxes import Phones, send_texts

MANY = examples(25, 500)
"""Texts that wait when the carrier comes back."""


class Killed(BaseException):
    """The process is gone: nothing of what it had in mind is written down."""


@dataclass
class World:
    """Several processes that send, a clock that goes on only while a carrier lets wait, and that carrier.

    While one process waits for the carrier another one looks for what is due and sends one, as the worker and every
    request may.
    """

    database: Database
    clock: MovableClock
    mood: str
    seconds: float = 4.2
    depth: int = 3
    got: list[str] = field(default_factory=list)
    asked: int = 0
    tried: int = 0
    _inside: int = 0

    def send(self, phone: str, template: str, params: Mapping[str, str], *, key: str) -> str:
        self.tried += 1
        third = self.tried % 3 == 0
        self._wait(10 if self.mood == "hangs" and third else self.seconds)
        if self.mood == "fails" and third:
            raise DeliveryFailed("isp.SYSTEM_ERROR", carrier=True)
        if self.mood == "cannot be reached" and third:
            raise DeliveryFailed(UNREACHABLE, carrier=True)
        self.got.append(key)
        if self.mood == "hangs" and third:
            raise DeliveryFailed(NO_ANSWER, carrier=True)
        if self.mood == "sees them killed" and third:
            raise Killed
        if self.mood == "says what breaks" and third:
            raise ValueError(phone)
        return "number"

    def has(self, phone: str, *, key: str, since: datetime) -> bool:
        self.asked += 1
        self._wait(self.seconds)
        return key in self.got

    def round(self, most: int = 10_000) -> None:
        """What one process does once."""
        left = iter(range(most))
        try:
            message_worker.run_due(self.database, Texts(self), self.clock, lambda: next(left, None) is not None)
        except Killed:
            assert self.mood == "sees them killed"

    def _wait(self, seconds: float) -> None:
        self.clock.move(seconds=seconds)
        if self._inside < self.depth:
            self._inside += 1
            self.round(most=1)
            self._inside -= 1


def wait_for(database: Database, now: datetime, count: int, lives: timedelta = timedelta(days=7)) -> None:
    """Texts that wait, committed."""
    with database.transaction() as session:
        owner, until = make.person(session, Role.BROKER), now + lives
        for number in range(count):
            texts.enqueue_to_owner(session, now, owner, TextKind.BANK_CHANGE, {}, key=f"k{number}", expires_at=until)


def rest(database: Database) -> list[TextMessage]:
    with database.reading() as session:
        return list(session.scalars(select(TextMessage).order_by(TextMessage.id)))


MOODS = ("is slow", "fails", "cannot be reached", "hangs", "sees them killed", "says what breaks")


@pytest.mark.parametrize("mood", MOODS)
def test_nothing_goes_out_twice(database: Database, now: datetime, mood: str) -> None:
    """F2: of 85 texts in a backlog 21 went out twice, since what was taken late in a round was free at once."""
    wait_for(database, now, MANY)
    clock = MovableClock(now)
    world = World(database, clock, mood)
    for _minute in range(40 + MANY):
        world.round()
        clock.move(minutes=1)
        if not any(row.next_try_at for row in rest(database)):
            break
    assert sorted(world.got) == sorted(f"k{number}" for number in range(MANY)), "each exactly once"
    assert all(row.sent_at and row.params_sealed is None for row in rest(database))
    sure = mood in {"is slow", "fails", "cannot be reached"}
    assert (world.asked == 0) == sure, "only what may have gone is asked for"


def test_what_may_have_gone_waits_for_the_carriers_word(database: Database, now: datetime) -> None:
    """A carrier that does not say whether it has a text gets it no second time."""
    wait_for(database, now, 1, lives=timedelta(minutes=10))

    class Mute(Phones):
        def send(self, *given: object, **named: str) -> str:
            super().send(*given, **named)  # type: ignore[arg-type]
            raise DeliveryFailed(NO_ANSWER, carrier=True)

        def has(self, *_given: object, **_named: object) -> bool:
            raise DeliveryFailed("Forbidden.RAM", for_good=True)

    carrier = Mute()
    for minute in range(12):
        send_texts(database, carrier, now + timedelta(minutes=minute))
    (row,) = rest(database)
    assert len(carrier.texts) == 1
    assert (row.sent_at, row.failure) == (None, "not_asked_Forbidden.RAM")
    assert row.given_up_at is not None


@pytest.mark.parametrize(
    ("failure", "tried"), [(DeliveryFailed(UNREACHABLE, carrier=True), 1), (DeliveryFailed("isv.LIMIT"), 3)]
)
def test_a_carrier_that_does_not_serve_ends_the_round(
    database: Database, now: datetime, failure: DeliveryFailed, tried: int
) -> None:
    wait_for(database, now, 3)
    assert message_worker.run_due(database, Texts(Phones(failure)), lambda: now) == Round(0, away=tried == 1)
    assert sum(row.attempts for row in rest(database)) == tried


def test_what_nobody_tried_goes_first(database: Database, now: datetime) -> None:
    """So that a code that is asked for now does not wait behind a backlog."""
    wait_for(database, now, 3)
    phones = Phones(DeliveryFailed("isv.LIMIT"))
    send_texts(database, phones, now)
    with database.transaction() as session:
        person = make.person(session, Role.FINANCE)
        until = now + timedelta(minutes=10)
        texts.enqueue_to_owner(session, now, person, TextKind.ACCOUNT_LINK, {}, key="code", expires_at=until)
    phones.failure = None
    assert send_texts(database, phones, now + timedelta(minutes=1)) == 4
    assert phones.texts[0][3] == "code"


def test_a_lease_lasts_as_long_as_the_carrier_lets_wait(
    database: Database, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long that is: whoever has the text renews it."""
    monkeypatch.setattr(message_worker, "RENEWED_EVERY", 0.001)
    wait_for(database, now, 1)
    clock, phones = MovableClock(now), Phones()

    class Slow(Phones):
        def send(self, *given: object, **named: str) -> str:
            for _time in range(3):
                until = clock.move(seconds=110) + LEASE
                while rest(database)[0].next_try_at != until:
                    sleep(0.001)
                assert send_texts(database, phones, clock) == 0
            return "number"

    assert send_texts(database, Slow(), clock) == 1
    assert phones.texts == []


LEAPS = (timedelta(days=8), timedelta(hours=-72))


@pytest.fixture
def machine(database: Database, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has been running for a while, and its clock was believed until now."""
    monkeypatch.setattr(portal_clock, "running", lambda: ("here", 10_000.0))
    with database.transaction() as session:
        timekeeping.look(session, now, None)


@pytest.mark.usefixtures("machine")
class TestAClockThatLeaps:
    @pytest.mark.parametrize("leap", LEAPS)
    def test_gives_up_no_text(self, database: Database, now: datetime, leap: timedelta) -> None:
        wait_for(database, now, 2)
        phones = Phones()
        assert send_texts(database, phones, now + leap) == 2
        assert [row.given_up_at for row in rest(database)] == [None, None]

    @pytest.mark.parametrize("leap", LEAPS)
    def test_holds_up_none_that_was_asked_for_meanwhile(
        self, database: Database, now: datetime, leap: timedelta
    ) -> None:
        wait_for(database, now + leap, 2, lives=timedelta(minutes=10))
        phones = Phones()
        left = iter([True])
        message_worker.run_due(database, Texts(phones), lambda: now + leap, lambda: next(left, False))
        assert len(phones.texts) == 1, "while it is wrong"
        assert send_texts(database, phones, now) == (leap > timedelta()), "and when it is right again"

    @pytest.mark.parametrize(("before", "meanwhile"), [(timedelta(), LEAPS[0]), (LEAPS[1], timedelta())])
    def test_lets_nobody_else_send_what_is_on_its_way(
        self, database: Database, now: datetime, before: timedelta, meanwhile: timedelta
    ) -> None:
        wait_for(database, now, 1)
        phones = Phones()

        class Slow(Phones):
            def send(self, *given: object, **named: str) -> str:
                assert send_texts(database, phones, now + meanwhile) == 0
                return "number"

        assert send_texts(database, Slow(), now + before) == 1
        assert phones.texts == []


def test_many_hands_send_each_text_once(database: Database, now: datetime) -> None:
    wait_for(database, now, 12)
    phones = Phones()
    with ThreadPoolExecutor(4) as hands:
        sent = list(hands.map(lambda _hand: send_texts(database, phones, now), range(4)))
    assert sum(sent) == 12
    assert set(Counter(key for *_text, key in phones.texts).values()) == {1}


class TestInTheBackground:
    def test_who_wakes_it_does_not_wait(self) -> None:
        """F3: while a carrier hangs, whoever enqueues goes on; woken meanwhile, it looks once more."""
        answers, rounds = Event(), []

        def deliver(_going: object) -> Round:
            rounds.append(answers.wait(10))
            return Round(1)

        sender = BackgroundSender("texts", deliver)
        sender.wake()
        sender.wake()
        assert not sender.settle(0), "it is under way"
        answers.set()
        assert sender.settle(10)
        sender.wake()
        assert sender.settle(10)
        assert 2 <= len(rounds) <= 3
        sender.close()

    def test_a_carrier_that_is_away_is_left_alone_and_then_tried_again(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(background_sender, "REST_SECONDS", 0.02)
        answers = iter([Round(0, away=True), OSError("the database is away"), Round(3)])

        def deliver(_going: object) -> Round:
            answer = next(answers)
            if isinstance(answer, OSError):
                raise answer
            return answer

        sender, began = BackgroundSender("texts", deliver), monotonic()
        sender.wake()
        assert sender.settle(10)
        assert monotonic() - began > 0.03
        assert next(answers, None) is None
        sender.close()

    def test_a_process_that_ends_begins_with_no_further_message(self) -> None:
        began, goes_on = Event(), []

        def deliver(going: object) -> Round:
            began.set()
            while going():  # type: ignore[operator]
                sleep(0.001)
            goes_on.append(False)
            return Round(0)

        sender = BackgroundSender("texts", deliver)
        sender.wake()
        assert began.wait(10)
        sender.close()
        assert goes_on == [False]
        ended = Thread(target=sender.wake)
        ended.start()
        ended.join(10)
        assert len(goes_on) == 1
