"""Threads that send what lies in an outbox, so that no request and no task of the worker ever waits for a carrier.

Each process has one for texts and one for mails. They hold nothing: what is due lies in the tables (ADR 4), a wake
says only "look", and the worker says so once a minute.
"""

import atexit
import logging
import os
from collections.abc import Callable
from threading import Condition, Thread

from ...adapters.mail import Post
from ...adapters.sms.sender import Sms
from ...clock import Clock
from ...db import Database
from ...outages import outage_of
from . import worker
from .mails import Mails
from .outbox import Going, Round
from .texts import Texts

log = logging.getLogger(__name__)

REST_SECONDS = 15.0
"""So long a carrier that does not serve is left alone."""
_LAST_SECONDS = 5.0
"""So long a process that ends waits for the message that is on its way; another one would go on with it."""


class BackgroundSender:
    """Delivers when it is woken, in a thread of its own; woken many times meanwhile, it looks once more."""

    def __init__(self, name: str, deliver: Callable[..., Round]) -> None:
        self._name = name
        self.deliver = deliver
        self._change = Condition()
        self._wanted = self._busy = self._closed = False
        self._thread: Thread | None = None
        self._process = 0

    def wake(self) -> None:
        """Look for what is due, soon. Returns at once."""
        with self._change:
            self._wanted = True
            if self._thread is None or self._process != os.getpid():  # a server may have been forked since
                self._process = os.getpid()
                self._thread = Thread(target=self._run, name=f"send-{self._name}", daemon=True)
                self._thread.start()
                atexit.register(self.close)
            self._change.notify_all()

    def settle(self, seconds: float) -> bool:
        """Wait until nothing is on its way, at most so long; whether it came to that."""
        with self._change:
            return self._change.wait_for(lambda: not (self._wanted or self._busy), seconds)

    def close(self) -> None:
        """Begin with no further message."""
        with self._change:
            self._closed = True
            self._change.notify_all()
            thread = self._thread
        if thread is not None:
            thread.join(_LAST_SECONDS)

    def _run(self) -> None:
        again: float | None = None
        while True:
            with self._change:
                self._change.wait_for(lambda: self._wanted or self._closed, again)
                if self._closed:
                    return
                self._wanted, self._busy = False, True
            found = self._round()
            with self._change:
                away, again = found.away, found.again
                if away:
                    self._change.wait_for(lambda: self._closed, REST_SECONDS)
                self._busy, self._wanted = False, self._wanted or away  # what is due waits still
                self._change.notify_all()

    def _round(self) -> Round:
        """Deliver; `away` where it is better to leave the carrier, or the database, alone for a while."""
        try:
            return self.deliver(lambda: not self._closed)
        except Exception as error:
            outage = outage_of(error)
            log.warning(
                "messages wait", extra={"outbox": self._name, "outage": outage}, exc_info=None if outage else error
            )
            return Round(0, away=True)


def senders_of(
    database: Database, clock: Clock, sms: Callable[[], Sms | None], post: Callable[[], Post | None]
) -> dict[str, BackgroundSender]:
    """The senders of a process, by what they send. One without a carrier sends nothing."""

    def texts(going: Going = lambda: True) -> Round:
        carrier = sms()
        return worker.run_due(database, Texts(carrier), clock, going) if carrier is not None else Round(0)

    def mails(going: Going = lambda: True) -> Round:
        carrier = post()
        return worker.run_due(database, Mails(carrier), clock, going) if carrier is not None else Round(0)

    return {"texts": BackgroundSender("texts", texts), "mails": BackgroundSender("mails", mails)}
