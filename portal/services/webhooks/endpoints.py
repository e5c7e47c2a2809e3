"""Endpoints of an agency's own systems: made, changed, given another secret, switched off and on, deleted."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import joinedload

from commissions.refusal import Refusal

from ...access.actor import Actor
from ...access.scope import visible
from ...models import Agency, WebhookDelivery, WebhookEndpoint
from ...rules.partner_api.keys import Mode, checked_name
from ...rules.webhooks import signing
from ...rules.webhooks.hearing import checked_types
from ...rules.webhooks.retries import Disabled
from ...rules.webhooks.targets import target_of
from ...session import Session
from .. import audit
from ..events.telling import Concerned, tell

MOST_ENDPOINTS = 20
"""So many of an agency at a time."""

STOPPED = "endpoint_disabled"
DELETED = "endpoint_deleted"
"""Why what waited for an endpoint was given up."""


class Change(StrEnum):
    """What became of an endpoint."""

    MADE = "made"
    CHANGED = "changed"
    RENEWED = "renewed"
    DISABLED = "disabled"
    ENABLED = "enabled"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an endpoint is to be. `types` empty: it hears of everything. `loopback`: this machine may be named."""

    name: str
    url: str
    types: tuple[str, ...] = ()
    everything: bool = True
    loopback: bool = False

    def checked(self) -> "Wanted":
        """The same, as it may be kept. Raises Refusal: api_key_name_odd, webhook_types_needed, webhook_type_unknown,
        and those of `target_of`."""
        target_of(self.url, loopback=self.loopback)
        types = () if self.everything else tuple(checked_types(self.types))
        return Wanted(checked_name(self.name), self.url, types, self.everything, self.loopback)


def endpoints_of(actor: Actor) -> Select[WebhookEndpoint]:
    """The endpoints that the actor may see and that are there."""
    stmt = visible(actor, WebhookEndpoint).where(WebhookEndpoint.deleted_at.is_(None))
    return stmt.options(joinedload(WebhookEndpoint.agency), joinedload(WebhookEndpoint.maker))


def make(
    session: Session, actor: Actor, now: datetime, agency: Agency, wanted: Wanted, mode: Mode = Mode.LIVE
) -> tuple[WebhookEndpoint, str]:
    """Make an endpoint; its secret is here, and sealed in the database.

    Raises Refusal: agency_inactive, webhook_name_taken, webhooks_many, and those of `Wanted.checked`.
    """
    if agency.deactivated_at is not None:
        raise Refusal("agency_inactive")
    checked = wanted.checked()
    session.get_one(Agency, agency.id, with_for_update=True)  # two made at once are counted one behind the other
    there = WebhookEndpoint.agency_id == agency.id, WebhookEndpoint.deleted_at.is_(None)
    if session.scalars(select(func.count()).select_from(WebhookEndpoint).where(*there)).one() >= MOST_ENDPOINTS:
        raise Refusal("webhooks_many", most=MOST_ENDPOINTS)
    _check_name(session, agency.id, checked.name)
    secret = signing.new_secret()
    row = WebhookEndpoint(
        agency_id=agency.id,
        name=checked.name,
        mode=mode,
        url=checked.url,
        types=list(checked.types),
        secret_sealed=_sealed(session, agency.id, secret),
        made_by=actor.id,
        made_at=now,
        failures=0,
        asked_at=now,
        lease=0,
    )
    session.add(row)
    session.flush()
    audit.record(session, actor, now, "webhook_made", row, **_facts(row))
    _tell(session, actor, now, row, Change.MADE)
    return row, secret


def change(session: Session, actor: Actor, now: datetime, row: WebhookEndpoint, wanted: Wanted) -> None:
    """Let an endpoint have another name, address or choice of events; what waits goes to the new address.

    Raises Refusal: webhook_name_taken, webhook_deleted, and those of `Wanted.checked`.
    """
    checked = wanted.checked()
    _lock(session, row)
    if checked.name != row.name:
        _check_name(session, row.agency_id, checked.name)
    if checked.url != row.url:
        row.failures, row.rests_until = 0, None  # another server is asked, which has not failed
    row.name, row.url, row.types = checked.name, checked.url, list(checked.types)
    session.flush()
    audit.record(session, actor, now, "webhook_changed", row, **_facts(row))
    _tell(session, actor, now, row, Change.CHANGED)


