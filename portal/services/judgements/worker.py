"""What-if questions for judgements, answered by portions of clients, each in a transaction of its own."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update

from ...db import Database
from ...models import JudgementMove, JudgementRun, RunState
from ...outages import outage_of, passing_over
from ...rules.judgements.profile import Profile
from ...rules.judgements.what_if import ClientFacts, Moved, compare
from ...session import Session
from ..claims import rule_profiles
from ..registrations import judgement_facts
from ..registrations.judgement_facts import Asked, Facts, Party, Place

STEP = 20_000
"""Clients a step, at most."""

log = logging.getLogger(__name__)


def run_due(database: Database, now: datetime) -> int:
    """Finish every run that is not; returns how many there were."""
    with database.reading() as session:
        waiting = session.scalars(select(JudgementRun.id).where(JudgementRun.state == RunState.RUNNING)).all()
    for run_id in waiting:
        with passing_over(log, "a what-if for judgements waits for the next look", run=run_id):
            run(database, now, run_id)
    return len(waiting)


def run(database: Database, now: datetime, run_id: int) -> None:
    """Bring one run to its end, step by step. One that breaks is marked as failed, and the log says why; an outage of
    the database is raised, and the run goes on later."""
    try:
        while advance(database, now, run_id):
            pass
    except Exception as error:
        if outage_of(error) is not None:
            raise
        log.exception("what-if for judgements failed", extra={"run": run_id})
        with database.transaction() as session:
            running = (JudgementRun.id == run_id, JudgementRun.state == RunState.RUNNING)
            session.execute(update(JudgementRun).where(*running).values(state=RunState.FAILED, finished_at=now))


@dataclass(frozen=True, slots=True)
class _Step:
    """What one step found: the last client that it looked at (None: there was none left), how many touches and
    clients, and what would change hands."""

    last: Place | None
    touches: int
    clients: int
    moves: Sequence[dict[str, Any]]


def advance(database: Database, now: datetime, run_id: int) -> bool:
    """Work through the next clients. False when the run is at its end."""
    with database.reading() as session:
        row = session.get(JudgementRun, run_id)
        if row is None or row.state is not RunState.RUNNING:
            return False
        step = _step(session, row)
    with database.transaction() as session:
        _store(session, now, row, step)
    return step.last is not None


def _step(session: Session, row: JudgementRun) -> _Step:
    asked = Asked(row.since, row.development_id)
    after = Place(row.cursor_development, row.cursor_client)
    places = judgement_facts.next_places(session, asked, after, STEP)
    if not places:
        return _Step(None, 0, 0, ())
    facts = judgement_facts.load_between(session, asked, after, places[-1])
    in_force = rule_profiles.all_in_force(session, row.asked_at)
    tried = Profile.from_toml(row.toml)
    clients = [_until(client, row.asked_at) for client in facts.clients]
    moves = [
        _stored(row.id, facts, moved)
        for client in clients
        for moved in compare([client], in_force[client.development_id], tried, row.asked_at)
        if moved.deal_id is None or _as_judged(facts, moved)
    ]
    return _Step(places[-1], sum(len(client.touches) for client in clients), len(places), moves)


def _until(client: ClientFacts, end: datetime) -> ClientFacts:
    """What had happened by the question: what comes while it is worked through is another question's."""
    touches = [touch for touch in client.touches if touch.at <= end]
    sales = [sale for sale in client.sales if sale.at <= end]
    return ClientFacts(client.development_id, client.client_id, touches, sales)


def _as_judged(facts: Facts, moved: Moved) -> bool:
    """Whether a deal stands, and is the agency's whom the rule gave it to: what a person decided otherwise stays."""
    deal = facts.deals.get(moved.deal_id) if moved.deal_id else None
    owner = None if moved.before is None else facts.parties[moved.before].agency_id
    return deal is not None and deal.agency_id == owner


def _stored(run_id: int, facts: Facts, moved: Moved) -> dict[str, Any]:
    before, after = (None if number is None else facts.parties[number] for number in (moved.before, moved.after))
    within = before is not None and after is not None and before.agency_id == after.agency_id is not None
    deal = None if moved.deal_id is None else facts.deals[moved.deal_id]
    return {
        "run_id": run_id,
        "development_id": moved.facts.development_id,
        "client_id": moved.facts.client_id,
        "deal_id": moved.deal_id,
        "why": moved.why,
        **dict(_columns("before", before)),
        **dict(_columns("after", after)),
        "within_agency": within,
        "moved_fen": 0 if deal is None or within else deal.posted_fen,
    }


def _columns(side: str, party: Party | None) -> Iterator[tuple[str, Any]]:
    yield f"{side}_kind", party.kind if party else None
    yield f"{side}_person_id", party.person_id if party else None
    yield f"{side}_agency_id", party.agency_id if party else None


def _store(session: Session, now: datetime, row: JudgementRun, step: _Step) -> None:
    """Store a step, unless somebody else did it meanwhile: the cursor says so."""
    deals = sum(move["deal_id"] is not None for move in step.moves)
    last = step.last or Place(row.cursor_development, row.cursor_client)
    ended = {"state": RunState.DONE, "finished_at": now} if step.last is None else {}
    moved = session.scalar(
        update(JudgementRun)
        .where(
            JudgementRun.id == row.id,
            JudgementRun.state == RunState.RUNNING,
            JudgementRun.cursor_development == row.cursor_development,
            JudgementRun.cursor_client == row.cursor_client,
        )
        .values(
            cursor_development=last.development_id,
            cursor_client=last.client_id,
            done=JudgementRun.done + step.touches,
            clients=JudgementRun.clients + step.clients,
            clients_moved=JudgementRun.clients_moved + len(step.moves) - deals,
            deals_moved=JudgementRun.deals_moved + deals,
            moved_fen=JudgementRun.moved_fen + sum(move["moved_fen"] for move in step.moves),
            **ended,
        )
        .returning(JudgementRun.id)
    )
    if moved is not None and step.moves:
        session.execute(insert(JudgementMove), list(step.moves))
