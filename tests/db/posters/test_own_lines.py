"""A referrer's own line: asked for once, read by staff, decided once, and only then on the posters."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from commissions.refusal import Refusal
from portal.access.actor import Actor
from portal.adapters.storage.files import FolderFiles
from portal.db import Database
from portal.models import AuditEntry, DevelopmentLook, PosterLine, ProposalState, Referrer, Role
from portal.services.contacts import vault_of
from portal.services.home.figure import counted
from portal.services.posters import own_lines, posters
from portal.services.posters.posters import PosterChoices, PosterSettings
from tests import factories as make

LINE = "我家就在湖边"


def refused(ask: Callable[[], object]) -> str:
    with pytest.raises(Refusal) as caught:
        ask()
    return caught.value.code


def allowed(session: Session, now: datetime) -> tuple[Referrer, Actor, Actor]:
    """A referrer of a development that lets lines be asked for, and a manager."""
    referrer, manager = make.referrer(session), make.person(session, Role.CHANNEL_MANAGER)
    look = DevelopmentLook(development_id=referrer.development_id, words={}, own_words=True)
    look.changed_at, look.changed_by = now, manager.id
    session.add(look)
    session.flush()
    return referrer, Actor.of(referrer.person), Actor.of(manager)


def the_line(session: Session) -> PosterLine:
    return session.scalars(select(PosterLine).order_by(PosterLine.id.desc()).limit(1)).one()


def test_a_line_stands_once_it_was_approved(session: Session, now: datetime, tmp_path: Path) -> None:
    referrer, own, manager = allowed(session, now)
    settings = PosterSettings("https://portal.example.com", {"zh": "云栖置业", "en": "Cloudrest"}, tmp_path / "designs")
    files = FolderFiles(tmp_path / "files", vault_of(session))
    look = posters.look_of(session, referrer.development)

    def said() -> str:
        lines = own_lines.approved_for(session, referrer)
        wanted = posters.spec_of(
            settings, files, referrer, look, PosterChoices(headline=LINE, slogan="别的话"), own_lines=lines
        )
        return wanted.headline + "".join(wanted.body)

    own_lines.ask(session, own, now, referrer, f"  {LINE}\n")
    own_lines.ask(session, own, now, referrer, LINE)
    assert LINE not in said()
    assert counted(session, own_lines.to_decide(manager)) == 1
    own_lines.approve(session, manager, now, the_line(session))
    assert LINE in said()
    assert "别的话" not in said()
    assert counted(session, own_lines.to_decide(manager)) == 0
    own_lines.ask(session, own, now, referrer, LINE)
    assert len(session.scalars(select(PosterLine)).all()) == 1
    assert refused(lambda: own_lines.refuse(session, manager, now, the_line(session), "x")) == "proposal_decided"
    log = session.scalars(select(AuditEntry.action).where(AuditEntry.action.startswith("poster_line"))).all()
    assert sorted(log) == ["poster_line_approved", "poster_line_asked"]


def test_what_is_turned_down_says_why_and_can_be_asked_again(session: Session, now: datetime) -> None:
    referrer, own, manager = allowed(session, now)
    own_lines.ask(session, own, now, referrer, LINE)
    assert refused(lambda: own_lines.refuse(session, manager, now, the_line(session), " ")) == "proposal_reason_needed"
    own_lines.refuse(session, manager, now, the_line(session), "湖不在本项目旁")
    own_lines.ask(session, own, now, referrer, LINE)
    own_lines.withdraw(session, own, now, the_line(session))
    states = [row.state for row in own_lines.of_referrer(session, referrer)]
    assert states == [ProposalState.WITHDRAWN, ProposalState.REFUSED]
    assert own_lines.approved_for(session, referrer) == frozenset()


def test_not_every_line_may_be_asked_for(session: Session, now: datetime) -> None:
    referrer, own, _manager = allowed(session, now)
    ask = lambda text: own_lines.ask(session, own, now, referrer, text)  # noqa: E731
    assert refused(lambda: ask("稳涨30%")) == "advertising_promise"
    assert refused(lambda: ask("加微信 linjing88")) == "own_line_contact"
    assert refused(lambda: ask(" \u200b")) == "own_line_empty"
    for number in range(own_lines.MOST_WAITING):
        ask(f"住在这里第 {number} 年")
    assert refused(lambda: ask("再来一句")) == "own_lines_many"
    other = make.referrer(session)
    assert refused(lambda: own_lines.ask(session, Actor.of(other.person), now, other, LINE)) == "own_lines_off"


def test_two_managers_decide_once(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        referrer, own, manager = allowed(session, now)
        own_lines.ask(session, own, now, referrer, LINE)
        managers = [manager, Actor.of(make.person(session, Role.CHANNEL_MANAGER))]
    together = Barrier(2)

    def decide(number: int) -> str:
        together.wait()
        try:
            with database.transaction() as session:
                line = the_line(session)
                if number:
                    own_lines.refuse(session, managers[1], now, line, "不合适")
                else:
                    own_lines.approve(session, managers[0], now, line)
        except Refusal as refusal:
            return refusal.code
        return "done"

    with ThreadPoolExecutor(2) as hands:
        assert sorted(hands.map(decide, range(2))) == ["done", "proposal_decided"]
