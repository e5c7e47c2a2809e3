"""Who signs may be the spouse or a parent of somebody who was registered: said of a deal, and a cause of a case."""

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt, UtcDateTime

revision = "0123"
down_revision = "0122"
branch_labels = None
depends_on = None

NAME = "deal_kin"
CAUSES = ("objection", "doubt", "walk_in", "same_face", "same_home", "mask")


def upgrade() -> None:
    op.create_table(
        NAME,
        sa.Column("deal_id", BigInt, nullable=False),
        sa.Column("client_id", BigInt, nullable=False),
        sa.Column("kin", sa.String(length=40), nullable=False),
        sa.Column("said_by", BigInt, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("kin IN ('spouse', 'parent', 'child')", name=op.f(f"ck_{NAME}_kin_known")),
        sa.ForeignKeyConstraint(["deal_id"], ["deals.id"], name=op.f(f"fk_{NAME}_deal_id")),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f(f"fk_{NAME}_client_id")),
        sa.ForeignKeyConstraint(["said_by"], ["people.id"], name=op.f(f"fk_{NAME}_said_by")),
        sa.PrimaryKeyConstraint("deal_id", name=op.f(f"pk_{NAME}")),
    )
    op.create_index(op.f(f"ix_{NAME}_client_id"), NAME, ["client_id"])
    _only_grows()
    _rewrite_causes((*CAUSES, "kin"))


def downgrade() -> None:
    op.drop_table(NAME)
    _rewrite_causes(CAUSES)


def _only_grows() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for deed in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {NAME}_no_{deed.lower()} BEFORE {deed} ON {NAME} "
                f"BEGIN SELECT RAISE(ABORT, '{NAME} is append-only'); END"
            )
        return
    op.execute(
        f"CREATE TRIGGER {NAME}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {NAME} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def _rewrite_causes(words: tuple[str, ...]) -> None:
    listed, guards = ", ".join(f"'{word}'" for word in words), _guards("conflict_cases")
    with op.batch_alter_table("conflict_cases") as table:
        table.drop_constraint(op.f("ck_conflict_cases_cause_known"), type_="check")
        table.create_check_constraint(op.f("ck_conflict_cases_cause_known"), f"cause IN ({listed})")
    _restore(guards)


def _guards(table: str) -> dict[str, str]:
    """On SQLite the triggers of a table, which are dropped: writing the table anew would do so, too."""
    if not _on_sqlite():
        return {}
    named = sa.text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table")
    found: dict[str, str] = dict(op.get_bind().execute(named, {"table": table}).all())
    for name in found:
        op.execute(f"DROP TRIGGER {name}")
    return found


def _restore(guards: dict[str, str]) -> None:
    for guard in guards.values():
        op.execute(guard)


def _on_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"
