"""A year of client care: a file for each client of the year, who cares for him, and how he was met since.

The files are read off the finished year and written in bulk, each dated by what happened: nothing here decides
anything, so that the demo starts as soon as before. Dice of its own leave the rest of the year as it was.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import func, select

from ...access.actor import Actor
from ...models import (
    CareAssignment,
    CareContact,
    CareDay,
    CareFile,
    CareGround,
    CareJudgement,
    CareLoss,
    CareNeeds,
    CareSighting,
    CareTag,
    CareTagging,
    CareWords,
    Client,
    ContactOutcome,
    Deal,
    Role,
    SearchTerm,
    Touch,
)
from ...models.care.files import latest_assignments
from ...rules.care.plan import Channel, Grade, Mark
from ...rules.care_files import points_toml
from ...rules.care_files.days import ToldDay
from ...rules.care_files.facts import Behaviour, LossReason
from ...rules.care_files.needs import Needs, Purpose, Urgency
from ...rules.care_files.tags import TagKind
from ...services import contacts
from ...services.bulk import insert_rows, note_many, take_ids
from ...services.care import files as care_files
from ...services.care import words as care_words
from ...services.care_files import known, scoring, tags
from ...services.claims import search_terms
from ...services.clients import find_or_create_client
from ...services.contacts import Phone
from . import care_team
from .timeline import World

FILES = 300
"""As many at least: who never came to the site stands in the consultants' own address books."""

_LOST, _SILENT = 0.06, 0.1
_NOTES = (
    "聊了户型，偏好南北通透", "说周末带家人再看一次", "觉得总价偏高，想等活动", "在比较隔壁楼盘",
    "问了公积金贷款额度",
    "孩子明年上学，关心学区", "发了样板间视频，回复说不错", "约了下周六上午到访", "老人腿脚不便，想要低楼层",
    "想看东边套的采光",
    "旧房还没卖掉，先不急", "要和爱人商量", "问了交房时间", "想了解物业费",
)  # fmt: skip
_PROMISES = ("周五前发户型图", "帮忙留 3 号楼东边套到周日", "问好公积金额度再回电", "准备一份税费测算")
_DISTRICTS = ("滨江", "转塘", "河西", "斜塘", "钱江新城")
_FAMILIES = ("三口之家", "新婚", "三代同住", "两个孩子", "单身")
_GROUNDS = {
    Mark.MONEY: ("存款 200 万", "旧房在卖，可付首付", "父母出首付"),
    Mark.AUTHORITY: ("夫妻共同决定", "自己能定", "要听父母的"),
    Mark.DESIRE: ("两次问 3 号楼价格", "要了户型图", "孩子明年上学"),
}
_BEFORE_BUYING = (*(Channel.CALL,) * 4, *(Channel.WECHAT,) * 7, *(Channel.TEXT,) * 2, Channel.VISIT)
_AFTER_BUYING = (Channel.WECHAT, Channel.CALL, Channel.LETTER, Channel.GIFT)
_OUTCOMES = {
    Channel.CALL: (
        ContactOutcome.REACHED,
        ContactOutcome.NO_ANSWER,
        ContactOutcome.CALL_LATER,
        ContactOutcome.INTERESTED,
    ),
    Channel.WECHAT: (ContactOutcome.SENT, ContactOutcome.INTERESTED, ContactOutcome.REACHED),
    Channel.TEXT: (ContactOutcome.SENT,),
    Channel.VISIT: (ContactOutcome.REACHED, ContactOutcome.INTERESTED),
    Channel.LETTER: (ContactOutcome.SENT,),
    Channel.GIFT: (ContactOutcome.SENT,),
}


@dataclass(slots=True)
class _Known:
    """A client of the year: since when, and when he bought. `touched`: somebody brought him."""

    development_id: int
    client: Client
    name: str
    since: datetime
    bought: datetime | None = None
    touched: bool = True
    id: int = 0
    carer_id: int = 0
    lost_at: datetime | None = None


@dataclass(slots=True)
class _Rows:
    """What is written, table by table, as the columns stand below."""

    contacts: list[tuple[Any, ...]] = field(default_factory=list)
    notes: list[tuple[int, str, str]] = field(default_factory=list)
    """By the place of the contact in `contacts`."""


