"""Registering clients (报备), and reading what became of it.

A refusal by the rules is an outcome of a registration, with its code and its signed receipt, and no error. The order of
arrival is the server's: `happened_at` is written down as evidence and ranks nobody.
"""

from flask import Blueprint
from flask_babel import lazy_gettext as _l
from pydantic import Field

from ...access.actor import Actor
from ...models import Development, Outcome, Person, Registration
from ...rules.partner_api.identifiers import Prefix, identifier
from ...rules.partner_api.keys import Scope
from ...services import audit, contacts
from ...services.masked_registrations.registering import register
from ...services.partner_api import callers
from ...services.registrations import endings
from ...services.registrations import lists as listing
from ...services.registrations.lists import RegistrationState
from ...web.edge import db, now
from ...web.messages import sentence
from ..authentication import caller
from ..fields import Asked, ClientShown, Identifier, Instant, Line, Moment, Shown
from ..operations import Operation, operation
from ..pages import PageQuery, PageShown, page
from ..receipts import ReceiptShown, receipt_shown
from ..rows import row
from .brokers import BrokerShown, broker_named
from .developments import DevelopmentShown, development_named

bp = Blueprint("api_registrations", __name__)

TAG = "registrations"
EXPANDS = ("development", "broker")
_DEVELOPMENT, _REGISTRATION = identifier(Prefix.DEVELOPMENT, 1), identifier(Prefix.REGISTRATION, 1)
EXAMPLE = {"development": _DEVELOPMENT, "phone": "13800001234", "name": "周先生"}


class RegistrationAsked(Asked):
    """A client for a development."""

    development: Identifier = Field(examples=[_DEVELOPMENT])
    phone: str = Field(
        min_length=1,
        max_length=40,
        examples=["13800001234"],
        description="A mobile number, as people write it; or its first three and last four digits (138****1234).",
    )
    name: Line = Field(examples=["周先生"])
    broker: Identifier | None = Field(
        default=None, description="Who registers the client; without it the agency's principal does."
    )
    happened_at: Moment | None = Field(
        default=None, description="When your system took it in. Evidence alone: the order is ours."
    )


class RegistrationShown(Shown):
    """A registration: how it was decided, and how it stands."""

    id: str = Field(examples=[_REGISTRATION])
    development: str | DevelopmentShown = Field(
        examples=[_DEVELOPMENT], description="In full, with its rules, with `expand=development`."
    )
    broker: str | BrokerShown = Field(description="Who cares for the client; in full with `expand=broker`.")
    registered_at: Instant
    client: ClientShown
    outcome: Outcome
    code: str | None = Field(
        description="Why it was refused; the page /problems/{code} explains it.", examples=["client_protected"]
    )
    detail: str | None = Field(description="That in words.")
    try_again_at: Instant | None = Field(
        description="When this rule will no longer say no; null if time alone does not change it."
    )
    protected_until: Instant | None = Field(
        description="Until when the client is protected; null where a deal protects him for good, or nothing does."
    )
    state: RegistrationState = Field(description="How it stands now; the outcome never changes.")
    receipt: ReceiptShown


class RegistrationsQuery(PageQuery):
    """Which registrations are wanted."""

    development: Identifier | None = None
    state: RegistrationState | None = Field(default=None, strict=False)


class ReleaseAsked(Asked):
    """Why the client is given up."""

    reason: Line


def shown(registration: Registration) -> RegistrationShown:
    """A registration with its receipt, the client masked."""
    read = listing.page(db(), caller().actor, now(), registration)
    return RegistrationShown(
        id=identifier(Prefix.REGISTRATION, registration.id),
        development=development_named(registration.development),
        broker=broker_named(registration.carer),
        registered_at=registration.at,
        client=ClientShown(
            name=contacts.mask_name(contacts.open_name(db(), registration.name_sealed)),
            phone=read.shown.client_phone,
        ),
        outcome=registration.outcome,
        code=registration.code,
        detail=sentence(registration.code) if registration.code else None,
        try_again_at=read.try_again_at,
        protected_until=read.shown.protected_until,
        state=read.shown.state,
        receipt=receipt_shown(read.receipt),
    )


