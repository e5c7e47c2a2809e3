"""Scans counted a day, codes of a referrer's own, friends' visits, and where a lead came from."""

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt, UtcDateTime

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_scans()
    op.create_table(
        "vanity_codes",
        sa.Column("person_id", BigInt, nullable=False),
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("folded", sa.String(length=16), nullable=False),
        sa.Column("chosen_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["referrers.person_id"], name=op.f("fk_vanity_codes_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_vanity_codes")),
        sa.UniqueConstraint("folded", name=op.f("uq_vanity_codes_folded")),
    )
    op.create_table(
        "friend_visits",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("touch_id", BigInt, nullable=False),
        sa.Column("visited_on", sa.Date(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("recorded_by", BigInt, nullable=False),
        sa.ForeignKeyConstraint(["touch_id"], ["touches.id"], name=op.f("fk_friend_visits_touch_id")),
        sa.ForeignKeyConstraint(["recorded_by"], ["people.id"], name=op.f("fk_friend_visits_recorded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_friend_visits")),
    )
    op.create_index("uq_friend_visits_day", "friend_visits", ["touch_id", "visited_on"], unique=True)
    for column in ("design", "campaign"):
        op.add_column("leads", sa.Column(column, sa.String(length=40), nullable=False, server_default=""))
    _add_progress_consent()
    op.create_index("ix_leads_at", "leads", ["at"])


def downgrade() -> None:
    op.drop_index("ix_leads_at", "leads")
    for column in ("progress_consent_id", "campaign", "design"):
        op.drop_column("leads", column)
    for table in ("friend_visits", "vanity_codes", "scan_visitors", "scan_salts", "scan_counts"):
        op.drop_table(table)


def _create_scans() -> None:
    op.create_table(
        "scan_counts",
        sa.Column("referrer_id", BigInt, nullable=False),
        sa.Column("scanned_on", sa.Date(), nullable=False),
        sa.Column("design", sa.String(length=40), nullable=False),
        sa.Column("campaign", sa.String(length=40), nullable=False),
        sa.Column("scans", BigInt, nullable=False),
        sa.CheckConstraint("scans > 0", name=op.f("ck_scan_counts_scans_positive")),
        sa.ForeignKeyConstraint(["referrer_id"], ["referrers.person_id"], name=op.f("fk_scan_counts_referrer_id")),
        sa.PrimaryKeyConstraint("referrer_id", "scanned_on", "design", "campaign", name=op.f("pk_scan_counts")),
    )
    op.create_index("ix_scan_counts_day", "scan_counts", ["scanned_on", "referrer_id"])
    op.create_table(
        "scan_salts",
        sa.Column("used_on", sa.Date(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("used_on", name=op.f("pk_scan_salts")),
    )
    op.create_table(
        "scan_visitors",
        sa.Column("seen_on", sa.Date(), nullable=False),
        sa.Column("mark", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("seen_on", "mark", name=op.f("pk_scan_visitors")),
    )


def _add_progress_consent() -> None:
    """As text: SQLite takes a column with its foreign key only in one piece."""
    integer = "INTEGER" if op.get_bind().dialect.name == "sqlite" else "BIGINT"
    op.execute(
        f"ALTER TABLE leads ADD COLUMN progress_consent_id {integer}"
        " CONSTRAINT fk_leads_progress_consent_id REFERENCES consents (id)"
    )
