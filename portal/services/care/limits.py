"""The one place of the hard limits: whoever calls a client or sends a text of advertising takes it here first.

Everything about one client goes one after another (`lock_client`), and the database numbers what is taken of a day, so
of any number of carers at once no more come through than the plan lets (docs/care.md, section 5).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, update

from commissions.refusal import Refusal

from ...access.actor import Actor
from ...access.permissions import Permission
from ...access.policy import may
from ...clock import day_start, local_day
from ...models import CareFile, CareUse, ContactOutcome, TextMessage
from ...rules.care import limits as rule
from ...rules.care.plan import Channel
from ...session import Session
from .. import audit
from ..clients import lock_client
from ..messages import texts
from .contacts import NewContact, log
from .plan_in_force import plan_in_force
from .stages import stage_of


def refusal_of(
    session: Session, actor: Actor, now: datetime, file: CareFile, channel: Channel, *, override: str = ""
) -> Refusal | None:
    """Why this client may not be met by this channel now, or None: the codes of `rules.care.limits`."""
    limits = plan_in_force(session, file.development_id, now).limits
    standing = rule.Standing(
        bought=has_bought(session, file),
        opted_out=texts.has_opted_out(session, now, file.client_id),
        used_today=len(_taken(session, now, file.client_id, channel)),
        override=override,
        may_override=may(actor, Permission.LEAD_CARE),
    )
    return rule.refusal_of(limits, channel, now, standing)


def has_bought(session: Session, file: CareFile) -> bool:
    """Whether the client bought: then the plan says how often he is met, and no limit of a day."""
    return stage_of(session, [file])[file.id].deal_id is not None


def take_call(session: Session, actor: Actor, now: datetime, file: CareFile, *, override: str = "") -> CareUse:
    """Take the call of the day before it is made; who took it already and has not said how it went has it still.

    Raises Refusal: those of `refusal_of`.
    """
    lock_client(session, file.client_id)
    if (mine := open_call(session, actor, now, file)) is not None:
        return mine
    if refusal := refusal_of(session, actor, now, file, Channel.CALL, override=override):
        raise refusal
    use = _take(session, actor, now, file, Channel.CALL, override)
    facts = {"override": override.strip()} if override.strip() else {}
    audit.record(session, actor, now, "care_call_begun", file, **facts)
    return use


def open_call(session: Session, actor: Actor, now: datetime, file: CareFile) -> CareUse | None:
    """The call that the actor took today and has not written down yet."""
    stmt = select(CareUse).where(
        CareUse.file_id == file.id,
        CareUse.channel == Channel.CALL,
        CareUse.by_id == actor.id,
        CareUse.day == local_day(now),
        CareUse.released_at.is_(None),
        CareUse.contact_id.is_(None),
    )
    return session.scalar(stmt.order_by(CareUse.id).limit(1))


def release(session: Session, actor: Actor, now: datetime, use: CareUse) -> None:
    """The call was not made after all: another may make it."""
    still = CareUse.id == use.id, CareUse.released_at.is_(None), CareUse.contact_id.is_(None)
    done = session.scalar(update(CareUse).where(*still).values(released_at=now).returning(CareUse.id))
    if done is not None:
        audit.record(session, actor, now, "care_call_not_made", use.file)


@dataclass(frozen=True, slots=True)
class NewText:
    """A text as somebody sends it. `step`: the plan's step that it is for; `override`: why not wait until morning."""

    text: str
    step: str = ""
    override: str = ""


def send(session: Session, actor: Actor, now: datetime, file: CareFile, new: NewText) -> TextMessage:
    """Send a client a text of advertising: within the limits, with how to opt out, and written down as a contact.

    Raises Refusal: those of `refusal_of`; care_text_empty, care_text_long; texts_used_up, where other texts of the
    portal have used the day up.
    """
    if not new.text.strip():
        raise Refusal("care_text_empty", field="text")
    lock_client(session, file.client_id)
    if refusal := refusal_of(session, actor, now, file, Channel.TEXT, override=new.override):
        raise refusal
    body = rule.with_opt_out(plan_in_force(session, file.development_id, now).limits, new.text)
    if len(body) > MOST_SIGNS:
        raise Refusal("care_text_long", field="text", most=MOST_SIGNS, signs=len(body))
    use = _take(session, actor, now, file, Channel.TEXT, new.override)
    key = f"care-{use.id}"
    message = texts.enqueue_care(session, now, use, {"text": body}, key=key, expires_at=_end_of(now))
    contact = log(
        session, actor, now, file, NewContact(Channel.TEXT, now, ContactOutcome.SENT, note=body, step=new.step), use=use
    )
    facts = {"override": new.override.strip()} if new.override.strip() else {}
    audit.record(session, actor, now, "care_text_sent", file, contact=contact.id, **facts)
    return message


MOST_SIGNS = 300
"""A text with more is five messages at the carrier, and nobody reads it."""


def _end_of(now: datetime) -> datetime:
    """What does not go out on its day does not go out at all: it was one of that day's."""
    return day_start(local_day(now) + timedelta(days=1))


def used_today(
    session: Session, now: datetime, client_ids: Collection[int] | None = None
) -> dict[int, dict[Channel, int]]:
    """How many calls and texts of the Shanghai day are used up, by client and channel."""
    stmt = select(CareUse.client_id, CareUse.channel, func.count()).where(
        CareUse.day == local_day(now), CareUse.released_at.is_(None)
    )
    if client_ids is not None:
        stmt = stmt.where(CareUse.client_id.in_(client_ids))
    found: dict[int, dict[Channel, int]] = {}
    for client_id, channel, count in session.execute(stmt.group_by(CareUse.client_id, CareUse.channel)):
        found.setdefault(client_id, {})[channel] = count
    return found


def _take(session: Session, actor: Actor, now: datetime, file: CareFile, channel: Channel, override: str) -> CareUse:
    """Take the first number of the day that is free. The unique index lets each be taken once."""
    taken = _taken(session, now, file.client_id, channel)
    number = next(one for one in range(1, len(taken) + 2) if one not in taken)
    most = rule.most_of(plan_in_force(session, file.development_id, now).limits, channel)
    if has_bought(session, file):
        most = max(most, number)
    use = CareUse(
        client_id=file.client_id,
        file_id=file.id,
        day=local_day(now),
        channel=channel,
        number=number,
        most=most,
        by_id=actor.id,
        at=now,
        override=override.strip() or None,
    )
    session.add(use)
    session.flush()
    return use


def _taken(session: Session, now: datetime, client_id: int, channel: Channel) -> list[int]:
    stmt = select(CareUse.number).where(
        CareUse.client_id == client_id,
        CareUse.day == local_day(now),
        CareUse.channel == channel,
        CareUse.released_at.is_(None),
    )
    return list(session.scalars(stmt))
