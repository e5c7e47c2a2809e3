"""An agreement has a number, a contact and its scans; an agency has a licence with its end and its scans."""

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt, UtcDateTime

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None

NAME = "partner_papers"


def upgrade() -> None:
    op.add_column("agencies", sa.Column("licence_number", sa.String(40), nullable=True))
    op.add_column("agencies", sa.Column("licence_ends_on", sa.Date(), nullable=True))
    op.add_column("agreements", sa.Column("number", sa.String(40), nullable=True))
    op.add_column("agreements", sa.Column("contact_sealed", sa.LargeBinary(), nullable=True))
    op.create_table(
        NAME,
        sa.Column("id", BigInt, nullable=False),
        sa.Column("agency_id", BigInt, nullable=True),
        sa.Column("agreement_id", BigInt, nullable=True),
        sa.Column("file_name", sa.String(64), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("added_at", UtcDateTime(), nullable=False),
        sa.Column("added_by", BigInt, nullable=False),
        sa.CheckConstraint("(agency_id IS NULL) <> (agreement_id IS NULL)", name=op.f(f"ck_{NAME}_proves_one")),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f(f"fk_{NAME}_agency_id")),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreements.id"], name=op.f(f"fk_{NAME}_agreement_id")),
        sa.ForeignKeyConstraint(["added_by"], ["people.id"], name=op.f(f"fk_{NAME}_added_by")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{NAME}")),
        sa.UniqueConstraint("file_name", name=op.f(f"uq_{NAME}_file_name")),
    )
    op.create_index(op.f(f"ix_{NAME}_agency_id"), NAME, ["agency_id"])
    op.create_index(op.f(f"ix_{NAME}_agreement_id"), NAME, ["agreement_id"])
    if op.get_bind().dialect.name == "sqlite":
        for deed in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {NAME}_no_{deed.lower()} BEFORE {deed} ON {NAME} "
                f"BEGIN SELECT RAISE(ABORT, '{NAME} is append-only'); END"
            )
    else:
        op.execute(
            f"CREATE TRIGGER {NAME}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {NAME} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    op.drop_table(NAME)
    op.drop_column("agreements", "contact_sealed")
    op.drop_column("agreements", "number")
    op.drop_column("agencies", "licence_ends_on")
    op.drop_column("agencies", "licence_number")
