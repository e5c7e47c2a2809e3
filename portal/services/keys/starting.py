"""What a process looks at before it starts over a database, and `/readyz` while it runs: schema and keys (ADR 23)."""

from datetime import datetime

from sqlalchemy import inspect, select, text

from ...access.actor import SYSTEM
from ...config import Config
from ...crypto import KeyMarks, SealBroken, key_mark
from ...db import known_revisions
from ...models import APPEND_ONLY, DIGESTS_TURN, SEALED_ANEW, Base, IndexRotation, KeyMark, Person, Receipt
from ...rules.keys import starting
from ...rules.keys.starting import NAME_LENGTH, Hindrance, KeyKind, Known
from ...session import Session
from .. import audit, contacts
from ..claims import receipts
from ..inserts import insert_unless_there
from . import sealed_rows

_COLUMNS = {
    "sqlite": "SELECT m.name || '.' || c.name FROM sqlite_master AS m JOIN pragma_table_xinfo(m.name) AS c "
    "WHERE m.type = 'table'",
    "postgresql": "SELECT c.relname || '.' || a.attname FROM pg_attribute AS a "
    "JOIN pg_class AS c ON c.oid = a.attrelid WHERE c.relnamespace = current_schema()::regnamespace "
    "AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped",
}
_TRIGGERS = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'",
}
_GUARDS = {"sqlite": ("{}_no_update", "{}_no_delete"), "postgresql": ("{}_append_only",)}
_SEALS = {"sqlite": (), "postgresql": ("{}_no_update",)}
"""Where a row may be sealed anew, or get another digest, another trigger of PostgreSQL looks at each row."""
_LOOKED_AT = 20
"""Among so many of the newest people one is looked for whose phone is found by the index key."""


def marks_of(config: Config) -> KeyMarks:
    """By what the database knows the keys of these settings again."""
    vault, signer = config.vault(), config.signer()
    secret = key_mark(config.secret_key.encode())
    return KeyMarks(vault.index_marks, vault.data_marks, signer.public_key.hex(), secret)


def hindrance(session: Session, marks: KeyMarks) -> Hindrance | None:
    """Why nothing may start over this database with these keys; None where all fits."""
    return of_schema(session) or starting.of_keys(_in_use(session), marks) or _of_index_round(session, marks)


def _of_index_round(session: Session, marks: KeyMarks) -> Hindrance | None:
    of = IndexRotation
    moving = select(of.former).where(of.turned_at.is_not(None), of.ended_at.is_(None))
    former = session.scalar(moving)
    return None if former is None else starting.of_index_round(former, marks)


def of_schema(session: Session) -> Hindrance | None:
    """What does not fit in the schema. Its parts are compared once a process and revision: they are many."""
    revision = revision_of(session)
    found = starting.of_revision(revision, known_revisions())
    if found is not None or revision is None:
        return found
    memory = session.memory
    if memory.get("schema_compared") != revision:
        found = starting.of_parts(revision, _missing(session))
        if found is None:
            memory["schema_compared"] = revision
    return found


def keys_in_use(session: Session) -> list[Known]:
    """The keys that the database was written with; none where its schema is too old to know."""
    there = inspect(session.connection()).has_table(KeyMark.__tablename__)
    return _in_use(session) if there else []


def revision_of(session: Session) -> str | None:
    """The schema's revision; None where there is no schema."""
    if not inspect(session.connection()).has_table("alembic_version"):
        return None
    revision: str | None = session.scalar(text("SELECT version_num FROM alembic_version"))
    return revision


def unknown(session: Session, marks: KeyMarks) -> bool:
    """Whether `settle` has something to write down."""
    rows = _in_use(session)
    in_use = {(key.kind, key.mark) for key in rows}
    of_kind = {key.kind for key in rows}
    given = {(kind, mark) for kind, _, mark in _given(marks) if kind is KeyKind.DATA or kind not in of_kind}
    return not given <= in_use


