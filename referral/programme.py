"""Programmes (rules 7.3): when one runs, what a company gives its employees, and what a lead came to.

A programme brings friends as a referrer does, and nobody earns by them: a company's employees pay less for their home,
a stand's passers-by get a gift. Days are Shanghai's and half-open: on `ends_on` it is over.
"""

import re
import tomllib
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from importlib.resources import files

from commissions.refusal import Refusal

GIVEN_DISCOUNT_BPS = 100
"""The additional 1 % of rules 7.3, as a form offers it."""

MOST_DOMAINS = 20
LONGEST_DOMAIN = 253

_WHOLE_BPS = 10_000
_LABEL = r"(?!-)[a-z0-9-]{1,63}(?<!-)"
_DOMAIN = re.compile(rf"(?:{_LABEL}\.)+(?![0-9]+$){_LABEL}")
_APART = re.compile(r"[\s,;、，；]+")


class ProgrammeState(StrEnum):
    """Where a programme stands."""

    PLANNED = "planned"
    OPEN = "open"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Term:
    """The days on which a programme's code counts: from `starts_on` to before `ends_on`; None: until it is ended.

    Raises Refusal `programme_ends_first`.
    """

    starts_on: date
    ends_on: date | None = None

    def __post_init__(self) -> None:
        if self.ends_on is not None and self.ends_on <= self.starts_on:
            raise Refusal("programme_ends_first", field="ends_on")

    def state(self, day: date) -> ProgrammeState:
        """Where the programme stands on a day."""
        if day < self.starts_on:
            return ProgrammeState.PLANNED
        return ProgrammeState.OPEN if self.ends_on is None or day < self.ends_on else ProgrammeState.OVER


@dataclass(frozen=True, slots=True)
class Company:
    """What a company's employees get: a discount in basis points, and the mail domains by which they are known.

    The domains are in lower case and in ASCII, as `domains_in` reads them. Raises Refusal: `discount_invalid`,
    `domain_invalid` and `domain_public` (fact `domain`), `domains_many` (fact `most`).
    """

    discount_bps: int = GIVEN_DISCOUNT_BPS
    domains: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 0 < self.discount_bps < _WHOLE_BPS:
            raise Refusal("discount_invalid", field="discount")
        if len(self.domains) > MOST_DOMAINS:
            raise Refusal("domains_many", field="domains", most=MOST_DOMAINS)
        for domain in self.domains:
            if len(domain) > LONGEST_DOMAIN or not _DOMAIN.fullmatch(domain):
                raise Refusal("domain_invalid", field="domains", domain=domain[:60])
            if is_public(domain):
                raise Refusal("domain_public", field="domains", domain=domain)


def domains_in(text: str) -> tuple[str, ...]:
    """The domains that somebody typed, each once and in order: parted by spaces, commas or lines, with or without @.

    One in letters of its own country is given as mail is addressed to it (公司.cn → xn--55qx5d.cn).
    """
    typed = (part.lstrip("@").rstrip(".").lower() for part in _APART.split(text))
    return tuple(sorted({_ascii(part) for part in typed if part}))


def is_public(domain: str) -> bool:
    """Whether anybody can have an address there, so that it says nothing of where a person works."""
    labels = domain.split(".")
    return any(".".join(labels[at:]) in _providers() for at in range(len(labels) - 1))


def cost_per_lead(cost_fen: int, gifts_fen: int, leads: int) -> int | None:
    """What a lead came to, in fen, half up: what the programme cost, and the value of the gifts that were fetched.

    None without leads.
    """
    return (2 * (cost_fen + gifts_fen) + leads) // (2 * leads) if leads else None


def _ascii(domain: str) -> str:
    try:
        return domain.encode("idna").decode()
    except UnicodeError:  # no domain at all: `Company` says so, in the letters that were typed
        return domain


@cache
def _providers() -> frozenset[str]:
    data = tomllib.loads(files("referral").joinpath("mail_providers.toml").read_text(encoding="utf-8"))
    return frozenset(data["domains"])
