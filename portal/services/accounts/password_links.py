"""Links by which a person chooses a password: one row each, found by a keyed digest of the very letters that were sent.

The secret itself is stored nowhere. A person has one open link at most, which a unique index holds: a newer one, a
chosen password, and closing the account each end it for good.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select, update

from commissions.refusal import Refusal

from ... import crypto
from ...models import LinkEnd, LinkPurpose, PasswordLink, Person
from ...session import Session
from .. import contacts

LINK_DAYS = 7
_PURPOSE = "password link"


@dataclass(frozen=True, slots=True)
class Link:
    """The secret part of a link to choose a password, and when it ends. `row` is what is kept of it."""

    row: PasswordLink
    token: str
    until: datetime


def issue(
    session: Session,
    now: datetime,
    person: Person,
    *,
    by_id: int | None,
    lasts: timedelta = timedelta(days=LINK_DAYS),
) -> Link:
    """Make a link of this person's; an earlier one is good no longer. The secret is handed out here and never again."""
    # The account's row is locked, so that of two links that are made at the same time one ends the other.
    session.scalar(select(Person.id).where(Person.id == person.id).with_for_update(of=Person))
    end_open(session, now, PasswordLink.person_id == person.id, LinkEnd.NEWER)
    token, until = crypto.token(32), now + lasts
    row = PasswordLink(
        digest=_digests(session, token)[0],
        purpose=LinkPurpose.FORGOTTEN if person.password_sealed else LinkPurpose.FIRST,
        person_id=person.id,
        issued_at=now,
        issued_by=by_id,
        until=until,
    )
    session.add(row)
    session.flush()
    return Link(row, token, until)


def find(session: Session, now: datetime, token: str) -> PasswordLink:
    """The link with these very letters. Raises Refusal(link_invalid): made up, over, used, or of a closed account."""
    row = session.scalar(select(PasswordLink).where(PasswordLink.digest.in_(_digests(session, token))))
    if row is None or row.ended_at is not None or row.until <= now or not row.person.active:
        raise Refusal("link_invalid")
    return row


def spend(session: Session, now: datetime, link: PasswordLink) -> None:
    """Use the link up. Raises Refusal(link_invalid) for the slower of two who use it at once."""
    if not end_open(session, now, PasswordLink.id == link.id, LinkEnd.USED):
        raise Refusal("link_invalid")


def end_open(session: Session, now: datetime, which: ColumnElement[bool], because: LinkEnd) -> int:
    """End the open links among these; how many those were."""
    ended = (
        update(PasswordLink)
        .where(which, PasswordLink.ended_at.is_(None))
        .values(ended_at=now, ended_because=because)
        .execution_options(synchronize_session="fetch")
    )
    return int(session.execute(ended).rowcount)  # type: ignore[attr-defined]  # an UPDATE counts its rows


def _digests(session: Session, token: str) -> list[str]:
    return contacts.vault_of(session).keyed_digests(token, _PURPOSE)
