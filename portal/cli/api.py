"""`portal api`: keys of agencies' own systems, from a shell, and events on an engineer's own machine."""

from collections.abc import Sequence

import click
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from ..config import Config
from ..models import Agency, ApiKey
from ..rules.partner_api.keys import Mode, Scope, scopes_of
from ..rules.partner_api.networks import networks_of
from ..services.partner_api import keys as service
from ..session import Session
from .listening import listen, trigger
from .opening import opened
from .users import SHELL


@click.group()
def api() -> None:
    """The partner API: keys of agencies' own systems; events for who builds one."""


@api.group()
def keys() -> None:
    """Make, list and revoke keys."""


@keys.command()
@click.option("--agency", "agency_name", required=True, metavar="NAME", help="The agency that the key acts for.")
@click.option("--name", required=True, help="The system that will hold it; at most 40 letters.")
@click.option(
    "--scope",
    "scopes",
    required=True,
    multiple=True,
    metavar="SCOPE",
    help=f"What it may do; several times, or with commas: {', '.join(Scope)}.",
)
@click.option("--test", is_flag=True, help="A key of the sandbox, where nothing is real.")
@click.option(
    "--from",
    "networks",
    multiple=True,
    metavar="NETWORK",
    help="From where alone it opens anything, such as 203.0.113.0/24; several times. Without it: from anywhere.",
)
@click.option("--days", type=int, metavar="N", help="So many days until it ends; without it, it has no end.")
def create(
    agency_name: str, name: str, scopes: Sequence[str], test: bool, networks: Sequence[str], days: int | None
) -> None:
    """Make a key, and print it: it is shown this once."""
    new = service.NewKey(name, scopes_of(scopes), Mode.TEST if test else Mode.LIVE, days, networks_of(networks))
    with opened(Config.from_env()) as database, database.transaction() as session:
        _row, text = service.make(session, SHELL, database.now(), _agency(session, agency_name), new)
    click.echo(text)


@keys.command("list")
@click.option("--agency", "agency_name", metavar="NAME", help="Those of one agency alone.")
def list_keys(agency_name: str | None) -> None:
    """List the keys: number, agency, name, mode, what its text ends in, scopes, state, version."""
    with opened(Config.from_env()) as database, database.reading() as session:
        stmt = select(ApiKey).options(joinedload(ApiKey.agency)).order_by(ApiKey.id)
        if agency_name is not None:
            stmt = stmt.where(ApiKey.agency_id == _agency(session, agency_name).id)
        for row in session.scalars(stmt):
            ended = row.expires_at is not None and row.expires_at <= database.now()
            state = "revoked" if row.revoked_at else "ended" if ended else "open"
            said = (
                row.id,
                row.agency.name,
                row.name,
                row.mode,
                f"…{row.hint}",
                ",".join(row.scopes),
                state,
                row.version,
            )
            click.echo("\t".join(str(part) for part in said))


@keys.command()
@click.argument("number", type=int)
def revoke(number: int) -> None:
    """Revoke the key with this NUMBER of the list: it opens nothing from the next request on."""
    with opened(Config.from_env()) as database, database.transaction() as session:
        row = session.get(ApiKey, number)
        if row is None:
            raise click.ClickException(f"there is no key {number}: portal api keys list names them")
        service.revoke(session, SHELL, database.now(), row)
        name = row.name
    click.echo(f"The key {name} is revoked.")


api.add_command(listen)
api.add_command(trigger)


def _agency(session: Session, name: str) -> Agency:
    found = session.scalar(select(Agency).where(Agency.name == name.strip()))
    if found is None:
        raise click.ClickException(f"there is no agency of the name {name}")
    return found
