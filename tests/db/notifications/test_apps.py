"""Messages in people's apps: to whom they go, once, by one token, and what becomes of them where an app says no."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.access.actor import Actor
from portal.adapters.apps import TokenIsOver
from portal.adapters.delivery import NO_ANSWER, UNREACHABLE, DeliveryFailed
from portal.adapters.tencent import Grant
from portal.db import Database
from portal.models import App, AppMessage, AppToken, Delivery, Person, Role, WeChatMessage, WeComMessage
from portal.rules.notifications.kind import Channel, Topic
from portal.rules.provider_sign_in.claims import Issuer, ProviderName
from portal.services.app_messages import outbox, reach
from portal.services.app_messages.outbox import WeChatMessages, WeComMessages
from portal.services.app_messages.tokens import FETCHED_ELSEWHERE, PAUSE, Tokens
from portal.services.notifications import addresses, worker
from portal.services.notifications.told import Reached, told_on
from portal.services.notifications.ways import AppWay
from portal.services.provider_sign_in import ties
from tests import factories as make
from tests.factories.notices import WECHAT, WECOM, event, tied
from tests.outboxes import Apps, send_in_app

OUT = worker.Out([AppWay(App.WECOM, "https://portal.example"), AppWay(App.WECHAT, "https://portal.example")], "en")
RESTED = timedelta(minutes=5)
NIGHT = timedelta(hours=12)
"""From ten in the morning on: ten in the evening."""
LOST = DeliveryFailed(NO_ANSWER, carrier=True)
AWAY = DeliveryFailed(UNREACHABLE, carrier=True)


def told(session: Session, now: datetime) -> None:
    while worker.hand_on(session, now, OUT):
        pass


def happens(session: Session, person: Person, at: datetime, kind: str = "strike_voided") -> None:
    event(session, kind, at=at, person_id=person.id, agency_id=person.agency_id, subject_id=1)


def tell(database: Database, person: Person, at: datetime, kind: str = "strike_voided") -> None:
    with database.transaction() as session:
        happens(session, session.get_one(Person, person.id), at, kind)
        told(session, at)


def rows(database: Database) -> list[AppMessage]:
    with database.reading() as session:
        return list(session.scalars(select(AppMessage).order_by(AppMessage.id)))


@pytest.fixture
def manager(database: Database) -> Person:
    """A colleague whose account in 企业微信 is tied, committed."""
    with database.transaction() as session:
        person = make.person(session, Role.CHANNEL_MANAGER)
        tied(session, person, ProviderName.WECOM)
        return person


@pytest.fixture
def broker(database: Database) -> Person:
    """A broker whose account in WeChat is tied, committed."""
    with database.transaction() as session:
        person = make.broker(session)
        tied(session, person, ProviderName.WECHAT, "o-1")
        return person


def test_it_goes_to_who_tied_his_account_and_to_nobody_else(session: Session, now: datetime) -> None:
    colleague, partner, other = make.person(session, Role.FINANCE), make.broker(session), make.broker(session)
    tied(session, colleague, ProviderName.WECOM)
    tied(session, partner, ProviderName.WECHAT, "o-1")
    for person in (colleague, partner, other):
        happens(session, person, now)
    told(session, now)
    assert [(row.app, row.person_id) for row in session.scalars(select(AppMessage).order_by(AppMessage.id))] == [
        (App.WECOM, colleague.id),
        (App.WECHAT, partner.id),
    ]
    assert {row.person_id for row in session.scalars(select(Delivery))} == {colleague.id, partner.id}


def test_it_says_what_happened_and_leads_there(database: Database, manager: Person, now: datetime) -> None:
    apps = Apps(WECOM)
    tell(database, manager, now)
    assert send_in_app(database, WeComMessages, apps, now) == 0, "it rests for what comes besides"
    assert send_in_app(database, WeComMessages, apps, now + RESTED) == 1
    ((to, note, _key),) = apps.sent
    assert (to, note.title, note.about, note.count) == ("zhangsan", "A strike of yours is voided", Topic.STANDING, 1)
    assert note.link.startswith("https://portal.example/inbox/")
    assert all(note.lines)
    (row,) = rows(database)
    assert (row.params_sealed, row.provider_id, row.failure) == (None, "number-1", None)


def test_what_comes_within_minutes_is_one_message(database: Database, manager: Person, now: datetime) -> None:
    apps = Apps(WECOM)
    for minutes in (0, 1, 2):
        tell(database, manager, now + timedelta(minutes=minutes))
    assert send_in_app(database, WeComMessages, apps, now + RESTED) == 1
    ((_to, note, _key),) = apps.sent
    assert (note.title, note.count, note.link) == ("3 new notices", 3, "https://portal.example/inbox")
    assert note.lines == ("A strike of yours is voided",) * 3


def test_at_night_only_safety_rings(database: Database, broker: Person, now: datetime) -> None:
    apps, night = Apps(WECHAT), now + NIGHT
    tell(database, broker, night)
    tell(database, broker, night, "new_device")
    assert send_in_app(database, WeChatMessages, apps, night + timedelta(hours=9)) == 1
    assert send_in_app(database, WeChatMessages, apps, night + timedelta(hours=10)) == 1
    assert "device" in apps.sent[0][1].title


def test_who_wants_none_gets_none(database: Database, broker: Person, now: datetime) -> None:
    with database.transaction() as session:
        addresses.choose(session, now, broker.id, Topic.STANDING, Channel.WECHAT, wanted=False)
    tell(database, broker, now)
    assert rows(database) == []


def test_who_parted_the_account_gets_nothing_any_more(database: Database, manager: Person, now: datetime) -> None:
    apps = Apps(WECOM)
    tell(database, manager, now)
    with database.transaction() as session:
        person = session.get_one(Person, manager.id)
        ties.part(session, Actor.of(person), now, person, ProviderName.WECOM)
    assert send_in_app(database, WeComMessages, apps, now + RESTED) == 0
    assert [(row.failure, row.params_sealed) for row in rows(database)] == [("not_tied", None)]
    tell(database, manager, now + timedelta(hours=1))
    assert len(rows(database)) == 1


def test_an_account_at_another_company_is_somebody_elses(database: Database, manager: Person, now: datetime) -> None:
    apps = Apps(Issuer.of_wecom("ww2"))
    tell(database, manager, now)
    assert (send_in_app(database, WeComMessages, apps, now + RESTED), apps.sent) == (0, [])


# Tokens


def test_a_token_is_fetched_once_for_all_and_again_when_it_ends(
    database: Database, manager: Person, now: datetime
) -> None:
    apps = Apps(WECOM)
    for minutes, tokens in ((0, 1), (60, 1), (110, 1), (121, 2)):
        at = now + timedelta(minutes=minutes)
        tell(database, manager, at)
        assert send_in_app(database, WeComMessages, apps, at + RESTED) == 1
        assert apps.tokens == tokens, minutes


def test_a_token_that_was_called_back_is_fetched_anew_in_the_same_try(
    database: Database, manager: Person, now: datetime
) -> None:
    apps = Apps(WECOM, failures=[TokenIsOver("wecom_40014")])
    tell(database, manager, now)
    assert send_in_app(database, WeComMessages, apps, now + RESTED) == 1
    assert (apps.tokens, len(apps.sent), rows(database)[0].attempts) == (2, 1, 1)


def test_a_token_that_is_never_good_makes_all_wait(database: Database, manager: Person, now: datetime) -> None:
    apps = Apps(WECOM, failures=[TokenIsOver("wecom_42001")] * 2)
    tell(database, manager, now)
    assert send_in_app(database, WeComMessages, apps, now + RESTED) == 0
    assert (rows(database)[0].failure, apps.tokens) == ("wecom_42001", 2)
    assert send_in_app(database, WeComMessages, apps, now + 2 * RESTED) == 1


def test_of_many_processes_one_fetches(database: Database, now: datetime) -> None:
    apps = Apps(WECOM)

    def fetch(_place: int) -> str:
        try:
            return Tokens(database, lambda: now, apps).current()
        except DeliveryFailed as failure:
            return failure.code

    with ThreadPoolExecutor(6) as pool:
        got = set(pool.map(fetch, range(6)))
    assert apps.tokens == 1
    assert got <= {"token-1", FETCHED_ELSEWHERE}


def test_who_forgets_an_old_token_keeps_the_new_one(database: Database, now: datetime) -> None:
    """Two processes were told that the first is over: the slower one must not throw the second away."""
    apps = Apps(WECOM)
    tokens = Tokens(database, lambda: now, apps)
    first = tokens.current()
    tokens.forget(first)
    second = tokens.current()
    tokens.forget(first)
    assert (tokens.current(), apps.tokens) == (second, 2)


def test_after_a_failure_nobody_asks_for_a_while(database: Database, now: datetime) -> None:
    class Wrong(Apps):
        def token(self) -> Grant:
            self.tokens += 1
            raise DeliveryFailed("wecom_40001", carrier=True)

    apps, at = Wrong(WECOM), [now]
    tokens = Tokens(database, lambda: at[0], apps)
    for later, asked in ((timedelta(), 1), (timedelta(), 1), (PAUSE, 2)):
        at[0] = now + later
        with pytest.raises(DeliveryFailed):
            tokens.current()
        assert apps.tokens == asked
    with database.reading() as session:
        row = session.scalars(select(AppToken)).one()
    assert (row.failure, row.token_sealed) == ("wecom_40001", None)


# What an app says


@pytest.mark.parametrize("code", sorted(reach.NOT_REACHED)[::4])
def test_whom_an_app_does_not_reach_is_left_alone_for_a_day(
    database: Database, broker: Person, now: datetime, code: str
) -> None:
    apps = Apps(WECHAT, failures=[DeliveryFailed(code, for_good=True)])
    tell(database, broker, now)
    assert send_in_app(database, WeChatMessages, apps, now + RESTED) == 0
    tell(database, broker, now + timedelta(hours=3))
    with database.reading() as session:
        latest = session.scalars(select(Delivery).order_by(Delivery.id.desc())).first()
    assert latest is not None
    assert (latest.why, len(rows(database))) == (code, 1)
    again = now + timedelta(days=1, hours=1)
    tell(database, broker, again)
    assert send_in_app(database, WeChatMessages, apps, again + RESTED) == 1
    tell(database, broker, again + timedelta(hours=1))
    assert len(rows(database)) == 3, "who was reached since is not left alone"


@pytest.mark.parametrize("code", [UNREACHABLE, "wecom_60020"])
def test_an_app_that_is_away_loses_nothing(database: Database, manager: Person, now: datetime, code: str) -> None:
    apps = Apps(WECOM, failures=[DeliveryFailed(code, carrier=True)] * 8)
    for minutes in (0, 30):
        tell(database, manager, now + timedelta(minutes=minutes))
    for minutes in range(5, 500, 15):
        send_in_app(database, WeComMessages, apps, now + timedelta(minutes=minutes))
    assert len(apps.sent) == 2
    assert all(row.sent_at is not None for row in rows(database))


def test_a_lost_answer_is_repeated_as_long_as_the_app_knows_it_again(
    database: Database, manager: Person, now: datetime
) -> None:
    apps = Apps(WECOM, failures=[LOST, LOST])
    tell(database, manager, now)
    for minutes in (5, 7, 20):
        send_in_app(database, WeComMessages, apps, now + timedelta(minutes=minutes))
    assert [row.sent_at is not None for row in rows(database)] == [True]


def test_what_the_app_would_show_twice_is_not_sent_again(database: Database, broker: Person, now: datetime) -> None:
    apps = Apps(WECHAT, timedelta(minutes=10), failures=[LOST])
    tell(database, broker, now)
    send_in_app(database, WeChatMessages, apps, now + RESTED)
    assert send_in_app(database, WeChatMessages, apps, now + RESTED + timedelta(minutes=10)) == 0
    (row,) = rows(database)
    assert (apps.sent, row.given_up_at is not None, row.failure) == ([], True, NO_ANSWER)


def test_what_was_surely_not_taken_begins_its_time_anew(database: Database, broker: Person, now: datetime) -> None:
    apps = Apps(WECHAT, timedelta(minutes=10), failures=[AWAY, AWAY, AWAY, LOST])
    tell(database, broker, now)
    for minutes in (5, 10, 20, 40, 49):
        send_in_app(database, WeChatMessages, apps, now + timedelta(minutes=minutes))
    assert len(apps.sent) == 1


def test_a_process_that_dies_on_the_way_sends_nothing_twice(database: Database, broker: Person, now: datetime) -> None:
    class Killed(BaseException):
        """The process is gone."""

    apps = Apps(WECHAT, timedelta(minutes=10), failures=[Killed()])
    tell(database, broker, now)
    with pytest.raises(Killed):
        send_in_app(database, WeChatMessages, apps, now + RESTED)
    assert send_in_app(database, WeChatMessages, apps, now + RESTED + timedelta(minutes=1)) == 0, "its lease holds"
    assert send_in_app(database, WeChatMessages, apps, now + RESTED + timedelta(minutes=3)) == 1
    assert len(apps.sent) == 1


def test_both_apps_have_a_round_of_their_own(
    database: Database, manager: Person, broker: Person, now: datetime
) -> None:
    away, works = Apps(WECOM, failures=[AWAY]), Apps(WECHAT)
    tell(database, manager, now)
    tell(database, broker, now)
    assert send_in_app(database, WeComMessages, away, now + RESTED) == 0
    assert send_in_app(database, WeChatMessages, works, now + RESTED) == 1
    assert works.sent[0][0] == "o-1"


def test_two_processes_at_once_send_each_message_once(
    database: Database, manager: Person, broker: Person, now: datetime
) -> None:
    apps = {WeComMessages: Apps(WECOM), WeChatMessages: Apps(WECHAT)}
    for person in (manager, broker):
        tell(database, person, now)
        tell(database, person, now, "new_device")
    with ThreadPoolExecutor(4) as pool:
        rounds = [pool.submit(send_in_app, database, of, apps[of], now + RESTED) for of in (*apps, *apps)]
        assert sum(one.result() for one in rounds) <= 4
    for of, carrier in apps.items():
        send_in_app(database, of, carrier, now + 3 * RESTED)
        assert carrier.tries == len(carrier.sent) == 2


def test_an_event_is_delivered_once_to_each_by_each_way(database: Database, manager: Person, now: datetime) -> None:
    tell(database, manager, now)
    with database.reading() as session:
        made = session.scalars(select(Delivery)).one()
        values = {"event_id": made.event_id, "person_id": made.person_id, "channel": made.channel}
    with pytest.raises(IntegrityError), database.transaction() as session:
        session.add(Delivery(**values, slot="standing", state="queued", message_key="other", at=now))


def test_the_thing_says_how_far_it_came(database: Database, manager: Person, now: datetime) -> None:
    apps = Apps(WECOM)
    tell(database, manager, now, "new_device")
    assert send_in_app(database, WeComMessages, apps, now) == 1
    with database.reading() as session:
        ways = [one.ways for one in told_on(session, Actor.of(manager), session.get_one(Person, 1))]
    assert [(way.channel, way.reached) for way in ways[-1]] == [(Channel.WECOM, Reached.SENT)]


def test_what_it_says_rests_sealed(database: Database, manager: Person, now: datetime) -> None:
    tell(database, manager, now)
    (row,) = rows(database)
    assert row.params_sealed is not None
    assert b"strike" not in row.params_sealed
    with database.reading() as session:
        assert outbox.params_of(session, session.get_one(WeComMessage, row.id))["title"].startswith("A strike")
        assert session.scalar(select(func.count()).select_from(WeChatMessage)) == 0
