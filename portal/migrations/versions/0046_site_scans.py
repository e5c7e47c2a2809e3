"""Scans of the rotating code on reception's tablet: what shows that a broker is at the site."""

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt, UtcDateTime

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "site_scans",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("touch_id", BigInt, nullable=False),
        sa.Column("broker_id", BigInt, nullable=False),
        sa.Column("host_id", BigInt, nullable=False),
        sa.Column("step", BigInt, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("showing_id", BigInt, nullable=True),
        sa.ForeignKeyConstraint(["touch_id"], ["touches.id"], name=op.f("fk_site_scans_touch_id")),
        sa.ForeignKeyConstraint(["broker_id"], ["people.id"], name=op.f("fk_site_scans_broker_id")),
        sa.ForeignKeyConstraint(["host_id"], ["people.id"], name=op.f("fk_site_scans_host_id")),
        sa.ForeignKeyConstraint(["showing_id"], ["showings.id"], name=op.f("fk_site_scans_showing_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site_scans")),
        sa.UniqueConstraint("touch_id", "step", name=op.f("uq_site_scans_touch_id_step")),
        sa.UniqueConstraint("showing_id", name=op.f("uq_site_scans_showing_id")),
    )
    op.create_index("ix_site_scans_touch", "site_scans", ["touch_id", "id"])


def downgrade() -> None:
    op.drop_table("site_scans")
