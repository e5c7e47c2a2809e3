"""Keys of agencies' own systems, and the answers that come again when a request does."""

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt, Json, UtcDateTime

revision = "0109"
down_revision = "0108"
branch_labels = None
depends_on = None

_OPEN = sa.text("revoked_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("agency_id", BigInt, nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("mode", sa.String(length=40), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("hint", sa.String(length=4), nullable=False),
        sa.Column("scopes", Json, nullable=False),
        sa.Column("made_by", BigInt, nullable=True),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=True),
        sa.Column("last_used_at", UtcDateTime(), nullable=True),
        sa.Column("revoked_by", BigInt, nullable=True),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("mode IN ('live', 'test')", name=op.f("ck_api_keys_mode_known")),
        sa.CheckConstraint("revoked_by IS NULL OR revoked_at IS NOT NULL", name=op.f("ck_api_keys_revoked_when")),
        sa.CheckConstraint("expires_at IS NULL OR expires_at > made_at", name=op.f("ck_api_keys_ends_later")),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_api_keys_agency_id")),
        sa.ForeignKeyConstraint(["made_by"], ["people.id"], name=op.f("fk_api_keys_made_by")),
        sa.ForeignKeyConstraint(["revoked_by"], ["people.id"], name=op.f("fk_api_keys_revoked_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("digest", name=op.f("uq_api_keys_digest")),
    )
    op.create_index("ix_api_keys_agency", "api_keys", ["agency_id", "id"])
    op.create_index(
        "uq_api_keys_name", "api_keys", ["agency_id", "name"], unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN
    )
    op.create_table(
        "api_answers",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("key_id", BigInt, nullable=False),
        sa.Column("idempotency_key", sa.String(length=64), nullable=False),
        sa.Column("operation", sa.String(length=40), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("status", BigInt, nullable=False),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("status BETWEEN 200 AND 599", name=op.f("ck_api_answers_status_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_answers")),
        sa.UniqueConstraint("key_id", "idempotency_key", name=op.f("uq_api_answers_key_id_idempotency_key")),
    )
    op.create_index("ix_api_answers_at", "api_answers", ["at"])


def downgrade() -> None:
    op.drop_table("api_answers")
    op.drop_table("api_keys")
