"""How providers of sign-ins are called, and which of them open in the reader's browser."""

from collections.abc import Iterable
from dataclasses import dataclass

from flask import request
from flask_babel import gettext as _

from ...adapters.provider_sign_in.provider import Provider
from ...models import STAFF, AccountTie, Person
from ...rules.provider_sign_in.claims import ProviderName
from ..edge import providers


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """A provider as a page shows it. `inside`: the reader is in its own browser, where one tap opens it."""

    by: ProviderName
    name: str
    inside: bool = False
    tie: AccountTie | None = None
    opens: bool = True

    @property
    def of_staff(self) -> bool:
        return self.by.of_staff


def doors_here() -> list[Door]:
    """By whom one can sign in with this browser; whose own browser it is comes first."""
    agent = request.user_agent.string
    found = [
        Door(by=by, name=name_of(one), inside=one.is_inside(agent))
        for by, one in providers().items()
        if one.opens_in(agent)
    ]
    return sorted(found, key=lambda door: not door.inside)


def doors_of(person: Person, ties: dict[ProviderName, AccountTie]) -> list[Door]:
    """What opens this account beside the password, or could: who is tied to none sees what this browser can tie."""
    agent, staff = request.user_agent.string, person.role in STAFF
    return [
        Door(by=by, name=called(by), tie=ties.get(by), opens=(by in providers() and providers()[by].opens_in(agent)))
        for by in _of_side(staff=staff, tied=ties)
        if by in ties or (by in providers() and providers()[by].opens_in(agent))
    ]


def called(by: ProviderName) -> str:
    """How a provider is called, also one that is not set up any more."""
    provider = providers().get(by)
    return name_of(provider) if provider is not None else _plain(by)


def name_of(provider: Provider) -> str:
    """How a provider is called: as the settings say, or as everybody does."""
    return provider.name or _plain(provider.issuer.provider)


def _plain(by: ProviderName) -> str:
    if by is ProviderName.WECOM:
        return _("WeCom")
    return _("WeChat") if by is ProviderName.WECHAT else _("Company account")


def _of_side(*, staff: bool, tied: Iterable[ProviderName]) -> list[ProviderName]:
    """Whoever changed sides still sees what he was tied to, so that he can part it."""
    return [by for by in ProviderName if by.of_staff is staff or by in tied]
