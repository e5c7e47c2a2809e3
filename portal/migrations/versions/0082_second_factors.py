"""Second factors: code generators, passkeys, recovery codes; half sign-ins, and what passkeys are asked to sign."""

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt, UtcDateTime

revision = "0082"
down_revision = "0081"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _table(
        "code_generators",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("secret_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("secret_digest", sa.String(length=64), nullable=False),
        sa.Column("last_step", BigInt, nullable=False),
        *_life(),
        sa.UniqueConstraint("secret_digest", name=op.f("uq_code_generators_secret_digest")),
    )
    _table(
        "passkeys",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("credential_id", sa.Text(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", BigInt, nullable=False),
        *_life(),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkeys_credential_id")),
    )
    _table(
        "recovery_codes",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("issued_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("used_at IS NULL OR ended_at IS NULL", name=op.f("ck_recovery_codes_ends_once")),
        sa.UniqueConstraint("digest", name=op.f("uq_recovery_codes_digest")),
    )
    _table(
        "half_sign_ins",
        sa.Column("token_digest", sa.String(length=64), nullable=False),
        sa.Column("begun_at", UtcDateTime(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.UniqueConstraint("token_digest", name=op.f("uq_half_sign_ins_token_digest")),
    )
    op.create_table(
        "passkey_challenges",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("holder", sa.String(length=40), nullable=False),
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("challenge", sa.LargeBinary(), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("purpose IN ('add', 'prove')", name=op.f("ck_passkey_challenges_purpose_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkey_challenges")),
    )
    for table in ("code_generators", "passkeys", "half_sign_ins"):
        op.create_index(op.f(f"ix_{table}_person_id"), table, ["person_id"])
    usable = sa.text("used_at IS NULL AND ended_at IS NULL")
    op.create_index(
        "ix_recovery_codes_usable", "recovery_codes", ["person_id"], sqlite_where=usable, postgresql_where=usable
    )
    op.create_index(op.f("ix_half_sign_ins_begun_at"), "half_sign_ins", ["begun_at"])
    for column in ("holder", "asked_at"):
        op.create_index(op.f(f"ix_passkey_challenges_{column}"), "passkey_challenges", [column])


def downgrade() -> None:
    """Who had to have a second factor signs in by the password alone again."""
    for table in ("passkey_challenges", "half_sign_ins", "recovery_codes", "passkeys", "code_generators"):
        op.drop_table(table)


def _table(name: str, *columns: sa.Column | sa.Constraint) -> None:
    op.create_table(
        name,
        sa.Column("id", BigInt, nullable=False),
        sa.Column("person_id", BigInt, nullable=False),
        *columns,
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f(f"fk_{name}_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )


def _life() -> tuple[sa.Column, ...]:
    """When a factor was added, used last, and removed."""
    return (
        sa.Column("added_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.Column("removed_at", UtcDateTime(), nullable=True),
    )
