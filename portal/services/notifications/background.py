"""What sends in the background of a process: texts, mails, and the events that become such."""

from collections.abc import Callable

from ...adapters.mail import Post
from ...adapters.sms.sender import Sms
from ...clock import Clock
from ...config import Config
from ...db import Database
from ..messages.background_sender import BackgroundSender, senders_of
from ..messages.outbox import Going, Round
from . import worker
from .ways import ways_of

EVENTS = "events"


def out_of(config: Config) -> worker.Out:
    """The ways beside the inbox by these settings."""
    return worker.Out(ways_of(config), config.default_locale)


def all_senders(
    database: Database,
    clock: Clock,
    sms: Callable[[], Sms | None],
    post: Callable[[], Post | None],
    out: worker.Out = worker.INBOX_ALONE,
) -> dict[str, BackgroundSender]:
    """The senders of a process, by what they send; who hands events on wakes those of the messages that come of it."""
    senders = senders_of(database, clock, sms, post)
    messages = list(senders.values())

    def events(going: Going = lambda: True) -> Round:
        told = worker.run_due(database, clock, going, out)
        if told.sent:
            for sender in messages:
                sender.wake()
        return told

    return {EVENTS: BackgroundSender(EVENTS, events), **senders}
