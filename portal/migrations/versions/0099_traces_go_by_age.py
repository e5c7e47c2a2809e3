"""The audit log lets the address of an old entry go, and nothing else; former names stand beside it, and can be erased.

An address is old half a year before the newest that stands there: the database measures it by its own rows, so that no
clock of a process counts. What was written of a renamed account keeps who, when and why.
"""

import json

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt, UtcDateTime

revision = "0099"
down_revision = "0098"
branch_labels = None
depends_on = None

TABLE = "audit_entries"
FIXED = ("id", "at", "actor_id", "action", "subject_kind", "subject_id", "facts")
NEWEST = f"(SELECT max(at) FROM {TABLE} WHERE address IS NOT NULL)"  # noqa: S608
RENAMED = "action = 'person_renamed' AND subject_id IS NOT NULL"
REFUSE_ADDRESS = f"""
CREATE FUNCTION refuse_a_young_address() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.address IS NULL AND OLD.at + interval '183 days' < {NEWEST} THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END $$
"""


def upgrade() -> None:
    op.create_table(
        "former_names",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("person_id", BigInt, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_former_names_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_former_names")),
    )
    op.create_index(op.f("ix_former_names_person_id"), "former_names", ["person_id"])
    _unguard(by_age=False)
    _take_names_out()
    held = sa.text("address IS NOT NULL")
    op.create_index("ix_audit_entries_address", TABLE, ["at"], sqlite_where=held, postgresql_where=held)
    _guard(by_age=True)


def downgrade() -> None:
    """The names go back into the log; addresses that are gone stay gone."""
    _unguard(by_age=True)
    _put_names_back()
    op.drop_index("ix_audit_entries_address", TABLE)
    _guard(by_age=False)
    op.drop_table("former_names")


def _guard(*, by_age: bool) -> None:
    whole = f"SELECT RAISE(ABORT, '{TABLE} is append-only')"
    if _on_sqlite():
        same = " AND ".join(f"NEW.{name} IS OLD.{name}" for name in FIXED)
        old = f"datetime(OLD.at, '+183 days') < {NEWEST} AND OLD.address IS NOT NULL"
        let = f"WHEN NOT (NEW.address IS NULL AND {old} AND {same}) " if by_age else ""
        op.execute(f"CREATE TRIGGER {TABLE}_no_update BEFORE UPDATE ON {TABLE} {let}BEGIN {whole}; END")
        op.execute(f"CREATE TRIGGER {TABLE}_no_delete BEFORE DELETE ON {TABLE} BEGIN {whole}; END")
        return
    columns = f" OF {', '.join(FIXED)}" if by_age else ""
    op.execute(
        f"CREATE TRIGGER {TABLE}_append_only BEFORE UPDATE{columns} OR DELETE OR TRUNCATE ON {TABLE} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    if by_age:
        op.execute(REFUSE_ADDRESS)
        op.execute(
            f"CREATE TRIGGER {TABLE}_no_address BEFORE UPDATE OF address ON {TABLE} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_a_young_address()"
        )


def _unguard(*, by_age: bool) -> None:
    if _on_sqlite():
        for deed in ("update", "delete"):
            op.execute(f"DROP TRIGGER {TABLE}_no_{deed}")
        return
    op.execute(f"DROP TRIGGER {TABLE}_append_only ON {TABLE}")
    if by_age:
        op.execute(f"DROP TRIGGER {TABLE}_no_address ON {TABLE}")
        op.execute("DROP FUNCTION refuse_a_young_address()")


def _take_names_out() -> None:
    query = f"SELECT id, subject_id, at, facts FROM {TABLE} WHERE {RENAMED} ORDER BY id"  # noqa: S608
    renamed = op.get_bind().execute(sa.text(query))
    for key, person, at, facts in renamed.all():
        said = _read(facts)
        if "before" in said:
            insert = sa.text("INSERT INTO former_names (person_id, name, until) VALUES (:person, :name, :at)")
            op.get_bind().execute(insert, {"person": person, "name": said["before"], "at": at})
            _write(key, {name: value for name, value in said.items() if name not in {"before", "after"}})


def _put_names_back() -> None:
    query = sa.text(
        f"SELECT {TABLE}.id, facts, name FROM {TABLE} JOIN former_names "  # noqa: S608
        f"ON person_id = subject_id AND until = at WHERE {RENAMED} ORDER BY {TABLE}.id"
    )
    for key, facts, name in op.get_bind().execute(query).all():
        _write(key, {**_read(facts), "before": name})


def _read(facts: object) -> dict[str, object]:
    said: dict[str, object] = json.loads(facts) if isinstance(facts, str) else facts  # type: ignore[assignment]
    return said


def _write(key: int, facts: dict[str, object]) -> None:
    kind = ":facts" if _on_sqlite() else "CAST(:facts AS jsonb)"
    update = sa.text(f"UPDATE {TABLE} SET facts = {kind} WHERE id = :key")  # noqa: S608
    op.get_bind().execute(update, {"key": key, "facts": json.dumps(facts, ensure_ascii=False)})


def _on_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"
