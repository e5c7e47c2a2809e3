"""Accounts that move money are opened, reopened, given links and changed by two administrators.

What is proposed never changes, and a decision on it is final: the database refuses both. It also refuses an account that
moves money, and a link to one, by the hand of a person to whom no other person proposed it; the shell is no person.
"""

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt, UtcDateTime

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

PROPOSED = ("kind", "person_id", "role", "name", "phone_sealed", "phone_index", "note", "proposed_by", "proposed_at")
"""The columns of a proposal that stand from its first instant."""

ROLES = (
    "reception",
    "channel_manager",
    "finance",
    "approver",
    "cashier",
    "administrator",
    "privacy_officer",
    "principal",
    "broker",
    "referrer",
)
CHECKS = {
    "state_known": "state IN ('proposed', 'confirmed', 'refused', 'withdrawn')",
    "decided": "(state = 'proposed') = (decided_by IS NULL)",
    "decided_when": "(decided_by IS NULL) = (decided_at IS NULL)",
    "second_person": "state NOT IN ('confirmed', 'refused') OR decided_by <> proposed_by",
    "own_withdrawal": "state <> 'withdrawn' OR decided_by = proposed_by",
    "has_reason": "state <> 'refused' OR length(reason) > 0",
    "kind_known": "kind IN ('open', 'link', 'reopen', 'phone', 'role')",
    "role_known": f"role IN {ROLES}",
    "not_own_account": "state <> 'confirmed' OR person_id IS NULL OR decided_by <> person_id",
    "about_somebody": "(kind = 'open') = (person_id IS NULL)",
    "has_name": "(kind = 'open') = (name IS NOT NULL)",
    "has_role": "(kind IN ('open', 'role')) = (role IS NOT NULL)",
    "has_phone": "(kind IN ('open', 'phone')) = (phone_sealed IS NOT NULL)",
    "phone_is_found": "(phone_sealed IS NULL) = (phone_index IS NULL)",
    "only_opening_opens": "kind = 'open' OR opened_id IS NULL",
    "opened_as": "kind <> 'open' OR state <> 'confirmed' OR opened_id IS NOT NULL",
}
PEOPLE = ("person_id", "opened_id", "proposed_by", "decided_by")
ALONE = {
    "people": """
        NEW.role IN ('finance', 'approver', 'cashier', 'administrator') AND NEW.created_by IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM account_proposals AS proposal
            WHERE proposal.state = 'proposed' AND proposal.kind = 'open' AND proposal.proposed_by <> NEW.created_by
            AND proposal.role = NEW.role AND proposal.phone_index = NEW.phone_index
        )
    """,
    "password_links": """
        NEW.issued_by IS NOT NULL
        AND EXISTS (
            SELECT 1 FROM people
            WHERE people.id = NEW.person_id AND people.role IN ('finance', 'approver', 'cashier', 'administrator')
        )
        AND NOT EXISTS (
            SELECT 1 FROM account_proposals AS proposal
            WHERE proposal.state = 'proposed' AND proposal.proposed_by <> NEW.issued_by
            AND (proposal.opened_id = NEW.person_id OR proposal.kind = 'link' AND proposal.person_id = NEW.person_id)
        )
    """,
}
"""What one person alone has done, by the table that it would stand in."""

WAITS = sa.text("state = 'proposed'")


def upgrade() -> None:
    op.create_table(
        "account_proposals",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("person_id", BigInt, nullable=True),
        sa.Column("role", sa.String(length=40), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("phone_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("phone_index", sa.String(length=64), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("opened_id", BigInt, nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("proposed_by", BigInt, nullable=False),
        sa.Column("proposed_at", UtcDateTime(), nullable=False),
        sa.Column("decided_by", BigInt, nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        *(sa.CheckConstraint(rule, name=op.f(f"ck_account_proposals_{name}")) for name, rule in CHECKS.items()),
        *(sa.ForeignKeyConstraint([one], ["people.id"], name=op.f(f"fk_account_proposals_{one}")) for one in PEOPLE),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_proposals")),
        sa.UniqueConstraint("opened_id", name=op.f("uq_account_proposals_opened_id")),
    )
    op.create_index("ix_account_proposals_state", "account_proposals", ["state", "id"])
    waits = {"unique": True, "sqlite_where": WAITS, "postgresql_where": WAITS}
    op.create_index("uq_account_proposals_person", "account_proposals", ["person_id", "kind"], **waits)
    op.create_index("uq_account_proposals_phone", "account_proposals", ["phone_index"], **waits)
    _guard()
    for table, alone in ALONE.items():
        _refuse_one_hand(table, alone)


def downgrade() -> None:
    for table in ALONE:
        if op.get_bind().dialect.name == "sqlite":
            op.execute(f"DROP TRIGGER {table}_by_two")
        else:
            op.execute(f"DROP TRIGGER {table}_by_two ON {table}")
            op.execute(f"DROP FUNCTION refuse_{table}_of_one()")
    op.drop_table("account_proposals")


def _refuse_one_hand(table: str, alone: str) -> None:
    says = "an account that moves money takes two people"
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            f"CREATE TRIGGER {table}_by_two BEFORE INSERT ON {table} WHEN {alone} BEGIN SELECT RAISE(ABORT, '{says}'); END"
        )
        return
    op.execute(
        f"""
        CREATE FUNCTION refuse_{table}_of_one() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF {alone} THEN
                RAISE EXCEPTION '{says}';
            END IF;
            RETURN NEW;
        END $$
        """
    )
    op.execute(
        f"CREATE TRIGGER {table}_by_two BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_{table}_of_one()"
    )


def _guard() -> None:
    proposed = ", ".join(PROPOSED)
    if op.get_bind().dialect.name == "sqlite":
        for name, event in (
            ("text", f"UPDATE OF {proposed} ON account_proposals"),
            ("decision", "UPDATE ON account_proposals WHEN OLD.state <> 'proposed'"),
            ("delete", "DELETE ON account_proposals"),
        ):
            op.execute(
                f"CREATE TRIGGER account_proposals_no_{name} BEFORE {event} "
                "BEGIN SELECT RAISE(ABORT, 'account_proposals is append-only'); END"
            )
        return
    for name, event in (("text", f"UPDATE OF {proposed}"), ("delete", "DELETE OR TRUNCATE")):
        op.execute(
            f"CREATE TRIGGER account_proposals_no_{name} BEFORE {event} ON account_proposals "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    op.execute(
        "CREATE TRIGGER account_proposals_no_decision BEFORE UPDATE ON account_proposals "
        "FOR EACH ROW WHEN (OLD.state <> 'proposed') EXECUTE FUNCTION refuse_change()"
    )
