"""Who cares for clients: the consultants' turn, who is away, who waits to be handed out; and a plan and a text that
colleagues have proposed."""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any

from ...access.actor import Actor
from ...clock import local_day
from ...models import AwayWhy, CareContact, ContactOutcome, Role, Touch
from ...rules.care.due import Reader
from ...rules.care.plan import NOT_BOUGHT, Channel, Plan, Stage
from ...rules.care.plan_toml import given_text, plan_from_toml
from ...rules.care_measures.measures import SILENCE, History, facts_at
from ...rules.care_texts.text import Text
from ...services.bulk import insert_rows
from ...services.care.plan_in_force import plans_in_force
from ...services.care_measures import facts
from ...services.care_plans import plans
from ...services.care_team import hand_out, rota
from ...services.care_texts import lists, texts
from .timeline import World

WAITING, TODAY = 4, 2
"""So many clients wait to be handed out, and so many were today."""

_BEHIND, _SAME_DAY, _BACK = 0.06, 0.8, 0.5
"""So many of the clients wait for what is due; so much is done on its day; so many of the silent came back."""

_KEPT, _QUIET = timedelta(days=185), timedelta(days=60)

_OUTCOME = {
    Channel.CALL: ContactOutcome.REACHED,
    Channel.WECHAT: ContactOutcome.SENT,
    Channel.TEXT: ContactOutcome.SENT,
    Channel.LETTER: ContactOutcome.SENT,
    Channel.GIFT: ContactOutcome.SENT,
    Channel.VISIT: ContactOutcome.INTERESTED,
}


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
    """Half a year of the plan: most of what came due was done on its day, some of it later, and some clients wait. Of
    those whom nobody had met for two months, a few came back."""
    random = Random(44)  # noqa: S311 - dice of their own; nothing secret comes from it
    held = plans_in_force(world.session, world.ends)
    loaded = facts.load(world.session, world.actor(Role.CHANNEL_MANAGER), world.ends, None)
    rows: list[tuple[Any, ...]] = []
    for one in loaded.files:
        begins = _begins(world, random, one)
        if not one.carers or begins is None:
            continue
        back = begins if _silent(one, begins) else None
        came = [] if back is None else [(back, Channel.VISIT)]
        one = one._replace(contacts=sorted([*one.contacts, *came]))
        made = [*came, *_made(world, random, one, held.plan(one.development_id), begins)]
        rows += ((one.file_id, one.carers[-1][1], channel, at, at, _OUTCOME[channel]) for at, channel in made)
    columns = ("file_id", "by_id", "channel", "at", "logged_at", "outcome")
    insert_rows(world.session, CareContact, columns, sorted(rows, key=lambda row: row[3]))


def _begins(world: World, random: Random, one: History) -> datetime | None:
    """Since when a client is kept in touch with; None for who is left to wait."""
    first = max(one.stages[0][0], world.ends - _KEPT)
    if not _silent(one, world.ends):
        return None if random.random() < _BEHIND else first
    newest = max((at for at, _ in one.contacts), default=one.stages[-1][0])
    back = newest + _QUIET + timedelta(days=random.randint(2, 60), hours=random.randint(0, 6))
    return back if back < world.ends and random.random() < _BACK else None


def _made(
    world: World, random: Random, one: History, plan: Plan, begins: datetime
) -> Iterator[tuple[datetime, Channel]]:
    """One contact after another for what waits longest, until the year is over."""
    reader, made, at = Reader(plan, begins, world.ends), list(one.contacts), begins
    changes = sorted({moment for moment, _ in (*one.contacts, *one.stages)} | {judged.at for judged in one.judged})
    while at < world.ends:
        reader.look_at(at)
        owed = [step for step in reader.read(facts_at(one._replace(contacts=made), at)) if step.why not in SILENCE]
        owed = [step for step in owed if step.channel in _OUTCOME or step.channel is Channel.ANY]
        following = next((moment for moment in changes if moment > at), world.ends)
        wanted = min(owed, key=lambda step: step.due_at, default=None)
        done = following if wanted is None else max(wanted.due_at, at) + _delay(random)
        if wanted is None or done >= following:
            at = following  # something else happened before: what is owed is another matter by then
            continue
        by = Channel.WECHAT if wanted.channel is Channel.ANY else wanted.channel
        made = sorted([*made, (done, by)])
        yield done, by
        at = done


def _delay(random: Random) -> timedelta:
    """On the same day mostly, some days later now and then."""
    late = 0 if random.random() < _SAME_DAY else random.randint(2, 6)
    return timedelta(days=late, minutes=random.randint(20, 480))


def _silent(one: History, now: datetime) -> bool:
    """Whether nobody has met a client for two months who has not bought: such a list has its own page."""
    newest = max((at for at, _ in one.contacts if at <= now), default=one.stages[-1][0])
    return one.stages[-1][1] in NOT_BOUGHT and newest <= now - _QUIET


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
