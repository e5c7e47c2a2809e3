"""The demo's board of measures: a year of what lives elsewhere, months that are sealed, and what came late.

The channel manager brings a month in as a file on the 2nd; what the running month has so far comes by the form. Finance
proposes each month that is over, and the manager seals it; the last one waits for finance. A bill that came late
corrects a sealed month. The target of WeChat was raised in the middle of the year; a higher one for referrals waits.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from random import Random

from commissions.money import format_fen

from ...clock import month_end, month_of, month_start
from ...models import Development, MeasureBoard, Role
from ...rules.measures.board import Board, Measure
from ...services.measures import boards, entries, entry_files, seals
from ...services.measures.boards import Proposed
from ...services.measures.entries import Entry
from .timeline import World

_FOLLOWERS, _FOLLOWERS_GROW = (8_600, 5_200, 3_100), (310, 190, 120)
_INTERACT = (1_150, 1_900)
_SPENT_YUAN = (38_000, 52_000)
_LEADS = (78, 118)
"""Between which a month's figures lie: of 10,000 followers, in yuan, and in leads; the smaller places have less."""
_SHARES = (100, 60, 40)

_LATE_BILL = 6_800_00
_HANDED_IN, _PROPOSED, _SEALED, _CORRECTED = (timedelta(days=days) for days in (1, 3, 4, 8))
"""So long after a month's end."""


def plan(world: World) -> None:
    """The year's entries, seals and targets, in their months."""
    random = Random(53)  # noqa: S311 - dice of their own; nothing secret comes from it
    months = world.year.months
    for number, month in enumerate(months):
        end = month_end(month) + timedelta(hours=10)
        world.at(end + _HANDED_IN, partial(_bring_in, world, _figures(world, random, number, month)))
        if month != months[-1]:
            world.at(end + _PROPOSED, partial(_propose_seal, world, month, Role.FINANCE), surely=True)
            world.at(end + _SEALED, partial(_seal, world, month), surely=True)
        else:
            world.at(end + _PROPOSED, partial(_propose_seal, world, month, Role.CHANNEL_MANAGER))
    world.at(
        month_end(months[-2]) + _CORRECTED + timedelta(hours=15), partial(_correct, world, months[-2]), surely=True
    )
    world.at(world.lately(1), partial(_so_far, world, _figures(world, random, len(months), months[-1])))
    world.at(month_start(months[5]) + timedelta(days=9, hours=11), partial(_raise_wechat, world), surely=True)
    world.at(world.lately(2), partial(_ask_for_more, world), surely=True)


def _figures(world: World, random: Random, number: int, month: str) -> Sequence[Entry]:
    """A month of each development: the account, and the own media."""
    found = []
    for place, development in enumerate(world.developments):
        followers = _FOLLOWERS[place] + number * _FOLLOWERS_GROW[place]
        share = _SHARES[place]
        one = partial(Entry, development_id=development.id, month=month)
        active = followers * random.randint(*_INTERACT) // 10_000
        spent, leads = random.randint(*_SPENT_YUAN) * share, random.randint(*_LEADS) * share // 100
        found.append(one(measure=Measure.WECHAT, part=active, whole=followers))
        found.append(one(measure=Measure.OWN_MEDIA, part=spent, whole=leads))
    return found


def _bring_in(world: World, figures: Sequence[Entry], at: datetime) -> None:
    """A month's file, looked at and entered."""
    manager = world.actor(Role.CHANNEL_MANAGER)
    lines = entry_files.preview(world.session, at, entry_files.open_file(_sheet(world.developments, figures)))
    seen = entry_files.unseal(world.session, entry_files.seal(world.session, lines))
    entries.take(world.session, manager, at, seen, reason="")


def _sheet(places: Sequence[Development], figures: Sequence[Entry]) -> bytes:
    """The file that the manager keeps: a row of each figure."""
    names = {place.id: place.name for place in places}
    rows = ["楼盘,月份,指标,互动人数或花费（元）,粉丝数或线索数"]
    for one in figures:
        wechat = one.measure is Measure.WECHAT
        part = str(one.part) if wechat else format_fen(one.part)
        name = names[one.development_id or 0]
        rows.append(f'{name},{one.month},{"微信互动率" if wechat else "自媒体"},"{part}",{one.whole}')
    return "\n".join(rows).encode()


def _so_far(world: World, figures: Sequence[Entry], at: datetime) -> None:
    """What the running month has so far, of one figure after the other; one place has not counted its leads yet."""
    manager = world.actor(Role.CHANNEL_MANAGER)
    for one in figures[:-1]:
        part = max(1, one.part * 9 // 10)
        entries.enter(world.session, manager, at, replace(one, month=month_of(at), part=part))


def _correct(world: World, month: str, at: datetime) -> None:
    """A bill that came after the month was sealed."""
    first = world.developments[0].id
    wanted = Entry(development_id=first, month=month, measure=Measure.OWN_MEDIA, part=0, whole=1)
    stands = entries.standing(world.session, wanted)
    assert stands is not None  # the month's file was brought in
    more = replace(wanted, part=stands.part + _LATE_BILL, whole=stands.whole, reason="视频号投放的结算单晚到，补记")
    entries.enter(world.session, world.actor(Role.CHANNEL_MANAGER), at, more)


def _propose_seal(world: World, month: str, role: Role, at: datetime) -> None:
    """A month that is over is proposed to be sealed."""
    seals.propose(world.session, world.actor(role), at, month)


def _seal(world: World, month: str, at: datetime) -> None:
    """The manager looks at what finance proposed, and seals it."""
    proposed = seals.of_months(world.session, [month], ()).newest[month]
    seals.confirm(world.session, world.actor(Role.CHANNEL_MANAGER), at, proposed)


def _raise_wechat(world: World, at: datetime) -> None:
    """The account did better than its target: from the next month on it is held to more."""
    row = _propose(world, at, 0, "公众号互动连续五个月超过 15%，目标上调到 16%", Measure.WECHAT, 1_600)
    world.session.flush()
    boards.confirm(world.session, world.actor(Role.FINANCE), at, row)


def _ask_for_more(world: World, at: datetime) -> None:
    """A higher target for referrals waits for finance; the month after next leaves it time."""
    _propose(world, at, 1, "老带新奖励加码后成交占比明显提高，目标跟上", Measure.REFERRAL, 3_500)


def _propose(world: World, at: datetime, ahead: int, note: str, measure: Measure, target: int) -> MeasureBoard:
    held = boards.all_in_force(world.session, month_of(at)).board(None)
    raised = Board({**held.aims, measure: replace(held.aims[measure], target=target)})
    wanted = Proposed(board=raised, month=boards.months_to_begin(at)[ahead], note=note)
    return boards.propose(world.session, world.actor(Role.CHANNEL_MANAGER), at, wanted)
