"""House types (户型): what kinds of homes there are, how large, from which price, with the floor plan."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from commissions.refusal import Refusal
from referral.posters import advertising

from ...access.actor import Actor
from ...adapters.images.photos import Photo
from ...adapters.storage.files import Files
from ...models import Development, HouseType
from ...session import Session
from .. import audit
from ..kept_files import UNCHANGED, PictureChange, keep
from . import content, pictures

MOST = 20
"""So many house types a page has: a friend compares no more on a phone."""


@dataclass(frozen=True, slots=True)
class HouseTypeFacts:
    """What staff enter; `area` in hundredths of a square metre."""

    name: str
    name_en: str | None
    bedrooms: int
    living_rooms: int
    bathrooms: int
    area: int
    price_from_fen: int | None


def add(
    session: Session,
    actor: Actor,
    now: datetime,
    files: Files,
    development: Development,
    facts: HouseTypeFacts,
    plan: Photo | None = None,
) -> HouseType:
    """A house type more, at the end; one that is sent twice is refused the second time.

    Raises Refusal: house_types_full (fact `most`), house_type_exists, advertising_promise.
    """
    others = content.house_types(session, development.id)
    _check(facts, others)
    if len(others) >= MOST:
        raise Refusal("house_types_full", most=MOST)
    row = HouseType(development_id=development.id, position=pictures.next_position(others), **asdict(facts))
    row.file_name = keep(session, files, plan.jpeg) if plan else None
    session.add(row)
    audit.record(session, actor, now, "house_type_added", row, plan=plan is not None)
    return row


def change(
    session: Session,
    actor: Actor,
    now: datetime,
    files: Files,
    row: HouseType,
    facts: HouseTypeFacts,
    plan: PictureChange = UNCHANGED,
) -> None:
    """Change a house type, and what becomes of its floor plan.

    Raises Refusal: house_type_exists, advertising_promise.
    """
    _check(facts, [one for one in content.house_types(session, row.development_id) if one is not row])
    changed = [name for name, value in asdict(facts).items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, getattr(facts, name))
    row.file_name = plan.file_name(session, files, row.file_name)
    audit.record(session, actor, now, "house_type_changed", row, changed=changed, plan=plan.photo is not None)


def remove(session: Session, actor: Actor, now: datetime, row: HouseType) -> None:
    """Take a house type off the page."""
    audit.record(session, actor, now, "house_type_removed", row)
    session.delete(row)


def move(session: Session, actor: Actor, now: datetime, row: HouseType, *, up: bool) -> None:
    """One place up or down; at the end of the list nothing happens."""
    if pictures.move_in(content.house_types(session, row.development_id), row, up=up):
        audit.record(session, actor, now, "house_type_moved", row)


def _check(facts: HouseTypeFacts, others: Sequence[HouseType]) -> None:
    if facts.name.casefold() in {one.name.casefold() for one in others}:
        raise Refusal("house_type_exists", field="name")
    advertising.check(facts.name, field="name")
    advertising.check(facts.name_en or "", field="name_en")
