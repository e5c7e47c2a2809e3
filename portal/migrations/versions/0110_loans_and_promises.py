"""Loans of deals with their dated steps, papers and risks; promises in writing; and a text that brings a client a link."""

import re
from collections.abc import Callable

import sqlalchemy as sa
from alembic import op

from portal.types import BigInt, UtcDateTime

revision = "0110"
down_revision = "0109"
branch_labels = None
depends_on = None

APPEND_ONLY = ("loan_steps", "loan_papers", "signing_dates", "promise_confirmations", "promise_ends")
PROPOSED = {
    "loan_terms": ("development_id", "toml", "note", "proposed_by", "proposed_at"),
    "promise_allowances": ("promise_id", "proposed_by", "proposed_at"),
}
"""The columns of a proposal that stand from the first instant."""
PROMISED = (
    "development_id",
    "client_id",
    "deal_id",
    "kind",
    "item",
    "worth_fen",
    "months",
    "due_on",
    "needs_second",
    "compensates_id",
    "made_by",
    "made_at",
)
"""And those of a promise: only its words go, with its client's data."""
TABLES = (
    "client_links",
    "promise_ends",
    "promise_confirmations",
    "promise_allowances",
    "promises",
    "signing_dates",
    "loan_notes",
    "loan_papers",
    "loan_steps",
    "loans",
    "loan_terms",
)


def upgrade() -> None:
    _create_loans()
    _create_promises()
    for name in APPEND_ONLY:
        _guard(name)
    for name, columns in PROPOSED.items():
        _guard_proposals(name, columns)
    _guard_columns("promises", PROMISED)
    _rewrite_kinds(lambda kinds: [*kinds, "client_link"])


def downgrade() -> None:
    op.execute("DELETE FROM text_messages WHERE kind = 'client_link'")
    _rewrite_kinds(lambda kinds: [kind for kind in kinds if kind != "client_link"])
    for name in TABLES:
        op.drop_table(name)


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
            _abort(name, f"no_{deed.lower()}", f"{deed} ON {name}")
    else:
        _refuse(name, "append_only", "UPDATE OR DELETE OR TRUNCATE")


def _guard_proposals(name: str, columns: tuple[str, ...]) -> None:
    """What is proposed stands, and a decision is final."""
    _guard_columns(name, columns)
    if op.get_bind().dialect.name == "sqlite":
        _abort(name, "no_decision", f"UPDATE ON {name} WHEN OLD.state <> 'proposed'")
    else:
        op.execute(
            f"CREATE TRIGGER {name}_no_decision BEFORE UPDATE ON {name} "
            "FOR EACH ROW WHEN (OLD.state <> 'proposed') EXECUTE FUNCTION refuse_change()"
        )


def _guard_columns(name: str, columns: tuple[str, ...]) -> None:
    if op.get_bind().dialect.name == "sqlite":
        _abort(name, "no_text", f"UPDATE OF {', '.join(columns)} ON {name}")
        _abort(name, "no_delete", f"DELETE ON {name}")
    else:
        _refuse(name, "no_text", f"UPDATE OF {', '.join(columns)}")
        _refuse(name, "no_delete", "DELETE OR TRUNCATE")


def _abort(name: str, suffix: str, event: str) -> None:
    op.execute(f"CREATE TRIGGER {name}_{suffix} BEFORE {event} BEGIN SELECT RAISE(ABORT, '{name} is append-only'); END")


