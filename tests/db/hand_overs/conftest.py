"""What the tests of hand-overs share."""

from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from tests.db.hand_overs.test_hand_overs import Agency


@pytest.fixture
def agency(session: Session, now: datetime) -> Agency:
    return Agency.of(session, now)
