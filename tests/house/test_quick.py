"""What keeps the run of all tests short, told by counts and never by the clock."""

import ast
from itertools import product
from pathlib import Path
from types import SimpleNamespace

from tests import thinning
from tests.databases import DIALECTS
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
    "tests/db/registrations/test_profiles_of_before.py",
    "tests/db/registrations/test_search_terms.py",
    "tests/db/risk/test_limits_of_before.py",
}
MOST_STORIES = 36
"""By day; a few more than there are."""


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
    only a browser decides; else one that is there goes a step further, or the story waits for the `night`."""
    stories = [
        node
        for path in python_files("tests")
        if path.parts[1] == "browser"
        for node in nodes(path)
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_") and not _waits_for_the_night(node)
    ]
    assert len(stories) <= MOST_STORIES


def _waits_for_the_night(test: ast.FunctionDef) -> bool:
    return any(ast.unparse(mark) == "pytest.mark.night" for mark in test.decorator_list)


def kept_by_day(names: list[str], fixture: str, path: Path, **ways: tuple[str, ...]) -> list[str]:
    """Which of these tests, each varied in these ways, a whole run tries."""
    varied = [dict(zip(ways, values, strict=True)) for values in product(*ways.values())]
    tests = [
        SimpleNamespace(
            nodeid=f"{path.name}::{name}[{'-'.join((*params.values(), *case))}]",
            originalname=name,
            fixturenames=[fixture, *ways],
            path=path,
            callspec=SimpleNamespace(params=params),
            iter_markers=lambda _name: iter(()),
        )
        for name, *case in (name.split(":") for name in names)
        for params in varied
    ]
    left = [*thinning._on_the_other_database(tests)] if "dialect" in ways else [*thinning._of_other_readers(tests)]
    left += thinning._of_long_tables([test for test in tests if test not in left])
    return [test.nodeid.partition("::")[2] for test in tests if test not in left]


def test_by_day_each_test_runs_and_the_night_has_its_other_ways(tmp_path: Path) -> None:
    services = tmp_path / "test_services.py"
    services.write_text("def test_race(database): Barrier\ndef test_trigger(session): text('')\n")
    plain = kept_by_day([f"test_{number}" for number in range(200)], "session", services, dialect=DIALECTS)
    assert len(plain) == 200, "each of them once"
    assert 20 <= sum("postgresql" in name for name in plain) <= 60, "and every fifth on PostgreSQL"
    speaking = kept_by_day([f"test_trigger:{number}" for number in range(40)], "session", services, dialect=DIALECTS)
    assert (len(speaking), 10 <= sum("postgresql" in name for name in speaking) <= 30) == (40, True)
    races = [kept_by_day([f"test_race:{number}"], "database", services, dialect=DIALECTS) for number in range(40)]
    assert all("postgresql" in " ".join(kept) for kept in races), "where many write at once"
    assert 5 <= sum(len(kept) == 2 for kept in races) <= 15, "and every fourth on SQLite too"
    raced = kept_by_day([f"test_race:{number}" for number in range(8)], "database", services, dialect=DIALECTS)
    assert sorted(name.count("postgresql") for name in raced) == [0] * 4 + [1] * 4
    story = Path(thinning.__file__).parent / "browser" / "test_a_story.py"
    told = kept_by_day(["test_one", "test_two"], "windows", story, locale=("zh", "en"), window=("phone", "desktop"))
    page = Path(thinning.__file__).parent / "web" / "test_a_page.py"
    table = kept_by_day([f"test_a_table:{number}" for number in range(10)], "client", page, kind=("",))
    assert len(table) == 4, "a third of a long table"
    assert [name.partition("[")[0] for name in told] == ["test_one", "test_two"]
