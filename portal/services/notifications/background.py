"""What works in the background of a process: texts, mails, the events that become such, and a look at the worker."""

from collections.abc import Callable, Mapping

from ...adapters.mail import Post
from ...adapters.sms.sender import Sms
from ...clock import Clock
from ...config import Config
from ...db import Database
from ..events import operation
from ..messages.background_sender import BackgroundSender, senders_of
from ..messages.outbox import Going, Round
from . import worker
from .ways import ways_of

EVENTS = "events"
WATCH = "watch"
"""Looks whether the worker lives, for who serves pages: a worker that is silent cannot say so."""


def out_of(config: Config) -> worker.Out:
    """The ways beside the inbox by these settings."""
    return worker.Out(ways_of(config), config.default_locale)


def all_senders(
    database: Database,
    clock: Clock,
    sms: Callable[[], Sms | None],
    post: Callable[[], Post | None],
    out: worker.Out = worker.INBOX_ALONE,
    others: Mapping[str, BackgroundSender] | None = None,
) -> dict[str, BackgroundSender]:
    """The senders of a process, by what they send; who hands events on wakes those of the messages that come of it."""
    senders = {**senders_of(database, clock, sms, post), **(others or {})}
    messages = list(senders.values())

    def events(going: Going = lambda: True) -> Round:
        told = worker.run_due(database, clock, going, out)
        if told.sent:
            for sender in messages:
                sender.wake()
        return told

    def watch(going: Going = lambda: True) -> Round:
        if not _is_silent(database, clock):
            return Round(0)
        return events(going)

    return {EVENTS: BackgroundSender(EVENTS, events), WATCH: BackgroundSender(WATCH, watch), **senders}


def _is_silent(database: Database, clock: Clock) -> bool:
    """Tell of a worker that is silent, once; whether it is. One look reads a row, and writes only what is news."""
    now = clock()
    with database.reading() as session:
        since = operation.silent_since(session, now)
        known = since is not None and operation.is_silence_told(session, since)
    if since is not None and not known:
        with database.transaction() as session:
            operation.tell_of_silence(session, now, since)
    return since is not None
