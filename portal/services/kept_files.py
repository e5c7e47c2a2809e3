"""Files that are kept beside the rows that name them: a transaction that fails takes its files away again."""

from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction

from ..adapters.files import Files

_WRITTEN = "files written"
"""Where a session keeps the names of files whose rows are not committed yet."""


def forget_unless_committed(session: Session, files: Files, name: str) -> None:
    """Delete the file again at the end of a transaction that was not committed. A session listens once."""
    if (waiting := session.info.get(_WRITTEN)) is not None:
        waiting.append(name)
        return
    written = session.info[_WRITTEN] = [name]

    def keep(_session: Session) -> None:
        written.clear()

    def settle(_session: Session, transaction: SessionTransaction) -> None:
        if transaction.parent is None:  # a savepoint's end decides nothing
            while written:
                files.delete(written.pop())

    event.listen(session, "after_commit", keep)
    event.listen(session, "after_transaction_end", settle)
