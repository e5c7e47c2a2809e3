"""The first schema."""

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt, Json, UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "agencies",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("bank_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("bank_changed_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("deactivated_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agencies")),
        sa.UniqueConstraint("name", name=op.f("uq_agencies_name")),
    )
    op.create_table(
        "clients",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("phone_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("phone_index", sa.String(length=64), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clients")),
        sa.UniqueConstraint("phone_index", name=op.f("uq_clients_phone_index")),
    )
    op.create_table(
        "job_runs",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("ran_at", UtcDateTime(), nullable=False),
        sa.Column("found", Json, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_job_runs")),
    )
    op.create_table(
        "sign_in_attempts",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("phone_index", sa.String(length=64), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("succeeded", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_attempts")),
    )
    op.create_index("ix_sign_in_attempts_address", "sign_in_attempts", ["address", "at"], unique=False)
    op.create_index("ix_sign_in_attempts_phone", "sign_in_attempts", ["phone_index", "at"], unique=False)
    op.create_table(
        "people",
        sa.Column("id", BigInt, nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "reception",
                "channel_manager",
                "finance",
                "approver",
                "cashier",
                "administrator",
                "privacy_officer",
                "principal",
                "broker",
                "referrer",
                name="role",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("phone_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("phone_index", sa.String(length=64), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("agency_id", BigInt, nullable=True),
        sa.Column("locale", sa.String(length=40), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", BigInt, nullable=True),
        sa.Column("deactivated_at", UtcDateTime(), nullable=True),
        sa.Column("deactivated_by", BigInt, nullable=True),
        sa.CheckConstraint(
            "(role IN ('principal', 'broker')) = (agency_id IS NOT NULL)",
            name=op.f("ck_people_partner_has_agency"),
        ),
        sa.CheckConstraint(
            "role IN ('reception', 'channel_manager', 'finance', 'approver', 'cashier', 'administrator', 'privacy_officer', 'principal', 'broker', 'referrer')",
            name=op.f("ck_people_role_known"),
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_people_agency_id")),
        sa.ForeignKeyConstraint(["created_by"], ["people.id"], name=op.f("fk_people_created_by")),
        sa.ForeignKeyConstraint(["deactivated_by"], ["people.id"], name=op.f("fk_people_deactivated_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
        sa.UniqueConstraint("phone_index", name=op.f("uq_people_phone_index")),
    )
    op.create_index(op.f("ix_people_agency_id"), "people", ["agency_id"], unique=False)
    op.create_index(op.f("ix_people_role"), "people", ["role"], unique=False)
    op.create_table(
        "audit_entries",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor_id", BigInt, nullable=True),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("subject_kind", sa.String(length=40), nullable=False),
        sa.Column("subject_id", BigInt, nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("facts", Json, nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["people.id"], name=op.f("fk_audit_entries_actor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entries")),
    )
    op.create_index("ix_audit_entries_action", "audit_entries", ["action", "id"], unique=False)
    op.create_index("ix_audit_entries_actor", "audit_entries", ["actor_id", "id"], unique=False)
    op.create_index("ix_audit_entries_subject", "audit_entries", ["subject_kind", "subject_id"], unique=False)
    op.create_table(
        "consents",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("person_id", BigInt, nullable=True),
        sa.Column("client_id", BigInt, nullable=True),
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("version", sa.String(length=40), nullable=False),
        sa.Column("locale", sa.String(length=40), nullable=False),
        sa.Column("given_at", UtcDateTime(), nullable=False),
        sa.Column("recorded_by", BigInt, nullable=True),
        sa.Column("withdrawn_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("(person_id IS NULL) <> (client_id IS NULL)", name=op.f("ck_consents_one_subject")),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_consents_client_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_consents_person_id")),
        sa.ForeignKeyConstraint(["recorded_by"], ["people.id"], name=op.f("fk_consents_recorded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
    )
    op.create_index(op.f("ix_consents_client_id"), "consents", ["client_id"], unique=False)
    op.create_index(op.f("ix_consents_person_id"), "consents", ["person_id"], unique=False)
    op.create_table(
        "developments",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("city", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("headline", sa.Text(), nullable=False),
        sa.Column("colour", sa.String(length=7), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("policy", Json, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", BigInt, nullable=True),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["created_by"], ["people.id"], name=op.f("fk_developments_created_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_developments")),
        sa.UniqueConstraint("name", name=op.f("uq_developments_name")),
    )
    op.create_table(
        "freezes",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("broker_id", BigInt, nullable=False),
        sa.Column("starts_at", UtcDateTime(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
        sa.Column("lifted_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_freezes_ends_after_start")),
        sa.ForeignKeyConstraint(["broker_id"], ["people.id"], name=op.f("fk_freezes_broker_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_freezes")),
    )
    op.create_index(op.f("ix_freezes_broker_id"), "freezes", ["broker_id"], unique=False)
    op.create_table(
        "ledger_batches",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor_id", BigInt, nullable=True),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["people.id"], name=op.f("fk_ledger_batches_actor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_batches")),
        sa.UniqueConstraint("hash", name=op.f("uq_ledger_batches_hash")),
        sa.UniqueConstraint("previous_hash", name=op.f("uq_ledger_batches_previous_hash")),
        sa.UniqueConstraint("reference", name=op.f("uq_ledger_batches_reference")),
    )
    op.create_table(
        "payout_batches",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("count", BigInt, nullable=False),
        sa.Column("total_fen", BigInt, nullable=False),
        sa.Column("content_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("exported_by", BigInt, nullable=False),
        sa.Column("exported_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["exported_by"], ["people.id"], name=op.f("fk_payout_batches_exported_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payout_batches")),
        sa.UniqueConstraint("number", name=op.f("uq_payout_batches_number")),
    )
    op.create_table(
        "plan_versions",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("version", BigInt, nullable=False),
        sa.Column("toml", sa.Text(), nullable=False),
        sa.Column("effective_from", UtcDateTime(), nullable=False),
        sa.Column("published_at", UtcDateTime(), nullable=False),
        sa.Column("published_by", BigInt, nullable=True),
        sa.ForeignKeyConstraint(["published_by"], ["people.id"], name=op.f("fk_plan_versions_published_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_versions")),
        sa.UniqueConstraint("name", "version", name=op.f("uq_plan_versions_name_version")),
    )
    op.create_table(
        "receipts",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("subject_kind", sa.String(length=40), nullable=False),
        sa.Column("subject_id", BigInt, nullable=False),
        sa.Column("party_id", BigInt, nullable=False),
        sa.Column("facts", Json, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["party_id"], ["people.id"], name=op.f("fk_receipts_party_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipts")),
        sa.UniqueConstraint("key", name=op.f("uq_receipts_key")),
        sa.UniqueConstraint("subject_kind", "subject_id", name=op.f("uq_receipts_subject_kind_subject_id")),
    )
    op.create_table(
        "reward_plan_versions",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("audience", sa.String(length=40), nullable=False),
        sa.Column("version", BigInt, nullable=False),
        sa.Column("toml", sa.Text(), nullable=False),
        sa.Column("effective_from", UtcDateTime(), nullable=False),
        sa.Column("published_at", UtcDateTime(), nullable=False),
        sa.Column("published_by", BigInt, nullable=True),
        sa.ForeignKeyConstraint(["published_by"], ["people.id"], name=op.f("fk_reward_plan_versions_published_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reward_plan_versions")),
        sa.UniqueConstraint("audience", "version", name=op.f("uq_reward_plan_versions_audience_version")),
    )
    op.create_table(
        "statements",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("agency_id", BigInt, nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("version", BigInt, nullable=False),
        sa.Column("opening_fen", BigInt, nullable=False),
        sa.Column("lines_fen", BigInt, nullable=False),
        sa.Column("total_fen", BigInt, nullable=False),
        sa.Column("payable_fen", BigInt, nullable=False),
        sa.Column("carried_fen", BigInt, nullable=False),
        sa.Column("issued_by", BigInt, nullable=False),
        sa.Column("issued_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("payable_fen + carried_fen = total_fen", name=op.f("ck_statements_payable_and_carried")),
        sa.CheckConstraint("payable_fen >= 0 AND carried_fen <= 0", name=op.f("ck_statements_payable_or_carried")),
        sa.CheckConstraint("total_fen = opening_fen + lines_fen", name=op.f("ck_statements_total_adds_up")),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_statements_agency_id")),
        sa.ForeignKeyConstraint(["issued_by"], ["people.id"], name=op.f("fk_statements_issued_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statements")),
        sa.UniqueConstraint("agency_id", "month", "version", name=op.f("uq_statements_agency_id_month_version")),
        sa.UniqueConstraint("number", name=op.f("uq_statements_number")),
    )
    op.create_index(op.f("ix_statements_month"), "statements", ["month"], unique=False)
    op.create_table(
        "web_sessions",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("token_digest", sa.String(length=64), nullable=False),
        sa.Column("person_id", BigInt, nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_web_sessions_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_web_sessions")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_web_sessions_token_digest")),
    )
    op.create_index(op.f("ix_web_sessions_person_id"), "web_sessions", ["person_id"], unique=False)
    op.create_table(
        "agreements",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("development_id", BigInt, nullable=False),
        sa.Column("agency_id", BigInt, nullable=False),
        sa.Column("plan_name", sa.String(length=40), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", BigInt, nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("ends_on IS NULL OR ends_on > starts_on", name=op.f("ck_agreements_ends_after_start")),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_agreements_agency_id")),
        sa.ForeignKeyConstraint(["created_by"], ["people.id"], name=op.f("fk_agreements_created_by")),
        sa.ForeignKeyConstraint(["development_id"], ["developments.id"], name=op.f("fk_agreements_development_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreements")),
    )
    op.create_index(op.f("ix_agreements_agency_id"), "agreements", ["agency_id"], unique=False)
    op.create_index(
        "uq_agreements_running",
        "agreements",
        ["development_id", "agency_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "ledger_transfers",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("batch_id", BigInt, nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("debit", sa.Text(), nullable=False),
        sa.Column("credit", sa.Text(), nullable=False),
        sa.Column("amount_fen", BigInt, nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_ledger_transfers_amount_positive")),
        sa.CheckConstraint("debit <> credit", name=op.f("ck_ledger_transfers_two_accounts")),
        sa.ForeignKeyConstraint(["batch_id"], ["ledger_batches.id"], name=op.f("fk_ledger_transfers_batch_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_transfers")),
        sa.UniqueConstraint("reference", name=op.f("uq_ledger_transfers_reference")),
    )
    op.create_index(op.f("ix_ledger_transfers_batch_id"), "ledger_transfers", ["batch_id"], unique=False)
    op.create_index("ix_ledger_transfers_credit", "ledger_transfers", ["credit", "id"], unique=False)
    op.create_index("ix_ledger_transfers_debit", "ledger_transfers", ["debit", "id"], unique=False)
    op.create_table(
        "payouts",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("reference", sa.String(length=24), nullable=False),
        sa.Column("statement_id", BigInt, nullable=False),
        sa.Column("agency_id", BigInt, nullable=False),
        sa.Column("amount_fen", BigInt, nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "requested",
                "approved",
                "exported",
                "paid",
                "rejected",
                "failed",
                "voided",
                name="payoutstate",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("batch_id", BigInt, nullable=True),
        sa.CheckConstraint(
            "(state IN ('exported', 'paid', 'failed')) = (batch_id IS NOT NULL)",
            name=op.f("ck_payouts_sent_in_batch"),
        ),
        sa.CheckConstraint(
            "state IN ('requested', 'approved', 'exported', 'paid', 'rejected', 'failed', 'voided')",
            name=op.f("ck_payouts_state_known"),
        ),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_payouts_amount_positive")),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_payouts_agency_id")),
        sa.ForeignKeyConstraint(["batch_id"], ["payout_batches.id"], name=op.f("fk_payouts_batch_id")),
        sa.ForeignKeyConstraint(["statement_id"], ["statements.id"], name=op.f("fk_payouts_statement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payouts")),
        sa.UniqueConstraint("reference", name=op.f("uq_payouts_reference")),
    )
    op.create_index(op.f("ix_payouts_agency_id"), "payouts", ["agency_id"], unique=False)
    op.create_index(op.f("ix_payouts_batch_id"), "payouts", ["batch_id"], unique=False)
    op.create_index("ix_payouts_state", "payouts", ["state", "id"], unique=False)
    op.create_index(
        "uq_payouts_statement",
        "payouts",
        ["statement_id"],
        unique=True,
        sqlite_where=sa.text("state NOT IN ('rejected', 'failed', 'voided')"),
        postgresql_where=sa.text("state NOT IN ('rejected', 'failed', 'voided')"),
    )
    op.create_table(
        "referrers",
        sa.Column("person_id", BigInt, nullable=False),
        sa.Column(
            "audience",
            sa.Enum("homeowner", "citizen", name="audience", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("development_id", BigInt, nullable=False),
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("home", sa.Text(), nullable=True),
        sa.Column("joined_at", UtcDateTime(), nullable=False),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("audience IN ('homeowner', 'citizen')", name=op.f("ck_referrers_audience_known")),
        sa.ForeignKeyConstraint(["development_id"], ["developments.id"], name=op.f("fk_referrers_development_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_referrers_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_referrers")),
        sa.UniqueConstraint("code", name=op.f("uq_referrers_code")),
    )
    op.create_index(op.f("ix_referrers_development_id"), "referrers", ["development_id"], unique=False)
    op.create_table(
        "touches",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("development_id", BigInt, nullable=False),
        sa.Column("client_id", BigInt, nullable=False),
        sa.Column(
            "kind",
            sa.Enum("walk_in", "registration", "referral_lead", name="touchkind", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("person_id", BigInt, nullable=False),
        sa.Column("agency_id", BigInt, nullable=True),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("protected_until", UtcDateTime(), nullable=True),
        sa.Column("retired_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("kind IN ('walk_in', 'registration', 'referral_lead')", name=op.f("ck_touches_kind_known")),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_touches_agency_id")),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_touches_client_id")),
        sa.ForeignKeyConstraint(["development_id"], ["developments.id"], name=op.f("fk_touches_development_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_touches_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_touches")),
    )
    op.create_index(op.f("ix_touches_agency_id"), "touches", ["agency_id"], unique=False)
    op.create_index("ix_touches_client", "touches", ["client_id"], unique=False)
    op.create_index(op.f("ix_touches_person_id"), "touches", ["person_id"], unique=False)
    op.create_index(
        "uq_touches_holder",
        "touches",
        ["development_id", "client_id"],
        unique=True,
        sqlite_where=sa.text("retired_at IS NULL"),
        postgresql_where=sa.text("retired_at IS NULL"),
    )
    op.create_table(
        "bank_results",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("batch_id", BigInt, nullable=False),
        sa.Column("payout_id", BigInt, nullable=True),
        sa.Column("row_digest", sa.String(length=64), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("amount_fen", BigInt, nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "paid",
                "failed",
                "unknown_reference",
                "other_batch",
                "other_amount",
                "already_settled",
                name="bankoutcome",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("imported_by", BigInt, nullable=False),
        sa.Column("imported_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('paid', 'failed', 'unknown_reference', 'other_batch', 'other_amount', 'already_settled')",
            name=op.f("ck_bank_results_outcome_known"),
        ),
        sa.ForeignKeyConstraint(["batch_id"], ["payout_batches.id"], name=op.f("fk_bank_results_batch_id")),
        sa.ForeignKeyConstraint(["imported_by"], ["people.id"], name=op.f("fk_bank_results_imported_by")),
        sa.ForeignKeyConstraint(["payout_id"], ["payouts.id"], name=op.f("fk_bank_results_payout_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_results")),
        sa.UniqueConstraint("batch_id", "row_digest", name=op.f("uq_bank_results_batch_id_row_digest")),
    )
    op.create_table(
        "capture_nonces",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("person_id", BigInt, nullable=False),
        sa.Column("touch_id", BigInt, nullable=False),
        sa.Column("issued_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_capture_nonces_person_id")),
        sa.ForeignKeyConstraint(["touch_id"], ["touches.id"], name=op.f("fk_capture_nonces_touch_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_capture_nonces")),
        sa.UniqueConstraint("digest", name=op.f("uq_capture_nonces_digest")),
    )
    op.create_table(
        "deals",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("development_id", BigInt, nullable=False),
        sa.Column("client_id", BigInt, nullable=False),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("price_fen", BigInt, nullable=False),
        sa.Column("touch_id", BigInt, nullable=True),
        sa.Column("owner_id", BigInt, nullable=True),
        sa.Column("agency_id", BigInt, nullable=True),
        sa.Column("plan_version_id", BigInt, nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", BigInt, nullable=False),
        sa.Column("signed_at", UtcDateTime(), nullable=True),
        sa.Column("cancelled_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("(touch_id IS NULL) OR (owner_id IS NOT NULL)", name=op.f("ck_deals_touch_has_owner")),
        sa.CheckConstraint("price_fen > 0", name=op.f("ck_deals_price_positive")),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_deals_agency_id")),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_deals_client_id")),
        sa.ForeignKeyConstraint(["created_by"], ["people.id"], name=op.f("fk_deals_created_by")),
        sa.ForeignKeyConstraint(["development_id"], ["developments.id"], name=op.f("fk_deals_development_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["people.id"], name=op.f("fk_deals_owner_id")),
        sa.ForeignKeyConstraint(["plan_version_id"], ["plan_versions.id"], name=op.f("fk_deals_plan_version_id")),
        sa.ForeignKeyConstraint(["touch_id"], ["touches.id"], name=op.f("fk_deals_touch_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deals")),
    )
    op.create_index(op.f("ix_deals_client_id"), "deals", ["client_id"], unique=False)
    op.create_index(op.f("ix_deals_development_id"), "deals", ["development_id"], unique=False)
    op.create_index(op.f("ix_deals_owner_id"), "deals", ["owner_id"], unique=False)
    op.create_index("ix_deals_rating", "deals", ["agency_id", "signed_at", "id"], unique=False)
    op.create_index(op.f("ix_deals_touch_id"), "deals", ["touch_id"], unique=False)
    op.create_index(
        "uq_deals_unit",
        "deals",
        ["development_id", "unit"],
        unique=True,
        sqlite_where=sa.text("cancelled_at IS NULL"),
        postgresql_where=sa.text("cancelled_at IS NULL"),
    )
    op.create_table(
        "leads",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("referrer_id", BigInt, nullable=False),
        sa.Column("development_id", BigInt, nullable=False),
        sa.Column("client_id", BigInt, nullable=False),
        sa.Column("touch_id", BigInt, nullable=True),
        sa.Column("consent_id", BigInt, nullable=False),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum("accepted", "refused", name="outcome", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("code", sa.String(length=40), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("(outcome = 'accepted') = (touch_id IS NOT NULL)", name=op.f("ck_leads_accepted_has_touch")),
        sa.CheckConstraint("(outcome = 'refused') = (code IS NOT NULL)", name=op.f("ck_leads_refused_has_code")),
        sa.CheckConstraint("outcome IN ('accepted', 'refused')", name=op.f("ck_leads_outcome_known")),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_leads_client_id")),
        sa.ForeignKeyConstraint(["consent_id"], ["consents.id"], name=op.f("fk_leads_consent_id")),
        sa.ForeignKeyConstraint(["development_id"], ["developments.id"], name=op.f("fk_leads_development_id")),
        sa.ForeignKeyConstraint(["referrer_id"], ["referrers.person_id"], name=op.f("fk_leads_referrer_id")),
        sa.ForeignKeyConstraint(["touch_id"], ["touches.id"], name=op.f("fk_leads_touch_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leads")),
        sa.UniqueConstraint("touch_id", name=op.f("uq_leads_touch_id")),
    )
    op.create_index(op.f("ix_leads_client_id"), "leads", ["client_id"], unique=False)
    op.create_index(op.f("ix_leads_referrer_id"), "leads", ["referrer_id"], unique=False)
    op.create_table(
        "payout_steps",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("payout_id", BigInt, nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "requested",
                "approved",
                "exported",
                "paid",
                "rejected",
                "failed",
                "voided",
                name="payoutstate",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("actor_id", BigInt, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state IN ('requested', 'approved', 'exported', 'paid', 'rejected', 'failed', 'voided')",
            name=op.f("ck_payout_steps_state_known"),
        ),
        sa.ForeignKeyConstraint(["actor_id"], ["people.id"], name=op.f("fk_payout_steps_actor_id")),
        sa.ForeignKeyConstraint(["payout_id"], ["payouts.id"], name=op.f("fk_payout_steps_payout_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payout_steps")),
        sa.UniqueConstraint("payout_id", "state", name=op.f("uq_payout_steps_payout_id_state")),
    )
    op.create_table(
        "registrations",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("development_id", BigInt, nullable=False),
        sa.Column("client_id", BigInt, nullable=False),
        sa.Column("broker_id", BigInt, nullable=False),
        sa.Column("agency_id", BigInt, nullable=False),
        sa.Column("touch_id", BigInt, nullable=True),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum("accepted", "refused", name="outcome", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("code", sa.String(length=40), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "(outcome = 'accepted') = (touch_id IS NOT NULL)",
            name=op.f("ck_registrations_accepted_has_touch"),
        ),
        sa.CheckConstraint(
            "(outcome = 'refused') = (code IS NOT NULL)", name=op.f("ck_registrations_refused_has_code")
        ),
        sa.CheckConstraint("outcome IN ('accepted', 'refused')", name=op.f("ck_registrations_outcome_known")),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_registrations_agency_id")),
        sa.ForeignKeyConstraint(["broker_id"], ["people.id"], name=op.f("fk_registrations_broker_id")),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_registrations_client_id")),
        sa.ForeignKeyConstraint(["development_id"], ["developments.id"], name=op.f("fk_registrations_development_id")),
        sa.ForeignKeyConstraint(["touch_id"], ["touches.id"], name=op.f("fk_registrations_touch_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registrations")),
        sa.UniqueConstraint("touch_id", name=op.f("uq_registrations_touch_id")),
    )
    op.create_index("ix_registrations_agency", "registrations", ["agency_id", "id"], unique=False)
    op.create_index("ix_registrations_broker", "registrations", ["broker_id", "at"], unique=False)
    op.create_index(op.f("ix_registrations_client_id"), "registrations", ["client_id"], unique=False)
    op.create_index(op.f("ix_registrations_development_id"), "registrations", ["development_id"], unique=False)
    op.create_table(
        "showings",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("touch_id", BigInt, nullable=False),
        sa.Column("development_id", BigInt, nullable=False),
        sa.Column("broker_id", BigInt, nullable=False),
        sa.Column("agency_id", BigInt, nullable=False),
        sa.Column("way", sa.Enum("face", "reception", name="way", native_enum=False, length=40), nullable=False),
        sa.Column(
            "verdict",
            sa.Enum("verified", "needs_review", "rejected", name="verdict", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("reasons", Json, nullable=False),
        sa.Column("evidence", Json, nullable=False),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "verdict IN ('verified', 'needs_review', 'rejected')", name=op.f("ck_showings_verdict_known")
        ),
        sa.CheckConstraint("way IN ('face', 'reception')", name=op.f("ck_showings_way_known")),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_showings_agency_id")),
        sa.ForeignKeyConstraint(["broker_id"], ["people.id"], name=op.f("fk_showings_broker_id")),
        sa.ForeignKeyConstraint(["development_id"], ["developments.id"], name=op.f("fk_showings_development_id")),
        sa.ForeignKeyConstraint(["touch_id"], ["touches.id"], name=op.f("fk_showings_touch_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_showings")),
    )
    op.create_index(op.f("ix_showings_agency_id"), "showings", ["agency_id"], unique=False)
    op.create_index("ix_showings_broker", "showings", ["broker_id", "at"], unique=False)
    op.create_index("ix_showings_development", "showings", ["development_id", "at"], unique=False)
    op.create_index(op.f("ix_showings_touch_id"), "showings", ["touch_id"], unique=False)
    op.create_table(
        "attributions",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("deal_id", BigInt, nullable=False),
        sa.Column("touch_id", BigInt, nullable=True),
        sa.Column("why", Json, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["deal_id"], ["deals.id"], name=op.f("fk_attributions_deal_id")),
        sa.ForeignKeyConstraint(["touch_id"], ["touches.id"], name=op.f("fk_attributions_touch_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attributions")),
    )
    op.create_index(op.f("ix_attributions_deal_id"), "attributions", ["deal_id"], unique=False)
    op.create_table(
        "benefits",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("agency_id", BigInt, nullable=False),
        sa.Column("scope", sa.String(length=40), nullable=False),
        sa.Column("window", sa.String(length=40), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("deal_id", BigInt, nullable=False),
        sa.Column("granted_at", UtcDateTime(), nullable=False),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_benefits_agency_id")),
        sa.ForeignKeyConstraint(["deal_id"], ["deals.id"], name=op.f("fk_benefits_deal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_benefits")),
    )
    op.create_index(
        "uq_benefits_granted",
        "benefits",
        ["agency_id", "scope", "window", "name"],
        unique=True,
        sqlite_where=sa.text("revoked_at IS NULL"),
        postgresql_where=sa.text("revoked_at IS NULL"),
    )
    op.create_table(
        "face_templates",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("person_id", BigInt, nullable=True),
        sa.Column("client_id", BigInt, nullable=True),
        sa.Column("development_id", BigInt, nullable=True),
        sa.Column("showing_id", BigInt, nullable=True),
        sa.Column("engine", sa.String(length=40), nullable=False),
        sa.Column("engine_version", sa.String(length=40), nullable=False),
        sa.Column("vector_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("erased_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "(client_id IS NULL) = (development_id IS NULL)",
            name=op.f("ck_face_templates_client_in_development"),
        ),
        sa.CheckConstraint("(person_id IS NULL) <> (client_id IS NULL)", name=op.f("ck_face_templates_one_subject")),
        sa.CheckConstraint(
            "(vector_sealed IS NULL) = (erased_at IS NOT NULL)", name=op.f("ck_face_templates_erased_is_gone")
        ),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_face_templates_client_id")),
        sa.ForeignKeyConstraint(["development_id"], ["developments.id"], name=op.f("fk_face_templates_development_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_face_templates_person_id")),
        sa.ForeignKeyConstraint(["showing_id"], ["showings.id"], name=op.f("fk_face_templates_showing_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_face_templates")),
    )
    op.create_index(op.f("ix_face_templates_client_id"), "face_templates", ["client_id"], unique=False)
    op.create_index("ix_face_templates_development", "face_templates", ["development_id", "id"], unique=False)
    op.create_index(op.f("ix_face_templates_person_id"), "face_templates", ["person_id"], unique=False)
    op.create_table(
        "milestones",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("deal_id", BigInt, nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "subscribed",
                "signed",
                "loan_released",
                "handed_over",
                "cancelled",
                name="milestonekind",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.Column("recorded_by", BigInt, nullable=False),
        sa.CheckConstraint(
            "kind IN ('subscribed', 'signed', 'loan_released', 'handed_over', 'cancelled')",
            name=op.f("ck_milestones_kind_known"),
        ),
        sa.ForeignKeyConstraint(["deal_id"], ["deals.id"], name=op.f("fk_milestones_deal_id")),
        sa.ForeignKeyConstraint(["recorded_by"], ["people.id"], name=op.f("fk_milestones_recorded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_milestones")),
        sa.UniqueConstraint("deal_id", "kind", name=op.f("uq_milestones_deal_id_kind")),
    )
    op.create_table(
        "photos",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("showing_id", BigInt, nullable=False),
        sa.Column("development_id", BigInt, nullable=False),
        sa.Column("file_name", sa.String(length=64), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("dhash", sa.String(length=64), nullable=False),
        sa.Column("width", BigInt, nullable=False),
        sa.Column("height", BigInt, nullable=False),
        sa.Column("taken_at", UtcDateTime(), nullable=False),
        sa.Column("keep_until", UtcDateTime(), nullable=False),
        sa.Column("erased_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["development_id"], ["developments.id"], name=op.f("fk_photos_development_id")),
        sa.ForeignKeyConstraint(["showing_id"], ["showings.id"], name=op.f("fk_photos_showing_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_photos")),
        sa.UniqueConstraint("file_name", name=op.f("uq_photos_file_name")),
    )
    op.create_index(op.f("ix_photos_development_id"), "photos", ["development_id"], unique=False)
    op.create_index(op.f("ix_photos_sha256"), "photos", ["sha256"], unique=False)
    op.create_index(op.f("ix_photos_showing_id"), "photos", ["showing_id"], unique=False)
    op.create_table(
        "rewards",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("referrer_id", BigInt, nullable=False),
        sa.Column("development_id", BigInt, nullable=False),
        sa.Column("deal_id", BigInt, nullable=False),
        sa.Column("slot", BigInt, nullable=False),
        sa.Column("rung", BigInt, nullable=False),
        sa.Column(
            "kind",
            sa.Enum("cash", "voucher", "fee_relief", "parking", name="kind", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("title", sa.String(length=40), nullable=False),
        sa.Column("value_fen", BigInt, nullable=True),
        sa.Column("term_months", BigInt, nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "pending",
                "due",
                "approved",
                "fulfilled",
                "revoked",
                name="state",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column(
            "waits_for",
            sa.Enum("signed", "loan_released", "handed_over", name="milestone", native_enum=False, length=40),
            nullable=True,
        ),
        sa.Column("needs_review", sa.Boolean(), nullable=False),
        sa.Column("reviewed_rung", BigInt, nullable=True),
        sa.Column("why", Json, nullable=False),
        sa.Column("granted_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("kind IN ('cash', 'voucher', 'fee_relief', 'parking')", name=op.f("ck_rewards_kind_known")),
        sa.CheckConstraint(
            "state IN ('pending', 'due', 'approved', 'fulfilled', 'revoked')",
            name=op.f("ck_rewards_state_known"),
        ),
        sa.CheckConstraint("(due_on IS NULL) = (waits_for IS NOT NULL)", name=op.f("ck_rewards_date_or_milestone")),
        sa.CheckConstraint("(value_fen IS NULL) <> (term_months IS NULL)", name=op.f("ck_rewards_sum_or_span")),
        sa.ForeignKeyConstraint(["deal_id"], ["deals.id"], name=op.f("fk_rewards_deal_id")),
        sa.ForeignKeyConstraint(["development_id"], ["developments.id"], name=op.f("fk_rewards_development_id")),
        sa.ForeignKeyConstraint(["referrer_id"], ["referrers.person_id"], name=op.f("fk_rewards_referrer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rewards")),
    )
    op.create_index(op.f("ix_rewards_referrer_id"), "rewards", ["referrer_id"], unique=False)
    op.create_index(op.f("ix_rewards_state"), "rewards", ["state"], unique=False)
    op.create_index(
        "uq_rewards_living",
        "rewards",
        ["deal_id", "slot"],
        unique=True,
        sqlite_where=sa.text("state <> 'revoked'"),
        postgresql_where=sa.text("state <> 'revoked'"),
    )
    op.create_table(
        "showing_reviews",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("showing_id", BigInt, nullable=False),
        sa.Column(
            "decision",
            sa.Enum("genuine", "fake", name="decision", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("reviewer_id", BigInt, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("decision <> 'fake' OR length(reason) > 0", name=op.f("ck_showing_reviews_fake_has_reason")),
        sa.CheckConstraint("decision IN ('genuine', 'fake')", name=op.f("ck_showing_reviews_decision_known")),
        sa.ForeignKeyConstraint(["reviewer_id"], ["people.id"], name=op.f("fk_showing_reviews_reviewer_id")),
        sa.ForeignKeyConstraint(["showing_id"], ["showings.id"], name=op.f("fk_showing_reviews_showing_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_showing_reviews")),
        sa.UniqueConstraint("showing_id", name=op.f("uq_showing_reviews_showing_id")),
    )
    op.create_table(
        "strikes",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("showing_id", BigInt, nullable=False),
        sa.Column("broker_id", BigInt, nullable=False),
        sa.Column("confirmed_by", BigInt, nullable=False),
        sa.Column("confirmed_at", UtcDateTime(), nullable=False),
        sa.Column("voided_at", UtcDateTime(), nullable=True),
        sa.Column("freeze_id", BigInt, nullable=True),
        sa.ForeignKeyConstraint(["broker_id"], ["people.id"], name=op.f("fk_strikes_broker_id")),
        sa.ForeignKeyConstraint(["confirmed_by"], ["people.id"], name=op.f("fk_strikes_confirmed_by")),
        sa.ForeignKeyConstraint(["freeze_id"], ["freezes.id"], name=op.f("fk_strikes_freeze_id")),
        sa.ForeignKeyConstraint(["showing_id"], ["showings.id"], name=op.f("fk_strikes_showing_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_strikes")),
        sa.UniqueConstraint("showing_id", name=op.f("uq_strikes_showing_id")),
    )
    op.create_index(op.f("ix_strikes_broker_id"), "strikes", ["broker_id"], unique=False)
    op.create_table(
        "commission_lines",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("deal_id", BigInt, nullable=False),
        sa.Column("agency_id", BigInt, nullable=False),
        sa.Column("instalment", sa.String(length=40), nullable=False),
        sa.Column(
            "cause",
            sa.Enum(
                "accrual",
                "instalment",
                "top_up",
                "clawback",
                "re_rank",
                "correction",
                name="cause",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("amount_fen", BigInt, nullable=False),
        sa.Column("rank", BigInt, nullable=True),
        sa.Column("window", sa.String(length=40), nullable=False),
        sa.Column("rate_bps", BigInt, nullable=True),
        sa.Column("plan_version_id", BigInt, nullable=False),
        sa.Column("why", Json, nullable=False),
        sa.Column("milestone_id", BigInt, nullable=False),
        sa.Column("batch_id", BigInt, nullable=False),
        sa.Column("posted_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "cause IN ('accrual', 'instalment', 'top_up', 'clawback', 're_rank', 'correction')",
            name=op.f("ck_commission_lines_cause_known"),
        ),
        sa.CheckConstraint("amount_fen <> 0", name=op.f("ck_commission_lines_amount_not_zero")),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_commission_lines_agency_id")),
        sa.ForeignKeyConstraint(["batch_id"], ["ledger_batches.id"], name=op.f("fk_commission_lines_batch_id")),
        sa.ForeignKeyConstraint(["deal_id"], ["deals.id"], name=op.f("fk_commission_lines_deal_id")),
        sa.ForeignKeyConstraint(["milestone_id"], ["milestones.id"], name=op.f("fk_commission_lines_milestone_id")),
        sa.ForeignKeyConstraint(
            ["plan_version_id"], ["plan_versions.id"], name=op.f("fk_commission_lines_plan_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commission_lines")),
        sa.UniqueConstraint(
            "milestone_id",
            "deal_id",
            "instalment",
            name=op.f("uq_commission_lines_milestone_id_deal_id_instalment"),
        ),
    )
    op.create_index("ix_commission_lines_agency", "commission_lines", ["agency_id", "posted_at"], unique=False)
    op.create_index(op.f("ix_commission_lines_deal_id"), "commission_lines", ["deal_id"], unique=False)
    op.create_table(
        "statement_lines",
        sa.Column("line_id", BigInt, nullable=False),
        sa.Column("statement_id", BigInt, nullable=False),
        sa.ForeignKeyConstraint(["line_id"], ["commission_lines.id"], name=op.f("fk_statement_lines_line_id")),
        sa.ForeignKeyConstraint(["statement_id"], ["statements.id"], name=op.f("fk_statement_lines_statement_id")),
        sa.PrimaryKeyConstraint("line_id", name=op.f("pk_statement_lines")),
    )
    op.create_index(op.f("ix_statement_lines_statement_id"), "statement_lines", ["statement_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_statement_lines_statement_id"), table_name="statement_lines")
    op.drop_table("statement_lines")
    op.drop_index(op.f("ix_commission_lines_deal_id"), table_name="commission_lines")
    op.drop_index("ix_commission_lines_agency", table_name="commission_lines")
    op.drop_table("commission_lines")
    op.drop_index(op.f("ix_strikes_broker_id"), table_name="strikes")
    op.drop_table("strikes")
    op.drop_table("showing_reviews")
    op.drop_index(
        "uq_rewards_living",
        table_name="rewards",
        sqlite_where=sa.text("state <> 'revoked'"),
        postgresql_where=sa.text("state <> 'revoked'"),
    )
    op.drop_index(op.f("ix_rewards_state"), table_name="rewards")
    op.drop_index(op.f("ix_rewards_referrer_id"), table_name="rewards")
    op.drop_table("rewards")
    op.drop_index(op.f("ix_photos_showing_id"), table_name="photos")
    op.drop_index(op.f("ix_photos_sha256"), table_name="photos")
    op.drop_index(op.f("ix_photos_development_id"), table_name="photos")
    op.drop_table("photos")
    op.drop_table("milestones")
    op.drop_index(op.f("ix_face_templates_person_id"), table_name="face_templates")
    op.drop_index("ix_face_templates_development", table_name="face_templates")
    op.drop_index(op.f("ix_face_templates_client_id"), table_name="face_templates")
    op.drop_table("face_templates")
    op.drop_index(
        "uq_benefits_granted",
        table_name="benefits",
        sqlite_where=sa.text("revoked_at IS NULL"),
        postgresql_where=sa.text("revoked_at IS NULL"),
    )
    op.drop_table("benefits")
    op.drop_index(op.f("ix_attributions_deal_id"), table_name="attributions")
    op.drop_table("attributions")
    op.drop_index(op.f("ix_showings_touch_id"), table_name="showings")
    op.drop_index("ix_showings_development", table_name="showings")
    op.drop_index("ix_showings_broker", table_name="showings")
    op.drop_index(op.f("ix_showings_agency_id"), table_name="showings")
    op.drop_table("showings")
    op.drop_index(op.f("ix_registrations_development_id"), table_name="registrations")
    op.drop_index(op.f("ix_registrations_client_id"), table_name="registrations")
    op.drop_index("ix_registrations_broker", table_name="registrations")
    op.drop_index("ix_registrations_agency", table_name="registrations")
    op.drop_table("registrations")
    op.drop_table("payout_steps")
    op.drop_index(op.f("ix_leads_referrer_id"), table_name="leads")
    op.drop_index(op.f("ix_leads_client_id"), table_name="leads")
    op.drop_table("leads")
    op.drop_index(
        "uq_deals_unit",
        table_name="deals",
        sqlite_where=sa.text("cancelled_at IS NULL"),
        postgresql_where=sa.text("cancelled_at IS NULL"),
    )
    op.drop_index(op.f("ix_deals_touch_id"), table_name="deals")
    op.drop_index("ix_deals_rating", table_name="deals")
    op.drop_index(op.f("ix_deals_owner_id"), table_name="deals")
    op.drop_index(op.f("ix_deals_development_id"), table_name="deals")
    op.drop_index(op.f("ix_deals_client_id"), table_name="deals")
    op.drop_table("deals")
    op.drop_table("capture_nonces")
    op.drop_table("bank_results")
    op.drop_index(
        "uq_touches_holder",
        table_name="touches",
        sqlite_where=sa.text("retired_at IS NULL"),
        postgresql_where=sa.text("retired_at IS NULL"),
    )
    op.drop_index(op.f("ix_touches_person_id"), table_name="touches")
    op.drop_index("ix_touches_client", table_name="touches")
    op.drop_index(op.f("ix_touches_agency_id"), table_name="touches")
    op.drop_table("touches")
    op.drop_index(op.f("ix_referrers_development_id"), table_name="referrers")
    op.drop_table("referrers")
    op.drop_index(
        "uq_payouts_statement",
        table_name="payouts",
        sqlite_where=sa.text("state NOT IN ('rejected', 'failed', 'voided')"),
        postgresql_where=sa.text("state NOT IN ('rejected', 'failed', 'voided')"),
    )
    op.drop_index("ix_payouts_state", table_name="payouts")
    op.drop_index(op.f("ix_payouts_batch_id"), table_name="payouts")
    op.drop_index(op.f("ix_payouts_agency_id"), table_name="payouts")
    op.drop_table("payouts")
    op.drop_index("ix_ledger_transfers_debit", table_name="ledger_transfers")
    op.drop_index("ix_ledger_transfers_credit", table_name="ledger_transfers")
    op.drop_index(op.f("ix_ledger_transfers_batch_id"), table_name="ledger_transfers")
    op.drop_table("ledger_transfers")
    op.drop_index(
        "uq_agreements_running",
        table_name="agreements",
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.drop_index(op.f("ix_agreements_agency_id"), table_name="agreements")
    op.drop_table("agreements")
    op.drop_index(op.f("ix_web_sessions_person_id"), table_name="web_sessions")
    op.drop_table("web_sessions")
    op.drop_index(op.f("ix_statements_month"), table_name="statements")
    op.drop_table("statements")
    op.drop_table("reward_plan_versions")
    op.drop_table("receipts")
    op.drop_table("plan_versions")
    op.drop_table("payout_batches")
    op.drop_table("ledger_batches")
    op.drop_index(op.f("ix_freezes_broker_id"), table_name="freezes")
    op.drop_table("freezes")
    op.drop_table("developments")
    op.drop_index(op.f("ix_consents_person_id"), table_name="consents")
    op.drop_index(op.f("ix_consents_client_id"), table_name="consents")
    op.drop_table("consents")
    op.drop_index("ix_audit_entries_subject", table_name="audit_entries")
    op.drop_index("ix_audit_entries_actor", table_name="audit_entries")
    op.drop_index("ix_audit_entries_action", table_name="audit_entries")
    op.drop_table("audit_entries")
    op.drop_index(op.f("ix_people_role"), table_name="people")
    op.drop_index(op.f("ix_people_agency_id"), table_name="people")
    op.drop_table("people")
    op.drop_index("ix_sign_in_attempts_phone", table_name="sign_in_attempts")
    op.drop_index("ix_sign_in_attempts_address", table_name="sign_in_attempts")
    op.drop_table("sign_in_attempts")
    op.drop_table("job_runs")
    op.drop_table("clients")
    op.drop_table("agencies")
