"""E-mails: written down where they become necessary, sent when that is committed, forgotten when they are settled.

An outbox as that of texts (`text_messages`): a mail is enqueued in the transaction that makes it necessary, and
`deliver_due` sends it right after that, and once a minute by the worker, outside any transaction. A crash between
sending and writing that down sends again: at least once, under the same key.
"""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ..adapters.mail import Post
from ..adapters.mail.sender import MailFailed
from ..db import Database
from ..models import Mail, MailKind
from .contacts import vault_of
from .inserts import insert_unless_there
from .outbox import note_fault

log = logging.getLogger(__name__)

_TO = "mail.to"
_PARAMS = "mail.params"
_AT_ONCE = 100
_FIRST_RETRY = timedelta(minutes=1)


def enqueue(
    session: Session,
    now: datetime,
    kind: MailKind,
    *,
    to: str,
    params: Mapping[str, str],
    locale: str,
    key: str,
    expires_at: datetime,
) -> bool:
    """Write down a mail that has to go out before `expires_at`; False where there is one under this key already."""
    vault = vault_of(session)
    made = insert_unless_there(
        session,
        Mail,
        ("key",),
        kind=kind,
        key=key,
        locale=locale,
        to_sealed=vault.seal_text(to, _TO),
        params_sealed=vault.seal_text(json.dumps(dict(params)), _PARAMS),
        created_at=now,
        expires_at=expires_at,
        next_try_at=now,
        attempts=0,
    )
    return made is not None


def give_up(session: Session, now: datetime, keys: str, *, why: str) -> None:
    """Send nothing any more of what waits under keys that begin so."""
    waiting = Mail.key.startswith(keys, autoescape=True), Mail.next_try_at.is_not(None)
    for mail_id in session.scalars(select(Mail.id).where(*waiting)).all():
        _settle(session, mail_id, given_up_at=now, failure=why)


def deliver_due(database: Database, post: Post, now: datetime) -> int:
    """Send what is due; how many went out. For edges, outside their transaction: every step has its own."""
    with database.reading() as session:
        due = select(Mail.id).where(Mail.next_try_at <= now).order_by(Mail.id).limit(_AT_ONCE)
        waiting = session.scalars(due).all()
    return sum(_deliver(database, post, now, mail_id) for mail_id in waiting)


@dataclass(frozen=True, slots=True)
class _Outgoing:
    """A mail that this worker took up."""

    to: str
    kind: MailKind
    params: Mapping[str, str]
    locale: str
    key: str


def _deliver(database: Database, post: Post, now: datetime, mail_id: int) -> bool:
    with database.transaction() as session:
        if not _take_up(session, now, mail_id):
            return False
    failure = _send(database, post, mail_id)
    with database.transaction() as session:
        if failure is None:
            _settle(session, mail_id, sent_at=now, failure=None)
        else:
            _note_failure(session, now, mail_id, failure)
    return failure is None


def _send(database: Database, post: Post, mail_id: int) -> MailFailed | None:
    """Send a mail that was taken up; why it did not go out, or None."""
    try:
        with database.reading() as session:
            row = session.get_one(Mail, mail_id)
            if row.next_try_at is None:
                return MailFailed("stopped", for_good=True)  # in between: it is settled
            outgoing = _opened(session, row)
        post.send(outgoing.to, outgoing.kind, outgoing.params, locale=outgoing.locale, key=outgoing.key)
    except MailFailed as failure:
        log.warning("mail not sent", extra={"mail": mail_id, "failure": failure.code, "for_good": failure.for_good})
        return failure
    except Exception as error:
        return MailFailed(note_fault(log, error, mail=mail_id), for_good=False)
    return None


def _take_up(session: Session, now: datetime, mail_id: int) -> bool:
    """Take a due mail: whoever moves its next try first has it. One that is too late is given up."""
    taken = session.scalar(
        update(Mail)
        .where(Mail.id == mail_id, Mail.next_try_at <= now)
        .values(attempts=Mail.attempts + 1, next_try_at=now + _FIRST_RETRY)
        .returning(Mail.id)
    )
    if taken is None:
        return False
    row = session.get_one(Mail, mail_id, populate_existing=True)
    row.next_try_at = now + _FIRST_RETRY * 2 ** (row.attempts - 1)
    if now >= row.expires_at:
        _settle(session, mail_id, given_up_at=now, failure=row.failure or "expired")
        return False
    return True


def _opened(session: Session, row: Mail) -> _Outgoing:
    vault = vault_of(session)
    params = json.loads(vault.open_text(row.params_sealed or b"", _PARAMS))
    return _Outgoing(vault.open_text(row.to_sealed or b"", _TO), row.kind, params, row.locale, row.key)


def _note_failure(session: Session, now: datetime, mail_id: int, failure: MailFailed) -> None:
    if failure.for_good:
        _settle(session, mail_id, given_up_at=now, failure=failure.code)
    else:
        _write(session, mail_id, failure=failure.code)


def _settle(session: Session, mail_id: int, **values: object) -> None:
    """It is over with this mail: to whom it went and what it said is forgotten."""
    forgotten = {"to_sealed": None, "params_sealed": None, "next_try_at": None}
    _write(session, mail_id, **forgotten, **values)


def _write(session: Session, mail_id: int, **values: object) -> None:
    """Write down what became of a mail, unless it is settled."""
    session.execute(update(Mail).where(Mail.id == mail_id, Mail.next_try_at.is_not(None)).values(**values))
