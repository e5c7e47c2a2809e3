"""A person may also decide that a visit cannot be told any more, with a reason: the case is closed, nobody is accused.

SQLite changes a check by writing the table anew, which its triggers do not outlive: they are made again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0065"
down_revision = "0064"
branch_labels = None
depends_on = None

BEFORE = {
    "decision_known": "decision IN ('genuine', 'fake')",
    "fake_has_reason": "decision <> 'fake' OR length(reason) > 0",
}
SINCE = {
    "decision_known": "decision IN ('genuine', 'fake', 'inconclusive')",
    "has_reason": "decision = 'genuine' OR length(reason) > 0",
}


def upgrade() -> None:
    _write(BEFORE, SINCE)


def downgrade() -> None:
    """Decisions are never deleted, and the former table has no word for the third one."""
    told = sa.text("SELECT count(*) FROM showing_reviews WHERE decision = 'inconclusive'")
    if op.get_bind().scalar(told):
        raise NotImplementedError("showings were closed as inconclusive: restore a backup instead")
    _write(SINCE, BEFORE)


def _write(former: dict[str, str], checks: dict[str, str]) -> None:
    with op.batch_alter_table("showing_reviews") as table:
        for name in former:
            table.drop_constraint(op.f(f"ck_showing_reviews_{name}"), type_="check")
        for name, rule in checks.items():
            table.create_check_constraint(op.f(f"ck_showing_reviews_{name}"), rule)
    if op.get_bind().dialect.name == "sqlite":
        for deed in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER showing_reviews_no_{deed.lower()} BEFORE {deed} ON showing_reviews "
                "BEGIN SELECT RAISE(ABORT, 'showing_reviews is append-only'); END"
            )
