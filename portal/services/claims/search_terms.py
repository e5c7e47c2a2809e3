"""Finding a client whose name and phone are sealed: by keyed digests of surname, name and last four digits.

Registrations are found by them, walk-ins, leads and care files. What such an index tells a thief of the database who
has no keys, and why nobody reads a name through it, stands in docs/security.md.
"""

from collections.abc import Iterable, Mapping

from sqlalchemy import ColumnElement, false, insert, select
from sqlalchemy.orm import InstrumentedAttribute

from commissions.refusal import Refusal

from ...access.actor import Actor
from ...access.scope import visible
from ...crypto import Vault
from ...models import CareFile, Client, Development, Lead, Registration, Role, SearchTerm, Touch
from ...rules.registrations.search_words import TAIL, tail_in, words_of
from ...session import Session
from .. import contacts
from ..contacts import Phone, index_vault_of

_TAIL, _SURNAME, _NAME = "search.tail", "search.surname", "search.name"

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
    subject = _OF[type(row)].key
    digests = digests_of(index_vault_of(session), row.development_id, name, phone.e164)
    session.execute(insert(SearchTerm), [{subject: row.id, "digest": digest} for digest in sorted(digests)])


def column_of(of: type[Found]) -> InstrumentedAttribute[int | None]:
    """The column of `search_terms` that names rows of a kind."""
    return _OF[of]


def digests_of(vault: Vault, development_id: int, name: str, e164: str) -> set[str]:
    """All that a client is found by in a development."""
    words = words_of(name)
    return {
        _digest(vault, _TAIL, development_id, e164[-TAIL:]),
        _digest(vault, _NAME, development_id, words.whole),
        *(_digest(vault, _SURNAME, development_id, surname) for surname in words.surnames),
    }


def whose(session: Session, actor: Actor, of: type[Found], find: str) -> ColumnElement[bool]:
    """Which rows of a kind are the client's who is asked for: by a full phone, else by the last four digits or the
    surname; and by the whole name for who reads names in full."""
    try:
        index = contacts.phone_index(session, contacts.parse_phone(find))
    except Refusal:
        places = session.scalars(visible(actor, Development).with_only_columns(Development.id)).all()
        return _matching(session, of, places, find, whole=actor.role is not Role.PRINCIPAL)
    return of.client_id.in_(select(Client.id).where(Client.phone_index == index))


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
