"""Stands: the code on their tablet, gifts of their own, and the gift for a number that is left there (rules 7.3).

Who scans a poster may be anywhere; who scans the tablet is at the stand. Its code changes every half minute, as the
one at reception does, and of each code only so many gifts are given: who sends a picture of it on shares those.

A number brings its gift once in a development, by the voucher's reference, which the database keeps unique. The page
says the same to every number; the gift is fetched at the table, where the number is told.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from commissions.refusal import Refusal
from referral.posters import advertising
from referral.rewards.reward_plan import Event, Gift

from ...access.actor import Actor
from ...models import Lead, Programme, ProgrammeKind, StandGift
from ...rules.showings import site_code as rule
from ...session import Session
from .. import audit
from ..contacts import vault_of
from . import gifts, programmes

OWN_EVENTS = (Event.SCAN, Event.LEAD)
"""What a stand may have a gift of its own for."""

_CODE = "stand code"
_MARK_DIGITS = 16


@dataclass(frozen=True, slots=True)
class StandCode:
    """What the tablet shows now: the text of the code, its half minute, and the seconds until the next one."""

    text: str
    step: int
    seconds_left: int


@dataclass(frozen=True, slots=True)
class OwnGift:
    """A stand's own gift: what it is called, and what it is worth."""

    title: str
    value_fen: int


def code_now(session: Session, now: datetime, programme: Programme) -> StandCode:
    """The code of this half minute for the tablet at the stand."""
    step = rule.step_of(now)
    return StandCode(f"{step}.{_marks(session, programme, step)[0]}", step, rule.seconds_left(now))


def step_of(session: Session, now: datetime, programme: Programme, text: str) -> int | None:
    """The half minute of a code that was scanned in time; None for one that is old, foreign or none at all."""
    step, _dot, mark = text.partition(".")
    if not (step.isascii() and step.isdigit() and len(step) < 12):
        return None
    right = _marks(session, programme, int(step))
    ours = any(hmac.compare_digest(mark.encode(), one.encode()) for one in right)
    return int(step) if ours and rule.refuse_scan(now, int(step)) is None else None


def change_gifts(
    session: Session,
    actor: Actor,
    now: datetime,
    programme: Programme,
    *,
    asks_code: bool,
    own: Mapping[Event, OwnGift],
) -> None:
    """Say what a stand gives instead of the plan's gifts, from now on, and whether it asks for the tablet's code.

    Raises Refusal: `own_gift_unplanned` for an event for which the plan in force gives nothing, `own_gift_dearer` (fact
    `most_fen`) for one that is worth more than the plan's, which finance has set; `advertising_promise` for its name.
    """
    if programme.kind is not ProgrammeKind.STAND:
        raise ValueError("a company gives a discount")
    for event, one in own.items():
        _check(session, now, event, one, programme.referrer.development_id)
    programme.asks_code = asks_code
    there = {row.event: row for row in programme.own_gifts}
    programme.own_gifts = [there.get(event) or StandGift(event=event) for event in own]
    for row in programme.own_gifts:
        row.title, row.value_fen = own[row.event].title, own[row.event].value_fen
    said = {event.value: f"{one.title} {one.value_fen}" for event, one in own.items()}
    audit.record(session, actor, now, "stand_gifts_changed", programme, asks_code=asks_code, **said)


def give_lead_gift(session: Session, actor: Actor, now: datetime, lead: Lead) -> None:
    """The gift for a new number, if it was left at a stand that gives one and has one left."""
    programme = programmes.of(session, lead.referrer) if lead.touch_id is not None else None
    gift = None if programme is None else gifts.open_gift(session, now, programme, Event.LEAD)
    if programme is not None and gift is not None:
        gifts.give_for_number(session, actor, now, programme, gift, lead)


def _check(session: Session, now: datetime, event: Event, own: OwnGift, development_id: int) -> None:
    planned: Gift | None = gifts.planned(session, now, event, development_id)
    if planned is None:
        raise Refusal("own_gift_unplanned", field=f"{event}_title")
    most_fen = sum(item.value_fen or 0 for item in planned.items)
    if own.value_fen > most_fen:
        raise Refusal("own_gift_dearer", field=f"{event}_value", most_fen=most_fen)
    advertising.check(own.title, field=f"{event}_title")


def _marks(session: Session, programme: Programme, step: int) -> list[str]:
    digests = vault_of(session).keyed_digests(f"{programme.referrer_id}.{step}", _CODE)
    return [one[:_MARK_DIGITS] for one in digests]
