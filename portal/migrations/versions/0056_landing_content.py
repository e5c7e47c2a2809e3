"""What a development shows to invited friends: words, house types, pictures."""

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt, Json, UtcDateTime

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "landing_contents",
        sa.Column("development_id", BigInt, nullable=False),
        sa.Column("hotline", sa.String(24), nullable=True),
        sa.Column("words", Json, nullable=False),
        sa.Column("prices_until", sa.Date(), nullable=True),
        sa.Column("published_at", UtcDateTime(), nullable=True),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("changed_by", BigInt, nullable=False),
        sa.ForeignKeyConstraint(
            ["development_id"], ["developments.id"], name=op.f("fk_landing_contents_development_id")
        ),
        sa.ForeignKeyConstraint(["changed_by"], ["people.id"], name=op.f("fk_landing_contents_changed_by")),
        sa.PrimaryKeyConstraint("development_id", name=op.f("pk_landing_contents")),
    )
    op.create_table(
        "house_types",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("development_id", BigInt, nullable=False),
        sa.Column("position", BigInt, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=True),
        sa.Column("bedrooms", BigInt, nullable=False),
        sa.Column("living_rooms", BigInt, nullable=False),
        sa.Column("bathrooms", BigInt, nullable=False),
        sa.Column("area", BigInt, nullable=False),
        sa.Column("price_from_fen", BigInt, nullable=True),
        sa.Column("file_name", sa.String(32), nullable=True),
        sa.CheckConstraint(
            "area > 0 AND bedrooms >= 0 AND living_rooms >= 0 AND bathrooms >= 0", name=op.f("ck_house_types_measured")
        ),
        sa.CheckConstraint("price_from_fen IS NULL OR price_from_fen > 0", name=op.f("ck_house_types_priced")),
        sa.ForeignKeyConstraint(["development_id"], ["developments.id"], name=op.f("fk_house_types_development_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_house_types")),
    )
    op.create_index("ix_house_types_development", "house_types", ["development_id", "position"])
    op.create_table(
        "landing_pictures",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("development_id", BigInt, nullable=False),
        sa.Column("position", BigInt, nullable=False),
        sa.Column("caption", sa.Text(), nullable=True),
        sa.Column("caption_en", sa.Text(), nullable=True),
        sa.Column("file_name", sa.String(32), nullable=False),
        sa.Column("added_at", UtcDateTime(), nullable=False),
        sa.Column("added_by", BigInt, nullable=False),
        sa.ForeignKeyConstraint(
            ["development_id"], ["developments.id"], name=op.f("fk_landing_pictures_development_id")
        ),
        sa.ForeignKeyConstraint(["added_by"], ["people.id"], name=op.f("fk_landing_pictures_added_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_landing_pictures")),
    )
    op.create_index("ix_landing_pictures_development", "landing_pictures", ["development_id", "position"])


def downgrade() -> None:
    op.drop_table("landing_pictures")
    op.drop_table("house_types")
    op.drop_table("landing_contents")
