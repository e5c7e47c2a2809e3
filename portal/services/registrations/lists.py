"""Registrations as people read them: the list, one page, and what a broker may choose from.

A client's name is shown in full to the broker who cares for the client and to staff who receive it, to others masked;
a phone is masked for everybody until it is revealed (rules 9).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache

from sqlalchemy import ColumnElement, Select, and_, not_, or_, select
from sqlalchemy.orm import joinedload
from sqlalchemy.orm.interfaces import ORMOption

from ...access.actor import Actor
from ...access.care_scope import in_care
from ...access.scope import visible
from ...clock import local_day, month_of, month_start
from ...models import Agency, Agreement, Development, Outcome, Person, Receipt, Registration, RegistrationMask, Touch
from ...rules.judgements.profile import Profile
from ...rules.partners.policy import Policy
from ...session import Session
from .. import contacts
from ..claims import masks, rule_profiles, search_terms
from ..claims.receipts import receipt_of

RECEIPT_PATH = "/v/"
"""What stands before the key in a receipt's address, which is what its QR code says."""


ENDING = "ending"
"""The state of what is protected now, and not for much longer."""

THIS_MONTH = "this_month"
"""The state of what was accepted since the month began, whatever came of it."""

SOON = timedelta(days=2)
"""What ends within this wants a showing now."""


class RegistrationState(StrEnum):
    """How a registration stands now. The stored outcome never changes; time makes an accepted one expire."""

    ACCEPTED = "accepted"
    EXPIRED = "expired"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    RELEASED = "released"
    PROVISIONAL = "provisional"
    """by parts of a number: nobody has shown it yet, or a person decides whose client it is"""


@dataclass(frozen=True, slots=True)
class RegistrationRow:
    """A registration as the reader may see it."""

    registration: Registration
    client_name: str
    client_phone: str
    state: RegistrationState

    @property
    def id(self) -> int:
        return self.registration.id

    @property
    def protected_until(self) -> datetime | None:
        """The end of a protection that has one."""
        return self.registration.touch.protected_until if self.registration.touch else None


@dataclass(frozen=True, slots=True)
class Page:
    """A registration with all that its page shows."""

    shown: RegistrationRow
    receipt: Receipt

    @property
    def registration(self) -> Registration:
        return self.shown.registration

    @property
    def for_good(self) -> bool:
        """Whether a deal protects it without end."""
        return self.shown.state is RegistrationState.ACCEPTED and self.shown.protected_until is None

    @property
    def waits(self) -> bool:
        """Whether it keeps nobody out before its first showing."""
        touch = self.registration.touch
        return touch is not None and touch.holds_from is None

    @property
    def try_again_at(self) -> datetime | None:
        """When the rule that refused it will no longer say no, as the receipt has it."""
        text = self.receipt.facts["try_again_at"]
        return datetime.fromisoformat(text) if text else None


@dataclass(frozen=True, slots=True)
class Offer:
    """A development in which the broker may register clients, by which settings, and by which rules from now on."""

    development: Development
    policy: Policy
    rules: Sequence[tuple[datetime, Profile]]

    @property
    def profile(self) -> Profile:
        """The rules of now."""
        return self.rules[0][1]


def registrations(
    session: Session,
    actor: Actor,
    now: datetime,
    *,
    state: str = "",
    development_id: int | None = None,
    broker_id: int | None = None,
    find: str = "",
) -> Select[Registration]:
    """The registrations that the actor may see, filtered, with what a list shows loaded.

    `state` is a State, ENDING, THIS_MONTH, or anything else for all. `find` is a full phone, the last four digits, a
    surname, a name, a registration's number or its receipt's address.
    """
    stmt = visible(actor, Registration).options(*_shown_in_lists())
    if state in set(RegistrationState):
        stmt = stmt.where(_in_state(RegistrationState(state), now))
    elif state == ENDING:
        ends = Registration.touch.has(Touch.protected_until <= now + SOON)
        stmt = stmt.where(_in_state(RegistrationState.ACCEPTED, now), ends)
    elif state == THIS_MONTH:
        stmt = stmt.where(*_accepted_since(month_start(month_of(now))))
    if development_id is not None:
        stmt = stmt.where(Registration.development_id == development_id)
    if broker_id is not None:
        stmt = stmt.where(in_care(Registration, Registration.broker_id, Registration.touch_id, broker_id))
    return stmt.where(_matching(session, actor, find.strip())) if find.strip() else stmt


def since(actor: Actor, instant: datetime) -> Select[Registration]:
    """The registrations that were accepted since an instant, whatever came of them."""
    return visible(actor, Registration).where(*_accepted_since(instant))


def _accepted_since(instant: datetime) -> tuple[ColumnElement[bool], ...]:
    return Registration.at >= instant, Registration.touch_id.is_not(None)


