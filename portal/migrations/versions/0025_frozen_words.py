"""A line says itself which home it is about, at which price, and whose deal it was; a statement says for whom.

Lines and statements of before take over what stands at the moment of this migration: names and units were never
changed by the portal until now, and the price of a commission stands in its reasons already. From here on a line's words
come from the line alone, whatever is corrected or renamed later.
"""

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

OF_DEAL = """
    FROM deals JOIN developments ON developments.id = deals.development_id
    LEFT JOIN people ON people.id = deals.owner_id WHERE deals.id = posted_lines.deal_id
"""
TOLD_SQLITE = (
    "UPDATE posted_lines SET why = json_set(why, '$.deal', (SELECT json_object("  # noqa: S608
    "'development', developments.name, 'unit', deals.unit, 'broker', people.name, "
    "'price_fen', coalesce(json_extract(posted_lines.why, '$.price_fen'), deals.price_fen))"
    f"{OF_DEAL})) WHERE deal_id IS NOT NULL"
)
TOLD_POSTGRESQL = (
    "UPDATE posted_lines SET why = why || jsonb_build_object('deal', (SELECT jsonb_build_object("  # noqa: S608
    "'development', developments.name, 'unit', deals.unit, 'broker', people.name, "
    "'price_fen', coalesce((posted_lines.why ->> 'price_fen')::bigint, deals.price_fen))"
    f"{OF_DEAL})) WHERE deal_id IS NOT NULL"
)
PAYEE = """
    UPDATE statements SET issued_to = coalesce(
        (SELECT name FROM agencies WHERE agencies.id = statements.agency_id),
        (SELECT name FROM people WHERE people.id = statements.person_id))
"""


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _on_sqlite()
    else:
        _on_postgresql()


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _lay_aside("posted_lines", "statements")
        op.execute("UPDATE posted_lines SET why = json_remove(why, '$.deal') WHERE deal_id IS NOT NULL")
        _guard_again("posted_lines", "statements")
    else:
        op.execute("ALTER TABLE posted_lines DISABLE TRIGGER posted_lines_append_only")
        op.execute("UPDATE posted_lines SET why = why - 'deal' WHERE deal_id IS NOT NULL")
        op.execute("ALTER TABLE posted_lines ENABLE TRIGGER posted_lines_append_only")
    op.drop_column("statements", "issued_to")


def _on_sqlite() -> None:
    _lay_aside("posted_lines", "statements")
    op.execute(TOLD_SQLITE)
    op.execute("ALTER TABLE statements ADD COLUMN issued_to TEXT NOT NULL DEFAULT ''")
    op.execute(PAYEE)
    _guard_again("posted_lines", "statements")


def _on_postgresql() -> None:
    for table in ("posted_lines", "statements"):
        op.execute(f"ALTER TABLE {table} DISABLE TRIGGER {table}_append_only")
    op.execute(TOLD_POSTGRESQL)
    op.execute("ALTER TABLE statements ADD COLUMN issued_to TEXT NOT NULL DEFAULT ''")
    op.execute(PAYEE)
    op.execute("ALTER TABLE statements ALTER COLUMN issued_to DROP DEFAULT")
    for table in ("posted_lines", "statements"):
        op.execute(f"ALTER TABLE {table} ENABLE TRIGGER {table}_append_only")


def _lay_aside(*tables: str) -> None:
    for table in tables:
        for deed in ("update", "delete"):
            op.execute(f"DROP TRIGGER {table}_no_{deed}")


def _guard_again(*tables: str) -> None:
    for table in tables:
        for deed in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{deed.lower()} BEFORE {deed} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
