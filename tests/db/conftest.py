"""What several rooms' database tests share."""

from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from portal.adapters.files import FolderFiles
from portal.services.contacts import vault_of
from tests.site import Site


@pytest.fixture
def site(session: Session, now: datetime, tmp_path: Path) -> Site:
    """A site with one broker and one client, in a session that is rolled back."""
    return Site(session, now, FolderFiles(tmp_path / "files", vault_of(session)))
