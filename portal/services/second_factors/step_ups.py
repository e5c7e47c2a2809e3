"""Fresh proofs: who is signed in has shown anew that it is he, for one kind of deeds, in this sign-in."""

from datetime import datetime, timedelta

from sqlalchemy import select

from ...access.actor import Actor
from ...access.step_up import StepUp
from ...models import StepUpProof, WebSession
from ...session import Session
from .. import audit
from .proving import Method


def standing(session: Session, now: datetime, row: WebSession, kind: StepUp) -> int | None:
    """The proof that is still fresh, or None."""
    of = StepUpProof
    mine = select(of.id).where(of.holder == f"session:{row.id}", of.kind == kind.value, of.until > now)
    return session.scalar(mine.order_by(of.id.desc()).limit(1))


def record(
    session: Session, actor: Actor, now: datetime, row: WebSession, kind: StepUp, method: Method, *, minutes: int
) -> int:
    """Keep a proof of this sign-in for a kind of deeds."""
    proof = StepUpProof(
        person_id=row.person_id,
        holder=f"session:{row.id}",
        kind=kind.value,
        method=method.value,
        at=now,
        until=now + timedelta(minutes=minutes),
    )
    session.add(proof)
    audit.record(session, actor, now, "stepped_up", proof, kind=kind.value, by=method.value)
    return proof.id
