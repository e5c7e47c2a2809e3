"""The agency's people, in whose name clients can be registered."""

from flask import Blueprint
from flask_babel import lazy_gettext as _l
from pydantic import Field

from commissions.refusal import Refusal

from ...access.scope import visible
from ...models import Person, Role
from ...rules.partner_api.identifiers import Prefix, identifier
from ...rules.partner_api.keys import Scope
from ...services.accounts import links as account_links
from ...services.accounts import people
from ...services.accounts.freezes import frozen_until
from ...web.edge import config, db, now, send_texts_afterwards
from ..authentication import caller
from ..fields import Asked, Instant, Line, Shown
from ..operations import Operation, expanded, operation
from ..pages import PageQuery, PageShown, page
from ..rows import row

bp = Blueprint("api_brokers", __name__)


class BrokerShown(Shown):
    """A broker of the agency, or its principal."""

    id: str = Field(examples=[identifier(Prefix.BROKER, 2)])
    name: str
    role: Role = Field(description="`broker` or `principal`.")
    active: bool = Field(description="Whether the account is open.")
    frozen_until: Instant | None = Field(description="Until then no registration of his is accepted.")


class BrokerAsked(Asked):
    """Who is to have an account."""

    name: Line = Field(max_length=60, examples=["周文"])
    phone: str = Field(min_length=1, max_length=40, examples=["13800001111"])


@operation(
    bp,
    Operation(
        "listBrokers",
        "GET",
        "/brokers",
        Scope.BROKERS_READ,
        "brokers",
        _l("The agency's brokers and principals"),
        {200: PageShown[BrokerShown]},
        query=PageQuery,
    ),
)
def list_brokers(query: PageQuery) -> PageShown[BrokerShown]:
    """Newest first, with who has left."""
    stmt = visible(caller().actor, Person).where(Person.agency_id == caller().agency_id)
    rows, cursor = page(stmt, Person.id, Prefix.BROKER, query)
    return PageShown[BrokerShown](items=[_shown(one) for one in rows], next_cursor=cursor)


@operation(
    bp,
    Operation(
        "openBroker",
        "POST",
        "/brokers",
        Scope.BROKERS_WRITE,
        "brokers",
        _l("Open an account for a broker"),
        {201: BrokerShown},
        body=BrokerAsked,
        refusals=("person_name", "invalid_phone", "phone_not_mobile", "phone_not_invitable"),
        example={"name": "周文", "phone": "13800001111"},
        to_phones=True,
        description=_l(
            "The link to choose a password goes to the phone by text. Where no texts go out, the principal makes one "
            "on the broker's page."
        ),
    ),
)
def open_broker(asked: BrokerAsked) -> BrokerShown | Refusal:
    """A broker of the own agency. A number that has an account is refused in one sentence, whosever it is, and it is
    written down who asked."""
    acting = caller().actor
    try:
        with db().begin_nested():
            broker = people.create_person(db(), acting, now(), role=Role.BROKER, name=asked.name, phone=asked.phone)
    except Refusal as refusal:
        if refusal.code != "phone_taken":
            raise
        return people.refuse_invitation(db(), acting, now())
    if config().texts(config().sms_password_template):
        account_links.text_link(db(), acting, now(), broker)
        send_texts_afterwards()
    return _shown(broker)


@operation(
    bp,
    Operation(
        "closeBroker",
        "POST",
        "/brokers/{broker_id}/deactivate",
        Scope.BROKERS_WRITE,
        "brokers",
        _l("Close a broker's account"),
        {200: BrokerShown},
        description=_l("At once, everywhere. What he had in hand waits for the principal to hand it over."),
    ),
)
def close_broker(broker_id: str) -> BrokerShown:
    """A broker of the own agency leaves; one that has left stays so."""
    broker = row(Person, Prefix.BROKER, broker_id)
    if broker.role is not Role.BROKER or broker.agency_id != caller().agency_id:
        raise Refusal("api_not_found")
    people.deactivate_person(db(), caller().actor, now(), broker)
    return _shown(broker)


def broker_named(one: Person) -> str | BrokerShown:
    """What another answer says of a broker: the identifier, or all of it where the reader wants that."""
    own = one.agency_id == caller().agency_id
    return _shown(one) if own and expanded("broker") else identifier(Prefix.BROKER, one.id)


def broker_of(person_id: int) -> str | BrokerShown:
    """`broker_named`, by the number of the row, which is read where it is wanted alone."""
    if not expanded("broker"):
        return identifier(Prefix.BROKER, person_id)
    return broker_named(db().get_one(Person, person_id))


def _shown(one: Person) -> BrokerShown:
    return BrokerShown(
        id=identifier(Prefix.BROKER, one.id),
        name=one.name,
        role=one.role,
        active=one.deactivated_at is None,
        frozen_until=frozen_until(db(), one.id, now()),
    )
