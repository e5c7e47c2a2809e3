"""Another index key takes the place of the one in force: nobody is lost, and nobody is found twice (ADR 69)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import zip_longest
from pathlib import Path

import pytest
from sqlalchemy import String, Text, func, select, text, update
from sqlalchemy.exc import DBAPIError, OperationalError

from commissions.refusal import Refusal
from portal.access.actor import SYSTEM, Actor
from portal.adapters.storage.files import FolderFiles
from portal.config import Config, new_secrets
from portal.crypto import IndexKeyForeign
from portal.db import Database
from portal.models import (
    Agency,
    AuditEntry,
    Base,
    Client,
    DigestPair,
    IndexRotation,
    KeyMark,
    Person,
    Registration,
)
from portal.outages import Outage, of_database
from portal.services import clients, contacts
from portal.services.accounts import password_links, sign_in
from portal.services.bank_details import bank_details
from portal.services.claims import search_terms
from portal.services.index_key import pairs, rounds, turning, words
from portal.services.index_key.moving import following, moving
from portal.services.index_key.staying import staying
from portal.services.index_key.turning import NotYet, turn
from portal.services.joining import invitations
from portal.services.keys import rotation as sealed_anew
from portal.services.keys import starting
from portal.services.provider_sign_in import ties
from portal.services.second_factors import proving
from portal.services.second_factors.proving import Given, Method
from portal.services.verification import account_checks
from portal.session import Session
from tests import factories as make
from tests.db.index_key.house import DECLINED, ISSUER, MAIL, NAME, PHONE, House


@pytest.fixture
def house(database: Database, config: Config, now: datetime) -> Iterator[House]:
    house = House(database, config, now)
    yield house
    house.dispose()


def digests(database: Database) -> set[str]:
    """Every digest that can move, as it stands."""
    with database.reading() as session:
        return {row for one in moving() for row in session.scalars(select(one.digest).where(one.there()))}


def found_anywhere(database: Database, wanted: set[str]) -> set[str]:
    """The columns in which one of these words stands."""
    with database.reading() as session:
        return {
            f"{table.name}.{column.name}"
            for table in Base.metadata.tables.values()
            for column in table.c
            if isinstance(column.type, String | Text) and wanted & set(session.scalars(select(column)))
        }


def finds(session: Session, house: House) -> dict[str, bool]:
    """Who and what is found by phone, surname, last digits, address and account."""
    actor, number = Actor.of(house.manager), contacts.parse_phone(PHONE)

    def by(word: str) -> bool:
        which = search_terms.whose(session, actor, Registration, word)
        return house.registration in session.scalars(select(Registration.id).where(which)).all()

    client, person = clients.find_client(session, number), session.get_one(Person, house.person.id)
    return {
        "client": client is not None and client.id == house.touch.client_id,
        "account": session.scalar(select(Person.id).where(Person.phone_index == contacts.phone_index(session, number)))
        == house.person.id,
        "phone": by(PHONE),
        "surname": by(NAME[0]),
        "name": by(NAME),
        "tail": by(PHONE[-4:]),
        "bank": bank_details.details_of(session, person) is not None,
        "tie": ties.by_subject(session, ISSUER, "e-99") is not None,
        "accounts": all(check(session) is None for check in account_checks.CHECKS),
    }


def lost(database: Database, house: House) -> list[str]:
    with database.reading() as session:
        return [what for what, found in finds(session, house).items() if not found]


def test_everything_moves_and_nobody_is_lost(house: House) -> None:
    before = digests(house.old)
    with house.old.reading() as session:
        approved = session.scalars(select(Agency.bank_digest).where(Agency.bank_digest.is_not(None))).all()
    assert lost(house.old, house) == []
    done = house.rotated()
    assert found_anywhere(house.both, before) == set(), "no digest of before stands anywhere"
    with house.opened(house.new_key).reading() as session:
        assert [what for what, found in finds(session, house).items() if not found] == []
        assert not set(session.scalars(select(Agency.bank_digest))) & set(approved)
        assert session.scalar(select(func.count()).select_from(DigestPair)) == 0
        marks = {row.mark: row.ended_at for row in session.scalars(select(KeyMark))}
        assert marks == {done.former: house.now, done.anew: None}
        deeds = select(AuditEntry.action).where(AuditEntry.subject_kind == "keys").order_by(AuditEntry.id)
        assert list(session.scalars(deeds)) == ["index_rotation_begun", "index_key_turned", "index_rotation_ended"]


def test_all_columns_are_filled_by_the_house(house: House) -> None:
    """A column without a row would be moved by nobody's proof."""
    with house.old.reading() as session:
        empty = [one.name for one in moving() if not session.execute(one.rows(0, 1)).all()]
    assert empty == []


