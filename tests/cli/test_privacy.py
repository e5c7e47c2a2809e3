"""Requests for erasure from the shell, as docs/operations.md tells it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from portal.cli import main
from tests.databases import Migrated

PHONE = "13900001111"


def test_a_letter_is_taken_down_and_listed(tmp_path: Path, migrated: Migrated, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    migrated.lay(tmp_path / "portal.db")
    portal = CliRunner()
    assert (
        portal.invoke(main, ["user", "create", "--role", "reception", "--name", "周敏", "--phone", PHONE]).exit_code
        == 0
    )
    still_open = portal.invoke(main, ["privacy", "ask", PHONE, "--papers"])
    assert (still_open.exit_code, "still open" in still_open.output) == (1, True)
    assert portal.invoke(main, ["user", "deactivate", PHONE]).exit_code == 0
    for _ in range(2):  # one request runs at a time
        taken = portal.invoke(main, ["privacy", "ask", PHONE, "--papers"])
        assert taken.output.startswith("request 1 (people): answer due by ")
    assert portal.invoke(main, ["privacy", "list"]).output.startswith("1\topen\t")
    assert json.loads(portal.invoke(main, ["privacy", "proof", "1"]).output) == []
    assert portal.invoke(main, ["privacy", "sweep"]).output == "0 requests went on.\n"
