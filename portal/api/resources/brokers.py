"""The agency's people, in whose name clients can be registered."""

from flask import Blueprint
from flask_babel import lazy_gettext as _l
from pydantic import Field

from ...access.scope import visible
from ...models import Person, Role
from ...rules.partner_api.identifiers import Prefix, identifier
from ...rules.partner_api.keys import Scope
from ...services.accounts.freezes import frozen_until
from ...web.edge import db, now
from ..authentication import caller
from ..fields import Instant, Shown
from ..operations import Operation, operation
from ..pages import PageQuery, PageShown, page

bp = Blueprint("api_brokers", __name__)


class BrokerShown(Shown):
    """A broker of the agency, or its principal."""

    id: str = Field(examples=[identifier(Prefix.BROKER, 2)])
    name: str
    role: Role = Field(description="`broker` or `principal`.")
    active: bool = Field(description="Whether the account is open.")
    frozen_until: Instant | None = Field(description="Until then no registration of his is accepted.")


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


def _shown(one: Person) -> BrokerShown:
    return BrokerShown(
        id=identifier(Prefix.BROKER, one.id),
        name=one.name,
        role=one.role,
        active=one.deactivated_at is None,
        frozen_until=frozen_until(db(), one.id, now()),
    )
