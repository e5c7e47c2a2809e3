"""Waiting in line: what must be done by one transaction at a time, such as taking the next number without gaps.

On SQLite a writing transaction is the only one anyway (`BEGIN IMMEDIATE`), so there is nothing to wait for.
"""

from sqlalchemy import text

from ..session import Session


def wait_in_line(session: Session, line: str) -> None:
    """Wait until no other transaction stands in the line of this name (at most seven letters).

    The line is left when the transaction ends. Who needs two takes the ledger's last: two transactions that take
    them in different orders would wait for each other.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": int.from_bytes(line.encode())})
