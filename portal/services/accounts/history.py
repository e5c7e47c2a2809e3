"""What was done to accounts, by whom, and where a link to choose a password went: for the administrators, for the
account's owner, and for who trusts in somebody's hands.

It is read from the audit log, which nobody can change. What two people agreed on names both.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import joinedload

from ...models import AccountProposal, AuditEntry, FactorReset, Person, ProposalState, TextMessage, WebSession
from ...session import Session
from ..messages import texts
from . import links as account_links

ACTIONS = (
    "person_created",
    "person_deactivated",
    "person_reactivated",
    "person_phone_changed",
    "person_role_changed",
    "person_renamed",
    "factors_reset",
    "company_identity_tied",
    "company_identity_ended",
    "wechat_tied",
    "wechat_tie_ended",
    "person_transferred",
    "person_reinvited",
    "password_link_issued",
)
RECENT = timedelta(days=30)
"""What was done to an account so lately is said beside what its owner did with money."""


@dataclass(frozen=True, slots=True)
class AccountEvent:
    """A deed on an account. `by` is None for the shell, `proposed_by` for what one person did alone; `text` is the one
    that took a link to its owner."""

    at: datetime
    action: str
    person: Person
    by: Person | None
    proposed_by: Person | None
    text: TextMessage | None


def of_person(session: Session, person: Person) -> list[AccountEvent]:
    """All that was done to an account, newest first."""
    return _events(session, _deeds([person.id]))


def recent(session: Session, now: datetime, ids: Collection[int]) -> list[AccountEvent]:
    """What others did lately to the accounts of these people, newest first."""
    deeds = _deeds(ids).where(AuditEntry.at > now - RECENT)
    return [one for one in _events(session, deeds) if one.by is None or one.by.id != one.person.id] if ids else []


def latest(session: Session, limit: int) -> list[AccountEvent]:
    """What was done to any account, newest first."""
    return _events(session, _deeds(None).limit(limit))


def after(instant: Any) -> Select[AuditEntry]:
    """The deeds that were done to accounts after an instant."""
    return _deeds(None).where(AuditEntry.at > instant)


def since_last_sign_in(session: Session, person: Person) -> list[AccountEvent]:
    """What others did to an account since its owner was last signed in, newest first; nothing at the first sign-in."""
    of = WebSession
    starts = select(of.started_at).where(of.person_id == person.id).order_by(of.id.desc()).limit(2)
    begun = session.scalars(starts).all()
    if len(begun) < 2:
        return []
    here, before = begun
    deeds = _deeds([person.id]).where(AuditEntry.at > before, AuditEntry.at <= here)
    return [one for one in _events(session, deeds) if one.by is None or one.by.id != person.id]


def _deeds(ids: Collection[int] | None) -> Select[AuditEntry]:
    of = AuditEntry
    stmt = select(of).where(of.subject_kind == Person.__tablename__, of.action.in_(ACTIONS))
    stmt = stmt if ids is None else stmt.where(of.subject_id.in_(ids))
    return stmt.options(joinedload(of.actor)).order_by(of.id.desc())


def _events(session: Session, deeds: Select[AuditEntry]) -> list[AccountEvent]:
    entries = session.scalars(deeds).all()
    ids = {entry.subject_id for entry in entries}
    people = {one.id: one for one in session.scalars(select(Person).where(Person.id.in_(ids)))}
    proposed = _proposed(session, ids)
    resets = _resets(session, entries)
    texts = _texts(session, entries)
    return [
        AccountEvent(
            entry.at,
            entry.action,
            people[entry.subject_id or 0],
            entry.actor or _decided_by(resets, entry),
            proposed.get((entry.subject_id, entry.at)) if entry.actor else _proposed_by(resets, entry),
            texts.get(entry.facts.get("link")),
        )
        for entry in entries
    ]


def _proposed(session: Session, ids: Collection[int | None]) -> dict[tuple[int | None, datetime | None], Person]:
    """Who proposed what was done to an account at an instant: it is done in the transaction that confirms it."""
    of = AccountProposal
    about = or_(of.person_id.in_(ids), of.opened_id.in_(ids))
    stmt = select(of).where(of.state == ProposalState.CONFIRMED, about).options(joinedload(of.proposer))
    return {(one.opened_id or one.person_id, one.decided_at): one.proposer for one in session.scalars(stmt)}


def _resets(session: Session, entries: Sequence[AuditEntry]) -> dict[int, FactorReset]:
    """The resets of second factors that were carried out, by time, for two people who had decided."""
    ids = {entry.facts["reset"] for entry in entries if "reset" in entry.facts}
    stmt = select(FactorReset).where(FactorReset.id.in_(ids))
    stmt = stmt.options(joinedload(FactorReset.proposer), joinedload(FactorReset.decider))
    return {one.id: one for one in session.scalars(stmt)} if ids else {}


def _decided_by(resets: Mapping[int, FactorReset], entry: AuditEntry) -> Person | None:
    found = resets.get(entry.facts.get("reset", 0))
    return found.decider if found else None


def _proposed_by(resets: Mapping[int, FactorReset], entry: AuditEntry) -> Person | None:
    found = resets.get(entry.facts.get("reset", 0))
    return found.proposer if found else None


def _texts(session: Session, entries: Sequence[AuditEntry]) -> dict[int | None, TextMessage]:
    """The texts that took links, by the link's number; of before they went by text an entry names none."""
    links = {key: account_links.key_of(key) for entry in entries if (key := entry.facts.get("link")) is not None}
    found = texts.of_keys(session, list(links.values()))
    return {link: found[key] for link, key in links.items() if key in found}
