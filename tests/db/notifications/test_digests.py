"""Digests: due at the hour that was chosen, written once, with what came since and waits unread."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.models import DigestEvery, Mail, MailKind, NoticeSettings, Person
from portal.services.messages import mails
from portal.services.notifications import addresses, digests
from portal.services.notifications.ways import MailWay
from tests import factories as make
from tests.factories.notices import notice

WAY = MailWay("https://portal.example")
TUESDAY = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)

DUE = {
    "today, later": (DigestEvery.DAY, 18, datetime(2026, 3, 10, 10, tzinfo=UTC)),
    "tomorrow, when the hour is over": (DigestEvery.DAY, 8, datetime(2026, 3, 11, 0, tzinfo=UTC)),
    "at this very hour: the next one": (DigestEvery.DAY, 10, datetime(2026, 3, 11, 2, tzinfo=UTC)),
    "on the next Monday": (DigestEvery.WEEK, 18, datetime(2026, 3, 16, 10, tzinfo=UTC)),
    "never": (DigestEvery.NEVER, 18, None),
}


@pytest.mark.parametrize(("every", "hour", "expected"), DUE.values(), ids=DUE)
def test_a_digest_is_due_at_the_hour_that_was_chosen(every: DigestEvery, hour: int, expected: datetime | None) -> None:
    assert digests.due_after(every, hour, TUESDAY) == expected


def reader(session: Session, now: datetime) -> Person:
    person = make.broker(session)
    sealed = addresses.seal_address(session, person.id, "p@example.com")
    row = NoticeSettings(person_id=person.id, mail_sealed=sealed, mail_confirmed_at=now)
    row.digest, row.digest_hour = DigestEvery.NEVER, 18
    session.add(row)
    session.flush()
    digests.choose(session, now, person.id, DigestEvery.DAY, 18)
    return person


def test_a_digest_says_what_came_since_and_waits_unread(session: Session, now: datetime) -> None:
    person = reader(session, now)
    for read_at in (None, None, now):
        notice(session, person=person, kind="strike_voided", at=now + timedelta(hours=1), read_at=read_at)
    notice(session, person=person, kind="strike_voided", at=now - timedelta(hours=1))
    evening = now + timedelta(hours=8)
    assert not digests.write(session, evening - timedelta(seconds=1), person.id, WAY, "en")
    assert digests.write(session, evening, person.id, WAY, "en")
    assert not digests.write(session, evening, person.id, WAY, "en"), "once"
    mail = session.scalars(select(Mail)).one()
    assert mail.kind is MailKind.DIGEST
    assert [one["subject"] for one in mails.params_of(session, mail)["items"]] == ["A strike of yours is voided"] * 2
    assert not digests.write(session, evening + timedelta(days=1), person.id, WAY, "en"), "nothing came since"
    assert session.get_one(NoticeSettings, person.id).digest_due_at == evening + timedelta(days=2)


def test_who_has_no_confirmed_address_gets_none(session: Session, now: datetime) -> None:
    person = reader(session, now)
    session.get_one(NoticeSettings, person.id).mail_confirmed_at = None
    notice(session, person=person, at=now + timedelta(hours=1))
    assert not digests.write(session, now + timedelta(hours=8), person.id, WAY, "en")
