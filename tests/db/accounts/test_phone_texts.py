"""Another phone of an account is told to the number of before, which is nobody's here any more."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from portal.access.actor import Actor
from portal.adapters.sms.local import LocalSms
from portal.clock import local_day
from portal.db import Database
from portal.models import Person, Role, TextKind, TextMessage
from portal.services.accounts import account_proposals
from portal.services.accounts.account_changes import AccountFacts, change_account
from tests import factories as make
from tests.outboxes import send_texts


def change_phone(database: Database, now: datetime, *, tells_number: bool) -> None:
    with database.transaction() as session:
        first, second = (Actor.of(make.person(session, Role.ADMINISTRATOR)) for _ in range(2))
        person = make.person(session, Role.APPROVER, phone="13900004444")
        proposal = account_proposals.propose_phone(session, first, now, person, "13900005555")
        assert session.scalars(select(TextMessage)).all() == [], "a proposal moves nothing yet"
        account_proposals.confirm(session, second, now, proposal, by_text=True, tells_number=tells_number)


@pytest.mark.parametrize("again", [False, True])
def test_the_number_of_before_is_told_once(database: Database, now: datetime, tmp_path, again: bool) -> None:
    phones = LocalSms(tmp_path)
    change_phone(database, now, tells_number=True)
    if again:  # the number of before is somebody else's account by then: he is not the reader, only his phone is
        with database.transaction() as session:
            make.person(session, Role.BROKER, phone="13900004444")
    assert [send_texts(database, phones, now) for _ in range(2)] == [1, 0]
    (came,) = phones.inbox()
    told = (came.phone, came.template, came.params)
    assert told == ("+8613900004444", TextKind.PHONE_CHANGE, {"day": local_day(now).isoformat()})
    with database.reading() as session:
        row = session.scalars(select(TextMessage)).one()
        assert (row.number_sealed, row.params_sealed) == (None, None), "what is sent is forgotten"
        assert session.get_one(Person, row.person_id).role is Role.APPROVER


def test_the_number_of_before_is_told_what_one_administrator_did(database: Database, now: datetime, tmp_path) -> None:
    """Who renumbers a broker alone could be him by a forgotten password: the broker hears of it."""
    phones = LocalSms(tmp_path)
    with database.transaction() as session:
        person, admin = make.broker(session, phone="13900004444"), Actor.of(make.person(session, Role.ADMINISTRATOR))
        for number in ("13900005555", "13900006666"):
            facts = AccountFacts(name=person.name, phone=number)
            at = now + timedelta(seconds=number == "13900006666")
            change_account(session, admin, at, person, facts, reason="换号", tells_number=True)
        change_account(session, admin, now, person, AccountFacts(name="林二"), reason="改名", tells_number=True)
    send_texts(database, phones, now + timedelta(minutes=1))
    assert {text.phone for text in phones.inbox()} == {"+8613900004444", "+8613900005555"}


def test_no_text_goes_where_none_are_approved(database: Database, now: datetime) -> None:
    change_phone(database, now, tells_number=False)
    with database.reading() as session:
        assert session.scalars(select(TextMessage)).all() == []