def fill(world: World) -> None:
    """Make the files, and the year that was spent on them."""
    random = Random(17)  # noqa: S311 - dice of their own; nothing secret comes from it
    session = world.session
    tags.keep_given(session, world.begins)
    scoring.keep_given(session, world.begins)
    there = _clients(world)
    there += _out_of_address_books(world, random, world.some(FILES) - len(there))
    _files(world, there)
    care_team.stand(world)
    waiting = care_team.left_waiting(world)
    there = [one for one in there if (one.development_id, one.client.id) not in waiting]
    _given_away(world, random, there)
    _met(world, random, there)
    _judged(world, random, there)
    _told(world, random, there)
    _tagged(world, random, there)


def _clients(world: World) -> list[_Known]:
    """The clients of the year that has been, each once a development, the longest known first."""
    session = world.session
    bought = select(Deal.development_id, Deal.client_id, func.min(Deal.created_at)).where(Deal.cancelled_at.is_(None))
    deals = {
        (place, client): at for place, client, at in session.execute(bought.group_by(*bought.selected_columns[:2]))
    }
    found: dict[tuple[int, int], _Known] = {}
    known = select(Touch).where(func.length(Touch.name_sealed) > 0, Touch.client_id.is_not(None))
    for touch in session.scalars(known.order_by(Touch.at, Touch.id)):
        pair = (touch.development_id, touch.whose)
        if pair not in found and not contacts.is_erased(touch.whom):
            name = contacts.open_name(session, touch.name_sealed)
            found[pair] = _Known(*pair[:1], touch.whom, name, touch.at, deals.get(pair))
    return list(found.values())


def _out_of_address_books(world: World, random: Random, count: int) -> list[_Known]:
    """Clients whom consultants knew before: nobody brought them, and they have not come yet."""
    found = []
    for number in range(max(count, 0)):
        since = world.working_hour(world.year.days_ago(random.randrange(2, 300)))
        client = find_or_create_client(world.session, since, Phone(f"+86137{88000000 + number:08d}"))
        name = random.choice(("王", "李", "张", "刘", "陈", "杨")) + random.choice(("女士", "先生"))
        place = world.developments[number % len(world.developments)]
        found.append(_Known(place.id, client, name, since, touched=False))
    return found


def _files(world: World, there: Sequence[_Known]) -> None:
    """Those that nobody opened in the year."""
    session = world.session
    reception = world.actor(Role.RECEPTION)
    opened_before = {(row.development_id, row.client_id): row.id for row in session.scalars(select(CareFile))}
    for one in there:
        one.id = opened_before.get((one.development_id, one.client.id), 0)
    there = [one for one in there if not one.id]
    for one, key in zip(there, take_ids(session, CareFile, len(there)), strict=True):
        one.id = key
    sealed = (
        (
            one.id,
            one.development_id,
            one.client.id,
            care_files.seal_name(session, one.development_id, one.client.id, one.name),
            one.since,
            reception.person_id,
        )
        for one in there
    )
    insert_rows(
        session, CareFile, ("id", "development_id", "client_id", "name_sealed", "opened_at", "opened_by"), sealed
    )
    vault = contacts.index_vault_of(session)
    words = (
        (one.id, digest)
        for one in there
        for digest in sorted(
            search_terms.digests_of(vault, one.development_id, one.name, contacts.open_phone(session, one.client).e164)
        )
    )
    insert_rows(session, SearchTerm, ("care_file_id", "digest"), words)
    opened = [(one.id, {"development": one.development_id}) for one in there]
    note_many(session, reception, world.ends, "care_file_opened", CareFile, opened)


