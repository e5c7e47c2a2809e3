"""Clients are given up, and protections made longer once: a row for each, which nobody changes."""

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt, UtcDateTime

revision = "0101"
down_revision = "0100"
branch_labels = None
depends_on = None

TABLES = {"registration_releases": "released_by", "registration_extensions": "extended_by"}


def upgrade() -> None:
    for name, by in TABLES.items():
        spans = [
            sa.Column("protected_until", UtcDateTime(), nullable=False),
            sa.Column("until", UtcDateTime(), nullable=False),
            sa.CheckConstraint("until > protected_until", name=op.f(f"ck_{name}_is_longer")),
        ]
        op.create_table(
            name,
            sa.Column("id", BigInt, nullable=False),
            sa.Column("registration_id", BigInt, nullable=False),
            sa.Column(by, BigInt, nullable=False),
            sa.Column("reason", sa.Text(), nullable=False),
            *(spans if name == "registration_extensions" else []),
            sa.Column("at", UtcDateTime(), nullable=False),
            sa.CheckConstraint("length(reason) > 0", name=op.f(f"ck_{name}_has_reason")),
            sa.ForeignKeyConstraint(["registration_id"], ["registrations.id"], name=op.f(f"fk_{name}_registration_id")),
            sa.ForeignKeyConstraint([by], ["people.id"], name=op.f(f"fk_{name}_{by}")),
            sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
            sa.UniqueConstraint("registration_id", name=op.f(f"uq_{name}_registration_id")),
        )
        _guard(name)


def downgrade() -> None:
    for name in TABLES:
        op.drop_table(name)


def _guard(name: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        for deed in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {name}_no_{deed.lower()} BEFORE {deed} ON {name} "
                f"BEGIN SELECT RAISE(ABORT, '{name} is append-only'); END"
            )
    else:
        op.execute(
            f"CREATE TRIGGER {name}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {name} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
