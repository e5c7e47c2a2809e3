"""A code may also show whose number it is that wants no more calls."""

from alembic import op

revision = "0062"
down_revision = "0061"
branch_labels = None
depends_on = None

NAME = "ck_phone_codes_purpose_known"


def upgrade() -> None:
    with op.batch_alter_table("phone_codes") as table:
        table.drop_constraint(op.f(NAME), type_="check")
        table.create_check_constraint(op.f(NAME), "purpose IN ('joining', 'opt_out')")


def downgrade() -> None:
    op.execute("DELETE FROM phone_codes WHERE purpose = 'opt_out'")
    with op.batch_alter_table("phone_codes") as table:
        table.drop_constraint(op.f(NAME), type_="check")
        table.create_check_constraint(op.f(NAME), "purpose IN ('joining')")
