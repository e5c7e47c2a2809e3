"""The session that services are handed: rows, and beside them what the database was opened with.

It bears the name of the class that it extends, for the portal has no other: what stands above the database imports
`Session` from here, and finds `session.limits` where it needs more than rows. What one module alone notes on a session
for itself (files to delete, facts to enter) stays in the session's `info`.
"""

from collections.abc import Callable, Iterable, MutableMapping, Sequence
from contextlib import AbstractContextManager, suppress
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Engine,
    Select,
    cast,
    event,
    func,
    insert,
    inspect,
    orm,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql.dml import ReturningInsert

from . import clock
from .crypto import IndexKeyForeign, Signer, Vault
from .rules.payouts.limits import MoneyLimits
from .rules.timekeeping import Mark, Uptime

_IN_FORCE = text("SELECT mark FROM key_marks WHERE kind = 'index_key' AND ended_at IS NULL")
"""Who has asked holds the table until the transaction ends: the key in force stays so as long (ADR 69)."""

_Row = TypeVar("_Row", bound=orm.DeclarativeBase)
_Value = TypeVar("_Value")


class Session(orm.Session):
    """A session of `portal.db.Database`. Every argument is needed, so that no service finds one missing."""

    def __init__(
        self,
        bind: Engine,
        *,
        vault: Vault,
        signer: Signer,
        limits: MoneyLimits,
        reading: Callable[[], AbstractContextManager["Session"]],
        memory: MutableMapping[str, Any],
    ) -> None:
        super().__init__(bind, expire_on_commit=False)
        self.vault = vault
        self.signer = signer
        self.limits = limits
        """What money may be moved, and by how many people."""
        self.reading = reading
        """A look at what is committed, in a transaction of its own."""
        self.memory = memory
        """What the process remembers of this database from one request to the next."""
        self.clock_marks: Sequence[Mark] | None = None
        self.part_of: str | None = None
        """The bulk deed, such as an import, that tells of what it brings as a whole."""
        self._asked_in_force = False
        self.told = False
        """Whether somebody is told of what this session did: the edge that commits it has something to hand on."""

    def listed(self, ids: Iterable[int]) -> Select[int]:
        """A query that gives these ids, to stand where another query for ids could. It is one value of the statement,
        however many they are: a database takes only so many."""
        said = ",".join(map(str, ids))
        if self.get_bind().dialect.name == "postgresql":
            return select(func.unnest(cast(func.string_to_array(said, ","), ARRAY(BigInteger))))
        return select(func.json_each(f"[{said}]").table_valued("value").c.value)

    def index_vault(self) -> Vault:
        """The vault, once the database has said in this transaction that its digests are made under the key in force.

        Raises IndexKeyForeign: another one is by now, which this process does not hold.
        """
        if not self._asked_in_force:
            self.ask_in_force(self.connection())
        return self.vault

    def ask_in_force(self, connection: Connection) -> None:
        """Let the vault make its digests under the index key that is in force in this transaction."""
        mark = connection.scalar(_IN_FORCE)
        if mark is not None and mark != self.vault.index_mark:  # none: a database that nothing was written to yet
            self.vault = self.vault.under(mark)
        self._asked_in_force = True

    def forget_in_force(self) -> None:
        """A transaction begins: another key may be in force by now."""
        self._asked_in_force = False

    def write(self, model: type[orm.DeclarativeBase], **values: Any) -> int:
        """Insert one row at once and return its id: a fifth of what the unit of work costs (ADR 110). What it refers to
        is there already."""
        key: int = self.scalar(_into(model.__table__), values)
        return key

    def store(self, row: _Row, **parents: orm.DeclarativeBase | None) -> _Row:
        """`write` a new row whose object is needed: it refers to others by their ids. See `stored`."""
        given = row.__dict__
        values = {column.key: given[column.key] for column in row.__table__.columns if column.key in given}
        given["id"] = self.write(type(row), **values)
        return self.stored(row, **parents)

    def stored(self, row: _Row, **parents: orm.DeclarativeBase | None) -> _Row:
        """A row that was just inserted, as if it had been read: nobody asks the database for what he told it. `parents`
        are the objects of its relationships that are at hand."""
        for column in row.__table__.columns:
            if column.key not in row.__dict__:
                setattr(row, column.key, None)
        orm.make_transient_to_detached(row)
        self.add(row)
        for name, parent in parents.items():
            orm.attributes.set_committed_value(row, name, parent)
        return row

    def note_told(self) -> None:
        """Somebody is told of what this session does."""
        self.told = True

    def marks_of_clocks(self, read: Callable[[], Sequence[Mark]]) -> Sequence[Mark]:
        """What is known of the clocks, read once: whoever claims asks several times a request."""
        if self.clock_marks is None:
            self.clock_marks = read()
        return self.clock_marks

    def uptime(self) -> Uptime:
        """For how long this machine runs, by its own count."""
        return Uptime(*clock.running())


@cache
def _into(table: Any) -> ReturningInsert[Any]:
    return insert(table).returning(table.c.id)


@event.listens_for(Session, "after_begin")
def _ask_at_once(session: Session, transaction: orm.SessionTransaction, connection: Connection) -> None:
    """With two keys in the settings every transaction asks first of all which is in force: so nothing that it read
    before can have been made under the other one. With one key whoever makes a digest that moves asks then."""
    if transaction.nested:
        return
    session.forget_in_force()
    if len(session.vault.index_marks) > 1 and _knows_keys(session, connection):
        with suppress(IndexKeyForeign):  # whoever makes a digest asks again, and is told
            session.ask_in_force(connection)


def _knows_keys(session: Session, connection: Connection) -> bool:
    """Whether the schema has marks of keys; older ones have not, and `portal migrate` must be able to open them."""
    if not session.memory.get("knows_keys"):
        session.memory["knows_keys"] = inspect(connection).has_table("key_marks")
    return bool(session.memory["knows_keys"])


def each_value(
    session: Session, column: orm.InstrumentedAttribute[_Value], where: ColumnElement[bool] | None = None
) -> list[_Value]:
    """Each value that occurs in an indexed column once, the least first. DISTINCT would read all rows, and a log has
    millions of them for forty kinds of deed; here each value asks the index for the next one."""
    held = () if where is None else (where,)
    found = select(func.min(column).label("value")).where(*held).cte("found", recursive=True)
    following = select(func.min(column)).where(column > found.c.value, *held).correlate(found).scalar_subquery()
    found = found.union_all(select(following).where(found.c.value.is_not(None)))
    return list(session.scalars(select(found.c.value).where(found.c.value.is_not(None)).order_by(found.c.value)))
