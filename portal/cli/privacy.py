"""`portal privacy`: requests to erase a person's data, from a shell."""

import json

import click

from ..adapters.storage.bucket import open_files
from ..config import Config
from ..models import ErasureOrigin, ErasureRequest, ErasureShown, ErasureState
from ..services.erasure import proofs, requests
from ..services.privacy import subject_data
from .opening import opened
from .users import SHELL


@click.group()
def privacy() -> None:
    """Requests to erase a person's data: take one down, see what waits, go on, show the proofs."""


@privacy.command()
@click.argument("phone")
@click.option("--papers", is_flag=True, required=True, help="You have seen that the number is the person's.")
def ask(phone: str, papers: bool) -> None:  # noqa: ARG001 - it has to be said
    """Take down that the person with this number asks for erasure. Two people answer it in the portal."""
    with opened(Config.from_env()) as database, database.transaction() as session:
        found = subject_data.find(session, phone)
        whose = [one for one in (found.client, found.person) if one is not None]
        if not whose:
            raise click.ClickException("nothing is stored under this number")
        for one in whose:
            row = requests.ask(session, SHELL, database.now(), one, ErasureOrigin.SHELL, shown_by=ErasureShown.PAPERS)
            click.echo(f"request {row.id} ({one.__tablename__}): answer due by {row.due_at:%Y-%m-%d}")


@privacy.command("list")
def list_requests() -> None:
    """List the requests that wait, or have something that stays for a time."""
    with opened(Config.from_env()) as database, database.reading() as session:
        for row in requests.running(session):
            until = row.due_at if row.state is ErasureState.OPEN else row.look_again_at
            click.echo(f"{row.id}\t{row.state.value}\t{until:%Y-%m-%d}")


@privacy.command()
def sweep() -> None:
    """Erase now what stayed of granted requests and is over; the worker does it every day."""
    config = Config.from_env()
    with opened(config) as database, database.transaction() as session:
        done = requests.go_on(session, database.now(), open_files(config, database.vault))
    click.echo(f"{done['erasures_gone_on']} requests went on.")


@privacy.command()
@click.argument("number", type=click.IntRange(min=1))
def proof(number: int) -> None:
    """Print the signed proofs of request NUMBER as JSON; exit status 1 when a signature does not hold."""
    with opened(Config.from_env()) as database, database.reading() as session:
        row = session.get(ErasureRequest, number)
        if row is None:
            raise click.ClickException(f"there is no request {number}")
        found = proofs.of_request(session, row)
        click.echo(json.dumps([proofs.as_json(row, one) for one in found], ensure_ascii=False, indent=1))
        if not all(proofs.holds_good(session, row, one) for one in found):
            raise click.ClickException("a signature does not hold: what it says was changed")
