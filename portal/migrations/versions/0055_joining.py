"""People join as referrers by themselves: a code shows whose number it is, and how and under which terms is kept.

A code goes to a number that may be neither a client's nor an account's. And a referrer's code is taken back with a
reason, and by somebody.
"""

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt, UtcDateTime

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None

KINDS = "kind IN ('arrival_code', 'face_withdrawal', 'account_link', 'bank_change', 'phone_change'{})"
ONE_READER = "(client_id IS NULL) <> (person_id IS NULL)"
OPEN = sa.text("closed_at IS NULL")


def upgrade() -> None:
    with op.batch_alter_table("text_messages") as table:
        table.drop_constraint(op.f("ck_text_messages_kind_known"), type_="check")
        table.create_check_constraint(op.f("ck_text_messages_kind_known"), KINDS.format(", 'phone_code'"))
        table.drop_constraint(op.f("ck_text_messages_one_reader"), type_="check")
        table.create_check_constraint(
            op.f("ck_text_messages_one_reader"), f"{ONE_READER} OR (client_id IS NULL AND kind IN ('phone_code'))"
        )
    with op.batch_alter_table("referrers") as table:
        table.add_column(sa.Column("revoked_by", BigInt, nullable=True))
        table.add_column(sa.Column("revoked_reason", sa.Text(), nullable=True))
        table.create_foreign_key(op.f("fk_referrers_revoked_by"), "people", ["revoked_by"], ["id"])
    _create_phone_codes()
    _create_joinings()


def downgrade() -> None:
    op.drop_table("joinings")
    op.drop_table("phone_codes")
    with op.batch_alter_table("referrers") as table:
        table.drop_constraint(op.f("fk_referrers_revoked_by"), type_="foreignkey")
        table.drop_column("revoked_reason")
        table.drop_column("revoked_by")
    op.execute("DELETE FROM text_messages WHERE kind = 'phone_code'")
    with op.batch_alter_table("text_messages") as table:
        table.drop_constraint(op.f("ck_text_messages_one_reader"), type_="check")
        table.create_check_constraint(op.f("ck_text_messages_one_reader"), ONE_READER)
        table.drop_constraint(op.f("ck_text_messages_kind_known"), type_="check")
        table.create_check_constraint(op.f("ck_text_messages_kind_known"), KINDS.format(""))


def _create_phone_codes() -> None:
    op.create_table(
        "phone_codes",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("subject_id", BigInt, nullable=False),
        sa.Column("phone_index", sa.String(length=64), nullable=False),
        sa.Column("network", sa.Text(), nullable=False),
        sa.Column("message_id", BigInt, nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("issued_at", UtcDateTime(), nullable=False),
        sa.Column("tries", BigInt, nullable=False),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("proven_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("purpose IN ('joining')", name=op.f("ck_phone_codes_purpose_known")),
        sa.CheckConstraint("proven_at IS NULL OR closed_at IS NOT NULL", name=op.f("ck_phone_codes_proven_is_closed")),
        sa.ForeignKeyConstraint(["message_id"], ["text_messages.id"], name=op.f("fk_phone_codes_message_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phone_codes")),
    )
    op.create_index(
        "uq_phone_codes_open",
        "phone_codes",
        ["purpose", "subject_id", "phone_index"],
        unique=True,
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )
    op.create_index("ix_phone_codes_phone", "phone_codes", ["phone_index", "issued_at"])
    op.create_index("ix_phone_codes_network", "phone_codes", ["network", "issued_at"])
    op.create_index("ix_phone_codes_page", "phone_codes", ["purpose", "subject_id", "issued_at"])


def _create_joinings() -> None:
    op.create_table(
        "joinings",
        sa.Column("referrer_id", BigInt, nullable=False),
        sa.Column("way", sa.String(length=40), nullable=False),
        sa.Column("terms_version", sa.String(length=40), nullable=False),
        sa.Column("terms_locale", sa.String(length=40), nullable=False),
        sa.Column("campaign", sa.String(length=40), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("way IN ('page')", name=op.f("ck_joinings_way_known")),
        sa.ForeignKeyConstraint(["referrer_id"], ["referrers.person_id"], name=op.f("fk_joinings_referrer_id")),
        sa.PrimaryKeyConstraint("referrer_id", name=op.f("pk_joinings")),
    )
    if op.get_bind().dialect.name == "sqlite":
        for deed in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER joinings_no_{deed.lower()} BEFORE {deed} ON joinings "
                "BEGIN SELECT RAISE(ABORT, 'joinings is append-only'); END"
            )
    else:
        op.execute(
            "CREATE TRIGGER joinings_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON joinings "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
