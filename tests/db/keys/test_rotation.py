"""Everything is sealed anew with another key while people work: rows, files, and what only grows (ADR 42)."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from sqlalchemy import BigInteger, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from portal.access.actor import SYSTEM, Actor
from portal.adapters.storage.files import FolderFiles, new_name
from portal.config import Config, new_secrets
from portal.db import Database
from portal.models import (
    SEALED_ANEW,
    Agency,
    AuditEntry,
    BankChange,
    KeyRotation,
    Mail,
    MailKind,
    PayoutBatch,
    Person,
    Registration,
    Role,
    TextMessage,
)
from portal.services import contacts
from portal.services.accounts import account_proposals, passwords
from portal.services.aftercare import complaints, owners, surveys
from portal.services.bank_details import bank_details
from portal.services.care import files as care_files
from portal.services.care import words as care_words
from portal.services.care_files import known
from portal.services.faces import encryption
from portal.services.imports import files as imported
from portal.services.joining import invitations
from portal.services.keys import rotation
from portal.services.keys.rotation import FILES, standing
from portal.services.keys.sealed_columns import CONTEXTS, sealed_columns
from portal.services.loans import loans
from portal.services.messages import mails, texts
from portal.services.not_bought import answers as not_bought
from portal.services.notifications import addresses
from portal.services.partner_api import repeats
from portal.services.partners import papers
from portal.services.payouts import bank_files
from portal.services.provider_sign_in import ties
from portal.services.referral import share_tickets
from portal.services.robots import robots
from portal.services.second_factors.proving import secret_context
from portal.services.showings import guardians
from portal.services.webhooks import endpoints as webhook_endpoints
from portal.services.webhooks import worker as webhook_worker
from tests import factories as make
from tests.db.money import Staff, exported

ELSEWHERE = {
    "app_messages.params_sealed": "app.params",
    "app_tokens.token_sealed": "app_tokens.token",
    "account_ties.openid_sealed": f"{ties.OPENID}:{{person_id}}",
    "account_ties.subject_sealed": f"{ties.SUBJECT}:{{person_id}}",
    "agreements.contact_sealed": papers._CONTACT,
    "api_answers.body_sealed": repeats.CONTEXT,
    "complaint_words.text_sealed": complaints.context(0).replace("0", "{step_id}"),
    "owner_files.family_sealed": owners.context(0).replace("0", "{deal_id}"),
    "owner_files.hobbies_sealed": owners.context(0).replace("0", "{deal_id}"),
    "webhook_attempts.answer_sealed": webhook_worker.answer_context(0).replace("0", "{delivery_id}"),
    "webhook_endpoints.former_sealed": webhook_endpoints._context(0).replace("0", "{agency_id}"),
    "webhook_endpoints.secret_sealed": webhook_endpoints._context(0).replace("0", "{agency_id}"),
    "survey_answers.words_sealed": surveys.context(0).replace("0", "{survey_id}"),
    "code_generators.secret_sealed": secret_context(0).replace("0", "{person_id}"),
    "deal_import_rows.cells_sealed": imported._ROW,
    "face_enrolments.vector_sealed": encryption._TEMPLATE,
    "face_templates.vector_sealed": encryption._TEMPLATE,
    "guardians.name_sealed": guardians._NAME,
    "invitations.name_sealed": invitations._NAME,
    "mails.params_sealed": mails._PARAMS,
    "mails.to_sealed": mails._TO,
    "notice_settings.mail_sealed": f"{addresses._SEALED}:{{person_id}}",
    "payout_batches.content_sealed": bank_files.BATCH_FILE,
    "people.password_sealed": passwords._context(0).replace("0", "{id}"),
    "registration_masks.mask_sealed": contacts._MASK,
    "robots.key_sealed": f"{robots._KEY}:{{development_id}}",
    "share_tickets.ticket_sealed": share_tickets.TICKET,
    "share_tickets.token_sealed": share_tickets.TOKEN,
    "text_messages.params_sealed": texts._PARAMS,
    **dict.fromkeys((name for name in CONTEXTS if name.endswith(".phone_sealed")), contacts._PHONE),
    "text_messages.number_sealed": contacts._PHONE,
    **dict.fromkeys(
        ("deals.name_sealed", "leads.name_sealed", "registrations.name_sealed", "touches.name_sealed"), contacts._NAME
    ),
    "programmes.contact_sealed": contacts._NAME,
    "care_files.name_sealed": care_files.name_context(0, 1)
    .replace("0", "{development_id}")
    .replace("1", "{client_id}"),
    "care_days.day_sealed": known.context(known.DAY, 0).replace("0", "{file_id}"),
    "care_grounds.words_sealed": known.context(known.GROUND, 0).replace("0", "{judgement_id}"),
    "care_needs.needs_sealed": known.context(known.NEEDS, 0).replace("0", "{file_id}"),
    "care_words.note_sealed": care_words.context(0).replace("0", "{file_id}"),
    "not_bought.note_sealed": not_bought._context(0).replace("0", "{file_id}"),
    "care_words.promised_sealed": care_words.context(0).replace("0", "{file_id}"),
    "loan_notes.text_sealed": contacts._NOTE,
    "loans.officer_sealed": loans._officer(0).replace("0", "{deal_id}"),
    "promises.text_sealed": contacts._NOTE,
    "lead_notes.step_sealed": contacts._NOTE,
    "lead_notes.text_sealed": contacts._NOTE,
}
"""What the services say of the contexts; bank details are sealed anew below for real."""


def test_the_register_says_what_the_services_do() -> None:
    banks = {"agencies.bank_sealed", "bank_changes.details_sealed", "people.bank_sealed"}
    assert {name: said for name, said in CONTEXTS.items() if name not in banks} == ELSEWHERE


def test_the_guards_let_a_new_seal_through_where_one_stands() -> None:
    """A table that lets no row change, and of which something is sealed, must be made to let a new seal through."""
    assert set(SEALED_ANEW) <= {one.column.table.name for one in sealed_columns()}


class House:
    """A database and files with what people sealed by a former key; opened with another one in front."""

    def __init__(self, database: Database, config: Config, folder: Path, now: datetime) -> None:
        self.old, self.now = database, now
        self.old_files = FolderFiles(folder, database.vault)
        self.config = replace(
            config, database_url=database.url, data_keys=f"{new_secrets()['data_keys']},{config.data_keys}"
        )
        self.new = Database(database.url, self.config.vault(), database.signer)
        self.files = FolderFiles(folder, self.new.vault)
        with database.transaction() as session:
            self.fill(session)

    def fill(self, session: Session) -> None:
        staff = Staff.hired(session)
        self.batch = exported(session, staff, self.now).id
        self.touch = make.touch(session)
        self.registration = make.registration(session, touch=self.touch).id
        self.person = make.person(session, Role.REFERRER, phone="13900004444")
        make.bank_details(session, self.person)
        administrators = [make.person(session, Role.ADMINISTRATOR) for _ in range(2)]
        account_proposals.propose_opening(
            session, Actor.of(administrators[0]), self.now, role=Role.FINANCE, name="林一", phone="13900005555"
        )
        mails.enqueue(
            session, self.now, "k", mails.NewMail(next(iter(MailKind)), "a@example.com", {"x": "y"}, "en", self.now)
        )
        self.name = new_name()
        self.old_files.put(self.name, b"a photo")

    def rotated(self) -> KeyRotation:
        with self.new.transaction() as session:
            current = rotation.begin(session, SYSTEM, self.now).id
        steps = list(rotation.run(self.new, self.files, current))
        assert [step for step in steps if step.broken] == []
        assert self.left() == {}
        with self.new.transaction() as session:
            return rotation.finish(session, SYSTEM, self.now, current)

    def left(self) -> dict[str, int]:
        """What stands on another key than the first."""
        stand = {one.what: one.by_key for one in standing(self.new, self.files)}
        return {what: found for what, keys in stand.items() if (found := keys.total() - keys[self.new.vault.newest])}


@pytest.fixture
def house(database: Database, config: Config, tmp_path: Path, now: datetime) -> Iterator[House]:
    house = House(database, config, tmp_path / "files", now)
    yield house
    house.new.dispose()


def test_nothing_is_left_on_the_former_key(house: House, config: Config) -> None:
    before = house.left()
    assert before.keys() >= {"registrations.name_sealed", "payout_batches.content_sealed", FILES}
    done = house.rotated()
    assert (done.rows + done.files, done.ended_at) == (sum(before.values()), house.now)
    with_new_alone = replace(house.config, data_keys=house.config.data_keys.split(",")[0])
    alone = Database(house.old.url, with_new_alone.vault(), house.old.signer)
    with alone.reading() as session:
        assert bank_files.file_of(session, session.get_one(PayoutBatch, house.batch))
        assert contacts.open_name(session, session.get_one(Registration, house.registration).name_sealed) == "王小明"
        person = session.get_one(Person, house.person.id)
        assert contacts.open_phone(session, person).e164 == "+8613900004444"
        assert bank_details.details_of(session, person) is not None
        assert passwords.hash_of(session, person) is not None
        for change in session.scalars(select(BankChange)):
            assert bank_details.proposed_details(session, change)
        for agency in session.scalars(select(Agency).where(Agency.bank_sealed.is_not(None))):
            assert bank_details.details_of(session, agency) is not None
        deeds = list(session.scalars(select(AuditEntry.action).where(AuditEntry.subject_kind == "keys")))
        assert deeds == ["key_rotation_begun", "key_rotation_ended"]
    alone.dispose()
    assert FolderFiles(house.files._root, with_new_alone.vault()).get(house.name) == b"a photo"


def test_who_was_killed_goes_on_where_he_stopped(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = sum(house.left().values())
    monkeypatch.setattr(rotation, "ROWS_AT_ONCE", 2)
    with house.new.transaction() as session:
        current = rotation.begin(session, SYSTEM, house.now).id
    killed = rotation.run(house.new, house.files, current)
    done = next(killed).done + next(killed).done
    killed.close()
    assert sum(house.left().values()) == whole - done
    ended = house.rotated()
    assert (ended.id, ended.rows + ended.files) == (current, whole), "the same round, and nothing twice"


def hold(session: Session, person: Person) -> None:
    session.execute(select(Person.id).where(Person.id == person.id).with_for_update())


def test_people_go_on_writing_with_either_key(house: House) -> None:
    """What an old process writes meanwhile is found; whoever holds a row is not waited for; no word is lost."""
    stop, written = Event(), list[int]()

    def write(database: Database) -> None:
        for _ in range(20):
            if stop.is_set():
                return
            with database.transaction() as session:
                hold(session, house.person)
                password = passwords.seal(session, house.person.id, f"hash {len(written)}")
                session.execute(update(Person).where(Person.id == house.person.id).values(password_sealed=password))
                written.append(make.client(session).id)

    with house.new.transaction() as session:
        current = rotation.begin(session, SYSTEM, house.now).id
    with ThreadPoolExecutor(2) as pool:
        writers = [pool.submit(write, database) for database in (house.old, house.new)]
        for _ in range(2):
            assert not [step for step in rotation.run(house.new, house.files, current) if step.broken]
        stop.set()
        for writer in writers:
            writer.result()
    list(rotation.run(house.new, house.files, current))
    assert house.left() == {}
    assert written
    with house.new.reading() as session:
        assert passwords.hash_of(session, session.get_one(Person, house.person.id)) is not None


def test_whoever_holds_a_row_is_not_waited_for(house: House, dialect: str) -> None:
    if dialect == "sqlite":
        pytest.skip("a writer has the file to himself")
    with house.old.transaction() as session:
        hold(session, house.person)
        with house.new.transaction() as beside:
            current = rotation.begin(beside, SYSTEM, house.now).id
        list(rotation.run(house.new, house.files, current))
        left = house.left()
    assert left == {"people.phone_sealed": 1, "people.password_sealed": 1, "people.bank_sealed": 1}
    house.rotated()


def test_what_does_not_open_is_named_and_left(house: House, caplog: pytest.LogCaptureFixture) -> None:
    with house.old.transaction() as session:
        wrong = house.old.vault.seal(b"x", "another context")
        session.execute(update(Mail).values(to_sealed=wrong))
    with house.new.transaction() as session:
        current = rotation.begin(session, SYSTEM, house.now).id
    broken = {step.what: step.broken for step in rotation.run(house.new, house.files, current) if step.broken}
    assert broken == {"mails.to_sealed": 1}
    assert "mails.to_sealed of row" in caplog.text
    assert house.left() == {"mails.to_sealed": 1}


class TestTheDatabase:
    """What only grows lets a new seal through, and nothing else (ADR 42)."""

    def test_refuses_a_seal_while_no_round_is_open(self, house: House) -> None:
        for _, table, column, _ in _guarded(house):
            assert _refused(house, table, column, lambda old: _anew(house, old))

    def test_refuses_whatever_is_no_new_seal(self, house: House) -> None:
        with house.new.transaction() as session:
            rotation.begin(session, SYSTEM, house.now)
        for _, table, column, _ in _guarded(house):
            assert _refused(house, table, column, lambda old: old[:4] + b"x" * (len(old) - 4)), "the former key's"
            assert _refused(house, table, column, lambda old: _anew(house, old) + b"x"), "a longer text"
            assert _refused(house, table, column, lambda old: b"none" + old[4:]), "nobody's key"

    def test_refuses_any_other_change_beside_a_new_seal(self, house: House) -> None:
        with house.new.transaction() as session:
            rotation.begin(session, SYSTEM, house.now)
        for key, table, column, others in _guarded(house):
            for other in others:
                change = f"{other.name} = {_another(other)}"
                assert _refused(house, table, column, lambda old: _anew(house, old), f", {change}"), (key, change)
            assert not _refused(house, table, column, lambda old: _anew(house, old)), "the new seal alone goes through"


def _guarded(house: House) -> list[tuple[int, str, str, list[Any]]]:
    """Of each guarded table a row: its number, the column that is sealed, and the others."""
    found = []
    with house.new.reading() as session:
        for one in sealed_columns():
            table = one.column.table
            if table.name in SEALED_ANEW:
                key = session.scalars(select(table.c.id).where(one.column.is_not(None))).first()
                assert key is not None, table.name
                others = [column for column in table.c if column is not one.column and column.computed is None]
                found.append((key, table.name, one.column.name, others))
    return found


def _another(column: Any) -> str:
    if column.name == "at" or column.name.endswith("_at"):
        return "'2001-01-01 00:00:00'"
    return "7777" if isinstance(column.type, BigInteger) else "'another'"


def _anew(house: House, old: bytes) -> bytes:
    return bytes.fromhex(house.new.vault.newest) + old[4:]


def _refused(house: House, table: str, column: str, seal: Callable[[bytes], bytes], beside: str = "") -> bool:
    """Whether the database refuses to put another seal into the first row that has one."""
    first = f"SELECT id, {column} FROM {table} WHERE {column} IS NOT NULL ORDER BY id LIMIT 1"
    change = f"UPDATE {table} SET {column} = :seal{beside} WHERE id = :id"
    said = ""
    try:
        with house.old.transaction() as session:
            key, old = session.execute(text(first)).one()
            session.execute(text(change), {"seal": seal(bytes(old)), "id": key})
    except DBAPIError as error:
        said = str(error)
    return "append-only" in said


def test_texts_are_sealed_anew_too(house: House) -> None:
    with house.old.transaction() as session:
        row = texts.enqueue_to_stranger(
            session, house.now, contacts.parse_phone("13900007777"), texts.TextKind.INVITATION, {"token": "t"}, key="x",
            expires_at=house.now,
        )  # fmt: skip
        assert row is not None
    house.rotated()
    with house.new.reading() as session:
        kept = session.scalars(select(TextMessage).where(TextMessage.key == "x")).one()
        assert contacts.open_number(session, kept.number_sealed).e164 == "+8613900007777"
