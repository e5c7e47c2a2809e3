"""After the handover: owners' files, surveys, complaints; gatherings with their guests; three kinds of texts."""

import re
from collections.abc import Callable

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt, UtcDateTime

revision = "0105"
down_revision = "0104"
branch_labels = None
depends_on = None

KINDS = ("survey", "complaint", "gathering")
ONLY_GROW = ("planned_handovers", "complaint_steps", "gathering_moves")
TABLES = (
    "gathering_guests",
    "gathering_moves",
    "gatherings",
    "complaint_words",
    "complaint_steps",
    "complaints",
    "survey_answers",
    "surveys",
    "owner_files",
    "planned_handovers",
)


def upgrade() -> None:
    _owners()
    _complaints()
    _gatherings()
    for name in ONLY_GROW:
        _guard(name)
    _rewrite_kinds(lambda kinds: [*kinds, *KINDS])


def downgrade() -> None:
    for kind in KINDS:
        op.execute(sa.text("DELETE FROM text_messages WHERE kind = :kind").bindparams(kind=kind))
    _rewrite_kinds(lambda kinds: [kind for kind in kinds if kind not in KINDS])
    for name in TABLES:
        op.drop_table(name)


def _owners() -> None:
    _table(
        "planned_handovers",
        _number("deal_id", "deals"),
        sa.Column("on_day", sa.Date(), nullable=False),
        _number("by_id", "people"),
        _instant("at"),
    )
    op.create_index("ix_planned_handovers_deal", "planned_handovers", ["deal_id", "id"])
    _table(
        "owner_files",
        _number("deal_id", "deals"),
        _number("file_id", "care_files"),
        _key(),
        _instant("opened_at"),
        _number("opened_by", "people", needed=False),
        sa.Column("moved_in_on", sa.Date(), nullable=True),
        sa.Column("family_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("hobbies_sealed", sa.LargeBinary(), nullable=True),
        _instant("poster_offered_at", needed=False),
        _instant("poster_answered_at", needed=False),
        sa.Column("poster_wanted", sa.Boolean(), nullable=True),
        _check("owner_files", "poster_answered", "(poster_answered_at IS NULL) = (poster_wanted IS NULL)"),
        _check("owner_files", "poster_offered_before", "poster_answered_at IS NULL OR poster_offered_at IS NOT NULL"),
        _unique("owner_files", "deal_id"),
        _unique("owner_files", "link_key"),
    )
    op.create_index(op.f("ix_owner_files_file_id"), "owner_files", ["file_id"])
    _table(
        "surveys",
        _number("owner_id", "owner_files"),
        _word("occasion"),
        _key(),
        sa.Column("asked_on", sa.Date(), nullable=False),
        _instant("asked_at"),
        _number("asked_by", "people"),
        _instant("expires_at"),
        _check(
            "surveys",
            "occasion_known",
            "occasion IN ('handover', 'first_check', 'committee', 'anniversary', 'visit')",
        ),
        _unique("surveys", "owner_id", "asked_on"),
        _unique("surveys", "link_key"),
    )
    _table(
        "survey_answers",
        _number("survey_id", "surveys"),
        *(sa.Column(name, BigInt, nullable=False) for name in ("estate", "building", "service")),
        sa.Column("words_sealed", sa.LargeBinary(), nullable=True),
        _instant("at"),
        _check(
            "survey_answers",
            "are_marks",
            "estate BETWEEN 1 AND 5 AND building BETWEEN 1 AND 5 AND service BETWEEN 1 AND 5",
        ),
        _unique("survey_answers", "survey_id"),
    )


def _complaints() -> None:
    _table(
        "complaints",
        _number("owner_id", "owner_files"),
        _number("survey_id", "surveys", needed=False),
        _word("source"),
        _word("about"),
        _word("state"),
        _instant("since"),
        _instant("due_at"),
        _instant("escalated_at", needed=False),
        _key(),
        _instant("opened_at"),
        _number("opened_by", "people", needed=False),
        _check("complaints", "source_known", "source IN ('survey', 'owner', 'staff')"),
        _check("complaints", "about_known", "about IN ('estate', 'building', 'service', 'other')"),
        _check("complaints", "state_known", "state IN ('open', 'answered', 'asked', 'closed')"),
        _unique("complaints", "survey_id"),
        _unique("complaints", "link_key"),
    )
    op.create_index("ix_complaints_state", "complaints", ["state", "due_at"])
    op.create_index("ix_complaints_owner", "complaints", ["owner_id", "id"])
    untold = sa.text("state = 'open' AND escalated_at IS NULL")
    op.create_index("ix_complaints_untold", "complaints", ["due_at"], sqlite_where=untold, postgresql_where=untold)
    _table(
        "complaint_steps",
        _number("complaint_id", "complaints"),
        _word("kind"),
        _instant("at"),
        _number("by_id", "people", needed=False),
        _check(
            "complaint_steps",
            "kind_known",
            "kind IN ('opened', 'answered', 'noted', 'offered', 'escalated', 'asked', 'settled', 'reopened', "
            "'closed_unanswered')",
        ),
    )
    op.create_index("ix_complaint_steps_complaint", "complaint_steps", ["complaint_id", "id"])
    op.create_table(
        "complaint_words",
        sa.Column("step_id", BigInt, nullable=False),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=True),
        _to("complaint_words", "step_id", "complaint_steps"),
        sa.PrimaryKeyConstraint("step_id", name=op.f("pk_complaint_words")),
    )


