"""The outbox of mails, on both databases: at least once under one key, and forgotten when it is settled."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from portal.adapters.delivery import DeliveryFailed
from portal.adapters.mail import Post
from portal.adapters.mail.sender import Letter
from portal.adapters.mail.words import Words
from portal.db import Database
from portal.models import Mail, MailKind
from portal.services.messages import mails
from tests.outboxes import send_mails

PARAMS = {"link": "https://x.test/1", "company": "远航科技", "development": "云栖里"}


@dataclass
class Server:
    """A mail server that keeps what it is given, or fails as it is told."""

    failure: Exception | None = None
    fails_for: str = ""
    taken: list[tuple[str, str]] = field(default_factory=list)

    def send(self, letter: Letter, *, key: str) -> None:
        if self.failure and letter.to.startswith(self.fails_for):
            raise self.failure
        self.taken.append((letter.to, key))


def post(server: Server) -> Post:
    return Post(server, Words({"zh_Hans_CN": "桥园置业", "en": "Qiaoyuan"}))


def write(database: Database, now: datetime, key: str = "a", to: str = "wang@acme.example") -> bool:
    with database.transaction() as session:
        return mails.enqueue(
            session,
            now,
            key,
            mails.NewMail(MailKind.EMPLOYEE_CHECK, to, PARAMS, "en", expires_at=now + timedelta(hours=72)),
        )


def rest(database: Database) -> Mail:
    with database.reading() as session:
        return session.scalars(select(Mail)).one()


def test_one_mail_a_key_and_nothing_left_of_it(database: Database, now: datetime) -> None:
    assert write(database, now)
    assert not write(database, now)
    assert b"wang" not in (rest(database).to_sealed or b"")
    server = Server()
    with ThreadPoolExecutor(3) as hands:
        sent = list(hands.map(lambda _hand: send_mails(database, post(server), now), range(3)))
    assert sum(sent) == 1
    assert server.taken == [("wang@acme.example", "a")]
    row = rest(database)
    assert (row.sent_at, row.to_sealed, row.params_sealed, row.next_try_at) == (now, None, None, None)


def test_a_failure_is_tried_again_later_and_later(database: Database, now: datetime) -> None:
    write(database, now)
    server = Server(DeliveryFailed("no_answer"))
    tries, at = [], now
    while at < now + timedelta(minutes=20):
        before = rest(database).attempts
        send_mails(database, post(server), at)
        if rest(database).attempts > before:
            tries.append(int((at - now).total_seconds()) // 60)
        at += timedelta(minutes=1)
    assert tries == [0, 1, 3, 7, 15]
    server.failure = None
    assert send_mails(database, post(server), now + timedelta(hours=1)) == 1


def test_it_is_given_up_when_it_is_refused_for_good_or_too_late(database: Database, now: datetime) -> None:
    write(database, now)
    send_mails(database, post(Server(DeliveryFailed("smtp_550", for_good=True))), now)
    row = rest(database)
    assert (row.given_up_at, row.failure, row.to_sealed) == (now, "smtp_550", None)
    with database.transaction() as session:
        session.delete(session.get_one(Mail, row.id))
    write(database, now)
    server = Server()
    send_mails(database, post(server), now + timedelta(hours=72))
    assert (server.taken, rest(database).failure, rest(database).to_sealed) == ([], "expired", None)


def test_a_mail_that_breaks_stops_no_other(database: Database, now: datetime, caplog: pytest.LogCaptureFixture) -> None:
    """A fault of ours is tried again as a server's is; what waits behind it goes out."""
    write(database, now, "a", to="bad@acme.example")
    write(database, now, "b")
    with database.transaction() as session:
        session.execute(update(Mail).where(Mail.key == "a").values(params_sealed=b"broken"))
    write(database, now, "c", to="odd@acme.example")
    write(database, now, "d")
    server = Server(ValueError("odd@acme.example"), fails_for="odd")
    assert send_mails(database, post(server), now) == 2
    assert [key for _to, key in server.taken] == ["b", "d"]
    with database.reading() as session:
        waiting = session.scalars(select(Mail).where(Mail.sent_at.is_(None)).order_by(Mail.key)).all()
    assert [(row.failure, row.next_try_at, row.given_up_at) for row in waiting] == [
        ("fault_SealBroken", now + timedelta(minutes=1), None),
        ("fault_ValueError", now + timedelta(minutes=1), None),
    ]
    assert "odd@" not in caplog.text
    server.failure = None
    assert send_mails(database, post(server), now + timedelta(minutes=1)) == 1
