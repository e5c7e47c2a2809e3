"""The thread of a process that brings webhooks, and what writes them down when events are handed on."""

from collections.abc import Callable, Sequence
from datetime import datetime

from ...adapters.webhooks.courier import Courier
from ...clock import Clock
from ...config import Config
from ...db import Database
from ...session import Session
from ..messages.background_sender import BackgroundSender
from ..messages.outbox import Going, Round
from . import worker
from .queueing import Numbered, queue

WEBHOOKS = "webhooks"


def api_base(config: Config) -> str:
    """The address of the API, as events name it."""
    return f"{config.base_url.rstrip('/')}/api/v1"


def load_courier(config: Config) -> Courier:
    """Who brings webhooks by these settings."""
    return Courier(loopback=config.webhook_loopback)


class Queue:
    """Writes down what endpoints hear, in the transaction that hands events on."""

    def __init__(self, base: str) -> None:
        self._base = base

    def __call__(self, session: Session, now: datetime, numbered: Sequence[Numbered]) -> None:
        queue(session, now, numbered, self._base)


def sender_of(database: Database, clock: Clock, courier: Callable[[], Courier]) -> BackgroundSender:
    """The sender of a process."""

    def send(going: Going = lambda: True) -> Round:
        return worker.run_due(database, courier(), clock, going)

    return BackgroundSender(WEBHOOKS, send)
