"""What keeps every worker's memory of faces and photos current: `changed` tells, in the order of commits, what was
stored or erased since it last looked (see `portal.services.feed`)."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TABLES = {
    "face_templates": "vector_sealed, erased_at, engine, engine_version, development_id, person_id, client_id",
    "photos": "dhash, development_id",
}
"""What is followed, and the columns whose change is news."""

INDEXES = (
    ("face_templates", "ix_face_templates_development", ["development_id", "id"]),
    ("face_templates", "ix_face_templates_client_id", ["client_id"]),
    ("photos", "ix_photos_development_id", ["development_id"]),
    ("photos", "ix_photos_sha256", ["sha256"]),
)
"""They let a database without statistics read a whole development to find one client's faces or one file."""

BETTER = (
    ("face_templates", "ix_face_templates_client", ["client_id", "development_id"]),
    ("photos", "ix_photos_sha256", ["sha256", "development_id"]),
)

_SQLITE = """
CREATE TRIGGER {table}_changed_{deed} AFTER {event} ON {table} BEGIN
    UPDATE {table} SET changed = 1 + (
        SELECT coalesce(max(changed), 0) FROM {table} WHERE development_id IS NEW.development_id
    ) WHERE id = NEW.id;
END
"""
_POSTGRESQL = """
CREATE TRIGGER {table}_changed BEFORE INSERT OR UPDATE OF {columns} ON {table}
FOR EACH ROW EXECUTE FUNCTION number_change()
"""


def upgrade() -> None:
    _replace(INDEXES, BETTER)
    number = sa.Integer() if _on_sqlite() else sa.BigInteger()
    for table in TABLES:
        op.add_column(table, sa.Column("changed", number, server_default=sa.text("0"), nullable=False))
        op.create_index(f"ix_{table}_changed", table, ["development_id", "changed"])
    if _on_sqlite():
        for table, columns in TABLES.items():
            for deed, event in (("insert", "INSERT"), ("update", f"UPDATE OF {columns}")):
                op.execute(_SQLITE.format(table=table, deed=deed, event=event))
        return
    op.execute(
        """
        CREATE FUNCTION number_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN NEW.changed := pg_current_xact_id()::text::bigint; RETURN NEW; END $$
        """
    )
    for table, columns in TABLES.items():
        op.execute(_POSTGRESQL.format(table=table, columns=columns))


def downgrade() -> None:
    for table in TABLES:
        for name in (f"{table}_changed_insert", f"{table}_changed_update") if _on_sqlite() else ():
            op.execute(f"DROP TRIGGER {name}")
        if not _on_sqlite():
            op.execute(f"DROP TRIGGER {table}_changed ON {table}")
        op.drop_index(f"ix_{table}_changed", table)
        op.drop_column(table, "changed")
    if not _on_sqlite():
        op.execute("DROP FUNCTION number_change()")
    _replace(BETTER, INDEXES)


def _replace(old: tuple[tuple[str, str, list[str]], ...], new: tuple[tuple[str, str, list[str]], ...]) -> None:
    for table, name, _columns in old:
        op.drop_index(name, table)
    for table, name, columns in new:
        op.create_index(name, table, columns)


def _on_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"
