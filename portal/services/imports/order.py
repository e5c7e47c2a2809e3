"""In which order the rows of a file are worked through, and which are tried out together.

Ten thousand rows cannot be tried out in one transaction: on two cores that is minutes, in which nobody else could
post. So they are tried out in slices, and a slice must not miss what another one does. Two rows concern each other
when they are about one unit, one client, or one agency's deals of one window (their ranks), or one referrer's
friends. Rows that concern each other, directly or through others, make a group; a slice is made of whole groups.

Rows go in the order of what happened, not of the file: a file that begins with its newest deal would otherwise post
re-rankings that nobody needs. Only a group of more than MOST_TOGETHER rows is cut, never between rows of one unit or
client, and its later rows then carry the mark that their commission is an estimate. What is carried out in the end
is never cut: it is posted for good.
"""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any, TypeVar

from sqlalchemy import select

from commissions.calendar import Window, widest, window_label
from commissions.refusal import Refusal

from ...adapters.sheets.deal_file import DealRow, read_row
from ...models import Client, Deal, Development, PlanVersion, Touch
from ...rules.deals.attribution import attribute
from ...session import Session
from .. import contacts
from ..claims.touches import as_attributed
from ..commission import plans

TOGETHER = 40
"""Rows of a slice: about a second on PostgreSQL, half of it on SQLite (docs/operations.md)."""
MOST_TOGETHER = 200

_AT_ONCE = 500

Some = TypeVar("Some")


@dataclass(frozen=True, slots=True)
class Placed:
    """A row's place in the work, its slice, and whether its slice misses rows that concern it."""

    number: int
    place: int
    slice: int
    cut: bool


@dataclass(frozen=True, slots=True)
class _Known:
    """A row with what is known of it before anything is tried: its deal or touches are looked up for all at once."""

    number: int
    row: DealRow
    development_id: int
    phone_index: str | None


def place_rows(session: Session, now: datetime, rows: Sequence[tuple[int, Mapping[str, str]]]) -> list[Placed]:
    """A place for every row. Rows that cannot be read concern nobody."""
    known = _known(session, rows)
    tight, wide = _Groups(), _Groups()
    for one in known:
        tight.join(one.number, _about(one))
        wide.join(one.number, _about(one))
    for number, payees in _payees(session, now, known).items():
        wide.join(number, payees)
    first = {one.number: min(span.start for span in one.row.steps.values()) for one in known}
    order = sorted((number for number, _ in rows), key=lambda number: (first.get(number, now), number))
    return list(_sliced([_parts(group, tight) for group in wide.of(order)]))


def agencies_of(session: Session, now: datetime, rows: Sequence[tuple[int, Mapping[str, str]]]) -> list[int]:
    """The agencies whose money some rows may change, in the order in which everybody locks them."""
    payees = _payees(session, now, _known(session, rows))
    return sorted({key[1] for keys in payees.values() for key in keys if key[0] == "agency"})


def _known(session: Session, rows: Sequence[tuple[int, Mapping[str, str]]]) -> list[_Known]:
    named = {name.lower(): key for key, name in session.execute(select(Development.id, Development.name))}
    found = []
    for number, cells in rows:
        try:
            row = read_row(cells)
            index = contacts.phone_index(session, contacts.parse_phone(row.phone)) if row.phone else None
        except Refusal:
            continue  # it will be refused with its reason when it is tried
        text = row.development.strip().lower()
        if (key := named.get(text, int(text) if text.isascii() and text.isdigit() else None)) is not None:
            found.append(_Known(number, row, key, index))
    return found


def _about(one: _Known) -> list[Hashable]:
    """The unit and the client."""
    keys: list[Hashable] = [("unit", one.development_id, one.row.unit)]
    return [*keys, ("client", one.development_id, one.phone_index)] if one.phone_index else keys


def _payees(session: Session, now: datetime, known: Sequence[_Known]) -> dict[int, list[tuple[Any, ...]]]:
    """Whose money each row may change: an agency's in a window, a referrer's."""
    clients = _clients(session, {one.phone_index for one in known if one.phone_index})
    touches, there = _touches(session, set(clients.values())), _deals(session, known)
    widest = _widest_window(session)
    found: dict[int, list[tuple[Any, ...]]] = {}
    for one in known:
        payees = set(there.get((one.development_id, one.row.unit), []))
        instants = one.row.instants(now)
        if "subscribed" in instants and (client := clients.get(one.phone_index or "")):
            payees |= _owner(touches.get((one.development_id, client), []), instants["subscribed"])
        mine = found.setdefault(one.number, [])
        for agency_id, person_id, signed in payees:
            at = instants.get("signed") or signed
            if agency_id is None:
                mine.append(("person", person_id))
            elif at is not None:
                mine.append(("agency", agency_id, window_label(at, widest)))
    return found


