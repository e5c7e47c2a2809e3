"""Whoever confirms a face films its owner, by a word of the server for just that face; a principal accuses nobody by it.

What a principal has confirmed until now stays in force, is no hard evidence any more, and waits for the developer's
people. `confirmed_at` is carried on when a face is renewed, and is the instant of the decision that it came from.
"""

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None

BY_STAFF = (
    "EXISTS (SELECT 1 FROM face_enrolments e JOIN people p ON p.id = e.decided_by WHERE e.state = 'confirmed'"
    " AND e.person_id = face_templates.person_id AND e.decided_at = face_templates.confirmed_at"
    " AND p.role <> 'principal')"
)
OPEN_AGAIN = (
    "INSERT INTO face_enrolments (person_id, template_id, engine, engine_version, doubts, found, state, proposed_by,"
    " proposed_at) SELECT person_id, max(id), max(engine), max(engine_version), '[]', '{}', 'proposed', person_id,"
    " max(created_at) FROM face_templates WHERE person_id IS NOT NULL AND erased_at IS NULL AND confirmed_at IS NULL"
    " AND person_id NOT IN (SELECT person_id FROM face_enrolments WHERE state = 'proposed') GROUP BY person_id"
)


def upgrade() -> None:
    with op.batch_alter_table("capture_nonces") as table:
        table.add_column(sa.Column("enrolment_id", BigInt, nullable=True))
        table.create_foreign_key(op.f("fk_capture_nonces_enrolment_id"), "face_enrolments", ["enrolment_id"], ["id"])
        table.create_check_constraint(op.f("ck_capture_nonces_one_subject"), "touch_id IS NULL OR enrolment_id IS NULL")
    op.execute(
        "UPDATE face_templates SET confirmed_at = NULL"  # noqa: S608 - words of ours
        f" WHERE person_id IS NOT NULL AND confirmed_at IS NOT NULL AND NOT {BY_STAFF}"
    )
    op.execute(OPEN_AGAIN)


def downgrade() -> None:
    op.execute("DELETE FROM capture_nonces WHERE enrolment_id IS NOT NULL")
    with op.batch_alter_table("capture_nonces") as table:
        table.drop_constraint(op.f("ck_capture_nonces_one_subject"), type_="check")
        table.drop_constraint(op.f("fk_capture_nonces_enrolment_id"), type_="foreignkey")
        table.drop_column("enrolment_id")
