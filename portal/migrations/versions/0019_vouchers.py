"""Vouchers and what became of them, the stock they are handed out of; drafts of reward plans; reviews of rewards."""

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt, UtcDateTime

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

LIVING = sa.text("state <> 'revoked'")
GROWING = ("redemptions", "relief_bills")


def upgrade() -> None:
    op.add_column("rewards", sa.Column("reviewed_at", UtcDateTime(), nullable=True))
    _add_reviewer()
    op.add_column("rewards", sa.Column("review", sa.String(length=40), nullable=True))
    op.add_column("rewards", sa.Column("review_reason", sa.Text(), nullable=True))
    _create_drafts()
    _create_vouchers()
    _create_redemptions()
    _create_bills()
    op.create_table(
        "stocks",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("development_id", BigInt, nullable=False),
        sa.Column("title", sa.String(length=40), nullable=False),
        sa.Column("left_over", BigInt, nullable=False),
        sa.Column("counted_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("left_over >= 0", name=op.f("ck_stocks_not_below_zero")),
        sa.ForeignKeyConstraint(["development_id"], ["developments.id"], name=op.f("fk_stocks_development_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stocks")),
        sa.UniqueConstraint("development_id", "title", name=op.f("uq_stocks_development_id_title")),
    )
    for table in GROWING:
        _guard(table)


def downgrade() -> None:
    for table in ("stocks", *reversed(GROWING), "vouchers", "reward_plan_drafts"):
        op.drop_table(table)
    for column in ("review_reason", "review", "reviewed_by", "reviewed_at"):
        op.drop_column("rewards", column)


def _add_reviewer() -> None:
    """As text: SQLite takes a column with its foreign key only in one piece."""
    integer = "INTEGER" if op.get_bind().dialect.name == "sqlite" else "BIGINT"
    op.execute(
        f"ALTER TABLE rewards ADD COLUMN reviewed_by {integer} CONSTRAINT fk_rewards_reviewed_by REFERENCES people (id)"
    )


def _create_drafts() -> None:
    op.create_table(
        "reward_plan_drafts",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("audience", sa.String(length=40), nullable=False),
        sa.Column("toml", sa.Text(), nullable=False),
        sa.Column("effective_from", UtcDateTime(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("proposed_by", BigInt, nullable=False),
        sa.Column("proposed_at", UtcDateTime(), nullable=False),
        sa.Column("decided_by", BigInt, nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("version_id", BigInt, nullable=True),
        sa.CheckConstraint(
            "state IN ('proposed', 'published', 'refused', 'withdrawn')", name=op.f("ck_reward_plan_drafts_state_known")
        ),
        sa.CheckConstraint("(state = 'proposed') = (decided_by IS NULL)", name=op.f("ck_reward_plan_drafts_decided")),
        sa.CheckConstraint(
            "(decided_by IS NULL) = (decided_at IS NULL)", name=op.f("ck_reward_plan_drafts_decided_when")
        ),
        sa.CheckConstraint(
            "state NOT IN ('published', 'refused') OR decided_by <> proposed_by",
            name=op.f("ck_reward_plan_drafts_second_person"),
        ),
        sa.CheckConstraint(
            "state <> 'withdrawn' OR decided_by = proposed_by", name=op.f("ck_reward_plan_drafts_own_withdrawal")
        ),
        sa.CheckConstraint(
            "(state = 'published') = (version_id IS NOT NULL)", name=op.f("ck_reward_plan_drafts_published_as")
        ),
        sa.CheckConstraint("state <> 'refused' OR length(reason) > 0", name=op.f("ck_reward_plan_drafts_has_reason")),
        sa.ForeignKeyConstraint(["proposed_by"], ["people.id"], name=op.f("fk_reward_plan_drafts_proposed_by")),
        sa.ForeignKeyConstraint(["decided_by"], ["people.id"], name=op.f("fk_reward_plan_drafts_decided_by")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["reward_plan_versions.id"], name=op.f("fk_reward_plan_drafts_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reward_plan_drafts")),
        sa.UniqueConstraint("version_id", name=op.f("uq_reward_plan_drafts_version_id")),
    )
    op.create_index("ix_reward_plan_drafts_state", "reward_plan_drafts", ["state", "id"])


def _create_vouchers() -> None:
    op.create_table(
        "vouchers",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("reference", sa.String(length=80), nullable=False),
        sa.Column("development_id", BigInt, nullable=False),
        sa.Column("reward_id", BigInt, nullable=True),
        sa.Column("holder_id", BigInt, nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=40), nullable=False),
        sa.Column("value_fen", BigInt, nullable=True),
        sa.Column("term_months", BigInt, nullable=True),
        sa.Column("months_left", BigInt, nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("issued_at", UtcDateTime(), nullable=False),
        sa.Column("issued_by", BigInt, nullable=True),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.Column("revoked_by", BigInt, nullable=True),
        sa.CheckConstraint("state IN ('open', 'redeemed', 'revoked')", name=op.f("ck_vouchers_state_known")),
        sa.CheckConstraint("kind IN ('voucher', 'fee_relief', 'parking', 'gift')", name=op.f("ck_vouchers_kind_known")),
        sa.CheckConstraint("(value_fen IS NULL) <> (term_months IS NULL)", name=op.f("ck_vouchers_sum_or_span")),
        sa.CheckConstraint(
            "(kind = 'fee_relief') = (months_left IS NOT NULL)", name=op.f("ck_vouchers_relief_has_balance")
        ),
        sa.CheckConstraint(
            "months_left IS NULL OR months_left BETWEEN 0 AND term_months", name=op.f("ck_vouchers_balance_within")
        ),
        sa.CheckConstraint("(state = 'revoked') = (revoked_at IS NOT NULL)", name=op.f("ck_vouchers_revoked_when")),
        sa.CheckConstraint("(reward_id IS NULL) = (holder_id IS NULL)", name=op.f("ck_vouchers_reward_has_holder")),
        sa.ForeignKeyConstraint(["development_id"], ["developments.id"], name=op.f("fk_vouchers_development_id")),
        sa.ForeignKeyConstraint(["reward_id"], ["rewards.id"], name=op.f("fk_vouchers_reward_id")),
        *(
            sa.ForeignKeyConstraint([column], ["people.id"], name=op.f(f"fk_vouchers_{column}"))
            for column in ("holder_id", "issued_by", "revoked_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vouchers")),
        sa.UniqueConstraint("code", name=op.f("uq_vouchers_code")),
        sa.UniqueConstraint("reference", name=op.f("uq_vouchers_reference")),
    )
    op.create_index(op.f("ix_vouchers_development_id"), "vouchers", ["development_id"])
    op.create_index(op.f("ix_vouchers_holder_id"), "vouchers", ["holder_id"])
    op.create_index("ix_vouchers_state", "vouchers", ["state", "id"])
    where = {"sqlite_where": LIVING, "postgresql_where": LIVING}
    op.create_index("uq_vouchers_reward", "vouchers", ["reward_id"], unique=True, **where)


def _create_redemptions() -> None:
    op.create_table(
        "redemptions",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("voucher_id", BigInt, nullable=False),
        sa.Column("development_id", BigInt, nullable=False),
        sa.Column("by_id", BigInt, nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("way", sa.String(length=40), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("way IN ('scanned', 'typed')", name=op.f("ck_redemptions_way_known")),
        sa.CheckConstraint("(starts_on IS NULL) = (ends_on IS NULL)", name=op.f("ck_redemptions_period_whole")),
        sa.CheckConstraint("starts_on IS NULL OR starts_on < ends_on", name=op.f("ck_redemptions_period_forward")),
        sa.ForeignKeyConstraint(["voucher_id"], ["vouchers.id"], name=op.f("fk_redemptions_voucher_id")),
        sa.ForeignKeyConstraint(["development_id"], ["developments.id"], name=op.f("fk_redemptions_development_id")),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f("fk_redemptions_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_redemptions")),
        sa.UniqueConstraint("voucher_id", name=op.f("uq_redemptions_voucher_id")),
    )


def _create_bills() -> None:
    op.create_table(
        "relief_bills",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("voucher_id", BigInt, nullable=False),
        sa.Column("bill", sa.String(length=40), nullable=False),
        sa.Column("months", BigInt, nullable=False),
        sa.Column("amount_fen", BigInt, nullable=False),
        sa.Column("by_id", BigInt, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("months > 0", name=op.f("ck_relief_bills_months_positive")),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_relief_bills_amount_positive")),
        sa.ForeignKeyConstraint(["voucher_id"], ["vouchers.id"], name=op.f("fk_relief_bills_voucher_id")),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f("fk_relief_bills_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_relief_bills")),
        sa.UniqueConstraint("voucher_id", "bill", name=op.f("uq_relief_bills_voucher_id_bill")),
    )


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
