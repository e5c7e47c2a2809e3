"""Figures of the house: accounts, sign-ins, and people's data."""

from datetime import date, datetime, timedelta

from sqlalchemy import select

from ...access import scope
from ...access.actor import Actor
from ...clock import day_start, local_day
from ...models import AuditEntry, ErasureRequest, SignInAttempt, Why
from ...session import Session
from ..account_safety import alarms, factor_resets
from ..accounts import account_proposals, people
from ..accounts import history as account_history
from ..accounts.people import AccountState
from ..erasure import requests as erasure_requests
from ..faces.counts import stored_persons
from ..privacy import stored_faces
from .figure import A_DAY_AGO, A_WEEK_AGO, Answer, Asked, Build, Figure, number_of, waits_since

LATELY = timedelta(days=30)


def people_of(code: str, state: AccountState) -> Build:
    """The accounts of a state."""

    def build(actor: Actor, _today: datetime) -> Asked:
        return number_of(code, people.accounts_of(actor, state))

    return build


def accounts_to_confirm(actor: Actor, _today: datetime) -> Asked:
    """What other administrators propose to do to accounts that move money."""
    return number_of("accounts_to_confirm", account_proposals.to_confirm(actor))


def lost_factors(actor: Actor, _today: datetime) -> Asked:
    """Who lost the second factor and waits for a hand of the reader's."""
    return number_of("lost_factors", factor_resets.to_decide(actor))


def open_alarms(actor: Actor, _today: datetime) -> Asked:
    """Accounts whose owner found a sign-in that was not his."""
    return number_of("alarms", alarms.to_decide(actor))


def accounts_changed(_actor: Actor, _today: datetime) -> Asked:
    """What was done to accounts in the last seven days."""
    return number_of("accounts_changed", account_history.after(A_WEEK_AGO))


def failed_sign_ins(_actor: Actor, _today: datetime) -> Asked:
    """Tries to sign in that failed within a day."""
    failed = select(SignInAttempt.id).where(SignInAttempt.at > A_DAY_AGO, ~SignInAttempt.succeeded)
    return number_of("failed_sign_ins", failed)


def erasures_to_answer(_actor: Actor, _today: datetime) -> Asked:
    """People who asked for erasure, and to whom nobody has proposed an answer."""
    return waits_since("erasures_to_answer", erasure_requests.to_answer(), ErasureRequest.asked_at)


def erasures_to_confirm(actor: Actor, _today: datetime) -> Asked:
    """Answers that another person proposed."""
    return waits_since("erasures_to_confirm", erasure_requests.to_confirm(actor), ErasureRequest.asked_at)


def faces_stored(session: Session, _actor: Actor, _now: datetime) -> Answer:
    """Persons whose faces are stored."""
    return Figure("stored_faces", stored_persons(session))


def first_lately(now: datetime) -> date:
    """The first of the days in Shanghai that count as lately; the page behind such a figure begins there too."""
    return local_day(now) - LATELY


def erased_by_withdrawal(actor: Actor, today: datetime) -> Asked:
    """What was erased lately because a consent was taken back."""
    erased = stored_faces.erasures(actor, why=Why.CONSENT_WITHDRAWN, since=day_start(first_lately(today)))
    return number_of("erased_by_withdrawal", erased)


def phones_revealed(actor: Actor, today: datetime) -> Asked:
    """Phones that were looked at in full lately."""
    lately = scope.visible(actor, AuditEntry).where(
        AuditEntry.action == "phone_revealed", AuditEntry.at >= day_start(first_lately(today))
    )
    return number_of("phones_revealed", lately)
