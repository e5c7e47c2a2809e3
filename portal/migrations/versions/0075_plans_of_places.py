"""A reward plan may be for one development, and may be offered to those who joined earlier; who took it is kept."""

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt, UtcDateTime

revision = "0075"
down_revision = "0074"
branch_labels = None
depends_on = None

TABLE = "plan_acceptances"
PLANS = ("reward_plan_versions", "reward_plan_drafts")


def upgrade() -> None:
    for plans in PLANS:
        if _on_sqlite():
            op.execute(
                f"ALTER TABLE {plans} ADD COLUMN development_id INTEGER "
                f"CONSTRAINT fk_{plans}_development_id REFERENCES developments (id)"
            )
        else:
            op.add_column(plans, sa.Column("development_id", BigInt, nullable=True))
            op.create_foreign_key(op.f(f"fk_{plans}_development_id"), plans, "developments", ["development_id"], ["id"])
        op.add_column(plans, sa.Column("offered_until", sa.Date(), nullable=True))
    op.create_table(
        TABLE,
        sa.Column("id", BigInt, nullable=False),
        sa.Column("referrer_id", BigInt, nullable=False),
        sa.Column("version_id", BigInt, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["referrer_id"], ["referrers.id"], name=op.f(f"fk_{TABLE}_referrer_id")),
        sa.ForeignKeyConstraint(["version_id"], ["reward_plan_versions.id"], name=op.f(f"fk_{TABLE}_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
        sa.UniqueConstraint("referrer_id", "version_id", name=op.f(f"uq_{TABLE}_referrer_id_version_id")),
    )
    op.create_index(op.f(f"ix_{TABLE}_version_id"), TABLE, ["version_id"])
    _guard()


def downgrade() -> None:
    """Offers that were taken, and plans of one development, have no place in the schema of before."""
    taken = "SELECT (SELECT count(*) FROM plan_acceptances) + (SELECT count(development_id) FROM reward_plan_versions)"
    if op.get_bind().scalar(sa.text(taken)):
        raise NotImplementedError("plans of one development, or offers, were made: restore a backup instead")
    op.drop_table(TABLE)
    for plans in PLANS:
        for column in ("offered_until", "development_id"):
            op.execute(f"ALTER TABLE {plans} DROP COLUMN {column}")


def _on_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _guard() -> None:
    """The table only grows."""
    if _on_sqlite():
        for deed in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {TABLE}_no_{deed.lower()} BEFORE {deed} ON {TABLE} "
                f"BEGIN SELECT RAISE(ABORT, '{TABLE} is append-only'); END"
            )
        return
    op.execute(
        f"CREATE TRIGGER {TABLE}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {TABLE} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
