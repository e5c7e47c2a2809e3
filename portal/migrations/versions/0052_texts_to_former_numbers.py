"""A number that an account leaves is told so by text: such a text keeps, sealed, the number that it goes to."""

import sqlalchemy as sa
from alembic import op

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None

BEFORE = "kind IN ('arrival_code', 'face_withdrawal', 'account_link', 'bank_change')"
SINCE = "kind IN ('arrival_code', 'face_withdrawal', 'account_link', 'bank_change', 'phone_change')"
FORGOTTEN = "number_sealed IS NULL OR params_sealed IS NOT NULL"


def upgrade() -> None:
    with op.batch_alter_table("text_messages") as table:
        table.add_column(sa.Column("number_sealed", sa.LargeBinary(), nullable=True))
        table.drop_constraint(op.f("ck_text_messages_kind_known"), type_="check")
        table.create_check_constraint(op.f("ck_text_messages_kind_known"), SINCE)
        table.create_check_constraint(op.f("ck_text_messages_number_is_forgotten"), FORGOTTEN)


def downgrade() -> None:
    op.execute("DELETE FROM text_messages WHERE kind = 'phone_change'")
    with op.batch_alter_table("text_messages") as table:
        table.drop_constraint(op.f("ck_text_messages_number_is_forgotten"), type_="check")
        table.drop_constraint(op.f("ck_text_messages_kind_known"), type_="check")
        table.create_check_constraint(op.f("ck_text_messages_kind_known"), BEFORE)
        table.drop_column("number_sealed")
