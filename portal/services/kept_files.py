"""Files that are kept beside the rows that name them: a transaction that fails takes its files away again.

Where the answer to a commit is lost nobody knows whether it failed: then they stay, as a row without its file is worse
than a file without its row, which the daily sweep takes.
"""

from contextlib import suppress

from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction

from ..adapters.files import Files
from ..outages import NoAnswer

_WRITTEN = "files written"
"""Where a session keeps the names of files whose rows are not committed yet."""
_COMMITTING = "commit asked for"
"""Set from the moment in which the database is asked to commit."""


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
