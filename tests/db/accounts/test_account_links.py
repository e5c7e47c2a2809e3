"""A link to choose a password goes to its owner's phone, and what became of the text is known."""

from datetime import datetime, timedelta

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.access.actor import Actor
from portal.adapters.sms.local import LocalSms
from portal.db import Database, alembic_config, migrate
from portal.models import PasswordLink, Role, TextKind, TextMessage
from portal.services.accounts import links as account_links
from portal.services.accounts import people
from portal.services.leads import opt_outs
from portal.services.messages import texts
from tests import factories as make
from tests.databases import Dialect, Migrated, opened
from tests.outboxes import send_texts


def test_the_link_goes_to_the_account_and_leads_in(database: Database, now: datetime, tmp_path) -> None:
    with database.transaction() as session:
        principal = make.person(session, Role.PRINCIPAL)
        broker = make.broker(session, agency_id=principal.agency_id, phone="13900004444")
        account_links.text_link(session, Actor.of(principal), now, broker)
    phones = LocalSms(tmp_path)
    assert send_texts(database, phones, now) == 1
    (came,) = phones.inbox()
    assert (came.phone, came.template) == ("+8613900004444", TextKind.ACCOUNT_LINK)
    with database.reading() as session:
        assert people.person_of_link(session, now, came.params["token"]).id == broker.id
        link = session.scalars(select(PasswordLink)).one()
        sent = texts.of_keys(session, [account_links.key_of(link.id)])[account_links.key_of(link.id)]
        assert (sent.sent_at, sent.params_sealed, sent.person_id) == (now, None, broker.id)


def test_it_waits_as_long_as_the_link_is_good(session: Session, now: datetime) -> None:
    admin = Actor.of(make.person(session, Role.ADMINISTRATOR))
    row = account_links.text_link(session, admin, now, make.broker(session))
    assert row.expires_at == now + timedelta(days=7)
    assert row.params_sealed is not None


def test_who_said_stop_as_a_client_is_told_of_the_own_account(database: Database, now: datetime, tmp_path) -> None:
    with database.transaction() as session:
        broker = make.broker(session, phone="13900004444")
        make.client(session, phone="13900004444")
        opt_outs.take_answer(session, now, phone="13900004444", text="T", address=None)
        account_links.text_link(session, Actor.of(make.person(session, Role.ADMINISTRATOR)), now, broker)
    assert send_texts(database, LocalSms(tmp_path), now) == 1


@pytest.mark.parametrize("readers", ["nobody", "two"])
def test_a_text_has_one_reader(session: Session, now: datetime, readers: str) -> None:
    both = {"client_id": make.client(session).id, "person_id": make.broker(session).id}
    row = {"kind": TextKind.ACCOUNT_LINK, "key": "k", "params_sealed": b"x", "created_at": now, "expires_at": now}
    session.add(TextMessage(**row, attempts=0, **(both if readers == "two" else {})))
    with pytest.raises(IntegrityError, match="one_reader"):
        session.flush()


def test_texts_of_before_keep_their_numbers_and_their_codes(dialect: Dialect, migrated: Migrated) -> None:
    with migrated.empty(dialect) as url, opened(url) as engine:
        script = ScriptDirectory.from_config(alembic_config(url))
        this = next(one for one in script.walk_revisions() if "texts_to_owners" in one.path)
        migrate(url, str(this.down_revision))
        kept = "SELECT id, client_id, kind, key, params_sealed FROM text_messages"
        with engine.begin() as connection:
            connection.execute(text(_CLIENT))
            connection.execute(text(_TEXT))
            before = connection.execute(text(kept)).all()
        migrates, back = (lambda: migrate(url, this.revision)), str(this.down_revision)
        for move in (migrates, lambda: command.downgrade(alembic_config(url), back)):
            move()
            with engine.connect() as connection:
                assert connection.execute(text(kept)).all() == before
    assert len(before) == 1


_CLIENT = """
    INSERT INTO clients (id, phone_sealed, phone_index, created_at) VALUES (7, 'x', 'x', '2026-03-01 00:00:00')
"""
_TEXT = """
    INSERT INTO text_messages (id, client_id, kind, key, params_sealed, created_at, expires_at, attempts)
    VALUES (41, 7, 'arrival_code', 'k', 'x', '2026-03-01 00:00:00', '2026-03-01 00:10:00', 0)
"""
