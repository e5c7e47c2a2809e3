"""A payout above the limit is approved anew by two as well, when its payee has another account by then.

The first of the two is a row of its own: of which approval it takes the place, and for which account. The database
takes the second, a `payout_approvals` row, only behind a first of another hand for that very account.
"""

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt, UtcDateTime

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None

TABLE = "first_approvals_anew"

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
    EXISTS (SELECT 1 FROM payouts AS payout WHERE payout.id = NEW.payout_id AND payout.approvals_needed > 1)
    AND EXISTS (SELECT 1 FROM payout_approvals AS earlier WHERE earlier.payout_id = NEW.payout_id)
    AND NOT EXISTS (
        SELECT 1 FROM first_approvals_anew AS first WHERE first.payout_id = NEW.payout_id
        AND first.approver_id <> NEW.approved_by AND first.account_digest = NEW.account_digest
        AND first.approval_id = (SELECT max(id) FROM payout_approvals AS latest WHERE latest.payout_id = NEW.payout_id)
    )
"""
SENDER = """
    NEW.state = 'exported' AND EXISTS (
        SELECT 1 FROM first_approvals_anew AS first
        WHERE first.payout_id = NEW.payout_id AND first.approver_id = NEW.actor_id
    )
"""
REFUSALS = (
    (TABLE, "no_asker", ASKER, "who asked for a payout approves nothing of it"),
    ("payout_approvals", "anew_by_two", ALONE, "a payout above the limit takes two approvers"),
    ("payout_steps", "other_sender", SENDER, "who approves does not send"),
)


def upgrade() -> None:
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    op.create_table(
        TABLE,
        sa.Column("id", BigInt, nullable=False),
        sa.Column("payout_id", BigInt, nullable=False),
        sa.Column("approval_id", BigInt, nullable=False),
        sa.Column("account_digest", sa.String(length=64), nullable=False),
        sa.Column("approver_id", BigInt, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["payout_id"], ["payouts.id"], name=op.f(f"fk_{TABLE}_payout_id")),
        sa.ForeignKeyConstraint(["approval_id"], ["payout_approvals.id"], name=op.f(f"fk_{TABLE}_approval_id")),
        sa.ForeignKeyConstraint(["approver_id"], ["people.id"], name=op.f(f"fk_{TABLE}_approver_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
        sa.UniqueConstraint("approval_id", "account_digest", name=op.f(f"uq_{TABLE}_approval_id_account_digest")),
    )
    op.create_index(op.f(f"ix_{TABLE}_payout_id"), TABLE, ["payout_id"])
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
    for on, name, when, why in REFUSALS:
        if on_sqlite:
            op.execute(
                f"CREATE TRIGGER {on}_{name} BEFORE INSERT ON {on} WHEN {when} BEGIN SELECT RAISE(ABORT, '{why}'); END"
            )
            continue
        op.execute(
            f"CREATE FUNCTION {on}_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ "
            f"BEGIN IF {when} THEN RAISE EXCEPTION '{why}'; END IF; RETURN NEW; END $$"
        )
        op.execute(f"CREATE TRIGGER {on}_{name} BEFORE INSERT ON {on} FOR EACH ROW EXECUTE FUNCTION {on}_{name}()")


def downgrade() -> None:
    raise NotImplementedError("who approved first would be forgotten: restore a backup instead")