def test_the_proof_is_signed_and_a_changed_one_is_none(house: House) -> None:
    done = house.rotated()
    with house.both.transaction() as session:
        row = session.get_one(IndexRotation, done.id)
        assert rounds.holds_good(session, row)
        assert row.facts is not None
        assert row.facts["proven"].keys() == {one.name for one in moving()} | {words.NAME}
        assert all(row.facts["proven"].values())
        row.facts = {**row.facts, "rows": 1}
        assert not rounds.holds_good(session, row)


def test_it_is_found_before_while_and_after(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairs, "ROWS_AT_ONCE", 1)
    monkeypatch.setattr(words, "ROWS_AT_ONCE", 1)
    key = house.begun()
    for _ in pairs.fill(house.both, key):
        assert lost(house.both, house) == []
        assert lost(house.old, house) == [], "who holds the former key alone works on until the turn"
    with house.both.transaction() as session:
        turn(session, SYSTEM, house.now, session.get_one(IndexRotation, key))
    assert lost(house.both, house) == [], "words are found under either key"
    for _ in words.move(house.both):
        assert lost(house.both, house) == []
    assert rounds.prove(house.both).wrong == {}


def test_who_was_killed_goes_on_where_he_stopped(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairs, "ROWS_AT_ONCE", 1)
    key = house.begun()
    killed = pairs.fill(house.both, key)
    done = next(killed).done + next(killed).done
    killed.close()
    assert house.begun() == key, "the same round"
    rest = sum(step.done for step in pairs.fill(house.both, key))
    with house.both.reading() as session:
        assert session.scalar(select(func.count()).select_from(DigestPair)) == done + rest, "and nothing twice"
    for times in (1, 0):
        with house.both.transaction() as session:
            moved = turn(session, SYSTEM, house.now, session.get_one(IndexRotation, key))
        assert bool(moved) == times, "turned once"
    some = words.move(house.both)
    next(some)
    some.close()
    list(words.move(house.both))
    assert rounds.prove(house.both).wrong == {}


def test_what_people_write_between_the_preparation_and_the_turn_moves_too(house: House) -> None:
    key = house.prepared()
    with house.old.transaction() as session:
        late = make.client(session, phone="13900008888").id
    with house.both.transaction() as session:
        turn(session, SYSTEM, house.now, session.get_one(IndexRotation, key))
    with house.both.reading() as session:
        found = clients.find_client(session, contacts.parse_phone("13900008888"))
        assert found is not None
        assert found.id == late


