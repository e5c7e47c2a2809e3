"""Figures of the house: accounts, sign-ins, and people's data."""

from datetime import date, datetime, timedelta

from sqlalchemy import select

from ...access import scope
from ...access.actor import Actor
from ...clock import day_start, local_day
from ...models import AuditEntry, SignInAttempt, Why
from ...session import Session
from ..account_safety import alarms, factor_resets
from ..accounts import account_proposals, people
from ..accounts import history as account_history
from ..accounts.people import AccountState
from ..erasure import requests as erasure_requests
from ..faces.counts import stored_persons
from ..privacy import stored_faces
from .figure import Answer, Ask, Figure, number_of

LATELY = timedelta(days=30)


def people_of(code: str, state: AccountState) -> Ask:
    """The accounts of a state."""

    def ask(session: Session, actor: Actor, _now: datetime) -> Answer:
        return number_of(code, people.people_list(session, actor, state=state))

    return ask


def accounts_to_confirm(session: Session, actor: Actor, _now: datetime) -> Answer:
    """What other administrators propose to do to accounts that move money."""
    return Figure("accounts_to_confirm", account_proposals.to_confirm(session, actor))


def lost_factors(session: Session, actor: Actor, _now: datetime) -> Answer:
    """Who lost the second factor and waits for a hand of the reader's."""
    return Figure("lost_factors", factor_resets.to_decide(session, actor))


def open_alarms(session: Session, actor: Actor, _now: datetime) -> Answer:
    """Accounts whose owner found a sign-in that was not his."""
    return Figure("alarms", alarms.to_decide(session, actor))


def accounts_changed(session: Session, _actor: Actor, now: datetime) -> Answer:
    """What was done to accounts lately."""
    return Figure("accounts_changed", account_history.count_lately(session, now))


def failed_sign_ins(_session: Session, _actor: Actor, now: datetime) -> Answer:
    """Tries to sign in that failed within a day."""
    failed = select(SignInAttempt.id).where(SignInAttempt.at > now - timedelta(days=1), ~SignInAttempt.succeeded)
    return number_of("failed_sign_ins", failed)


def erasures_to_answer(session: Session, _actor: Actor, _now: datetime) -> Answer:
    """People who asked for erasure, and to whom nobody has proposed an answer."""
    count, since = erasure_requests.to_answer(session)
    return Figure("erasures_to_answer", count, since=since)


def erasures_to_confirm(session: Session, actor: Actor, _now: datetime) -> Answer:
    """Answers that another person proposed."""
    count, since = erasure_requests.to_confirm(session, actor)
    return Figure("erasures_to_confirm", count, since=since)


def faces_stored(session: Session, _actor: Actor, _now: datetime) -> Answer:
    """Persons whose faces are stored."""
    return Figure("stored_faces", stored_persons(session))


def first_lately(now: datetime) -> date:
    """The first of the days in Shanghai that count as lately; the page behind such a figure begins there too."""
    return local_day(now) - LATELY


def erased_by_withdrawal(_session: Session, actor: Actor, now: datetime) -> Answer:
    """What was erased lately because a consent was taken back."""
    erased = stored_faces.erasures(actor, why=Why.CONSENT_WITHDRAWN, since=day_start(first_lately(now)))
    return number_of("erased_by_withdrawal", erased)


def phones_revealed(_session: Session, actor: Actor, now: datetime) -> Answer:
    """Phones that were looked at in full lately."""
    lately = scope.visible(actor, AuditEntry).where(
        AuditEntry.action == "phone_revealed", AuditEntry.at >= day_start(first_lately(now))
    )
    return number_of("phones_revealed", lately)
