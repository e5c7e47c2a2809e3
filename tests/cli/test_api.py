"""`portal api keys`: a key on standard output alone, the list, and the end of one."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from portal.cli import main
from portal.config import Config
from portal.rules.partner_api.keys import looks_like_a_key
from portal.rules.partner_api.versions import LATEST
from tests import factories as make
from tests.databases import Migrated, open_database

AGENCY = "安居房产经纪"
CREATE = (
    "create",
    "--agency",
    AGENCY,
    "--name",
    "门店系统",
    "--scope",
    "registrations:write",
    "--scope",
    "brokers:read",
)


@pytest.fixture
def keys(
    tmp_path: Path, migrated: Migrated, monkeypatch: pytest.MonkeyPatch, secrets: dict[str, str]
) -> Callable[..., Result]:
    """Runs `portal api keys …` over a database with one agency."""
    monkeypatch.setenv("PORTAL_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    migrated.lay(tmp_path / "portal.db")
    for name, value in secrets.items():
        monkeypatch.setenv(f"PORTAL_{name.upper()}", value)
    database = open_database(Config.from_env())
    with database.transaction() as session:
        make.agency(session, name=AGENCY)
    database.dispose()
    return lambda *words: CliRunner().invoke(main, ["api", "keys", *words])


def test_a_key_is_printed_alone_and_listed_without_its_text(keys: Callable[..., Result]) -> None:
    made = keys(*CREATE, "--days", "30")
    assert (made.exit_code, looks_like_a_key(made.stdout.removesuffix("\n"))) == (0, True), made.output
    listed = keys("list", "--agency", AGENCY).output
    end, scopes = made.stdout.strip()[-4:], "brokers:read,registrations:write"
    assert listed == f"1\t{AGENCY}\t门店系统\tlive\t…{end}\t{scopes}\topen\t{LATEST}\n"


def test_a_test_key_says_so(keys: Callable[..., Result]) -> None:
    assert keys(*CREATE, "--test").stdout.startswith("pk_test_")


def test_a_revoked_key_stays_in_the_list(keys: Callable[..., Result]) -> None:
    keys(*CREATE)
    assert keys("revoke", "1").output == "The key 门店系统 is revoked.\n"
    assert keys("list").output.endswith(f"\trevoked\t{LATEST}\n")


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("create", "--agency", "nobody", "--name", "x", "--scope", "brokers:read"), 1),
        (("create", "--agency", AGENCY, "--name", "x", "--scope", "everything"), 1),
        (("create", "--agency", AGENCY, "--name", " ", "--scope", "brokers:read"), 1),
        ((*CREATE, "--days", "0"), 1),
        (("create", "--agency", AGENCY, "--name", "x"), 2),
        (("list", "--agency", "nobody"), 1),
        (("revoke", "7"), 1),
    ],
)
def test_what_does_not_work_says_why_in_one_line(
    keys: Callable[..., Result], words: tuple[str, ...], status: int
) -> None:
    done = keys(*words)
    assert (done.exit_code, done.stdout) == (status, "")
    assert done.stderr.startswith("Error: ")
