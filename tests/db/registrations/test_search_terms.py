"""A client is found by surname, name and last four digits, by who may read the row, on both databases."""

from collections.abc import Callable

import pytest
from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from portal.access.actor import Actor
from portal.db import Database, migrate
from portal.models import Registration, Role, SearchTerm
from portal.services.registrations import lists as registration_list
from tests import factories as make
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
