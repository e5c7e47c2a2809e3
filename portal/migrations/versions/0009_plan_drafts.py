"""Plans are proposed by one person and published by another; what-if questions with their results.

What a draft says never changes, and a decision on it is final: the database refuses both.
"""

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt, Json, UtcDateTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

PROPOSED = ("name", "toml", "effective_from", "note", "follows_id", "proposed_by", "proposed_at")
"""The columns of a draft that stand from its first instant."""

ONE_QUESTION = " + ".join(
    f"(CASE WHEN {column} IS NULL THEN 0 ELSE 1 END)" for column in ("draft_id", "version_id", "deal_id")
)


def upgrade() -> None:
    _create_drafts()
    _guard_drafts()
    _create_runs()
    _create_effects()


def downgrade() -> None:
    op.drop_table("what_if_effects")
    op.drop_table("what_if_runs")
    op.drop_table("plan_drafts")


def _create_drafts() -> None:
    op.create_table(
        "plan_drafts",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("toml", sa.Text(), nullable=False),
        sa.Column("effective_from", UtcDateTime(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("follows_id", BigInt, nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("proposed_by", BigInt, nullable=False),
        sa.Column("proposed_at", UtcDateTime(), nullable=False),
        sa.Column("decided_by", BigInt, nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("version_id", BigInt, nullable=True),
        sa.CheckConstraint(
            "state IN ('proposed', 'published', 'refused', 'withdrawn')", name=op.f("ck_plan_drafts_state_known")
        ),
        sa.CheckConstraint("(state = 'proposed') = (decided_by IS NULL)", name=op.f("ck_plan_drafts_decided")),
        sa.CheckConstraint("(decided_by IS NULL) = (decided_at IS NULL)", name=op.f("ck_plan_drafts_decided_when")),
        sa.CheckConstraint(
            "state NOT IN ('published', 'refused') OR decided_by <> proposed_by",
            name=op.f("ck_plan_drafts_second_person"),
        ),
        sa.CheckConstraint(
            "state <> 'withdrawn' OR decided_by = proposed_by", name=op.f("ck_plan_drafts_own_withdrawal")
        ),
        sa.CheckConstraint(
            "(state = 'published') = (version_id IS NOT NULL)", name=op.f("ck_plan_drafts_published_as")
        ),
        sa.CheckConstraint("state <> 'refused' OR length(reason) > 0", name=op.f("ck_plan_drafts_has_reason")),
        sa.ForeignKeyConstraint(["follows_id"], ["plan_drafts.id"], name=op.f("fk_plan_drafts_follows_id")),
        sa.ForeignKeyConstraint(["proposed_by"], ["people.id"], name=op.f("fk_plan_drafts_proposed_by")),
        sa.ForeignKeyConstraint(["decided_by"], ["people.id"], name=op.f("fk_plan_drafts_decided_by")),
        sa.ForeignKeyConstraint(["version_id"], ["plan_versions.id"], name=op.f("fk_plan_drafts_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_drafts")),
        sa.UniqueConstraint("version_id", name=op.f("uq_plan_drafts_version_id")),
    )
    op.create_index("ix_plan_drafts_state", "plan_drafts", ["state", "id"])


def _guard_drafts() -> None:
    proposed = ", ".join(PROPOSED)
    if _on_sqlite():
        for name, event in (
            ("text", f"UPDATE OF {proposed} ON plan_drafts"),
            ("decision", "UPDATE ON plan_drafts WHEN OLD.state <> 'proposed'"),
            ("delete", "DELETE ON plan_drafts"),
        ):
            op.execute(
                f"CREATE TRIGGER plan_drafts_no_{name} BEFORE {event} "
                "BEGIN SELECT RAISE(ABORT, 'plan_drafts is append-only'); END"
            )
        return
    for name, event in (("text", f"UPDATE OF {proposed}"), ("delete", "DELETE OR TRUNCATE")):
        op.execute(
            f"CREATE TRIGGER plan_drafts_no_{name} BEFORE {event} ON plan_drafts "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    op.execute(
        "CREATE TRIGGER plan_drafts_no_decision BEFORE UPDATE ON plan_drafts "
        "FOR EACH ROW WHEN (OLD.state <> 'proposed') EXECUTE FUNCTION refuse_change()"
    )


def _create_runs() -> None:
    op.create_table(
        "what_if_runs",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("draft_id", BigInt, nullable=True),
        sa.Column("version_id", BigInt, nullable=True),
        sa.Column("deal_id", BigInt, nullable=True),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.Column("reads_since", UtcDateTime(), nullable=True),
        sa.Column("reads_until", UtcDateTime(), nullable=True),
        sa.Column("development_id", BigInt, nullable=True),
        sa.Column("agency_id", BigInt, nullable=True),
        sa.Column("plan_name", sa.String(length=40), nullable=True),
        sa.Column("asked_by", BigInt, nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("whole", BigInt, nullable=False),
        sa.Column("done", BigInt, nullable=False),
        sa.Column("cursor", BigInt, nullable=False),
        sa.Column("changed", BigInt, nullable=False),
        sa.Column("before_fen", BigInt, nullable=False),
        sa.Column("after_fen", BigInt, nullable=False),
        sa.Column("reasons", Json, nullable=False),
        sa.Column("gained", Json, nullable=False),
        sa.Column("lost", Json, nullable=False),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("state IN ('running', 'done', 'failed')", name=op.f("ck_what_if_runs_state_known")),
        sa.CheckConstraint(f"{ONE_QUESTION} = 1", name=op.f("ck_what_if_runs_one_question")),
        sa.CheckConstraint("since < until", name=op.f("ck_what_if_runs_span")),
        sa.CheckConstraint("(state = 'running') = (finished_at IS NULL)", name=op.f("ck_what_if_runs_finished")),
        sa.ForeignKeyConstraint(["draft_id"], ["plan_drafts.id"], name=op.f("fk_what_if_runs_draft_id")),
        sa.ForeignKeyConstraint(["version_id"], ["plan_versions.id"], name=op.f("fk_what_if_runs_version_id")),
        sa.ForeignKeyConstraint(["deal_id"], ["deals.id"], name=op.f("fk_what_if_runs_deal_id")),
        sa.ForeignKeyConstraint(["development_id"], ["developments.id"], name=op.f("fk_what_if_runs_development_id")),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_what_if_runs_agency_id")),
        sa.ForeignKeyConstraint(["asked_by"], ["people.id"], name=op.f("fk_what_if_runs_asked_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_what_if_runs")),
    )
    op.create_index("ix_what_if_runs_state", "what_if_runs", ["state", "id"])


def _create_effects() -> None:
    op.create_table(
        "what_if_effects",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("run_id", BigInt, nullable=False),
        sa.Column("agency_id", BigInt, nullable=False),
        sa.Column("deals", BigInt, nullable=False),
        sa.Column("changed", BigInt, nullable=False),
        sa.Column("before_fen", BigInt, nullable=False),
        sa.Column("after_fen", BigInt, nullable=False),
        sa.Column("shift_fen", BigInt, nullable=False),
        sa.Column("gained", Json, nullable=False),
        sa.Column("lost", Json, nullable=False),
        sa.Column("changes", Json, nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["what_if_runs.id"], name=op.f("fk_what_if_effects_run_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_what_if_effects_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_what_if_effects")),
        sa.UniqueConstraint("run_id", "agency_id", name=op.f("uq_what_if_effects_run_id_agency_id")),
    )
    op.create_index("ix_what_if_effects_shift", "what_if_effects", ["run_id", "shift_fen", "id"])


def _on_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"
