"""Care plans and texts to clients, proposed and confirmed by two; kept lists; and why clients did not buy."""

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt, Json, UtcDateTime

revision = "0113"
down_revision = "0112"
branch_labels = None
depends_on = None

PLANNED = ("development_id", "toml", "starts_at", "note", "proposed_by", "proposed_at")
WRITTEN = (
    *("code", "development_id", "step", "reason_for", "stage", "channel", "title", "title_en", "zh", "en"),
    *("note", "proposed_by", "proposed_at"),
)
"""The columns of a proposal that stand from its first instant."""
ANSWERED = ("id", "file_id", "visit_on", "by_id", "agency_id", "at", "corrects_id")
"""All of an answer but its note, which can be erased, and sealed anew."""

ONLY_GROW = ("care_text_ends", "care_lists", "not_bought_reasons")

STAGES = "stage IN ('not_visited', 'visited', 'subscribed', 'signed', 'loan_released', 'handed_over', 'lost')"
REASONS = "IN ('price', 'competitor', 'hesitation', 'needs', 'other')"
TRIED = "tried IN ('offer', 'payment', 'other_home', 'comparison', 'manager', 'family', 'time', 'promise', 'nothing')"


def upgrade() -> None:
    _care_plans()
    _care_texts()
    _kept()
    _not_bought()
    for name, columns in (("care_plans", PLANNED), ("care_texts", WRITTEN)):
        _guard_proposals(name, columns)
    for name in ONLY_GROW:
        _guard(name)
    _guard_answers()


def downgrade() -> None:
    for name in ("not_bought_reasons", "not_bought", "care_lists", "care_text_ends", "care_texts", "care_plans"):
        op.drop_table(name)


