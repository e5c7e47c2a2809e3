"""A client is found by surname, name and last four digits, by who may read the row, on both databases."""

from collections.abc import Callable
from datetime import datetime

import pytest
from alembic import command
from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from portal.access.actor import Actor
from portal.db import Database, alembic_config, migrate
from portal.models import Registration, Role, SearchTerm
from portal.services import contacts
from portal.services.leads import leads
from portal.services.registrations import lists as registration_list
from portal.services.registrations import unregistered, walk_ins
from portal.services.showings import lists as showing_list
from tests import factories as make
from tests.factories.friends import accepted_lead
from tests.site import Site

Find = Callable[[str], list[int]]


@pytest.fixture
def town(site: Site) -> dict[str, Registration]:
    """Clients of one broker in one development, and one of another agency's there."""
    here = site.registration.development
    make.agreement(site.session, development=here, agency=site.broker.agency)
    phones = {"王小明": "13800135678", "王女士": "13800139003", "欧阳娜": "13900005678"}
    found = {
        name: site.register(development=here, name=name, client=make.client(site.session, phone=phone))
        for name, phone in phones.items()
    }
    theirs = make.client(site.session, phone="13700005678")
    rival = make.touch(site.session, development=here, client=theirs, name="王五")
    found["王五"] = make.registration(site.session, touch=rival)
    return found


def found(session: Session, actor: Actor, town: dict[str, Registration], find: str) -> set[str]:
    rows = session.scalars(registration_list.registrations(session, actor, make.BEFORE, find=find))
    names = {row.id: name for name, row in town.items()}
    return {names[row.id] for row in rows if row.id in names}


ASKED = {
    "王": {"王小明", "王女士"},
    "王先生": {"王小明", "王女士"},
    "王小明": {"王小明"},
    "小明": set(),
    "欧阳": {"欧阳娜"},
    "欧": set(),
    "5678": {"王小明", "欧阳娜"},
    "13800139003": {"王女士"},
    "138 0013 9003": {"王女士"},
    "%": set(),
}


@pytest.mark.parametrize(("find", "names"), ASKED.items(), ids=ASKED)
def test_a_broker_finds_his_own(site: Site, town: dict[str, Registration], find: str, names: set[str]) -> None:
    assert found(site.session, site.actor, town, find) == names


def test_reception_finds_everybodys_and_by_number(site: Site, town: dict[str, Registration]) -> None:
    reception = Actor.of(make.person(site.session, Role.RECEPTION))
    assert found(site.session, reception, town, "王") == {"王小明", "王女士", "王五"}
    assert found(site.session, reception, town, f"#{town['王五'].id}") == {"王五"}


def test_who_reads_names_masked_tries_no_whole_name(site: Site, town: dict[str, Registration]) -> None:
    principal = Actor.of(make.person(site.session, Role.PRINCIPAL, agency=site.broker.agency))
    assert found(site.session, principal, town, "王小明") == set()
    assert found(site.session, principal, town, "王") == {"王小明", "王女士"}
    assert found(site.session, principal, town, "9003") == {"王女士"}


SHOWN = {"王": {"王小明", "王五"}, "5678": {"王小明", "王五"}, "王五": {"王五"}, "9003": set()}


@pytest.mark.parametrize(("find", "names"), SHOWN.items(), ids=SHOWN)
def test_a_showing_is_found_by_its_client_and_by_its_broker(
    site: Site, town: dict[str, Registration], find: str, names: set[str]
) -> None:
    shown = {make.showing(site.session, touch=town[name].touch, at=site.now).id: name for name in ("王小明", "王五")}

    def seen(actor: Actor, asked: str) -> set[str]:
        rows = site.session.scalars(showing_list.showings(site.session, actor, site.now, find=asked))
        return {shown[row.id] for row in rows}

    reception = Actor.of(make.person(site.session, Role.RECEPTION))
    assert seen(reception, find) == names
    assert seen(site.actor, find) == names - {"王五"}
    assert seen(reception, site.broker.name) == {"王小明"}


def test_equal_words_of_two_developments_do_not_show(site: Site) -> None:
    first, second = (site.register(name="王小明").id for _ in range(2))
    terms = select(SearchTerm.digest)
    of = [set(site.session.scalars(terms.where(SearchTerm.registration_id == key))) for key in (first, second)]
    assert len(of[0]) == len(of[1]) == 3
    assert not of[0] & of[1]


