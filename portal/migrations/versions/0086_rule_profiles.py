"""Rule profiles of developments, proposed and confirmed by two; and since when a touch holds its client.

Every touch that is there holds since it was made. Where the first showing decides, a touch holds from that on, so the
index that lets one touch hold asks for it.
"""

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt, UtcDateTime

revision = "0086"
down_revision = "0085"
branch_labels = None
depends_on = None

PROPOSED = ("development_id", "toml", "starts_at", "note", "proposed_by", "proposed_at")
"""The columns that stand from a profile's first instant."""

_LIVING = sa.text("retired_at IS NULL")
_HOLDING = sa.text("retired_at IS NULL AND holds_from IS NOT NULL")
_IN_FORCE = sa.text("state = 'confirmed'")


def upgrade() -> None:
    op.add_column("touches", sa.Column("holds_from", UtcDateTime(), nullable=True))
    op.execute("UPDATE touches SET holds_from = at")
    _index_holders(_HOLDING)
    _create()
    if op.get_bind().dialect.name == "sqlite":
        _guard_sqlite()
    else:
        _guard_postgresql()


def downgrade() -> None:
    waiting = op.get_bind().scalar(sa.text("SELECT count(*) FROM touches WHERE holds_from IS NULL"))
    if waiting:
        raise RuntimeError(f"{waiting} touches wait for their first showing: this version cannot say whose they are")
    op.drop_table("rule_profiles")
    _index_holders(_LIVING)
    op.drop_column("touches", "holds_from")


def _index_holders(which: sa.TextClause) -> None:
    op.drop_index("uq_touches_holder", table_name="touches")
    op.create_index(
        "uq_touches_holder",
        "touches",
        ["development_id", "client_id"],
        unique=True,
        sqlite_where=which,
        postgresql_where=which,
    )


def _create() -> None:
    op.create_table(
        "rule_profiles",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("development_id", BigInt, nullable=False),
        sa.Column("toml", sa.Text(), nullable=False),
        sa.Column("starts_at", UtcDateTime(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("proposed_by", BigInt, nullable=False),
        sa.Column("proposed_at", UtcDateTime(), nullable=False),
        sa.Column("decided_by", BigInt, nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('proposed', 'confirmed', 'refused', 'withdrawn')", name=op.f("ck_rule_profiles_state_known")
        ),
        sa.CheckConstraint("(state = 'proposed') = (decided_by IS NULL)", name=op.f("ck_rule_profiles_decided")),
        sa.CheckConstraint("(decided_by IS NULL) = (decided_at IS NULL)", name=op.f("ck_rule_profiles_decided_when")),
        sa.CheckConstraint(
            "state NOT IN ('confirmed', 'refused') OR decided_by <> proposed_by",
            name=op.f("ck_rule_profiles_second_person"),
        ),
        sa.CheckConstraint(
            "state <> 'withdrawn' OR decided_by = proposed_by", name=op.f("ck_rule_profiles_own_withdrawal")
        ),
        sa.CheckConstraint("state <> 'refused' OR length(reason) > 0", name=op.f("ck_rule_profiles_has_reason")),
        sa.CheckConstraint(
            "state <> 'confirmed' OR decided_at < starts_at", name=op.f("ck_rule_profiles_never_backdated")
        ),
        sa.ForeignKeyConstraint(["development_id"], ["developments.id"], name=op.f("fk_rule_profiles_development_id")),
        sa.ForeignKeyConstraint(["proposed_by"], ["people.id"], name=op.f("fk_rule_profiles_proposed_by")),
        sa.ForeignKeyConstraint(["decided_by"], ["people.id"], name=op.f("fk_rule_profiles_decided_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_profiles")),
    )
    op.create_index("ix_rule_profiles_development_id", "rule_profiles", ["development_id"])
    op.create_index("ix_rule_profiles_state", "rule_profiles", ["state", "id"])
    op.create_index(
        "uq_rule_profiles_start",
        "rule_profiles",
        ["development_id", "starts_at"],
        unique=True,
        sqlite_where=_IN_FORCE,
        postgresql_where=_IN_FORCE,
    )


def _guard_sqlite() -> None:
    for name, event in (
        ("text", f"UPDATE OF {', '.join(PROPOSED)} ON rule_profiles"),
        ("decision", "UPDATE ON rule_profiles WHEN OLD.state <> 'proposed'"),
        ("delete", "DELETE ON rule_profiles"),
    ):
        op.execute(
            f"CREATE TRIGGER rule_profiles_no_{name} BEFORE {event} "
            "BEGIN SELECT RAISE(ABORT, 'rule_profiles is append-only'); END"
        )


def _guard_postgresql() -> None:
    for name, event in (("text", f"UPDATE OF {', '.join(PROPOSED)}"), ("delete", "DELETE OR TRUNCATE")):
        op.execute(
            f"CREATE TRIGGER rule_profiles_no_{name} BEFORE {event} ON rule_profiles "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    op.execute(
        "CREATE TRIGGER rule_profiles_no_decision BEFORE UPDATE ON rule_profiles "
        "FOR EACH ROW WHEN (OLD.state <> 'proposed') EXECUTE FUNCTION refuse_change()"
    )
