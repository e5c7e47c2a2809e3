"""A person may be tied to several providers, and each tie says to which, and (sealed) to whom there.

What was tied before is the employer's until it is used again: then it says which provider it is of, and as whom.
"""

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt, UtcDateTime

revision = "0094"
down_revision = "0093"
branch_labels = None
depends_on = None

TABLE, BEFORE = "account_ties", "company_identities"
PROVIDERS = ("company", "wecom", "wechat")
OPEN = "ended_at IS NULL"
CARRIED = "id, person_id, subject_index, tied_by, tied_at, used_at, ended_at, ended_by"


def upgrade() -> None:
    _create(
        TABLE,
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("issuer", sa.String(length=300), nullable=True),
        sa.Column("subject_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("openid_sealed", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(f"provider IN ({', '.join(map(repr, PROVIDERS))})", name=op.f(f"ck_{TABLE}_provider_known")),
        sa.CheckConstraint("(issuer IS NULL) = (subject_sealed IS NULL)", name=op.f(f"ck_{TABLE}_subject_of_issuer")),
        sa.CheckConstraint("openid_sealed IS NULL OR provider = 'wechat'", name=op.f(f"ck_{TABLE}_openid_of_wechat")),
    )
    _index(TABLE, person=["person_id", "provider"])
    op.execute(f"INSERT INTO {TABLE} ({CARRIED}, provider) SELECT {CARRIED}, 'company' FROM {BEFORE}")  # noqa: S608
    op.drop_table(BEFORE)
    _count_on(TABLE)


def downgrade() -> None:
    """A person keeps one tie: to the employer's provider, else to 企业微信; what opened accounts of brokers is gone."""
    _create(BEFORE)
    _index(BEFORE, person=["person_id"])
    first = f"SELECT min(provider) FROM {TABLE} AS one WHERE one.person_id = {TABLE}.person_id AND one.{OPEN}"  # noqa: S608
    kept = f"provider <> 'wechat' AND (ended_at IS NOT NULL OR provider = ({first}))"
    op.execute(f"INSERT INTO {BEFORE} ({CARRIED}) SELECT {CARRIED} FROM {TABLE} WHERE {kept}")  # noqa: S608
    op.drop_table(TABLE)
    _count_on(BEFORE)


def _create(table: str, *more: sa.Column | sa.CheckConstraint) -> None:
    op.create_table(
        table,
        sa.Column("id", BigInt, nullable=False),
        sa.Column("person_id", BigInt, nullable=False),
        sa.Column("subject_index", sa.String(length=64), nullable=False),
        sa.Column("tied_by", sa.String(length=40), nullable=False),
        sa.Column("tied_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("ended_by", BigInt, nullable=True),
        sa.CheckConstraint("tied_by IN ('mail', 'both')", name=op.f(f"ck_{table}_tied_by_known")),
        sa.CheckConstraint("ended_by IS NULL OR ended_at IS NOT NULL", name=op.f(f"ck_{table}_ended_when")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f(f"fk_{table}_person_id")),
        sa.ForeignKeyConstraint(["ended_by"], ["people.id"], name=op.f(f"fk_{table}_ended_by")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        *more,
    )


def _index(table: str, *, person: list[str]) -> None:
    opened = sa.text(OPEN)
    for name, columns in (("subject", ["subject_index"]), ("person", person)):
        op.create_index(f"uq_{table}_{name}", table, columns, unique=True, sqlite_where=opened, postgresql_where=opened)


def _count_on(table: str) -> None:
    """PostgreSQL counts numbers beside the table: on from the largest that was copied."""
    if op.get_bind().dialect.name == "postgresql":
        largest = f"(SELECT coalesce(max(id), 0) + 1 FROM {table})"  # noqa: S608
        op.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), {largest}, false)")
