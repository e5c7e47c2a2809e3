"""Somebody leaves with open work: a broker's clients go to a colleague, a manager's next step to another."""

from datetime import timedelta

import pytest

from portal.access.actor import Actor
from portal.db import Database
from portal.models import Lead, Person, Role
from portal.services.leads import care
from portal.services.registrations.registrations import register_client
from tests import factories as make
from tests.browser.office import NAMES, Office, staff_office
from tests.browser.people import Someone
from tests.browser.stage import Windows
from tests.clock import MovableClock
from tests.factories.friends import accepted_lead

COLLEAGUE, COLLEAGUES_PHONE = "林晓芸", "13800001601"
CLIENTS = (("王小明", "13912345678"), ("赵敏", "13912345679"))
ADMINISTRATOR, STAYS = "13800001602", "何经理"


@pytest.fixture
def office(store: Database, windows: Windows, clock: MovableClock) -> Office:
    """A broker with two clients of yesterday, and a colleague of his."""
    with store.transaction() as session:
        staff = staff_office(session)
        leaver = staff[Role.BROKER]
        make.broker(session, agency=leaver.agency, name=COLLEAGUE, phone=COLLEAGUES_PHONE)
        place = make.agreement(session, agency=leaver.agency).development_id
        for name, phone in CLIENTS:
            facts = {"development_id": place, "phone": phone, "name": name}
            register_client(session, Actor.of(leaver), clock() - timedelta(days=1), **facts)
    return Office(windows, "leaving")


@pytest.mark.night
def test_a_broker_leaves_and_a_colleague_comes_to_the_site_with_his_client(office: Office) -> None:
    leaver, principal = office.at_phone(Role.BROKER), office.at_phone(Role.PRINCIPAL)
    leaver.page.goto("/registrations")
    leaver.sees(CLIENTS[0][0])
    closes(principal)
    office.windows.allow(" answered 401")
    leaver.page.goto("/registrations")
    leaver.is_at("Sign in")
    hands_over(principal)
    colleague = Someone(office.windows.phone("zh-CN"), "leaving-colleague").signs_in(COLLEAGUES_PHONE)
    colleague.goes_to("Clients")
    colleague.page.get_by_role("link", name=CLIENTS[0][0]).click()
    colleague.reads("Registered by")
    colleague.sees(NAMES[Role.BROKER])
    colleague.looks("1-client")
    colleague.follows("Check in at the site")
    colleague.looks("2-checks-in")


def closes(principal: Someone) -> None:
    principal.goes_to("Brokers")
    principal.page.get_by_role("link", name=NAMES[Role.BROKER]).click()
    principal.opens("Close this account")
    principal.presses("Yes, close the account")
    principal.is_at("What %(name)s has in hand", name=NAMES[Role.BROKER])
    principal.looks("1-in-hand")


def hands_over(principal: Someone) -> None:
    """From the first page, as who did not do it at once: one of the two, then the rest."""
    principal.page.goto("/")
    principal.page.get_by_role("link", name=principal.words("Left behind, without a successor")).click()
    principal.page.get_by_role("link", name=NAMES[Role.BROKER]).click()
    principal.chooses("Who takes it over", COLLEAGUE)
    principal.page.get_by_role("radio", name=principal.words("Only what I tick below")).check()
    principal.page.get_by_role("checkbox").first.check()
    principal.looks("2-ticked")
    principal.presses("Hand over")
    principal.reads("%(num)d thing was handed over to %(to)s.", 1, to=COLLEAGUE)
    principal.chooses("Who takes it over", COLLEAGUE)
    principal.presses("Hand over")
    principal.is_at("Hand-overs")
    principal.reads("Nothing waits")
    principal.looks("3-nothing-waits")


@pytest.fixture
def lead(store: Database, clock: MovableClock) -> Lead:
    """A friend whom a channel manager was to call today, an administrator, and another manager."""
    with store.transaction() as session:
        leaver = staff_office(session)[Role.CHANNEL_MANAGER]
        make.person(session, Role.ADMINISTRATOR, phone=ADMINISTRATOR)
        make.person(session, Role.CHANNEL_MANAGER, name=STAYS, phone=COLLEAGUES_PHONE)
        lead = accepted_lead(session, make.referrer(session), clock())
        care.write(session, Actor.of(leaver), clock(), lead, step_of(leaver, clock))
        return lead


def step_of(person: Person, clock: MovableClock) -> care.NewNote:
    return care.NewNote(step="打电话约看房", step_by=person.id, due_on=clock().date())


@pytest.mark.usefixtures("lead")
@pytest.mark.night
def test_a_manager_leaves_and_the_call_is_made_by_another(windows: Windows) -> None:
    administrator = Someone(windows.desktop("zh-CN"), "leaving-administrator").signs_in(ADMINISTRATOR)
    administrator.goes_to("People")
    administrator.page.get_by_role("link", name=NAMES[Role.CHANNEL_MANAGER]).click()
    administrator.opens("Close this account")
    administrator.presses("Yes, close the account")
    administrator.chooses("Who takes it over", STAYS)
    administrator.looks("1-in-hand")
    administrator.presses("Hand over")
    administrator.is_at("Hand-overs")
    successor = Someone(windows.phone("zh-CN"), "leaving-successor").signs_in(COLLEAGUES_PHONE)
    successor.page.get_by_role("link", name=successor.words("Next steps with leads, due")).click()
    successor.sees("打电话约看房")
    successor.looks("1-step")
