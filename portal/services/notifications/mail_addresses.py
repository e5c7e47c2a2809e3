"""A person's mail address for notices: asked for, confirmed by a link in a mail to it, taken away again."""

import re
from contextlib import suppress
from datetime import datetime, timedelta

from commissions.refusal import Refusal
from referral.code import sign_link, verify_link

from ...access.actor import Actor
from ...crypto import digest
from ...models import MailKind, NoticeSettings
from ...session import Session
from .. import audit
from ..contacts import vault_of
from ..messages import mails
from . import addresses

_LINK = "confirm mail address"
_LASTS = timedelta(hours=72)
_ADDRESS = re.compile(r"[^@\s,;<>\"']{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,180}[A-Za-z0-9])?\.[A-Za-z]{2,24}")
MAILS_A_DAY = 5


def ask(session: Session, actor: Actor, now: datetime, address: str, *, base_url: str, locale: str) -> None:
    """Keep an address that is to be confirmed, and send it the link. Raises Refusal: mail_address_odd,
    mail_checks_used_up."""
    if not _ADDRESS.fullmatch(address):
        raise Refusal("mail_address_odd", field="address")
    row = session.merge(addresses.settings_of(session, actor.id))
    row.mail_sealed, row.mail_confirmed_at = addresses.seal_address(session, actor.id, address), None
    row.mail_index = addresses.address_index(session, address)
    session.flush()
    token = sign_link(_LINK, f"{actor.id}.{_mark(address)}", _keys(session)[0], now + _LASTS)
    params = {"link": f"{base_url.rstrip('/')}/inbox/address/{token}"}
    for number in range(MAILS_A_DAY):
        key = f"address-{actor.id}-{now:%Y%m%d}-{number}"
        kind, until = MailKind.ADDRESS_CHECK, now + _LASTS
        if mails.enqueue(session, now, key, mails.NewMail(kind, address, params, locale, until)):
            audit.record(session, actor, now, "notice_address_asked", "people")
            return
    raise Refusal("mail_checks_used_up", field="address")


def confirm(session: Session, now: datetime, token: str) -> None:
    """Let notices go to the address that a link was sent to. Raises Refusal: link_invalid, link_expired."""
    row = of_link(session, now, token)
    if row.mail_confirmed_at is None:
        row.mail_confirmed_at = now
        audit.record(session, Actor(row.person_id, None), now, "notice_address_confirmed", "people")


def of_link(session: Session, now: datetime, token: str) -> NoticeSettings:
    """Whose address a link confirms. Raises Refusal: link_invalid, link_expired."""
    person, _dot, mark = _verified(session, now, token).partition(".")
    row = session.get(NoticeSettings, int(person))
    address = addresses.address_in(session, row) if row is not None else None
    if row is None or address is None or _mark(address) != mark:
        raise Refusal("link_invalid")
    return row


def forget(session: Session, actor: Actor, now: datetime) -> None:
    """Send no more notices by mail: the address is kept no longer."""
    row = session.get(NoticeSettings, actor.id)
    if row is not None:
        row.mail_sealed = row.mail_index = row.mail_confirmed_at = None
        mails.give_up(session, now, f"address-{actor.id}-", why="stopped")
        audit.record(session, actor, now, "notice_address_removed", "people")


def _mark(address: str) -> str:
    return digest(address)[:16]


def _verified(session: Session, now: datetime, token: str) -> str:
    """What a link says that was signed under an index key of ours, be it a former one."""
    *former, last = reversed(_keys(session))
    for key in former:
        with suppress(Refusal):
            return verify_link(token, _LINK, key, now)
    return verify_link(token, _LINK, last, now)


def _keys(session: Session) -> list[bytes]:
    return [one.encode() for one in vault_of(session).keyed_digests(_LINK, "notices.link")]
