"""Channels over time: what is counted, what nobody counts, and what a signing costs."""

import pytest

from portal.rules.measures.channels import COUNTED, Channel, ChannelMonths, Step, channels_of

MONTH = "2026-11"
FOUND = ChannelMonths(
    [MONTH],
    {
        (MONTH, Channel.AGENCIES, Step.SIGNINGS): 2,
        (MONTH, Channel.AGENCIES, Step.COST): 5,
        (MONTH, Channel.NONE, Step.SIGNINGS): 1,
        (MONTH, Channel.OWN_MEDIA, Step.COST): 7,
    },
)

CASES = [
    (Channel.AGENCIES, Step.SIGNINGS, 2),
    (Channel.AGENCIES, Step.LEADS, 0),
    (Channel.OWN_MEDIA, Step.COST, 7),
    (Channel.OWN_MEDIA, Step.LEADS, None),
    (Channel.OWN_MEDIA, Step.VISITS, None),
    (Channel.NONE, Step.LEADS, None),
]


@pytest.mark.parametrize(("channel", "step", "value"), CASES)
def test_what_is_known(channel: Channel, step: Step, value: int | None) -> None:
    assert FOUND.value(MONTH, channel, step) == value


def test_what_is_counted_adds_up() -> None:
    assert [FOUND.total(MONTH, step) for step in Step] == [0, 0, 3, 12]
    assert {(one, step) for step in Step for one in channels_of(step)} == {
        (one, step) for one, steps in COUNTED.items() for step in steps
    }
    assert [FOUND.signing_fen(MONTH, one) for one in (Channel.AGENCIES, Channel.REFERRAL, Channel.NONE)] == [
        3,
        None,
        None,
    ]
