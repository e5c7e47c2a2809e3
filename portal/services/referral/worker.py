"""The ticket behind shared cards, fetched before it ends, by one worker at a time."""

import logging
from dataclasses import dataclass

from sqlalchemy import update

from ...adapters.wechat.account import Grant, WeChat, WeChatFailed
from ...clock import Clock
from ...db import Database
from ...models import ShareTicket
from ...rules.referral import wechat_card
from ...session import Session
from .. import timekeeping
from ..contacts import vault_of
from ..inserts import insert_unless_there
from .share_tickets import TICKET, TOKEN, state

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Taken:
    """A row that was taken up, at which try, with the token as long as it is good."""

    attempt: int
    token: Grant | None


def run_due(database: Database, wechat: WeChat, clock: Clock) -> bool:
    """Fetch a ticket if it is time; whether one came. For the worker, outside its transactions."""
    taken = _take(database, wechat.app_id, clock)
    if taken is None:
        return False
    token = taken.token
    try:
        token = token or wechat.token()
        fetched = wechat.ticket(token.text)
    except WeChatFailed as failure:
        log.warning("no ticket for shared links", extra={"failure": failure.code})
        _note_failure(database, wechat.app_id, clock, taken, failure, token)
        return False
    _keep(database, wechat.app_id, clock, taken, token, fetched)
    return True


def _take(database: Database, app_id: str, clock: Clock) -> _Taken | None:
    """Take the row up, if it is due and nobody else has it."""
    with database.reading() as session:
        row = state(session, app_id)
        if row is not None and row.next_try_at > timekeeping.steady(session, clock()):
            return None  # so that who has nothing to do does not stand in the line of writers
    with database.transaction() as session:
        now = timekeeping.steady(session, clock())
        insert_unless_there(session, ShareTicket, ("app_id",), app_id=app_id, next_try_at=now, attempts=0)
        mine = update(ShareTicket).where(ShareTicket.app_id == app_id, ShareTicket.next_try_at <= now)
        taking = mine.values(next_try_at=now + wechat_card.LEASE, attempts=ShareTicket.attempts + 1)
        attempt = session.scalar(taking.returning(ShareTicket.attempts))
        row = state(session, app_id)
        if attempt is None or row is None:
            return None
        if row.token_sealed is None or row.token_ends_at is None or row.token_ends_at - wechat_card.TOKEN_AHEAD <= now:
            return _Taken(attempt, None)
        text = vault_of(session).open_text(row.token_sealed, TOKEN)
        return _Taken(attempt, Grant(text, row.token_ends_at - now))


def _keep(database: Database, app_id: str, clock: Clock, taken: _Taken, token: Grant, fetched: Grant) -> None:
    with database.transaction() as session:
        now = timekeeping.steady(session, clock())
        vault = vault_of(session)
        token_ends, ticket_ends = now + token.lasts, now + fetched.lasts
        _write(
            session,
            app_id,
            taken,
            token_sealed=vault.seal_text(token.text, TOKEN),
            token_ends_at=token_ends,
            ticket_sealed=vault.seal_text(fetched.text, TICKET),
            ticket_ends_at=ticket_ends,
            fetched_at=now,
            next_try_at=wechat_card.renewal(token_ends, ticket_ends, now),
            attempts=0,
            failure=None,
            failed_at=None,
        )


def _note_failure(
    database: Database, app_id: str, clock: Clock, taken: _Taken, failure: WeChatFailed, token: Grant | None
) -> None:
    """Write down why nothing came. A token that came is kept, and one that WeChat does not know is forgotten: then the
    next look, a minute later, asks for another."""
    with database.transaction() as session:
        now = timekeeping.steady(session, clock())
        kept: dict[str, object] = {}
        if failure.token_is_over:
            kept = {"token_sealed": None, "token_ends_at": None}
        elif token is not None and token is not taken.token:
            kept = {"token_sealed": vault_of(session).seal_text(token.text, TOKEN), "token_ends_at": now + token.lasts}
        again = now + wechat_card.pause(taken.attempt)
        _write(session, app_id, taken, failure=failure.code, failed_at=now, next_try_at=again, **kept)


def _write(session: Session, app_id: str, taken: _Taken, **values: object) -> None:
    """Write down what came of a try, unless somebody else has it by now."""
    mine = update(ShareTicket).where(ShareTicket.app_id == app_id, ShareTicket.attempts == taken.attempt)
    session.execute(mine.values(**values))
