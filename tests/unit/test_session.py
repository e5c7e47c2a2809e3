"""A session carries what the database was opened with; one that does not is said to, at once."""

from pathlib import Path

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from portal.crypto import Signer, Vault
from portal.db import Database
from portal.rules.payouts.limits import MoneyLimits
from portal.services import contacts
from portal.session import NotOfThePortal, PortalSession

KEY = bytes(range(32))
VAULT, SIGNER = Vault([KEY], KEY), Signer(KEY)


def test_a_session_carries_what_the_database_was_opened_with(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/portal.db", VAULT, SIGNER, {"second_approver": 7})
    with database.session(read_only=True) as session:
        own = PortalSession.of(session)
        assert (own.vault, own.signer) == (VAULT, SIGNER)
        assert own.memory is database.memory, "the process remembers, not the session"
        assert own.limits.second_approver == 7
        assert own.uptime().seconds > 0
    database.dispose()


def test_a_bare_session_is_told_what_it_lacks() -> None:
    with pytest.raises(NotOfThePortal, match=r"Session has no vault.*open the session with portal\.db\.Database"):
        contacts.vault_of(Session())


def test_none_can_be_left_out() -> None:
    with pytest.raises(TypeError, match="'vault'"):
        PortalSession(create_engine("sqlite://"), signer=SIGNER, limits=MoneyLimits(), reading=None, memory={})
