"""Lines, statements and payouts of any payee; lines that come from no deal; adjustments by hand; seals.

`commission_lines` becomes `posted_lines`: a statement also holds fines, adjustments, rewards and tax. Each line now
keeps the reference of its transfer. SQLite cannot loosen a column, so there its tables are written anew; PostgreSQL
alters them in place.
"""

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt, Json, UtcDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

CAUSES = (
    "accrual",
    "instalment",
    "top_up",
    "clawback",
    "re_rank",
    "correction",
    "forfeiture",
    "fine",
    "adjustment",
    "reward",
    "withholding",
)
OF_DEALS = CAUSES[:7]
STATES = ("proposed", "approved", "refused", "withdrawn")
PAYEE = (
    "CASE WHEN agency_id IS NOT NULL THEN 'agency:' || CAST(agency_id AS TEXT)"
    " ELSE 'person:' || CAST(person_id AS TEXT) END"
)
ONE_PAYEE = "(agency_id IS NULL) <> (person_id IS NULL)"
COMMISSION = (
    f"cause NOT IN {OF_DEALS} OR (deal_id IS NOT NULL AND instalment IS NOT NULL AND "
    '"window" IS NOT NULL AND plan_version_id IS NOT NULL)'
)
LIVE = sa.text("state NOT IN ('rejected', 'failed', 'voided')")


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _rebuild_lines()
        _rebuild_statements()
        _rebuild_payouts()
    else:
        _alter_lines()
        _alter_statements()
        _alter_payouts()
    _create_adjustments()
    _create_seals()


def downgrade() -> None:
    raise NotImplementedError("lines of persons have no place in the tables of before: restore a backup instead")


def _words(column: str, words: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(word) for word in words)})"


def _payee_columns() -> list[sa.Column]:
    return [
        sa.Column("agency_id", BigInt, nullable=True),
        sa.Column("person_id", BigInt, nullable=True),
        sa.Column("payee", sa.String(length=40), sa.Computed(PAYEE, persisted=True), nullable=False),
    ]


