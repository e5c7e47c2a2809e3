"""Requests for a new capture, the review queue's risk, and proofs of erasure that nobody can change.

Showings of before have no risk and stand last in the queue: they are append-only, and none is in use yet.
"""

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt, UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("showings", sa.Column("risk", BigInt, nullable=False, server_default="0"))
    op.create_index("ix_showings_risk", "showings", ["risk", "id"])
    _create_capture_requests()
    _create_erasures()
    _guard_erasures()


def downgrade() -> None:
    op.drop_table("erasures")
    op.drop_table("capture_requests")
    op.drop_index("ix_showings_risk", "showings")
    op.drop_column("showings", "risk")


def _create_capture_requests() -> None:
    op.create_table(
        "capture_requests",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("showing_id", BigInt, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_by", BigInt, nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("answer_by", UtcDateTime(), nullable=False),
        sa.Column("answered_by", BigInt, nullable=True),
        sa.CheckConstraint("length(reason) > 0", name=op.f("ck_capture_requests_has_reason")),
        sa.CheckConstraint("answer_by > asked_at", name=op.f("ck_capture_requests_deadline_ahead")),
        sa.ForeignKeyConstraint(["showing_id"], ["showings.id"], name=op.f("fk_capture_requests_showing_id")),
        sa.ForeignKeyConstraint(["asked_by"], ["people.id"], name=op.f("fk_capture_requests_asked_by")),
        sa.ForeignKeyConstraint(["answered_by"], ["showings.id"], name=op.f("fk_capture_requests_answered_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_capture_requests")),
        sa.UniqueConstraint("showing_id", name=op.f("uq_capture_requests_showing_id")),
    )
    op.create_index("ix_capture_requests_answered_by", "capture_requests", ["answered_by"])


def _create_erasures() -> None:
    kinds = "kind IN ('photo', 'template', 'appeal_picture', 'file')"
    reasons = "why IN ('time_over', 'consent_withdrawn', 'enrolled_again', 'on_request', 'nobodys')"
    op.create_table(
        "erasures",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("row_id", BigInt, nullable=True),
        sa.Column("development_id", BigInt, nullable=True),
        sa.Column("why", sa.String(length=40), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("erased_by", BigInt, nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(kinds, name=op.f("ck_erasures_kind_known")),
        sa.CheckConstraint(reasons, name=op.f("ck_erasures_why_known")),
        sa.CheckConstraint("(row_id IS NULL) = (kind = 'file')", name=op.f("ck_erasures_file_has_no_row")),
        sa.ForeignKeyConstraint(["development_id"], ["developments.id"], name=op.f("fk_erasures_development_id")),
        sa.ForeignKeyConstraint(["erased_by"], ["people.id"], name=op.f("fk_erasures_erased_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasures")),
    )
    op.create_index("uq_erasures_row", "erasures", ["kind", "row_id"], unique=True)
    op.create_index("ix_erasures_development", "erasures", ["development_id", "id"])


def _guard_erasures() -> None:
    """As 0002 does it for the tables of then."""
    if op.get_bind().dialect.name == "sqlite":
        for deed in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER erasures_no_{deed.lower()} BEFORE {deed} ON erasures "
                "BEGIN SELECT RAISE(ABORT, 'erasures is append-only'); END"
            )
        return
    op.execute(
        "CREATE TRIGGER erasures_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON erasures "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
