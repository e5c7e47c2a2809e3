"""Receipts outlive their signing key: the next one vouches for it, and for nobody else's (ADR 45)."""

import base64
import os
from collections.abc import Iterator
from datetime import datetime

import pytest
from sqlalchemy import select

from portal.access.actor import SYSTEM
from portal.crypto import KeyMarks, Signer
from portal.db import Database
from portal.models import KeyMark, Receipt, Registration
from portal.rules.keys.starting import KeyKind
from portal.services.claims import receipts
from portal.services.claims.signing_keys import name_of
from portal.services.keys import marks
from portal.session import Session
from tests import factories as make


class Keys:
    """A database that is opened with one signing key after another."""

    def __init__(self, database: Database, now: datetime) -> None:
        self.database, self.now = database, now
        self.opened: list[Database] = []
        self.accept(database)

    def next(self, *, accepted: bool = True) -> Database:
        """The same database with another signing key, taken into use."""
        database = Database(self.database.url, self.database.vault, Signer(os.urandom(32)))
        self.opened.append(database)
        if accepted:
            self.accept(database)
        return database

    def accept(self, database: Database) -> None:
        given = KeyMarks(("index",), {}, database.signer.public_key.hex(), "secret")
        with database.transaction() as session:
            marks.accept(session, SYSTEM, self.now, KeyKind.SIGNING, given)

    def receipt(self, database: Database, *, named: bool = True) -> str:
        with database.transaction() as session:
            registration = make.registration(session, touch=make.touch(session))
            receipt = signed(session, self.now, registration)
            receipt.signed_by = receipt.signed_by if named else None
            return session.store(receipt).key


def signed(session: Session, now: datetime, registration: Registration) -> Receipt:
    """A receipt that is not stored yet."""
    return receipts.signed(session, now, ("registrations", registration.id), registration.broker_id, {"outcome": "ok"})


@pytest.fixture
def keys(database: Database, now: datetime) -> Iterator[Keys]:
    keys = Keys(database, now)
    yield keys
    for one in keys.opened:
        one.dispose()


def holds(database: Database, key: str) -> bool:
    with database.reading() as session:
        checked = receipts.verify(session, key)
        assert checked is not None
        return checked.valid


@pytest.mark.parametrize("named", [True, False], ids=["named", "of before"])
def test_receipts_hold_under_every_key_that_was_ours(keys: Keys, named: bool) -> None:
    of_first = keys.receipt(keys.database, named=named)
    second = keys.next()
    of_second = keys.receipt(second)
    third = keys.next()
    assert [holds(third, key) for key in (of_first, of_second, keys.receipt(third))] == [True] * 3
    with third.reading() as session:
        said = receipts.public_keys(session)
        assert said["key_id"] == name_of(third.signer.public_key)
        assert [one["key_id"] for one in said["former"]] == [
            name_of(one.signer.public_key) for one in (second, keys.database)
        ]
        receipt = session.scalars(select(Receipt).where(Receipt.key == of_second)).one()
        proof = receipts.proof(session, receipt)
        assert base64.b64decode(proof["public_key"]) == second.signer.public_key


def test_a_key_that_somebody_wrote_into_the_table_is_not_ours(keys: Keys) -> None:
    forger = keys.next(accepted=False)
    forged = keys.receipt(forger)
    public = forger.signer.public_key.hex()
    present = keys.next()
    with present.transaction() as session:
        own = forger.signer.sign(b"portal former signing key\0" + public.encode())
        given = {"kind": KeyKind.SIGNING, "name": public[:8], "mark": public, "since": keys.now, "ended_at": keys.now}
        session.add(KeyMark(**given, voucher=own))
    assert not holds(present, forged)


def test_a_receipt_holds_under_the_key_that_it_names_alone(keys: Keys, now: datetime) -> None:
    second = keys.next()
    with second.transaction() as session:
        registration = make.registration(session, touch=make.touch(session))
        receipt = signed(session, now, registration)
        receipt.signed_by = name_of(keys.database.signer.public_key)
        session.store(receipt)
    assert not holds(second, receipt.key)