def _owner(touches: Sequence[Touch], at: datetime) -> set[tuple[int | None, int | None, datetime | None]]:
    owner = attribute([as_attributed(one) for one in touches], at).owner
    return {(one.agency_id, one.person_id, None) for one in touches if owner and one.id == owner.touch_id}


def _clients(session: Session, indexes: set[str]) -> dict[str, int]:
    stmt = select(Client.phone_index, Client.id)
    return {
        index: key
        for some in _batched(sorted(indexes))
        for index, key in session.execute(stmt.where(Client.phone_index.in_(some)))
    }


def _touches(session: Session, clients: set[int]) -> dict[tuple[int, int], list[Touch]]:
    found: dict[tuple[int, int], list[Touch]] = {}
    for some in _batched(sorted(clients)):
        for touch in session.scalars(select(Touch).where(Touch.client_id.in_(some))):
            found.setdefault((touch.development_id, touch.whose), []).append(touch)
    return found


def _deals(
    session: Session, known: Sequence[_Known]
) -> dict[tuple[int, str], list[tuple[int | None, int | None, datetime | None]]]:
    """Whose the deals are that the units have already: agency, person, signing instant."""
    found: dict[tuple[int, str], list[tuple[int | None, int | None, datetime | None]]] = {}
    stmt = select(Deal.development_id, Deal.unit, Deal.agency_id, Deal.owner_id, Deal.signed_at)
    for some in _batched(sorted({one.row.unit for one in known})):
        for development_id, unit, agency_id, owner_id, at in session.execute(stmt.where(Deal.unit.in_(some))):
            found.setdefault((development_id, unit), []).append((agency_id, owner_id, at))
    return found


def _widest_window(session: Session) -> Window:
    """The widest window in which any plan counts deals."""
    return widest(plans.parse(toml).window for toml in session.scalars(select(PlanVersion.toml)))


class _Groups:
    """Rows that concern each other, by union of what they concern."""

    def __init__(self) -> None:
        self._above: dict[Hashable, Hashable] = {}

    def join(self, number: int, keys: Iterable[Hashable]) -> None:
        """This row concerns these."""
        for key in keys:
            self._above[self._root(key)] = self._root(("row", number))

    def of(self, order: Sequence[int]) -> list[list[int]]:
        """The groups of rows, each in the given order, the group of the first row first."""
        groups: dict[Hashable, list[int]] = {}
        for number in order:
            groups.setdefault(self._root(("row", number)), []).append(number)
        return list(groups.values())

    def _root(self, key: Hashable) -> Hashable:
        path = []
        while (above := self._above.get(key, key)) != key:
            path.append(key)
            key = above
        for one in path:
            self._above[one] = key
        return key


def _parts(group: Sequence[int], tight: _Groups) -> list[list[int]]:
    """The group as it is, or cut where it is too large."""
    if len(group) <= MOST_TOGETHER:
        return [list(group)]
    parts: list[list[int]] = [[]]
    for numbers in tight.of(group):
        if parts[-1] and len(parts[-1]) + len(numbers) > MOST_TOGETHER:
            parts.append([])
        parts[-1].extend(numbers)
    return parts


def _sliced(groups: Sequence[Sequence[Sequence[int]]]) -> Iterator[Placed]:
    """Whole groups one after another; a new slice where the next one would make it larger than TOGETHER."""
    places, current, filled = count(), 0, 0
    for group in groups:
        for part, numbers in enumerate(group):
            if filled and filled + len(numbers) > TOGETHER:
                current, filled = current + 1, 0
            filled += len(numbers)
            for number in numbers:
                yield Placed(number, next(places), current, cut=part > 0)


def _batched(values: Iterable[Some]) -> Iterator[list[Some]]:
    """Some at a time, as a query takes them."""
    kept = list(values)
    for start in range(0, len(kept), _AT_ONCE):
        yield kept[start : start + _AT_ONCE]
