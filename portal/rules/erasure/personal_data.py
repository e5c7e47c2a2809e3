"""What each column of text, bytes or JSON says about a person, and what becomes of it on request: total, as data.

A house test holds it against the models, so that no column comes unsorted; another holds that what is `ERASED` here is
erased by `services.erasure`. Tables of which every column is of one kind are still named column by column: whoever adds
one has to think about it.
"""

from collections.abc import Mapping

from .grounds import Ground

ERASED: Mapping[str, str] = {
    "account_proposals": "name phone_sealed phone_index note",
    "account_ties": "subject_index subject_sealed openid_sealed issuer",
    "app_messages": "key locale params_sealed provider_id failure",
    "bank_changes": "details_sealed digest call_back",
    "care_files": "name_sealed",
    "care_words": "note_sealed promised_sealed",
    "clients": "phone_sealed phone_index",
    "code_generators": "name secret_sealed secret_digest",
    "deal_import_rows": "cells_sealed",
    "deals": "name_sealed",
    "employee_checks": "mark reason",
    "face_enrolments": "vector_sealed",
    "face_templates": "vector_sealed",
    "former_names": "name",
    "guardians": "name_sealed",
    "invitations": "name_sealed phone_sealed phone_index home",
    "lead_notes": "text_sealed step_sealed",
    "leads": "name_sealed network_mark",
    "notice_settings": "mail_sealed mail_index",
    "passkeys": "name credential_id public_key",
    "people": "name phone_sealed phone_index password_sealed bank_sealed bank_digest",
    "photos": "faces",
    "programme_employees": "mark",
    "recovery_codes": "digest",
    "referrers": "home shown_name",
    "registrations": "name_sealed",
    "search_terms": "digest",
    "text_messages": "params_sealed number_sealed provider_id",
    "touches": "name_sealed",
    "vanity_codes": "code folded",
    "web_sessions": "address device",
}
"""Emptied, or deleted with its row; a name or a phone that something holds, when that is over."""

BY_AGE: Mapping[str, str] = {
    "capture_nonces": "digest straight_sha256 arrived_sha256",
    "digest_pairs": "former anew",
    "half_sign_ins": "token_digest",
    "mails": "to_sealed params_sealed failure",
    "passkey_challenges": "holder challenge",
    "password_links": "digest",
    "phone_codes": "phone_index network digest",
    "scan_salts": "salt",
    "scan_visitors": "mark",
    "sign_in_attempts": "phone_index network device",
    "step_up_proofs": "holder kind method",
}
"""Gone by itself within days, half a year at most: the daily sweep deletes it, asked or not; `digest_pairs` go with the
end of their round."""

KEPT: Mapping[str, tuple[Ground, str]] = {
    "adjustments": (Ground.BOOKS, "reason file_name attachment_name answer payee"),
    "bank_results": (Ground.BOOKS, "row_digest reference message file_name file_digest"),
    "corrections": (Ground.BOOKS, "reason"),
    "corrected_facts": (Ground.BOOKS, "before after"),
    "correction_proposals": (Ground.BOOKS, "label because lines reason"),
    "dispute_files": (Ground.BOOKS, "file_name name"),
    "dispute_steps": (Ground.BOOKS, "words"),
    "invoices": (Ground.BOOKS, "number file_name digest reason tax_number"),
    "milestones": (Ground.BOOKS, "note"),
    "payout_batches": (Ground.BOOKS, "number content_sealed digest"),
    "payout_steps": (Ground.BOOKS, "note"),
    "posted_lines": (Ground.BOOKS, "reference instalment window why payee"),
    "statement_papers": (Ground.BOOKS, "language digest file_name"),
    "statements": (Ground.BOOKS, "number month issued_to payee"),
    "taxed_goods": (Ground.BOOKS, "reference month what"),
    "appeal_decisions": (Ground.DECISIONS, "reason"),
    "appeals": (Ground.DECISIONS, "words"),
    "attributions": (Ground.DECISIONS, "why"),
    "bank_confirmations": (Ground.DECISIONS, "reason"),
    "bank_objections": (Ground.DECISIONS, "words"),
    "benefits": (Ground.DECISIONS, "scope window name booking decision"),
    "care_assignments": (Ground.DECISIONS, "reason passed_over"),
    "care_contacts": (Ground.DECISIONS, "step"),
    "care_losses": (Ground.DECISIONS, "reason"),
    "capture_requests": (Ground.DECISIONS, "reason"),
    "conflict_cases": (Ground.DECISIONS, "found words"),
    "conflict_decisions": (Ground.DECISIONS, "reason"),
    "conflict_proposals": (Ground.DECISIONS, "because reason"),
    "objection_pictures": (Ground.DECISIONS, "file_name"),
    "objections": (Ground.DECISIONS, "words"),
    "second_looks": (Ground.DECISIONS, "words"),
    "deal_moves": (Ground.DECISIONS, "reason"),
    "hand_overs": (Ground.DECISIONS, "reason"),
    "registration_extensions": (Ground.DECISIONS, "reason"),
    "registration_releases": (Ground.DECISIONS, "reason"),
    "hold_releases": (Ground.DECISIONS, "hold cause reason"),
    "receipts": (Ground.DECISIONS, "key subject_kind facts signature signed_by"),
    "rewards": (Ground.DECISIONS, "title why refusal review_reason"),
    "showing_reviews": (Ground.DECISIONS, "reason"),
    "showings": (Ground.DECISIONS, "reasons evidence latitude longitude"),
    "consents": (Ground.CONSENTS, "purpose version locale"),
    "joinings": (Ground.CONSENTS, "terms_version terms_locale campaign address"),
    "plan_acceptances": (Ground.CONSENTS, "address"),
    "account_alarms": (Ground.AUDIT, "device address"),
    "factor_resets": (Ground.AUDIT, "note reason"),
    "audit_entries": (Ground.AUDIT, "action subject_kind address facts"),
}
"""What stays, and on which ground. Free words among it are staff's or partners', about what they decided."""

