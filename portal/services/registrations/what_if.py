"""What if for judgements (判客试算): a rule profile tried on the touches as they were, before anyone goes by it.

Nothing is stored by it. Every development is compared with its own settings as they are.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import InstrumentedAttribute

from commissions.refusal import Refusal

from ...models import Agency, Client, Person
from ...rules.judgements.profile import Profile
from ...rules.judgements.what_if import ClientFacts, Moved, compare
from ...session import Session
from .. import contacts
from ..claims import rule_profiles
from . import judgement_facts
from .judgement_facts import Asked, Facts, Party, SoldDeal

AT_ONCE = 100_000
"""So many touches are judged while the asker waits; who asks about more is told to narrow the question."""

_NAMES_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Change:
    """A client (`deal` None) or a deal that would be another's, as it is and as it would be (None: nobody's)."""

    moved: Moved
    before: Party | None
    after: Party | None
    deal: SoldDeal | None

    @property
    def moved_fen(self) -> int:
        """What was posted for the deal and would not have been posted to the same agency."""
        return self.deal.posted_fen if self.deal and not self.within_agency else 0

    @property
    def within_agency(self) -> bool:
        """From one broker of an agency to another."""
        before, after = self.before, self.after
        return before is not None and after is not None and before.agency_id == after.agency_id is not None


@dataclass(frozen=True, slots=True)
class AgencyShift:
    """What an agency (None: whoever is no agency) would lose and gain."""

    agency_id: int | None
    clients_lost: int = 0
    clients_gained: int = 0
    deals_lost: int = 0
    deals_gained: int = 0
    lost_fen: int = 0
    gained_fen: int = 0

    @property
    def weight(self) -> tuple[int, int, int]:
        """What moves most stands first."""
        deals, clients = self.deals_lost + self.deals_gained, self.clients_lost + self.clients_gained
        return self.lost_fen + self.gained_fen, deals, clients


@dataclass(frozen=True, slots=True)
class Answer:
    """What was looked at, what would change hands, and what that means for each agency, what moves most first."""

    touches: int
    clients: int
    changes: Sequence[Change]
    agencies: Sequence[AgencyShift]

    @property
    def of_clients(self) -> Sequence[Change]:
        return [change for change in self.changes if change.deal is None]

    @property
    def of_deals(self) -> Sequence[Change]:
        return [change for change in self.changes if change.deal is not None]

    @property
    def moved_fen(self) -> int:
        """The commission that was posted for deals that would be another's."""
        return sum(change.moved_fen for change in self.changes)


def try_profile(session: Session, now: datetime, profile: Profile, asked: Asked) -> Answer:
    """Try a profile on the history of every client of whom anything lies in the days asked about.

    Raises Refusal what_if_many_touches (facts `count`, `most`).
    """
    count = judgement_facts.count(session, asked)
    if count > AT_ONCE:
        raise Refusal("what_if_many_touches", count=count, most=AT_ONCE)
    facts = judgement_facts.load(session, asked)
    in_force = rule_profiles.all_in_force(session, now)
    changes = [
        _change(facts, moved)
        for development_id, clients in _by_development(facts.clients).items()
        for moved in compare(clients, in_force[development_id], profile, now)
        if moved.deal_id is None or _as_judged(facts, moved)
    ]
    changes.sort(key=lambda change: (-abs(change.moved_fen), change.deal is None))
    return Answer(count, len(facts.clients), changes, _by_agency(changes))


def _by_development(clients: Iterable[ClientFacts]) -> dict[int, list[ClientFacts]]:
    found: dict[int, list[ClientFacts]] = defaultdict(list)
    for client in clients:
        found[client.development_id].append(client)
    return found


def _as_judged(facts: Facts, moved: Moved) -> bool:
    """Whether a deal stands, and is the agency's whom the rule gave it to: what a person decided otherwise stays."""
    deal = facts.deals.get(moved.deal_id) if moved.deal_id else None
    owner = None if moved.before is None else facts.parties[moved.before].agency_id
    return deal is not None and deal.agency_id == owner


def _change(facts: Facts, moved: Moved) -> Change:
    before, after = (None if number is None else facts.parties[number] for number in (moved.before, moved.after))
    return Change(moved, before, after, None if moved.deal_id is None else facts.deals[moved.deal_id])


def _by_agency(changes: Iterable[Change]) -> list[AgencyShift]:
    counts: dict[int | None, Counter[str]] = defaultdict(Counter)
    for change in changes:
        if change.within_agency:
            continue
        for party, done in ((change.before, "lost"), (change.after, "gained")):
            if party is not None:
                counts[party.agency_id].update(
                    {f"clients_{done}": 1}
                    if change.deal is None
                    else {f"deals_{done}": 1, f"{done}_fen": change.moved_fen}
                )
    shifts = [AgencyShift(agency_id, **figures) for agency_id, figures in counts.items()]
    return sorted(shifts, key=lambda shift: shift.weight, reverse=True)


# Names, for who reads the answer


def agency_names(session: Session, changes: Sequence[Change]) -> dict[int, str]:
    """The names of the agencies that some changes tell of, by their ids."""
    ids = {party.agency_id for change in changes for party in (change.before, change.after) if party is not None}
    return _names(session, select(Agency.id, Agency.name), Agency.id, ids)


def person_names(session: Session, changes: Sequence[Change]) -> dict[int, str]:
    """The names of the brokers and referrers."""
    ids = {party.person_id for change in changes for party in (change.before, change.after) if party is not None}
    return _names(session, select(Person.id, Person.name), Person.id, ids)


def masked_phones(session: Session, changes: Sequence[Change]) -> dict[int, str]:
    """The clients' numbers, masked, by the clients' ids."""
    keys = sorted({change.moved.facts.client_id for change in changes})
    return {
        client.id: contacts.open_phone(session, client).masked
        for some in _batches(keys)
        for client in session.scalars(select(Client).where(Client.id.in_(some)))
    }


def _names(
    session: Session, stmt: Select[int, str], key: InstrumentedAttribute[int], ids: set[int | None]
) -> dict[int, str]:
    known = sorted(one for one in ids if one is not None)
    return {row[0]: row[1] for some in _batches(known) for row in session.execute(stmt.where(key.in_(some)))}


def _batches(keys: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(keys), _NAMES_AT_ONCE):
        yield keys[start : start + _NAMES_AT_ONCE]
