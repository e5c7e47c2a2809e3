"""An event that a bulk deed brings beside many others names that deed: it is told of as a whole."""

import sqlalchemy as sa
from alembic import op

revision = "0076"
down_revision = "0075"
branch_labels = None
depends_on = None

FACTS = "id, kind, at, subject_kind, subject_id, person_id, agency_id, development_id, actor_id, facts, once"


def upgrade() -> None:
    op.add_column("events", sa.Column("part_of", sa.String(length=40), nullable=True))
    _guard(f"{FACTS}, part_of")


def downgrade() -> None:
    _guard(FACTS)
    op.drop_column("events", "part_of")


def _guard(facts: str) -> None:
    """What happened never changes, nor what it is a part of."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER events_no_change")
        op.execute(
            f"CREATE TRIGGER events_no_change BEFORE UPDATE OF {facts} ON events "
            "BEGIN SELECT RAISE(ABORT, 'events is append-only'); END"
        )
        return
    op.execute("DROP TRIGGER events_no_change ON events")
    op.execute(
        f"CREATE TRIGGER events_no_change BEFORE UPDATE OF {facts} ON events "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
