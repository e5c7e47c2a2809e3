"""The tax table takes two people: finance proposes the next one, another person confirms it.

A draft never changes and a decision is final. A table that a person publishes must have been proposed by another: the
database looks for the open draft with the very same text.
"""

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt, UtcDateTime

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

PROPOSED = ("toml", "effective_from", "note", "proposed_by", "proposed_at")
"""The columns of a draft that stand from its first instant."""

UNPROPOSED = """
    NEW.published_by IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM tax_table_drafts AS draft
        WHERE draft.state = 'proposed' AND draft.proposed_by <> NEW.published_by
        AND draft.toml = NEW.toml AND draft.effective_from = NEW.effective_from
    )
"""


def upgrade() -> None:
    _create()
    if op.get_bind().dialect.name == "sqlite":
        _guard_sqlite()
    else:
        _guard_postgresql()


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER withholding_tables_by_two")
    else:
        op.execute("DROP TRIGGER withholding_tables_by_two ON withholding_tables")
        op.execute("DROP FUNCTION refuse_tax_table_of_one()")
    op.drop_table("tax_table_drafts")


def _create() -> None:
    op.create_table(
        "tax_table_drafts",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("toml", sa.Text(), nullable=False),
        sa.Column("effective_from", UtcDateTime(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("version_id", BigInt, nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("proposed_by", BigInt, nullable=False),
        sa.Column("proposed_at", UtcDateTime(), nullable=False),
        sa.Column("decided_by", BigInt, nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('proposed', 'confirmed', 'refused', 'withdrawn')", name=op.f("ck_tax_table_drafts_state_known")
        ),
        sa.CheckConstraint("(state = 'proposed') = (decided_by IS NULL)", name=op.f("ck_tax_table_drafts_decided")),
        sa.CheckConstraint(
            "(decided_by IS NULL) = (decided_at IS NULL)", name=op.f("ck_tax_table_drafts_decided_when")
        ),
        sa.CheckConstraint(
            "state NOT IN ('confirmed', 'refused') OR decided_by <> proposed_by",
            name=op.f("ck_tax_table_drafts_second_person"),
        ),
        sa.CheckConstraint(
            "state <> 'withdrawn' OR decided_by = proposed_by", name=op.f("ck_tax_table_drafts_own_withdrawal")
        ),
        sa.CheckConstraint("state <> 'refused' OR length(reason) > 0", name=op.f("ck_tax_table_drafts_has_reason")),
        sa.CheckConstraint(
            "state <> 'confirmed' OR version_id IS NOT NULL", name=op.f("ck_tax_table_drafts_published_as")
        ),
        sa.ForeignKeyConstraint(["proposed_by"], ["people.id"], name=op.f("fk_tax_table_drafts_proposed_by")),
        sa.ForeignKeyConstraint(["decided_by"], ["people.id"], name=op.f("fk_tax_table_drafts_decided_by")),
        sa.ForeignKeyConstraint(["version_id"], ["withholding_tables.id"], name=op.f("fk_tax_table_drafts_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tax_table_drafts")),
        sa.UniqueConstraint("version_id", name=op.f("uq_tax_table_drafts_version_id")),
    )
    op.create_index("ix_tax_table_drafts_state", "tax_table_drafts", ["state", "id"])


def _guard_sqlite() -> None:
    for name, event in (
        ("text", f"UPDATE OF {', '.join(PROPOSED)} ON tax_table_drafts"),
        ("decision", "UPDATE ON tax_table_drafts WHEN OLD.state <> 'proposed'"),
        ("delete", "DELETE ON tax_table_drafts"),
    ):
        op.execute(
            f"CREATE TRIGGER tax_table_drafts_no_{name} BEFORE {event} "
            "BEGIN SELECT RAISE(ABORT, 'tax_table_drafts is append-only'); END"
        )
    op.execute(
        f"CREATE TRIGGER withholding_tables_by_two BEFORE INSERT ON withholding_tables WHEN {UNPROPOSED} "
        "BEGIN SELECT RAISE(ABORT, 'a tax table is published by another person than proposed it'); END"
    )


def _guard_postgresql() -> None:
    for name, event in (("text", f"UPDATE OF {', '.join(PROPOSED)}"), ("delete", "DELETE OR TRUNCATE")):
        op.execute(
            f"CREATE TRIGGER tax_table_drafts_no_{name} BEFORE {event} ON tax_table_drafts "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    op.execute(
        "CREATE TRIGGER tax_table_drafts_no_decision BEFORE UPDATE ON tax_table_drafts "
        "FOR EACH ROW WHEN (OLD.state <> 'proposed') EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        f"""
        CREATE FUNCTION refuse_tax_table_of_one() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF {UNPROPOSED} THEN
                RAISE EXCEPTION 'a tax table is published by another person than proposed it';
            END IF;
            RETURN NEW;
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER withholding_tables_by_two BEFORE INSERT ON withholding_tables "
        "FOR EACH ROW EXECUTE FUNCTION refuse_tax_table_of_one()"
    )
