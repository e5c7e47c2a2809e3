"""The administrator's and the principal's pages: accounts, the audit log, health."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from portal.access.scope import RULES
from portal.app import create_app
from portal.config import Config
from portal.db import Database
from portal.models import AuditEntry, Freeze, JobRun, Person, Role, TextKind
from portal.services import audit, sweeps
from portal.services.messages import texts
from portal.web.admin import health
from portal.web.words.audit_subjects import SUBJECTS
from tests import factories as make
from tests.clock import MovableClock
from tests.databases import Migrated
from tests.web.client import PageClient

GOOD = "sunny rivers run deep"


@pytest.fixture
def people_of(store: Database) -> dict[Role, Person]:
    with store.transaction() as session:
        people = {role: make.person(session, role) for role in Role}
        make.referrer(session, person=people[Role.REFERRER])
        return people


@pytest.fixture
def desk(app: Flask, people_of: dict[Role, Person]) -> Callable[[Role], PageClient]:
    """An English-reading client of a role."""
    return lambda role: PageClient(app, "en").sign_in(people_of[role])


Desk = Callable[[Role], PageClient]


def link_of_the_text(client: PageClient) -> str:
    """The link in the only text that waits in the inbox, as an address of the application."""
    return str(client.get("inbox.index").one("main .panel a")["href"]).removeprefix("http://127.0.0.1:8000")


def test_a_phone_of_another_account_is_not_shown_as_this_ones(
    store: Database, desk: Desk, people_of: dict[Role, Person]
) -> None:
    own, other = people_of[Role.FINANCE], people_of[Role.APPROVER]
    with store.transaction() as session:
        session.get_one(Person, own.id).phone_sealed = other.phone_sealed
    page = desk(Role.ADMINISTRATOR).get("admin.person", person_id=own.id, status=409)
    assert "belongs to another record" in page.main


def test_an_account_is_opened_and_its_link_goes_to_the_owner_alone(app: Flask, desk: Desk) -> None:
    admin = desk(Role.ADMINISTRATOR)
    form = admin.get("admin.person_new")
    page = form.submit({"role": "reception", "name": "沈岚", "phone": "13900007777"})
    assert page.h1 == "沈岚"
    assert page.texts(".status") == ["Invited"]
    assert "by text" in page.texts(".notice")[0]
    assert "139****7777" in page.texts(".notice")[0]
    assert "/welcome/" not in page.html
    welcome = PageClient(app, "en").get(link_of_the_text(admin))
    assert welcome.submit({"password": GOOD, "again": GOOD}).h1 == "Today"
    taken = form.submit({"role": "reception", "name": "沈岚", "phone": "+86 139 0000 7777"}, status=422)
    assert "There is an account with this phone already." in taken.errors[0]
    assert taken.one("input[name=name]")["value"] == "沈岚"


def test_where_no_texts_go_out_the_link_is_shown_once_to_hand_it_over(
    config: Config, migrated: Migrated, clock: MovableClock
) -> None:
    with migrated.copy("sqlite") as url:
        app = create_app(replace(config, database_url=url, sms="none"), clock)
        with app.extensions["database"].transaction() as session:
            admin = make.person(session, Role.ADMINISTRATOR)
        client = PageClient(app, "en").sign_in(admin)
        page = client.get("admin.person_new").submit({"role": "reception", "name": "沈岚", "phone": "13900007777"})
        link = page.texts(".link-once")[0]
        assert not client.get(page.path).texts(".link-once")
        assert "沈岚" in PageClient(app, "en").get("/" + link.split("/", 3)[3]).main
        app.extensions["database"].dispose()


def test_a_principal_is_opened_in_an_agency(desk: Desk, people_of: dict[Role, Person]) -> None:
    form = desk(Role.ADMINISTRATOR).get("admin.person_new")
    filled = {"role": "principal", "name": "何川", "phone": "13900007778"}
    assert form.submit(filled, status=422).errors == ["Choose the agency that the principal belongs to."]
    agency = people_of[Role.BROKER].agency
    assert agency.name in form.submit({**filled, "agency": str(agency.id)}).main


def test_closing_and_reopening(app: Flask, desk: Desk, people_of: dict[Role, Person]) -> None:
    reception = desk(Role.RECEPTION)
    page = desk(Role.ADMINISTRATOR).get("admin.person", person_id=people_of[Role.RECEPTION].id)
    page = page.submit(button="Yes, close the account")
    assert page.texts(".status") == ["Deactivated"]
    assert reception.get("home.index").h1 == "Sign in"
    assert page.submit(button="Open the account again").texts(".status") == ["Active"]


def test_the_administrator_cannot_close_the_own_account(desk: Desk, people_of: dict[Role, Person]) -> None:
    page = desk(Role.ADMINISTRATOR).get("admin.person", person_id=people_of[Role.ADMINISTRATOR].id)
    assert "Ask another administrator" in page.submit(button="Yes, close the account", status=409).main


def test_a_phone_is_masked_until_somebody_looks_and_that_is_written_down(
    desk: Desk, people_of: dict[Role, Person], store: Database
) -> None:
    admin, person = desk(Role.ADMINISTRATOR), people_of[Role.FINANCE]
    page = admin.get("admin.person", person_id=person.id)
    assert "****" in page.main
    assert "+86138" in page.submit(button="Show the phone number").main
    with store.reading() as session:
        looked = session.query(AuditEntry).filter_by(action="phone_revealed", subject_id=person.id).one()
    assert looked.actor_id == people_of[Role.ADMINISTRATOR].id


def test_people_are_filtered_paged_and_exported(desk: Desk, store: Database) -> None:
    with store.transaction() as session:
        for number in range(31):
            make.person(session, Role.CASHIER, name=f"=出纳{number}")
    admin = desk(Role.ADMINISTRATOR)
    page = admin.get("admin.people", q="出纳", state="active")
    assert len(page.all("tbody tr")) == 30
    assert len(page.follow("Next page").all("tbody tr")) == 1
    assert admin.get("admin.people", q="nobody of this name").texts(".empty-title") == ["Nobody fits"]
    assert len(admin.get("admin.people", role="no such role").all("tbody tr")) == 30, "a wrong word filters nothing"
    file = admin.download("admin.people_export", kind="csv", q="出纳").get_data(as_text=True)
    assert file.count("'=出纳") == 31
    assert "138****" in file
    admin.download("admin.people_export", kind="pdf", status=404)


def test_the_audit_log_is_read_by_who_deed_record_and_day(
    desk: Desk, people_of: dict[Role, Person], store: Database, clock: MovableClock
) -> None:
    officer = desk(Role.PRIVACY_OFFICER)
    with store.transaction() as session:
        subject = session.get_one(Person, people_of[Role.BROKER].id)
        audit.record(session, make_actor(people_of[Role.FINANCE]), clock(), "phone_revealed", subject)
        audit.record(session, make_actor(people_of[Role.FINANCE]), clock() - timedelta(days=2), "password_set", subject)

    def deeds(**filters: object) -> list[str]:
        return officer.get("admin.audit", **filters).texts("tbody td:first-child")

    broker, finance = people_of[Role.BROKER].id, people_of[Role.FINANCE].id
    assert deeds(subject="people", number=broker) == ["Set the password", "Looked at a phone number"]
    assert deeds(actor=finance, action="phone_revealed") == ["Looked at a phone number"]
    assert deeds(actor=finance, since="2026-03-10", until="2026-03-10") == ["Looked at a phone number"]
    assert deeds(actor=finance, until="2026-03-09") == ["Set the password"]
    assert deeds(actor=finance, since="not a day") == ["Set the password", "Looked at a phone number"]
    file = officer.download("admin.audit_export", kind="csv", actor=finance).get_data(as_text=True)
    assert "Looked at a phone number" in file


def make_actor(person: Person) -> audit.Actor:
    return audit.Actor.of(person, "192.0.2.9")


def test_health_shows_the_schema_and_whether_the_worker_lives(desk: Desk, store: Database, clock) -> None:
    admin = desk(Role.ADMINISTRATOR)
    silent = "The worker is silent"
    page = admin.get("admin.health")
    assert "sqlite" in page.main
    assert silent in page.main
    with store.transaction() as session:
        for name in ("worker", "sweep", "retention"):
            session.add(JobRun(name=name, ran_at=clock(), found={}))
    page = admin.get("admin.health")
    assert silent not in page.main
    assert page.texts("td.cell-status") == ["Well"] * 5 + ["Late", "Well", "Late"]
    assert "portal backup" in page.main, "what to do is said"
    clock.move(minutes=6)
    page = admin.get("admin.health")
    assert silent in page.main
    assert "something is wrong" not in page.main, "a sweep that cannot run is no second fault"
    with store.transaction() as session:
        session.get_one(JobRun, "worker").ran_at = clock()
    page = admin.get("admin.health")
    assert silent not in page.main
    assert "Sweep of every minute: something is wrong" in page.main


def test_health_says_which_messages_did_not_go_out(desk: Desk, store: Database, clock: MovableClock) -> None:
    admin = desk(Role.ADMINISTRATOR)
    assert "Did not go out" not in admin.get("admin.health").main
    with store.transaction() as session:
        broker = make.broker(session)
        for why in ("not_asked_Forbidden.RAM", "isv.MOBILE_NUMBER_ILLEGAL"):
            row = texts.enqueue_to_owner(
                session, clock(), broker, TextKind.ACCOUNT_LINK, {}, key=why, expires_at=clock() + timedelta(days=7)
            )
            row.given_up_at, row.failure, row.params_sealed, row.next_try_at = clock(), why, None, None
    page = admin.get("admin.health")
    assert "it may have gone out (not_asked_Forbidden.RAM)" in page.main
    assert "The provider refused it: isv.MOBILE_NUMBER_ILLEGAL" in page.main


def test_health_names_what_fails_and_what_is_damaged(desk: Desk, store: Database, clock) -> None:
    admin = desk(Role.ADMINISTRATOR)
    whole = admin.get("admin.health").main
    wrong = {"checked": 12, "nobodys": 1, "wrong": {"missing": 1, "sealed": 2}, "named": []}
    with store.transaction() as session:
        session.add(JobRun(name="sweep", ran_at=clock(), found={"failed": {"retention": 3}}))
        session.add(JobRun(name="files", ran_at=clock(), found=wrong))
        session.add(JobRun(name="database_check", ran_at=clock(), found={"fault": "row 1 missing from index"}))
    page = admin.get("admin.health").main
    for said in (
        "Erasing what is over: 3 times in a row",
        "3 stored files are wrong",
        "row 1 missing from index",
    ):
        assert said in page
        assert said not in whole
    assert "every night" in whole


def test_every_step_of_the_sweep_has_words() -> None:
    assert set(health.STEPS) == set(sweeps.STEPS)


def test_a_principal_invites_a_broker(app: Flask, desk: Desk, people_of: dict[Role, Person]) -> None:
    principal = desk(Role.PRINCIPAL)
    page = principal.get("agency.invite").submit({"name": "顾南", "phone": "13900008888"})
    assert page.h1 == "顾南"
    assert "/welcome/" not in page.html
    assert "顾南" in PageClient(app, "en").get(link_of_the_text(principal)).main
    assert principal.get("agency.brokers").texts("tbody td:first-child") == ["顾南"]


def test_a_frozen_broker_is_shown_frozen_until_the_freeze_ends(
    desk: Desk, people_of: dict[Role, Person], store: Database, clock: MovableClock
) -> None:
    with store.transaction() as session:
        broker = make.broker(session, agency_id=people_of[Role.PRINCIPAL].agency_id)
        session.add(Freeze(broker=broker, starts_at=clock(), ends_at=clock() + timedelta(days=3)))
    principal = desk(Role.PRINCIPAL)
    assert principal.get("agency.brokers").texts("tbody .status") == ["Frozen"]
    clock.move(days=3)
    assert principal.get("agency.brokers").texts("tbody .status") == ["Active"]


def test_a_principal_closes_only_own_brokers(desk: Desk, people_of: dict[Role, Person], store: Database) -> None:
    with store.transaction() as session:
        own = make.broker(session, agency_id=people_of[Role.PRINCIPAL].agency_id)
    principal = desk(Role.PRINCIPAL)
    page = principal.get("agency.broker", person_id=own.id).submit(button="Yes, close the account")
    assert page.texts(".status") == ["Deactivated"]
    principal.get("agency.broker", person_id=people_of[Role.BROKER].id, status=404)
    principal.get("agency.broker", person_id=people_of[Role.PRINCIPAL].id, status=404)


@pytest.mark.parametrize("role", sorted(Role))
def test_the_first_page_of_every_role_opens(desk: Desk, role: Role) -> None:
    assert desk(role).get("home.index").status == 200


def test_every_record_has_its_word(store: Database) -> None:
    computed = {"account_balances", "audit_entries", "ledger_transfers", "posted_lines", "what_if_effects"}
    pages = {model.__tablename__ for model in RULES} - computed
    assert pages | {"arrival_codes", "periods", "web_sessions"} <= SUBJECTS.keys()


def test_a_principal_learns_of_no_number_whose_it_is_and_is_seen_asking(
    signed_in: Callable[[Person], PageClient], store: Database
) -> None:
    with store.transaction() as session:
        principal = make.person(session, Role.PRINCIPAL)
        make.person(session, Role.APPROVER, phone="13900007001")
        make.broker(session, phone="13900007002")
        make.broker(session, agency=principal.agency, phone="13900007003")
    form = signed_in(principal).get("agency.invite")
    said = {str(form.submit({"name": "林一", "phone": f"1390000700{nth}"}, status=422).errors) for nth in (1, 2, 3)}
    assert len(said) == 1
    with store.reading() as session:
        asked = session.scalars(select(AuditEntry).where(AuditEntry.action == "invitation_refused")).all()
    assert [entry.actor_id for entry in asked] == [principal.id] * 3


def test_a_broker_is_moved_to_another_agency_with_a_reason(
    desk: Desk, people_of: dict[Role, Person], store: Database
) -> None:
    with store.transaction() as session:
        other = make.agency(session, name="远行经纪").id
    broker = people_of[Role.BROKER]
    admin = desk(Role.ADMINISTRATOR)
    form = admin.get("admin.person", person_id=broker.id).follow("Change this account")
    assert "Say why" in form.submit({"agency": other}, status=422).main
    page = form.submit({"agency": other, "phone": "13900008888", "reason": "moved"})
    assert page.path == f"/admin/people/{broker.id}"
    assert "远行经纪" in page.main
    assert "Agency or role changed" in page.main
    assert "139****8888" in page.main


def test_only_the_name_of_reception_is_changed_alone(desk: Desk, people_of: dict[Role, Person]) -> None:
    admin, reception = desk(Role.ADMINISTRATOR), people_of[Role.RECEPTION]
    form = admin.get("admin.person", person_id=reception.id).follow("Change the name")
    assert not form.all("[name=phone], [name=agency], [name=role]")
    assert form.submit({"name": "文岚", "reason": "typed wrong"}).h1 == "文岚"
    assert not admin.get("admin.person", person_id=people_of[Role.CASHIER].id).all("a[href$='/change']")


def test_who_takes_a_list_along_is_written_down(desk: Desk, people_of: dict[Role, Person], store: Database) -> None:
    desk(Role.ADMINISTRATOR).download("admin.people_export", kind="csv", q="13800000000", role="broker", actor=1)
    with store.reading() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "list_exported")).one()
    assert entry.actor_id == people_of[Role.ADMINISTRATOR].id
    facts = {"list": "/admin/people.csv", "kind": "csv", "rows": 1, "filters": "role=broker, actor=1"}
    assert entry.facts | {"rows": 1} == facts
    assert "13800000000" not in str(entry.facts)


def test_settings_that_cannot_be_read_are_said(desk: Desk, store: Database) -> None:
    with store.transaction() as session:
        name = make.development(session, policy={"photo_days": "ninety"}).name
    assert name in " ".join(desk(Role.ADMINISTRATOR).get("admin.health").texts(".banner"))
