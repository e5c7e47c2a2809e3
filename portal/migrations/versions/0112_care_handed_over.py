"""Clients in somebody's care are handed over like other work.

SQLite changes a check by writing the table anew, which its triggers do not outlive: they are made again as they were.
"""

import re

import sqlalchemy as sa
from alembic import op

revision = "0112"
down_revision = "0111"
branch_labels = None
depends_on = None

NAME, CHECK = "hand_overs", "ck_hand_overs_subject_kind_known"


def upgrade() -> None:
    _write([*_kinds(), "care_files"])


def downgrade() -> None:
    """What was handed over of them stays on record as assignments; the former table has no word for it."""
    _unguarded("DELETE FROM hand_overs WHERE subject_kind = 'care_files'")
    _write([kind for kind in _kinds() if kind != "care_files"])


def _kinds() -> list[str]:
    checks = sa.inspect(op.get_bind()).get_check_constraints(NAME)
    (known,) = (str(one["sqltext"]) for one in checks if one["name"] == CHECK)
    return re.findall(r"'(\w+)'", known)


def _write(kinds: list[str]) -> None:
    triggers = _triggers()
    for name in triggers:
        op.execute(f"DROP TRIGGER {name}")
    with op.batch_alter_table(NAME) as table:
        table.drop_constraint(op.f(CHECK), type_="check")
        table.create_check_constraint(op.f(CHECK), f"subject_kind IN ({', '.join(map(repr, kinds))})")
    for made in triggers.values():
        op.execute(made)


def _unguarded(statement: str) -> None:
    """What the guards of the table let nobody else do."""
    triggers = _triggers()
    if not triggers:
        op.execute(f"ALTER TABLE {NAME} DISABLE TRIGGER USER")
    for name in triggers:
        op.execute(f"DROP TRIGGER {name}")
    op.execute(statement)
    for made in triggers.values():
        op.execute(made)
    if not triggers:
        op.execute(f"ALTER TABLE {NAME} ENABLE TRIGGER USER")


def _triggers() -> dict[str, str]:
    """SQLite's triggers that look into the table, and how each is made."""
    if op.get_bind().dialect.name != "sqlite":
        return {}
    stmt = sa.text(f"SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND sql LIKE '%{NAME}%'")  # noqa: S608
    return {row.name: row.sql for row in op.get_bind().execute(stmt)}
