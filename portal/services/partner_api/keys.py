"""API keys of agencies: made, shown once, looked up by their digest, revoked by one tap."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from commissions.refusal import Refusal

from ... import crypto
from ...access.actor import Actor
from ...access.scope import visible
from ...models import Agency, ApiKey
from ...rules.partner_api import keys as rule
from ...rules.partner_api.keys import Mode, Scope
from ...rules.partner_api.versions import LATEST, open_versions
from ...session import Session
from .. import audit
from ..events.telling import Concerned, tell

SEEN_EVERY = timedelta(minutes=5)
"""The last use of a key is known to that, so that a busy one is not written at every request."""


@dataclass(frozen=True, slots=True)
class NewKey:
    """What a key is to be; `days` None: it has no end; no `networks`: it may be shown from anywhere."""

    name: str
    scopes: Sequence[Scope]
    mode: Mode = Mode.LIVE
    days: int | None = None
    networks: Sequence[str] = ()


def keys_of(actor: Actor) -> Select[ApiKey]:
    """The keys that the actor may see, with who made them."""
    return visible(actor, ApiKey).options(joinedload(ApiKey.maker), joinedload(ApiKey.agency))


def open_keys(session: Session, agency_id: int, now: datetime) -> int:
    """How many keys of an agency open something."""
    ends = or_(ApiKey.expires_at.is_(None), ApiKey.expires_at > now)
    return session.scalars(
        select(func.count()).select_from(ApiKey).where(ApiKey.agency_id == agency_id, ApiKey.revoked_at.is_(None), ends)
    ).one()


def make(session: Session, actor: Actor, now: datetime, agency: Agency, new: NewKey) -> tuple[ApiKey, str]:
    """Make a key of the agency; its text is here and nowhere else.

    Raises Refusal: agency_inactive, api_key_name_odd, api_key_days_odd, api_key_name_taken, api_keys_many.
    """
    if agency.deactivated_at is not None:
        raise Refusal("agency_inactive")
    checked, until = rule.checked_name(new.name), rule.end_of(now, new.days)
    session.get_one(Agency, agency.id, with_for_update=True)  # two made at once are counted one behind the other
    if open_keys(session, agency.id, now) >= rule.MOST_KEYS:
        raise Refusal("api_keys_many", most=rule.MOST_KEYS)
    made = rule.new_key(new.mode)
    row = ApiKey(
        agency=agency,
        name=checked,
        mode=new.mode,
        digest=crypto.digest(made.text),
        hint=made.hint,
        scopes=[scope.value for scope in new.scopes],
        version=LATEST,
        networks=list(new.networks),
        made_by=actor.person_id,
        made_at=now,
        expires_at=until,
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as error:  # uq_api_keys_name: the digest is chance
        raise Refusal("api_key_name_taken", field="name") from error
    bound = {"scopes": row.scopes, "networks": row.networks}
    audit.record(session, actor, now, "api_key_made", row, name=checked, mode=new.mode, **bound)
    tell(session, actor, now, "api_key_made", row, Concerned(None, agency.id, None), name=checked)
    return row, made.text


def revoke(session: Session, actor: Actor, now: datetime, row: ApiKey) -> None:
    """The key opens nothing from the next request on. One that is revoked stays so."""
    session.refresh(row, with_for_update=True)
    if row.revoked_at is not None:
        return
    row.revoked_at, row.revoked_by = now, actor.person_id
    audit.record(session, actor, now, "api_key_revoked", row, name=row.name)
    tell(session, actor, now, "api_key_revoked", row, Concerned(None, row.agency_id, None), name=row.name)


def choose_version(session: Session, actor: Actor, now: datetime, row: ApiKey, version: str) -> None:
    """From the next request on the key is answered in this version, where a request names none.

    Raises Refusal: api_key_over, api_version_not_open, api_version_same.
    """
    session.refresh(row, with_for_update=True)
    if row.revoked_at is not None or (row.expires_at is not None and row.expires_at <= now):
        raise Refusal("api_key_over")
    if version not in {one.version for one in open_versions(now)}:
        raise Refusal("api_version_not_open", field="version")
    if version == row.version:
        raise Refusal("api_version_same", field="version", version=version)
    former, row.version = row.version, version
    audit.record(session, actor, now, "api_key_version_chosen", row, name=row.name, before=former, version=version)
    whom = Concerned(None, row.agency_id, None)
    tell(session, actor, now, "api_key_version_chosen", row, whom, name=row.name, version=version)


def find(session: Session, text: str) -> ApiKey | None:
    """The key with this text, whatever became of it; None where there is none."""
    if not rule.looks_like_a_key(text):
        return None
    return session.scalar(select(ApiKey).options(joinedload(ApiKey.agency)).where(ApiKey.digest == crypto.digest(text)))


def seen(session: Session, key_id: int, now: datetime) -> None:
    """Note that the key was used."""
    row = session.get(ApiKey, key_id)
    if row is not None and is_news(row, now):
        row.last_used_at = now


def is_news(row: ApiKey, now: datetime) -> bool:
    """Whether this use is to be noted."""
    return row.last_used_at is None or now - row.last_used_at >= SEEN_EVERY
