"""What rests under the index key, and what becomes of it when another one comes into force (ADR 69): a total list."""

import ast
from enum import StrEnum

from sqlalchemy import Enum, String

from portal.models import Base
from portal.services.index_key import words
from portal.services.index_key.moving import following, moving
from tests.house.source import ROOT

SERVICES = ROOT / "portal" / "services"
_KEYED = ("blind", "blinds", "keyed_digest", "keyed_digests")
_ONE = ("blind", "keyed_digest")


class How(StrEnum):
    """What becomes of a digest when another key comes into force."""

    MOVES = "it is made of what rests sealed beside it: it moves"
    FOLLOWS = "it is the digest of a row that moves: it follows by the same pair"
    RUNS_OUT = "it is good for hours or weeks: every key is asked until then"
    AGAIN = "its owner brings it again: a list, recovery codes. Until then every key is asked"
    STAYS = "it lasts a day, and nothing hangs on it"
    NOWHERE = "it rests nowhere: a link, or a code on a screen. Every key is asked"


UNDER_THE_INDEX_KEY: dict[str, dict[str, How]] = {
    "accounts/password_links._digests": {"password_links.digest": How.RUNS_OUT},
    "accounts/sign_in._digests": {"web_sessions.token_digest": How.RUNS_OUT},
    "accounts/sign_in_tries._marks_of": {"sign_in_attempts.device": How.RUNS_OUT},
    "bank_details/bank_details.digest_under": {
        "agencies.bank_digest": How.MOVES,
        "people.bank_digest": How.MOVES,
        "bank_changes.digest": How.MOVES,
        "payout_approvals.account_digest": How.FOLLOWS,
        "first_approvals_anew.account_digest": How.FOLLOWS,
    },
    "bank_details/bank_details.account_index_under": {
        "agencies.account_index": How.MOVES,
        "people.account_index": How.MOVES,
    },
    "contacts.contact_index_under": {"agreements.contact_index": How.MOVES},
    "claims/search_terms._digest": {"search_terms.digest": How.MOVES},
    "claims/search_terms._digests": {"search_terms.digest": How.MOVES},
    "provider_sign_in/ties.subject_index_under": {"account_ties.subject_index": How.MOVES},
    "provider_sign_in/ties._subject_indexes": {"account_ties.subject_index": How.MOVES},
    "contacts.phone_index_under": {
        "account_proposals.phone_index": How.MOVES,
        "clients.phone_index": How.MOVES,
        "invitations.phone_index": How.MOVES,
        "people.phone_index": How.MOVES,
        "phone_codes.phone_index": How.FOLLOWS,
        "sign_in_attempts.phone_index": How.FOLLOWS,
    },
    "contacts.phone_indexes": {"invitations.phone_index": How.MOVES, "phone_codes.phone_index": How.FOLLOWS},
    "joining/invitations._digests": {"invitations.digest": How.RUNS_OUT},
    "leads/phone_proofs.network_mark": {"leads.network_mark": How.STAYS},
    "messages/phone_codes._digests": {"phone_codes.digest": How.RUNS_OUT},
    "notifications/addresses.address_index_under": {"notice_settings.mail_index": How.MOVES},
    "notifications/addresses._proofs": {"links": How.NOWHERE},
    "notifications/mail_addresses._keys": {"links": How.NOWHERE},
    "programmes/employee_checks._marks": {
        "employee_checks.mark": How.AGAIN,
        "programme_employees.mark": How.AGAIN,
    },
    "programmes/programmes.create_programme": {"a drawn number, which nobody looks up": How.NOWHERE},
    "programmes/stands._marks": {"codes of stands": How.NOWHERE},
    "second_factors/factors.secret_digest_under": {"code_generators.secret_digest": How.MOVES},
    "second_factors/halves._digests": {"half_sign_ins.token_digest": How.RUNS_OUT},
    "second_factors/proving._code_digests": {"recovery_codes.digest": How.AGAIN},
    "showings/arrival_codes._digests": {"arrival_codes.digest": How.RUNS_OUT},
    "showings/site_codes._signed": {"the code at the site": How.NOWHERE},
    "showings/site_codes._checked": {"the code at the site": How.NOWHERE},
}
"""By the function that makes it: where it rests, and what becomes of it."""