def _refuse(name: str, suffix: str, event: str) -> None:
    op.execute(
        f"CREATE TRIGGER {name}_{suffix} BEFORE {event} ON {name} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def _create_loans() -> None:
    op.create_table(
        "loan_terms",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("development_id", BigInt, nullable=True),
        sa.Column("toml", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("proposed_by", BigInt, nullable=False),
        sa.Column("proposed_at", UtcDateTime(), nullable=False),
        sa.Column("decided_by", BigInt, nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint("(state = 'proposed') = (decided_by IS NULL)", name=op.f("ck_loan_terms_decided")),
        sa.CheckConstraint("state <> 'refused' OR length(reason) > 0", name=op.f("ck_loan_terms_has_reason")),
        sa.CheckConstraint(
            "state <> 'withdrawn' OR decided_by = proposed_by", name=op.f("ck_loan_terms_own_withdrawal")
        ),
        sa.CheckConstraint(
            "state IN ('proposed', 'confirmed', 'refused', 'withdrawn')", name=op.f("ck_loan_terms_state_known")
        ),
        sa.CheckConstraint(
            "state NOT IN ('confirmed', 'refused') OR decided_by <> proposed_by",
            name=op.f("ck_loan_terms_second_person"),
        ),
        sa.CheckConstraint("(decided_by IS NULL) = (decided_at IS NULL)", name=op.f("ck_loan_terms_decided_when")),
        sa.CheckConstraint("length(note) > 0", name=op.f("ck_loan_terms_says_why")),
        sa.ForeignKeyConstraint(["decided_by"], ["people.id"], name=op.f("fk_loan_terms_decided_by")),
        sa.ForeignKeyConstraint(["development_id"], ["developments.id"], name=op.f("fk_loan_terms_development_id")),
        sa.ForeignKeyConstraint(["proposed_by"], ["people.id"], name=op.f("fk_loan_terms_proposed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loan_terms")),
    )
    op.create_index("ix_loan_terms_development", "loan_terms", ["development_id", "state", "id"], unique=False)
    op.create_index("ix_loan_terms_state", "loan_terms", ["state", "id"], unique=False)
    op.create_table(
        "loan_notes",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("deal_id", BigInt, nullable=False),
        sa.Column("risk", sa.String(length=40), nullable=False),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("by_id", BigInt, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("settled_by", BigInt, nullable=True),
        sa.Column("settled_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("risk IN ('credit', 'competitor')", name=op.f("ck_loan_notes_risk_known")),
        sa.CheckConstraint("(settled_at IS NULL) = (settled_by IS NULL)", name=op.f("ck_loan_notes_settled_by_whom")),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f("fk_loan_notes_by_id")),
        sa.ForeignKeyConstraint(["deal_id"], ["deals.id"], name=op.f("fk_loan_notes_deal_id")),
        sa.ForeignKeyConstraint(["settled_by"], ["people.id"], name=op.f("fk_loan_notes_settled_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loan_notes")),
    )
    op.create_index("ix_loan_notes_deal", "loan_notes", ["deal_id", "id"], unique=False)
    op.create_table(
        "loan_papers",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("deal_id", BigInt, nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("brought", sa.Boolean(), nullable=False),
        sa.Column("brought_by", sa.String(length=40), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("by_id", BigInt, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "brought_by IN ('client', 'broker', 'colleague')", name=op.f("ck_loan_papers_brought_by_known")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f("fk_loan_papers_by_id")),
        sa.ForeignKeyConstraint(["deal_id"], ["deals.id"], name=op.f("fk_loan_papers_deal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loan_papers")),
    )
    op.create_index("ix_loan_papers_deal", "loan_papers", ["deal_id", "id"], unique=False)
    op.create_table(
        "loans",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("deal_id", BigInt, nullable=False),
        sa.Column("number", BigInt, nullable=False),
        sa.Column("cash", sa.Boolean(), nullable=False),
        sa.Column("bank", sa.String(length=40), nullable=True),
        sa.Column("branch", sa.Text(), nullable=True),
        sa.Column("officer_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("amount_fen", BigInt, nullable=True),
        sa.Column("rate_bps", BigInt, nullable=True),
        sa.Column("from_days", BigInt, nullable=True),
        sa.Column("to_days", BigInt, nullable=True),
        sa.Column("opened_by", BigInt, nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("amount_fen IS NULL OR amount_fen > 0", name=op.f("ck_loans_amount_positive")),
        sa.CheckConstraint("cash = (bank IS NULL)", name=op.f("ck_loans_bank_or_cash")),
        sa.CheckConstraint("cash = (to_days IS NULL)", name=op.f("ck_loans_usual_days_of_bank")),
        sa.CheckConstraint("rate_bps IS NULL OR rate_bps BETWEEN 0 AND 10000", name=op.f("ck_loans_rate_possible")),
        sa.ForeignKeyConstraint(["deal_id"], ["deals.id"], name=op.f("fk_loans_deal_id")),
        sa.ForeignKeyConstraint(["opened_by"], ["people.id"], name=op.f("fk_loans_opened_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loans")),
        sa.UniqueConstraint("deal_id", "number", name=op.f("uq_loans_deal_id_number")),
    )
    op.create_index("ix_loans_bank", "loans", ["bank", "id"], unique=False)
    op.create_table(
        "signing_dates",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("deal_id", BigInt, nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("by_id", BigInt, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f("fk_signing_dates_by_id")),
        sa.ForeignKeyConstraint(["deal_id"], ["deals.id"], name=op.f("fk_signing_dates_deal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signing_dates")),
    )
    op.create_index("ix_signing_dates_deal", "signing_dates", ["deal_id", "id"], unique=False)
    op.create_table(
        "loan_steps",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("loan_id", BigInt, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("corrects_id", BigInt, nullable=True),
        sa.Column("by_id", BigInt, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('papers', 'pre_check', 'interview', 'first_review', 'final_review', 'registered', 'released', 'refused')",
            name=op.f("ck_loan_steps_kind_known"),
        ),
        sa.CheckConstraint(
            "on_day IS NOT NULL OR corrects_id IS NOT NULL", name=op.f("ck_loan_steps_happened_or_corrects")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f("fk_loan_steps_by_id")),
        sa.ForeignKeyConstraint(["corrects_id"], ["loan_steps.id"], name=op.f("fk_loan_steps_corrects_id")),
        sa.ForeignKeyConstraint(["loan_id"], ["loans.id"], name=op.f("fk_loan_steps_loan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loan_steps")),
        sa.UniqueConstraint("corrects_id", name=op.f("uq_loan_steps_corrects_id")),
    )
    op.create_index("ix_loan_steps_loan", "loan_steps", ["loan_id", "id"], unique=False)
    op.create_index(
        "uq_loan_steps_kind",
        "loan_steps",
        ["loan_id", "kind"],
        unique=True,
        sqlite_where=sa.text("corrects_id IS NULL"),
        postgresql_where=sa.text("corrects_id IS NULL"),
    )


def _create_promises() -> None:
    op.create_table(
        "promises",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("development_id", BigInt, nullable=False),
        sa.Column("client_id", BigInt, nullable=False),
        sa.Column("deal_id", BigInt, nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("item", sa.String(length=40), nullable=False),
        sa.Column("worth_fen", BigInt, nullable=False),
        sa.Column("months", BigInt, nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("needs_second", sa.Boolean(), nullable=False),
        sa.Column("compensates_id", BigInt, nullable=True),
        sa.Column("made_by", BigInt, nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("(kind = 'fee_relief') = (months IS NOT NULL)", name=op.f("ck_promises_fee_has_months")),
        sa.CheckConstraint("kind <> 'gift' OR length(item) > 0", name=op.f("ck_promises_gift_has_name")),
        sa.CheckConstraint(
            "kind IN ('discount', 'fee_relief', 'gift', 'refund', 'other')", name=op.f("ck_promises_kind_known")
        ),
        sa.CheckConstraint("worth_fen > 0", name=op.f("ck_promises_worth_positive")),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_promises_client_id")),
        sa.ForeignKeyConstraint(["compensates_id"], ["deals.id"], name=op.f("fk_promises_compensates_id")),
        sa.ForeignKeyConstraint(["deal_id"], ["deals.id"], name=op.f("fk_promises_deal_id")),
        sa.ForeignKeyConstraint(["development_id"], ["developments.id"], name=op.f("fk_promises_development_id")),
        sa.ForeignKeyConstraint(["made_by"], ["people.id"], name=op.f("fk_promises_made_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promises")),
        sa.UniqueConstraint("compensates_id", name=op.f("uq_promises_compensates_id")),
    )
    op.create_index("ix_promises_client", "promises", ["client_id", "id"], unique=False)
    op.create_index(op.f("ix_promises_deal_id"), "promises", ["deal_id"], unique=False)
    op.create_index("ix_promises_development", "promises", ["development_id", "due_on", "id"], unique=False)
    op.create_table(
        "client_links",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("deal_id", BigInt, nullable=True),
        sa.Column("promise_id", BigInt, nullable=True),
        sa.Column("made_by", BigInt, nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("revoked_by", BigInt, nullable=True),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("(deal_id IS NULL) <> (promise_id IS NULL)", name=op.f("ck_client_links_of_one")),
        sa.CheckConstraint("expires_at > made_at", name=op.f("ck_client_links_holds_for_some_time")),
        sa.ForeignKeyConstraint(["deal_id"], ["deals.id"], name=op.f("fk_client_links_deal_id")),
        sa.ForeignKeyConstraint(["made_by"], ["people.id"], name=op.f("fk_client_links_made_by")),
        sa.ForeignKeyConstraint(["promise_id"], ["promises.id"], name=op.f("fk_client_links_promise_id")),
        sa.ForeignKeyConstraint(["revoked_by"], ["people.id"], name=op.f("fk_client_links_revoked_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client_links")),
    )
    op.create_index(
        "uq_client_links_deal",
        "client_links",
        ["deal_id"],
        unique=True,
        sqlite_where=sa.text("revoked_at IS NULL"),
        postgresql_where=sa.text("revoked_at IS NULL"),
    )
    op.create_index(
        "uq_client_links_promise",
        "client_links",
        ["promise_id"],
        unique=True,
        sqlite_where=sa.text("revoked_at IS NULL"),
        postgresql_where=sa.text("revoked_at IS NULL"),
    )
    op.create_table(
        "promise_allowances",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("promise_id", BigInt, nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("proposed_by", BigInt, nullable=False),
        sa.Column("proposed_at", UtcDateTime(), nullable=False),
        sa.Column("decided_by", BigInt, nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint("(state = 'proposed') = (decided_by IS NULL)", name=op.f("ck_promise_allowances_decided")),
        sa.CheckConstraint("state <> 'refused' OR length(reason) > 0", name=op.f("ck_promise_allowances_has_reason")),
        sa.CheckConstraint(
            "state <> 'withdrawn' OR decided_by = proposed_by", name=op.f("ck_promise_allowances_own_withdrawal")
        ),
        sa.CheckConstraint(
            "state IN ('proposed', 'confirmed', 'refused', 'withdrawn')", name=op.f("ck_promise_allowances_state_known")
        ),
        sa.CheckConstraint(
            "state NOT IN ('confirmed', 'refused') OR decided_by <> proposed_by",
            name=op.f("ck_promise_allowances_second_person"),
        ),
        sa.CheckConstraint(
            "(decided_by IS NULL) = (decided_at IS NULL)", name=op.f("ck_promise_allowances_decided_when")
        ),
        sa.ForeignKeyConstraint(["decided_by"], ["people.id"], name=op.f("fk_promise_allowances_decided_by")),
        sa.ForeignKeyConstraint(["promise_id"], ["promises.id"], name=op.f("fk_promise_allowances_promise_id")),
        sa.ForeignKeyConstraint(["proposed_by"], ["people.id"], name=op.f("fk_promise_allowances_proposed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promise_allowances")),
        sa.UniqueConstraint("promise_id", name=op.f("uq_promise_allowances_promise_id")),
    )
    op.create_index("ix_promise_allowances_state", "promise_allowances", ["state", "id"], unique=False)
    op.create_table(
        "promise_confirmations",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("promise_id", BigInt, nullable=False),
        sa.Column("way", sa.String(length=40), nullable=False),
        sa.Column("by_id", BigInt, nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("(way = 'link') = (by_id IS NULL)", name=op.f("ck_promise_confirmations_by_whom")),
        sa.CheckConstraint("way IN ('link', 'paper')", name=op.f("ck_promise_confirmations_way_known")),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f("fk_promise_confirmations_by_id")),
        sa.ForeignKeyConstraint(["promise_id"], ["promises.id"], name=op.f("fk_promise_confirmations_promise_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promise_confirmations")),
        sa.UniqueConstraint("promise_id", name=op.f("uq_promise_confirmations_promise_id")),
    )
    op.create_table(
        "promise_ends",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("promise_id", BigInt, nullable=False),
        sa.Column("kept", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("voucher_id", BigInt, nullable=True),
        sa.Column("by_id", BigInt, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("kept OR voucher_id IS NULL", name=op.f("ck_promise_ends_voucher_keeps")),
        sa.CheckConstraint("voucher_id IS NOT NULL OR length(note) > 0", name=op.f("ck_promise_ends_says_how")),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f("fk_promise_ends_by_id")),
        sa.ForeignKeyConstraint(["promise_id"], ["promises.id"], name=op.f("fk_promise_ends_promise_id")),
        sa.ForeignKeyConstraint(["voucher_id"], ["vouchers.id"], name=op.f("fk_promise_ends_voucher_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promise_ends")),
        sa.UniqueConstraint("promise_id", name=op.f("uq_promise_ends_promise_id")),
        sa.UniqueConstraint("voucher_id", name=op.f("uq_promise_ends_voucher_id")),
    )
