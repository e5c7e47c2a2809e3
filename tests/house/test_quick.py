"""What keeps the run of all tests short, told by counts and never by the clock."""

import ast

from tests.house.source import nodes, python_files

ABOUT_MIGRATIONS = {
    "tests/databases.py",
    "tests/house/test_migrations.py",
    "tests/db/accounts/test_account_links.py",
    "tests/db/accounts/test_account_proposals.py",
    "tests/db/bank_details/test_payee_texts.py",
    "tests/db/database/test_released_data.py",
    "tests/db/penalties/test_reviews.py",
    "tests/db/database/test_audit_addresses.py",
    "tests/db/provider_sign_in/test_ties_of_before.py",
    "tests/db/registrations/test_search_terms.py",
}
MOST_STORIES = 49
"""A few more than there were when all tests took seven minutes."""


def test_who_wants_a_migrated_database_takes_a_copy() -> None:
    """All migrations take a second and a half of a core, a copy of what they made a millisecond: ask for `migrated`,
    and `migrated.lay(path)`. Only what is about migrations runs them; add it above."""
    running = {
        str(path)
        for path in python_files("tests")
        if path.parts[1] not in ("benchmarks", "hammer")
        for node in nodes(path)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "migrate"
    }
    assert running - ABOUT_MIGRATIONS == set()


def test_stories_are_few() -> None:
    """A story in the browser takes two to four seconds of a core, a page test a tenth of one. A new story stands where
    only a browser decides; else one that is there goes a step further."""
    stories = [
        node
        for path in python_files("tests")
        if path.parts[1] == "browser"
        for node in nodes(path)
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    ]
    assert len(stories) <= MOST_STORIES
