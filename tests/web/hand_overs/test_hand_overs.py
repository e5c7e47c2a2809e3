"""Handing over as a principal and an administrator do it on their pages."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from portal.access.actor import Actor
from portal.db import Database
from portal.models import Development, Lead, LeadNote, Person, Registration, Role, Touch
from portal.services.leads import care
from tests import factories as make
from tests.factories.friends import accepted_lead
from tests.web.client import PageClient

SignIn = Callable[[Person], PageClient]


@dataclass
class Agency:
    """A principal, a broker with three clients, and the colleague who takes them over."""

    principal: Person
    leaver: Person
    stays: Person
    touches: list[Touch]


@pytest.fixture
def agency(store: Database, now: datetime) -> Agency:
    with store.transaction() as session:
        pair = make.agreement(session)
        principal = make.person(session, Role.PRINCIPAL, agency=pair.agency)
        leaver = make.broker(session, agency=pair.agency, name="邵云帆")
        stays = make.broker(session, agency=pair.agency, name="林晓芸")
        touches = [client(session, leaver, pair.development, now, days) for days in (3, 5, 7)]
        return Agency(principal, leaver, stays, touches)


def client(session, broker: Person, place: Development, now: datetime, days: int) -> Touch:  # type: ignore[no-untyped-def]
    until = now + timedelta(days=days)
    touch: Touch = make.touch(session, person=broker, development=place, at=now, protected_until=until)
    make.registration(session, touch=touch)
    return touch


def carers(store: Database) -> list[str]:
    with store.reading() as session:
        return [row.carer.name for row in session.scalars(select(Registration).order_by(Registration.id))]


def test_a_broker_leaves_and_his_clients_go_first_one_by_one_then_all(
    agency: Agency, signed_in: SignIn, store: Database
) -> None:
    principal = signed_in(agency.principal)
    page = principal.get("agency.broker", person_id=agency.leaver.id).submit(button="确认停用")
    assert page.h1 == "邵云帆手中的工作"
    assert "客户 · 3" in page.main
    assert principal.get("home.index").task("人员离开，待交接").h1 == "交接"
    page = principal.get("hand_overs.index").follow("邵云帆")
    page = page.submit({"to": str(agency.stays.id), "which": "ticked"}, button="交接", status=422)
    assert page.errors == ["请在下面至少勾选一项。"]
    ticked = [str(agency.touches[1].id)]
    chosen = {"to": str(agency.stays.id), "which": "ticked", "ids": ticked}
    page = page.submit(chosen, button="交接")
    assert "已将 1 项交接给林晓芸。" in page.html
    assert carers(store) == ["邵云帆", "林晓芸", "邵云帆"]
    page = page.submit({"to": str(agency.stays.id)}, button="交接")
    assert page.h1 == "交接"
    assert "没有待交接" not in page.main
    assert carers(store) == ["林晓芸"] * 3
    with store.reading() as session:
        key = session.scalars(select(Registration.id).order_by(Registration.id)).first()
    page = signed_in(agency.stays).get("registrations.index")
    assert len(page.all("main tbody tr")) == 3
    signed_in(agency.stays).get("showings.check_in", registration_id=key)


def test_a_principal_hands_on_what_a_colleague_has_and_so_takes_back(
    agency: Agency, signed_in: SignIn, store: Database
) -> None:
    principal = signed_in(agency.principal)
    page = principal.get("agency.broker", person_id=agency.leaver.id).follow("交接 3 项")
    given = {"to": str(agency.stays.id), "reason": "休产假"}
    page = page.submit(given, button="交接")
    back = {"to": str(agency.leaver.id), "reason": "产假结束"}
    principal.get("hand_overs.show", person_id=agency.stays.id).submit(back, button="交接")
    assert carers(store) == ["邵云帆"] * 3


def test_strangers_find_nothing(agency: Agency, signed_in: SignIn, store: Database) -> None:
    with store.transaction() as session:
        rival, admin = make.person(session, Role.PRINCIPAL), make.person(session, Role.ADMINISTRATOR)
    signed_in(rival).get("hand_overs.show", person_id=agency.leaver.id, status=404)
    page = signed_in(admin).get("hand_overs.show", person_id=agency.leaver.id)
    assert "手中没有待办" in page.main


@pytest.fixture
def lead(store: Database, now: datetime) -> Lead:
    with store.transaction() as session:
        return accepted_lead(session, make.referrer(session), now)


def test_an_administrator_hands_over_what_the_staff_leave_behind(
    lead: Lead, signed_in: SignIn, store: Database, now: datetime
) -> None:
    with store.transaction() as session:
        admin = make.person(session, Role.ADMINISTRATOR)
        leaver, stays = (make.person(session, Role.CHANNEL_MANAGER, name=name) for name in ("周岚", "何敏"))
        wanted = care.NewNote(step="打电话约看房", step_by=leaver.id, due_on=now.date())
        care.write(session, Actor.of(leaver), now, session.merge(lead), wanted)
        make.adjustment(session, payee=f"agency:{make.agency(session).id}", proposed_by=leaver.id)
    client = signed_in(admin)
    page = client.get("admin.person", person_id=leaver.id).submit(button="确认停用")
    assert "推荐客户的下一步 · 1" in page.main
    page = page.submit({"to": str(stays.id)}, form="form[action$=lead_notes]")
    assert "调整 · 1" in page.main or "调账 · 1" in page.main
    assert "目前没有可以接手的人。" in page.main, "there is no other finance"
    with store.reading() as session:
        assert session.scalars(select(LeadNote.step_by).order_by(-LeadNote.id)).first() == stays.id
    assert signed_in(stays).get("home.index").task("到期待跟进的推荐客户") is not None


def test_an_administrator_sees_which_agency_lacks_a_principal(
    agency: Agency, signed_in: SignIn, store: Database, now: datetime
) -> None:
    with store.transaction() as session:
        admin = make.person(session, Role.ADMINISTRATOR)
        for person in (agency.leaver, agency.principal):
            session.get_one(Person, person.id).deactivated_at = now
    page = signed_in(admin).get("hand_overs.index")
    assert "有中介公司没有负责人" in page.main
