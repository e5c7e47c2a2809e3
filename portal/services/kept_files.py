"""Files that are kept beside the rows that name them: a transaction that fails takes its files away again, and one that
erases rows deletes theirs behind its commit.

Where the answer to a commit is lost nobody knows whether it failed: then they stay, as a row without its file is worse
than a file without its row, which the daily sweep takes.
"""

import logging
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import event
from sqlalchemy.orm import SessionTransaction

from ..adapters.images.photos import Photo
from ..adapters.storage.files import Files, new_name
from ..outages import NoAnswer
from ..session import Session

log = logging.getLogger(__name__)

_ERASED = "files of erased rows"
"""Where a session keeps the files that go once it is committed, each with the savepoint that it was erased in."""
_WRITTEN = "files written"
"""Where a session keeps the names of files whose rows are not committed yet."""
_COMMITTING = "commit asked for"
"""Set from the moment in which the database is asked to commit."""


@dataclass(frozen=True, slots=True)
class PictureChange:
    """What becomes of the one picture that a row has: another takes its place, it is dropped, or it stays."""

    photo: Photo | None = None
    drop: bool = False

    def file_name(self, session: Session, files: Files, before: str | None) -> str | None:
        """The name of the row's file from now on; the daily sweep erases a file that no row names."""
        if self.photo is not None:
            return keep(session, files, self.photo.jpeg)
        return None if self.drop else before


UNCHANGED = PictureChange()
"""The picture that is there stays."""


def keep(session: Session, files: Files, content: bytes) -> str:
    """Store a file for a row of this transaction; its name."""
    name = new_name()
    files.put(name, content)
    forget_unless_committed(session, files, name)
    return name


def forget_unless_committed(session: Session, files: Files, name: str) -> None:
    """Delete the file again at the end of a transaction that was surely not committed. A session listens once."""
    event.listen(session.connection(), "commit", lambda _connection: session.info.update({_COMMITTING: True}))
    if (waiting := session.info.get(_WRITTEN)) is not None:
        waiting.append(name)
        return
    written = session.info[_WRITTEN] = [name]

    def keep(_session: Session) -> None:
        written.clear()

    def settle(_session: Session, transaction: SessionTransaction) -> None:
        if transaction.parent is not None:  # a savepoint's end decides nothing
            return
        if session.info.pop(_COMMITTING, False):
            written.clear()
        while written:
            with suppress(NoAnswer, OSError):  # the sweep takes it; what ended the transaction is the news
                files.delete(written.pop())

    event.listen(session, "after_commit", keep)
    event.listen(session, "after_transaction_end", settle)


def delete_when_committed(session: Session, files: Files, name: str) -> None:
    """Delete the file of a row that is erased, behind the commit: nobody who writes waits for a bucket that hangs, and
    where the transaction or its savepoint fails, the row still has its file.

    What cannot be deleted then is logged. No living row names it any more, so the daily sweep tries again.
    """
    if _ERASED not in session.info:
        session.info[_ERASED] = []
        event.listen(session, "after_commit", _delete)
        event.listen(session, "after_soft_rollback", _spare)
    session.info[_ERASED].append((files, name, session.get_nested_transaction()))


def _delete(session: Session) -> None:
    if session.in_nested_transaction():  # a savepoint's end decides nothing
        return
    erased = session.info[_ERASED]
    while erased:
        files, name, _savepoint = erased.pop()
        try:
            files.delete(name)
        except Exception as error:
            log.warning("an erased file is still there", extra={"error": type(error).__name__})


def _spare(session: Session, ended: SessionTransaction) -> None:
    """What was erased in a savepoint that failed stays; where the whole transaction failed, everything does."""
    erased = session.info[_ERASED]
    erased[:] = [one for one in erased if ended.nested and not _is_within(one[2], ended)]


def _is_within(savepoint: SessionTransaction | None, ended: SessionTransaction) -> bool:
    while savepoint is not None and savepoint is not ended:
        savepoint = savepoint.parent
    return savepoint is ended
