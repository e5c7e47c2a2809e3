"""The outbox, for texts and mails alike: a message is written down in the transaction that makes it necessary, and
handed to its carrier when that is committed, outside any transaction.

Who takes a message up has it for `LEASE`, from the instant of taking it, and renews that while the carrier lets wait:
so nobody else takes what is on its way, however slow the carrier and however many take part. A process that dies on the
way leaves it until then. Such a message, and one that was handed over and not answered, may be out already: the carrier
is asked before it goes out again (ADR 20).

Leases and pauses are counted by an instant that a leaping clock does not move, and nothing is too late before the clock
and that instant say so (ADR 24). What nobody tried is due, whatever its stamp says: a clock that was ahead wrote it.

A carrier that does not serve ends the round: the next message would wait as long for nothing. A message that breaks by
a fault of ours stops no other.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Protocol

from sqlalchemy import update

from ...adapters.delivery import DeliveryFailed
from ...models import AppMessage, Mail, RobotMessage, TextMessage
from ...session import Session

log = logging.getLogger(__name__)


LEASE = timedelta(minutes=2)


RENEWED_EVERY = 30.0
"""Seconds. A process that stands still for longer than the rest of the lease has lost what it sends."""


FIRST_RETRY = timedelta(minutes=1)
LONGEST_REST = timedelta(hours=13)
"""No message waits longer for its hour: one that says so was written by a clock that was ahead."""


Row = TextMessage | Mail | RobotMessage | AppMessage


Model = type[TextMessage] | type[Mail] | type[RobotMessage] | type[AppMessage]


Going = Callable[[], bool]


class Ready(Protocol):
    """A message that was opened: it needs no database any more."""

    def send(self) -> str | None:
        """Hand it to the carrier; the carrier's number of it, where it gives one. Raises DeliveryFailed."""
        ...

    def was_taken(self) -> bool:
        """Whether the carrier has it already; False too where that cannot be known. Raises DeliveryFailed."""
        ...


class Outbox(Protocol):
    """What is particular to texts, to mails, to what robots say, or to an app."""

    model: ClassVar[Any]
    """The table that its messages wait in: `Model`."""
    sealed: ClassVar[tuple[str, ...]]
    """The columns that are emptied when a message is settled."""

    def unwanted(self, session: Session, now: datetime, row: Any) -> str | None:
        """Why the message is not to go out any more, or None; asked in the transaction that takes it up."""
        ...

    def ready(self, session: Session, row: Any) -> Ready:
        """Open a message."""
        ...

    def settled(self, session: Session, now: datetime, message_id: int, failure: DeliveryFailed | None) -> None:
        """What else follows when a message was sent, or was refused for good."""
        ...


@dataclass(frozen=True, slots=True)
class Round:
    """What a round came to. `away`: the carrier does not serve, and what is due waits. `again`: in so many seconds
    something else is due."""

    sent: int
    away: bool = False
    again: float | None = None


def settle(session: Session, outbox: type[Outbox], message_id: int, **values: Any) -> None:
    """It is over with this message: what it said, and to whom, is forgotten."""
    forgotten: dict[str, Any] = dict.fromkeys(outbox.sealed)
    write(session, outbox.model, message_id, **forgotten, next_try_at=None, **values)


def write(
    session: Session,
    model: Model,
    message_id: int,
    attempt: int | None = None,
    **values: object,
) -> None:
    """Write down what became of a message, unless it is settled; of an attempt, unless somebody else has it by now."""
    waiting = update(model).where(model.id == message_id, model.next_try_at.is_not(None))
    session.execute((waiting if attempt is None else waiting.where(model.attempts == attempt)).values(**values))
