"""Changing the keys as docs/operations.md tells it: the new one seals, the old one still opens."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from portal.cli import main
from portal.config import new_secrets
from portal.db import migrate

Portal = Callable[..., Result]


@pytest.fixture
def portal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Portal:
    """Runs `portal …` over a fresh database, with these data keys."""
    monkeypatch.setenv("PORTAL_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    migrate(f"sqlite:///{tmp_path / 'portal.db'}")
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
