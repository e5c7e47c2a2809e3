"""By which ways somebody is told, and when the earliest."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.rules.notifications import ways
from portal.rules.notifications.kind import Channel, Importance, Kind, Page, Topic, Whom
from portal.rules.notifications.ways import MOST_AN_HOUR, REST

DAY = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
NIGHT = datetime(2026, 3, 10, 15, 0, tzinfo=UTC)  # eleven in the evening in Beijing
MORNING = datetime(2026, 3, 11, 0, 0, tzinfo=UTC)
TOPIC, OTHER = list(Topic)[:2]


def kind(importance: Importance, *, topic: Topic = TOPIC, texted: bool = False) -> Kind:
    return Kind("deals", tuple(Whom)[:1], topic, Page("deals.show"), importance, texted=texted)


INFO, DEADLINE, MONEY, SECURITY = (kind(one) for one in Importance)


@pytest.mark.parametrize(
    ("channel", "kinds", "free"),
    [
        (Channel.INBOX, {"a": INFO, "b": DEADLINE}, True),
        (Channel.INBOX, {"a": INFO, "b": MONEY}, False),
        (Channel.INBOX, {"a": SECURITY}, False),
        (Channel.INBOX, {"a": INFO, "b": kind(Importance.MONEY, topic=OTHER)}, True),
        (Channel.SMS, {"a": MONEY}, True),
    ],
)
def test_the_inbox_stays_where_it_is_about_money_or_safety(
    channel: Channel, kinds: dict[str, Kind], free: bool
) -> None:
    assert ways.may_choose(TOPIC, channel, kinds) is free


@pytest.mark.parametrize(
    ("channel", "kinds", "goes"),
    [
        (Channel.INBOX, {"a": INFO}, True),
        (Channel.SMS, {"a": INFO}, False),
        (Channel.SMS, {"a": INFO, "b": MONEY}, True),
        (Channel.SMS, {"a": kind(Importance.MONEY, topic=OTHER)}, False),
    ],
)
def test_a_topic_goes_the_ways_of_what_matters_most_in_it(channel: Channel, kinds: dict[str, Kind], goes: bool) -> None:
    assert ways.by_default(TOPIC, channel, kinds) is goes


@pytest.mark.parametrize(
    ("event", "channel", "chosen", "goes"),
    [
        (INFO, Channel.INBOX, None, True),
        (INFO, Channel.INBOX, False, False),
        (MONEY, Channel.INBOX, False, True),
        (INFO, Channel.MAIL, None, False),
        (INFO, Channel.MAIL, True, True),
        (INFO, Channel.SMS, True, False),
        (MONEY, Channel.SMS, None, True),
        (MONEY, Channel.SMS, False, False),
        (MONEY, Channel.MAIL, False, False),
        (kind(Importance.MONEY, texted=True), Channel.SMS, None, False),
        (kind(Importance.MONEY, texted=True), Channel.MAIL, None, True),
    ],
)
def test_what_a_reader_chose(event: Kind, channel: Channel, chosen: bool | None, goes: bool) -> None:
    choices = {} if chosen is None else {(event.topic, channel): chosen}
    assert ways.wanted(event, channel, choices) is goes


@pytest.mark.parametrize(
    ("event", "channel", "now", "at"),
    [
        (SECURITY, Channel.SMS, NIGHT, NIGHT),
        (MONEY, Channel.SMS, DAY, DAY + MONEY.merges),
        (MONEY, Channel.SMS, NIGHT, MORNING),
        (MONEY, Channel.WECOM, NIGHT, MORNING),
        (MONEY, Channel.MAIL, NIGHT, NIGHT + MONEY.merges),
    ],
)
def test_what_rings_waits_for_the_morning_unless_it_is_about_safety(
    event: Kind, channel: Channel, now: datetime, at: datetime
) -> None:
    assert ways.earliest(event, channel, now) == at


@pytest.mark.parametrize("channel", sorted(MOST_AN_HOUR))
def test_what_comes_beyond_the_bound_becomes_one_message(channel: Channel) -> None:
    most = MOST_AN_HOUR[channel]
    assert ways.slot(MONEY, channel, most - 1) == MONEY.topic
    assert ways.slot(MONEY, channel, most) == REST
    assert ways.slot(SECURITY, channel, most) == SECURITY.topic


@pytest.mark.parametrize(
    ("channel", "now", "at"),
    [
        (Channel.SMS, DAY, DAY + timedelta(hours=1)),
        (Channel.SMS, NIGHT, MORNING),
        (Channel.MAIL, NIGHT, NIGHT + timedelta(hours=1)),
    ],
)
def test_it_goes_out_an_hour_later_and_by_day_if_it_rings(channel: Channel, now: datetime, at: datetime) -> None:
    assert ways.after_bound(channel, now) == at
