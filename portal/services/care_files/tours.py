"""The virtual tour by a client's own link: that he opened it is noted in his file, by itself.

What stands in the address is signed. It names the file and whose link it is by their numbers: no name, no phone.
"""

from datetime import datetime, timedelta

from sqlalchemy import func, select

from commissions.refusal import Refusal
from referral.code import sign_link, verify_link

from ...access.actor import Actor
from ...models import CareFile, CareSighting, Person
from ...rules.care_files.facts import Behaviour
from ...session import Session
from .. import audit
from ..care import scope
from ..care_texts import lists
from ..clients import lock_client

HOLDS = timedelta(days=90)
"""For so long a link is good."""

SAME_TOUR = timedelta(minutes=30)
"""Who opens it again within this has never left."""

_PURPOSE = "virtual tour"


def token_of(file: CareFile, by_id: int, now: datetime, key: bytes) -> str:
    """What stands in the address of a client's link, as somebody who cares for him hands it on."""
    return sign_link(_PURPOSE, f"{file.id}.{by_id}", key, now + HOLDS)


def by_token(session: Session, now: datetime, token: str, key: bytes) -> tuple[CareFile, Person, str]:
    """Whose file a link belongs to, who handed it on, and the address of the tour.

    Raises Refusal: link_expired; link_invalid, also where the development has no tour any more.
    """
    file_id, by_id = map(int, verify_link(token, _PURPOSE, key, now).split("."))
    file, by = session.get(CareFile, file_id), session.get(Person, by_id)
    address = lists.links(session).get(file.development_id) if file is not None else None
    if file is None or by is None or not address:
        raise Refusal("link_invalid")
    return file, by, address


def note_opened(session: Session, now: datetime, file: CareFile, by: Person) -> CareSighting | None:
    """Note that a client opened the tour; None where he only came back to it. Two taps at once are one."""
    lock_client(session, file.client_id)
    last = session.scalar(
        select(func.max(CareSighting.at)).where(CareSighting.file_id == file.id, CareSighting.by_link)
    )
    if last is not None and now - last < SAME_TOUR:
        return None
    side = scope.side_of(Actor.of(by))
    row = CareSighting(
        file_id=file.id, by_id=by.id, agency_id=side, at=now, behaviour=Behaviour.VIRTUAL_TOUR, by_link=True
    )
    session.add(row)
    audit.record(session, Actor(None, None), now, "care_tour_opened", file)
    return row
