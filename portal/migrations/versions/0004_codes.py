"""One-time codes on the client's own phone, the texts that carry them, guardians, and a third way of checking in."""

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt, UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TWO_WAYS = "way IN ('face', 'reception')"
THREE_WAYS = "way IN ('face', 'reception', 'code')"


def upgrade() -> None:
    _change_ways(TWO_WAYS, THREE_WAYS)
    _create_text_messages()
    _create_arrival_codes()
    op.create_table(
        "guardians",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("consent_id", BigInt, nullable=False),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("relation", sa.String(length=40), nullable=False),
        sa.CheckConstraint("relation IN ('mother', 'father', 'guardian')", name=op.f("ck_guardians_relation_known")),
        sa.ForeignKeyConstraint(["consent_id"], ["consents.id"], name=op.f("fk_guardians_consent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guardians")),
        sa.UniqueConstraint("consent_id", name=op.f("uq_guardians_consent_id")),
    )


def downgrade() -> None:
    op.drop_table("guardians")
    op.drop_table("arrival_codes")
    op.drop_table("text_messages")
    _change_ways(THREE_WAYS, TWO_WAYS)


def _change_ways(old: str, new: str) -> None:
    """SQLite cannot alter a CHECK. A looser one does not touch what is stored, so only the schema's text is changed, as
    SQLite's own page on ALTER TABLE describes it: building the table anew would lose its triggers and its rows' parents.
    """
    if op.get_bind().dialect.name != "sqlite":
        op.drop_constraint("ck_showings_way_known", "showings")
        op.create_check_constraint(op.f("ck_showings_way_known"), "showings", new)
        return
    version = op.get_bind().execute(sa.text("PRAGMA schema_version")).scalar_one()
    op.execute("PRAGMA writable_schema = ON")
    op.get_bind().execute(
        sa.text("UPDATE sqlite_master SET sql = replace(sql, :old, :new) WHERE type = 'table' AND name = 'showings'"),
        {"old": old, "new": new},
    )
    op.execute(f"PRAGMA schema_version = {version + 1}")
    op.execute("PRAGMA writable_schema = OFF")


def _create_text_messages() -> None:
    op.create_table(
        "text_messages",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("client_id", BigInt, nullable=False),
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
        sa.CheckConstraint("kind IN ('arrival_code', 'face_withdrawal')", name=op.f("ck_text_messages_kind_known")),
        sa.CheckConstraint("sent_at IS NULL OR given_up_at IS NULL", name=op.f("ck_text_messages_settled_once")),
        sa.CheckConstraint(
            "(params_sealed IS NULL) = (sent_at IS NOT NULL OR given_up_at IS NOT NULL)",
            name=op.f("ck_text_messages_settled_is_forgotten"),
        ),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_text_messages_client_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_text_messages")),
        sa.UniqueConstraint("key", name=op.f("uq_text_messages_key")),
    )
    op.create_index("ix_text_messages_client", "text_messages", ["client_id", "created_at"])
    op.create_index("ix_text_messages_due", "text_messages", ["next_try_at"])


def _create_arrival_codes() -> None:
    op.create_table(
        "arrival_codes",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("touch_id", BigInt, nullable=False),
        sa.Column("broker_id", BigInt, nullable=False),
        sa.Column("message_id", BigInt, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("issued_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("tries", BigInt, nullable=False),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("showing_id", BigInt, nullable=True),
        sa.ForeignKeyConstraint(["touch_id"], ["touches.id"], name=op.f("fk_arrival_codes_touch_id")),
        sa.ForeignKeyConstraint(["broker_id"], ["people.id"], name=op.f("fk_arrival_codes_broker_id")),
        sa.ForeignKeyConstraint(["message_id"], ["text_messages.id"], name=op.f("fk_arrival_codes_message_id")),
        sa.ForeignKeyConstraint(["showing_id"], ["showings.id"], name=op.f("fk_arrival_codes_showing_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_arrival_codes")),
    )
    op.create_index("ix_arrival_codes_touch", "arrival_codes", ["touch_id", "id"])
    op.create_index(
        "uq_arrival_codes_open",
        "arrival_codes",
        ["touch_id"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
