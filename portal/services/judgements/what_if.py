"""What if for judgements (判客试算): a question becomes a run that the worker goes through; here it is asked and read.

Every development is compared with its own rules as they are. Nothing but the answer is stored by it.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, joinedload

from commissions.refusal import Refusal

from ...access.actor import Actor
from ...access.scope import visible
from ...models import Agency, Client, Deal, JudgementMove, JudgementRun, Person, RunState
from ...rules.judgements.profile import Profile
from ...session import Session
from .. import audit, contacts
from ..registrations import judgement_facts
from ..registrations.judgement_facts import Asked, Party

AT_ONCE = 20_000
"""So many touches are judged as soon as the question is stored; more are left to the worker."""

KEPT = timedelta(days=90)
"""How long what came out is kept: history moves on, and a question can be asked again."""

_NAMES_AT_ONCE = 1_000


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


def ask(session: Session, actor: Actor, now: datetime, profile: Profile, *, months: int, asked: Asked) -> JudgementRun:
    """Ask what a profile would have decided. Raises Refusal what_if_no_touches where there is nothing to look at."""
    whole = judgement_facts.count(session, asked)
    if not whole:
        raise Refusal("what_if_no_touches", field="months")
    counts = ("done", "clients", "cursor_development", "cursor_client", "clients_moved", "deals_moved", "moved_fen")
    run = JudgementRun(
        toml=profile.to_toml(),
        months=months,
        since=asked.since,
        development_id=asked.development_id,
        asked_by=actor.id,
        asked_at=now,
        state=RunState.RUNNING,
        whole=whole,
        **dict.fromkeys(counts, 0),
    )
    session.add(run)
    audit.record(session, actor, now, "judgement_what_if_asked", run, months=months, count=whole)
    return run


# Reading


def runs(actor: Actor) -> Select[JudgementRun]:
    """The questions that the actor may see, with what a list shows."""
    of = JudgementRun
    return visible(actor, of).options(joinedload(of.development), joinedload(of.asker))


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which moves a page shows: of one agency (0: of whoever is no agency), clients or deals alone."""

    agency_id: int | None = None
    what: str = ""


CLIENTS, DEALS = "clients", "deals"


def moves(actor: Actor, run: JudgementRun, wanted: Wanted = Wanted()) -> Select[JudgementMove]:
    """What would change hands."""
    of = JudgementMove
    stmt = visible(actor, of).where(of.run_id == run.id).options(joinedload(of.development))
    if wanted.agency_id:
        stmt = stmt.where(or_(of.before_agency_id == wanted.agency_id, of.after_agency_id == wanted.agency_id))
    if wanted.what in (CLIENTS, DEALS):
        stmt = stmt.where(of.deal_id.is_(None) if wanted.what == CLIENTS else of.deal_id.is_not(None))
    return stmt


def shifts(session: Session, run: JudgementRun) -> list[AgencyShift]:
    """What each agency would lose and gain, what moves most first; from one broker to a colleague nothing moves."""
    of = JudgementMove
    found: dict[int | None, AgencyShift] = defaultdict(lambda: AgencyShift(None))
    for kind, agency, done in (
        (of.before_kind, of.before_agency_id, "lost"),
        (of.after_kind, of.after_agency_id, "gained"),
    ):
        sums = (
            select(agency, func.count() - func.count(of.deal_id), func.count(of.deal_id), func.sum(of.moved_fen))
            .where(of.run_id == run.id, kind.is_not(None), of.within_agency.is_(False))
            .group_by(agency)
        )
        for key, clients, deals, fen in session.execute(sums):
            figures = {f"clients_{done}": clients, f"deals_{done}": deals, f"{done}_fen": fen}
            found[key] = replace(found[key], agency_id=key, **figures)
    return sorted(found.values(), key=lambda shift: (shift.weight, -(shift.agency_id or 0)), reverse=True)


def before_of(move: JudgementMove) -> Party | None:
    """Whose it is; None: nobody's."""
    if move.before_kind is None:
        return None
    return Party(move.before_kind, move.before_person_id, move.before_agency_id)


def after_of(move: JudgementMove) -> Party | None:
    """Whose it would be; None: nobody's."""
    return Party(move.after_kind, move.after_person_id, move.after_agency_id) if move.after_kind is not None else None


@dataclass(frozen=True, slots=True)
class Names:
    """What the words of some moves are made of, by ids; clients by their masked numbers, deals by their homes."""

    people: Mapping[int, str]
    agencies: Mapping[int, str]
    clients: Mapping[int, str]
    units: Mapping[int, str]


def names(session: Session, rows: Sequence[JudgementMove]) -> Names:
    """The names that some moves need, in as many queries as for a thousand."""
    people = {key for row in rows for key in (row.before_person_id, row.after_person_id)}
    agencies = {key for row in rows for key in (row.before_agency_id, row.after_agency_id)}
    clients = {
        client.id: contacts.open_phone(session, client).masked
        for some in _batches({row.client_id for row in rows})
        for client in session.scalars(select(Client).where(Client.id.in_(some)))
    }
    return Names(
        _named(session, select(Person.id, Person.name), Person.id, people),
        _named(session, select(Agency.id, Agency.name), Agency.id, agencies),
        clients,
        _named(session, select(Deal.id, Deal.unit), Deal.id, {row.deal_id for row in rows}),
    )


def agency_names(session: Session, found: Sequence[AgencyShift]) -> Mapping[int, str]:
    """The names of agencies by their ids."""
    return _named(session, select(Agency.id, Agency.name), Agency.id, {shift.agency_id for shift in found})


def _named(
    session: Session, stmt: Select[int, str], key: InstrumentedAttribute[int], ids: set[int | None]
) -> dict[int, str]:
    return {row[0]: row[1] for some in _batches(ids) for row in session.execute(stmt.where(key.in_(some)))}


def _batches(keys: set[Any]) -> Iterator[Sequence[int]]:
    known = sorted(one for one in keys if one is not None)
    for start in range(0, len(known), _NAMES_AT_ONCE):
        yield known[start : start + _NAMES_AT_ONCE]
