"""When somebody is told by time alone: so long before an end, and so long after what waits began to wait."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from commissions.payout import Check

from ...clock import day_start, local_day

_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)

PROTECTION = (48 * _HOUR, 6 * _HOUR)
"""Before a client's protection ends."""
PAPERS = (30 * _DAY, 10 * _DAY)
"""Before an agreement, or an agency's licence, is good no longer."""
VERSIONS = (90 * _DAY, 30 * _DAY, 7 * _DAY)
"""Before a version of the partner API is answered no more: whoever wrote the other system has to be found first."""
VOUCHERS = (14 * _DAY, 3 * _DAY)
"""Before a voucher's end."""

INVOICE = 3 * _DAY
"""After a statement, when its payment waits for nothing but the agency's invoice."""
WORKER_SILENT = timedelta(minutes=5)
"""After the worker's last sign of life."""

TOLD_OF_QUEUES_AT = 9 * _HOUR
"""Into a Shanghai day: from then on it is said what waits too long, once that day."""


class Queue(StrEnum):
    """What waits for somebody of a role, and has a name of its own in the kinds."""

    APPROVALS = "approvals_wait"
    TO_THE_BANK = "payments_wait_for_bank"
    APPEALS = "appeals_are_late"
    REVIEWS = "reviews_are_late"
    CONFLICTS = "conflicts_are_late"
    RISKS = "risk_flags_wait"


PATIENCE: Mapping[Queue, timedelta] = {
    Queue.APPROVALS: 2 * _DAY,
    Queue.TO_THE_BANK: 2 * _DAY,
    Queue.APPEALS: 3 * _DAY,
    Queue.RISKS: 3 * _DAY,
}
"""So long it may wait. For reviews each development says so itself; a conflict has its own deadline."""

HOLDS_TOLD = tuple(check for check in Check if check not in {Check.ACCOUNT_APPROVED, Check.INVOICE_EQUAL})
"""The holds that a payee is told of. An approval for another account is the approver's to give anew; that the invoice
is awaited the statement says, and `INVOICE` later so does an event of its own."""


def mark(left: timedelta, marks: Sequence[timedelta]) -> timedelta | None:
    """Which of the tellings it is time for: the last one that the end has come within; None before the first, and once
    it is over."""
    return min((one for one in marks if left <= one), default=None) if left > timedelta(0) else None


def once(kind: str, key: int, mark: timedelta, end: str) -> str:
    """Under what a telling before an end is told once: an end that is moved is told of anew."""
    whole = mark // _HOUR if mark < 3 * _DAY else mark // _DAY
    return f"{kind}:{key}:{whole}:{end}"


def once_today(queue: Queue, now: datetime) -> str | None:
    """Under what a queue is told of once a day; None before the hour of it."""
    return f"{queue}:{local_day(now)}" if hour_of_queues(now) else None


def hour_of_queues(now: datetime) -> bool:
    """Whether it is late enough in the Shanghai day to say what waits."""
    return now >= day_start(local_day(now)) + TOLD_OF_QUEUES_AT
