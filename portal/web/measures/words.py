"""The board in words: what each figure is, how it is counted, and its value in the reader's language."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext as _lp

from ...clock import month_of as month_in_shanghai
from ...rules.measures.board import COSTS, Measure
from ...services.measures.rows import Side
from ..components import money, number, percent
from ..components import month as month_word

CHANNELS: Mapping[Measure, Any] = {
    Measure.AGENCIES: _lp("channel", "Agencies"),
    Measure.REFERRAL: _lp("channel", "Referral"),
    Measure.WECHAT: _lp("channel", "WeChat"),
    Measure.OWN_MEDIA: _lp("channel", "Own media"),
}

NAMES: Mapping[Measure, Any] = {
    Measure.AGENCIES: _l("Showings that become deals"),
    Measure.REFERRAL: _l("Deals from referrals"),
    Measure.WECHAT: _l("WeChat interaction"),
    Measure.OWN_MEDIA: _l("What a lead costs"),
}

DEFINITIONS: Mapping[Measure, Any] = {
    Measure.AGENCIES: _l(
        "Agencies' deals that were signed in the month and stand, and whose client had been shown before; of the "
        "showings of the month that count."
    ),
    Measure.REFERRAL: _l("Deals that a referral brought, of all deals that were signed in the month and stand."),
    Measure.WECHAT: _l("Who did something with the account in the month, of those who follow it."),
    Measure.OWN_MEDIA: _l("What own media cost in the month, for each lead that they brought."),
}

WINDOWS: Mapping[Measure, Any] = {
    Measure.AGENCIES: _l("A deal counts by its signing, a showing by its check-in."),
    Measure.REFERRAL: _l("A deal counts by its signing."),
    Measure.WECHAT: _l("It counts for the month for which it was entered."),
    Measure.OWN_MEDIA: _l("It counts for the month for which it was entered."),
}

OWNERS: Mapping[Measure, Any] = {
    Measure.AGENCIES: _l("The portal counts it; the channel manager answers for it."),
    Measure.REFERRAL: _l("The portal counts it; the channel manager answers for it."),
    Measure.WECHAT: _l("The channel manager enters it, by the 2nd of the next month."),
    Measure.OWN_MEDIA: _l("The channel manager enters it, by the 2nd of the next month."),
}

SIDES: Mapping[tuple[Measure, Side], Any] = {
    (Measure.AGENCIES, Side.PART): _l("Agencies' deals after a showing"),
    (Measure.AGENCIES, Side.WHOLE): _l("Showings that count"),
    (Measure.REFERRAL, Side.PART): _l("Deals that a referral brought"),
    (Measure.REFERRAL, Side.WHOLE): _l("Deals that were signed and stand"),
    (Measure.WECHAT, Side.PART): _l("Who did something"),
    (Measure.WECHAT, Side.WHOLE): _l("Who follows the account"),
    (Measure.OWN_MEDIA, Side.PART): _l("What own media cost"),
    (Measure.OWN_MEDIA, Side.WHOLE): _l("Leads from own media"),
}


def shown(measure: Measure, value: int | None) -> str:
    """A figure or a target, as it is read; a dash where nothing was measured."""
    if value is None:
        return "–"
    return money(value) if measure in COSTS else percent(value)


def said(measure: Measure, side: Side, count: int | None) -> str:
    """One side of a figure."""
    if count is None:
        return "–"
    return money(count) if measure in COSTS and side == Side.PART else number(count)


def points(tenths: int | None) -> str:
    """Points with one decimal where they have one."""
    return "–" if tenths is None else f"{tenths / 10:g}"


def target(measure: Measure, value: int) -> str:
    """What is aimed at: at least a share, at most a cost."""
    if measure in COSTS:
        return _("at most %(value)s", value=shown(measure, value))
    return _("at least %(value)s", value=shown(measure, value))


def month_of(instant: datetime) -> str:
    """The month of an instant, as it is read."""
    return month_word(month_in_shanghai(instant))
