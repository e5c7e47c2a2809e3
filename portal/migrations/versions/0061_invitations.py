"""Homeowners are invited to refer friends: a link by text, once for a number in a development while it is open."""

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt, UtcDateTime

revision = "0061"
down_revision = "0060"
branch_labels = None
depends_on = None

KINDS = "kind IN ('arrival_code', 'face_withdrawal', 'account_link', 'bank_change', 'phone_change', 'phone_code'{})"
ONE_READER = "(client_id IS NULL) <> (person_id IS NULL) OR (client_id IS NULL AND kind IN ('phone_code'{}))"
OPEN = sa.text("accepted_at IS NULL AND declined_at IS NULL AND withdrawn_at IS NULL")
ENDED_ONCE = (
    "NOT (accepted_at IS NOT NULL AND declined_at IS NOT NULL) "
    "AND NOT (accepted_at IS NOT NULL AND withdrawn_at IS NOT NULL) "
    "AND NOT (declined_at IS NOT NULL AND withdrawn_at IS NOT NULL)"
)


def upgrade() -> None:
    _rewrite(", 'invitation'", "way IN ('page', 'invitation')")
    op.create_table(
        "invitations",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("development_id", BigInt, nullable=False),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("phone_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("phone_index", sa.String(length=64), nullable=False),
        sa.Column("home", sa.Text(), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("invited_at", UtcDateTime(), nullable=False),
        sa.Column("invited_by", BigInt, nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=False),
        sa.Column("sent_times", BigInt, nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.Column("accepted_at", UtcDateTime(), nullable=True),
        sa.Column("referrer_id", BigInt, nullable=True),
        sa.Column("declined_at", UtcDateTime(), nullable=True),
        sa.Column("withdrawn_at", UtcDateTime(), nullable=True),
        sa.Column("withdrawn_by", BigInt, nullable=True),
        sa.CheckConstraint(
            "(accepted_at IS NULL) = (referrer_id IS NULL)", name=op.f("ck_invitations_accepted_by_whom")
        ),
        sa.CheckConstraint(
            "(withdrawn_at IS NULL) = (withdrawn_by IS NULL)", name=op.f("ck_invitations_withdrawn_by_whom")
        ),
        sa.CheckConstraint(ENDED_ONCE, name=op.f("ck_invitations_ended_once")),
        sa.CheckConstraint(
            "(name_sealed IS NULL) = (phone_sealed IS NULL)", name=op.f("ck_invitations_erased_together")
        ),
        sa.ForeignKeyConstraint(["development_id"], ["developments.id"], name=op.f("fk_invitations_development_id")),
        sa.ForeignKeyConstraint(["invited_by"], ["people.id"], name=op.f("fk_invitations_invited_by")),
        sa.ForeignKeyConstraint(["withdrawn_by"], ["people.id"], name=op.f("fk_invitations_withdrawn_by")),
        sa.ForeignKeyConstraint(["referrer_id"], ["referrers.person_id"], name=op.f("fk_invitations_referrer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("digest", name=op.f("uq_invitations_digest")),
        sa.UniqueConstraint("referrer_id", name=op.f("uq_invitations_referrer_id")),
    )
    op.create_index(op.f("ix_invitations_development_id"), "invitations", ["development_id"])
    op.create_index(
        "uq_invitations_open",
        "invitations",
        ["development_id", "phone_index"],
        unique=True,
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )


def downgrade() -> None:
    op.drop_table("invitations")
    op.execute("DELETE FROM text_messages WHERE kind = 'invitation'")
    _rewrite("", "way IN ('page')")


def _rewrite(kind: str, ways: str) -> None:
    """The words of three columns. SQLite makes the table anew, and its guards are made again."""
    with op.batch_alter_table("text_messages") as table:
        for name, words in (("kind_known", KINDS.format(kind)), ("one_reader", ONE_READER.format(kind))):
            table.drop_constraint(op.f(f"ck_text_messages_{name}"), type_="check")
            table.create_check_constraint(op.f(f"ck_text_messages_{name}"), words)
    with op.batch_alter_table("joinings") as table:
        table.drop_constraint(op.f("ck_joinings_way_known"), type_="check")
        table.create_check_constraint(op.f("ck_joinings_way_known"), ways)
    if op.get_bind().dialect.name == "sqlite":
        for deed in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER joinings_no_{deed.lower()} BEFORE {deed} ON joinings "
                "BEGIN SELECT RAISE(ABORT, 'joinings is append-only'); END"
            )
