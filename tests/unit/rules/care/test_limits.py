"""The hard limits of meeting clients, as a table. Instants are a day of June 2026, Shanghai's clock."""

from datetime import datetime, time

import pytest

from commissions.calendar import SHANGHAI
from commissions.refusal import Refusal
from portal.rules.care.limits import Standing, next_day, quiet_until, refusal_of, with_opt_out
from portal.rules.care.plan import Channel, Limits

CALL, TEXT, WECHAT = Channel.CALL, Channel.TEXT, Channel.WECHAT


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 6, day, hour, minute, tzinfo=SHANGHAI)


CASES: dict[str, tuple[Channel, datetime, Standing, str | None]] = {
    "a first call": (CALL, at(1, 10), Standing(), None),
    "a second call": (CALL, at(1, 10), Standing(used_today=1), "care_calls_used_up"),
    "a second call to who bought": (CALL, at(1, 10), Standing(bought=True, used_today=1), None),
    "a second text": (TEXT, at(1, 10), Standing(used_today=1), None),
    "a third text": (TEXT, at(1, 10), Standing(used_today=2), "care_texts_used_up"),
    "at nine in the evening": (CALL, at(1, 21), Standing(), "care_quiet"),
    "just before eight": (TEXT, at(1, 7, 59), Standing(), "care_quiet"),
    "at night, who bought": (CALL, at(1, 23), Standing(bought=True), "care_quiet"),
    "WeChat at night": (WECHAT, at(1, 23), Standing(used_today=9), None),
    "at night, with a manager's reason": (CALL, at(1, 22), Standing(override="约好十点", may_override=True), None),
    "at night, with anybody's reason": (CALL, at(1, 22), Standing(override="约好"), "care_override_not_yours"),
    "an empty reason is none": (CALL, at(1, 22), Standing(override=" ", may_override=True), "care_quiet"),
    "a reason raises no limit": (
        CALL, at(1, 22), Standing(used_today=1, override="约好", may_override=True), "care_calls_used_up"
    ),
    "who asked for none": (TEXT, at(1, 10), Standing(opted_out=True), "client_opted_out"),
    "who asked for none, by WeChat": (WECHAT, at(1, 10), Standing(opted_out=True), "client_opted_out"),
    "who asked for none and bought, called": (CALL, at(1, 10), Standing(bought=True, opted_out=True), None),
    "who asked for none and bought, texted": (
        TEXT, at(1, 10), Standing(bought=True, opted_out=True), "client_opted_out"
    ),
    "no reason goes above who asked for none": (
        TEXT, at(1, 22), Standing(opted_out=True, override="x", may_override=True), "client_opted_out"
    ),
}  # fmt: skip


@pytest.mark.parametrize(("channel", "now", "client", "code"), CASES.values(), ids=CASES)
def test_who_may_be_met_now(channel: Channel, now: datetime, client: Standing, code: str | None) -> None:
    found = refusal_of(Limits(), channel, now, client)
    assert (found.code if isinstance(found, Refusal) else None) == code


def test_a_limit_says_when_it_ends() -> None:
    night, used = Standing(), Standing(used_today=2)
    quiet, texts = refusal_of(Limits(), TEXT, at(1, 22), night), refusal_of(Limits(), TEXT, at(1, 10), used)
    assert quiet is not None
    assert quiet.facts["until"] == at(2, 8)
    assert texts is not None
    assert texts.facts["try_again_at"] == at(2, 8)
    assert quiet_until(Limits(), at(1, 3)) == at(1, 8)
    no_night = Limits(quiet_from=time(12), quiet_until=time(14))
    assert next_day(no_night, at(1, 10)) == at(2, 0)


@pytest.mark.parametrize(
    ("text", "sent"), [(" 周末开放 ", "周末开放 退订回T"), ("周末开放，退订回T", "周末开放，退订回T")]
)
def test_a_text_says_how_to_opt_out(text: str, sent: str) -> None:
    assert with_opt_out(Limits(), text) == sent
