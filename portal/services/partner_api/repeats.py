"""The same request again: answered as before, byte for byte, and done once.

What was answered is stored in the transaction of the deed. While the first one is at work the second is told so: in
this process by a list in its memory, on PostgreSQL between processes by a lock that ends with the transaction. On
SQLite another process's writer waits in line, and then finds the answer.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

from sqlalchemy import delete, select, text

from commissions.refusal import Refusal

from ... import crypto
from ...models import ApiAnswer
from ...rules.partner_api.repeats import KEPT, Earlier, Known, judge
from ...session import Session

CONTEXT = "api answer:{key_id}:{idempotency_key}"
_RUNNING = "api requests at work"
_LOCK = Lock()


@dataclass(frozen=True, slots=True)
class Asked:
    """A request under an idempotency key: whose, which, and what it asks."""

    key_id: int
    idempotency_key: str
    operation: str
    digest: str

    @property
    def kept_as(self) -> str:
        """What of the caller's key is stored."""
        return crypto.digest(self.idempotency_key)


@dataclass(frozen=True, slots=True)
class Answered:
    """What was answered, and in which version's shape."""

    status: int
    body: bytes
    version: str


@contextmanager
def at_work(session: Session, asked: Asked) -> Iterator[None]:
    """Be the only one who does this. Raises Refusal(idempotency_key_running): somebody is at it."""
    name = (asked.key_id, asked.kept_as)
    with _LOCK:
        running: set[tuple[int, str]] = session.memory.setdefault(_RUNNING, set())
        if name in running:
            raise Refusal("idempotency_key_running")
        running.add(name)
    try:
        if session.get_bind().dialect.name == "postgresql" and not _free(session, asked):
            raise Refusal("idempotency_key_running")
        yield
    finally:
        with _LOCK:
            running.discard(name)


def answer_of(session: Session, now: datetime, asked: Asked) -> Answered | None:
    """What was answered before; None: it is to be done. Raises Refusal(idempotency_key_reused)."""
    row = _row(session, asked)
    earlier = Earlier(row.at, row.operation, row.digest) if row else None
    if row is None or judge(earlier, asked.operation, asked.digest, now) is Known.NEW:
        return None
    return Answered(row.status, session.vault.open(row.body_sealed, _context(asked)), row.version)


def earlier_answer(session: Session, now: datetime, asked: Asked) -> Answered | None:
    """`answer_of`, for who does it now: one that is too old makes room."""
    answer = answer_of(session, now, asked)
    if answer is None and (row := _row(session, asked)) is not None:
        session.delete(row)
        session.flush()
    return answer


def _row(session: Session, asked: Asked) -> ApiAnswer | None:
    return session.scalar(
        select(ApiAnswer).where(ApiAnswer.key_id == asked.key_id, ApiAnswer.idempotency_key == asked.kept_as)
    )


def keep(session: Session, now: datetime, asked: Asked, answered: Answered) -> None:
    """Store the answer beside the deed."""
    session.add(
        ApiAnswer(
            key_id=asked.key_id,
            idempotency_key=asked.kept_as,
            operation=asked.operation,
            digest=asked.digest,
            status=answered.status,
            version=answered.version,
            body_sealed=session.vault.seal(answered.body, _context(asked)),
            at=now,
        )
    )


def delete_old(session: Session, now: datetime) -> int:
    """Delete the answers that nobody gets again; how many those were."""
    done = session.execute(delete(ApiAnswer).where(ApiAnswer.at < now - KEPT))
    return int(done.rowcount)  # type: ignore[attr-defined]  # a DELETE counts its rows


def _context(asked: Asked) -> str:
    return CONTEXT.format(key_id=asked.key_id, idempotency_key=asked.kept_as)


def _free(session: Session, asked: Asked) -> bool:
    number = int.from_bytes(bytes.fromhex(crypto.digest(f"{asked.key_id}:{asked.kept_as}"))[:8], signed=True)
    return bool(session.scalar(text("SELECT pg_try_advisory_xact_lock(:number)"), {"number": number}))
