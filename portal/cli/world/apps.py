"""Who tied an account in 企业微信 or WeChat, and what the stand-ins of both show them of the last days."""

from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from ...access.actor import Actor
from ...adapters.wechat.local import LocalWeChat
from ...adapters.wechat.local_notices import LocalNotices
from ...adapters.wecom.local import LocalWecom
from ...adapters.wecom.local_app import CORP_ID
from ...config import Config
from ...models import AccountTie, App, AppMessage, Event, Notice, Person, Role
from ...rules.notifications.kinds import KINDS
from ...rules.provider_sign_in.claims import Claims, Issuer
from ...services.app_messages.background import OUTBOXES
from ...services.app_messages.outbox import note_of
from ...services.messages.outbox import settle
from ...services.notifications import addresses, deliveries
from ...services.notifications.ways import AppWay
from ...services.provider_sign_in import ties
from ...session import Session
from .timeline import World

MEMBERS = {Role.CHANNEL_MANAGER: "luqudao", Role.RECEPTION: "wenanchang", Role.FINANCE: "qiancaiwu"}
FOLLOWERS = tuple(f"o-{LocalWeChat.app_id}-{number}" for number in range(3))
"""As the stand-in of WeChat's sign-in knows them."""
_TIED = 15
"""Days before the year's end."""
_LATELY = timedelta(days=4)


def plan(world: World) -> None:
    """Three colleagues tie their accounts in 企业微信; a broker, a principal and a homeowner theirs in WeChat."""
    world.at(world.lately(_TIED), partial(_tie, world), surely=True)


def _tie(world: World, at: datetime) -> None:
    wecom, wechat = Issuer.of_wecom(CORP_ID), Issuer.of_wechat(LocalWeChat.app_id)
    for role, member in MEMBERS.items():
        ties.tie(world.session, world.actor(role), at, wecom, Claims(member))
    for person, openid in zip(_partners(world), FOLLOWERS, strict=True):
        claims = Claims(openid.replace("o-", "u-"), openid=openid)
        ties.tie(world.session, Actor.of(person, "127.0.0.1"), at, wechat, claims)


def _partners(world: World) -> list[Person]:
    """Those who are named for signing in: the first of each kind."""
    first = select(Person).order_by(Person.id)
    return [world.session.scalars(first.where(Person.role == role)).first() for role in _PARTNERS]  # type: ignore[misc]  # there is one of each


_PARTNERS = (Role.BROKER, Role.PRINCIPAL, Role.REFERRER)


def show(session: Session, config: Config, now: datetime) -> None:
    """Let the stand-ins show what came in the last days, as the portal would have sent it then."""
    ways = [AppWay(App.WECOM, config.base_url)] if config.wecom_by == "local" else []
    ways += [AppWay(App.WECHAT, config.base_url)] if config.wechat_by == "local" else []
    theirs = Notice.person_id.in_(select(AccountTie.person_id).where(AccountTie.ended_at.is_(None)))
    waiting = theirs, Notice.read_at.is_(None), Notice.at > now - _LATELY, Notice.at <= now
    stmt = select(Notice).where(*waiting, Notice.event.has(Event.kind.in_(KINDS))).options(joinedload(Notice.event))
    notices = session.scalars(stmt.order_by(Notice.at, Notice.id)).all()
    choices = addresses.choices_of(session, {one.person_id for one in notices})
    for notice in notices:
        deliveries.deliver(session, notice.at, [notice], choices, ways, config.default_locale)
    for row in session.scalars(select(AppMessage).where(AppMessage.not_before <= now).order_by(AppMessage.id)).all():
        _came(session, config, row)
    session.flush()


def _came(session: Session, config: Config, row: AppMessage) -> None:
    """Hand a message to its stand-in at the hour at which it was due."""
    at = row.not_before or row.created_at
    carrier = (
        LocalWecom(config.data_dir / "wecom", lambda: at).app.carrier
        if row.app is App.WECOM
        else LocalNotices(config.data_dir / "wechat", lambda: at).carrier
    )
    to, note = note_of(session, row, carrier.issuer)
    number = carrier.send(carrier.token().text, to, note, key=row.key)
    row.attempts = 1
    session.flush()
    settle(session, OUTBOXES[row.app], row.id, sent_at=at, provider_id=number)
