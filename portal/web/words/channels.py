"""Channels over time in words: what each is, and how its steps are counted."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext as _lp

from ...models import TouchKind
from ...rules.measures.channels import Channel, Step
from ..components import money, number

NAMES: Mapping[Channel, Any] = {
    Channel.AGENCIES: _lp("channel", "Agencies"),
    Channel.REFERRAL: _lp("channel", "Referral"),
    Channel.WALK_IN: _l("Walk-ins"),
    Channel.OWN_MEDIA: _lp("channel", "Own media"),
    Channel.NONE: _l("No channel"),
}

STEPS: Mapping[Step, Any] = {
    Step.LEADS: _lp("channel", "Leads"),
    Step.VISITS: _l("Visits"),
    Step.SIGNINGS: _l("Signings"),
    Step.COST: _l("Cost"),
}

DEFINITIONS: Mapping[Step, Any] = {
    Step.LEADS: _l(
        "New clients of the month: registrations that were accepted, friends who left their number, walk-ins, and the "
        "leads of own media as they were entered."
    ),
    Step.VISITS: _l("Visits of the month: showings that count, friends whom reception signed in, walk-ins."),
    Step.SIGNINGS: _l("Deals that were signed in the month and stand, by the contact that they go back to."),
    Step.COST: _l(
        "Commission that was posted in the month, with what was taken back; rewards that were granted in it, at their "
        "value; what own media cost, as it was entered."
    ),
}

TOUCHES: Mapping[TouchKind, Any] = {
    TouchKind.WALK_IN: _l("Walk-in"),
    TouchKind.REGISTRATION: _l("Registration"),
    TouchKind.REFERRAL_LEAD: _l("A friend's number"),
}


def shown(step: Step, value: int | None) -> str:
    """A count or a sum; a dash where nobody counts it."""
    if value is None:
        return "–"
    return money(value) if step is Step.COST else number(value)