def test_what_rests_nowhere_is_found_under_the_former_key(house: House) -> None:
    """Sessions, links and codes of before are good after the turn, as long as the settings hold both keys."""
    house.rotated()
    with house.both.transaction() as session:
        assert sign_in.find_session(session, house.now, house.secret) is not None
        assert password_links.find(session, house.now, house.link).person_id == house.person.id
        declined = contacts.phone_indexes(session, contacts.parse_phone(DECLINED))
        assert invitations.refused_before(session, declined) == {declined[1]}
        tie = ties.by_subject(session, ISSUER, "e-1")
        assert tie is not None
        assert tie.subject_index != ties.subject_index(session, ISSUER, "e-1"), "under the former key still"
        given = Given(typed=house.codes[0])
        assert proving.prove(session, house.now, house.manager, "h", given) is Method.RECOVERY
        stays = staying(session, house.now, house.now + timedelta(seconds=1))
        assert stays.items() >= {"sessions": 1, "recovery codes": 9, "password links": 1}.items()
    with house.opened(house.new_key).transaction() as session:
        assert sign_in.find_session(session, house.now, house.secret) is None
        with pytest.raises(Refusal):
            password_links.find(session, house.now, house.link)
        assert ties.by_mail(session, MAIL) == [], "not confirmed yet, but asked for under the new key"


def test_who_holds_the_former_key_alone_writes_nothing_after_the_turn(house: House) -> None:
    house.turned()
    with pytest.raises(IndexKeyForeign), house.old.transaction() as session:
        clients.find_or_create_client(session, house.now, contacts.parse_phone(PHONE))
    with house.both.reading() as session:
        assert (session.scalar(select(func.count()).select_from(Client).where(Client.id != 0)) or 0) > 0
        assert clients.find_client(session, contacts.parse_phone(PHONE)) is not None


def test_both_keys_are_needed_until_the_round_is_through(house: House) -> None:
    house.turned()
    alone = replace(house.config, index_key=house.new_key)
    with house.both.reading() as session:
        hindrance = starting.hindrance(session, starting.marks_of(alone))
        assert hindrance is not None
        assert "until portal keys rotate-index is through" in hindrance.said
    with house.both.transaction() as session:
        rotation = rounds.current(session)
        assert rotation is not None
        rounds.finish(session, SYSTEM, house.now, rotation, rounds.Proof({}, {}))
        hindrance = starting.hindrance(session, starting.marks_of(alone))
        assert hindrance is None or hindrance.code != "index_key"


def test_the_turn_waits_until_every_process_holds_the_new_key(house: House) -> None:
    with house.both.reading() as session:
        rotation = session.get_one(IndexRotation, house.begun())
    house.old.dispose()
    before = house.opened(house.config.index_key)
    with before.reading() as session:
        session.scalar(select(1))
    with pytest.raises(rounds.Unready, match="1 processes or connections do not hold the new key"):
        rounds.check_processes(house.both, rotation)
    before.dispose()
    rounds.check_processes(house.both, rotation)