PARTLY_KEPT: Mapping[str, tuple[Ground, str]] = {
    "account_proposals": (Ground.AUDIT, "reason"),
    "appeal_pictures": (Ground.DECISIONS, "file_name"),
    "bank_changes": (Ground.BOOKS, "payee reason"),
    "deal_import_rows": (Ground.BOOKS, "expected_facts facts"),
    "deals": (Ground.BOOKS, "unit"),
    "employee_checks": (Ground.DECISIONS, "revoked_reason"),
    "face_enrolments": (Ground.DECISIONS, "engine engine_version doubts found reason"),
    "leads": (Ground.DECISIONS, "code design campaign"),
    "photos": (Ground.DECISIONS, "file_name sha256 dhash"),
    "referrers": (Ground.DECISIONS, "code revoked_reason"),
    "registrations": (Ground.DECISIONS, "code"),
    "text_messages": (Ground.CONSENTS, "key failure not_delivered"),
}
"""What stays in tables of which something else is erased: it names nobody by itself."""

NOBODYS: Mapping[str, str] = {
    "account_balances": "account kind",
    "agencies": "name bank_sealed bank_digest licence_number",
    "agreements": "plan_name number contact_sealed",
    "app_tokens": "name token_sealed failure",
    "arrival_codes": "digest",
    "channel_choices": "topic channel",
    "clock_marks": "boot uptime",
    "deal_imports": "key name digest columns trouble",
    "deliveries": "channel slot why message_key",
    "development_looks": "file_name accent words",
    "developments": "name city address headline colour presale_permit latitude longitude policy",
    "erasure_decisions": "words reason",
    "erasure_proofs": "facts signature signed_by",
    "erasure_requests": "key",
    "erasures": "digest",
    "events": "kind subject_kind facts once part_of",
    "face_templates": "engine engine_version",
    "fact_entries": "kind digest hash",
    "first_approvals_anew": "account_digest",
    "house_types": "name name_en file_name",
    "index_rotations": "former anew facts signature signed_by",
    "invitations": "digest",
    "content_reports": "directive",
    "job_runs": "name found",
    "key_marks": "name mark voucher",
    "key_rotations": "name",
    "landing_contents": "hotline words",
    "landing_pictures": "caption caption_en file_name",
    "ledger_batches": "reference previous_hash hash",
    "ledger_transfers": "reference debit credit why",
    "mails": "key locale",
    "notices": "whom topic",
    "partner_papers": "file_name digest name",
    "payout_approvals": "account_digest",
    "payouts": "reference payee",
    "people": "locale",
    "periods": "month trouble",
    "plan_drafts": "name toml note reason",
    "plan_versions": "name toml",
    "poster_batches": "design lang",
    "poster_designs": "name source",
    "poster_lines": "text reason",
    "poster_parts": "file_name",
    "programme_costs": "key note",
    "programme_domains": "domain",
    "programmes": "place contact_sealed",
    "redemption_ends": "reason",
    "redemptions": "key",
    "relief_bills": "reference bill",
    "relief_returns": "reason",
    "reward_plan_drafts": "audience toml note reason",
    "reward_plan_versions": "audience toml",
    "robot_messages": "key locale items failure",
    "robots": "group_name locale key_sealed gone_why",
    "rule_profiles": "toml note reason",
    "scan_counts": "design campaign",
    "share_tickets": "app_id token_sealed ticket_sealed failure",
    "slot_bookings": "pass_key",
    "slot_closures": "reason",
    "slot_hours": "week",
    "stand_gifts": "title",
    "stocks": "title",
    "stream_counters": "stream",
    "stream_entries": "stream",
    "tax_table_drafts": "toml note reason",
    "vouchers": "code reference title revoked_reason",
    "what_if_effects": "gained lost changes",
    "what_if_runs": "plan_name reasons gained lost",
    "web_sessions": "token_digest",
    "window_seals": "label",
    "withholding_tables": "toml note",
    "withholdings": "month",
}
"""What says nothing of a client or of an account's owner: the house's own, an agency's, or a number without a name."""


def sorted_columns() -> dict[str, int]:
    """Every column that is sorted here, as `table.column`, with how many times: one each, a test says."""
    found: dict[str, int] = {}
    grounded = ({table: columns for table, (_, columns) in named.items()} for named in (KEPT, PARTLY_KEPT))
    for named in (ERASED, BY_AGE, NOBODYS, *grounded):
        for table, columns in named.items():
            for column in columns.split():
                found[f"{table}.{column}"] = found.get(f"{table}.{column}", 0) + 1
    return found
