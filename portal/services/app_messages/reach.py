"""Whom an app reaches: who tied his account there, under which name that goes, and whom it said it cannot reach."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import and_, func, or_, select

from ...adapters.wechat.notices import NOT_REACHED as NOT_IN_WECHAT
from ...adapters.wecom.app import NOT_REACHED as NOT_IN_WECOM
from ...models import AccountTie, App, AppMessage
from ...rules.provider_sign_in.claims import Issuer, ProviderName
from ...session import Session
from ..contacts import vault_of
from ..keys.sealed_columns import CONTEXTS

NOT_REACHED = NOT_IN_WECOM | NOT_IN_WECHAT
"""The apps' words for what lies with one person: not among those who see the app, not following, no notices wanted."""
_ADDRESSES = {App.WECOM: AccountTie.subject_sealed, App.WECHAT: AccountTie.openid_sealed}
"""What of a tie says where a message goes."""
LEFT_ALONE = timedelta(days=1)
"""So long whom an app cannot reach is not tried again, unless he asks for it himself."""


def subject_of(session: Session, person_id: int, issuer: Issuer) -> str | None:
    """By what this issuer knows a person: the `userid` of a member in 企业微信, in WeChat the `openid` of the own
    official account. None where he is not tied to it, or was not seen there since."""
    tie = AccountTie.person_id == person_id, AccountTie.provider == issuer.provider, AccountTie.ended_at.is_(None)
    row = session.scalar(select(AccountTie).where(*tie))
    if row is None or row.issuer != issuer.name:
        return None
    column = AccountTie.openid_sealed if issuer.provider is ProviderName.WECHAT else AccountTie.subject_sealed
    sealed = getattr(row, column.key)
    context = CONTEXTS[f"account_ties.{column.key}"].format(person_id=person_id)
    return vault_of(session).open_text(sealed, context) if sealed is not None else None


def ties_of(session: Session, people: Collection[int]) -> Iterable[tuple[int, App]]:
    """Who of these tied his account in which app."""
    addressed = (and_(AccountTie.provider == app.value, column.is_not(None)) for app, column in _ADDRESSES.items())
    ties = select(AccountTie.person_id, AccountTie.provider).where(
        AccountTie.person_id.in_(people), AccountTie.ended_at.is_(None), or_(*addressed)
    )
    return [(person_id, App(provider.value)) for person_id, provider in session.execute(ties)]


def reachable(session: Session, now: datetime, people: Collection[int]) -> Mapping[int, Mapping[App, str | None]]:
    """The apps that each of these tied, and why one does not reach him just now, or None."""
    ties = list(ties_of(session, people))
    refused = unreached(session, now, {person_id for person_id, _app in ties}) if ties else {}
    found: defaultdict[int, dict[App, str | None]] = defaultdict(dict)
    for person_id, app in ties:
        found[person_id][app] = refused.get((person_id, app))
    return found


def unreached(session: Session, now: datetime, people: Collection[int]) -> Mapping[tuple[int, App], str]:
    """Whom an app said lately that it cannot reach, with its word for why; who was reached since is not among them."""
    of = AppMessage
    settled = func.coalesce(of.sent_at, of.given_up_at)
    lately = (
        of.person_id.in_(people),
        settled > now - LEFT_ALONE,
        or_(of.sent_at.is_not(None), of.failure.in_(NOT_REACHED)),
    )
    rows = session.execute(select(of.person_id, of.app, of.failure).where(*lately).order_by(settled, of.id))
    latest = {(person_id, App(app)): failure for person_id, app, failure in rows}
    return {who: why for who, why in latest.items() if why is not None}