def test_who_is_under_way_is_not_overtaken(house: House, dialect: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever has made a digest and not written it yet holds the turn up; it gives way, and changes nothing."""
    if dialect == "sqlite":
        pytest.skip("a writer has the file to himself")
    monkeypatch.setattr(turning, "PATIENCE", "100ms")
    key = house.prepared()
    with house.old.transaction() as session:
        index = contacts.phone_index(session, contacts.parse_phone("13900009999"))
        with pytest.raises(OperationalError) as refused, house.both.transaction() as own:
            turn(own, SYSTEM, house.now, own.get_one(IndexRotation, key))
        assert of_database(refused.value.orig) is Outage.BUSY
        assert index == contacts.phone_index(session, contacts.parse_phone("13900009999"))
    assert lost(house.both, house) == []
    house.turned()


def test_data_keys_and_the_index_key_change_together(house: House, tmp_path: Path) -> None:
    """What is sealed anew between two looks makes the same digests; both proofs hold in the end."""
    house.config = replace(house.config, data_keys=f"{new_secrets()['data_keys']},{house.config.data_keys}")
    house.both = house.opened(f"{house.config.index_key},{house.new_key}")
    key, files = house.begun(), FolderFiles(tmp_path / "files", house.both.vault)
    with house.both.transaction() as session:
        sealing = sealed_anew.begin(session, SYSTEM, house.now).id
    steps = [pairs.fill(house.both, key), sealed_anew.run(house.both, files, sealing)]
    done = [step for pair in zip_longest(*steps) for step in pair if step is not None]
    assert [step for step in done if step.broken] == []
    with house.both.transaction() as session:
        turn(session, SYSTEM, house.now, session.get_one(IndexRotation, key))
    list(words.move(house.both))
    house.config = replace(house.config, data_keys=house.config.data_keys.partition(",")[0])
    alone = house.opened(house.new_key)
    assert rounds.prove(alone).wrong == {}
    assert lost(alone, house) == []


def test_a_key_that_was_left_is_not_taken_up_again(house: House) -> None:
    house.rotated()
    with house.both.transaction() as session:
        assert rounds.begin(session, SYSTEM, house.now) is None
    third = house.opened(f"{house.config.index_key},{house.new_key},{new_secrets()['index_key']}")
    with third.transaction() as session, pytest.raises(rounds.Unready):
        rounds.begin(session, SYSTEM, house.now)


def test_what_does_not_open_holds_the_turn_up(house: House, caplog: pytest.LogCaptureFixture) -> None:
    key = house.prepared()
    with house.old.transaction() as session:
        client = make.client(session)
        session.execute(update(Client).where(Client.id == client.id).values(phone_index="0" * 64))
    with pytest.raises(NotYet, match="1 of clients"), house.both.transaction() as session:
        turn(session, SYSTEM, house.now, session.get_one(IndexRotation, key))
    assert f"clients.phone_index of row {client.id} is not what its sealed value makes" in caplog.text
    assert lost(house.both, house) == [], "the former key is in force still"


class TestTheDatabase:
    """What only grows lets a digest follow by a pair of an open round, and nothing else."""

    GUARDED = (
        ("payout_approvals", "account_digest", "approved_at = '2001-01-01 00:00:00'"),
        ("bank_changes", "digest", "proposed_by = 7777"),
        ("account_proposals", "phone_index", "name = 'another'"),
    )

    @pytest.mark.parametrize(("table", "column", "beside"), GUARDED)
    def test_lets_a_digest_follow_its_pair_alone(self, house: House, table: str, column: str, beside: str) -> None:
        assert _refused(house, table, f"{column} = '{'f' * 64}'"), "without a round"
        house.prepared()
        pair = f"{column} = (SELECT anew FROM digest_pairs WHERE former = {table}.{column})"
        assert _refused(house, table, f"{column} = '{'f' * 64}'"), "by no pair"
        assert _refused(house, table, f"{pair}, {beside}"), "with another change beside"
        assert not _refused(house, table, pair)
        with house.both.transaction() as session:
            rotation = rounds.current(session)
            assert rotation is not None
            session.delete(rotation)
        assert _refused(house, table, f"{column} = (SELECT former FROM digest_pairs WHERE anew = {table}.{column})")

    def test_lets_an_account_follow_without_two_people(self, house: House) -> None:
        other = f"bank_digest = '{'f' * 64}'"
        house.prepared()
        assert _refused(house, "agencies", other, "bank_digest IS NOT NULL")
        pair = "bank_digest = (SELECT anew FROM digest_pairs WHERE former = bank_digest)"
        assert not _refused(house, "agencies", pair, "bank_digest IS NOT NULL")


def _refused(house: House, table: str, change: str, where: str = "true") -> bool:
    """Whether the database refuses to change the first row."""
    first = f"(SELECT min(id) FROM {table} WHERE {where})"
    try:
        with house.old.transaction() as session:
            session.execute(text(f"UPDATE {table} SET {change} WHERE id = {first}"))
    except DBAPIError as error:
        said = str(error)
        return "append-only" in said or "two people" in said
    return False


def test_every_column_that_follows_holds_what_a_moving_one_makes() -> None:
    assert {column.name for column in following()} <= {"account_digest", "phone_index"}
