"""Events, what stands in people's inboxes, the robots in developments' groups, and agencies' webhooks."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from portal.access.actor import Actor
from portal.models import AccountTie, Agency, Development, Event, Notice, Person, Robot, Role, WebhookEndpoint
from portal.rules.notifications.kind import Whom
from portal.rules.notifications.kinds import KINDS
from portal.rules.partner_api.keys import Mode
from portal.rules.provider_sign_in.claims import Claims, Issuer, ProviderName
from portal.services.provider_sign_in import ties
from portal.services.robots import robots
from portal.services.webhooks import endpoints
from portal.services.webhooks.endpoints import Wanted

from . import BEFORE, agency, development
from . import person as somebody

WECOM, WECHAT = Issuer.of_wecom("ww1"), Issuer.of_wechat("wx1")
ROBOT_KEY = "73febdcb-1b38-4d1b-a994-790f21fc8d30"
ROBOT_ADDRESS = f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={ROBOT_KEY}"


def event(session: Session, kind: str = "new_device", **given: Any) -> Event:
    """Something that happened; nobody was told of it yet."""
    values: dict[str, Any] = {"kind": kind, "at": BEFORE, "subject_kind": KINDS[kind].subject, "facts": {}}
    row = Event(**values | given)
    session.add(row)
    session.flush()
    return row


def notice(
    session: Session,
    *,
    person: Person,
    kind: str = "new_device",
    at: datetime = BEFORE,
    whom: Whom = Whom.PERSON,
    read_at: datetime | None = None,
    **given: Any,
) -> Notice:
    """What a person was told of."""
    subject = {"person_id": person.id, "subject_id": person.id, "at": at, "told_at": at}
    of = event(session, kind, **subject | given)
    topic = KINDS[kind].topic
    row = Notice(event_id=of.id, person_id=person.id, whom=whom, topic=topic, at=at, read_at=read_at)
    session.add(row)
    session.flush()
    return row


def tied(session: Session, person: Person, provider: ProviderName, subject: str = "zhangsan") -> AccountTie:
    """A tie to the account in an app, of the company or the official account that tests know."""
    wechat = provider is ProviderName.WECHAT
    claims = Claims(f"u-{subject}", openid=subject) if wechat else Claims(subject)
    return ties.tie(session, Actor.of(person), BEFORE, WECHAT if wechat else WECOM, claims)


def robot(
    session: Session,
    *,
    of: Development | None = None,
    by: Person | None = None,
    at: datetime = BEFORE,
    **given: Any,
) -> Robot:
    """A robot that speaks in the group of a development."""
    actor = Actor.of(by or somebody(session, Role.CHANNEL_MANAGER))
    values = {"address": ROBOT_ADDRESS, "group_name": "云栖里案场群", "locale": "en"} | given
    return robots.put_in(session, actor, at, of or development(session), **values)


def principal(session: Session) -> Person:
    """Who answers for an agency of his own."""
    return somebody(session, Role.PRINCIPAL, agency=agency(session))


def endpoint(
    session: Session,
    url: str = "https://hooks.example/portal",
    *,
    of: Person | None = None,
    types: tuple[str, ...] = (),
    mode: Mode = Mode.LIVE,
    at: datetime = BEFORE,
    name: str = "门店系统",
) -> tuple[WebhookEndpoint, str]:
    """An endpoint with its secret, made by a principal; it hears of everything, unless types are given."""
    by = of or principal(session)
    wanted = Wanted(name, url, types, everything=not types, loopback=True)
    return endpoints.make(session, Actor.of(by), at, session.get_one(Agency, by.agency_id), wanted, mode)  # type: ignore[arg-type]


def news(session: Session, agency_id: int | None, kind: str = "registration_accepted", **given: Any) -> Event:
    """Something that an agency is told of."""
    return event(session, kind, **{"agency_id": agency_id, "subject_id": 1, **given})
