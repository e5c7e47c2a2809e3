"""What the help pages say: sections of text in both languages, and which of them a role reads.

The text lies beside this module, one file a language, for it is read and edited as a text. Figures come from the
standard rules, so that a page does not promise other days than the portal counts.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from itertools import groupby
from pathlib import Path

from flask import url_for
from flask_login import current_user

from commissions.penalty import STANDARD_TERMS

from ...models import Role
from ...rules.partners.policy import Policy
from ..components import LOCALES, reader_locale

_ITEM = {"- ": "bullets", "1. ": "steps", "2. ": "steps", "3. ": "steps"}

_PARTNER = ("client-data", "account", "phone", "who")
_CARE = ("care-day", "care-limits", "care-tour", "care-file", "care-promises")

TOPICS: Mapping[Role, tuple[str, ...]] = {
    Role.BROKER: (
        "register",
        "check-in",
        "no-face",
        "my-face",
        "protection",
        "states",
        "earnings",
        *_CARE,
        "strikes",
        "appeal",
        *_PARTNER,
    ),
    Role.PRINCIPAL: (
        "brokers",
        "register",
        "check-in",
        "no-face",
        "protection",
        "states",
        "earnings",
        "statements",
        "payouts",
        "bank",
        "strikes",
        *_PARTNER,
    ),
    Role.RECEPTION: (
        "arrivals",
        "site-code",
        "walk-ins",
        "review",
        "faces",
        "vouchers",
        "states",
        "client-data",
        "account",
        "who",
    ),
    Role.CONSULTANT: (*_CARE, "client-data", "account", "who"),
    Role.CHANNEL_MANAGER: (
        "partners",
        "plans",
        "deals",
        "protection",
        "review",
        "appeals-decide",
        "strikes",
        "referrals",
        *_CARE,
        "care-plans",
        "states",
        "client-data",
        "account",
        "who",
    ),
    Role.FINANCE: (
        "close",
        "money-controls",
        "payouts",
        "deals",
        "plans",
        "tax",
        "earnings",
        "states",
        "account",
        "who",
    ),
    Role.APPROVER: ("approve", "money-controls", "payouts", "tax", "account", "who"),
    Role.CASHIER: ("cashier", "payouts", "account", "who"),
    Role.ADMINISTRATOR: ("people", "strikes", "client-data", "account", "who"),
    Role.PRIVACY_OFFICER: ("privacy", "client-data", "account", "who"),
    Role.REFERRER: (
        "refer",
        "friends",
        "rewards",
        "my-vouchers",
        "bank",
        "tax",
        "friend-data",
        "account",
        "phone",
        "who-referrer",
    ),
}
"""What each role reads, in the order in which it meets it. Each name is the section's anchor."""


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of a section: a paragraph, or the items of a list."""

    kind: str
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """One topic: its anchor, its title and its text."""

    topic: str
    title: str
    blocks: tuple[Block, ...]


def sections(role: Role, locale: str) -> list[Section]:
    """What a role reads, in a language."""
    known = texts(locale)
    return [known[topic] for topic in TOPICS[role]]


@cache
def texts(locale: str) -> Mapping[str, Section]:
    """Every section of a language, by its anchor."""
    written = tomllib.loads(Path(__file__).with_name(f"{locale}.toml").read_text(encoding="utf-8"))
    figures = asdict(Policy()) | asdict(STANDARD_TERMS)
    return {
        topic: Section(topic, table["title"], tuple(_blocks(line.format(**figures) for line in table["text"])))
        for topic, table in written.items()
    }


def help_url(topic: str) -> str | None:
    """Where the reader finds a topic; None for who is not signed in or has no business with it."""
    if not current_user.is_authenticated or topic not in TOPICS[current_user.person.role]:
        return None
    return url_for("help.index", _anchor=topic)


def reader_language() -> str:
    """The file of the reader's language."""
    return LOCALES[0] if reader_locale().language == "zh" else LOCALES[1]


def _blocks(lines: Iterable[str]) -> Iterable[Block]:
    for kind, same in groupby(lines, _kind):
        if kind == "text":
            yield from (Block(kind, (line,)) for line in same)
        else:
            yield Block(kind, tuple(line.split(" ", 1)[1] for line in same))


def _kind(line: str) -> str:
    return next((kind for sign, kind in _ITEM.items() if line.startswith(sign)), "text")
