"""Changing the keys as docs/operations.md tells it: the new one seals, the old one still opens."""

import json
import re
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy.exc import OperationalError

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


class TestIndexKey:
    """`portal keys rotate-index`, as docs/operations.md tells it."""

    FINDS = ("user", "link", "13900001111")

    @pytest.fixture
    def keys(self) -> tuple[str, str]:
        return new_secrets()["index_key"], new_secrets()["index_key"]

    @pytest.fixture
    def run(self, portal: Portal, keys: tuple[str, str]) -> Portal:
        """Runs `portal …` with these index keys, over a portal with an account that is found by its phone."""
        data = new_secrets()["data_keys"]

        def run(index_keys: str, *words: str) -> Result:
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("PORTAL_INDEX_KEY", index_keys)
                return portal([data], *words)

        made = run(keys[0], "user", "create", "--role", "finance", "--name", "周敏", "--phone", "13900001111")
        assert made.exit_code == 0, made.output
        return run

    def test_the_other_key_takes_its_place(self, run: Portal, keys: tuple[str, str]) -> None:
        old, new = keys
        assert "must hold the key in force and the new one" in run(old, "keys", "rotate-index").output
        assert run(f"{new},{old}", *self.FINDS).exit_code == 0, "the order says nothing"
        done = run(f"{old},{new}", "keys", "rotate-index")
        assert done.exit_code == 0, done.output
        assert "turned: 1 digests" in done.output
        assert "proven: 1 made anew and found right" in done.output
        assert run(f"{old},{new}", *self.FINDS).exit_code == 0
        assert run(new, *self.FINDS).exit_code == 0
        left = run(old, *self.FINDS)
        assert left.exit_code == 1
        assert "PORTAL_INDEX_KEY is not the key that this database was written with" in left.output
        assert "Nothing to do" in run(f"{old},{new}", "keys", "rotate-index").output
        proof = run(new, "keys", "rotate-index", "--proof")
        assert proof.exit_code == 0
        assert json.loads(proof.output).keys() == {"signed", "signature", "key_id"}

    def test_it_says_how_far_it_is(self, run: Portal, keys: tuple[str, str]) -> None:
        both = ",".join(keys)
        assert "No other index key ever took" in run(both, "keys", "rotate-index", "--status").output
        assert run(both, "keys", "rotate-index", "--proof").exit_code == 1
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("portal.cli.index_key._turn", lambda *_: None)
            patch.setattr("portal.cli.index_key._conclude", lambda *_: None)
            run(both, "keys", "rotate-index")
        assert "not turned: the former key is in force" in run(both, "keys", "rotate-index", "--status").output
        assert run(both, "keys", "rotate-index").exit_code == 0
        assert "needs the former key\t1 password links" in run(both, "keys", "rotate-index", "--status").output

    def test_what_does_not_move_is_named(self, run: Portal, keys: tuple[str, str], tmp_path: Path) -> None:
        with sqlite3.connect(tmp_path / "portal.db") as connection:
            connection.execute("UPDATE people SET phone_index = 'f'")
        connection.close()
        done = run(",".join(keys), "keys", "rotate-index")
        assert done.exit_code == 1
        assert "does not move: 1 of people.phone_index" in done.output

    def test_somebody_who_does_not_give_way_is_waited_for(self, run: Portal, keys: tuple[str, str]) -> None:
        busy = OperationalError("", None, sqlite3.OperationalError("database is locked"))
        busy.orig.sqlite_errorcode = sqlite3.SQLITE_BUSY
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("portal.cli.index_key._PAUSE", 0)
            patch.setattr("portal.cli.index_key.turn", lambda *_: (_ for _ in ()).throw(busy))
            done = run(",".join(keys), "keys", "rotate-index")
        assert done.exit_code == 1
        assert "others were under way at each try" in done.output
        assert run(",".join(keys), "keys", "rotate-index").exit_code == 0
