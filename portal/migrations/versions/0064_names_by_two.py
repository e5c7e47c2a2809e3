"""An account that moves money gets another name by two administrators as well.

SQLite changes a check by writing the table anew, which its triggers do not outlive, nor those of `people` and
`password_links` that look into it: all are made again as they were.
"""

import sqlalchemy as sa
from alembic import op

revision = "0064"
down_revision = "0063"
branch_labels = None
depends_on = None

CHECKS = {
    "kind_known": ("kind IN ('open', 'link', 'reopen', 'phone', 'role'{})", ", 'name'"),
    "has_name": ("(kind IN ('open'{})) = (name IS NOT NULL)", ", 'name'"),
}


def upgrade() -> None:
    _check(named=True)


def downgrade() -> None:
    """What was proposed of names is forgotten: the former table has no word for it."""
    _check(named=False)


def _check(*, named: bool) -> None:
    if op.get_bind().dialect.name == "sqlite":
        triggers = _triggers()
        for name in triggers:
            op.execute(f"DROP TRIGGER {name}")
        _forget(named)
        _write(named)
        for made in triggers.values():
            op.execute(made)
        return
    op.execute("ALTER TABLE account_proposals DISABLE TRIGGER USER")
    _forget(named)
    op.execute("ALTER TABLE account_proposals ENABLE TRIGGER USER")
    _write(named)


def _forget(named: bool) -> None:
    if not named:
        op.execute("DELETE FROM account_proposals WHERE kind = 'name'")


def _write(named: bool) -> None:
    with op.batch_alter_table("account_proposals") as table:
        for name, (rule, word) in CHECKS.items():
            table.drop_constraint(op.f(f"ck_account_proposals_{name}"), type_="check")
            table.create_check_constraint(op.f(f"ck_account_proposals_{name}"), rule.format(word if named else ""))


def _triggers() -> dict[str, str]:
    """The triggers that look into the table, and how each is made."""
    stmt = sa.text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND sql LIKE '%account_proposals%'")
    return {row.name: row.sql for row in op.get_bind().execute(stmt)}
