"""A friend's number may have to be shown: leads wait for that, and say when and by what it was shown.

Who came to the site was seen there, so the number of a friend who has visited is shown already.
"""

import sqlalchemy as sa
from alembic import op

from portal.types import UtcDateTime

revision = "0070"
down_revision = "0069"
branch_labels = None
depends_on = None

PURPOSE = "ck_phone_codes_purpose_known"
OUTCOME = "ck_leads_outcome_known"
CHECKS = {
    "ck_leads_proof_known": "proof IN ('code', 'visit', 'call')",
    "ck_leads_proven_by_what": "(proof IS NULL) = (proven_at IS NULL)",
}
SEEN = """
UPDATE leads SET proof = 'visit',
    proven_at = (SELECT min(v.at) FROM friend_visits v WHERE v.touch_id = leads.touch_id)
WHERE EXISTS (SELECT 1 FROM friend_visits v WHERE v.touch_id = leads.touch_id)
"""


def upgrade() -> None:
    _words("phone_codes", PURPOSE, "purpose IN ('joining', 'opt_out', 'lead')")
    with op.batch_alter_table("leads") as table:
        table.add_column(sa.Column("network_mark", sa.String(length=64), nullable=False, server_default=""))
        table.add_column(sa.Column("proven_at", UtcDateTime(), nullable=True))
        table.add_column(sa.Column("proof", sa.String(length=40), nullable=True))
        table.drop_constraint(op.f(OUTCOME), type_="check")
        table.create_check_constraint(op.f(OUTCOME), "outcome IN ('accepted', 'refused', 'waiting')")
        for name, check in CHECKS.items():
            table.create_check_constraint(op.f(name), check)
    op.execute(SEEN)
    op.create_index("ix_leads_day", "leads", ["development_id", "at"])


def downgrade() -> None:
    """Who still waits is kept as who does not count: nobody holds those clients."""
    op.drop_index("ix_leads_day", "leads")
    op.execute("UPDATE leads SET outcome = 'refused', code = 'phone_not_proven' WHERE outcome = 'waiting'")
    with op.batch_alter_table("leads") as table:
        for name in (OUTCOME, *CHECKS):
            table.drop_constraint(op.f(name), type_="check")
        table.create_check_constraint(op.f(OUTCOME), "outcome IN ('accepted', 'refused')")
        for column in ("proof", "proven_at", "network_mark"):
            table.drop_column(column)
    op.execute("DELETE FROM phone_codes WHERE purpose = 'lead'")
    _words("phone_codes", PURPOSE, "purpose IN ('joining', 'opt_out')")


def _words(name: str, check: str, words: str) -> None:
    with op.batch_alter_table(name) as table:
        table.drop_constraint(op.f(check), type_="check")
        table.create_check_constraint(op.f(check), words)
