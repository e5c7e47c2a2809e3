"""The year as it runs: who is there, and what is still to happen."""

import heapq
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import count
from random import Random
from typing import cast

from commissions.refusal import Refusal

from ...access.actor import Actor
from ...adapters.storage.files import Files
from ...clock import day_start, local_day
from ...db import Database
from ...models import Agency, Development, Person, Referrer, Role
from ...rules.bank_details.bank_details import BankDetails
from ...services.accounts import passwords
from ...services.bank_details import bank_details
from ...session import Session
from .names import Names
from .year import Year

Deed = Callable[[datetime], object]
Progress = Callable[[int], None]

EVERYBODY = 100
"""The percentage of the crowd that a whole world has."""


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
    year: Year
    password_hash: str
    names: Names
    crowd: int = EVERYBODY
    staff: dict[Role, Person] = field(default_factory=dict)
    second_approver: Person | None = None
    consultants: list[Person] = field(default_factory=list)
    developments: list[Development] = field(default_factory=list)
    agencies: list[Agency] = field(default_factory=list)
    brokers: list[Person] = field(default_factory=list)
    referrers: list[Referrer] = field(default_factory=list)
    unpaid: set[int] = field(default_factory=set)
    """Deals whose bank does not pay."""
    _queue: list[tuple[datetime, int, Deed, bool]] = field(default_factory=list)
    _order: "count[int]" = field(default_factory=count)

    @property
    def begins(self) -> datetime:
        return self.year.begins

    @property
    def ends(self) -> datetime:
        return self.year.ends

    def some(self, number: int) -> int:
        """So many of a crowd as this world has of it, one at least."""
        return max(1, number * self.crowd // EVERYBODY)

    def at(self, when: datetime, deed: Deed, *, surely: bool = False) -> None:
        """Let something happen, unless the year is over by then.

        What a visitor must find happens `surely`: it has its place before the end, and no rule may say no to it.
        """
        if when < self.ends:
            heapq.heappush(self._queue, (when, next(self._order), deed, surely))
        elif surely:
            raise ValueError(f"{deed} would come at {when}, when the year is over")

    def run(self, progress: Progress) -> None:
        """Let it all happen in its order; a deed may bring about others."""
        span = self.ends - self.begins
        while self._queue:
            when, _, deed, surely = heapq.heappop(self._queue)
            try:
                with self.session.begin_nested():
                    deed(when)
            except Refusal:
                if surely:
                    raise
                # a rule said no, as it does in life: a frozen broker does not come
            progress(int((when - self.begins) / span * 100))

    @property
    def database(self) -> Database:
        """The world for work that wants a database."""
        return cast(Database, Within(self.session))  # what works in it asks for transactions alone

    def actor(self, role: Role) -> Actor:
        """The member of staff with this role."""
        return Actor.of(self.staff[role], "127.0.0.1")

    def lets_sign_in(self, person: Person) -> None:
        """Give a person everybody's password."""
        person.password_sealed = passwords.seal(self.session, person.id, self.password_hash)

    def give_account(self, at: datetime, by: Actor, owner: Agency | Person, details: BankDetails) -> None:
        """Bank details come into force: proposed by one, confirmed by finance after a call."""
        change = bank_details.propose(self.session, by, at, owner, details)
        called = "按开户许可证上的座机回拨，对方财务逐位报出账号"
        finance = self.actor(Role.FINANCE)
        bank_details.confirm(self.session, finance, at, change, account=details.account, call_back=called)

    def after(self, when: datetime, least: int, most: int) -> datetime:
        """A working hour some days later."""
        return self.working_hour(local_day(when) + timedelta(days=self.random.randint(least, most)))

    def lately(self, days: int) -> datetime:
        """A working hour so many days before the year's end."""
        return self.working_hour(self.year.days_ago(days))

    def working_hour(self, day: date) -> datetime:
        """Some time between nine and seven on a Shanghai day."""
        return day_start(day) + timedelta(hours=9, minutes=self.random.randrange(600))
