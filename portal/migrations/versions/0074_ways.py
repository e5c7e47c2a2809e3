"""By which ways, beside the inbox, somebody is told; what people chose; and messages that wait for their hour."""

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt, UtcDateTime

revision = "0074"
down_revision = "0073"
branch_labels = None
depends_on = None

TEXTS = (
    "kind IN ('arrival_code', 'face_withdrawal', 'account_link', 'bank_change', 'phone_change', 'phone_code', "
    "'invitation', 'gift'{})"
)
MAILS = "kind IN ('employee_check'{})"


def upgrade() -> None:
    for table in ("text_messages", "mails"):
        op.add_column(table, sa.Column("not_before", UtcDateTime(), nullable=True))
    _rewrite(TEXTS.format(", 'notice'"), MAILS.format(", 'address_check', 'notice', 'digest'"))
    op.create_table(
        "deliveries",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("event_id", BigInt, nullable=False),
        sa.Column("person_id", BigInt, nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("slot", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("why", sa.String(length=40), nullable=True),
        sa.Column("message_key", sa.String(length=64), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("state IN ('queued', 'dropped')", name=op.f("ck_deliveries_state_known")),
        sa.CheckConstraint("(state = 'queued') = (message_key IS NOT NULL)", name=op.f("ck_deliveries_queued_has_key")),
        sa.CheckConstraint("(state = 'dropped') = (why IS NOT NULL)", name=op.f("ck_deliveries_dropped_has_why")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_deliveries_event_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_deliveries_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint("event_id", "person_id", "channel", name="uq_deliveries_event"),
    )
    op.create_index("ix_deliveries_person", "deliveries", ["person_id", "at"])
    op.create_table(
        "channel_choices",
        sa.Column("person_id", BigInt, nullable=False),
        sa.Column("topic", sa.String(length=40), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("wanted", sa.Boolean(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_channel_choices_person_id")),
        sa.PrimaryKeyConstraint("person_id", "topic", "channel", name=op.f("pk_channel_choices")),
    )
    op.create_table(
        "notice_settings",
        sa.Column("person_id", BigInt, nullable=False),
        sa.Column("mail_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("mail_confirmed_at", UtcDateTime(), nullable=True),
        sa.Column("digest", sa.String(length=40), nullable=False),
        sa.Column("digest_hour", BigInt, nullable=False),
        sa.Column("digest_due_at", UtcDateTime(), nullable=True),
        sa.Column("digest_until", UtcDateTime(), nullable=True),
        sa.CheckConstraint("digest IN ('never', 'day', 'week')", name=op.f("ck_notice_settings_digest_known")),
        sa.CheckConstraint("digest_hour >= 0 AND digest_hour <= 23", name=op.f("ck_notice_settings_hour_of_a_day")),
        sa.CheckConstraint(
            "mail_confirmed_at IS NULL OR mail_sealed IS NOT NULL", name=op.f("ck_notice_settings_confirmed_is_there")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_notice_settings_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_notice_settings")),
    )
    op.create_index("ix_notice_settings_digest", "notice_settings", ["digest_due_at"])


def downgrade() -> None:
    for table in ("notice_settings", "channel_choices", "deliveries"):
        op.drop_table(table)
    op.execute("DELETE FROM text_messages WHERE kind = 'notice'")
    op.execute("DELETE FROM mails WHERE kind <> 'employee_check'")
    _rewrite(TEXTS.format(""), MAILS.format(""))
    for table in ("text_messages", "mails"):
        with op.batch_alter_table(table) as batch:
            batch.drop_column("not_before")


def _rewrite(texts: str, mails: str) -> None:
    """The words that two columns may hold. SQLite makes the tables anew; neither has triggers."""
    for name, words in (("text_messages", texts), ("mails", mails)):
        with op.batch_alter_table(name) as table:
            table.drop_constraint(op.f(f"ck_{name}_kind_known"), type_="check")
            table.create_check_constraint(op.f(f"ck_{name}_kind_known"), words)
