"""What-if on both databases: the rules' figures, every narrowing, and whoever is killed or doubled on the way."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from commissions.plan import STANDARD
from commissions.refusal import Refusal
from portal.access.actor import Actor
from portal.db import Database
from portal.models import Agreement, Deal, PlanVersion, Role, RunState, WhatIfEffect, WhatIfRun, WindowSeal
from portal.outages import NoAnswer
from portal.services.commission import accruals, plan_drafts, what_if
from portal.services.commission import worker as what_if_worker
from portal.services.commission.what_if import Selection, StoredChange
from tests import factories as make
from tests.databases import Worlds

VOLUME = STANDARD.replace('"graduated"', '"volume"')
MARCH = Selection(datetime(2026, 2, 28, 16, tzinfo=UTC), datetime(2026, 3, 31, 16, tzinfo=UTC))
MONDAY = datetime(2026, 3, 2, 2, tzinfo=UTC)
LATER = datetime(2026, 4, 5, 2, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class World:
    """Twelve deals of one agency and six of another in March, and a draft by which all would be paid."""

    database: Database
    manager: Actor
    draft_id: int
    many: Agreement
    few: Agreement

    def ask(self, selection: Selection = MARCH) -> int:
        with self.database.transaction() as session:
            draft = session.get_one(plan_drafts.PlanDraft, self.draft_id)
            return what_if.ask_plan(session, self.manager, LATER, draft, selection).id

    def ask_cancellation(self, deal_id: int) -> int:
        with self.database.transaction() as session:
            return what_if.ask_cancellation(session, self.manager, LATER, session.get_one(Deal, deal_id)).id

    def answered(self, run_id: int) -> WhatIfRun:
        what_if_worker.run(self.database, LATER, run_id)
        with self.database.reading() as session:
            return session.get_one(WhatIfRun, run_id)

    def effects(self, run_id: int) -> dict[int, WhatIfEffect]:
        with self.database.reading() as session:
            rows = session.scalars(select(WhatIfEffect).where(WhatIfEffect.run_id == run_id))
            return {row.agency_id: row for row in rows}


@pytest.fixture
def world(database: Database, worlds: Worlds) -> World:
    return replace(worlds.begin("what if", database, built), database=database)


def built(database: Database) -> World:
    with database.transaction() as session:
        manager = make.person(session, Role.CHANNEL_MANAGER)
        many, few = make.agreement(session), make.agreement(session)
        for pair, count in ((many, 12), (few, 6)):
            for number in range(count):
                make.signed_deal(session, MONDAY + timedelta(hours=number), pair=pair, by=manager)
        actor = Actor.of(manager)
        draft = plan_drafts.propose_plan(session, actor, LATER, toml=VOLUME, effective_from=LATER)
        return World(database, actor, draft.id, many, few)


def test_the_figures_of_the_rules(world: World) -> None:
    run_id = world.ask()
    run = world.answered(run_id)
    assert (run.state, run.whole, run.done) == (RunState.DONE, 18, 18)
    assert (run.before_fen, run.after_fen, run.changed) == (780_000_00, 1_020_000_00, 10 + 5)
    assert (run.reasons, run.gained, run.lost) == ({"tier": 15}, {}, {})
    effects = world.effects(run_id)
    many, few = effects[world.many.agency_id], effects[world.few.agency_id]
    assert (many.before_fen, many.after_fen, many.shift_fen) == (550_000_00, 720_000_00, 170_000_00)
    assert (few.before_fen, few.after_fen, few.deals) == (230_000_00, 300_000_00, 6)
    assert (many.gained, many.lost) == ([], [])
    first = StoredChange(*few.changes[0])
    assert first[1:] == (
        200_000_000, "tier", 36_000_00, 50_000_00, 1, 1, 6, 6, "2026-03", "2026-03", 180, 250, None, None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("narrowed", "after_fen"),
    [
        ({"plan_name": "standard"}, 1_020_000_00),
        ({"development_id": "few"}, 300_000_00),
        ({"agency_id": "many"}, 720_000_00),
        ({"until": MONDAY + timedelta(hours=3)}, 3 * 60_000_00 + 3 * 50_000_00),
    ],
)
def test_a_selection_is_summed_and_the_others_are_only_ranked(world: World, narrowed: dict, after_fen: int) -> None:
    given = {key: getattr(getattr(world, one), key) if one in ("few", "many") else one for key, one in narrowed.items()}
    values = {"since": MARCH.since, "until": MARCH.until} | given
    assert world.answered(world.ask(Selection(**values))).after_fen == after_fen


@pytest.mark.parametrize(
    ("selection", "code"),
    [
        (Selection(MARCH.until, MARCH.since), "what_if_span"),
        (Selection(MARCH.until, LATER), "what_if_empty"),
        (Selection(MARCH.since, MARCH.until, plan_name="another"), "what_if_empty"),
    ],
)
def test_an_empty_selection_is_refused(world: World, selection: Selection, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        world.ask(selection)
    assert refused.value.code == code


def test_a_cancellation_is_told_as_it_would_be_posted(world: World) -> None:
    with world.database.reading() as session:
        deal = session.scalars(select(Deal).where(Deal.agency_id == world.many.agency_id).order_by(Deal.id)).all()[2]
        lines = accruals.preview_cancellation(session, deal, LATER)
    run_id = world.ask_cancellation(deal.id)
    run = world.answered(run_id)
    assert (run.before_fen, run.after_fen) == (550_000_00, 490_000_00)
    changes = [StoredChange(*one) for one in world.effects(run_id)[world.many.agency_id].changes]
    told = {one.deal_id: one.after_fen - one.before_fen for one in changes}
    assert {key: fen for key, fen in told.items() if fen} == {line.deal_id: line.amount_fen for line in lines}


def test_after_the_seal_a_cancellation_moves_nobody(world: World) -> None:
    with world.database.transaction() as session:
        deal_id = session.scalar(select(func.min(Deal.id)).where(Deal.agency_id == world.many.agency_id))
        seal = {"agency_id": world.many.agency_id, "label": "2026-03", "sealed_by": world.manager.id}
        session.add(WindowSeal(sealed_at=LATER - timedelta(days=1), **seal))
    run_id = world.ask_cancellation(deal_id)
    world.answered(run_id)
    assert [StoredChange(*one).deal_id for one in world.effects(run_id)[world.many.agency_id].changes] == [deal_id]


def test_what_earns_nothing_cannot_be_cancelled(world: World, database: Database) -> None:
    with database.transaction() as session:
        deal = make.deal(session, touch=None)
    with pytest.raises(Refusal) as refused:
        world.ask_cancellation(deal.id)
    assert refused.value.code == "what_if_not_signed"


def test_a_killed_run_goes_on_where_it_stood(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(what_if_worker, "STEP", 5)
    run_id = world.ask()
    stored = what_if_worker._store

    def killed(session: Session, *given: object) -> None:
        stored(session, *given)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(what_if_worker, "_store", killed)
        what_if_worker.run(world.database, LATER, run_id)
    assert world.effects(run_id) == {}
    assert what_if_worker.advance(world.database, LATER, run_id)
    assert len(world.effects(run_id)) == 1
    with world.database.reading() as session:
        assert session.get_one(WhatIfRun, run_id).state is RunState.RUNNING
    assert what_if_worker.run_due(world.database, LATER) == 1
    assert what_if_worker.run_due(world.database, LATER) == 0
    assert world.answered(run_id).after_fen == 1_020_000_00


def test_two_workers_store_nothing_twice(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(what_if_worker, "STEP", 5)
    run_id = world.ask()
    workers = [Thread(target=what_if_worker.run, args=(world.database, LATER, run_id)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    run = world.answered(run_id)
    assert (run.state, run.done, run.after_fen) == (RunState.DONE, 18, 1_020_000_00)
    assert len(world.effects(run_id)) == 2


def test_what_cannot_be_rated_fails_and_is_left_alone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever broke it, facts or a fault of ours: it is marked, and the next one is answered."""
    for error in (KeyError("plan"), TypeError("a fault of ours")):
        broken, behind = world.ask(), world.ask()
        with monkeypatch.context() as patch:
            patch.setattr(what_if_worker, "compare", breaking(what_if_worker.compare, error))
            assert what_if_worker.run_due(world.database, LATER) == 2
        assert [world.answered(run_id).state for run_id in (broken, behind)] == [RunState.FAILED, RunState.DONE]
    assert what_if_worker.run_due(world.database, LATER) == 0


