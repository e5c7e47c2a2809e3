"""Webhooks from the event to the receiver: in order and without a gap, tried until they come, and by nobody twice."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from standardwebhooks import Webhook

from commissions.refusal import Refusal
from portal.access.actor import Actor
from portal.adapters.webhooks.courier import Courier
from portal.db import Database
from portal.models import (
    Event,
    StreamEntry,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
)
from portal.rules.partner_api.keys import Mode
from portal.rules.webhooks.retries import Disabled
from portal.rules.webhooks.signing import signed_by
from portal.services.notifications import worker as events
from portal.services.partner_api import stream
from portal.services.webhooks import deliveries, endpoints, queueing, worker
from portal.services.webhooks.background import Queue
from portal.session import Session
from tests import factories as make
from tests.clock import real_now
from tests.factories.notices import endpoint, news, principal
from tests.receiver import Receiver, receiving

BASE = "https://portal.example/api/v1"
OUT = events.Out(systems=Queue(BASE))
COURIER = Courier(loopback=True)
QUICK = Courier(loopback=True, seconds=0.2)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as listening:
        yield listening


def told(
    database: Database, agency_id: int | None, count: int, at: datetime, kind: str = "registration_accepted"
) -> None:
    """So many events, handed on."""
    with database.transaction() as session:
        for _ in range(count):
            news(session, agency_id, kind, at=at)
        while events.hand_on(session, at, OUT):
            pass


def sent(database: Database, at: datetime, courier: Courier = COURIER, threads: int = 4) -> int:
    return worker.run_due(database, courier, lambda: at, threads=threads).sent


def made(database: Database, url: str, **given: object) -> tuple[WebhookEndpoint, str]:
    with database.transaction() as session:
        return endpoint(session, url, **given)  # type: ignore[arg-type]


def now_of(database: Database, row: WebhookEndpoint) -> WebhookEndpoint:
    with database.reading() as session:
        return session.get_one(WebhookEndpoint, row.id)


def rows(database: Database) -> list[WebhookDelivery]:
    with database.reading() as session:
        return list(session.scalars(select(WebhookDelivery).order_by(WebhookDelivery.id)))


def by(session: Session, row: WebhookEndpoint) -> Actor:
    return Actor.of(session.get_one(WebhookEndpoint, row.id).maker)


def test_events_arrive_in_order_and_without_a_gap_and_say_what_the_stream_says(
    database: Database, receiver: Receiver
) -> None:
    at = real_now()  # the standard's library compares with the clock of the machine
    row, secret = made(database, receiver.url)
    told(database, row.agency_id, 25, at)  # more than one turn
    assert sent(database, at) >= 25
    bodies = [Webhook(secret).verify(one.body, one.headers) for one in receiver.requests]
    assert [body["sequence"] for body in bodies] == list(range(1, len(bodies) + 1))
    with database.reading() as session:
        read = stream.read(session, row.agency_id, at, after=1, most=100)  # the first one: the endpoint was made
    assert [body["id"] for body in bodies[1:]] == [queueing.thin(queueing.happened(e), n, BASE).id for n, e in read]
    assert receiver.ids == [body["id"] for body in bodies]
    assert set(bodies[-1]) == {"id", "type", "sequence", "occurred_at", "subject", "url"}
    assert bodies[-1]["url"] == f"{BASE}/registrations/{bodies[-1]['subject']}"
    assert all(one.delivered_at == at for one in rows(database))
    assert now_of(database, row).delivered_at == at


def test_only_who_wants_an_event_is_told(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        own = principal(session)
        wants, _ = endpoint(session, of=own, types=("deal_moved_on", "registration_accepted"), name="a")
        endpoint(session, of=own, types=("deal_moved_on",), name="b")
        endpoint(session, of=own, mode=Mode.TEST, name="c")
        endpoint(session)
        off, _ = endpoint(session, of=own, name="d")
        endpoints.disable(session, Actor.of(own), now, off)
        gone, _ = endpoint(session, of=own, name="e")
        endpoints.delete(session, Actor.of(own), now, gone)
    told(database, own.agency_id, 2, now)
    accepted = [one.endpoint_id for one in rows(database) if one.kind == "registration_accepted"]
    assert accepted == [wants.id, wants.id]
    with database.transaction() as session:
        session.get_one(WebhookEndpoint, wants.id).agency.deactivated_at = now
    told(database, own.agency_id, 1, now)
    assert len([one for one in rows(database) if one.kind == "registration_accepted"]) == 2
    assert sent(database, now, QUICK) == 0
    assert {one.why for one in rows(database) if one.endpoint_id == wants.id} == {"agency_inactive"}


def test_what_failed_is_tried_again_after_growing_pauses_and_holds_up_no_other(
    database: Database, receiver: Receiver, now: datetime
) -> None:
    with receiving(answer=500) as failing:
        down, _ = made(database, failing.url, types=("registration_accepted",))
        up, _ = made(database, receiver.url, types=("registration_accepted",))
        for row in (down, up):
            told(database, row.agency_id, 3, now)
        assert sent(database, now) == 3
        assert len(failing.requests) == 1  # one attempt, and then it rests with all that waits
        assert sent(database, now + timedelta(seconds=3)) == 0
        assert len(failing.requests) == 1
        sent(database, now + timedelta(seconds=6))
        assert len(failing.requests) == 2
        failing.answer = 200
        assert sent(database, now + MINUTE) == 3
        assert failing.ids[0] in failing.ids[1:]  # the same message under the same identifier
        assert now_of(database, down).failures == 0
    with database.reading() as session:
        first = select(WebhookAttempt.status).join(WebhookDelivery).where(WebhookDelivery.message == failing.ids[0])
        assert session.scalars(first.order_by(WebhookAttempt.id)).all()[0] == 500


def test_a_slow_receiver_keeps_nobody_waiting(database: Database, receiver: Receiver, now: datetime) -> None:
    def silent(handler: object) -> None:
        slow.over.wait(60)

    with receiving(answer=silent) as slow:
        one, _ = made(database, slow.url, types=("registration_accepted",))
        two, _ = made(database, receiver.url, types=("registration_accepted",))
        for row in (one, two):
            told(database, row.agency_id, 30, now)
        assert sent(database, now, QUICK, threads=2) == 30
        assert len(slow.requests) == 1
        assert now_of(database, one).failures == 1
    with database.reading() as session:
        assert session.scalar(select(func.count()).where(WebhookAttempt.failure == "too_slow")) == 1


def test_a_receiver_that_is_gone_is_told_of_and_gets_nothing_more(
    database: Database, receiver: Receiver, now: datetime
) -> None:
    receiver.answer = 410
    row, _ = made(database, receiver.url, types=("registration_accepted",))
    told(database, row.agency_id, 3, now)
    assert sent(database, now) == 0
    found = now_of(database, row)
    assert (found.disabled_why, found.disabled_at) == (Disabled.GONE, now)
    assert sorted({one.why for one in rows(database)}) == ["endpoint_disabled", "gone"]
    told(database, row.agency_id, 1, now)
    sent(database, now + DAY)
    assert len(receiver.requests) == 1
    with database.reading() as session:
        (event,) = session.scalars(select(Event).where(Event.kind == "webhook_disabled"))
        assert event.facts == {"name": row.name, "reason": "gone"}


def test_twenty_failures_in_a_row_disable_an_endpoint_and_what_it_missed_can_be_sent(
    database: Database, receiver: Receiver, now: datetime
) -> None:
    receiver.answer = 503
    row, _ = made(database, receiver.url, types=("registration_accepted",))
    told(database, row.agency_id, 30, now)
    tries, at = 0, now
    while now_of(database, row).disabled_at is None:
        sent(database, at)
        tries, at = tries + 1, at + HOUR
        assert tries <= 20
    assert (tries, len(receiver.requests)) == (20, 20)
    told(database, row.agency_id, 2, at)  # nobody is told of these
    receiver.answer = 200
    with database.transaction() as session:
        own, here = by(session, row), session.get_one(WebhookEndpoint, row.id)
        with pytest.raises(Refusal, match="webhook_is_off"):
            queueing.send_since(session, own, at, here, 1, BASE)
        endpoints.enable(session, own, at, here)
        first = queueing.latest_delivered(session, here) + 1
        assert queueing.send_since(session, own, at, here, first, BASE) == 32
    receiver.requests.clear()
    assert sent(database, at) == 32
    sequences = [json.loads(one.body)["sequence"] for one in receiver.requests]
    assert sequences == sorted(sequences)
    with database.reading() as session:
        assert queueing.latest_delivered(session, session.get_one(WebhookEndpoint, row.id)) == sequences[-1]


def test_one_is_sent_again_and_so_is_all_since_a_number(database: Database, receiver: Receiver, now: datetime) -> None:
    row, _ = made(database, receiver.url, types=("registration_accepted",))
    told(database, row.agency_id, 4, now)
    sent(database, now)
    with database.transaction() as session:
        last = session.get_one(WebhookDelivery, rows(database)[-1].id)
        queueing.send_again(session, by(session, row), now, last)
        with pytest.raises(Refusal, match="webhook_waits_already"):
            queueing.send_again(session, by(session, row), now, last)
    assert sent(database, now) == 1
    assert receiver.ids[-1] == receiver.ids[-2]
    with database.transaction() as session:
        here = session.get_one(WebhookEndpoint, row.id)
        number = json.loads(receiver.requests[1].body)["sequence"]
        assert queueing.send_since(session, by(session, row), now, here, number, BASE) == 3
        with pytest.raises(Refusal, match="webhook_nothing_since"):
            queueing.send_since(session, by(session, row), now, here, 10**6, BASE)
    assert sent(database, now) == 3
    assert receiver.ids[-3:] == receiver.ids[1:4]


def test_a_change_of_the_secret_loses_no_event(database: Database, receiver: Receiver, now: datetime) -> None:
    row, old = made(database, receiver.url, types=("registration_accepted",))
    with database.transaction() as session:
        here = session.get_one(WebhookEndpoint, row.id)
        new = endpoints.renew_secret(session, by(session, row), now, here)
    held: list[tuple[bool, bool]] = []
    for at in (now, now + DAY - timedelta(seconds=1), now + DAY):
        told(database, row.agency_id, 1, at)
        assert sent(database, at) == 1
        last = receiver.requests[-1]
        held.append((signed_by(last.headers, last.body, old), signed_by(last.headers, last.body, new)))
    assert held == [(True, True), (True, True), (False, True)]
    with database.transaction() as session:
        assert endpoints.forget_former(session, now + DAY) == 1
    assert now_of(database, row).former_sealed is None


def test_two_workers_bring_each_once(database: Database, receiver: Receiver, now: datetime) -> None:
    agencies = [made(database, receiver.url, types=("registration_accepted",))[0].agency_id for _ in range(6)]
    for agency_id in agencies:
        told(database, agency_id, 25, now)
    with ThreadPoolExecutor(3) as pool:
        counts = list(pool.map(lambda _: sent(database, now), range(3)))
    assert sum(counts) == len(receiver.ids) == len(set(receiver.ids)) == 150


def test_what_a_killed_worker_had_waits_for_its_lease_and_goes_out_once_more(
    database: Database, receiver: Receiver, now: datetime
) -> None:
    row, _ = made(database, receiver.url, types=("registration_accepted",))
    told(database, row.agency_id, 2, now)
    (taken,) = worker.take(database, lambda: now, 5)
    made_before = worker.serve(COURIER, lambda: now, taken)
    assert sent(database, now + MINUTE - timedelta(seconds=1)) == 0  # somebody else has it
    assert sent(database, now + MINUTE) == 2
    assert receiver.ids == receiver.ids[:2] * 2
    receiver.answer = 500
    with database.transaction() as session:  # it was not dead, only slow: the log has both, and nothing is undone
        worker.settle(session, now + 2 * MINUTE, taken, made_before)
        assert session.scalar(select(func.count(WebhookAttempt.id))) == 4
        assert all(one.tries == 1 for one in session.scalars(select(WebhookDelivery)))


def test_what_was_disabled_on_the_way_stays_given_up(database: Database, receiver: Receiver, now: datetime) -> None:
    row, _ = made(database, receiver.url, types=("registration_accepted",))
    told(database, row.agency_id, 1, now)
    (taken,) = worker.take(database, lambda: now, 5)
    with database.transaction() as session:
        endpoints.disable(session, by(session, row), now, session.get_one(WebhookEndpoint, row.id))
    with database.transaction() as session:
        worker.settle(session, now, taken, worker.serve(COURIER, lambda: now, taken))
    (found,) = rows(database)
    assert (found.why, found.delivered_at, len(receiver.requests)) == ("endpoint_disabled", None, 1)


def test_a_test_goes_out_once_at_once_and_also_to_an_endpoint_that_is_off(
    database: Database, receiver: Receiver, now: datetime
) -> None:
    receiver.answer = 500
    row, _ = made(database, receiver.url)
    with database.transaction() as session:
        here, own = session.get_one(WebhookEndpoint, row.id), by(session, row)
        endpoints.disable(session, own, now, here)
        here.rests_until = now + DAY
        queueing.try_out(session, own, now, here)
    sent(database, now)
    sent(database, now + HOUR)
    assert json.loads(receiver.requests[0].body)["type"] == "webhook_test"
    assert len(receiver.requests) == 1
    assert now_of(database, row).failures == 0
    assert rows(database)[-1].why == "no_success"


def test_a_deleted_endpoint_is_forgotten_with_its_secrets(database: Database, now: datetime) -> None:
    row, _ = made(database, "https://hooks.example/")
    told(database, row.agency_id, 2, now)
    with database.transaction() as session:
        here, own = session.get_one(WebhookEndpoint, row.id), by(session, row)
        endpoints.delete(session, own, now, here)
        for refused in (
            lambda: endpoints.delete(session, own, now, here),
            lambda: queueing.try_out(session, own, now, here),
            lambda: queueing.send_since(session, own, now, here, 1, BASE),
        ):
            with pytest.raises(Refusal, match="webhook_deleted"):
                refused()
        endpoint(session, of=here.maker, name=row.name)  # its name is free again
    found = now_of(database, row)
    assert (found.secret_sealed, found.former_sealed) == (None, None)
    assert {one.why for one in rows(database) if one.endpoint_id == row.id} == {"endpoint_deleted"}


def test_the_log_is_kept_for_thirty_days(database: Database, receiver: Receiver, now: datetime) -> None:
    row, _ = made(database, receiver.url, types=("registration_accepted",))
    told(database, row.agency_id, 1, now)
    sent(database, now)
    told(database, row.agency_id, 1, now)  # waits still
    with database.transaction() as session:
        assert deliveries.delete_old(session, now + 30 * DAY) == 0
        assert deliveries.delete_old(session, now + 30 * DAY + timedelta(seconds=1)) == 1
        assert session.scalar(select(func.count(WebhookAttempt.id))) == 0
        assert session.scalar(select(func.count(WebhookDelivery.id))) == 1


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"url": "http://hooks.example/"}, "webhook_address_tls"),
        ({"name": " "}, "api_key_name_odd"),
        ({"name": "taken"}, "webhook_name_taken"),
        ({"everything": False}, "webhook_types_needed"),
    ],
)
def test_what_an_endpoint_may_not_be_is_refused(
    session: Session, now: datetime, change: dict[str, object], code: str
) -> None:
    own = principal(session)
    endpoint(session, of=own, name="taken")
    row, _ = endpoint(session, of=own, name="a")
    wanted = endpoints.Wanted(**{"name": "b", "url": "https://hooks.example/", **change})  # type: ignore[arg-type]
    with pytest.raises(Refusal, match=code):
        endpoints.make(session, Actor.of(own), now, row.agency, wanted)
    with pytest.raises(Refusal, match=code):
        endpoints.change(session, Actor.of(own), now, row, wanted)


def test_an_agency_has_twenty_endpoints_at_most(session: Session, now: datetime) -> None:
    own = principal(session)
    for number in range(endpoints.MOST_ENDPOINTS):
        endpoint(session, of=own, name=f"system {number}")
    with pytest.raises(Refusal, match="webhooks_many"):
        endpoint(session, of=own, name="one more")


def test_numbers_have_no_gap_beside_other_streams(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        own, other = make.agency(session).id, make.agency(session).id
    for agency_id in (own, other, own):
        told(database, agency_id, 2, now)
    with database.reading() as session:
        numbers = select(StreamEntry.sequence).where(StreamEntry.stream == f"agency:{own}")
        assert session.scalars(numbers.order_by(StreamEntry.sequence)).all() == [1, 2, 3, 4]
