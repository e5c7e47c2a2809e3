"""The tokens by which apps take our messages: one of each for all processes, fetched by one of them at a time.

An app that hands a new token out may end the one before, and bounds how often it is asked. So a token rests sealed in
one row; who finds it gone or near its end takes that row by a conditional UPDATE and asks, and everybody else waits a
moment. After a failure nobody asks for a while.
"""

from datetime import datetime, timedelta

from sqlalchemy import or_, select, update

from ...adapters.apps import AppCarrier
from ...adapters.delivery import DeliveryFailed
from ...adapters.tencent import Grant
from ...clock import Clock
from ...db import Database
from ...models import AppToken
from ...session import Session
from .. import timekeeping
from ..contacts import vault_of
from ..inserts import insert_unless_there

AHEAD = timedelta(minutes=5)
"""So long before its end another one is asked for."""
LEASE = timedelta(seconds=40)
"""So long one process asks, before another may believe that it died."""
PAUSE = timedelta(minutes=1)
"""So long nobody asks after a failure."""
FETCHED_ELSEWHERE = "token_is_fetched"
"""Another process asks for a token just now: the message goes a moment later."""

_SEALED = "app_tokens.token"


def state(session: Session, name: str) -> AppToken | None:
    """How it stands with a carrier's token; None before the first message."""
    return session.scalar(select(AppToken).where(AppToken.name == name))


class Tokens:
    """The token of one carrier, as all processes have it."""

    def __init__(self, database: Database, clock: Clock, carrier: AppCarrier) -> None:
        self._database = database
        self._clock = clock
        self._carrier = carrier

    def current(self) -> str:
        """A token that is good now. Raises DeliveryFailed, where none can be had."""
        with self._database.reading() as session:
            kept = self._kept(session)
        if kept is not None:
            return kept
        until = self._take()
        if until is None:
            with self._database.reading() as session:
                kept = self._kept(session)
            if kept is None:
                raise DeliveryFailed(FETCHED_ELSEWHERE, carrier=True)
            return kept
        try:
            grant = self._carrier.token()
        except DeliveryFailed as failure:
            self._note(until, failure)
            raise
        self._keep(until, grant)
        return grant.text

    def forget(self, token: str) -> None:
        """Let this token be used no more; one that came after it stays."""
        with self._database.transaction() as session:
            named = select(AppToken).where(AppToken.name == self._carrier.name)
            row = session.scalar(named.with_for_update())
            if row is not None and row.token_sealed is not None and self._opened(session, row) == token:
                row.token_sealed = row.ends_at = None

    def _kept(self, session: Session) -> str | None:
        """The token that is there, as long as it is good."""
        row = state(session, self._carrier.name)
        if row is None or row.token_sealed is None or row.ends_at is None:
            return None
        good = row.ends_at - AHEAD > timekeeping.steady(session, self._clock())
        return self._opened(session, row) if good else None

    def _opened(self, session: Session, row: AppToken) -> str:
        return vault_of(session).open_text(row.token_sealed or b"", _SEALED)

    def _take(self) -> datetime | None:
        """Take the row, if nobody else asks; until when it is ours."""
        with self._database.transaction() as session:
            now = timekeeping.steady(session, self._clock())
            insert_unless_there(session, AppToken, ("name",), name=self._carrier.name)
            free = or_(
                AppToken.taken_until.is_(None), AppToken.taken_until <= now, AppToken.taken_until > now + 2 * PAUSE
            )  # what lies further ahead was written by a clock that was
            over = or_(AppToken.ends_at.is_(None), AppToken.ends_at <= now + AHEAD)  # nobody was faster meanwhile
            ours = AppToken.name == self._carrier.name, free, over
            mine = update(AppToken).where(*ours).values(taken_until=now + LEASE)
            return session.scalar(mine.returning(AppToken.taken_until))

    def _keep(self, until: datetime, grant: Grant) -> None:
        with self._database.transaction() as session:
            now = timekeeping.steady(session, self._clock())
            sealed = vault_of(session).seal_text(grant.text, _SEALED)
            fetched = {"token_sealed": sealed, "ends_at": now + grant.lasts, "fetched_at": now}
            self._write(session, until, taken_until=None, failure=None, failed_at=None, **fetched)

    def _note(self, until: datetime, failure: DeliveryFailed) -> None:
        with self._database.transaction() as session:
            now = timekeeping.steady(session, self._clock())
            self._write(session, until, taken_until=now + PAUSE, failure=failure.code[:40], failed_at=now)

    def _write(self, session: Session, until: datetime, **values: object) -> None:
        """Write down what came of it, unless somebody else has the row by now."""
        ours = AppToken.name == self._carrier.name, AppToken.taken_until == until
        session.execute(update(AppToken).where(*ours).values(**values))
