"""Changing the keys as docs/operations.md tells it: the new one seals, the old one still opens."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from portal.cli import main
from portal.config import new_secrets
from tests.databases import Migrated

Portal = Callable[..., Result]


@pytest.fixture
def portal(tmp_path: Path, migrated: Migrated, monkeypatch: pytest.MonkeyPatch) -> Portal:
    """Runs `portal …` over a fresh database, with these data keys."""
    monkeypatch.setenv("PORTAL_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    migrated.lay(tmp_path / "portal.db")
    return lambda keys, *words: CliRunner().invoke(main, words, env={"PORTAL_DATA_KEYS": ",".join(keys)})


def test_keys_are_rotated(portal: Portal) -> None:
    old, new = (new_secrets()["data_keys"] for _ in range(2))
    create = ("user", "create", "--role", "finance", "--name")
    assert portal([old], *create, "周敏", "--phone", "13900001111").exit_code == 0
    assert portal([new, old], *create, "林一", "--phone", "13900002222").exit_code == 0
    assert portal([new, old], "user", "list").output.count("139****") == 2
    gone = portal([new], "user", "list")
    assert gone.exit_code == 1
    assert gone.output.startswith("Error: PORTAL_DATA_KEYS lacks the key ")


def test_everything_is_sealed_anew_and_the_old_key_can_go(portal) -> None:
    old, new = (new_secrets()["data_keys"] for _ in range(2))
    create = ("user", "create", "--role", "finance", "--name")
    assert portal([old], *create, "周敏", "--phone", "13900001111").exit_code == 0
    (former,) = re.findall(r"people.phone_sealed\t(\w+)\* 1", portal([old], "keys", "status").output)
    assert f"people.phone_sealed\t{former} 1\n" in portal([new, old], "keys", "status").output
    for again in (1, 0):
        done = portal([new, old], "keys", "rotate")
        assert done.exit_code == 0, done.output
        assert f"Nothing is left on a former key. {again} values and 0 files were sealed anew" in done.output
    assert portal([new], "keys", "retire", former).exit_code == 0
    assert "139****1111" in portal([new], "user", "list").output


def test_what_is_left_is_named(portal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody seals with the old key, pass after pass: the proof says what, and the command fails."""
    old, new = (new_secrets()["data_keys"] for _ in range(2))
    portal([old], "user", "create", "--role", "finance", "--name", "周敏", "--phone", "13900001111")
    monkeypatch.setattr("portal.services.keys.rotation.run", lambda *_: iter(()))
    monkeypatch.setattr("portal.cli.keys._PAUSE", 0)
    done = portal([new, old], "keys", "rotate")
    assert done.exit_code == 1
    assert "left on a former key: 1 of people.phone_sealed" in done.output
    assert "somebody seals with a former key" in done.output
