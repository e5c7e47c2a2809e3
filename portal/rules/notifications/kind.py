"""What is said of a kind of event, as data: its subject, who is concerned, how much it matters, where it leads.

A kind is declared once, in the table of its domain beside this file; `kinds.KINDS` knows them all. Its words stand in
`services/notifications/words/`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any


class Whom(StrEnum):
    """Who is concerned. `PERSON` and `PRINCIPALS`: the person, and the principals of the agency, that the event names;
    the others are everybody of a role."""

    PERSON = "person"
    PRINCIPALS = "principals"
    RECEPTION = "reception"
    CONSULTANT = "consultant"
    CHANNEL_MANAGER = "channel_manager"
    FINANCE = "finance"
    APPROVER = "approver"
    CASHIER = "cashier"
    ADMINISTRATOR = "administrator"
    PRIVACY_OFFICER = "privacy_officer"


NAMED = (Whom.PERSON, Whom.PRINCIPALS)
"""Who is concerned by name of the event, and not by role."""


class Topic(StrEnum):
    """What a reader filters by, and chooses channels for."""

    CLIENTS = "clients"
    STANDING = "standing"
    DEALS = "deals"
    MONEY = "money"
    REWARDS = "rewards"
    PARTNERS = "partners"
    QUEUES = "queues"
    SECURITY = "security"
    OPERATION = "operation"


class Importance(StrEnum):
    """How much it matters: what may wait, what has a deadline, what is about money, what is about safety."""

    INFO = "info"
    DEADLINE = "deadline"
    MONEY = "money"
    SECURITY = "security"


class Channel(StrEnum):
    """The ways by which somebody is told. The inbox is always one; what another cannot say, the inbox says."""

    INBOX = "inbox"
    SMS = "sms"
    MAIL = "mail"
    WECOM = "wecom"
    WECHAT = "wechat"


CHANNELS: Mapping[Importance, frozenset[Channel]] = {
    Importance.INFO: frozenset({Channel.INBOX}),
    Importance.DEADLINE: frozenset(Channel),
    Importance.MONEY: frozenset(Channel),
    Importance.SECURITY: frozenset(Channel),
}
"""By which ways what matters so much goes, unless the reader chose otherwise."""


@dataclass(frozen=True, slots=True)
class Page:
    """Where a notice leads: an endpoint and, where its address has a number, which one: the subject's own (`id`), or
    the fact of this name. `anchor` may name one too, such as `strike-{id}`."""

    endpoint: str
    number: str = "id"
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """A development's group hears of it, too, by words of its own that name nobody. `only`: a fact, and for which of
    its values."""

    only: tuple[str, frozenset[str]] | None = None

    def hears(self, facts: Mapping[str, Any]) -> bool:
        """Whether the group hears of an event with these facts."""
        return self.only is None or facts.get(self.only[0]) in self.only[1]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of event.

    `subject`: the table that its subject stands in. `facts`: what it must be told with, beside subject, person, agency
    and development; the end of a fact's name says how it is shown (`wording`). `deeds`: the actions of the audit log
    that it tells of. `staff_page`: where it leads whom the event does not name, if not to `page`. `outside`: the
    systems of the agency read it too. `merges`: what comes within this time about one subject is one message.
    `texted`: whom it concerns gets a text of its own, so none of ours says it again. `summed`: a bulk deed brings many
    of it and tells of them as a whole, so each stands in the streams alone. `while_there`: its page is the agency's, so
    a person is told only while he belongs to the agency that the event names. `group`: that the robot in the
    development's group says it, too.
    """

    subject: str
    whom: tuple[Whom, ...]
    topic: Topic
    page: Page
    importance: Importance = Importance.INFO
    facts: tuple[str, ...] = ()
    deeds: tuple[str, ...] = ()
    staff_page: Page | None = None
    outside: bool = False
    merges: timedelta = timedelta(minutes=5)
    texted: bool = False
    summed: bool = False
    while_there: bool = False
    group: Group | None = None

    @property
    def optional(self) -> bool:
        """Whether its reader may switch channels off: never for money and safety (told, "preferences")."""
        return self.importance in (Importance.INFO, Importance.DEADLINE)

    def page_of(self, whom: Whom) -> Page:
        """Where it leads whom it concerns so."""
        return self.page if self.staff_page is None or whom in NAMED else self.staff_page


class WrongFacts(ValueError):
    """An event was told with other facts than its kind declares: a fault of the code that told it."""


PLAIN = (str, int, bool, type(None))
"""What a fact may be: what JSON holds without loss. Instants and days are told as ISO 8601."""


def check_facts(name: str, kind: Kind, subject: str, facts: Mapping[str, Any]) -> None:
    """Raise WrongFacts unless the event is told as its kind declares."""
    if subject != kind.subject:
        raise WrongFacts(f"{name} is about {kind.subject}, not {subject}")
    if facts.keys() != set(kind.facts):
        raise WrongFacts(f"{name} is told with {sorted(kind.facts)}, not {sorted(facts)}")
    odd = [key for key, value in facts.items() if not isinstance(value, PLAIN)]
    if odd:
        raise WrongFacts(f"{name}: what JSON does not hold is in {', '.join(odd)}")


def told_deeds(kinds: Iterable[Kind]) -> frozenset[str]:
    """The actions of the audit log that these kinds tell of."""
    return frozenset(deed for kind in kinds for deed in kind.deeds)
