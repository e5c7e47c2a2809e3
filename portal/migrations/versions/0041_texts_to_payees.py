"""Texts also tell payees of a change of their bank details.

SQLite cannot change a check, so there the table is written anew; texts keep their numbers.
"""

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt, UtcDateTime

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

BEFORE = "kind IN ('arrival_code', 'face_withdrawal', 'account_link')"
SINCE = "kind IN ('arrival_code', 'face_withdrawal', 'account_link', 'bank_change')"
KEPT = (
    "id, client_id, person_id, kind, key, params_sealed, created_at, expires_at, next_try_at, attempts, sent_at, "
    "provider_id, given_up_at, failure"
)


def upgrade() -> None:
    _allow(SINCE)


def downgrade() -> None:
    op.execute("DELETE FROM text_messages WHERE kind = 'bank_change'")
    _allow(BEFORE)


def _allow(kinds: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        _write_anew(kinds)
        return
    op.drop_constraint("ck_text_messages_kind_known", "text_messages")
    op.create_check_constraint(op.f("ck_text_messages_kind_known"), "text_messages", kinds)


def _write_anew(kinds: str) -> None:
    op.create_table(
        "new_text_messages",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("client_id", BigInt, nullable=True),
        sa.Column("person_id", BigInt, nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("params_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("next_try_at", UtcDateTime(), nullable=True),
        sa.Column("attempts", BigInt, nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.Column("provider_id", sa.Text(), nullable=True),
        sa.Column("given_up_at", UtcDateTime(), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.CheckConstraint(kinds, name=op.f("ck_text_messages_kind_known")),
        sa.CheckConstraint("(client_id IS NULL) <> (person_id IS NULL)", name=op.f("ck_text_messages_one_reader")),
        sa.CheckConstraint("sent_at IS NULL OR given_up_at IS NULL", name=op.f("ck_text_messages_settled_once")),
        sa.CheckConstraint(
            "(params_sealed IS NULL) = (sent_at IS NOT NULL OR given_up_at IS NOT NULL)",
            name=op.f("ck_text_messages_settled_is_forgotten"),
        ),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_text_messages_client_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_text_messages_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_text_messages")),
        sa.UniqueConstraint("key", name=op.f("uq_text_messages_key")),
    )
    op.execute(f"INSERT INTO new_text_messages ({KEPT}) SELECT {KEPT} FROM text_messages")  # noqa: S608 - names of ours
    op.drop_table("text_messages")
    op.rename_table("new_text_messages", "text_messages")
    op.create_index("ix_text_messages_client", "text_messages", ["client_id", "created_at"])
    op.create_index("ix_text_messages_due", "text_messages", ["next_try_at"])
