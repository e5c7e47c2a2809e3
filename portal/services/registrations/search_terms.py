"""Finding a client whose name and phone are sealed: by keyed digests of surname, name and last four digits.

What such an index tells a thief of the database who has no keys, and why nobody reads a name through it, stands in
docs/security.md.
"""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, false, insert, select
from sqlalchemy.orm import Session

from ...crypto import Vault
from ...models import Registration, SearchTerm
from ...rules.search_words import TAIL, tail_in, words_of
from ..contacts import Phone, vault_of

_TAIL, _SURNAME, _NAME = "search.tail", "search.surname", "search.name"


def keep(session: Session, registration: Registration, name: str, phone: Phone) -> None:
    """Let a registration be found from now on."""
    session.flush()
    digests = digests_of(vault_of(session), registration.development_id, name, phone.e164)
    rows = [{"registration_id": registration.id, "digest": digest} for digest in sorted(digests)]
    if rows:
        session.execute(insert(SearchTerm), rows)


def digests_of(vault: Vault, development_id: int, name: str, e164: str) -> set[str]:
    """All that a registration is found by."""
    words = words_of(name)
    return {
        _digest(vault, _TAIL, development_id, e164[-TAIL:]),
        _digest(vault, _NAME, development_id, words.whole),
        *(_digest(vault, _SURNAME, development_id, surname) for surname in words.surnames),
    }


def matching(session: Session, development_ids: Iterable[int], find: str, *, whole: bool) -> ColumnElement[bool]:
    """Which registrations of these developments have this surname or these last four digits; or, for who reads names
    in `whole`, this name."""
    vault, tail, words = vault_of(session), tail_in(find), words_of(find)
    asked: set[str] = set()
    for key in development_ids:
        if tail is not None:
            asked.add(_digest(vault, _TAIL, key, tail))
        if words.surnames == {words.whole}:
            asked.add(_digest(vault, _SURNAME, key, words.whole))
        if whole and words.whole:
            asked.add(_digest(vault, _NAME, key, words.whole))
    found = select(SearchTerm.registration_id).where(SearchTerm.digest.in_(asked))
    return Registration.id.in_(found) if asked else false()


def _digest(vault: Vault, context: str, development_id: int, word: str) -> str:
    return vault.blind(f"{development_id}\0{word}", context)
