"""Client care: property consultants, files of clients, who cares for them, what is judged of them, contacts made.

SQLite changes a check by writing the table anew, which its triggers do not outlive, nor those of others that look into
it: all are made again as they were.
"""

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt, Json, UtcDateTime

revision = "0103"
down_revision = "0102"
branch_labels = None
depends_on = None

ROLES = (
    "reception",
    "consultant",
    "channel_manager",
    "finance",
    "approver",
    "cashier",
    "administrator",
    "privacy_officer",
    "principal",
    "broker",
    "referrer",
)
ONLY_GROW = ("care_assignments", "care_contacts", "care_judgements", "care_losses")
GRADES = "grade IN ('A', 'B', 'C', 'invalid')"
CHANNELS = "channel IN ('call', 'wechat', 'text', 'visit', 'letter', 'gift', 'event')"
OUTCOMES = (
    "outcome IN ('reached', 'no_answer', 'call_later', 'interested', 'not_interested', 'comes', 'sent', 'withdrawn')"
)


def upgrade() -> None:
    _roles(ROLES)
    op.create_table(
        "care_files",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("development_id", BigInt, nullable=False),
        sa.Column("client_id", BigInt, nullable=False),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("opened_by", BigInt, nullable=True),
        _refers("care_files", "development_id", "developments"),
        _refers("care_files", "client_id", "clients"),
        _refers("care_files", "opened_by", "people"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_care_files")),
        sa.UniqueConstraint("development_id", "client_id", name=op.f("uq_care_files_development_id_client_id")),
    )
    op.create_index(op.f("ix_care_files_client_id"), "care_files", ["client_id"])
    _assignments()
    _of_a_side(
        "care_judgements",
        sa.Column("shown_to_other", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("grade", sa.String(length=40), nullable=True),
        *(sa.Column(mark, sa.Boolean(), server_default=sa.false(), nullable=False) for mark in MARKS),
        sa.CheckConstraint(GRADES, name=op.f("ck_care_judgements_grade_known")),
    )
    _of_a_side(
        "care_losses",
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("revived", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.CheckConstraint("revived OR length(reason) > 0", name=op.f("ck_care_losses_has_reason")),
    )
    op.create_index("ix_care_judgements_file", "care_judgements", ["file_id", "id"])
    op.create_index("ix_care_losses_file", "care_losses", ["file_id", "id"])
    _contacts()
    _words()
    for name in ONLY_GROW:
        _guard(name)


def downgrade() -> None:
    """Who is a property consultant has no word in the former table: with such accounts there is no way back."""
    for name in ("care_words", *ONLY_GROW, "care_files"):
        op.drop_table(name)
    _roles([role for role in ROLES if role != "consultant"])


MARKS = ("money", "authority", "desire")


def _assignments() -> None:
    name = "care_assignments"
    op.create_table(
        name,
        sa.Column("id", BigInt, nullable=False),
        sa.Column("file_id", BigInt, nullable=False),
        sa.Column("number", BigInt, nullable=False),
        sa.Column("person_id", BigInt, nullable=False),
        sa.Column("by_id", BigInt, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("in_turn", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("passed_over", Json, nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_care_assignments_number_positive")),
        sa.CheckConstraint("length(reason) > 0", name=op.f("ck_care_assignments_has_reason")),
        _refers(name, "file_id", "care_files"),
        _refers(name, "person_id", "people"),
        _refers(name, "by_id", "people"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_care_assignments")),
        sa.UniqueConstraint("file_id", "number", name=op.f("uq_care_assignments_file_id_number")),
    )
    op.create_index("ix_care_assignments_person", name, ["person_id", "at"])


def _contacts() -> None:
    name, corrects = "care_contacts", sa.text("corrects_id IS NOT NULL")
    _of_a_side(
        name,
        sa.Column("shown_to_other", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("logged_at", UtcDateTime(), nullable=False),
        sa.Column("outcome", sa.String(length=40), nullable=False),
        sa.Column("next_on", sa.Date(), nullable=True),
        sa.Column("step", sa.String(length=40), server_default="", nullable=False),
        sa.Column("corrects_id", BigInt, nullable=True),
        sa.CheckConstraint(CHANNELS, name=op.f("ck_care_contacts_channel_known")),
        sa.CheckConstraint(OUTCOMES, name=op.f("ck_care_contacts_outcome_known")),
        sa.CheckConstraint(
            "outcome <> 'withdrawn' OR corrects_id IS NOT NULL", name=op.f("ck_care_contacts_withdraws_another")
        ),
        _refers(name, "corrects_id", "care_contacts"),
    )
    op.create_index("ix_care_contacts_file", name, ["file_id", "at"])
    op.create_index("ix_care_contacts_by", name, ["by_id", "at"])
    op.create_index(
        "uq_care_contacts_corrects",
        name,
        ["corrects_id"],
        unique=True,
        sqlite_where=corrects,
        postgresql_where=corrects,
    )


def _words() -> None:
    name, columns = "care_words", ("contact_id", "judgement_id", "loss_id")
    one = (" AND ".join(f"{other} IS {'NOT NULL' if other == of else 'NULL'}" for other in columns) for of in columns)
    op.create_table(
        name,
        sa.Column("id", BigInt, nullable=False),
        sa.Column("file_id", BigInt, nullable=False),
        *(sa.Column(column, BigInt, nullable=True) for column in columns),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("promised_sealed", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(" OR ".join(f"({so})" for so in one), name=op.f("ck_care_words_of_one_thing")),
        _refers(name, "file_id", "care_files"),
        _refers(name, "contact_id", "care_contacts"),
        _refers(name, "judgement_id", "care_judgements"),
        _refers(name, "loss_id", "care_losses"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_care_words")),
        *(sa.UniqueConstraint(column, name=op.f(f"uq_care_words_{column}")) for column in columns),
    )
    op.create_index(op.f("ix_care_words_file_id"), name, ["file_id"])


def _of_a_side(name: str, *columns: sa.Column | sa.Constraint) -> None:
    """A table of what the developer's people or an agency's wrote in a file."""
    op.create_table(
        name,
        sa.Column("id", BigInt, nullable=False),
        sa.Column("file_id", BigInt, nullable=False),
        sa.Column("by_id", BigInt, nullable=False),
        sa.Column("agency_id", BigInt, nullable=True),
        *columns,
        _refers(name, "file_id", "care_files"),
        _refers(name, "by_id", "people"),
        _refers(name, "agency_id", "agencies"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )


def _refers(name: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{name}_{column}"))


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


def _roles(roles: list[str] | tuple[str, ...]) -> None:
    known = f"role IN ({', '.join(repr(role) for role in roles)})"
    triggers = _triggers() if op.get_bind().dialect.name == "sqlite" else {}
    for name in triggers:
        op.execute(f"DROP TRIGGER {name}")
    for name in ("people", "account_proposals"):
        with op.batch_alter_table(name) as table:
            table.drop_constraint(op.f(f"ck_{name}_role_known"), type_="check")
            table.create_check_constraint(op.f(f"ck_{name}_role_known"), known)
    for made in triggers.values():
        op.execute(made)


def _triggers() -> dict[str, str]:
    """The triggers that look into these tables, and how each is made."""
    stmt = sa.text(
        "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' "
        "AND (sql LIKE '%people%' OR sql LIKE '%account_proposals%')"
    )
    return {row.name: row.sql for row in op.get_bind().execute(stmt)}
