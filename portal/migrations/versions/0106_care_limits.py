"""Client care: what is used up of a day's calls and texts, who stands in the turn, who is away; texts of care.

A text of care is one of the day's: the database lets none be written without it.
"""

import re

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt, UtcDateTime

revision = "0106"
down_revision = "0105"
branch_labels = None
depends_on = None

WITHIN = "kind <> 'care' OR care_use_id IS NOT NULL"


def upgrade() -> None:
    _uses()
    _posts()
    _absences()
    known = _kinds()
    with op.batch_alter_table("text_messages") as table:
        table.add_column(sa.Column("care_use_id", BigInt, nullable=True))
        table.drop_constraint(op.f("ck_text_messages_kind_known"), type_="check")
        table.create_check_constraint(op.f("ck_text_messages_kind_known"), _in([*known, "care"]))
        table.create_check_constraint(op.f("ck_text_messages_advertising_within_limits"), WITHIN)
        table.create_foreign_key(op.f("fk_text_messages_care_use_id"), "care_uses", ["care_use_id"], ["id"])
        table.create_unique_constraint(op.f("uq_text_messages_care_use_id"), ["care_use_id"])


def downgrade() -> None:
    op.execute("DELETE FROM text_messages WHERE kind = 'care'")
    known = [kind for kind in _kinds() if kind != "care"]
    with op.batch_alter_table("text_messages") as table:
        table.drop_constraint(op.f("uq_text_messages_care_use_id"), type_="unique")
        table.drop_constraint(op.f("fk_text_messages_care_use_id"), type_="foreignkey")
        table.drop_constraint(op.f("ck_text_messages_advertising_within_limits"), type_="check")
        table.drop_constraint(op.f("ck_text_messages_kind_known"), type_="check")
        table.create_check_constraint(op.f("ck_text_messages_kind_known"), _in(known))
        table.drop_column("care_use_id")
    for name in ("care_uses", "care_posts", "care_absences"):
        op.drop_table(name)


def _uses() -> None:
    name, taken = "care_uses", sa.text("released_at IS NULL")
    op.create_table(
        name,
        sa.Column("id", BigInt, nullable=False),
        sa.Column("client_id", BigInt, nullable=False),
        sa.Column("file_id", BigInt, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("number", BigInt, nullable=False),
        sa.Column("most", BigInt, nullable=False),
        sa.Column("by_id", BigInt, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("override", sa.Text(), nullable=True),
        sa.Column("released_at", UtcDateTime(), nullable=True),
        sa.Column("contact_id", BigInt, nullable=True),
        sa.CheckConstraint("channel IN ('call', 'text')", name=op.f("ck_care_uses_channel_counted")),
        sa.CheckConstraint("number > 0 AND number <= most", name=op.f("ck_care_uses_within_the_limit")),
        _refers(name, "client_id", "clients"),
        _refers(name, "file_id", "care_files"),
        _refers(name, "by_id", "people"),
        _refers(name, "contact_id", "care_contacts"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_care_uses")),
        sa.UniqueConstraint("contact_id", name=op.f("uq_care_uses_contact_id")),
    )
    op.create_index(op.f("ix_care_uses_file_id"), name, ["file_id"])
    op.create_index(
        "uq_care_uses_taken",
        name,
        ["client_id", "day", "channel", "number"],
        unique=True,
        sqlite_where=taken,
        postgresql_where=taken,
    )


def _posts() -> None:
    name, stands = "care_posts", sa.text("ended_at IS NULL")
    op.create_table(
        name,
        sa.Column("id", BigInt, nullable=False),
        sa.Column("development_id", BigInt, nullable=False),
        sa.Column("person_id", BigInt, nullable=False),
        sa.Column("by_id", BigInt, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("ended_by", BigInt, nullable=True),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name=op.f("ck_care_posts_ended_by_whom")),
        _refers(name, "development_id", "developments"),
        *(_refers(name, column, "people") for column in ("person_id", "by_id", "ended_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_care_posts")),
    )
    op.create_index(
        "uq_care_posts_standing",
        name,
        ["development_id", "person_id"],
        unique=True,
        sqlite_where=stands,
        postgresql_where=stands,
    )


def _absences() -> None:
    name = "care_absences"
    op.create_table(
        name,
        sa.Column("id", BigInt, nullable=False),
        sa.Column("person_id", BigInt, nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("why", sa.String(length=40), nullable=False),
        sa.Column("cover_id", BigInt, nullable=True),
        sa.Column("by_id", BigInt, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("why IN ('day_off', 'ill', 'leave', 'training')", name=op.f("ck_care_absences_why_known")),
        sa.CheckConstraint("last_day >= first_day", name=op.f("ck_care_absences_ends_after_it_begins")),
        sa.CheckConstraint(
            "cover_id IS NULL OR cover_id <> person_id", name=op.f("ck_care_absences_covered_by_another")
        ),
        *(_refers(name, column, "people") for column in ("person_id", "cover_id", "by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_care_absences")),
    )
    op.create_index("ix_care_absences_person", name, ["person_id", "last_day"])
    op.create_index("ix_care_absences_cover", name, ["cover_id", "last_day"])


def _refers(name: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{name}_{column}"))


def _kinds() -> list[str]:
    """The kinds of texts that the database knows."""
    checks = sa.inspect(op.get_bind()).get_check_constraints("text_messages")
    (known,) = (str(one["sqltext"]) for one in checks if one["name"] == "ck_text_messages_kind_known")
    return re.findall(r"'(\w+)'", known)


def _in(kinds: list[str]) -> str:
    return f"kind IN ({', '.join(repr(kind) for kind in kinds)})"