def _gatherings() -> None:
    _table(
        "gatherings",
        _number("development_id", "developments"),
        _word("kind"),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        _instant("begins_at"),
        _instant("ends_at"),
        sa.Column("places", BigInt, nullable=False),
        sa.Column("taken", BigInt, server_default=sa.text("0"), nullable=False),
        sa.Column("with_gift", sa.Boolean(), server_default=sa.false(), nullable=False),
        _instant("created_at"),
        _number("created_by", "people"),
        _instant("cancelled_at", needed=False),
        _number("cancelled_by", "people", needed=False),
        sa.Column("cancel_reason", sa.Text(), nullable=True),
        _check("gatherings", "kind_known", "kind IN ('open_day', 'owners_evening', 'handover_day')"),
        _check("gatherings", "is_a_time", "ends_at > begins_at"),
        _check("gatherings", "within_its_places", "taken >= 0 AND taken <= places"),
        _check("gatherings", "cancelled_by_whom", "(cancelled_at IS NULL) = (cancelled_by IS NULL)"),
    )
    op.create_index("ix_gatherings_development", "gatherings", ["development_id", "begins_at"])
    _table(
        "gathering_moves",
        _number("gathering_id", "gatherings"),
        _instant("began_at"),
        _instant("begins_at"),
        _instant("at"),
        _number("by_id", "people"),
    )
    op.create_index("ix_gathering_moves_gathering", "gathering_moves", ["gathering_id", "id"])
    _table(
        "gathering_guests",
        _number("gathering_id", "gatherings"),
        _number("file_id", "care_files"),
        _key(),
        _instant("invited_at"),
        _number("invited_by", "people"),
        sa.Column("party", BigInt, nullable=True),
        _instant("answered_at", needed=False),
        _instant("arrived_at", needed=False),
        _number("received_by", "people", needed=False),
        _check("gathering_guests", "party_is_a_number", "party >= 0"),
        _check("gathering_guests", "answered_when", "(party IS NULL) = (answered_at IS NULL)"),
        _check("gathering_guests", "received_by_whom", "(arrived_at IS NULL) = (received_by IS NULL)"),
        _unique("gathering_guests", "gathering_id", "file_id"),
        _unique("gathering_guests", "link_key"),
    )
    op.create_index("ix_gathering_guests_file", "gathering_guests", ["file_id", "id"])


def _table(name: str, *parts: sa.Column | tuple[sa.Column, str] | sa.Constraint) -> None:
    """A table with a number; columns that point to another table come with its name."""
    plain = [part[0] if isinstance(part, tuple) else part for part in parts]
    keys = [_to(name, part[0].name, part[1]) for part in parts if isinstance(part, tuple)]
    op.create_table(
        name,
        sa.Column("id", BigInt, nullable=False),
        *plain,
        *keys,
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )


def _number(column: str, other: str, *, needed: bool = True) -> tuple[sa.Column, str]:
    return sa.Column(column, BigInt, nullable=not needed), other


def _instant(column: str, *, needed: bool = True) -> sa.Column:
    return sa.Column(column, UtcDateTime(), nullable=not needed)


def _word(column: str) -> sa.Column:
    return sa.Column(column, sa.String(length=40), nullable=False)


def _key() -> sa.Column:
    return sa.Column("link_key", sa.String(length=32), nullable=False)


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def _unique(table: str, *columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*columns, name=op.f(f"uq_{table}_{'_'.join(columns)}"))


def _to(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"))


def _rewrite_kinds(changed: Callable[[list[str]], list[str]]) -> None:
    """The kinds of texts there are, by those that the database knows. SQLite makes the table anew; it has no triggers."""
    checks = sa.inspect(op.get_bind()).get_check_constraints("text_messages")
    (known,) = (str(one["sqltext"]) for one in checks if one["name"] == "ck_text_messages_kind_known")
    listed = ", ".join(f"'{kind}'" for kind in changed(re.findall(r"'(\w+)'", known)))
    with op.batch_alter_table("text_messages") as table:
        table.drop_constraint(op.f("ck_text_messages_kind_known"), type_="check")
        table.create_check_constraint(op.f("ck_text_messages_kind_known"), f"kind IN ({listed})")


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
