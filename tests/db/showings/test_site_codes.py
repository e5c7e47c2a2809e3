"""The rotating code at reception: what it shows, for whom, and how often, on both databases (rules 3.2)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import func, select

from portal.access.actor import Actor
from portal.adapters.storage.files import FolderFiles
from portal.db import Database
from portal.models import AuditEntry, Registration, Role, Showing, SiteScan
from portal.services.showings import check_ins, site_codes
from portal.services.showings.site_codes import Scanned, SiteCode
from tests import factories as make
from tests.site import Site, refusal


def shown(site: Site, at: datetime | None = None) -> SiteCode:
    """What the tablet of somebody at reception shows."""
    reception = Actor.of(make.person(site.session, Role.RECEPTION))
    return site_codes.code_now(site.session, reception, at or site.now, site.registration.development)


def read(site: Site, text: str, after: timedelta = timedelta()) -> Scanned:
    return site_codes.read(site.session, site.now + after, text)


def record(site: Site, scanned: Scanned, registration: Registration | None = None) -> SiteScan:
    touch = (registration or site.registration).touch
    return site_codes.record_scan(site.session, site.actor, site.now, touch, scanned)


def knock(site: Site, after: timedelta = timedelta()) -> Showing:
    return check_ins.check_in_at_reception(site.session, site.actor, site.now + after, registration=site.registration)


def test_a_code_changes_every_half_minute_and_is_taken_a_step_longer(site: Site) -> None:
    code = shown(site)
    assert shown(site, site.now + timedelta(seconds=30)).text != code.text
    left = timedelta(seconds=code.seconds_left)
    assert read(site, code.text, left + timedelta(seconds=29)).step == code.step
    assert refusal(lambda: read(site, code.text, left + timedelta(seconds=30))) == "site_code_old"


def test_a_sign_that_is_changed_is_refused(site: Site) -> None:
    text = shown(site).text
    development, rest = text.split(".", 1)
    signless = text.rpartition(".")[0]
    made_up = ("", "x", text[:-1], text + "0", f"{int(development) + 1}.{rest}", f"{signless}.é", "1.2.3.4")
    for one in made_up:
        assert refusal(lambda one=one: read(site, one)) == "site_code_unknown"


def test_the_scan_says_who_when_and_on_whose_tablet(site: Site) -> None:
    row = record(site, read(site, shown(site).text))
    assert (row.broker_id, row.at, row.host.role) == (site.broker.id, site.now, Role.RECEPTION)
    entry = site.session.scalars(select(AuditEntry).where(AuditEntry.action == "site_code_scanned")).one()
    assert entry.facts == {"touch": site.registration.touch_id, "host": row.host_id}


def test_a_code_of_another_development_is_refused(site: Site) -> None:
    elsewhere = site.register(development=make.development(site.session))
    scanned = read(site, shown(site).text)
    assert refusal(lambda: record(site, scanned, elsewhere)) == "site_code_elsewhere"


def test_one_code_is_good_once_for_a_client_and_for_several_clients(site: Site) -> None:
    scanned = read(site, shown(site).text)
    first = record(site, scanned)
    assert record(site, scanned) is first
    showing = knock(site)
    assert site_codes.scan_of(site.session, showing) is first
    assert refusal(lambda: record(site, scanned)) == "site_code_used"
    record(site, scanned, site.register(development=site.registration.development))


CHECK_INS: dict[str, tuple[timedelta, bool]] = {
    "at once": (timedelta(), True),
    "after nine minutes": (timedelta(minutes=9, seconds=59), True),
    "after ten minutes": (timedelta(minutes=10), False),
}


@pytest.mark.parametrize(("after", "counts"), CHECK_INS.values(), ids=CHECK_INS)
def test_a_scan_is_for_the_next_ten_minutes(site: Site, after: timedelta, counts: bool) -> None:
    site.scan()
    showing = knock(site, after)
    assert showing.evidence["found"]["site_code"] is counts
    assert (site_codes.scan_of(site.session, showing) is not None) is counts


def test_a_ticket_is_one_brokers_and_ends(site: Site) -> None:
    scanned = read(site, shown(site).text)
    ticket = site_codes.ticket_for(site.session, site.actor, scanned)

    def back(actor: Actor, after: timedelta) -> Callable[[], Scanned]:
        return lambda: site_codes.read_ticket(site.session, actor, site.now + after, ticket)

    kept = back(site.actor, timedelta(minutes=4))()
    assert (kept.step, kept.host_id) == (scanned.step, scanned.host_id)
    assert kept.at <= site.now
    rival = Actor.of(make.broker(site.session))
    assert refusal(back(rival, timedelta())) == "site_code_unknown"
    assert refusal(back(site.actor, timedelta(minutes=5))) == "site_code_old"
    assert refusal(lambda: read(site, ticket)) == "site_code_unknown"


def test_sent_twice_at_once_it_is_one_scan(database: Database, now: datetime, tmp_path: Path) -> None:
    with database.transaction() as session:
        site = Site(session, now, FolderFiles(tmp_path, database.vault))
        scanned, registration_id, actor = read(site, shown(site).text), site.registration.id, site.actor
    barrier = Barrier(2)

    def send(_number: int) -> int:
        barrier.wait()
        with database.transaction() as session:
            touch = session.get_one(Registration, registration_id).touch
            return site_codes.record_scan(session, actor, now, touch, scanned).id

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(send, range(2))
    assert first == second
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(SiteScan)) == 1