def settle(session: Session, now: datetime, marks: KeyMarks) -> Hindrance | None:
    """Write down which keys are in use, where that is not known yet: all of them at first, later new data keys.

    A database that was written before its keys were known is asked itself: keys that do not fit what is in it are
    not written down.
    """
    found = starting.of_keys(_in_use(session), marks) if _rows(session) else _of_content(session, marks)
    if found is not None:
        return found
    in_use = {key.kind for key in _in_use(session)}
    for kind, name, mark in _given(marks):
        if kind is not KeyKind.DATA and kind in in_use:
            continue
        if insert_unless_there(session, KeyMark, (), kind=kind, name=name, mark=mark, since=now) is not None:
            audit.record(session, SYSTEM, now, "key_taken_up", "keys", kind=kind.value, name=name)
    _revive(session, marks)
    return starting.of_keys(_in_use(session), marks)  # another process may have been first, with other keys


def _revive(session: Session, marks: KeyMarks) -> None:
    """A data key that was given up and is in the list again seals again."""
    for row in _rows(session):
        if row.kind is KeyKind.DATA and row.mark in marks.data_keys.values():
            row.ended_at = None


def _of_content(session: Session, marks: KeyMarks) -> Hindrance | None:
    """Why these keys cannot be those that the database was written with, by what lies in it."""
    for name in sealed_rows.key_names(session):
        if name not in marks.data_keys:
            return starting.lacking(name, "which sealed rows here")
    if not _finds_people(session):
        return starting.foreign(KeyKind.INDEX)
    newest = session.scalar(select(Receipt).order_by(Receipt.id.desc()).limit(1))
    signer = contacts.signer_of(session)
    if newest is not None and not signer.verify(receipts.signed_text(newest).encode(), newest.signature):
        return starting.foreign(KeyKind.SIGNING)
    return None


def _finds_people(session: Session) -> bool:
    """Whether the index key finds one of the newest people by their phones; also where there is nobody."""
    people = select(Person).where(Person.id.not_in(contacts.programmes_accounts()))
    rows = session.scalars(people.order_by(Person.id.desc()).limit(_LOOKED_AT)).all()
    return not rows or any(_opens(session, row) for row in rows)


def _opens(session: Session, row: Person) -> bool:
    try:
        contacts.open_phone(session, row)
    except SealBroken:
        return False
    return True


def _missing(session: Session) -> set[str]:
    """Tables, columns and guards of append-only tables that the models know and the database has not."""
    dialect = session.get_bind().dialect.name
    columns = set(session.scalars(text(_COLUMNS[dialect])))
    wanted = {f"{table.name}.{column.name}" for table in Base.metadata.tables.values() for column in table.c}
    tables = {name.split(".")[0] for name in columns}
    missing = {name if name.split(".")[0] in tables else name.split(".")[0] for name in wanted - columns}
    guards = {guard.format(table) for table in APPEND_ONLY for guard in _GUARDS[dialect]}
    changing = set(APPEND_ONLY) & {*SEALED_ANEW, *DIGESTS_TURN}
    guards |= {guard.format(table) for table in changing for guard in _SEALS[dialect]}
    return missing | (guards - set(session.scalars(text(_TRIGGERS[dialect]))))


def _rows(session: Session) -> list[KeyMark]:
    return list(session.scalars(select(KeyMark).order_by(KeyMark.id)))


def _in_use(session: Session) -> list[Known]:
    return [Known(row.kind, row.name, row.mark, row.since) for row in _rows(session) if row.ended_at is None]


def _given(marks: KeyMarks) -> list[tuple[KeyKind, str, str]]:
    """Kind, name and mark of each key."""
    one_each = (KeyKind.INDEX, KeyKind.SIGNING, KeyKind.SECRET)
    given = [(kind, mark[:NAME_LENGTH], mark) for kind in one_each for mark in starting.of_kind(marks, kind)[:1]]
    return given + [(KeyKind.DATA, name, mark) for name, mark in marks.data_keys.items()]
