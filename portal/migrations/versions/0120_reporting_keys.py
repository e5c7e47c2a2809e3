"""Random numbers by which rows are known in the reporting views; the database draws one for each row that comes."""

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt

revision = "0120"
down_revision = "0119"
branch_labels = None
depends_on = None

NAME = "reporting_keys"
KEYED = ("agencies", "deals", "developments", "leads", "payouts", "people", "showings", "statements", "touches")


def upgrade() -> None:
    op.create_table(
        NAME,
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("row_id", BigInt, nullable=False, autoincrement=False),
        sa.Column("key", sa.Uuid(as_uuid=False), nullable=False),
        sa.PrimaryKeyConstraint("subject", "row_id", name=op.f("pk_reporting_keys")),
    )
    sqlite = op.get_bind().dialect.name == "sqlite"
    drawn = "lower(hex(randomblob(16)))" if sqlite else "gen_random_uuid()"
    for table in KEYED:
        op.execute(f"INSERT INTO {NAME} (subject, row_id, key) SELECT '{table}', id, {drawn} FROM {table}")  # noqa: S608 - names of ours
    if sqlite:
        for table in KEYED:
            op.execute(
                f"CREATE TRIGGER {table}_reporting_key AFTER INSERT ON {table} BEGIN "  # noqa: S608 - names of ours
                f"INSERT OR IGNORE INTO {NAME} (subject, row_id, key) VALUES ('{table}', NEW.id, {drawn}); END"
            )
        return
    op.execute(
        "CREATE FUNCTION draw_reporting_keys() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "  # noqa: S608 - names of ours
        f"INSERT INTO {NAME} (subject, row_id, key) SELECT TG_TABLE_NAME, id, gen_random_uuid() FROM fresh "
        "ON CONFLICT DO NOTHING; RETURN NULL; END $$"
    )
    for table in KEYED:
        op.execute(
            f"CREATE TRIGGER {table}_reporting_key AFTER INSERT ON {table} REFERENCING NEW TABLE AS fresh "
            "FOR EACH STATEMENT EXECUTE FUNCTION draw_reporting_keys()"
        )


def downgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table in KEYED:
        op.execute(f"DROP TRIGGER {table}_reporting_key" + ("" if sqlite else f" ON {table}"))
    if not sqlite:
        op.execute("DROP FUNCTION draw_reporting_keys()")
    op.drop_table(NAME)
