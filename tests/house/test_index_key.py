"""What rests under the index key, and how each of it would be made anew under another one (ADR 54): a total list."""

import ast
from enum import StrEnum

from sqlalchemy import Enum, String

from portal.models import Base
from tests.house.source import ROOT

SERVICES = ROOT / "portal" / "services"
_KEYED = ("blind", "keyed_digest")


class How(StrEnum):
    """By what a digest is made anew; the last three by nothing of ours."""

    SEALED = "of what rests sealed beside it, or in its row's client"
    RUNS_OUT = "it is good for hours or weeks: both keys are asked until then"
    AGAIN = "its owner brings it again: a list, a tie, recovery codes"
    NOWHERE = "it rests nowhere: a link, or a code on a screen"


UNDER_THE_INDEX_KEY: dict[str, dict[str, How]] = {
    "accounts/password_links._digest": {"password_links.digest": How.RUNS_OUT},
    "accounts/sign_in._digest": {"web_sessions.token_digest": How.RUNS_OUT},
    "accounts/sign_in_tries.mark_of": {"sign_in_attempts.device": How.RUNS_OUT},
    "bank_details/bank_details.digest_of": {
        "agencies.bank_digest": How.SEALED,
        "people.bank_digest": How.SEALED,
        "bank_changes.digest": How.SEALED,
        "payout_approvals.account_digest": How.SEALED,
        "first_approvals_anew.account_digest": How.SEALED,
    },
    "claims/search_terms._digest": {"search_terms.digest": How.SEALED},
    "provider_sign_in/ties.subject_index": {"account_ties.subject_index": How.AGAIN},
    "contacts.phone_index": {
        "account_proposals.phone_index": How.SEALED,
        "clients.phone_index": How.SEALED,
        "invitations.phone_index": How.SEALED,
        "people.phone_index": How.SEALED,
        "phone_codes.phone_index": How.RUNS_OUT,
        "sign_in_attempts.phone_index": How.RUNS_OUT,
    },
    "joining/invitations._digest": {"invitations.digest": How.RUNS_OUT},
    "leads/phone_proofs.network_mark": {"leads.network_mark": How.RUNS_OUT},
    "messages/phone_codes._digest": {"phone_codes.digest": How.RUNS_OUT},
    "notifications/addresses.address_index": {"notice_settings.mail_index": How.SEALED},
    "notifications/addresses._proof": {"links": How.NOWHERE},
    "notifications/mail_addresses._key": {"links": How.NOWHERE},
    "programmes/employee_checks._mark": {
        "employee_checks.mark": How.AGAIN,
        "programme_employees.mark": How.AGAIN,
    },
    "programmes/programmes.create_programme": {"a drawn number, which nobody looks up": How.NOWHERE},
    "programmes/stands._mark": {"codes of stands": How.NOWHERE},
    "second_factors/factors.add_generator": {"code_generators.secret_digest": How.SEALED},
    "second_factors/halves.begin": {"half_sign_ins.token_digest": How.RUNS_OUT},
    "second_factors/halves.find": {"half_sign_ins.token_digest": How.RUNS_OUT},
    "second_factors/proving.code_digest": {"recovery_codes.digest": How.AGAIN},
    "showings/arrival_codes._digest": {"arrival_codes.digest": How.RUNS_OUT},
    "showings/site_codes._signed": {"the code at the site": How.NOWHERE},
    "showings/site_codes._checked": {"the code at the site": How.NOWHERE},
}
"""By the function that makes it: where it rests, and how it is made anew."""

WITHOUT_A_KEY = """
    bank_results.file_digest bank_results.row_digest capture_nonces.arrived_sha256
    capture_nonces.digest capture_nonces.straight_sha256 deal_imports.digest erasures.digest
    fact_entries.digest fact_entries.hash invoices.digest ledger_batches.hash ledger_batches.previous_hash
    partner_papers.digest payout_batches.digest statement_papers.digest photos.sha256 photos.dhash
    key_marks.mark scan_visitors.mark
"""
"""Digests of files, of rows and of drawn words, marks of keys, and what the day's salt makes: another index key changes
none of them."""


def _makers() -> set[str]:
    found: set[str] = set()
    for path in sorted(SERVICES.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef) and any(_is_keyed(call) for call in ast.walk(node)):
                found.add(f"{path.relative_to(SERVICES).with_suffix('')}.{node.name}")
    return found


def _is_keyed(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _KEYED


def _digests() -> set[str]:
    """The columns that by their name hold a digest."""
    return {
        f"{table.name}.{column.name}"
        for table in Base.metadata.tables.values()
        for column in table.c
        if isinstance(column.type, String)
        and not isinstance(column.type, Enum)
        and column.name.endswith(("digest", "hash", "_index", "mark", "sha256"))
    }


def test_whoever_asks_the_index_key_is_known() -> None:
    assert _makers() == set(UNDER_THE_INDEX_KEY), "say where it rests, and how it would be made anew"


def test_every_digest_says_under_which_key_it_is() -> None:
    keyed = {where for places in UNDER_THE_INDEX_KEY.values() for where, how in places.items() if how != How.NOWHERE}
    known = keyed | set(WITHOUT_A_KEY.split())
    columns = {f"{table.name}.{column.name}" for table in Base.metadata.tables.values() for column in table.c}
    assert _digests() - known == set()
    assert known - columns == set(), "these are gone"