def _payee_constraints(table: str) -> list[sa.Constraint]:
    return [
        sa.CheckConstraint(ONE_PAYEE, name=op.f(f"ck_{table}_one_payee")),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f(f"fk_{table}_agency_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f(f"fk_{table}_person_id")),
    ]


# On SQLite they are written anew, while foreign keys rest (env.py looks at them all before the commit)


def _rebuild_lines() -> None:
    _drop_triggers("commission_lines")
    op.create_table(
        "posted_lines",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("cause", sa.String(length=40), nullable=False),
        sa.Column("amount_fen", BigInt, nullable=False),
        sa.Column("deal_id", BigInt, nullable=True),
        sa.Column("instalment", sa.String(length=40), nullable=True),
        sa.Column("rank", BigInt, nullable=True),
        sa.Column("window", sa.String(length=40), nullable=True),
        sa.Column("rate_bps", BigInt, nullable=True),
        sa.Column("plan_version_id", BigInt, nullable=True),
        sa.Column("why", Json, nullable=False),
        sa.Column("milestone_id", BigInt, nullable=True),
        sa.Column("batch_id", BigInt, nullable=False),
        sa.Column("posted_at", UtcDateTime(), nullable=False),
        *_payee_columns(),
        sa.CheckConstraint(_words("cause", CAUSES), name=op.f("ck_posted_lines_cause_known")),
        sa.CheckConstraint("amount_fen <> 0", name=op.f("ck_posted_lines_amount_not_zero")),
        sa.CheckConstraint(COMMISSION, name=op.f("ck_posted_lines_commission_has_deal")),
        *_payee_constraints("posted_lines"),
        sa.ForeignKeyConstraint(["batch_id"], ["ledger_batches.id"], name=op.f("fk_posted_lines_batch_id")),
        sa.ForeignKeyConstraint(["deal_id"], ["deals.id"], name=op.f("fk_posted_lines_deal_id")),
        sa.ForeignKeyConstraint(["milestone_id"], ["milestones.id"], name=op.f("fk_posted_lines_milestone_id")),
        sa.ForeignKeyConstraint(
            ["plan_version_id"], ["plan_versions.id"], name=op.f("fk_posted_lines_plan_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_posted_lines")),
        sa.UniqueConstraint("reference", name=op.f("uq_posted_lines_reference")),
    )
    kept = 'id, cause, amount_fen, deal_id, instalment, rank, "window", rate_bps, plan_version_id, why, milestone_id'
    op.execute(
        f"INSERT INTO posted_lines (reference, agency_id, batch_id, posted_at, {kept}) "  # noqa: S608 - names of ours
        "SELECT 'line:' || milestone_id || ':' || deal_id || ':' || instalment, "
        f"agency_id, batch_id, posted_at, {kept} FROM commission_lines"
    )
    _drop_triggers("statement_lines")
    op.create_table(
        "new_statement_lines",
        sa.Column("line_id", BigInt, nullable=False),
        sa.Column("statement_id", BigInt, nullable=False),
        sa.ForeignKeyConstraint(["line_id"], ["posted_lines.id"], name=op.f("fk_statement_lines_line_id")),
        sa.ForeignKeyConstraint(["statement_id"], ["statements.id"], name=op.f("fk_statement_lines_statement_id")),
        sa.PrimaryKeyConstraint("line_id", name=op.f("pk_statement_lines")),
    )
    op.execute("INSERT INTO new_statement_lines SELECT line_id, statement_id FROM statement_lines")
    _replace("statement_lines")
    op.drop_table("commission_lines")
    op.create_index("ix_posted_lines_payee", "posted_lines", ["payee", "posted_at"])
    op.create_index("ix_posted_lines_deal_id", "posted_lines", ["deal_id"])
    op.create_index("ix_statement_lines_statement_id", "statement_lines", ["statement_id"])
    _guard("posted_lines")
    _guard("statement_lines")


def _rebuild_statements() -> None:
    _drop_triggers("statements")
    op.create_table(
        "new_statements",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("version", BigInt, nullable=False),
        sa.Column("opening_fen", BigInt, nullable=False),
        sa.Column("lines_fen", BigInt, nullable=False),
        sa.Column("total_fen", BigInt, nullable=False),
        sa.Column("payable_fen", BigInt, nullable=False),
        sa.Column("carried_fen", BigInt, nullable=False),
        sa.Column("issued_by", BigInt, nullable=False),
        sa.Column("issued_at", UtcDateTime(), nullable=False),
        *_payee_columns(),
        sa.CheckConstraint("payable_fen + carried_fen = total_fen", name=op.f("ck_statements_payable_and_carried")),
        sa.CheckConstraint("payable_fen >= 0 AND carried_fen <= 0", name=op.f("ck_statements_payable_or_carried")),
        sa.CheckConstraint("total_fen = opening_fen + lines_fen", name=op.f("ck_statements_total_adds_up")),
        *_payee_constraints("statements"),
        sa.ForeignKeyConstraint(["issued_by"], ["people.id"], name=op.f("fk_statements_issued_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statements")),
        sa.UniqueConstraint("number", name=op.f("uq_statements_number")),
        sa.UniqueConstraint("payee", "month", "version", name=op.f("uq_statements_payee_month_version")),
    )
    kept = (
        "id, number, agency_id, month, version, opening_fen, lines_fen, total_fen, payable_fen, carried_fen, "
        "issued_by, issued_at"
    )
    op.execute(f"INSERT INTO new_statements ({kept}) SELECT {kept} FROM statements")  # noqa: S608 - as above
    _replace("statements")
    op.create_index("ix_statements_month", "statements", ["month"])
    _guard("statements")


def _rebuild_payouts() -> None:
    states = ("requested", "approved", "exported", "paid", "rejected", "failed", "voided")
    op.create_table(
        "new_payouts",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("reference", sa.String(length=24), nullable=False),
        sa.Column("statement_id", BigInt, nullable=False),
        sa.Column("amount_fen", BigInt, nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("batch_id", BigInt, nullable=True),
        *_payee_columns(),
        sa.CheckConstraint(
            "(state IN ('exported', 'paid', 'failed')) = (batch_id IS NOT NULL)",
            name=op.f("ck_payouts_sent_in_batch"),
        ),
        sa.CheckConstraint(_words("state", states), name=op.f("ck_payouts_state_known")),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_payouts_amount_positive")),
        *_payee_constraints("payouts"),
        sa.ForeignKeyConstraint(["batch_id"], ["payout_batches.id"], name=op.f("fk_payouts_batch_id")),
        sa.ForeignKeyConstraint(["statement_id"], ["statements.id"], name=op.f("fk_payouts_statement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payouts")),
        sa.UniqueConstraint("reference", name=op.f("uq_payouts_reference")),
    )
    kept = "id, reference, statement_id, agency_id, amount_fen, state, batch_id"
    op.execute(f"INSERT INTO new_payouts ({kept}) SELECT {kept} FROM payouts")  # noqa: S608 - as above
    _replace("payouts")
    op.create_index("ix_payouts_batch_id", "payouts", ["batch_id"])
    op.create_index("ix_payouts_state", "payouts", ["state", "id"])
    op.create_index("ix_payouts_payee", "payouts", ["payee", "id"])
    op.create_index("uq_payouts_statement", "payouts", ["statement_id"], unique=True, sqlite_where=LIVE)


def _drop_triggers(table: str) -> None:
    for deed in ("update", "delete"):
        op.execute(f"DROP TRIGGER {table}_no_{deed}")


def _replace(table: str) -> None:
    op.drop_table(table)
    op.rename_table(f"new_{table}", table)


# On PostgreSQL they are altered in place


def _alter_lines() -> None:
    op.rename_table("commission_lines", "posted_lines")
    op.execute("ALTER TRIGGER commission_lines_append_only ON posted_lines RENAME TO posted_lines_append_only")
    op.execute("ALTER SEQUENCE commission_lines_id_seq RENAME TO posted_lines_id_seq")
    op.execute(
        """
        DO $$ DECLARE one record; BEGIN
        FOR one IN SELECT conname FROM pg_constraint WHERE conrelid = 'posted_lines'::regclass
                   AND conname LIKE '%commission_lines%' LOOP
            EXECUTE format('ALTER TABLE posted_lines RENAME CONSTRAINT %I TO %I', one.conname,
                           replace(one.conname, 'commission_lines', 'posted_lines'));
        END LOOP; END $$
        """
    )
    op.execute("ALTER INDEX ix_commission_lines_deal_id RENAME TO ix_posted_lines_deal_id")
    op.drop_index("ix_commission_lines_agency", "posted_lines")
    op.add_column("posted_lines", sa.Column("reference", sa.Text(), nullable=True))
    op.execute("ALTER TABLE posted_lines DISABLE TRIGGER posted_lines_append_only")
    op.execute("UPDATE posted_lines SET reference = 'line:' || milestone_id || ':' || deal_id || ':' || instalment")
    op.execute("ALTER TABLE posted_lines ENABLE TRIGGER posted_lines_append_only")
    op.alter_column("posted_lines", "reference", nullable=False)
    op.create_unique_constraint("uq_posted_lines_reference", "posted_lines", ["reference"])
    op.drop_constraint("uq_posted_lines_milestone_id_deal_id_instalment", "posted_lines")
    for column in ("deal_id", "instalment", "window", "plan_version_id", "milestone_id"):
        op.alter_column("posted_lines", column, nullable=True)
    op.drop_constraint("ck_posted_lines_cause_known", "posted_lines")
    op.create_check_constraint(op.f("ck_posted_lines_cause_known"), "posted_lines", _words("cause", CAUSES))
    op.create_check_constraint(op.f("ck_posted_lines_commission_has_deal"), "posted_lines", COMMISSION)
    _alter_payee("posted_lines")
    op.create_index("ix_posted_lines_payee", "posted_lines", ["payee", "posted_at"])


def _alter_statements() -> None:
    op.drop_constraint("uq_statements_agency_id_month_version", "statements")
    _alter_payee("statements")
    op.create_unique_constraint("uq_statements_payee_month_version", "statements", ["payee", "month", "version"])


def _alter_payouts() -> None:
    op.drop_index("ix_payouts_agency_id", "payouts")
    _alter_payee("payouts")
    op.create_index("ix_payouts_payee", "payouts", ["payee", "id"])


def _alter_payee(table: str) -> None:
    op.alter_column(table, "agency_id", nullable=True)
    op.add_column(table, sa.Column("person_id", BigInt, nullable=True))
    op.create_foreign_key(op.f(f"fk_{table}_person_id"), table, "people", ["person_id"], ["id"])
    op.create_check_constraint(op.f(f"ck_{table}_one_payee"), table, ONE_PAYEE)
    op.add_column(table, sa.Column("payee", sa.String(length=40), sa.Computed(PAYEE, persisted=True), nullable=False))


# New on both


def _create_adjustments() -> None:
    op.create_table(
        "adjustments",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("amount_fen", BigInt, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("file_name", sa.String(length=64), nullable=False),
        sa.Column("attachment_name", sa.Text(), nullable=False),
        sa.Column("deal_id", BigInt, nullable=True),
        sa.Column("proposed_by", BigInt, nullable=False),
        sa.Column("proposed_at", UtcDateTime(), nullable=False),
        sa.Column("decided_by", BigInt, nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        *_payee_columns(),
        *_payee_constraints("adjustments"),
        sa.CheckConstraint(_words("state", STATES), name=op.f("ck_adjustments_state_known")),
        sa.CheckConstraint("amount_fen <> 0", name=op.f("ck_adjustments_amount_not_zero")),
        sa.CheckConstraint("length(reason) > 0", name=op.f("ck_adjustments_has_reason")),
        sa.CheckConstraint("(state = 'proposed') = (decided_by IS NULL)", name=op.f("ck_adjustments_decided")),
        sa.CheckConstraint(
            "state <> 'approved' OR decided_by <> proposed_by", name=op.f("ck_adjustments_second_person")
        ),
        sa.ForeignKeyConstraint(["deal_id"], ["deals.id"], name=op.f("fk_adjustments_deal_id")),
        sa.ForeignKeyConstraint(["proposed_by"], ["people.id"], name=op.f("fk_adjustments_proposed_by")),
        sa.ForeignKeyConstraint(["decided_by"], ["people.id"], name=op.f("fk_adjustments_decided_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_adjustments")),
    )
    op.create_index("ix_adjustments_state", "adjustments", ["state", "id"])


def _create_seals() -> None:
    op.create_table(
        "window_seals",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("agency_id", BigInt, nullable=False),
        sa.Column("label", sa.String(length=40), nullable=False),
        sa.Column("sealed_at", UtcDateTime(), nullable=False),
        sa.Column("sealed_by", BigInt, nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_window_seals_agency_id")),
        sa.ForeignKeyConstraint(["sealed_by"], ["people.id"], name=op.f("fk_window_seals_sealed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_window_seals")),
        sa.UniqueConstraint("agency_id", "label", name=op.f("uq_window_seals_agency_id_label")),
    )
    _guard("window_seals")


def _guard(table: str) -> None:
    """As 0002 does it for the tables of then."""
    if op.get_bind().dialect.name == "sqlite":
        for deed in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{deed.lower()} BEFORE {deed} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        return
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