def test_registrations_of_before_are_found_as_well(database: Database) -> None:
    """0047 opens them row by row, and writes what is written today."""
    with database.transaction() as session:
        make.registration(session, touch=make.touch(session, name="欧阳娜"))
        written = set(session.scalars(select(SearchTerm.digest)))
    with database.engine.begin() as connection:
        connection.execute(delete(SearchTerm))
        connection.execute(text("DROP TABLE search_terms"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0046'"))
    url = database.url
    with pytest.raises(RuntimeError, match="needs the keys"):
        migrate(url, "0047")
    migrate(url, "0047", vault=database.vault)
    with database.reading() as session:
        assert set(session.scalars(select(SearchTerm.digest))) == written


@pytest.fixture
def came(site: Site) -> None:
    """Who came without a broker, and friends of a referrer, one of whom is refused; in two developments."""
    here, reception = site.registration.development, Actor.of(make.person(site.session, Role.RECEPTION))
    for place, name, phone in ((here, "王五", "13800135678"), (make.development(site.session), "王六", "13700005678")):
        walk_ins.sign_in_walk_in(site.session, reception, site.now, development_id=place.id, phone=phone, name=name)
    referrer = make.referrer(site.session, development=here)
    own = contacts.open_phone(site.session, referrer.person).e164
    for name, phone in (("欧阳娜", "13900005678"), ("王推荐", own)):
        given = {"code": referrer.code, "name": name, "phone": phone, "consent_version": "2", "locale": "en"}
        leads.leave_lead(site.session, site.now, leads.LeftLead(address=None, **given))


BESIDES = {
    "5678": {("王五", "walk_in"), ("王六", "walk_in"), ("欧阳娜", "referral_lead")},
    "王": {("王五", "walk_in"), ("王六", "walk_in"), ("王推荐", "referral_lead")},
    "王五": {("王五", "walk_in")},
    "欧阳": {("欧阳娜", "referral_lead")},
    "139 0000 5678": {("欧阳娜", "referral_lead")},
    "1234": set(),
    "%": set(),
}


@pytest.mark.parametrize(("find", "names"), BESIDES.items(), ids=BESIDES)
def test_walk_ins_and_friends_are_found_besides_and_by_staff_alone(
    site: Site, came: None, find: str, names: set[tuple[str, str]]
) -> None:
    def seen(role: Role, **given: object) -> set[tuple[str, str]]:
        actor = site.actor if role is Role.BROKER else Actor.of(make.person(site.session, role, **given))
        rows = unregistered.found(site.session, actor, site.now, find, most=9)
        return {(row.client_name, row.kind.value) for row in rows}

    assert seen(Role.RECEPTION) == seen(Role.CHANNEL_MANAGER) == names
    assert seen(Role.BROKER) == seen(Role.PRINCIPAL, agency=site.broker.agency) == set()


def test_a_walk_in_or_friend_says_how_it_stands(site: Site, came: None) -> None:
    reception, here = Actor.of(make.person(site.session, Role.RECEPTION)), site.registration.development_id
    asked = {"find": "王", "development_id": here, "most": 9}
    walked, friend = unregistered.found(site.session, reception, site.now, **asked)
    assert (friend.refused, friend.holds, friend.protected_until) == (True, False, None)
    assert (walked.refused, walked.holds, walked.client_phone) == (False, True, "138****5678")
    late = walked.protected_until
    assert late is not None
    assert not unregistered.found(site.session, reception, late, **asked)[0].holds


def test_walk_ins_and_leads_of_before_are_found_as_well(database: Database, now: datetime) -> None:
    """0067 opens them row by row, writes what is written today, and leaves registrations as they were."""
    with database.transaction() as session:
        registered = make.registration(session, touch=make.touch(session, name="欧阳娜"))
        place, reception = make.development(session).id, Actor.of(make.person(session, Role.RECEPTION))
        walk_ins.sign_in_walk_in(session, reception, now, development_id=place, name="王五", phone="13800135678")
        someone = make.person(session, Role.REFERRER)  # of before 0069, when a referrer had the number of the person
        accepted_lead(session, make.referrer(session, person=someone, id=someone.id), now)
    terms = select(SearchTerm.registration_id, SearchTerm.touch_id, SearchTerm.lead_id, SearchTerm.digest)
    with database.reading() as session:
        written = {tuple(row) for row in session.execute(terms)}
    assert {tuple(place is None for place in row[:3]) for row in written} == {
        (False, True, True), (True, False, True), (True, True, False)
    }  # fmt: skip
    command.downgrade(alembic_config(database.url), "0066")
    with database.engine.connect() as connection:
        left = set(connection.scalars(text("SELECT registration_id FROM search_terms")))
    assert left == {registered.id}
    with pytest.raises(RuntimeError, match="needs the keys"):
        migrate(database.url)
    migrate(database.url, vault=database.vault)
    with database.reading() as session:
        assert {tuple(row) for row in session.execute(terms)} == written
