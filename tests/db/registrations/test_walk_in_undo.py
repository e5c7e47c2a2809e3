"""Reception takes a mistyped walk-in back: whose client it was stands free again, and the record stays."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.access.actor import Actor
from portal.models import AuditEntry, Development, Event, Registration, Role, Touch, WalkInWithdrawal
from portal.services.claims import receipts
from portal.services.conflicts import finding
from portal.services.deals import deals
from portal.services.registrations import walk_in_undo, walk_ins
from portal.services.registrations.registrations import register_client
from portal.web.receipts.words import SUBJECTS
from tests import factories as make
from tests.factories.papers import rule_profile
from tests.site import Site, refusal

PHONE = "13912345678"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def place(site: Site) -> Development:
    here = make.development(site.session)
    make.agreement(site.session, development=here, agency=site.broker.agency)
    return here


@pytest.fixture
def desk(site: Site) -> Actor:
    return Actor.of(make.person(site.session, Role.RECEPTION))


@pytest.fixture
def slip(site: Site, place: Development, desk: Actor) -> Touch:
    """Somebody's number, typed by mistake."""
    return signs_in(site, desk, place)


def signs_in(site: Site, desk: Actor, place: Development, after: timedelta = timedelta()) -> Touch:
    visitor = {"development_id": place.id, "phone": PHONE, "name": "王小明"}
    return walk_ins.sign_in_walk_in(site.session, desk, site.now + after, **visitor).touch


def registers(site: Site, place: Development, after: timedelta) -> Registration:
    facts = {"development_id": place.id, "phone": PHONE, "name": "王小明"}
    return register_client(site.session, site.actor, site.now + after, **facts)


def test_what_it_kept_out_may_come_and_is_told(site: Site, place: Development, slip: Touch) -> None:
    refused = registers(site, place, MINUTE)
    assert refused.code == "walked_in_first"
    colleague = Actor.of(make.person(site.session, Role.RECEPTION))
    back = walk_in_undo.withdraw(site.session, colleague, site.now + 2 * MINUTE, slip)
    (told,) = site.session.scalars(select(Event).where(Event.kind == "client_free_again"))
    assert (told.person_id, told.subject_id) == (site.broker.id, refused.id)
    assert registers(site, place, 3 * MINUTE).code is None
    entry = site.session.scalars(select(AuditEntry).where(AuditEntry.action == "walk_in_withdrawn")).one()
    assert (entry.actor_id, entry.subject_id) == (colleague.id, slip.id)
    receipt = receipts.receipt_of(site.session, back)
    assert (receipt.facts["outcome"], receipt.facts["rule"]) == ("withdrawn", "walk_in_withdrawn")
    assert receipt.facts["protected_until"] is None
    assert receipt.subject_kind in SUBJECTS
    checked = receipts.verify(site.session, receipt.key)
    assert checked
    assert checked.valid


def test_it_is_in_the_list_as_taken_back_and_in_no_figure(
    site: Site, place: Development, slip: Touch, desk: Actor
) -> None:
    back = walk_in_undo.withdraw(site.session, desk, site.now + MINUTE, slip)
    site.session.flush()
    (row,) = walk_ins.walk_ins_since(site.session, desk, site.now)
    assert row.withdrawn
    assert row.receipt_key == receipts.receipt_of(site.session, back).key
    accepted = registers(site, place, 2 * MINUTE)
    assert accepted.code is None
    assert not list(finding._walk_ins(site.session, site.now + 3 * MINUTE)), "a slip is no doubt"


def test_who_waits_for_a_first_visit_waits_again(site: Site, place: Development, desk: Actor) -> None:
    rule_profile(site.session, place, 'who_wins = "first_visited"')
    waiting = registers(site, place, timedelta())
    slip = signs_in(site, desk, place, MINUTE)
    site.session.flush()
    kinds = select(Event.kind).where(Event.subject_kind == "registrations", Event.subject_id == waiting.id)
    assert sorted(site.session.scalars(kinds)) == ["registration_overtaken", "registration_runs"]
    walk_in_undo.withdraw(site.session, desk, site.now + 2 * MINUTE, slip)
    site.session.flush()
    assert sorted(site.session.scalars(kinds))[0] == "client_free_again"


Prepare = Callable[[Site, Touch, Actor], object]


def sold(site: Site, slip: Touch, _desk: Actor) -> None:
    manager = Actor.of(make.person(site.session, Role.CHANNEL_MANAGER))
    terms = deals.Subscription(slip.development_id, PHONE, "王小明", "1-101", 300_000_000, site.now)
    deals.open_deal(site.session, manager, site.now, terms)


def taken_back(site: Site, slip: Touch, desk: Actor) -> WalkInWithdrawal:
    return walk_in_undo.withdraw(site.session, desk, site.now + MINUTE, slip)


REFUSED: dict[str, tuple[Prepare, timedelta, str]] = {
    "a quarter of an hour later": (lambda *_: None, timedelta(minutes=15), "walk_in_too_late"),
    "after a deal": (sold, MINUTE, "walk_in_built_on"),
    "twice": (taken_back, 2 * MINUTE, "walk_in_over"),
}


@pytest.mark.parametrize(("prepare", "after", "code"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_taken_back(
    site: Site, slip: Touch, desk: Actor, prepare: Prepare, after: timedelta, code: str
) -> None:
    prepare(site, slip, desk)
    site.session.flush()
    assert refusal(lambda: walk_in_undo.withdraw(site.session, desk, site.now + after, slip)) == code
