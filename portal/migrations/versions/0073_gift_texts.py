"""A referred friend is told by text of the gift that waits."""

from alembic import op

revision = "0073"
down_revision = "0072"
branch_labels = None
depends_on = None

BEFORE = "'arrival_code', 'face_withdrawal', 'account_link', 'bank_change', 'phone_change', 'phone_code', 'invitation'"


def upgrade() -> None:
    _kinds(f"kind IN ({BEFORE}, 'gift')")


def downgrade() -> None:
    op.execute("DELETE FROM text_messages WHERE kind = 'gift'")
    _kinds(f"kind IN ({BEFORE})")


def _kinds(words: str) -> None:
    with op.batch_alter_table("text_messages") as table:
        table.drop_constraint(op.f("ck_text_messages_kind_known"), type_="check")
        table.create_check_constraint(op.f("ck_text_messages_kind_known"), words)
