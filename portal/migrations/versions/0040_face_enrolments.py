"""Faces that a second person confirms; a word of the server for a camera without a client before it.

What was enrolled until now came from any file and answered no challenge: it stays in force, waits for nobody, and
accuses nobody until somebody has confirmed it.
"""

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt, Json, UtcDateTime

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

STANDS = ("person_id", "engine", "engine_version", "doubts", "found", "proposed_by", "proposed_at")
OPEN = sa.text("state = 'proposed'")


def upgrade() -> None:
    op.add_column("face_templates", sa.Column("confirmed_at", UtcDateTime(), nullable=True))
    _create()
    _guard()
    op.execute(
        "INSERT INTO face_enrolments (person_id, template_id, engine, engine_version, doubts, found, state,"
        " proposed_by, proposed_at) SELECT person_id, max(id), max(engine), max(engine_version), '[]', '{}',"
        " 'proposed', person_id, max(created_at) FROM face_templates"
        " WHERE person_id IS NOT NULL AND erased_at IS NULL GROUP BY person_id"
    )
    _free_the_word()


def downgrade() -> None:
    op.execute("DELETE FROM capture_nonces WHERE touch_id IS NULL")
    _rebuild_words(nullable=False)
    op.drop_table("face_enrolments")
    op.drop_column("face_templates", "confirmed_at")


def _create() -> None:
    name = "face_enrolments"
    op.create_table(
        name,
        sa.Column("id", BigInt, nullable=False),
        sa.Column("person_id", BigInt, nullable=False),
        sa.Column("template_id", BigInt, nullable=True),
        sa.Column("vector_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("engine", sa.String(length=40), nullable=False),
        sa.Column("engine_version", sa.String(length=40), nullable=False),
        sa.Column("doubts", Json, nullable=False),
        sa.Column("found", Json, nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("proposed_by", BigInt, nullable=False),
        sa.Column("proposed_at", UtcDateTime(), nullable=False),
        sa.Column("decided_by", BigInt, nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('proposed', 'confirmed', 'refused', 'withdrawn')", name=op.f(f"ck_{name}_state_known")
        ),
        sa.CheckConstraint("(state = 'proposed') = (decided_by IS NULL)", name=op.f(f"ck_{name}_decided")),
        sa.CheckConstraint("(decided_by IS NULL) = (decided_at IS NULL)", name=op.f(f"ck_{name}_decided_when")),
        sa.CheckConstraint(
            "state NOT IN ('confirmed', 'refused') OR decided_by <> proposed_by", name=op.f(f"ck_{name}_second_person")
        ),
        sa.CheckConstraint("state <> 'withdrawn' OR decided_by = proposed_by", name=op.f(f"ck_{name}_own_withdrawal")),
        sa.CheckConstraint("state <> 'refused' OR length(reason) > 0", name=op.f(f"ck_{name}_has_reason")),
        sa.CheckConstraint("state = 'proposed' OR vector_sealed IS NULL", name=op.f(f"ck_{name}_erased_when_decided")),
        sa.CheckConstraint("vector_sealed IS NULL OR template_id IS NULL", name=op.f(f"ck_{name}_in_one_place")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f(f"fk_{name}_person_id")),
        sa.ForeignKeyConstraint(["template_id"], ["face_templates.id"], name=op.f(f"fk_{name}_template_id")),
        sa.ForeignKeyConstraint(["proposed_by"], ["people.id"], name=op.f(f"fk_{name}_proposed_by")),
        sa.ForeignKeyConstraint(["decided_by"], ["people.id"], name=op.f(f"fk_{name}_decided_by")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )
    op.create_index(f"uq_{name}_open", name, ["person_id"], unique=True, sqlite_where=OPEN, postgresql_where=OPEN)
    op.create_index(f"ix_{name}_state", name, ["state", "id"])


def _guard() -> None:
    """As 0009 does for drafts of plans."""
    stands = ", ".join(STANDS)
    if _on_sqlite():
        for name, event in (
            ("stand", f"UPDATE OF {stands} ON face_enrolments"),
            ("decision", "UPDATE ON face_enrolments WHEN OLD.state <> 'proposed'"),
            ("delete", "DELETE ON face_enrolments"),
        ):
            op.execute(
                f"CREATE TRIGGER face_enrolments_no_{name} BEFORE {event} "
                "BEGIN SELECT RAISE(ABORT, 'face_enrolments is append-only'); END"
            )
        return
    for name, event in (("stand", f"UPDATE OF {stands}"), ("delete", "DELETE OR TRUNCATE")):
        op.execute(
            f"CREATE TRIGGER face_enrolments_no_{name} BEFORE {event} ON face_enrolments "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    op.execute(
        "CREATE TRIGGER face_enrolments_no_decision BEFORE UPDATE ON face_enrolments "
        "FOR EACH ROW WHEN (OLD.state <> 'proposed') EXECUTE FUNCTION refuse_change()"
    )


def _free_the_word() -> None:
    """Who enrols a face has no client beside him."""
    if _on_sqlite():
        _rebuild_words(nullable=True)
    else:
        op.alter_column("capture_nonces", "touch_id", existing_type=BigInt, nullable=True)


def _rebuild_words(*, nullable: bool) -> None:
    with op.batch_alter_table("capture_nonces") as table:
        table.alter_column("touch_id", existing_type=BigInt, nullable=nullable)


def _on_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"