IN_FORCE_ALONE = {
    "bank_details/bank_details.account_index_under",
    "bank_details/bank_details.digest_under",
    "claims/search_terms._digest",
    "contacts.contact_index_under",
    "contacts.phone_index_under",
    "leads/phone_proofs.network_mark",
    "messages/phone_codes._digests",
    "notifications/addresses.address_index_under",
    "programmes/programmes.create_programme",
    "provider_sign_in/ties.subject_index_under",
    "second_factors/factors.secret_digest_under",
    "showings/site_codes._signed",
}
"""They make a digest under one key: it moves, is handed out anew, or is made under each by who calls."""

WITHOUT_A_KEY = """
    api_answers.digest api_keys.digest
    bank_results.file_digest bank_results.row_digest capture_nonces.arrived_sha256
    capture_nonces.digest capture_nonces.straight_sha256 deal_imports.digest erasures.digest
    fact_entries.digest fact_entries.hash invoices.digest ledger_batches.hash ledger_batches.previous_hash
    partner_papers.digest payout_batches.digest export_runs.sha256 statement_papers.digest photos.sha256 photos.dhash
    key_marks.mark scan_visitors.mark
"""
"""Digests of files, of rows and of drawn words, marks of keys, and what the day's salt makes: another index key changes
none of them."""


def _makers(keyed: tuple[str, ...] = _KEYED) -> set[str]:
    found: set[str] = set()
    for path in sorted(SERVICES.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef) and any(_is_keyed(call, keyed) for call in ast.walk(node)):
                found.add(f"{path.relative_to(SERVICES).with_suffix('')}.{node.name}")
    return found


def _is_keyed(node: ast.AST, keyed: tuple[str, ...]) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in keyed


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


def test_whoever_finds_by_a_digest_that_does_not_move_asks_every_key() -> None:
    assert _makers(_ONE) == IN_FORCE_ALONE, "another key may be in force than it was made under: ask by the plural"


def test_what_moves_and_what_follows_is_just_what_the_services_move() -> None:
    by = {
        how: {where for places in UNDER_THE_INDEX_KEY.values() for where, one in places.items() if one is how}
        for how in How
    }
    assert by[How.MOVES] == {one.name for one in moving()} | {words.NAME}
    assert by[How.FOLLOWS] == {f"{column.table.name}.{column.name}" for column in following()}


def test_a_digest_that_moves_is_made_under_the_key_in_force() -> None:
    """Who makes one asks the database in his own transaction which key that is, and holds it until he is through."""
    unasked = [
        f"{path.relative_to(SERVICES)}:{call.lineno}"
        for path in sorted(SERVICES.rglob("*.py"))
        if "index_key" not in path.parts
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call) and _name(call.func) in _UNDER and not _asks(call.args[0])
    ]
    assert unasked == []


_UNDER = {
    "account_index_under",
    "contact_index_under",
    "address_index_under",
    "digest_under",
    "digests_of",
    "phone_index_under",
    "secret_digest_under",
    "subject_index_under",
}


def _asks(vault: ast.expr) -> bool:
    """Whether it is `index_vault_of(…)`, or one of the keys of a code that is tried under each."""
    return (isinstance(vault, ast.Call) and _name(vault.func) == "index_vault_of") or ast.unparse(vault) == "key"


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def test_every_digest_says_under_which_key_it_is() -> None:
    keyed = {where for places in UNDER_THE_INDEX_KEY.values() for where, how in places.items() if how != How.NOWHERE}
    known = keyed | set(WITHOUT_A_KEY.split())
    columns = {f"{table.name}.{column.name}" for table in Base.metadata.tables.values() for column in table.c}
    assert _digests() - known == set()
    assert known - columns == set(), "these are gone"
