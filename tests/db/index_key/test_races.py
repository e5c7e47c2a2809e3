"""Sixteen at once claim the same clients while the index key turns: each client is one, and is found (ADR 69)."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Event

import pytest
from sqlalchemy import func, select

from portal.access.actor import SYSTEM, Actor
from portal.config import Config
from portal.db import Database
from portal.models import Client, IndexRotation, Outcome, Person, Registration
from portal.rules.registrations.search_words import TAIL
from portal.services import clients, contacts
from portal.services.claims import search_terms
from portal.services.index_key import pairs, rounds, words
from portal.services.index_key.turning import turn
from portal.services.registrations import registrations
from tests import factories as make
from tests.db.index_key.house import House, turn_at_last

AT_ONCE = 16
_ROUNDS = 4
"""Numbers that everybody registers before the turn, and as many after it."""


@pytest.fixture
def house(database: Database, config: Config, now: datetime) -> Iterator[House]:
    house = House(database, config, now)
    yield house
    house.dispose()


def test_sixteen_who_register_the_same_number_make_one_client(house: House) -> None:
    with house.both.transaction() as session:
        pair = make.agreement(session)
        brokers = [make.broker(session, agency=pair.agency) for _ in range(AT_ONCE)]
    turned, over = Event(), Event()
    asked = [f"139{number:08d}" for number in range(10_000)]
    done = list[str]()

    def register(actor: Actor) -> int:
        """Register one number after the other, as all others do, some of them after the turn; how many were."""
        mine = after = 0
        while after < _ROUNDS:
            phone = asked[mine]
            with house.both.transaction() as session:
                row = registrations.register_client(
                    session, actor, house.now, development_id=pair.development_id, phone=phone, name="王小明"
                )
                done.append(row.outcome)
            mine, after = mine + 1, after + turned.is_set()
            over.wait(0.02)  # the turn waits for a gap, as between two people
        return mine

    def rotate() -> None:
        key = house.prepared()
        while not done:
            over.wait(0.01)
        turn_at_last(house.both, house.now, key)
        turned.set()
        list(words.move(house.both))

    with ThreadPoolExecutor(AT_ONCE + 1) as pool:
        at_work = [pool.submit(register, Actor.of(one)) for one in brokers]
        turning = pool.submit(rotate)
        try:
            turning.result()
        finally:
            turned.set()
        most = max(one.result() for one in at_work)
    list(words.move(house.both))
    assert rounds.prove(house.both).wrong == {}
    check_one_client_a_number(house.both, brokers[0], pair.development_id, asked[:most])


def check_one_client_a_number(database: Database, broker: Person, development_id: int, phones: list[str]) -> None:
    """Each number is one client, one broker's, and found by the whole number and by its end."""
    with database.reading() as session:
        claimed = select(Registration.client_id).where(Registration.development_id == development_id)
        won = claimed.where(Registration.outcome == Outcome.ACCEPTED).subquery()
        assert session.scalar(select(func.count(claimed.distinct().subquery().c.client_id))) == len(phones)
        assert session.scalar(select(func.count()).select_from(won)) == len(phones), "each client is one broker's"
        opened = [contacts.open_phone(session, one).e164 for one in session.scalars(select(Client))]
        assert len(opened) == len(set(opened)), "and no number is two clients"
        for phone in phones:
            assert clients.find_client(session, contacts.parse_phone(phone)) is not None
            tail = search_terms.whose(session, Actor.of(broker), Registration, phone[-TAIL:])
            assert session.scalars(select(Registration.id).where(tail)).first() is not None


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
def test_who_waited_for_the_turn_works_with_the_new_key(house: House) -> None:
    """Whoever begins while the turn is under way, and reads which key is in force as it ends, reads the new one."""
    key, begun = house.prepared(), Event()

    def look() -> str:
        begun.set()
        with house.both.transaction() as session:
            return contacts.vault_of(session).index_mark

    with ThreadPoolExecutor(AT_ONCE) as pool, house.both.transaction() as session:
        rotation = session.get_one(IndexRotation, key)
        turn(session, SYSTEM, house.now, rotation)
        waiting = [pool.submit(look) for _ in range(AT_ONCE // 4)]
        begun.wait(5)
        session.commit()
        assert {one.result() for one in waiting} == {rotation.anew}


def test_pairs_that_two_commands_make_are_made_once(house: House) -> None:
    key = house.begun()
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: list(pairs.fill(house.both, key)), range(2)))
    assert sum(step.done for step in pairs.fill(house.both, key)) == 0
