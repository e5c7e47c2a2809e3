"""What keeps every worker's face index current: `changed` tells, in the order of commits, which templates were stored
or erased since it last looked (see `portal.services.face_index`)."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_WATCHED = "vector_sealed, erased_at, engine, engine_version, development_id, person_id, client_id"

_SQLITE = """
CREATE TRIGGER face_templates_changed_{deed} AFTER {event} ON face_templates BEGIN
    UPDATE face_templates SET changed = (SELECT max(changed) + 1 FROM face_templates) WHERE id = NEW.id;
END
"""
_POSTGRESQL = f"""
CREATE FUNCTION number_face_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN NEW.changed := pg_current_xact_id()::text::bigint; RETURN NEW; END $$;

CREATE TRIGGER face_templates_changed BEFORE INSERT OR UPDATE OF {_WATCHED} ON face_templates
FOR EACH ROW EXECUTE FUNCTION number_face_change()
"""


def upgrade() -> None:
    number = sa.Integer() if _on_sqlite() else sa.BigInteger()
    op.add_column("face_templates", sa.Column("changed", number, server_default=sa.text("0"), nullable=False))
    op.create_index("ix_face_templates_changed", "face_templates", ["changed"])
    if _on_sqlite():
        for deed, event in (("insert", "INSERT"), ("update", f"UPDATE OF {_WATCHED}")):
            op.execute(_SQLITE.format(deed=deed, event=event))
    else:
        op.execute(_POSTGRESQL)


def downgrade() -> None:
    if _on_sqlite():
        for deed in ("insert", "update"):
            op.execute(f"DROP TRIGGER face_templates_changed_{deed}")
    else:
        op.execute("DROP TRIGGER face_templates_changed ON face_templates")
        op.execute("DROP FUNCTION number_face_change()")
    op.drop_index("ix_face_templates_changed", "face_templates")
    op.drop_column("face_templates", "changed")


def _on_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"