def _given_away(world: World, random: Random, there: Sequence[_Known]) -> None:
    """In turn; and now and then from one consultant to another."""
    reception = world.actor(Role.RECEPTION).id
    rows: list[tuple[Any, ...]] = []
    manager = world.actor(Role.CHANNEL_MANAGER).id
    given = {row.file_id: row.person_id for row in world.session.scalars(latest_assignments())}
    for place, one in enumerate(there):
        if one.id in given:
            one.carer_id = given[one.id]
            continue
        carer = world.consultants[place % len(world.consultants)]
        one.carer_id = carer.id
        rows.append((one.id, 1, carer.id, reception, one.since, "轮接", True, []))
        if random.random() < 0.04:
            other = world.consultants[(place + 1) % len(world.consultants)]
            at = _later(world, one.since, random.randint(1, 20))
            if at is not None:
                one.carer_id = other.id
                rows.append((one.id, 2, other.id, manager, at, "原置业顾问休假，代为跟进", False, []))
    columns = ("file_id", "number", "person_id", "by_id", "at", "reason", "in_turn", "passed_over")
    insert_rows(world.session, CareAssignment, columns, rows)


def _met(world: World, random: Random, there: Sequence[_Known]) -> None:
    """How often somebody was met: densely at first, then less; some were forgotten, and some are lost."""
    rows, losses = _Rows(), []
    for one in there:
        forgotten = one.bought is None and random.random() < _SILENT
        until = one.since + timedelta(days=random.randint(3, 12)) if forgotten else world.ends
        for at, channel in _contacts_of(world, random, one, until):
            outcome = random.choice(_OUTCOMES[channel])
            next_on = at.date() + timedelta(days=random.randint(2, 9)) if random.random() < 0.2 else None
            if random.random() < 0.3:
                promise = random.choice(_PROMISES) if random.random() < 0.25 else ""
                rows.notes.append((len(rows.contacts), random.choice(_NOTES), promise))
            rows.contacts.append((one.id, one.carer_id, channel, at, at, outcome, next_on))
        if one.bought is None and not forgotten and random.random() < _LOST:
            one.lost_at = _later(world, one.since, random.randint(15, 90))
            if one.lost_at is not None:
                losses.append((one.id, one.carer_id, one.lost_at, False, random.choice(tuple(LossReason))))
    _write_contacts(world, rows)
    insert_rows(world.session, CareLoss, ("file_id", "by_id", "at", "revived", "reason"), losses)


def _contacts_of(world: World, random: Random, one: _Known, until: datetime) -> Iterator[tuple[datetime, Channel]]:
    at, gap = one.since, 1
    while True:
        bought = one.bought is not None and at >= one.bought
        gap = random.randint(14, 40) if bought else min(gap + random.randint(1, 5), 24)
        next_at = _later(world, at, gap)
        if next_at is None or next_at >= until:
            return
        at = next_at
        channels = _AFTER_BUYING if bought else _BEFORE_BUYING if one.touched else _BEFORE_BUYING[:-1]
        yield at, random.choice(channels)


def _write_contacts(world: World, rows: _Rows) -> None:
    session = world.session
    keys = take_ids(session, CareContact, len(rows.contacts))
    columns = ("id", "file_id", "by_id", "channel", "at", "logged_at", "outcome", "next_on")
    insert_rows(session, CareContact, columns, ((key, *row) for key, row in zip(keys, rows.contacts, strict=True)))
    vault = contacts.vault_of(session)
    said = []
    for place, note, promise in rows.notes:
        file_id = rows.contacts[place][0]
        context = care_words.context(file_id)
        sealed = [vault.seal_text(text, context) if text else None for text in (note, promise)]
        said.append((file_id, keys[place], *sealed))
    insert_rows(session, CareWords, ("file_id", "contact_id", "note_sealed", "promised_sealed"), said)


def _judged(world: World, random: Random, there: Sequence[_Known]) -> None:
    """Most have a grade, many a mark with what it rests on."""
    session = world.session
    graded = [one for one in there if random.random() < 0.8]
    keys, rows, grounds = take_ids(session, CareJudgement, len(graded)), [], []
    for key, one in zip(keys, graded, strict=True):
        at = min(one.since + timedelta(hours=random.randint(2, 60)), world.ends)
        grade = Grade.A if one.bought else random.choice((Grade.A, Grade.B, Grade.B, Grade.C, Grade.C, Grade.INVALID))
        marks = {mark for mark in _GROUNDS if grade is not Grade.INVALID and random.random() < 0.35}
        rows.append((key, one.id, one.carer_id, at, grade, *(mark in marks for mark in _GROUNDS)))
        for mark in _GROUNDS:
            if mark in marks:
                words = random.choice(_GROUNDS[mark])
                grounds.append((key, mark, _sealed(world, known.GROUND, key, words)))
    columns = ("id", "file_id", "by_id", "at", "grade", "money", "authority", "desire")
    insert_rows(session, CareJudgement, columns, rows)
    insert_rows(session, CareGround, ("judgement_id", "mark", "words_sealed"), grounds)


