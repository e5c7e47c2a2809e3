"""Taking a fresh registration back: who, how long, and what stays, on both databases."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.access.actor import Actor
from portal.models import AuditEntry, Receipt, Registration, RegistrationWithdrawal, Role
from portal.services.claims import receipts
from portal.services.registrations import lists as registration_list
from portal.services.registrations import undo as registration_undo
from portal.services.registrations.registrations import register_client
from portal.services.showings import arrival_codes, check_ins
from portal.web.receipts.words import SUBJECTS
from tests import factories as make
from tests.site import Site, refusal

PHONE = "13912345678"


@pytest.fixture
def fresh(site: Site) -> Registration:
    """A registration of this instant."""
    here = make.development(site.session)
    make.agreement(site.session, development=here, agency=site.broker.agency)
    return registered(site, here.id)


def registered(site: Site, development_id: int, after: timedelta = timedelta()) -> Registration:
    return register_client(
        site.session, site.actor, site.now + after, development_id=development_id, phone=PHONE, name="王小明"
    )


def undo(site: Site, row: Registration, after: timedelta = timedelta(minutes=1)) -> RegistrationWithdrawal:
    return registration_undo.withdraw(site.session, site.actor, site.now + after, row)


def test_it_is_taken_back_and_the_client_is_free(site: Site, fresh: Registration) -> None:
    row = undo(site, fresh)
    assert registration_list.state_of(fresh, site.now) == "withdrawn"
    assert fresh.outcome == "accepted"
    again = registered(site, fresh.development_id, timedelta(minutes=2))
    assert (again.outcome, again.id != fresh.id) == ("accepted", True)
    assert not fresh.touch.over_at(site.now)
    assert fresh.touch.over_at(row.at)
    entry = site.session.scalars(select(AuditEntry).where(AuditEntry.action == "registration_withdrawn")).one()
    assert (entry.subject_id, entry.actor_id) == (fresh.id, site.broker.id)


def test_its_receipt_says_so_and_the_first_one_stays(site: Site, fresh: Registration) -> None:
    before = receipts.receipt_of(site.session, fresh)
    told = receipts.receipt_of(site.session, undo(site, fresh))
    assert (told.facts["outcome"], told.facts["registration"]) == ("withdrawn", fresh.id)
    assert told.facts["party_name"] == site.broker.name
    assert told.subject_kind in SUBJECTS, "its page says what was decided"
    for receipt in (before, told):
        checked = receipts.verify(site.session, receipt.key)
        assert checked
        assert checked.valid
    assert len(site.session.scalars(select(Receipt)).all()) == 2


Prepare = Callable[[Site, Registration], object]


def coded(site: Site, row: Registration) -> None:
    arrival_codes.send_code(site.session, site.actor, site.now, row.touch)


def visited(site: Site, row: Registration) -> None:
    check_ins.check_in_at_reception(site.session, site.actor, site.now, registration=row)


REFUSED: dict[str, tuple[Prepare, timedelta, str]] = {
    "five minutes later": (lambda *_: None, timedelta(minutes=5), "undo_too_late"),
    "after a code was sent": (coded, timedelta(minutes=1), "undo_built_on"),
    "after a check-in": (visited, timedelta(minutes=1), "undo_built_on"),
    "twice": (undo, timedelta(minutes=1), "undo_nothing_held"),
}


@pytest.mark.parametrize(("prepare", "after", "code"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_taken_back(site: Site, fresh: Registration, prepare: Prepare, after: timedelta, code: str) -> None:
    prepare(site, fresh)
    assert refusal(lambda: undo(site, fresh, after)) == code


def test_only_by_who_made_it(site: Site, fresh: Registration) -> None:
    principal = Actor.of(make.person(site.session, Role.PRINCIPAL, agency=site.broker.agency))
    code = refusal(lambda: registration_undo.withdraw(site.session, principal, site.now, fresh))
    assert code == "not_your_registration"


def test_it_counts_for_the_days_limit_all_the_same(site: Site, fresh: Registration) -> None:
    fresh.development.policy = {"daily_limit": 1}
    undo(site, fresh)
    assert registered(site, fresh.development_id, timedelta(minutes=2)).code == "daily_limit"
