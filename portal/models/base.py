"""What every table has in common."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Date, Double, Enum, LargeBinary, MetaData, String, Text
from sqlalchemy.orm import DeclarativeBase

from ..types import BigInt, Json, UtcDateTime


class Base(DeclarativeBase):
    """Constraints have names, so that a service can say which one a race ran into."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it from the class
        int: BigInt,
        str: Text(),
        bytes: LargeBinary(),
        datetime: UtcDateTime(),
        float: Double(),
        # stored as its word; read back as the member, so that `is` tells the truth
        StrEnum: Enum(
            StrEnum, native_enum=False, length=40, values_callable=lambda words: [word.value for word in words]
        ),
        dict[str, Any]: Json,
        list[dict[str, Any]]: Json,
        list[str]: Json,
        list[list[Any]]: Json,
    }


APPEND_ONLY = (
    "appeal_decisions",
    "appeals",
    "attributions",
    "audit_entries",
    "bank_confirmations",
    "bank_objections",
    "bank_results",
    "care_assignments",
    "care_contacts",
    "care_imports",
    "care_judgements",
    "care_lists",
    "care_losses",
    "complaint_steps",
    "care_scorings",
    "care_sightings",
    "care_text_ends",
    "conflict_decisions",
    "conflict_further_parts",
    "conflict_parties",
    "conflict_results",
    "corrected_facts",
    "corrections",
    "deal_discounts",
    "deal_kin",
    "deal_moves",
    "dispute_files",
    "dispute_steps",
    "erasure_proofs",
    "erasures",
    "fact_entries",
    "first_approvals",
    "first_approvals_anew",
    "gathering_moves",
    "hand_overs",
    "hold_releases",
    "joinings",
    "ledger_batches",
    "ledger_transfers",
    "loan_papers",
    "loan_steps",
    "mask_answers",
    "mask_numbers",
    "measure_entries",
    "milestones",
    "not_bought_reasons",
    "objections",
    "partner_papers",
    "payout_approvals",
    "payout_batches",
    "payout_steps",
    "plan_acceptances",
    "plan_versions",
    "planned_handovers",
    "posted_lines",
    "programme_costs",
    "programme_terms",
    "promise_confirmations",
    "promise_ends",
    "receipts",
    "redemption_ends",
    "redemptions",
    "registration_extensions",
    "registration_releases",
    "registration_withdrawals",
    "registrations",
    "relief_bills",
    "relief_returns",
    "reward_plan_versions",
    "risk_holds",
    "risk_steps",
    "sealed_measures",
    "second_looks",
    "showing_reviews",
    "showings",
    "signing_dates",
    "slot_hours",
    "statement_lines",
    "statement_acceptances",
    "statement_papers",
    "statements",
    "stream_entries",
    "taxed_goods",
    "walk_in_withdrawals",
    "window_seals",
    "withholding_tables",
    "withholdings",
)
"""The tables that the database itself lets only grow: triggers refuse UPDATE and DELETE, and TRUNCATE where there is
one (rules 6.5, 9). A migration that makes such a table guards it."""

SEALED_ANEW = ("account_proposals", "bank_changes", "payout_batches", "registrations")
"""Of these tables the database guards what is sealed, too: it may be sealed anew with another key, while a round of
`portal keys rotate` is open, and changed in no other way (ADR 42). On PostgreSQL that takes a trigger of its own."""

DIGESTS_TURN = ("first_approvals_anew", "payout_approvals")
"""And of these the digest of an account, which follows when another index key comes into force (ADR 69)."""

Code = String(40)
"""A word out of a fixed list."""

Day = Date()


def one_of(column: str, words: Iterable[StrEnum]) -> CheckConstraint:
    """The database refuses any other word."""
    listed = ", ".join(f"'{word}'" for word in words)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")
