"""By which ways somebody is told of an event, and when the earliest: by importance, by what the reader chose, at night
not by what rings, and never by more messages an hour than a person reads."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from ..messages import quiet_hours
from .kind import CHANNELS, Channel, Importance, Kind, Topic

LATE = timedelta(hours=24)
"""What is older when it is handed on stands in the inbox alone: a text about it would be no news."""
LIVES = timedelta(hours=24)
"""So long a message may wait for its carrier."""

RING = frozenset({Channel.SMS, Channel.WECOM, Channel.WECHAT})
"""What rings on a phone: not between nine in the evening and eight in the morning."""

MOST_AN_HOUR: Mapping[Channel, int] = {Channel.SMS: 3, Channel.MAIL: 10, Channel.WECOM: 10, Channel.WECHAT: 3}
"""What comes beyond waits, and becomes one message."""

URGENT_ALONE = frozenset({Channel.SMS, Channel.WECHAT})
"""What says only what cannot wait: a text costs, and WeChat wants its template messages for that alone."""

REST = "rest"
"""The slot of what came beyond the bound, whatever it is about."""

Choices = Mapping[tuple[Topic, Channel], bool]


def may_choose(topic: Topic, channel: Channel, kinds: Mapping[str, Kind]) -> bool:
    """Whether a reader may switch this off: the inbox not where a topic is about money or safety."""
    return channel is not Channel.INBOX or all(kind.optional for kind in kinds.values() if kind.topic is topic)


def by_default(topic: Topic, channel: Channel, kinds: Mapping[str, Kind]) -> bool:
    """Whether anything of a topic goes this way unless the reader chose otherwise."""
    return any(channel in CHANNELS[kind.importance] for kind in kinds.values() if kind.topic is topic)


def wanted(kind: Kind, channel: Channel, choices: Choices) -> bool:
    """Whether an event of this kind is to go this way. Who chose mail, or WeCom, for a topic gets all of it that way;
    a text, and WeChat, only say what cannot wait."""
    chosen = choices.get((kind.topic, channel))
    if channel is Channel.INBOX:
        return not kind.optional or chosen is not False
    if chosen is False or (kind.texted and channel is Channel.SMS):
        return False
    usual = channel in CHANNELS[kind.importance]
    return usual or (chosen is True and channel not in URGENT_ALONE)


def earliest(kind: Kind, channel: Channel, now: datetime) -> datetime:
    """When a message of an event may go out at the earliest: what is about safety at once, by night too; the rest after
    a while in which more of it may come, and what rings by day."""
    if kind.importance is Importance.SECURITY:
        return now
    after = now + kind.merges
    return quiet_hours.earliest(after) if channel in RING else after


def slot(kind: Kind, channel: Channel, sent_this_hour: int) -> str:
    """With what an event is said together while its message waits: with its topic, or with all that came beyond."""
    beyond = sent_this_hour >= MOST_AN_HOUR[channel] and kind.importance is not Importance.SECURITY
    return REST if beyond else kind.topic


def after_bound(channel: Channel, now: datetime) -> datetime:
    """When what came beyond the bound may go out."""
    later = now + timedelta(hours=1)
    return quiet_hours.earliest(later) if channel in RING else later
