"""May a process start over this database? Its schema must be this version's, and the keys those it was written with.

A portal with a wrong key does not fail, it lies: with another index key a protected client is nobody's, and is taken.
So whatever does not fit starts nothing, and the sentence says which setting and what to do (ADR 23).
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from ...crypto import KeyMarks

NAME_LENGTH = 8
"""So many letters of a mark are a key's name."""


class KeyKind(StrEnum):
    """What a key is for, by the name of its setting."""

    INDEX = "index_key"
    DATA = "data_keys"
    SIGNING = "signing_key"
    SECRET = "secret_key"  # noqa: S105 - a setting's name

    @property
    def setting(self) -> str:
        """What it is set by."""
        return f"PORTAL_{self.upper()}"


class Known(NamedTuple):
    """A key that is in use in the database."""

    kind: KeyKind
    name: str
    mark: str
    since: datetime


class Hindrance(NamedTuple):
    """Why nothing may start: a word for probes, a sentence for the operator."""

    code: str
    said: str


_MEANT = {
    KeyKind.INDEX: "phones are found by it, and with another one a protected client could be taken. Put the former key "
    "back; to leave it, put the new one behind it, separated by a comma, and run: portal keys rotate-index",
    KeyKind.SIGNING: "archives of before would not be taken back, nor vouchers read by their picture. Put the former "
    "key back, or, if the change is meant, run: portal keys accept signing_key",
    KeyKind.SECRET: "everybody would have to sign in again, and links that clients have would end. Put the former key "
    "back, or, if the change is meant, run: portal keys accept secret_key",
}


def of_keys(known: Iterable[Known], given: KeyMarks) -> Hindrance | None:
    """The first key in use that is not among the given ones. Of data keys there may be new ones."""
    for key in known:
        if key.kind is KeyKind.DATA:
            if given.data_keys.get(key.name) != key.mark:
                return lacking(key.name, f"in use here since {key.since:%Y-%m-%d}")
        elif key.mark not in of_kind(given, key.kind):
            return foreign(key.kind, key.name)
    return None


def of_kind(given: KeyMarks, kind: KeyKind) -> Sequence[str]:
    """The marks of the given keys of a kind, but for data keys."""
    if kind is KeyKind.INDEX:
        return given.index_keys
    return (given.signing_key if kind is KeyKind.SIGNING else given.secret_key,)


def foreign(kind: KeyKind, name: str = "") -> Hindrance:
    """A key that is not the one of this database, whose name may be known."""
    whose = f"this database was written with ({name}…)" if name else "this database was written with"
    return Hindrance(kind.value, f"{kind.setting} is not the key that {whose}: {_MEANT[kind]}")


def of_index_round(former: str, given: KeyMarks) -> Hindrance | None:
    """Whether the settings lack the former index key while search words still move from it: a round that turned is
    open."""
    if former in given.index_keys:
        return None
    said = (
        f"{KeyKind.INDEX.setting} lacks the former key ({former[:NAME_LENGTH]}…), and clients are still found by it: "
        "put it back behind the new one until portal keys rotate-index is through"
    )
    return Hindrance(KeyKind.INDEX.value, said)


def lacking(name: str, why: str) -> Hindrance:
    """A data key that must be there and is not."""
    said = (
        f"{KeyKind.DATA.setting} lacks the key {name}, {why}: what it sealed could not be read. Put it back, behind "
        "the first one; `portal keys list` says which rows need it"
    )
    return Hindrance(KeyKind.DATA.value, said)


def of_revision(found: str | None, known: Sequence[str]) -> Hindrance | None:
    """Why this version cannot work with the schema's revision; `known` are its own, the newest last."""
    if found is None:
        return Hindrance("no_schema", "the database has no schema yet: run portal migrate")
    if found not in known:
        said = (
            f"the database's schema is {found}, and this version knows up to {known[-1]}: a newer version made it. "
            "Start that one, or restore the backup that was made before it came"
        )
        return Hindrance("newer_schema", said)
    if found != known[-1]:
        return Hindrance(
            "older_schema", f"the database's schema is {found}, and this version needs {known[-1]}: run portal migrate"
        )
    return None


def of_parts(revision: str, missing: Collection[str]) -> Hindrance | None:
    """What the schema lacks, though its revision says that all is there."""
    if not missing:
        return None
    some = ", ".join(sorted(missing)[:5]) + (f" and {len(missing) - 5} more" if len(missing) > 5 else "")
    said = (
        f"the database says that its schema is {revision}, but lacks {some}: another version's migrations made it, or "
        "somebody changed it. Restore a backup, or call who made the change"
    )
    return Hindrance("incomplete_schema", said)
