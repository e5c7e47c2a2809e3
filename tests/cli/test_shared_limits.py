"""What a key may ask is counted once for all processes of `portal run`, with no server beside it. By day two bare
processes show it (`tests/unit/adapters/test_rate_counts.py`)."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from portal.access.actor import SYSTEM
from portal.config import Config, new_secrets
from portal.db import Database
from portal.rules.partner_api.keys import Mode, Scope
from portal.services.partner_api import keys
from tests.api.conftest import partner_in
from tests.cli.test_restarts import Portal, portal
from tests.clock import real_now
from tests.databases import Migrated
from tests.nightly import NIGHTLY


@pytest.mark.timeout(600)
@pytest.mark.skipif(not NIGHTLY, reason="a start of the real server takes half a minute: `make nightly`")
def test_two_processes_share_the_budget_of_a_key(migrated: Migrated, tmp_path: Path) -> None:
    """Each of the two is held while the other one answers, so that it is known who does."""
    secrets = {f"PORTAL_{name.upper()}": value for name, value in new_secrets().items()}
    environ = {**secrets, "PORTAL_DATA_DIR": str(tmp_path), "PORTAL_LOG_LEVEL": "ERROR"}
    migrated.lay(tmp_path / "portal.db")
    key = a_key(environ)
    with portal(environ, workers=2) as served:
        first, second = sorted(map(int, served.pids()))
        with held(second):
            told = [asked(served, key) for _ in range(12)]
        with held(first):
            told += [asked(served, key) for _ in range(9)]
    assert [left for _status, left in told] == [f'"steady";r={max(0, left)}' for left in range(19, -2, -1)]
    assert [status for status, _left in told] == [422] * 20 + [429]


def a_key(environ: dict[str, str]) -> str:
    config, now = Config.from_env(environ), real_now()
    database = Database(config.url, config.vault(), config.signer(), config.money_limits())
    with database.transaction() as session:
        agency = partner_in(session).agency
        made = keys.make(session, SYSTEM, now, agency, keys.NewKey("system", list(Scope), Mode.LIVE))
    database.dispose()
    return made[1]


def asked(served: Portal, key: str) -> tuple[int, str]:
    """A phone is written to twenty times an hour at most, so that no window ends meanwhile."""
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": os.urandom(8).hex()}
    broker = {"name": "周文", "phone": "no number"}
    answer = httpx.post(f"http://127.0.0.1:{served.port}/api/v1/brokers", json=broker, headers=headers, timeout=60)
    assert answer.headers["RateLimit-Policy"] == '"steady";q=20;w=3600'
    assert 3000 < int(answer.headers["RateLimit"].partition(";t=")[2]) <= 3600
    return answer.status_code, answer.headers["RateLimit"].partition(";t=")[0]


@contextmanager
def held(pid: int) -> Iterator[None]:
    """A process that answers nobody for a while."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        with suppress(ProcessLookupError):  # it was held for so long that another one took its place
            os.kill(pid, signal.SIGCONT)