@cache
def _shown_in_lists() -> tuple[ORMOption, ...]:
    """What is loaded with a list's rows: of who and what they are about, how it is called."""
    return (
        joinedload(Registration.development).load_only(Development.name),
        joinedload(Registration.client),
        joinedload(Registration.touch),
        joinedload(Registration.broker).load_only(Person.name),
        joinedload(Registration.successor).load_only(Person.name),
        joinedload(Registration.agency).load_only(Agency.name),
        joinedload(Registration.withdrawal),
        joinedload(Registration.release),
        joinedload(Registration.mask).joinedload(RegistrationMask.answer),
    )


def shown(session: Session, actor: Actor, now: datetime, registration: Registration) -> RegistrationRow:
    """The registration as the actor may see it."""
    name = contacts.open_name(session, registration.name_sealed)
    whole = actor.staff or registration.carer.id == actor.person_id
    return RegistrationRow(
        registration,
        name if whole else contacts.mask_name(name),
        contacts.masked_phone(session, registration),
        state_of(registration, now),
    )


def page(session: Session, actor: Actor, now: datetime, registration: Registration) -> Page:
    """One registration with its receipt."""
    return Page(shown(session, actor, now, registration), receipt_of(session, registration))


def state_of(registration: Registration, now: datetime) -> RegistrationState:
    """How it stands at this instant."""
    touch = registration.touch
    if touch is None:
        return RegistrationState.REFUSED
    if registration.withdrawal is not None:
        return RegistrationState.WITHDRAWN
    if registration.release is not None:
        return RegistrationState.RELEASED
    expired = touch.protected_until is not None and touch.protected_until <= now
    if expired or touch.retired_at is not None:
        return RegistrationState.EXPIRED
    return RegistrationState.PROVISIONAL if registration.provisional else RegistrationState.ACCEPTED


def wants_number(registration: Registration, now: datetime) -> bool:
    """Whether it is by parts of a number, and nobody has shown the whole of it."""
    return registration.unshown and state_of(registration, now) is RegistrationState.PROVISIONAL


def developments(session: Session, actor: Actor) -> list[Development]:
    """The developments that the actor's lists can be filtered by."""
    return list(session.scalars(visible(actor, Development).order_by(Development.name)))


def offers(session: Session, actor: Actor, now: datetime) -> list[Offer]:
    """Where the broker may register today; the one that he registered in last comes first."""
    today = local_day(now)
    rows = session.scalars(
        select(Development)
        .join(Agreement, Agreement.development_id == Development.id)
        .where(
            Agreement.agency_id == actor.agency_id,
            Agreement.ended_at.is_(None),
            Agreement.starts_on <= today,
            or_(Agreement.ends_on.is_(None), Agreement.ends_on > today),
            Development.closed_at.is_(None),
        )
        .order_by(Development.name)
    )
    last = session.scalar(
        select(Registration.development_id)
        .where(Registration.broker_id == actor.id)
        .order_by(Registration.at.desc())
        .limit(1)
    )
    rules = rule_profiles.all_from_now_on(session, now)
    found = [Offer(one, Policy.of(one.policy), rules[one.id]) for one in rows]
    return sorted(found, key=lambda offer: offer.development.id != last)


def ending_first(session: Session, actor: Actor, now: datetime, most: int, until: datetime) -> list[RegistrationRow]:
    """The broker's registrations whose protection ends by then, the one that ends first at the top."""
    stmt = registrations(session, actor, now, state=RegistrationState.ACCEPTED).join(Registration.touch)
    stmt = stmt.where(Touch.protected_until <= until).order_by(Touch.protected_until, Registration.id)
    return [shown(session, actor, now, row) for row in session.scalars(stmt.limit(most))]


def _in_state(state: RegistrationState, now: datetime) -> ColumnElement[bool]:
    if state is RegistrationState.REFUSED:
        return Registration.outcome == Outcome.REFUSED
    if state is RegistrationState.WITHDRAWN:
        return Registration.withdrawal.has()
    if state is RegistrationState.RELEASED:
        return Registration.release.has()
    holding = and_(Touch.retired_at.is_(None), or_(Touch.protected_until.is_(None), Touch.protected_until > now))
    if state is RegistrationState.ACCEPTED:
        return Registration.touch.has(holding) & ~masks.provisional()
    if state is RegistrationState.PROVISIONAL:
        return Registration.touch.has(holding) & masks.provisional()
    return Registration.touch.has(not_(holding)) & ~Registration.withdrawal.has() & ~Registration.release.has()


def _matching(session: Session, actor: Actor, find: str) -> ColumnElement[bool]:
    """A full phone; else a number, the last four digits, a surname, or a receipt's QR code."""
    return or_(search_terms.whose(session, actor, Registration, find), *_numbered(find))


def _numbered(find: str) -> list[ColumnElement[bool]]:
    """The registration with this number, or with the receipt whose address this is."""
    digits = find.removeprefix("#")
    if digits.isascii() and digits.isdigit() and len(digits) < 19:
        return [Registration.id == int(digits)]
    _before, mark, key = find.rpartition(RECEIPT_PATH)
    if not mark:
        return []
    receipt = select(Receipt.subject_id).where(Receipt.key == key, Receipt.subject_kind == Registration.__tablename__)
    return [Registration.id.in_(receipt)]
