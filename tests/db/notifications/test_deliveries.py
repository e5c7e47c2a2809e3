"""Beside the inbox: texts and mails for what matters, merged, by day, bounded, as their reader chose."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.access.actor import Actor
from portal.db import Database
from portal.models import Delivery, DigestEvery, Mail, Notice, NoticeSettings, Person, Role, Strike, TextMessage
from portal.rules.notifications.kind import Channel, Topic
from portal.services.messages import mails, texts
from portal.services.notifications import addresses, worker
from portal.services.notifications.told import told_on
from portal.services.notifications.ways import MailWay, SmsWay
from tests import factories as make
from tests.factories.notices import event
from tests.outboxes import Phones, send_texts

OUT = worker.Out([SmsWay(), MailWay("https://portal.example")], "en")
NIGHT = timedelta(hours=12)
"""From ten in the morning on: ten in the evening."""


def told(session: Session, now: datetime) -> None:
    while worker.hand_on(session, now, OUT):
        pass


def struck(session: Session, person: Person, now: datetime, kind: str = "strike_voided") -> None:
    facts = {"payout_paid": {"reference": "P-1", "amount_fen": 100}}.get(kind, {})
    event(session, kind, at=now, person_id=person.id, agency_id=person.agency_id, subject_id=1, facts=facts)


def with_mail(session: Session, person: Person, now: datetime) -> Person:
    sealed = addresses.seal_address(session, person.id, "broker@example.com")
    row = NoticeSettings(person_id=person.id, mail_sealed=sealed, mail_confirmed_at=now, digest=DigestEvery.NEVER)
    row.digest_hour = 18
    session.add(row)
    session.flush()
    return person


def said(session: Session) -> list[tuple[str, str]]:
    rows = session.scalars(select(TextMessage).order_by(TextMessage.id))
    return [(p["what"], p["count"]) for p in (texts.params_of(session, row) for row in rows)]


def test_what_matters_goes_by_text_and_to_a_confirmed_address(session: Session, now: datetime) -> None:
    person = with_mail(session, make.broker(session), now)
    struck(session, person, now)
    told(session, now)
    assert said(session) == [("A strike of yours is voided", "1")]
    mail = session.scalars(select(Mail)).one()
    params = mails.params_of(session, mail)
    notice = session.scalars(select(Notice)).one()
    assert params["items"][0]["link"] == f"https://portal.example/inbox/{notice.id}"
    assert params["unsubscribe"].startswith(f"https://portal.example/inbox/stop/{person.id}.standing.")
    states = {(row.channel, row.state) for row in session.scalars(select(Delivery))}
    assert states == {("sms", "queued"), ("mail", "queued")}


def test_without_an_address_the_mail_is_dropped_and_says_why(session: Session, now: datetime) -> None:
    struck(session, make.broker(session), now)
    told(session, now)
    rows = {row.channel: (row.state, row.why) for row in session.scalars(select(Delivery))}
    assert rows == {"sms": ("queued", None), "mail": ("dropped", "no_address")}


def test_news_of_no_weight_and_old_news_ring_nowhere(session: Session, now: datetime) -> None:
    person = make.broker(session)
    facts = {"protected_until_at": now.isoformat()}
    event(session, "registration_accepted", at=now, person_id=person.id, facts=facts)
    struck(session, person, now - timedelta(hours=25))
    told(session, now)
    assert session.scalars(select(Delivery)).all() == []


def test_what_comes_within_minutes_is_one_message(session: Session, now: datetime) -> None:
    person = with_mail(session, make.broker(session), now)
    for minutes in (0, 0, 2):
        struck(session, person, now)
        told(session, now + timedelta(minutes=minutes))
    assert said(session) == [("A strike of yours is voided", "3")]
    assert len(mails.params_of(session, session.scalars(select(Mail)).one())["items"]) == 3
    struck(session, person, now)
    told(session, now + timedelta(minutes=6))
    assert [count for _what, count in said(session)] == ["3", "1"]


def test_a_message_that_was_taken_up_is_joined_by_nothing(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        person = make.broker(session)
        struck(session, person, now)
        told(session, now)
    phones = Phones()
    assert send_texts(database, phones, now + timedelta(minutes=4)) == 0
    assert send_texts(database, phones, now + timedelta(minutes=5)) == 1
    with database.transaction() as session:
        struck(session, session.get_one(Person, person.id), now)
        told(session, now + timedelta(minutes=4))
    assert send_texts(database, phones, now + timedelta(minutes=9)) == 1
    assert [params["count"] for _phone, _template, params, _key in phones.texts] == ["1", "1"]


def test_at_night_nobody_is_woken_but_for_his_safety(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        person = make.broker(session)
        struck(session, person, now + NIGHT)
        event(session, "new_device", at=now + NIGHT, person_id=person.id, subject_id=person.id)
        told(session, now + NIGHT)
    phones = Phones()
    assert send_texts(database, phones, now + NIGHT) == 1
    assert "device" in phones.texts[0][2]["what"]
    assert send_texts(database, phones, now + timedelta(hours=21, minutes=59)) == 0
    assert send_texts(database, phones, now + timedelta(hours=22)) == 1


def test_the_thing_says_by_which_way_and_whether_it_came(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        showing = make.showing(session, touch=make.touch(session))
        strike = make.strike(session, showing=showing)
        broker = session.get_one(Person, strike.broker_id)
        event(session, "strike_voided", at=now, person_id=broker.id, subject_id=strike.id)
        told(session, now)
        staff = Actor.of(make.person(session, Role.CHANNEL_MANAGER))

    def ways() -> list[tuple[str, str]]:
        with database.reading() as session:
            (one,) = told_on(session, staff, session.get_one(Strike, strike.id))
            return [(way.channel, way.reached) for way in one.ways]

    assert ways() == [("sms", "waits"), ("mail", "dropped")]
    send_texts(database, Phones(), now + timedelta(minutes=5))
    assert ways() == [("sms", "sent"), ("mail", "dropped")]
    with database.transaction() as session:
        key = session.scalars(select(TextMessage.key)).one()
        texts.take_report(session, now + timedelta(minutes=6), "no such text", None)
        texts.take_report(session, now + timedelta(minutes=6), key, "MOBILE_NOT_ON_SERVICE")
        texts.take_report(session, now + timedelta(minutes=7), key, None)
    assert ways() == [("sms", "not_delivered"), ("mail", "dropped")], "the first report counts"


def test_beyond_the_bound_of_an_hour_the_rest_is_one_message(session: Session, now: datetime) -> None:
    person = make.person(session, Role.PRINCIPAL)
    for minutes in range(0, 60, 6):
        struck(session, person, now, "payout_paid")
        told(session, now + timedelta(minutes=minutes))
    assert [count for _what, count in said(session)] == ["1", "1", "1", "7"]


def test_who_switched_a_way_off_is_not_told_by_it(session: Session, now: datetime) -> None:
    person = with_mail(session, make.broker(session), now)
    addresses.choose(session, now, person.id, Topic.STANDING, Channel.SMS, wanted=False)
    addresses.choose(session, now, person.id, Topic.STANDING, Channel.INBOX, wanted=False)
    struck(session, person, now)
    told(session, now)
    assert said(session) == []
    assert session.scalars(select(Notice)).one().read_at == now


def test_a_stop_link_says_who_and_what_and_nobody_makes_one_up(session: Session) -> None:
    token = addresses.stop_token(session, 5, Topic.STANDING)
    assert addresses.read_stop(session, token) == (5, Topic.STANDING)
    for other in (
        token.replace("5.", "6.", 1),
        token[:-1],
        "",
        "5.standing",
        "x.y.z",
        token.replace("standing", "money"),
    ):
        assert addresses.read_stop(session, other) is None
