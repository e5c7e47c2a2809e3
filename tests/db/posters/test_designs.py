"""Designs that staff upload: tried, kept once, offered to every process, withdrawn while posters go on working."""

import threading
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from commissions.refusal import Refusal
from portal.access.actor import Actor
from portal.db import Database
from portal.models import AuditEntry, BatchState, PosterBatch, PosterDesign, Role
from portal.services.posters import designs, posters
from portal.services.posters.designs import Tried
from portal.services.posters.posters import PosterSettings
from referral.posters.design_file import read_design, source_of
from tests import factories as make
from tests.factories.posters import own_source, poster_design


@pytest.fixture
def settings(tmp_path: Path) -> PosterSettings:
    return PosterSettings(
        "https://portal.example.com", {"zh": "云栖置业", "en": "Cloudrest Homes"}, tmp_path / "designs"
    )


@pytest.fixture
def manager(session: Session) -> Actor:
    return Actor.of(make.person(session, Role.CHANNEL_MANAGER))


def tried(name: str = "own") -> Tried:
    """What a trial would say; the trial itself has a test of its own."""
    source = own_source(name)
    return Tried(source, read_design(source), ())


def refusal_of(work, *given) -> str:  # type: ignore[no-untyped-def]
    with pytest.raises(Refusal) as refused:
        work(*given)
    return refused.value.code


class TestATrial:
    def test_what_holds_may_be_added(self, settings: PosterSettings) -> None:
        found = designs.try_design(settings, b"\xef\xbb\xbf" + own_source("own").encode())
        assert found.problems == ()
        assert found.design is not None
        assert found.design.name == "own"

    def test_what_is_wrong_is_told_with_its_line(self, settings: PosterSettings) -> None:
        source = own_source("own").replace('align = "centre"', 'align = "center"', 1).replace('"own"', '"Own!"')
        found = designs.try_design(settings, source.encode())
        assert found.design is None
        lines = source.splitlines()
        assert [(one.line, one.text) for one in found.problems] == [
            (lines.index('name = "Own!"') + 1, 'name = "Own!"'),
            (lines.index('align = "center"') + 1, 'align = "center"'),
        ]

    def test_a_code_that_nobody_can_read_is_found(
        self, settings: PosterSettings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(designs, "read_drawn", lambda _image: None)
        found = designs.try_design(settings, own_source("own").encode())
        assert found.design is None
        assert len(found.problems) == 14, "seven kinds of words in two languages"
        assert found.problems[0].text.startswith("qr = ")

    def test_a_link_too_long_for_the_code_is_told(self, settings: PosterSettings) -> None:
        far = PosterSettings("https://" + "long." * 90 + "example.com", settings.brands, settings.folder)
        found = designs.try_design(far, own_source("own").encode())
        assert [one.fault.place for one in found.problems] == ["qr"]

    def test_what_is_no_text_is_refused(self, settings: PosterSettings) -> None:
        assert designs.try_design(settings, b"\x89PNG\r\n\x1a\n\xff").design is None


class TestAddingAndOffering:
    def test_it_is_on_the_shelf_from_its_offer_to_its_withdrawal(
        self, session: Session, manager: Actor, settings: PosterSettings, now: datetime
    ) -> None:
        row = designs.add_design(session, manager, now, settings, tried())
        assert settings.stocked(session).catalogue.find("own") is None
        for _twice in range(2):
            designs.offer_design(session, manager, now, row)
        assert settings.stocked(session).design("own").titles["zh"] == "我的请柬"
        for _twice in range(2):
            designs.withdraw_design(session, manager, now, row)
        assert settings.stocked(session).catalogue.find("own") is None
        assert "own" in posters.known_designs(session, settings), (
            "a poster out there is still counted as it was scanned"
        )
        deeds = session.scalars(select(AuditEntry.action).where(AuditEntry.subject_kind == "poster_designs")).all()
        assert sorted(deeds) == ["poster_design_added", "poster_design_offered", "poster_design_withdrawn"]
        assert refusal_of(designs.offer_design, session, manager, now, row) == "poster_design_gone"
        assert designs.add_design(session, manager, now, settings, tried()).id != row.id

    @pytest.mark.parametrize("where", ["house", "folder", "uploaded"])
    def test_a_name_is_given_once(
        self, session: Session, manager: Actor, settings: PosterSettings, now: datetime, where: str
    ) -> None:
        if where == "folder":
            settings.folder.mkdir()
            (settings.folder / "mine.toml").write_text(own_source("own"), "utf-8")
        elif where == "uploaded":
            designs.add_design(session, manager, now, settings, tried())
        asked = tried("letter" if where == "house" else "own")
        assert refusal_of(designs.add_design, session, manager, now, settings, asked) == "poster_design_taken"

    def test_a_file_that_takes_an_uploaded_name_later_is_told_so(
        self, session: Session, manager: Actor, settings: PosterSettings, now: datetime
    ) -> None:
        designs.offer_design(session, manager, now, designs.add_design(session, manager, now, settings, tried()))
        settings.folder.mkdir()
        (settings.folder / "late.toml").write_text(own_source("own"), "utf-8")
        catalogue = settings.stocked(session).catalogue
        assert catalogue.find("own") is not None
        assert catalogue.broken == {"late.toml": "name: there is a design own already"}

    def test_there_is_an_end_to_them(
        self, session: Session, manager: Actor, settings: PosterSettings, now: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(designs, "MOST", 1)
        designs.add_design(session, manager, now, settings, tried())
        assert refusal_of(designs.add_design, session, manager, now, settings, tried("two")) == "poster_designs_full"

    def test_none_is_withdrawn_from_under_a_batch(
        self, session: Session, manager: Actor, settings: PosterSettings, now: datetime
    ) -> None:
        row = designs.add_design(session, manager, now, settings, tried())
        batch = PosterBatch(
            development_id=make.development(session).id,
            design="own",
            lang="zh",
            state=BatchState.RUNNING,
            whole=1,
            done=0,
            cursor=0,
            asked_by=manager.id,
            asked_at=now,
        )
        session.add(batch)
        session.flush()
        assert refusal_of(designs.withdraw_design, session, manager, now, row) == "poster_design_in_use"
        another = designs.add_design(session, manager, now, settings, tried("two"))
        designs.withdraw_design(session, manager, now, another)
        assert another.withdrawn_at == now

    def test_rules_that_became_stricter_break_one_design_and_no_page(
        self, session: Session, manager: Actor, settings: PosterSettings, now: datetime
    ) -> None:
        person = make.person(session, Role.CHANNEL_MANAGER)
        old = poster_design(session, by=person, source=(source_of("letter", None) or "")[:200], offered_at=now)
        assert designs.design_of(old) is None
        assert list(settings.stocked(session).catalogue.broken) == ["own-letter"]


def test_of_two_who_upload_one_name_at_once_one_is_refused(
    database: Database, settings: PosterSettings, now: datetime
) -> None:
    with database.transaction() as session:
        manager = Actor.of(make.person(session, Role.CHANNEL_MANAGER))
    outcomes, together = [], threading.Barrier(4)

    def upload() -> None:
        together.wait()
        try:
            with database.transaction() as session:
                designs.add_design(session, manager, now, settings, tried())
            outcomes.append("added")
        except Refusal as refusal:
            outcomes.append(refusal.code)

    threads = [threading.Thread(target=upload) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["added", *["poster_design_taken"] * 3]
    with database.reading() as session:
        assert len(session.scalars(select(PosterDesign)).all()) == 1
