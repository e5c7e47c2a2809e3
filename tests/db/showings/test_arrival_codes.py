"""Checking in by the code on the client's phone, and the texts that carry it, on both databases (rules 3.2, 10)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import select, text

from commissions.refusal import Refusal
from portal.access.actor import Actor
from portal.adapters.delivery import DeliveryFailed
from portal.adapters.storage.files import FolderFiles
from portal.db import Database
from portal.models import ArrivalCode, Consent, FaceTemplate, Registration, Showing, TextKind, TextMessage
from portal.services import contacts
from portal.services.faces.evidence import Place
from portal.services.messages import texts
from portal.services.showings import arrival_codes, check_ins
from tests import factories as make
from tests.outboxes import Phones, send_texts
from tests.site import AT_THE_SITE, FAR_AWAY, Site, codes, refusal


def send_code(site: Site, at: datetime | None = None) -> str:
    """Send a code, and read it on the client's phone."""
    row = arrival_codes.send_code(site.session, site.actor, at or site.now, site.registration.touch)
    return told(site, row)


def told(site: Site, row: ArrivalCode) -> str:
    """What the text of a code says."""
    sealed = site.session.get_one(TextMessage, row.message_id).params_sealed
    return contacts.vault_of(site.session).open_text(sealed or b"", "text.params").split('"')[3]


def say(site: Site, code: str, place: Place | None = AT_THE_SITE, after: timedelta = timedelta()) -> Showing | Refusal:
    return check_ins.check_in_by_code(
        site.session, site.actor, site.now + after, registration=site.registration, code=code, place=place
    )


def refused(answer: Showing | Refusal) -> str:
    assert isinstance(answer, Refusal)
    return answer.code


