"""The register of facts: what money rests on, each under a digest, and the digests in a chain of hashes.

The ledger's chain proves that no transfer was changed. A transfer rests on facts: a deal's price, a milestone, a
plan's text, a seal, the reasons of a line. Each is entered once, when it is recorded, by the digest of all that counts
of it; an entry's hash covers the entry before. Whoever changes, adds or drops a fact later, or an entry, is found by
the first place that differs.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import NamedTuple

from commissions.ledger import Fault

FIRST = hashlib.sha256(b"portal facts, entry 0").hexdigest()
"""What the first entry names as the one before it."""


class Entry(NamedTuple):
    """A fact in the register: its number from 1, what it is and which, its digest, and the hash of the entry (hex)."""

    number: int
    kind: str
    row_id: int
    digest: str
    hash: str


def digest_of(rows: Iterable[Sequence[object]]) -> str:
    """SHA-256 over a fact's rows, each a JSON array on a line of its own; instants are UTC in ISO 8601."""
    sha = hashlib.sha256()
    for row in rows:
        sha.update(_canonical(row))
    return sha.hexdigest()


def enter(kind: str, row_id: int, digest: str, last: Entry | None) -> Entry:
    """The entry of a fact behind ``last`` (None: it is the first)."""
    number, previous = (1, FIRST) if last is None else (last.number + 1, last.hash)
    return Entry(number, kind, row_id, digest, _hash(number, previous, kind, row_id, digest))


def first_fault(entries: Iterable[Entry]) -> Fault | None:
    """Recompute the register's chain; None when it holds. It reads each entry once and keeps none."""
    last: Entry | None = None
    for entry in entries:
        if entry != enter(entry.kind, entry.row_id, entry.digest, last):
            return Fault(entry.number, "fact_chain", name(entry.kind, entry.row_id))
        last = entry
    return None


def name(kind: str, row_id: int) -> str:
    """How a fault calls a fact: ``milestone:12``."""
    return f"{kind}:{row_id}"


def _hash(number: int, previous: str, kind: str, row_id: int, digest: str) -> str:
    return hashlib.sha256(_canonical((number, previous, kind, row_id, digest))).hexdigest()


def _canonical(row: Sequence[object]) -> bytes:
    return _JSON.encode(tuple(row)).encode("ascii") + b"\n"


def _plain(value: object) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    raise TypeError(f"a fact holds no {type(value).__name__}")


_JSON = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"), sort_keys=True, default=_plain)
"""Sorted keys: one database keeps the order in which a line's reasons were written, the other does not."""
