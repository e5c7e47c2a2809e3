"""Messages to people in 企业微信 and WeChat, and the tokens by which those take them."""

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt, UtcDateTime

revision = "0102"
down_revision = "0101"
branch_labels = None
depends_on = None

_GIVEN_UP = sa.text("given_up_at IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "app_messages",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("app", sa.String(length=40), nullable=False),
        sa.Column("person_id", BigInt, nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("locale", sa.String(length=40), nullable=False),
        sa.Column("params_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("next_try_at", UtcDateTime(), nullable=True),
        sa.Column("not_before", UtcDateTime(), nullable=True),
        sa.Column("attempts", BigInt, nullable=False),
        sa.Column("unsure_since", UtcDateTime(), nullable=True),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.Column("provider_id", sa.Text(), nullable=True),
        sa.Column("given_up_at", UtcDateTime(), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.CheckConstraint("app IN ('wecom', 'wechat')", name=op.f("ck_app_messages_app_known")),
        sa.CheckConstraint("sent_at IS NULL OR given_up_at IS NULL", name=op.f("ck_app_messages_settled_once")),
        sa.CheckConstraint(
            "(params_sealed IS NULL) = (sent_at IS NOT NULL OR given_up_at IS NOT NULL)",
            name=op.f("ck_app_messages_settled_is_forgotten"),
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_app_messages_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_app_messages")),
        sa.UniqueConstraint("key", name=op.f("uq_app_messages_key")),
    )
    op.create_index("ix_app_messages_person", "app_messages", ["person_id", "id"])
    op.create_index("ix_app_messages_due", "app_messages", ["app", "next_try_at"])
    op.create_index(
        "ix_app_messages_given_up",
        "app_messages",
        ["given_up_at"],
        sqlite_where=_GIVEN_UP,
        postgresql_where=_GIVEN_UP,
    )
    op.create_table(
        "app_tokens",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("token_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("ends_at", UtcDateTime(), nullable=True),
        sa.Column("fetched_at", UtcDateTime(), nullable=True),
        sa.Column("taken_until", UtcDateTime(), nullable=True),
        sa.Column("failure", sa.String(length=40), nullable=True),
        sa.Column("failed_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("(token_sealed IS NULL) = (ends_at IS NULL)", name=op.f("ck_app_tokens_token_has_an_end")),
        sa.CheckConstraint(
            "(failure IS NULL) = (failed_at IS NULL)", name=op.f("ck_app_tokens_failure_has_an_instant")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_app_tokens")),
        sa.UniqueConstraint("name", name=op.f("uq_app_tokens_name")),
    )


def downgrade() -> None:
    for table in ("app_tokens", "app_messages"):
        op.drop_table(table)
