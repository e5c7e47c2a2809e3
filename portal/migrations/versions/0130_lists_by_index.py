"""Indexes for what pages ask, so that none reads all of a table that grows with the business."""

import sqlalchemy as sa
from alembic import op

revision = "0130"
down_revision = "0129"
branch_labels = None
depends_on = None

INDEXES: tuple[tuple[str, str, list[str], str | None], ...] = (
    ("bank_results", "ix_bank_results_payout", ["payout_id", "id"], None),
    ("bank_results", "ix_bank_results_not_arrived", ["id"], "outcome IN ('failed', 'returned')"),
    (
        "deal_imports",
        "ix_deal_imports_waiting",
        ["id"],
        "state = 'ready' OR (trouble IS NOT NULL AND finished_at IS NULL)",
    ),
    ("disputes", "ix_disputes_line", ["line_id", "id"], None),
    ("erasures", "ix_erasures_at", ["at"], None),
    ("face_enrolments", "ix_face_enrolments_kept", ["person_id"], "vector_sealed IS NOT NULL"),
    ("face_templates", "ix_face_templates_kept", ["person_id"], "erased_at IS NULL"),
    ("photos", "ix_photos_kept", ["development_id"], "erased_at IS NULL"),
    ("first_approvals", "ix_first_approvals_approver", ["approver_id"], None),
    ("friend_visits", "ix_friend_visits_at", ["at"], None),
    ("lead_notes", "ix_lead_notes_steps", ["lead_id", "id"], "step_sealed IS NOT NULL OR step_over"),
    ("loan_notes", "ix_loan_notes_open", ["deal_id"], "settled_at IS NULL"),
    ("mask_answers", "ix_mask_answers_certain", ["id"], "doubt IS NULL"),
    ("not_bought", "ix_not_bought_agency", ["agency_id", "file_id"], None),
    ("payouts", "ix_payouts_of_statement", ["statement_id", "id"], None),
    ("posted_lines", "ix_posted_lines_person", ["person_id", "window", "cause"], "person_id IS NOT NULL"),
    ("posted_lines", "ix_posted_lines_window", ["window", "cause"], "person_id IS NOT NULL"),
    ("poster_lines", "ix_poster_lines_proposer", ["proposed_by", "id"], None),
    ("rewards", "ix_rewards_charged", ["reviewed_at", "id"], "review IN ('charged', 'replaced')"),
    ("touches", "ix_touches_without_broker", ["kind", "at"], "kind <> 'registration'"),
    ("vouchers", "ix_vouchers_of_reward", ["reward_id"], None),
    ("web_sessions", "ix_web_sessions_open", ["ends_at"], "ended_at IS NULL"),
    ("consents", "ix_consents_client", ["client_id", "purpose"], None),
)


def upgrade() -> None:
    for table, name, columns, held in INDEXES:
        where = sa.text(held) if held else None
        op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    for table, name, _columns, _held in reversed(INDEXES):
        op.drop_index(name, table)
