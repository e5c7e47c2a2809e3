"""A year of reasons why clients came and did not buy, what was tried against them, and who came back.

Read off the visits of the finished year and written in bulk, as the clients' files are: what was tried helps more often
than nothing, and the price matters more as the year goes on.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from random import Random
from typing import NamedTuple

from sqlalchemy import select

from ...access.actor import Actor
from ...clock import day_start, local_day
from ...models import CareFile, NotBought, NotBoughtReason
from ...models.care.files import latest_assignments
from ...rules.not_bought.reasons import Reason, Tried
from ...rules.not_bought.visits import revived_on
from ...services import contacts
from ...services.bulk import insert_rows, note_many, take_ids
from ...services.keys.sealed_columns import CONTEXTS
from ...services.not_bought import facts
from .timeline import World

_FRESH = timedelta(days=6)
"""Of visits that are younger, many still wait for their reason."""

_WEIGHTS = {Reason.PRICE: 34, Reason.COMPETITOR: 25, Reason.HESITATION: 21, Reason.NEEDS: 15, Reason.OTHER: 5}
_PRICE_RISES = 14
"""So much heavier the price weighs at the year's end."""

_HELPS: Mapping[Reason, tuple[Tried, ...]] = {
    Reason.PRICE: (Tried.PAYMENT, Tried.MANAGER, Tried.OFFER, Tried.PROMISE),
    Reason.COMPETITOR: (Tried.COMPARISON, Tried.COMPARISON, Tried.MANAGER, Tried.OFFER),
    Reason.HESITATION: (Tried.FAMILY, Tried.TIME, Tried.PROMISE, Tried.FAMILY),
    Reason.NEEDS: (Tried.OTHER_HOME, Tried.OTHER_HOME, Tried.PAYMENT),
    Reason.OTHER: (Tried.MANAGER, Tried.TIME),
}
_NOTES: Mapping[Reason, tuple[str, ...]] = {
    Reason.PRICE: ("总价超预算二十万左右", "首付还差一点，等旧房卖掉", "觉得比对面贵，想等优惠"),
    Reason.COMPETITOR: ("下午还要去看江畔名邸", "在和云锦里比得房率", "对面送车位，有点动心"),
    Reason.HESITATION: ("要回去和爱人商量", "老人还没看过，不敢定", "担心贷款批不下来"),
    Reason.NEEDS: ("孩子改了学校，想换片区", "想要四房，目前没有", "父母要同住，要低楼层"),
    Reason.OTHER: ("陪朋友来看的", "工作可能要调动"),
}


class _Visit(NamedTuple):
    """A visit after which somebody said why nothing came of it."""

    file_id: int
    on: date
    came_back: bool


def fill(world: World) -> None:
    """Most visits have their reason; some of the last days wait."""
    random = Random(38)  # noqa: S311 - dice of their own; nothing secret comes from it
    session = world.session
    carers = {row.file_id: row.person_id for row in session.scalars(latest_assignments())}
    visits = [one for one in _visits(world) if one.file_id in carers and _is_answered(world, random, one)]
    answers, reasons, said = [], [], []
    for key, visit in zip(take_ids(session, NotBought, len(visits)), visits, strict=True):
        chosen = _reasons(world, random, visit)
        note = _note(world, random, visit, next(iter(chosen)))
        answers.append((key, visit.file_id, visit.on, carers[visit.file_id], _said_at(world, visit), note))
        reasons += [(key, reason, tried) for reason, tried in chosen.items()]
        said.append((key, {"reasons": " ".join(chosen)}))
    insert_rows(session, NotBought, ("id", "file_id", "visit_on", "by_id", "at", "note_sealed"), answers)
    insert_rows(session, NotBoughtReason, ("answer_id", "reason", "tried"), reasons)
    by = Actor.of(world.consultants[0])
    note_many(session, by, world.ends, "not_bought_said", NotBought, said)


def _visits(world: World) -> Iterator[_Visit]:
    """The visits that were asked about on their evening, in the order of files and days."""
    found = facts.visits_in(world.session, select(CareFile.id), None)
    for file_id, one in sorted(found.items()):
        first_bought = min(one.subscribed, default=date.max)
        for on in sorted(day for day in one.days if day < first_bought and day <= local_day(world.ends)):
            yield _Visit(file_id, on, revived_on(on, one.known) is not None)


def _is_answered(world: World, random: Random, visit: _Visit) -> bool:
    fresh = visit.on > local_day(world.ends - _FRESH)
    return random.random() < (0.45 if fresh else 0.9) and _said_at(world, visit) < world.ends


def _said_at(world: World, visit: _Visit) -> datetime:
    return min(day_start(visit.on) + timedelta(hours=19, minutes=visit.file_id % 60), world.ends)


def _reasons(world: World, random: Random, visit: _Visit) -> dict[Reason, Tried]:
    age = (day_start(visit.on) - world.begins) / (world.ends - world.begins)
    weights = _WEIGHTS | {Reason.PRICE: _WEIGHTS[Reason.PRICE] + int(_PRICE_RISES * age)}
    chosen = random.choices(list(weights), list(weights.values()), k=2 if random.random() < 0.25 else 1)
    nothing = 0.15 if visit.came_back else 0.5
    return {
        reason: Tried.NOTHING if random.random() < nothing else random.choice(_HELPS[reason])
        for reason in dict.fromkeys(chosen)
    }


def _note(world: World, random: Random, visit: _Visit, reason: Reason) -> bytes | None:
    if random.random() < 0.5:
        return None
    context = CONTEXTS["not_bought.note_sealed"].format(file_id=visit.file_id)
    return contacts.vault_of(world.session).seal_text(random.choice(_NOTES[reason]), context)
