"""The map that one can hold in mind: folders not too full, and one name a domain on every floor (ADR 39)."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.house.source import PRODUCT, committed, python_files

FULLEST_FOLDER = 12
"""So many modules, its `__init__` aside."""

FULL_FOR_A_REASON = {
    "portal": "the floors, and what an application is made of",
    "portal/cli": "a module a command",
    "portal/cli/world": "a module a matter of the demo's year",
    "portal/migrations/versions": "the steps of the schema, by their numbers",
    "portal/web/words": "a module a domain: who wants words knows whose",
    "portal/services/notifications/words": "a module a domain, as the tables of kinds",
    "portal/rules/notifications": "a table of kinds a domain, beside what is done with them",
    "commissions": "the rules of money, each named on the map in the README",
    "tests": "what all tests share",
    "tests/unit/commissions": "a module beside each rule of money",
    "tests/browser": "a story a module: it goes through several domains",
    "tests/benchmarks": "a measurement a module",
    "tests/cli": "a module a command, as there",
    "tests/house": "a module a kind of promise",
}
"""Of these nobody reads the whole list: what is looked for is known by its name."""

SHARED_BY_SERVICES = {
    *(
        "__init__",
        "audit",
        "bulk",
        "clients",
        "contacts",
        "drafts",
        "facts",
        "inserts",
        "kept_files",
        "locks",
        "proposals",
    ),
    *("sweeps", "timekeeping"),
}

DOMAIN_OF_ROOM = {
    "adjustments": "statements",
    "admin": "accounts",
    "agency": "partners",
    "auth": "accounts",
    "benefits": "commission",
    "disputes": "payouts",
    "earnings": "statements",
    "employees": "programmes",
    "graph": "leads",
    "health": "home",
    "inbox": "messages",
    "invoices": "payouts",
    "landing_content": "landing",
    "my_referral": "referral",
    "plans": "commission",
    "receipts": "claims",
    "referrers": "referral",
    "reward_plans": "rewards",
    "reward_queue": "rewards",
    "walk_ins": "registrations",
    "wechat": "referral",
    "rule_profiles": "claims",
    "what_if": "commission",
    "withdrawals": "privacy",
}
"""Rooms that show a part of a domain, and so bear the name of what is seen there → the domain."""

BESIDE = {
    "portal/models": set(),
    "portal/rules": {"care", "judgements"},
    "portal/web": {"drawing", "files", "forms", "help", "language", "lists", "responses", "words"},
    "templates": {"components", "errors", "help", "layouts", "mail"},
    "tests/db": {"database"},
    "tests/web": {"every_page", "help"},
}
"""A floor → its folders that are of no domain: what all share, and what is asked of all."""


def test_no_folder_is_fuller_than_one_can_overlook() -> None:
    """A folder of more modules is two domains, or has a reason."""
    of_folder = Counter(str(path.parent) for path in python_files(*PRODUCT, "tests") if path.stem != "__init__")
    full = {folder for folder, count in of_folder.items() if count > FULLEST_FOLDER}
    assert {folder: of_folder[folder] for folder in full - FULL_FOR_A_REASON.keys()} == {}
    assert FULL_FOR_A_REASON.keys() - full == set(), "no longer full"


def test_services_stand_in_their_domains() -> None:
    """Beside the domains' folders stands what all of them share (ADR 15)."""
    services = Path("portal/services")
    assert {path.stem for path in python_files("portal") if path.parent == services} == SHARED_BY_SERVICES


@pytest.mark.parametrize("floor", BESIDE)
def test_a_domain_has_one_name_on_every_floor(floor: str) -> None:
    """Who knows the page knows the room, its table, its rule and its tests."""
    domains, rooms = _folders("portal/services"), _folders("portal/web")
    known = domains | BESIDE[floor]
    if floor in ("portal/web", "templates", "tests/web"):
        known |= rooms if floor != "portal/web" else DOMAIN_OF_ROOM.keys()
    assert _folders(floor) - known == set(), "of no domain: name the domain, or say what it is"
    assert BESIDE[floor] - _folders(floor) == set(), "no longer there"


def test_a_room_that_is_named_otherwise_is_of_a_domain() -> None:
    domains, rooms = _folders("portal/services"), _folders("portal/web")
    assert DOMAIN_OF_ROOM.keys() - rooms == set()
    assert DOMAIN_OF_ROOM.keys() & domains == set()
    assert set(DOMAIN_OF_ROOM.values()) - domains == set()


def _folders(floor: str) -> set[str]:
    return set(_below(Path(floor), committed()))


def _below(floor: Path, files: Iterable[Path]) -> Iterable[str]:
    for path in files:
        if path.is_relative_to(floor) and path.suffix in (".py", ".html", ".txt") and path.parent != floor:
            yield path.relative_to(floor).parts[0]
