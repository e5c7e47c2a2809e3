"""Rules tried on what happened, as rows, and brought to their end."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.access.actor import Actor
from portal.models import JudgementMove, JudgementRun, Person, RunState
from portal.rules.judgements.profile import Profile
from portal.services.judgements import what_if, worker
from portal.services.registrations.judgement_facts import Asked
from tests import factories as make


def judgement_run(session: Session, by: Person) -> JudgementRun:
    """A question that is answered, and would change nothing."""
    counts = ("whole", "done", "clients", "cursor_development", "cursor_client", "clients_moved", "deals_moved")
    row = JudgementRun(
        toml=Profile().to_toml(),
        months=3,
        since=make.BEFORE - timedelta(days=90),
        asked_by=by.id,
        asked_at=make.BEFORE,
        state=RunState.DONE,
        finished_at=make.BEFORE,
        moved_fen=0,
        **dict.fromkeys(counts, 0),
    )
    session.add(row)
    session.flush()
    return row


def tried(session: Session, by: Actor, now: datetime, profile: Profile, asked: Asked) -> JudgementRun:
    """A profile tried to the end, in the transaction of the test."""
    run = what_if.ask(session, by, now, profile, months=3, asked=asked)
    session.flush()
    while run.state is RunState.RUNNING:
        worker._store(session, now, run, worker._step(session, run))
        session.refresh(run)
    return run


def moves_of(session: Session, run: JudgementRun) -> list[JudgementMove]:
    """What would change hands, deals first."""
    of = JudgementMove
    stmt = select(of).where(of.run_id == run.id).order_by(of.moved_fen.desc(), of.deal_id.is_(None), of.id)
    return list(session.scalars(stmt))