def other_than(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


# ---- what it proves ----

SHOWN = {
    "with the code at reception": (True, None, "verified", []),
    "and a position at the site": (True, AT_THE_SITE, "verified", []),
    "and a position far away": (True, FAR_AWAY, "needs_review", ["too_far"]),
    "by a position alone": (False, AT_THE_SITE, "needs_review", ["broker_absent"]),
    "by nothing": (False, None, "needs_review", ["broker_absent"]),
    "far away": (False, FAR_AWAY, "needs_review", ["broker_absent", "too_far"]),
}


@pytest.mark.parametrize(("scanned", "place", "verdict", "reasons"), SHOWN.values(), ids=SHOWN)
def test_the_code_shows_the_client_and_what_stands_at_the_site_the_broker(
    site: Site, scanned: bool, place: Place | None, verdict: str, reasons: list[str]
) -> None:
    if scanned:
        site.scan()
    showing = say(site, send_code(site), place)
    assert isinstance(showing, Showing)
    assert (showing.way, showing.verdict, codes(showing)) == ("code", verdict, reasons)
    protected = site.registration.touch.protected_until == site.now + timedelta(days=30)
    assert protected == (verdict == "verified")
    assert not site.session.scalars(select(FaceTemplate)).all()


def test_the_code_is_not_kept(site: Site) -> None:
    code = send_code(site)
    row = site.session.scalars(select(ArrivalCode)).one()
    assert len(code) == 6
    assert code not in row.digest
    stored = site.session.execute(text("SELECT params_sealed, key FROM text_messages")).one()
    assert code.encode() not in bytes(stored[0])


# ---- tries ----


def test_five_tries_and_the_right_one_comes_too_late(site: Site) -> None:
    code = send_code(site)
    answers = [refused(say(site, other_than(code))) for _ in range(5)]
    assert answers == ["code_wrong"] * 4 + ["code_guessed_out"]
    assert refused(say(site, code)) == "code_guessed_out"
    assert not site.session.scalars(select(Showing)).all()


def test_the_fifth_try_may_be_right(site: Site) -> None:
    code = send_code(site)
    for _ in range(4):
        say(site, other_than(code))
    assert isinstance(say(site, code), Showing)


def test_it_expires_and_a_newer_one_replaces_it(site: Site) -> None:
    assert refused(say(site, "123456")) == "code_not_sent"
    first = send_code(site)
    assert refused(say(site, first, after=timedelta(minutes=10))) == "code_expired"
    assert refusal(lambda: send_code(site, site.now + timedelta(seconds=59))) == "code_just_sent"
    second = send_code(site, site.now + timedelta(seconds=60))
    if first != second:
        assert refused(say(site, first, after=timedelta(seconds=61))) == "code_wrong"
    assert isinstance(say(site, second, after=timedelta(seconds=62)), Showing)
    assert len(site.session.scalars(select(ArrivalCode).where(ArrivalCode.closed_at.is_(None))).all()) == 0


def test_sending_it_twice_makes_one_showing(site: Site) -> None:
    code = send_code(site)
    first = say(site, code)
    assert say(site, code, after=timedelta(seconds=5)) is first
    assert refused(say(site, other_than(code), after=timedelta(seconds=5))) == "code_expired"


def test_a_code_of_another_visit_does_not_fit(site: Site) -> None:
    code = send_code(site)
    other = site.register()
    answer = check_ins.check_in_by_code(site.session, site.actor, site.now, registration=other, code=code)
    assert refused(answer) == "code_not_sent"


# ---- who is texted ----


def test_at_most_two_texts_a_day_to_one_client(site: Site) -> None:
    send_code(site)
    send_code(site, site.now + timedelta(minutes=2))
    assert refusal(lambda: send_code(site, site.now + timedelta(minutes=4))) == "texts_used_up"
    send_code(site, site.now + timedelta(days=1))


def test_who_said_stop_is_never_texted(site: Site) -> None:
    client_id = site.registration.client_id
    stopped = Consent(
        client_id=client_id,
        purpose="contact",
        version="1",
        locale="zh_Hans_CN",
        given_at=site.now - timedelta(days=2),
        withdrawn_at=site.now - timedelta(days=1),
    )
    site.session.add(stopped)
    site.session.flush()
    assert refusal(lambda: send_code(site)) == "client_opted_out"
    again = Consent(client_id=client_id, purpose="contact", version="1", locale="en", given_at=site.now)
    site.session.add(again)
    site.session.flush()
    send_code(site)


def test_a_frozen_account_checks_in_by_no_way(site: Site) -> None:
    code = send_code(site)
    make.freeze(site.session, broker=site.broker, starts_at=site.now, ends_at=site.now + timedelta(days=1))
    assert refusal(lambda: say(site, code)) == "account_frozen"


# ---- the outbox ----


@pytest.fixture
def queued(database: Database, now: datetime) -> int:
    """A committed text that waits."""
    with database.transaction() as session:
        client = make.client(session, phone="13800138000")
        row = texts.enqueue(
            session, now, client.id, TextKind.ARRIVAL_CODE, {"code": "012345"}, key="k", expires_at=later(now, 10)
        )
        return row.id


def later(now: datetime, minutes: float) -> datetime:
    return now + timedelta(minutes=minutes)


def stored(database: Database, message_id: int) -> TextMessage:
    with database.reading() as session:
        return session.get_one(TextMessage, message_id)


def test_a_text_goes_out_once_and_is_forgotten(database: Database, now: datetime, queued: int) -> None:
    phones = Phones()
    assert [send_texts(database, phones, later(now, minutes)) for minutes in (0, 5)] == [1, 0]
    assert phones.texts == [("+8613800138000", "arrival_code", {"code": "012345"}, "k")]
    row = stored(database, queued)
    assert (row.sent_at, row.provider_id, row.params_sealed) == (now, "provider-1", None)


def test_a_carrier_that_fails_is_asked_again_ever_later(database: Database, now: datetime, queued: int) -> None:
    phones = Phones(DeliveryFailed("isv.BUSINESS_LIMIT_CONTROL"))
    for minutes in (0, 0.5, 1, 2, 3):
        send_texts(database, phones, later(now, minutes))
    row = stored(database, queued)
    assert (row.attempts, row.failure, row.next_try_at) == (3, "isv.BUSINESS_LIMIT_CONTROL", later(now, 7))
    phones.failure = None
    assert send_texts(database, phones, later(now, 7)) == 1


@pytest.mark.parametrize(
    ("failure", "minutes", "expected"),
    [
        (DeliveryFailed("isv.MOBILE_NUMBER_ILLEGAL", for_good=True), 0, "isv.MOBILE_NUMBER_ILLEGAL"),
        (None, 10, "expired"),
    ],
    ids=["for good", "too late"],
)
def test_what_cannot_go_out_is_given_up(
    database: Database, now: datetime, queued: int, failure: DeliveryFailed | None, minutes: int, expected: str
) -> None:
    phones = Phones(failure)
    send_texts(database, phones, later(now, minutes))
    row = stored(database, queued)
    assert (row.given_up_at, row.failure, row.params_sealed, phones.texts) == (later(now, minutes), expected, None, [])


def test_who_says_stop_before_it_goes_out_gets_nothing(database: Database, now: datetime, queued: int) -> None:
    with database.transaction() as session:
        client_id = session.get_one(TextMessage, queued).client_id
        words = {"purpose": "contact", "version": "1", "locale": "en"}
        session.add(Consent(client_id=client_id, given_at=now, withdrawn_at=now, **words))
    phones = Phones()
    assert send_texts(database, phones, now) == 0
    assert (phones.texts, stored(database, queued).failure) == ([], "opted_out")


def test_a_text_that_breaks_stops_no_other(database: Database, now: datetime, queued: int) -> None:
    with database.transaction() as session:
        first = session.get_one(TextMessage, queued)
        until = later(now, 10)
        texts.enqueue(
            session, now, first.client_id, TextKind.ARRIVAL_CODE, {"code": "1"}, key="after it", expires_at=until
        )
        first.params_sealed = b"broken"
    phones = Phones()
    assert send_texts(database, phones, now) == 1
    assert [key for *_text, key in phones.texts] == ["after it"]
    row = stored(database, queued)
    assert (row.failure, row.next_try_at, row.attempts) == ("fault_SealBroken", later(now, 1), 1)
    send_texts(database, phones, later(now, 10))
    assert stored(database, queued).given_up_at == later(now, 10)


# ---- races ----


def test_a_code_typed_twice_at_once_is_one_showing(database: Database, now: datetime, tmp_path: Path) -> None:
    with database.transaction() as session:
        site = Site(session, now, FolderFiles(tmp_path, database.vault))
        site.scan()
        code, registration_id, actor = send_code(site), site.registration.id, site.actor
    barrier = Barrier(2)

    def send(_number: int) -> int:
        barrier.wait()
        with database.transaction() as session:
            registration = session.get_one(Registration, registration_id)
            answer = check_ins.check_in_by_code(
                session, actor, now, registration=registration, code=code, place=AT_THE_SITE
            )
            assert isinstance(answer, Showing)
            return answer.id

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(send, range(2))
    assert first == second
    with database.reading() as session:
        assert [showing.verdict for showing in session.scalars(select(Showing))] == ["verified"]


def test_two_codes_asked_for_at_once_are_one(database: Database, now: datetime, tmp_path: Path) -> None:
    with database.transaction() as session:
        site = Site(session, now, FolderFiles(tmp_path, database.vault))
        registration_id, actor = site.registration.id, site.actor
    barrier = Barrier(2)

    def ask(_number: int) -> str:
        barrier.wait()
        try:
            with database.transaction() as session:
                touch = session.get_one(Registration, registration_id).touch
                arrival_codes.send_code(session, Actor(actor.id, actor.role), now, touch)
        except Refusal as refusal:
            return refusal.code
        return "sent"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(ask, range(2))) == ["code_just_sent", "sent"]