def renew_secret(session: Session, actor: Actor, now: datetime, row: WebhookEndpoint) -> str:
    """Give an endpoint another secret; the former one signs beside it for a day. Raises Refusal(webhook_deleted)."""
    _lock(session, row)
    secret = signing.new_secret()
    row.former_sealed, row.former_until = row.secret_sealed, now + signing.OVERLAP
    row.secret_sealed = _sealed(session, row.agency_id, secret)
    session.flush()
    audit.record(session, actor, now, "webhook_renewed", row, **_facts(row))
    _tell(session, actor, now, row, Change.RENEWED)
    return secret


def disable(session: Session, actor: Actor, now: datetime, row: WebhookEndpoint) -> None:
    """Send an endpoint nothing any more; what waits is given up. Raises Refusal: webhook_deleted, webhook_is_off."""
    _lock(session, row)
    if row.disabled_at is not None:
        raise Refusal("webhook_is_off")
    switch_off(session, now, row, Disabled.BY_HAND)
    audit.record(session, actor, now, "webhook_disabled", row, **_facts(row))
    _tell(session, actor, now, row, Change.DISABLED)


def switch_off(session: Session, now: datetime, row: WebhookEndpoint, why: Disabled) -> None:
    """Disable an endpoint, and give up what waits for it."""
    row.disabled_at, row.disabled_why = now, why
    session.flush()
    give_up_waiting(session, now, row.id, STOPPED)


def enable(session: Session, actor: Actor, now: datetime, row: WebhookEndpoint) -> None:
    """Send it again what happens from now on. Raises Refusal: webhook_deleted, webhook_is_on."""
    _lock(session, row)
    if row.disabled_at is None:
        raise Refusal("webhook_is_on")
    row.disabled_at = row.disabled_why = None
    row.failures, row.rests_until = 0, None
    session.flush()
    audit.record(session, actor, now, "webhook_enabled", row, **_facts(row))
    _tell(session, actor, now, row, Change.ENABLED)


def delete(session: Session, actor: Actor, now: datetime, row: WebhookEndpoint) -> None:
    """Forget an endpoint with its secrets; what was sent stays in the log for its time. Raises Refusal."""
    _lock(session, row)
    row.deleted_at = now
    row.secret_sealed = row.former_sealed = row.former_until = None
    session.flush()
    give_up_waiting(session, now, row.id, DELETED)
    audit.record(session, actor, now, "webhook_deleted", row, **_facts(row))
    _tell(session, actor, now, row, Change.DELETED)


def give_up_waiting(session: Session, now: datetime, endpoint_id: int, why: str) -> None:
    """Nothing that waits for this endpoint goes out."""
    waits = WebhookDelivery.endpoint_id == endpoint_id, WebhookDelivery.next_try_at.is_not(None)
    session.execute(update(WebhookDelivery).where(*waits).values(next_try_at=None, given_up_at=now, why=why))


def secrets_of(session: Session, row: WebhookEndpoint, now: datetime) -> list[str]:
    """The secrets that sign for an endpoint at this instant, the newest first."""
    sealed = [row.secret_sealed]
    if row.former_until is not None and now < row.former_until:
        sealed.append(row.former_sealed)
    return [session.vault.open_text(one, _context(row.agency_id)) for one in sealed if one is not None]


def forget_former(session: Session, now: datetime) -> int:
    """Forget the secrets that sign no more; how many those were."""
    over = WebhookEndpoint.former_until <= now
    done = session.execute(update(WebhookEndpoint).where(over).values(former_sealed=None, former_until=None))
    return int(done.rowcount)  # type: ignore[attr-defined]  # an UPDATE counts its rows


def _lock(session: Session, row: WebhookEndpoint) -> None:
    """Take the endpoint as it stands now: of two who change it, and of who sends to it, one comes second."""
    session.refresh(row, with_for_update={"key_share": True})  # events go on being written down for it
    if row.deleted_at is not None:
        raise Refusal("webhook_deleted")


def _check_name(session: Session, agency_id: int, name: str) -> None:
    same = WebhookEndpoint.agency_id == agency_id, WebhookEndpoint.name == name, WebhookEndpoint.deleted_at.is_(None)
    if session.scalar(select(WebhookEndpoint.id).where(*same)) is not None:
        raise Refusal("webhook_name_taken", field="name")


def _facts(row: WebhookEndpoint) -> dict[str, str]:
    return {"name": row.name, "host": target_of(row.url, loopback=True).written}


def _tell(session: Session, actor: Actor, now: datetime, row: WebhookEndpoint, change: Change) -> None:
    whom = Concerned(agency=row.agency_id)
    tell(session, actor, now, "webhook_changed", row, whom, change=change.value, name=row.name)


def _sealed(session: Session, agency_id: int, secret: str) -> bytes:
    return session.vault.seal_text(secret, _context(agency_id))


def _context(agency_id: int) -> str:
    return f"webhook secret:{agency_id}"