@operation(
    bp,
    Operation(
        "createRegistration",
        "POST",
        "/registrations",
        Scope.REGISTRATIONS_WRITE,
        TAG,
        _l("Register a client"),
        {201: RegistrationShown, 200: RegistrationShown},
        body=RegistrationAsked,
        refusals=(
            "invalid_phone",
            "phone_not_mobile",
            "invalid_mask",
            "mask_needs_surname",
            "api_reference_unknown",
            "api_broker_unknown",
        ),
        example=EXAMPLE,
        description=_l(
            "201 with its outcome, accepted or refused. 200: the client is the broker's own already, and that "
            "registration is answered; it is not renewed."
        ),
    ),
)
def create(asked: RegistrationAsked) -> tuple[RegistrationShown, int]:
    """Register a client."""
    registration = registered(asked)
    return shown(registration), 201 if registration.at == now() else 200


@operation(
    bp,
    Operation(
        "listRegistrations",
        "GET",
        "/registrations",
        Scope.REGISTRATIONS_READ,
        TAG,
        _l("The agency's registrations"),
        {200: PageShown[RegistrationShown]},
        query=RegistrationsQuery,
        refusals=("api_cursor_odd", "api_reference_unknown"),
        expands=EXPANDS,
    ),
)
def list_registrations(query: RegistrationsQuery) -> PageShown[RegistrationShown]:
    """Newest first."""
    place = row(Development, Prefix.DEVELOPMENT, query.development, "development") if query.development else None
    stmt = listing.registrations(
        db(), caller().actor, now(), state=query.state or "", development_id=place.id if place else None
    )
    rows, cursor = page(stmt, Registration.id, Prefix.REGISTRATION, query)
    return PageShown[RegistrationShown](items=[shown(one) for one in rows], next_cursor=cursor)


@operation(
    bp,
    Operation(
        "readRegistration",
        "GET",
        "/registrations/{registration_id}",
        Scope.REGISTRATIONS_READ,
        TAG,
        _l("One registration with its receipt"),
        {200: RegistrationShown},
        expands=EXPANDS,
    ),
)
def read(registration_id: str) -> RegistrationShown:
    """One of them."""
    return shown(row(Registration, Prefix.REGISTRATION, registration_id))


@operation(
    bp,
    Operation(
        "releaseRegistration",
        "POST",
        "/registrations/{registration_id}/release",
        Scope.REGISTRATIONS_WRITE,
        TAG,
        _l("Give a client up"),
        {200: RegistrationShown},
        body=ReleaseAsked,
        refusals=("release_nothing_held", "release_sold", "release_in_conflict"),
        example={"reason": "客户已在别处购房"},
        description=_l("The protection ends now, and anybody may register the client."),
    ),
)
def release(registration_id: str, asked: ReleaseAsked) -> RegistrationShown:
    """Give a client up, in the name of who cares for him."""
    registration = row(Registration, Prefix.REGISTRATION, registration_id)
    endings.release(db(), _in_the_name_of(registration.carer), now(), registration, asked.reason)
    db().flush()
    db().refresh(registration)
    return shown(registration)


def registered(asked: RegistrationAsked) -> Registration:
    """Register whom somebody asks for."""
    development = row(Development, Prefix.DEVELOPMENT, asked.development, "development")
    broker = row(Person, Prefix.BROKER, asked.broker, "broker") if asked.broker else None
    acting = _in_the_name_of(broker)
    registration = register(db(), acting, now(), development_id=development.id, phone=asked.phone, name=asked.name)
    if asked.happened_at is not None:
        said = asked.happened_at.isoformat()
        audit.record(db(), acting, now(), "evidence_received", registration, happened_at=said)
    return registration


def _in_the_name_of(broker: Person | None) -> Actor:
    return callers.in_the_name_of(caller().actor, broker)
