"""Scans are counted a poster, a day and a place; of who scanned nothing is left the next day (rules 7.2)."""

import hashlib
import hmac
import secrets
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import event, func, select, text
from sqlalchemy.orm import Session

from portal.db import Database
from portal.models import Base, Referrer, ScanCount, ScanSalt, ScanVisitor
from portal.services.referral.scans import campaign_of, count_scan, design_of, forget_visitors
from tests import factories as make

DAY = timedelta(days=1)
PHONE = "Mozilla/5.0 (Linux; Android 13) MicroMessenger/8.0"


def scan(session: Session, now: datetime, referrer: Referrer, **given: str) -> bool:
    visitor = {"design": "arch", "campaign": "wechat", "address": "203.0.113.7", "agent": PHONE}
    return count_scan(session, now, referrer_id=referrer.id, **visitor | given)


def counts(session: Session) -> dict[tuple[date, str, str], int]:
    rows = session.scalars(select(ScanCount)).all()
    return {(row.scanned_on, row.design, row.campaign): row.scans for row in rows}


@pytest.fixture
def referrer(session: Session) -> Referrer:
    return make.referrer(session)


def test_a_person_is_one_scan_a_day(session: Session, referrer: Referrer, now: datetime) -> None:
    today = date(2026, 3, 10)
    assert scan(session, now, referrer)
    assert not scan(session, now + timedelta(hours=13), referrer), "still the same day in Shanghai"
    assert scan(session, now, referrer, address="203.0.113.8")
    assert scan(session, now, referrer, agent="Mozilla/5.0 (iPhone)", design="", campaign="print")
    assert scan(session, now, make.referrer(session)), "another's poster is another scan"
    assert scan(session, now + timedelta(hours=14), referrer), "midnight in Shanghai"
    session.expire_all()
    mine = {key: n for key, n in counts(session).items() if key[1:] != ("arch", "wechat") or key[0] != today}
    assert mine == {(today, "", "print"): 1, (today + DAY, "arch", "wechat"): 1}
    own = select(func.sum(ScanCount.scans)).where(ScanCount.referrer_id == referrer.id)
    assert session.scalar(own) == 4


def test_yesterdays_visitors_cannot_be_recognised_any_more(
    session: Session, referrer: Referrer, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The salt is random, stored nowhere else, and gone: the same visit cannot be given the same mark again."""
    drawn: list[bytes] = []
    honest = secrets.token_bytes

    def remember(length: int) -> bytes:
        drawn.append(honest(length))
        return drawn[-1]

    monkeypatch.setattr("portal.services.referral.scans.secrets.token_bytes", remember)
    scan(session, now, referrer)
    mark, salt = session.scalars(select(ScanVisitor.mark)).one(), session.scalars(select(ScanSalt.salt)).one()
    visitor = "\0".join((str(referrer.id), "203.0.113.7", PHONE)).encode()
    assert hmac.new(salt, visitor, hashlib.sha256).hexdigest().startswith(mark), "today one could"

    assert forget_visitors(session, now) == 0, "the day is not over"
    assert forget_visitors(session, now + DAY) == 1
    session.flush()
    assert not _anywhere(session, drawn[0]), "the salt is in no table"
    assert not _anywhere(session, mark)
    scan(session, now, referrer)  # even the same instant again draws another salt
    assert session.scalars(select(ScanVisitor.mark)).one() != mark
    assert len(drawn) == 2
    assert drawn[0] != drawn[1]


def _anywhere(session: Session, value: bytes | str) -> bool:
    """Whether any column of any table holds the value."""
    for table in Base.metadata.sorted_tables:
        for row in session.execute(select(table)):
            if any(value == held or (isinstance(held, str | bytes) and str(value) in str(held)) for held in row):
                return True
    return False


def test_address_and_browser_are_nowhere(session: Session, referrer: Referrer, now: datetime) -> None:
    scan(session, now, referrer)
    assert not _anywhere(session, "203.0.113.7")
    assert not _anywhere(session, PHONE)


def test_a_repeated_scan_costs_two_statements_and_a_new_one_three(
    session: Session, referrer: Referrer, now: datetime
) -> None:
    scan(session, now, referrer, address="203.0.113.1")
    said: list[str] = []
    event.listen(session.connection(), "before_cursor_execute", lambda *given: said.append(given[2]))
    scan(session, now, referrer)
    assert [line.split()[0] for line in said] == ["SELECT", "INSERT", "INSERT"]
    said.clear()
    scan(session, now, referrer)
    assert [line.split()[0] for line in said] == ["SELECT", "INSERT"]


def test_a_crowd_at_once_is_counted_to_the_last(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        referrer = make.referrer(session)
    start = Barrier(8)

    def come(number: int) -> int:
        start.wait()
        counted = 0
        for visit in range(6):  # everybody comes three times
            with database.transaction() as session:
                counted += scan(session, now, referrer, address=f"203.0.113.{number}-{visit % 2}")
        return counted

    with ThreadPoolExecutor(8) as threads:
        counted = sum(threads.map(come, range(8)))
    with database.reading() as session:
        assert counted == 16 == session.scalar(select(func.sum(ScanCount.scans)))
        assert session.scalar(select(func.count()).select_from(ScanSalt)) == 1


@pytest.mark.parametrize(
    ("given", "campaign"), [("wechat", "wechat"), ("WeChat", "wechat"), ("<script>", ""), ("", ""), (None, "")]
)
def test_only_places_of_the_list_are_kept(given: str | None, campaign: str) -> None:
    assert campaign_of(given) == campaign


@pytest.mark.parametrize(("given", "design"), [("arch", "arch"), ("other", ""), ("../arch", ""), (None, "")])
def test_only_designs_that_there_are_are_kept(given: str | None, design: str) -> None:
    assert design_of(given, frozenset({"arch"})) == design


def test_the_database_itself_keeps_one_row_a_day(session: Session, referrer: Referrer, now: datetime) -> None:
    scan(session, now, referrer)
    with pytest.raises(Exception, match=r"(?i)unique|duplicate"), session.begin_nested():
        session.execute(text("INSERT INTO scan_counts SELECT * FROM scan_counts"))