def test_an_outage_fails_none_and_the_next_one_is_looked_at(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    first, behind = world.ask(), world.ask()
    with monkeypatch.context() as patch:
        patch.setattr(what_if_worker, "_store", breaking(what_if_worker._store, NoAnswer("a neighbour")))
        what_if_worker.run_due(world.database, LATER)
    with world.database.reading() as session:
        states = [session.get_one(WhatIfRun, run_id).state for run_id in (first, behind)]
    assert states == [RunState.RUNNING, RunState.DONE]
    assert world.answered(first).state is RunState.DONE


def breaking(work: Callable[..., Any], error: Exception) -> Callable[..., Any]:
    """The same, but that the first call raises."""
    errors = iter([error])

    def broken(*given: Any, **named: Any) -> Any:
        for one in errors:
            raise one
        return work(*given, **named)

    return broken


def test_a_version_can_be_tried_on_what_another_paid(world: World) -> None:
    with world.database.transaction() as session:
        generous = make.plan_version(
            session, name="generous", toml=STANDARD.replace("standard", "generous").replace("180", "250")
        )
        run_id = what_if.ask_plan(session, world.manager, LATER, generous, MARCH).id
    assert world.answered(run_id).after_fen == 780_000_00 + 10 * 14_000_00
    with world.database.reading() as session:
        assert session.get_one(PlanVersion, session.get_one(WhatIfRun, run_id).version_id).name == "generous"


def test_a_question_names_one_thing(world: World) -> None:
    run_id = world.ask()
    with pytest.raises(Exception, match="one_question"), world.database.transaction() as session:
        session.execute(update(WhatIfRun).where(WhatIfRun.id == run_id).values(deal_id=1))
