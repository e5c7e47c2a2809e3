"""A payee is told by text that he is paid to another account: once, in the transaction that makes it so."""

from datetime import datetime, timedelta

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from commissions.refusal import Refusal
from portal.access.actor import Actor
from portal.adapters.sms.local import LocalSms
from portal.clock import local_day
from portal.db import Database, alembic_config, migrate
from portal.models import BankChange, Role, TextKind, TextMessage
from portal.rules.bank_details.bank_details import BankDetails
from portal.services.bank_details import bank_details
from portal.services.bank_details.bank_details import Owner
from tests import factories as make
from tests.databases import Dialect, Migrated, opened
from tests.outboxes import send_texts

NEW = BankDetails("安居经纪有限公司", "招商银行杭州分行", "6214830012340123")
CALLED = {"account": NEW.account, "call_back": "王姐，座机 0571-88"}


def proposed(session: Session, now: datetime, owner: Owner) -> BankChange:
    manager = Actor.of(make.person(session, Role.CHANNEL_MANAGER))
    return bank_details.propose(session, manager, now, owner, NEW)


def finance(session: Session) -> Actor:
    return Actor.of(make.person(session, Role.FINANCE))


def test_each_principal_of_an_agency_is_told_once(database: Database, now: datetime, tmp_path) -> None:
    phones = LocalSms(tmp_path)
    with database.transaction() as session:
        agency = make.agency(session)
        for number in ("13900004444", "13900005555"):
            make.person(session, Role.PRINCIPAL, agency=agency, phone=number)
        make.person(session, Role.PRINCIPAL, agency=agency, deactivated_at=now)
        make.broker(session, agency=agency)
        make.person(session, Role.PRINCIPAL)
        hand, change = finance(session), proposed(session, now, agency)
        assert session.scalars(select(TextMessage)).all() == [], "a proposal moves nothing yet"
        bank_details.confirm(session, hand, now, change, **CALLED, by_text=True)
        with pytest.raises(Refusal, match="proposal_decided"):
            bank_details.confirm(session, hand, now, change, **CALLED, by_text=True)
    assert send_texts(database, phones, now) == 2
    came = phones.inbox()
    assert {one.phone for one in came} == {"+8613900004444", "+8613900005555"}
    assert [(one.template, one.params) for one in came] == 2 * [
        (TextKind.BANK_CHANGE, {"last_four": "0123", "day": local_day(now).isoformat()})
    ]


def test_a_person_is_told_on_the_own_phone(session: Session, now: datetime) -> None:
    person = make.referrer(session).person
    bank_details.confirm(session, finance(session), now, proposed(session, now, person), **CALLED, by_text=True)
    row = session.scalars(select(TextMessage)).one()
    assert (row.person, row.expires_at) == (person, now + timedelta(days=7))


def test_nobody_is_told_what_did_not_come_into_force_or_where_no_texts_go_out(session: Session, now: datetime) -> None:
    person, hand = make.referrer(session).person, finance(session)
    bank_details.refuse(session, hand, now, proposed(session, now, person), "查无此人")
    bank_details.confirm(session, hand, now, proposed(session, now, person), **CALLED)
    assert session.scalars(select(TextMessage)).all() == []


def test_texts_of_before_stay_and_only_the_new_kind_goes_back(dialect: Dialect, migrated: Migrated) -> None:
    with migrated.empty(dialect) as url, opened(url) as engine:
        script = ScriptDirectory.from_config(alembic_config(url))
        this = next(one for one in script.walk_revisions() if "texts_to_payees" in one.path)
        migrate(url, str(this.down_revision))
        kept = text("SELECT id, client_id, person_id, kind, key FROM text_messages ORDER BY id")
        with engine.begin() as connection:
            connection.execute(text(_PERSON))
            connection.execute(text(_TEXT.format(41, "account_link")))
            before = connection.execute(kept).all()
        migrate(url, this.revision)
        with engine.begin() as connection:
            assert connection.execute(kept).all() == before
            connection.execute(text(_TEXT.format(42, "bank_change")))
        command.downgrade(alembic_config(url), str(this.down_revision))
        with engine.connect() as connection:
            assert connection.execute(kept).all() == before
    assert len(before) == 1


_PERSON = """
    INSERT INTO people (id, role, name, phone_sealed, phone_index, created_at)
    VALUES (7, 'referrer', 'x', 'x', 'x', '2026-03-01 00:00:00')
"""
_TEXT = """
    INSERT INTO text_messages (id, person_id, kind, key, params_sealed, created_at, expires_at, attempts)
    VALUES ({0}, 7, '{1}', 'k{0}', 'x', '2026-03-01 00:00:00', '2026-03-01 00:10:00', 0)
"""
