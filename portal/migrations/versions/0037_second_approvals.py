"""A payout above a sum needs two different approvers, neither of them who issued or asked for it.

How many it needs is fixed when it is requested. The first approval is a row of its own, and the payout stays requested;
the database moves no payout to approved without it, and writes no step of the same hand beside it.
"""

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt, UtcDateTime

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

TABLE = "first_approvals"

ASKER = """
    EXISTS (
        SELECT 1 FROM payouts AS payout JOIN statements AS statement ON statement.id = payout.statement_id
        WHERE payout.id = NEW.payout_id AND statement.issued_by = NEW.approver_id
    ) OR EXISTS (
        SELECT 1 FROM payout_steps AS asked
        WHERE asked.payout_id = NEW.payout_id AND asked.state = 'requested' AND asked.actor_id = NEW.approver_id
    )
"""
ALONE = """
    NEW.state = 'approved' AND OLD.state <> 'approved' AND NEW.approvals_needed > 1
    AND NOT EXISTS (SELECT 1 FROM first_approvals AS first WHERE first.payout_id = NEW.id)
"""
SAME_HAND = """
    NEW.state IN ('approved', 'exported') AND EXISTS (
        SELECT 1 FROM first_approvals AS first WHERE first.payout_id = NEW.payout_id AND first.approver_id = NEW.actor_id
    )
"""
REFUSALS = (
    (TABLE, "no_asker", "INSERT", ASKER, "who asked for a payout approves nothing of it"),
    ("payouts", "by_two_approvers", "UPDATE", ALONE, "a payout above the limit takes two approvers"),
    (
        "payouts",
        "approvals_stand",
        "UPDATE",
        "NEW.approvals_needed <> OLD.approvals_needed",
        "a payout keeps what it needs",
    ),
    ("payout_steps", "other_approver", "INSERT", SAME_HAND, "the second approver and the cashier are other hands"),
)


def upgrade() -> None:
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    op.execute(
        f"ALTER TABLE payouts ADD COLUMN approvals_needed {'INTEGER' if on_sqlite else 'BIGINT'} NOT NULL DEFAULT 1 "
        "CONSTRAINT ck_payouts_approvals_known CHECK (approvals_needed IN (1, 2))"
    )
    op.create_table(
        TABLE,
        sa.Column("id", BigInt, nullable=False),
        sa.Column("payout_id", BigInt, nullable=False),
        sa.Column("approver_id", BigInt, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["payout_id"], ["payouts.id"], name=op.f(f"fk_{TABLE}_payout_id")),
        sa.ForeignKeyConstraint(["approver_id"], ["people.id"], name=op.f(f"fk_{TABLE}_approver_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
        sa.UniqueConstraint("payout_id", name=op.f(f"uq_{TABLE}_payout_id")),
    )
    if on_sqlite:
        for deed in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {TABLE}_no_{deed.lower()} BEFORE {deed} ON {TABLE} "
                f"BEGIN SELECT RAISE(ABORT, '{TABLE} is append-only'); END"
            )
    else:
        op.execute(
            f"CREATE TRIGGER {TABLE}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {TABLE} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    for on, name, deed, when, why in REFUSALS:
        if on_sqlite:
            op.execute(
                f"CREATE TRIGGER {on}_{name} BEFORE {deed} ON {on} WHEN {when} BEGIN SELECT RAISE(ABORT, '{why}'); END"
            )
            continue
        op.execute(
            f"CREATE FUNCTION {on}_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ "
            f"BEGIN IF {when} THEN RAISE EXCEPTION '{why}'; END IF; RETURN NEW; END $$"
        )
        op.execute(f"CREATE TRIGGER {on}_{name} BEFORE {deed} ON {on} FOR EACH ROW EXECUTE FUNCTION {on}_{name}()")


def downgrade() -> None:
    raise NotImplementedError("who approved first would be forgotten: restore a backup instead")
