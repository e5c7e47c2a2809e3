"""What the tests of conflicts share: two brokers who want one client, and where pictures are kept."""

from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from portal.adapters.storage.files import FolderFiles
from portal.services.contacts import vault_of
from tests.rivals import Rivals, rivals


@pytest.fixture
def files(session: Session, tmp_path: Path) -> FolderFiles:
    return FolderFiles(tmp_path / "files", vault_of(session))


@pytest.fixture
def two(session: Session, now: datetime) -> Rivals:
    return rivals(session, now)
