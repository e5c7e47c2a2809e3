"""Sign-ins that were not their account's owner's: until somebody looked into it, the account moves nothing."""

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt, UtcDateTime

revision = "0087"
down_revision = "0086"
branch_labels = None
depends_on = None

CHECKS = {
    "vouched_by_somebody": "(vouched_at IS NULL) = (vouched_by IS NULL)",
    "lifted_when": "lifted_at IS NOT NULL OR lifted_by IS NULL",
    "not_vouched_for_oneself": "vouched_by IS NULL OR vouched_by <> person_id",
    "not_own_account": "lifted_by IS NULL OR lifted_by <> person_id",
    "second_person": "lifted_by IS NULL OR vouched_by IS NULL OR lifted_by <> vouched_by",
}


def upgrade() -> None:
    op.add_column("people", sa.Column("alarmed_at", UtcDateTime(), nullable=True))
    people = ("person_id", "vouched_by", "lifted_by")
    op.create_table(
        "account_alarms",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("person_id", BigInt, nullable=False),
        sa.Column("raised_at", UtcDateTime(), nullable=False),
        sa.Column("device", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("vouched_at", UtcDateTime(), nullable=True),
        sa.Column("vouched_by", BigInt, nullable=True),
        sa.Column("lifted_at", UtcDateTime(), nullable=True),
        sa.Column("lifted_by", BigInt, nullable=True),
        *(sa.CheckConstraint(said, name=op.f(f"ck_account_alarms_{name}")) for name, said in CHECKS.items()),
        *(sa.ForeignKeyConstraint([one], ["people.id"], name=op.f(f"fk_account_alarms_{one}")) for one in people),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_alarms")),
    )
    where = sa.text("lifted_at IS NULL")
    op.create_index(
        "uq_account_alarms_person",
        "account_alarms",
        ["person_id"],
        unique=True,
        sqlite_where=where,
        postgresql_where=where,
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER account_alarms_no_end BEFORE UPDATE ON account_alarms WHEN OLD.lifted_at IS NOT NULL "
            "BEGIN SELECT RAISE(ABORT, 'account_alarms is append-only'); END"
        )
    else:
        op.execute(
            "CREATE TRIGGER account_alarms_no_end BEFORE UPDATE ON account_alarms "
            "FOR EACH ROW WHEN (OLD.lifted_at IS NOT NULL) EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    op.drop_table("account_alarms")
    op.drop_column("people", "alarmed_at")
