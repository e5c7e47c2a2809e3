"""Two who decide on one erasure at the same instant: one decision, one proof, on both databases."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import func, select

from commissions.refusal import Refusal
from portal.access.actor import Actor
from portal.adapters.storage.files import FolderFiles
from portal.db import Database
from portal.models import (
    Client,
    ErasureDecision,
    ErasureOrigin,
    ErasureProof,
    ErasureShown,
    ProposalState,
    Role,
)
from portal.services.erasure import requests
from portal.session import Session
from tests import factories as make

Deed = Callable[[Session, Actor, datetime, ErasureDecision, FolderFiles], object]


def confirm(session: Session, actor: Actor, now: datetime, decision: ErasureDecision, files: FolderFiles) -> object:
    return requests.confirm(session, actor, now, decision, files)


def send_back(session: Session, actor: Actor, now: datetime, decision: ErasureDecision, _files: FolderFiles) -> object:
    return requests.refuse(session, actor, now, decision, "nobody showed who asks")


@pytest.mark.parametrize("second", [confirm, send_back], ids=["both confirm", "one confirms, one sends back"])
def test_of_two_deciders_one_decides(database: Database, now: datetime, tmp_path: Path, second: Deed) -> None:
    with database.transaction() as session:
        officer, *others = (make.person(session, role) for role in (Role.PRIVACY_OFFICER, *[Role.ADMINISTRATOR] * 2))
        client = make.client(session, phone="13912345678")
        number = client.phone_index
        asked = requests.ask(
            session, Actor.of(officer), now, client, ErasureOrigin.OFFICER, shown_by=ErasureShown.PAPERS
        )
        decision = requests.propose(session, Actor.of(officer), now, asked, erases=True).id
        deciders = list(zip([Actor.of(one) for one in others], (confirm, second), strict=True))
    files = FolderFiles(tmp_path, database.vault)
    together = Barrier(2)

    def decide(who: Actor, deed: Deed) -> str:
        together.wait()
        try:
            with database.transaction() as session:
                deed(session, who, now, session.get_one(ErasureDecision, decision), files)
        except Refusal as refusal:
            return refusal.code
        return "decided"

    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(pool.map(lambda one: decide(*one), deciders))
    assert outcomes == ["decided", "proposal_decided"]
    with database.reading() as session:
        kept = session.get_one(ErasureDecision, decision)
        confirmed = kept.state is ProposalState.CONFIRMED
        erased = session.scalars(select(Client)).one().phone_index != number
        assert erased is confirmed, "what stands is what was done"
        assert session.scalar(select(func.count()).select_from(ErasureProof)) == int(confirmed)
