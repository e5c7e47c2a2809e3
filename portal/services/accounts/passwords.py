"""Passwords as they rest (argon2id), and how many are worked on at once.

A try costs some 200 ms of a core and 64 MB, whoever sends it. So no more than two are worked on together in a process,
few wait, and none of them in a transaction: an edge asks here before it begins to write.
"""

from dataclasses import dataclass
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from commissions.refusal import Refusal

from ... import crypto
from ...adapters.backstage import Backstage
from ...adapters.turns import Turns


def _busy() -> Refusal:
    return Refusal("passwords_busy", seconds=3)


NICE = 10
"""How far this work steps back behind the pages: they wait for nothing that it holds."""

_hasher = PasswordHasher()  # its own defaults are RFC 9106's for where memory is short
_threads = Backstage("passwords", threads=2, nice=NICE)
_turns = Turns(at_once=2, waiting=4, wait_seconds=3, refuse=_busy)


@dataclass(frozen=True, slots=True)
class NewPassword:
    """A password that was chosen, as it rests; and `replaces`, what rested there when it was."""

    replaces: str | None
    stored: str


def hash_password(password: str) -> str:
    """The password as it rests. Raises Refusal `passwords_busy` where too many are worked on."""
    with _turns.take():
        return _threads.run(_hash, password)


def matches(stored: str | None, password: str) -> bool:
    """Whether it is the password that rests so; as slow where none does, so that nobody learns that.

    Raises Refusal `passwords_busy` where too many are worked on.
    """
    with _turns.take():
        return _threads.run(_verify, stored or _nobody(), password) and bool(stored)


def _hash(password: str) -> str:
    return _hasher.hash(password)


def _verify(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


def renewed(stored: str | None, password: str) -> str | None:
    """The password as it should rest, where it rests by a weaker recipe than today's. For who typed the right one.

    Raises Refusal `passwords_busy` where too many are worked on.
    """
    return hash_password(password) if stored and _hasher.check_needs_rehash(stored) else None


@cache
def _nobody() -> str:
    return _hasher.hash(crypto.token())
