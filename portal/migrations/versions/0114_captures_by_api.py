"""A capture's one-time word may be an agency's system's, told by its key, instead of a signed-in session's."""

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt

revision = "0114"
down_revision = "0113"
branch_labels = None
depends_on = None

NAME = "capture_nonces"
HOLDER = "ck_capture_nonces_one_holder"


def upgrade() -> None:
    with op.batch_alter_table(NAME) as table:
        table.add_column(sa.Column("api_key_id", BigInt, nullable=True))
        table.alter_column("web_session_id", existing_type=BigInt, nullable=True)
        table.create_check_constraint(op.f(HOLDER), "(web_session_id IS NULL) <> (api_key_id IS NULL)")


def downgrade() -> None:
    op.execute("DELETE FROM capture_nonces WHERE web_session_id IS NULL")
    with op.batch_alter_table(NAME) as table:
        table.drop_constraint(op.f(HOLDER), type_="check")
        table.alter_column("web_session_id", existing_type=BigInt, nullable=False)
        table.drop_column("api_key_id")
