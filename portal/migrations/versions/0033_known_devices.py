"""Tries to sign in are counted by network and by known device; it is known when a password was set.

What was an address is a network from now on: the same for IPv4, the /64 for IPv6. Rows of before keep what they hold;
the lock-out looks back an hour at most, and the sweep drops them after a month.
"""

import sqlalchemy as sa
from alembic import op

from portal.types import UtcDateTime

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_sign_in_attempts_address", "sign_in_attempts")
    op.execute("ALTER TABLE sign_in_attempts RENAME COLUMN address TO network")
    op.add_column("sign_in_attempts", sa.Column("device", sa.String(length=40), nullable=True))
    op.create_index("ix_sign_in_attempts_network", "sign_in_attempts", ["network", "at"])
    op.add_column("people", sa.Column("password_set_at", UtcDateTime(), nullable=True))


def downgrade() -> None:
    op.drop_column("people", "password_set_at")
    op.drop_index("ix_sign_in_attempts_network", "sign_in_attempts")
    op.drop_column("sign_in_attempts", "device")
    op.execute("ALTER TABLE sign_in_attempts RENAME COLUMN network TO address")
    op.create_index("ix_sign_in_attempts_address", "sign_in_attempts", ["address", "at"])