def _care_plans() -> None:
    name = "care_plans"
    op.create_table(
        name,
        sa.Column("id", BigInt, nullable=False),
        sa.Column("development_id", BigInt, nullable=True),
        sa.Column("toml", sa.Text(), nullable=False),
        sa.Column("starts_at", UtcDateTime(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        *_proposal(name),
        sa.CheckConstraint(
            "state <> 'confirmed' OR decided_at < starts_at", name=op.f("ck_care_plans_never_backdated")
        ),
        sa.CheckConstraint("development_id IS NOT NULL OR length(toml) > 0", name=op.f("ck_care_plans_all_have_one")),
        _refers(name, "development_id", "developments"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_care_plans")),
    )
    op.create_index("ix_care_plans_development_id", name, ["development_id"])
    op.create_index("ix_care_plans_state", name, ["state", "id"])
    _unique("uq_care_plans_start", name, ["development_id", "starts_at"], "state = 'confirmed'")
    _unique("uq_care_plans_start_for_all", name, ["starts_at"], "state = 'confirmed' AND development_id IS NULL")


def _care_texts() -> None:
    name = "care_texts"
    op.create_table(
        name,
        sa.Column("id", BigInt, nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("development_id", BigInt, nullable=True),
        sa.Column("step", sa.String(length=40), nullable=True),
        sa.Column("reason_for", sa.String(length=40), nullable=True),
        sa.Column("stage", sa.String(length=40), nullable=True),
        sa.Column("channel", sa.String(length=40), nullable=False),
        *(sa.Column(one, sa.Text(), nullable=False) for one in ("title", "title_en", "zh", "en", "note")),
        *_proposal(name),
        sa.CheckConstraint("channel IN ('wechat', 'call', 'text', 'letter')", name=op.f("ck_care_texts_channel_known")),
        sa.CheckConstraint(STAGES, name=op.f("ck_care_texts_stage_known")),
        sa.CheckConstraint(f"reason_for {REASONS}", name=op.f("ck_care_texts_reason_for_known")),
        sa.CheckConstraint("(step IS NULL) <> (reason_for IS NULL)", name=op.f("ck_care_texts_for_one_thing")),
        sa.CheckConstraint("length(zh) > 0", name=op.f("ck_care_texts_says_something")),
        _refers(name, "development_id", "developments"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_care_texts")),
    )
    op.create_index("ix_care_texts_development_id", name, ["development_id"])
    op.create_index("ix_care_texts_code", name, ["code", "id"])
    op.create_index("ix_care_texts_state", name, ["state", "id"])


def _kept() -> None:
    name = "care_text_ends"
    op.create_table(
        name,
        sa.Column("id", BigInt, nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("development_id", BigInt, nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by_id", BigInt, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint("length(reason) > 0", name=op.f("ck_care_text_ends_has_reason")),
        _refers(name, "development_id", "developments"),
        _refers(name, "by_id", "people"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_care_text_ends")),
    )
    op.create_index("ix_care_text_ends_code", name, ["code", "at"])
    name = "care_lists"
    op.create_table(
        name,
        sa.Column("id", BigInt, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("development_id", BigInt, nullable=True),
        sa.Column("entries", Json, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by_id", BigInt, nullable=False),
        sa.CheckConstraint(
            "kind IN ('competitor_words', 'usual_shares', 'link')", name=op.f("ck_care_lists_kind_known")
        ),
        _refers(name, "development_id", "developments"),
        _refers(name, "by_id", "people"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_care_lists")),
    )
    op.create_index("ix_care_lists_kind", name, ["kind", "id"])


def _not_bought() -> None:
    name = "not_bought"
    op.create_table(
        name,
        sa.Column("id", BigInt, nullable=False),
        sa.Column("file_id", BigInt, nullable=False),
        sa.Column("visit_on", sa.Date(), nullable=False),
        sa.Column("by_id", BigInt, nullable=False),
        sa.Column("agency_id", BigInt, nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("corrects_id", BigInt, nullable=True),
        _refers(name, "file_id", "care_files"),
        _refers(name, "by_id", "people"),
        _refers(name, "agency_id", "agencies"),
        _refers(name, "corrects_id", "not_bought"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_not_bought")),
    )
    first = "corrects_id IS NULL"
    _unique("uq_not_bought_visit", name, ["file_id", "visit_on", "agency_id"], first)
    _unique("uq_not_bought_visit_of_developer", name, ["file_id", "visit_on"], f"{first} AND agency_id IS NULL")
    _unique("uq_not_bought_corrects", name, ["corrects_id"], "corrects_id IS NOT NULL")
    op.create_index("ix_not_bought_visit_on", name, ["visit_on", "id"])
    name = "not_bought_reasons"
    op.create_table(
        name,
        sa.Column("id", BigInt, nullable=False),
        sa.Column("answer_id", BigInt, nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("tried", sa.String(length=40), nullable=False),
        sa.CheckConstraint(f"reason {REASONS}", name=op.f("ck_not_bought_reasons_reason_known")),
        sa.CheckConstraint(TRIED, name=op.f("ck_not_bought_reasons_tried_known")),
        _refers(name, "answer_id", "not_bought"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_not_bought_reasons")),
        sa.UniqueConstraint("answer_id", "reason", name=op.f("uq_not_bought_reasons_answer_id_reason")),
    )


def _proposal(name: str) -> tuple[sa.schema.SchemaItem, ...]:
    return (
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("proposed_by", BigInt, nullable=False),
        sa.Column("proposed_at", UtcDateTime(), nullable=False),
        sa.Column("decided_by", BigInt, nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('proposed', 'confirmed', 'refused', 'withdrawn')", name=op.f(f"ck_{name}_state_known")
        ),
        sa.CheckConstraint("(state = 'proposed') = (decided_by IS NULL)", name=op.f(f"ck_{name}_decided")),
        sa.CheckConstraint("(decided_by IS NULL) = (decided_at IS NULL)", name=op.f(f"ck_{name}_decided_when")),
        sa.CheckConstraint(
            "state NOT IN ('confirmed', 'refused') OR decided_by <> proposed_by", name=op.f(f"ck_{name}_second_person")
        ),
        sa.CheckConstraint("state <> 'withdrawn' OR decided_by = proposed_by", name=op.f(f"ck_{name}_own_withdrawal")),
        sa.CheckConstraint("state <> 'refused' OR length(reason) > 0", name=op.f(f"ck_{name}_has_reason")),
        _refers(name, "proposed_by", "people"),
        _refers(name, "decided_by", "people"),
    )


def _refers(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"))


def _unique(name: str, table: str, columns: list[str], where: str) -> None:
    which = sa.text(where)
    op.create_index(name, table, columns, unique=True, sqlite_where=which, postgresql_where=which)


# Nobody rewrites what was said


def _guard_proposals(table: str, columns: tuple[str, ...]) -> None:
    if _sqlite():
        _refuse_on_sqlite(table, "text", f"UPDATE OF {', '.join(columns)} ON {table}")
        _refuse_on_sqlite(table, "decision", f"UPDATE ON {table} WHEN OLD.state <> 'proposed'")
        _refuse_on_sqlite(table, "delete", f"DELETE ON {table}")
        return
    _refuse_on_postgresql(table, "text", f"UPDATE OF {', '.join(columns)} ON {table} FOR EACH STATEMENT")
    _refuse_on_postgresql(table, "decision", f"UPDATE ON {table} FOR EACH ROW WHEN (OLD.state <> 'proposed')")
    _refuse_on_postgresql(table, "delete", f"DELETE OR TRUNCATE ON {table} FOR EACH STATEMENT")


def _guard(table: str) -> None:
    if _sqlite():
        for deed in ("UPDATE", "DELETE"):
            _refuse_on_sqlite(table, deed.lower(), f"{deed} ON {table}")
        return
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def _guard_answers() -> None:
    table = "not_bought"
    if _sqlite():
        _refuse_on_sqlite(table, "change", f"UPDATE OF {', '.join(ANSWERED)} ON {table}")
        _refuse_on_sqlite(table, "delete", f"DELETE ON {table}")
        return
    _refuse_on_postgresql(table, "change", f"UPDATE OF {', '.join(ANSWERED)} ON {table} FOR EACH STATEMENT")
    _refuse_on_postgresql(table, "delete", f"DELETE OR TRUNCATE ON {table} FOR EACH STATEMENT")


def _sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _refuse_on_sqlite(table: str, name: str, event: str) -> None:
    op.execute(
        f"CREATE TRIGGER {table}_no_{name} BEFORE {event} BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    )


def _refuse_on_postgresql(table: str, name: str, event: str) -> None:
    op.execute(f"CREATE TRIGGER {table}_no_{name} BEFORE {event} EXECUTE FUNCTION refuse_change()")
