"""The words by which clients are found in a search move after the turn, some rows at a time.

A search asks for them under either key, so it finds a row before, while and after its words are moved; nothing is
unique by them, so nothing has to wait. A row's words are made of its name and its client's phone, both sealed.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from time import monotonic, sleep
from typing import Any, NamedTuple

from sqlalchemy import Row, Select, delete, exists, func, insert, literal, null, select

from ...crypto import SealBroken, Vault
from ...db import Database
from ...models import CareFile, Client, Lead, Registration, RegistrationMask, SearchTerm, Touch
from ...rules.registrations.masks import Mask
from ...session import Session
from .. import contacts
from ..claims import search_terms
from ..contacts import Phone
from ..keys.sealed_columns import CONTEXTS
from .pairs import Step

ROWS_AT_ONCE = 200
NAME = "search_terms.digest"
FOUND = (Registration, RegistrationMask, Touch, Lead, CareFile)


class Kept(NamedTuple):
    """What a row is found by, and what it should be found by; None where its name or phone does not open."""

    row: int
    there: set[str]
    wanted: set[str] | None


def move(database: Database) -> Iterator[Step]:
    """One pass over all rows that are found by words. Others come between its transactions; whoever holds a client is
    not waited for."""
    for model in FOUND:
        after: int | None = 0
        while after is not None:
            begun = monotonic()
            with database.transaction() as session:
                after, step = move_rows(session, model, after)
            if step.done or step.broken:
                yield step
            sleep(monotonic() - begun if after is not None else 0)


def move_rows(session: Session, model: Any, after: int) -> tuple[int | None, Step]:
    """Move the words of some rows behind a number: the last one's number, or None where nothing is left behind it."""
    held = RegistrationMask if model is RegistrationMask else Client
    stmt = _rows(model, after).with_for_update(of=held, key_share=True, skip_locked=True)
    rows = session.execute(stmt).all()
    column, done, broken = _column_of(model), 0, 0
    for one in _kept(session, column, rows):
        if one.wanted is None:
            broken += 1
        elif one.there != one.wanted:
            session.execute(delete(SearchTerm).where(column == one.row, SearchTerm.digest.not_in(one.wanted)))
            more = [{column.key: one.row, "digest": digest} for digest in sorted(one.wanted - one.there)]
            if more:
                session.execute(insert(SearchTerm), more)
            done += 1
    return rows[-1].row if len(rows) == ROWS_AT_ONCE else None, Step(NAME, done, broken)


def proven(database: Database) -> tuple[int, int]:
    """How many rows are found by just the words of the key in force, and how many are not: all made anew."""
    good = wrong = 0
    for model in FOUND:
        after: int | None = 0
        while after is not None:
            with database.reading() as session:
                rows = session.execute(_rows(model, after)).all()
                for one in _kept(session, _column_of(model), rows):
                    fits = one.there == one.wanted
                    good, wrong = good + fits, wrong + (not fits)
            after = rows[-1].row if len(rows) == ROWS_AT_ONCE else None
    return good, wrong


def _rows(model: Any, after: int) -> Select[Any]:
    """Some rows behind a number that are found by words; not those whose name or phone was erased."""
    if model is RegistrationMask:
        return _masked_rows(after)
    column = _column_of(model)
    stmt = select(
        model.id.label("row"),
        model.development_id.label("place"),
        model.name_sealed.label("name"),
        literal(CONTEXTS[f"{model.__tablename__}.name_sealed"]).label("sealed_for"),
        Client.id.label("client"),
        Client.phone_sealed.label("phone"),
        null().label("masked"),
    ).join(Client, Client.id == model.client_id)
    stmt = stmt.where(func.length(model.name_sealed) > 0, func.length(Client.phone_sealed) > 0)
    if model is Registration:
        stmt = stmt.where(~Registration.mask.has())
    return stmt.where(model.id > after, exists().where(column == model.id)).order_by(model.id).limit(ROWS_AT_ONCE)


def _masked_rows(after: int) -> Select[Any]:
    """The same of registrations by parts of a number: their words are made of these, whether it was given in full."""
    of, mask = Registration, RegistrationMask
    found: Any = select(
        of.id.label("row"),
        of.development_id.label("place"),
        of.name_sealed.label("name"),
        null().label("phone"),
        mask.mask_sealed.label("masked"),
    ).join(mask, mask.registration_id == of.id)
    stmt: Select[Any] = found.where(func.length(of.name_sealed) > 0, func.length(mask.mask_sealed) > 0, of.id > after)
    return stmt.where(exists().where(SearchTerm.registration_id == of.id)).order_by(of.id).limit(ROWS_AT_ONCE)


def _column_of(model: Any) -> Any:
    return search_terms.column_of(Registration if model is RegistrationMask else model)


def _kept(session: Session, column: Any, rows: Sequence[Row[Any]]) -> list[Kept]:
    there = defaultdict[int, set[str]](set)
    for key, digest in session.execute(
        select(column, SearchTerm.digest).where(column.in_([one.row for one in rows]))
    ).all():
        there[key].add(digest)
    vault = contacts.index_vault_of(session)
    return [Kept(one.row, there[one.row], _wanted(session, vault, one)) for one in rows]


def _wanted(session: Session, vault: Vault, row: Row[Any]) -> set[str] | None:
    try:
        if row.masked is not None:
            mask = Mask.read(contacts.open_sealed_mask(session, row.row, row.masked))
            return search_terms.digests_of_mask(vault, row.place, contacts.open_name(session, row.name), mask)
        phone: Phone = contacts.open_number(session, row.phone)
        name = contacts.vault_of(session).open_text(
            row.name, row.sealed_for.format(development_id=row.place, client_id=row.client)
        )
        return search_terms.digests_of(vault, row.place, name, phone.e164)
    except SealBroken:
        return None
