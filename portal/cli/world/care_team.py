"""Who cares for clients: the consultants' turn, who is away, who waits to be handed out; and a plan and a text that
colleagues have proposed."""

from collections.abc import Collection
from datetime import datetime, timedelta
from random import Random

from sqlalchemy import select

from ...access.actor import Actor
from ...clock import day_start, local_day
from ...models import AwayWhy, CareContact, CareFile, ContactOutcome, Role, Touch
from ...models.care.files import latest_assignments
from ...rules.care.plan import Channel, Stage
from ...rules.care.plan_toml import given_text, plan_from_toml
from ...rules.care_texts.text import Text
from ...services.bulk import insert_rows
from ...services.care import day
from ...services.care.plan_in_force import plans_in_force
from ...services.care_plans import plans
from ...services.care_team import hand_out, rota
from ...services.care_texts import lists, texts
from .timeline import World

WAITING, TODAY = 4, 2
"""So many clients wait to be handed out, and so many were today."""

_BEHIND = 0.08
"""For so many of the clients somebody is behind with what was due."""


def stand(world: World) -> None:
    """The consultants stand in the turn of every development since the year began."""
    manager = world.actor(Role.CHANNEL_MANAGER)
    for place in world.developments:
        for person in world.consultants:
            rota.stand(world.session, manager, world.begins, place.id, person.id)


def left_waiting(world: World) -> Collection[tuple[int, int]]:
    """The latest who came: some of them wait still, as (development, client), and reception has given the others away
    in turn today."""
    waiting = hand_out.waiting(world.session, world.ends)[: WAITING + TODAY]
    reception = world.actor(Role.RECEPTION)
    for number, row in enumerate(waiting[WAITING:], 1):
        at = max(row.touch.at, world.ends - timedelta(minutes=20 * number))
        hand_out.hand_out(world.session, reception, at, row.touch, to_id=None)
    return {_pair(row.touch) for row in waiting[:WAITING]}


def keep_up(world: World) -> None:
    """Most of what was due by the last evening was done: a contact by each channel that waited, some days ago."""
    random = Random(44)  # noqa: S311 - dice of their own; nothing secret comes from it
    session, evening = world.session, day_start(local_day(world.ends)) - timedelta(seconds=1)
    carers = {row.file_id: row.person_id for row in session.scalars(latest_assignments())}
    loaded = day.load(session, evening, select(CareFile.id), side=None)
    followed = plans_in_force(session, evening)
    waits: dict[int, set[Channel]] = {}
    for step in day.owed(loaded, followed, evening, evening):
        waits.setdefault(int(step.client_id), set()).add(step.channel)
    rows = []
    for file_id, channels in sorted(waits.items()):
        if file_id not in carers or random.random() < _BEHIND or _silent(loaded[file_id], evening):
            continue
        for channel in sorted(channels):
            by = Channel.WECHAT if channel is Channel.ANY else channel
            at = evening - timedelta(days=random.randrange(3), hours=random.randint(4, 13))
            if at > loaded[file_id].standing.since:
                rows.append((file_id, carers[file_id], by, at, at, ContactOutcome.SENT))
    insert_rows(session, CareContact, ("file_id", "by_id", "channel", "at", "logged_at", "outcome"), rows)


def _silent(one: day.Loaded, now: datetime) -> bool:
    """Whether nobody has met the client for two months: such a list has its own page."""
    newest = max(one.facts.last.values(), default=one.standing.since)
    return newest < now - timedelta(days=60)


def plan(world: World) -> None:
    """One is on leave and covered; a plan and a text wait for their second person. Each development has a tour."""
    manager, today = world.actor(Role.CHANNEL_MANAGER), local_day(world.ends)
    for place in world.developments:
        lists.keep_link(world.session, manager, world.begins, place.id, f"https://tour.example.com/{place.id}")
    first, writer, away = world.consultants
    day = timedelta(days=1)
    absence = rota.NewAbsence(away.id, today - day, today + day, AwayWhy.LEAVE, first.id)
    rota.put_away(world.session, manager, world.ends - day, absence)
    calmer = given_text().replace('name = "手册计划"', 'name = "少打扰一些"')
    calmer = calmer.replace('channel = "wechat"\nevery = "3 days"', 'channel = "wechat"\nevery = "5 days"')
    note = "资金已明的客户三天一条微信太密，改为五天一条，试算看看少多少"
    proposed = plans.Proposed(plan=plan_from_toml(calmer), starts=today + 3 * day, note=note)
    plans.propose(world.session, manager, world.ends - day, proposed)
    text = Text(
        code="virtual_tour",
        channel=Channel.WECHAT,
        zh="{称呼}，您好，我是{楼盘}的{顾问}。{户型}的线上看房做好了：{链接} 从客厅走到阳台，采光一眼就能看到。",
        en="Hello {client}, this is {consultant} from {development}. Look around {rooms} online: {link}",
        step="virtual_tour",
        stage=Stage.NOT_VISITED,
    )
    note = "原来的太长，客户看不完"
    texts.propose(world.session, Actor.of(writer), world.ends - day, text, development_id=None, note=note)


def _pair(touch: Touch) -> tuple[int, int]:
    return touch.development_id, touch.whose