def _told(world: World, random: Random, there: Sequence[_Known]) -> None:
    """What clients look for, some days that they told, and what they were seen to do."""
    needs, days, seen = [], [], []
    for one in there:
        at = min(one.since + timedelta(hours=random.randint(1, 40)), world.ends)
        if random.random() < 0.65:
            what = _needs(random)
            text = json.dumps(what.stored(), ensure_ascii=False)
            needs.append((one.id, one.carer_id, at, what.known, _sealed(world, known.NEEDS, one.id, text)))
        if random.random() < 0.12:
            day = date(random.randint(1965, 1999), random.randint(1, 12), random.randint(1, 28))
            days.append(
                (one.id, one.carer_id, at, ToldDay.BIRTHDAY, _sealed(world, known.DAY, one.id, day.isoformat()))
            )
        for _time in range(random.choice((0, 0, 1, 1, 2, 3, 4))):
            later = _later(world, one.since, random.randint(1, 30))
            if later is not None:
                what_he_did = random.choice((*Behaviour, Behaviour.VIRTUAL_TOUR))
                by_link = what_he_did is Behaviour.VIRTUAL_TOUR and random.random() < 0.7
                seen.append((one.id, one.carer_id, later, what_he_did, by_link))
    session = world.session
    insert_rows(session, CareNeeds, ("file_id", "by_id", "at", "known", "needs_sealed"), needs)
    insert_rows(session, CareDay, ("file_id", "by_id", "at", "kind", "day_sealed"), days)
    insert_rows(session, CareSighting, ("file_id", "by_id", "at", "behaviour", "by_link"), seen)


def _needs(random: Random) -> Needs:
    rooms = random.choice((2, 3, 3, 3, 4))
    size, budget = rooms * 32 + random.randint(0, 4) * 5, round(random.triangular(15, 62, 28)) * 100_000
    return Needs(
        district=random.choice(_DISTRICTS),
        rooms=rooms,
        area_from=size - 10,
        area_to=size + 10,
        direction=random.choice(("朝南", "南北通", "")),
        decoration=random.choice(("精装", "毛坯", "")),
        budget=budget,
        down_payment=budget // 10 * random.choice((2, 3, 4)),
        purpose=random.choice(tuple(Purpose)),
        urgency=random.choice(tuple(Urgency)),
        family=random.choice(_FAMILIES),
        competitors=random.choice(("", "", "江畔名邸", "云锦里")),
    )


def _tagged(world: World, random: Random, there: Sequence[_Known]) -> None:
    """Words that consultants set; two of them mean the same, and wait to be merged."""
    session = world.session
    first = Actor.of(world.consultants[0])
    for word in ("有孩子", "家有小孩", "全款"):
        tags.make(session, first, world.begins, TagKind.BASIC, word)
    free = list(session.scalars(select(CareTag.id).where(CareTag.fact.is_(None)).order_by(CareTag.id)))
    rows = [
        (one.id, tag_id, one.carer_id, one.since)
        for one in there
        for tag_id in sorted(random.sample(free, random.choice((0, 1, 1, 2, 3))))
    ]
    insert_rows(session, CareTagging, ("file_id", "tag_id", "by_id", "at"), rows)
    text = points_toml.given_text().replace("at_least = 5\npoints = 5", "at_least = 5\npoints = 10")
    note = "需求写得越清楚越容易成交，建议加到 10 分"
    scoring.propose(session, world.actor(Role.CHANNEL_MANAGER), world.lately(2), toml=text, note=note)


def _sealed(world: World, what: str, key: int, text: str) -> bytes:
    return contacts.vault_of(world.session).seal_text(text, known.context(what, key))


def _later(world: World, at: datetime, days: int) -> datetime | None:
    """Some hours off the same time so many days later; None where the year is over by then."""
    later = at + timedelta(days=days)
    return later if later < world.ends else None
