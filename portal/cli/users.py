"""`portal user`: accounts from the command line, above all the first administrator's."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import click
from sqlalchemy import select

from commissions.refusal import Refusal

from ..access.actor import Actor
from ..config import Config
from ..models import Agency, Person, Role
from ..services import contacts
from ..services.account_safety import alarms
from ..services.accounts import people
from ..services.second_factors import factors
from ..session import Session
from .opening import opened

SHELL = Actor(None, None, address="shell")
"""Whoever has the server. The audit log says so: from where, and that it was nobody of the portal."""

_ROLES = click.Choice([role.value for role in Role])
_OPENED = click.Choice([role.value for role in Role if role is not Role.REFERRER])
"""A referrer belongs to a development and has a code: the channel manager's page opens both."""


@click.group()
def user() -> None:
    """Open, close and list accounts."""


@user.command()
@click.option("--role", required=True, type=_OPENED, help="What the person is here.")
@click.option("--name", required=True, help="The person's name.")
@click.option("--phone", required=True, help="The phone number to sign in with.")
@click.option("--agency", help="The agency's name, for a principal or a broker.")
@click.option("--password", "ask", is_flag=True, help="Ask for a password now, instead of printing a link.")
def create(role: str, name: str, phone: str, agency: str | None, ask: bool) -> None:
    """Open an account, and print the link by which its owner chooses a password."""
    chosen = click.prompt("Password", hide_input=True, confirmation_prompt=True) if ask else None
    config = Config.from_env()
    with _transaction(config) as (session, now):
        person = people.create_person(
            session, SHELL, now, role=Role(role), name=name, phone=phone, agency_id=_agency_id(session, agency)
        )
        made = people.issue_link(session, SHELL, now, person)
        if chosen is not None:
            ready = people.choose_password(session, person, chosen, house=(config.brand_name, config.brand_name_zh))
            people.use_link(session, now, made.token, ready, address="")
    if chosen is not None:
        click.echo(f"{name} can sign in now.")
    else:
        click.echo(_address(config, made.token))


@user.command()
@click.argument("phone")
def deactivate(phone: str) -> None:
    """Close the account with this phone; its access ends with the next request."""
    with _transaction(Config.from_env()) as (session, now):
        person = _person(session, phone)
        people.deactivate_person(session, SHELL, now, person)
    click.echo(f"The account of {person.name} is closed.")


@user.command()
@click.argument("phone")
def reactivate(phone: str) -> None:
    """Open the closed account with this phone again, with the password it had."""
    with _transaction(Config.from_env()) as (session, now):
        person = _person(session, phone)
        people.reactivate_person(session, SHELL, now, person)
    click.echo(f"The account of {person.name} is open.")


@user.command()
@click.argument("phone")
def link(phone: str) -> None:
    """Print a link by which the owner of the account with this phone chooses a password."""
    config = Config.from_env()
    with _transaction(config) as (session, now):
        made = people.issue_link(session, SHELL, now, _person(session, phone))
    click.echo(_address(config, made.token))


@user.command("reset-factors")
@click.argument("phone")
def reset_factors(phone: str) -> None:
    """Take all second factors of the account with this phone away; its owner lost them and is signed out."""
    with _transaction(Config.from_env()) as (session, now):
        person = _person(session, phone)
        count = factors.reset(session, SHELL, now, person)
        people.end_sessions(session, SHELL, now, person)
    click.echo(f"{person.name} had {count}, and adds others after signing in by the password.")


@user.command("lift-alarm")
@click.argument("phone")
def lift_alarm(phone: str) -> None:
    """Lift the alarm on the account with this phone, whose owner found a sign-in that was not his."""
    with _transaction(Config.from_env()) as (session, now):
        person = _person(session, phone)
        alarm = alarms.open_for(session, person)
        if alarm is None:
            raise click.ClickException("there is no alarm on this account")
        alarms.lift(session, SHELL, now, alarm)
    click.echo(f"The account of {person.name} works as before.")


@user.command("list")
@click.option("--role", type=_ROLES, help="Only people of this role.")
def list_people(role: str | None) -> None:
    """List the accounts: id, role, state, masked phone, name."""
    with _transaction(Config.from_env()) as (session, _now):
        stmt = select(Person).order_by(Person.id)
        for person in session.scalars(stmt.where(Person.role == role) if role else stmt):
            phone = contacts.open_phone(session, person).masked
            click.echo(f"{person.id}\t{person.role}\t{people.state_of(person)}\t{phone}\t{person.name}")


@contextmanager
def _transaction(config: Config) -> Iterator[tuple[Session, datetime]]:
    with opened(config) as database, database.transaction() as session:
        yield session, database.now()


def _person(session: Session, phone: str) -> Person:
    index = contacts.phone_index(session, contacts.parse_phone(phone))
    person = session.scalar(select(Person).where(Person.phone_index == index))
    if person is None:
        raise click.ClickException("there is no account with this phone")
    return person


def _address(config: Config, token: str) -> str:
    return f"{config.base_url.rstrip('/')}/welcome/{token}"


def _agency_id(session: Session, name: str | None) -> int | None:
    if name is None:
        return None
    key = session.scalar(select(Agency.id).where(Agency.name == name))
    if key is None:
        raise Refusal("agency_needed", field="agency")
    return key
