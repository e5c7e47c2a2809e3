"""The hard limits of meeting clients: whether one may be called or texted now, and what stands against it.

So many calls and texts a Shanghai day to who has not bought, over all carers and channels; nobody in the quiet hours;
no advertising to who asked for none. A quiet hour may be overridden with a reason by who leads client care; the rest by
nobody.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from commissions.calendar import SHANGHAI
from commissions.refusal import Refusal

from ...clock import day_start, local_day
from .plan import Channel, Limits

COUNTED = (Channel.CALL, Channel.TEXT)
"""By what a client is disturbed: these are counted, and rest at night."""


class Standing(NamedTuple):
    """A client as the limits look at him: bought already, asked for no advertising, met so often by this channel on the
    Shanghai day that is asked about. `override`: why the quiet hours should not count; `may_override`: whether who asks
    may say so."""

    bought: bool = False
    opted_out: bool = False
    used_today: int = 0
    override: str = ""
    may_override: bool = False


def refusal_of(limits: Limits, channel: Channel, now: datetime, client: Standing) -> Refusal | None:
    """Why a client may not be met by this channel now, or None.

    client_opted_out; care_quiet (`until`), care_override_not_yours; care_calls_used_up and care_texts_used_up
    (`try_again_at`).
    """
    if client.opted_out and (channel is Channel.TEXT or not client.bought):
        return Refusal("client_opted_out")
    if channel not in COUNTED:
        return None
    if limits.is_quiet(now.astimezone(SHANGHAI).time()):
        if client.override.strip() and not client.may_override:
            return Refusal("care_override_not_yours", field="override")
        if not client.override.strip():
            return Refusal("care_quiet", until=quiet_until(limits, now))
    if client.bought or client.used_today < most_of(limits, channel):
        return None
    code = "care_calls_used_up" if channel is Channel.CALL else "care_texts_used_up"
    return Refusal(code, try_again_at=next_day(limits, now), most=most_of(limits, channel))


def most_of(limits: Limits, channel: Channel) -> int:
    """How often who has not bought may be met by it a day."""
    return limits.calls_a_day if channel is Channel.CALL else limits.texts_a_day


def quiet_until(limits: Limits, now: datetime) -> datetime:
    """When the quiet hours end in which an instant lies."""
    local = now.astimezone(SHANGHAI)
    ends = datetime.combine(local.date(), limits.quiet_until, SHANGHAI)
    return ends if ends > local else ends + timedelta(days=1)


def next_day(limits: Limits, now: datetime) -> datetime:
    """When a day's limit ends: on the next day, after its quiet hours."""
    begins = day_start(local_day(now) + timedelta(days=1))
    return quiet_until(limits, begins) if limits.is_quiet(begins.astimezone(SHANGHAI).time()) else begins


def with_opt_out(limits: Limits, text: str) -> str:
    """An advertising text, with how to opt out of more at its end."""
    text = text.strip()
    return text if limits.opt_out in text else f"{text} {limits.opt_out}"
