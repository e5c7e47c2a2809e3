"""Passwords as they rest (argon2id, sealed for their person's row alone), and how many are worked on at once.

A try costs some 200 ms of a core and 64 MB, whoever sends it. So no more than two are worked on together in a process,
few wait, and none of them in a transaction: an edge asks here before it begins to write.
"""

import logging
from dataclasses import dataclass
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from commissions.refusal import Refusal

from ... import crypto
from ...adapters.turns import Turns
from ...adapters.worker_pool import WorkerPool
from ...crypto import SealBroken
from ...models import Person
from ...session import Session
from ..contacts import vault_of

_log = logging.getLogger(__name__)


def _busy() -> Refusal:
    return Refusal("passwords_busy", seconds=3)


NICE = 10
"""How far this work steps back behind the pages: they wait for nothing that it holds."""

_hasher = PasswordHasher()  # its own defaults are RFC 9106's for where memory is short
_threads = WorkerPool("passwords", threads=2, nice=NICE)
_turns = Turns(at_once=2, waiting=4, wait_seconds=3, refuse=_busy)


@dataclass(frozen=True, slots=True)
class NewPassword:
    """The hash of a password that was chosen; and `replaces`, what rested in the row when it was."""

    replaces: bytes | None
    hashed: str


def seal(session: Session, person_id: int, hashed: str) -> bytes:
    """The hash as it rests: moved into another person's row it opens nothing."""
    return vault_of(session).seal_text(hashed, _context(person_id))


def hash_of(session: Session, person: Person) -> str | None:
    """The hash of a person's password; None where none was chosen, or where what rests there is another person's."""
    if person.password_sealed is None:
        return None
    try:
        return vault_of(session).open_text(person.password_sealed, _context(person.id))
    except SealBroken:
        _log.error("the password in the row of person %s was sealed for another row, or by a missing key", person.id)
        return None


def _context(person_id: int) -> str:
    return f"person.password:{person_id}"


def hash_password(password: str) -> str:
    """The hash of a password. Raises Refusal `passwords_busy` where too many are worked on."""
    with _turns.take():
        return _threads.run(_hash, password)


def matches(hashed: str | None, password: str) -> bool:
    """Whether it is the password with this hash; as slow where there is none, so that nobody learns that.

    Raises Refusal `passwords_busy` where too many are worked on.
    """
    with _turns.take():
        return _threads.run(_verify, hashed or _nobody(), password) and bool(hashed)


def _hash(password: str) -> str:
    return _hasher.hash(password)


def _verify(hashed: str, password: str) -> bool:
    try:
        return _hasher.verify(hashed, password)
    except (VerificationError, InvalidHashError):
        return False


def renewed(hashed: str | None, password: str) -> str | None:
    """The hash that should rest, where it is made by a weaker recipe than today's. For who typed the right one.

    Raises Refusal `passwords_busy` where too many are worked on.
    """
    return hash_password(password) if hashed and _hasher.check_needs_rehash(hashed) else None


@cache
def _nobody() -> str:
    return _hasher.hash(crypto.token())
