"""Finding a client whose name and phone are sealed: by keyed digests of surname, name and last four digits.

Registrations are found by them, walk-ins, leads and care files. What such an index tells a thief of the database who
has no keys, and why nobody reads a name through it, stands in docs/security.md.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Insert, Select, false, insert, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from commissions.refusal import Refusal

from ...access.actor import Actor
from ...access.scope import visible
from ...crypto import Vault
from ...models import CareFile, Client, Development, Lead, Registration, Role, SearchTerm, Touch
from ...rules.registrations.masks import Mask, is_masked
from ...rules.registrations.search_words import TAIL, tail_in, words_of
from ...rules.registrations.surnames import readings
from ...session import Session
from .. import contacts
from ..contacts import Phone, index_vault_of

_TAIL, _SURNAME, _NAME, _MASK = "search.tail", "search.surname", "search.name", "search.mask"

Found = Registration | Touch | Lead | CareFile
"""What a client is found by. Of touches only walk-ins are kept here: the others have a row of their own."""

_OF: Mapping[type[Found], InstrumentedAttribute[int | None]] = {
    Registration: SearchTerm.registration_id,
    Touch: SearchTerm.touch_id,
    Lead: SearchTerm.lead_id,
    CareFile: SearchTerm.care_file_id,
}


def keep(session: Session, row: Found, name: str, phone: Phone) -> None:
    """Let a row be found from now on."""
    session.flush()
    _keep(session, row, digests_of(index_vault_of(session), row.development_id, name, phone.e164))


def keep_masked(session: Session, row: Registration, name: str, mask: Mask) -> None:
    """Let a registration by parts of a number be found from now on; and by them, of which nobody else is told."""
    session.flush()
    _keep(session, row, digests_of_mask(index_vault_of(session), row.development_id, name, mask))


def _keep(session: Session, row: Found, digests: set[str]) -> None:
    subject = _OF[type(row)].key
    session.execute(_insert(), [{subject: row.id, "digest": digest} for digest in sorted(digests)])


@cache
def _insert() -> Insert:
    table: Any = SearchTerm.__table__
    return insert(table)


def column_of(of: type[Found]) -> InstrumentedAttribute[int | None]:
    """The column of `search_terms` that names rows of a kind."""
    return _OF[of]


def digests_of(vault: Vault, development_id: int, name: str, e164: str) -> set[str]:
    """All that a client is found by in a development."""
    return _words(vault, development_id, name, e164[-TAIL:])


def digests_of_mask(vault: Vault, development_id: int, name: str, mask: Mask) -> set[str]:
    """All that a client who was registered by parts of a number is found by; the parts once for each way in which the
    surname is read."""
    alike = {_digest(vault, _MASK, development_id, f"{mask}\0{reading}") for reading in readings(name)}
    return _words(vault, development_id, name, mask.last) | alike


def mask_digests(session: Session, development_id: int, name: str, mask: Mask) -> list[str]:
    """By which masks that are alike are found, under every key."""
    vault = index_vault_of(session)
    words = [f"{mask}\0{reading}" for reading in sorted(readings(name))]
    return [digest for word in words for digest in _digests(vault, _MASK, development_id, word)]


def tail_digests(session: Session, development_id: int, tail: str) -> list[str]:
    """By which rows of a development are found whose number ends so, under every key."""
    return _digests(index_vault_of(session), _TAIL, development_id, tail)


def tail_digests_everywhere(session: Session, tail: str) -> list[str]:
    """The same of all developments."""
    places = session.scalars(select(Development.id)).all()
    return [digest for place in places for digest in tail_digests(session, place, tail)]


def touches_of_leads(digests: Iterable[str]) -> Select[int | None]:
    """The touches of the leads that are found by these."""
    found = select(SearchTerm.lead_id).where(SearchTerm.digest.in_(list(digests)), SearchTerm.lead_id.is_not(None))
    return select(Lead.touch_id).where(Lead.id.in_(found), Lead.touch_id.is_not(None))


def _words(vault: Vault, development_id: int, name: str, tail: str) -> set[str]:
    words = words_of(name)
    return {
        _digest(vault, _TAIL, development_id, tail),
        _digest(vault, _NAME, development_id, words.whole),
        *(_digest(vault, _SURNAME, development_id, surname) for surname in words.surnames),
    }


def whose(session: Session, actor: Actor, of: type[Found], find: str) -> ColumnElement[bool]:
    """Which rows of a kind are the client's who is asked for: by a full phone, else by the last four digits or the
    surname; and by the whole name for who reads names in full."""
    places = session.scalars(visible(actor, Development).with_only_columns(Development.id)).all()
    if is_masked(find):
        find = find.strip()[-TAIL:]
    try:
        number = contacts.parse_phone(find)
    except Refusal:
        return _matching(session, of, places, find, whole=actor.role is not Role.PRINCIPAL)
    index = contacts.phone_index(session, number)
    known = of.client_id.in_(select(Client.id).where(Client.phone_index == index))
    if of is not Registration:
        return known
    by_parts = _matching(session, of, places, number.e164[-TAIL:], whole=False)
    return or_(known, of.client_id.is_(None) & by_parts)


def _matching(
    session: Session, of: type[Found], development_ids: Iterable[int], find: str, *, whole: bool
) -> ColumnElement[bool]:
    vault, tail, words = index_vault_of(session), tail_in(find), words_of(find)
    asked: set[str] = set()
    for key in development_ids:  # under either key, while words are moved to another one
        if tail is not None:
            asked.update(_digests(vault, _TAIL, key, tail))
        if words.surnames == {words.whole}:
            asked.update(_digests(vault, _SURNAME, key, words.whole))
        if whole and words.whole:
            asked.update(_digests(vault, _NAME, key, words.whole))
    found = select(_OF[of]).where(SearchTerm.digest.in_(asked), _OF[of].is_not(None))
    return of.id.in_(found) if asked else false()


def _digest(vault: Vault, context: str, development_id: int, word: str) -> str:
    return vault.blind(f"{development_id}\0{word}", context)


def _digests(vault: Vault, context: str, development_id: int, word: str) -> list[str]:
    return vault.blinds(f"{development_id}\0{word}", context)
