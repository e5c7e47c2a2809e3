"""A link in a mail to a work address: what it tells, and what ends it (rules 7.3)."""

import re
from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy import select

from portal.access.actor import Actor
from portal.adapters.mail.local import LocalMail
from portal.db import Database
from portal.models import CheckedBy, EmployeeCheck, Mail, Programme, ProgrammeDomain, Referrer, Role
from portal.services.programmes import employee_lists
from tests import factories as make
from tests.clock import MovableClock
from tests.web.client import Page, PageClient

FRIEND = {"name": "王小明", "phone": "139 1234 5678", "contact": True}
WORK = FRIEND | {"work_email": "Wang.XM@acme.example"}
WORKS_THERE = "form[action$='/work']"


@pytest.fixture
def company(store: Database) -> Programme:
    with store.transaction() as session:
        return make.company(session, name="远航科技")


@pytest.fixture
def landing(client: PageClient, store: Database, company: Programme) -> Page:
    with store.reading() as session:
        return client.get("landing.show", code=session.get_one(Referrer, company.referrer_id).code)


def mailed(app: Flask) -> list[str]:
    """The paths in the mails, the newest first."""
    sender = app.extensions["post"].sender
    assert isinstance(sender, LocalMail)
    found = [re.search(r"http\S+", mail.letter.text) for mail in sender.inbox()]
    return [urlsplit(one[0]).path for one in found if one]


def ways(store: Database) -> list[CheckedBy]:
    """How clients were proven, in order."""
    with store.reading() as session:
        return list(session.scalars(select(EmployeeCheck.way).order_by(EmployeeCheck.id)))


def test_a_link_does_not_tell_who_stands_on_the_list(
    landing: Page, app: Flask, store: Database, company: Programme
) -> None:
    """A colleague leaves another person's number with his own address: listed or not, he reads the same."""
    with store.transaction() as session:
        row = session.get_one(Programme, company.referrer_id)
        found = employee_lists.read(session, row, employee_lists.open_file("手机\n13912345678\n".encode()))
        manager = Actor.of(make.person(session, Role.CHANNEL_MANAGER))
        employee_lists.replace(session, manager, make.BEFORE, row, employee_lists.Seen(found.marks))
    landing, seen = landing.client.get(landing.address), set()
    for phone, name in (("13912345678", "a"), ("13912345679", "b")):
        landing.submit(WORK | {"phone": phone, "work_email": f"{name}@acme.example"})
        asked = landing.client.get(mailed(app)[0])
        seen.add((asked.main, asked.submit().main, landing.client.get(mailed(app)[0]).main))
    assert len(seen) == 1
    assert ways(store) == [CheckedBy.LIST, CheckedBy.MAIL]


def test_the_page_of_done_cannot_be_made_up(landing: Page, app: Flask) -> None:
    landing.submit(WORK)
    asked = landing.client.get(mailed(app)[0])
    token = mailed(app)[0].rpartition("/")[2]
    for done in ("", "1", token):
        assert landing.client.get("work_mail.show", token=token, done=done).h1 == asked.h1


def test_who_said_stop_gets_no_mail(landing: Page, app: Flask, store: Database, clock: MovableClock) -> None:
    thanks = landing.submit(FRIEND)
    clock.move(minutes=1)
    thanks.submit(form="form:not([action])")
    thanks.submit({"work_email": "wang.xm@acme.example"}, form=WORKS_THERE)
    assert mailed(app) == []
    with store.reading() as session:
        assert session.scalars(select(Mail)).all() == []
    clock.move(minutes=1)
    landing.submit(WORK)
    assert len(mailed(app)) == 1, "agreed to again"


def test_a_link_ends_with_its_domain_and_with_its_programme(
    landing: Page, app: Flask, store: Database, company: Programme
) -> None:
    landing.submit(WORK)
    asked = landing.client.get(mailed(app)[0])
    with store.transaction() as session:
        session.get_one(Programme, company.referrer_id).domains = [ProgrammeDomain(domain="acme.test")]
    assert "acme.example" in landing.client.get(mailed(app)[0], status=410).main
    asked.submit(status=410)
    with store.transaction() as session:
        session.get_one(Programme, company.referrer_id).domains = [ProgrammeDomain(domain="acme.example")]
        session.get_one(Referrer, company.referrer_id).revoked_at = make.BEFORE
    over = landing.client.get(mailed(app)[0], status=410)
    assert asked.submit(status=410).h1 == over.h1
    assert ways(store) == []
