"""The year as it runs: who is there, and what is still to happen."""

import heapq
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import count
from random import Random

from sqlalchemy.orm import Session

from commissions.refusal import Refusal

from ...access.actor import Actor
from ...adapters.files import Files
from ...clock import day_start, local_day
from ...models import Agency, Development, Person, Referrer, Role
from .names import Names

Deed = Callable[[datetime], None]
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Within:
    """The year's one transaction as work sees it that makes many of its own, such as a close: each is a savepoint."""

    session: Session

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        with self.session.begin_nested():
            yield self.session

    reading = transaction


@dataclass(slots=True)
class World:
    """The people and places of the year, and what is still to happen in it."""

    session: Session
    files: Files
    random: Random
    begins: datetime
    ends: datetime
    password_hash: str
    names: Names
    staff: dict[Role, Person] = field(default_factory=dict)
    developments: list[Development] = field(default_factory=list)
    agencies: list[Agency] = field(default_factory=list)
    brokers: list[Person] = field(default_factory=list)
    referrers: list[Referrer] = field(default_factory=list)
    _queue: list[tuple[datetime, int, Deed]] = field(default_factory=list)
    _order: "count[int]" = field(default_factory=count)

    def at(self, when: datetime, deed: Deed) -> None:
        """Let something happen, unless the year is over by then."""
        if when < self.ends:
            heapq.heappush(self._queue, (when, next(self._order), deed))

    def run(self, progress: Progress) -> None:
        """Let it all happen in its order; a deed may bring about others."""
        span = self.ends - self.begins
        while self._queue:
            when, _, deed = heapq.heappop(self._queue)
            try:
                with self.session.begin_nested():
                    deed(when)
            except Refusal:
                continue  # a rule said no, as it does in life: a frozen broker does not come
            progress(int((when - self.begins) / span * 100))

    @property
    def database(self) -> Within:
        """The world for work that wants a database."""
        return Within(self.session)

    def actor(self, role: Role) -> Actor:
        """The member of staff with this role."""
        return Actor.of(self.staff[role], "127.0.0.1")

    def after(self, when: datetime, least: int, most: int) -> datetime:
        """A working hour some days later."""
        return self.working_hour(local_day(when) + timedelta(days=self.random.randint(least, most)))

    def lately(self, days: int) -> datetime:
        """A working hour so many days before the year's end."""
        return self.working_hour(local_day(self.ends) - timedelta(days=days))

    def working_hour(self, day: date) -> datetime:
        """Some time between nine and seven on a Shanghai day."""
        return day_start(day) + timedelta(hours=9, minutes=self.random.randrange(600))
