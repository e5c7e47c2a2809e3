"""What the outboxes of mails and texts share: a fault of ours in one of them stops no other.

What waits behind it is somebody else's. The one that broke is tried again as after a server's failure, and given up
when it is too late for it.
"""

import logging
import traceback


def note_fault(log: logging.Logger, error: Exception, **which: int) -> str:
    """Log where a fault happened, and return what it is called in the outbox. What the error says is kept nowhere: it
    may hold somebody's address."""
    code = f"fault_{type(error).__name__}"
    trace = traceback.format_tb(error.__traceback__)
    log.error("not sent by a fault", extra={"failure": code, "trace": trace, **which})
    return code
