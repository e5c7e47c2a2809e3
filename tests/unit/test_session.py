"""A session carries what the database was opened with, and none is opened without."""

from pathlib import Path

import pytest
from sqlalchemy import create_engine

from portal.crypto import Signer, Vault
from portal.db import Database
from portal.rules.payouts.limits import MoneyLimits
from portal.session import Session

KEY = bytes(range(32))
VAULT, SIGNER = Vault([KEY], KEY), Signer(KEY)


def test_a_session_carries_what_the_database_was_opened_with(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/portal.db", VAULT, SIGNER, {"second_approver": 7})
    with database.session(read_only=True) as session:
        assert (session.vault, session.signer) == (VAULT, SIGNER)
        assert session.memory is database.memory, "the process remembers, not the session"
        assert session.limits.second_approver == 7
        assert session.uptime().seconds > 0
    database.dispose()


def test_none_can_be_left_out() -> None:
    with pytest.raises(TypeError, match="'vault'"):
        Session(create_engine("sqlite://"), signer=SIGNER, limits=MoneyLimits(), reading=None, memory={})
