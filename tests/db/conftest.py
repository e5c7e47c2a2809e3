"""What several rooms' database tests share."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from portal.access.actor import Actor
from portal.adapters.files import FolderFiles
from portal.models import Role
from portal.services.contacts import vault_of
from tests import factories as make
from tests.site import Site


@pytest.fixture
def site(session: Session, now: datetime, tmp_path: Path) -> Site:
    """A site with one broker and one client, in a session that is rolled back."""
    return Site(session, now, FolderFiles(tmp_path / "files", vault_of(session)))


@pytest.fixture
def desk(session: Session) -> Actor:
    return Actor.of(make.person(session, Role.FINANCE))


@pytest.fixture
def last_month(now: datetime) -> datetime:
    """Noon of a day in the month before, early enough for its windows to be over."""
    first = now.replace(day=1, hour=4)
    return (first - timedelta(days=20)).replace(hour=4)
