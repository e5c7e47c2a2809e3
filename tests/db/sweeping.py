"""The day's erasing, as the worker does it: part by part, and then the note that the day is done."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.adapters.storage.files import Files
from portal.services.privacy import retention_sweep


def erase_what_is_due(session: Session, now: datetime, files: Files) -> dict[str, int]:
    """How much of each kind was erased; nothing on a day on which that is done."""
    found: dict[str, int] = {}
    for part in retention_sweep.PARTS:
        found |= retention_sweep.sweep_part_if_due(session, now, files, part)
    retention_sweep.conclude(session, now)
    return found
