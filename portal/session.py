"""The session that services are handed: rows, and beside them what the database was opened with.

It bears the name of the class that it extends, for the portal has no other: what stands above the database imports
`Session` from here, and finds `session.limits` where it needs more than rows. What one module alone notes on a session
for itself (files to delete, facts to enter) stays in the session's `info`.
"""

from collections.abc import Callable, MutableMapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

from sqlalchemy import Engine, orm

from . import clock
from .crypto import Signer, Vault
from .rules.payouts.limits import MoneyLimits
from .rules.timekeeping import Mark, Uptime


class Session(orm.Session):
    """A session of `portal.db.Database`. Every argument is needed, so that no service finds one missing."""

    def __init__(
        self,
        bind: Engine,
        *,
        vault: Vault,
        signer: Signer,
        limits: MoneyLimits,
        reading: Callable[[], AbstractContextManager["Session"]],
        memory: MutableMapping[str, Any],
    ) -> None:
        super().__init__(bind, expire_on_commit=False)
        self.vault = vault
        self.signer = signer
        self.limits = limits
        """What money may be moved, and by how many people."""
        self.reading = reading
        """A look at what is committed, in a transaction of its own."""
        self.memory = memory
        """What the process remembers of this database from one request to the next."""
        self.clock_marks: Sequence[Mark] | None = None
        self.part_of: str | None = None
        """The bulk deed, such as an import, that tells of what it brings as a whole."""
        self.told = False
        """Whether somebody is told of what this session did: the edge that commits it has something to hand on."""

    def note_told(self) -> None:
        """Somebody is told of what this session does."""
        self.told = True

    def marks_of_clocks(self, read: Callable[[], Sequence[Mark]]) -> Sequence[Mark]:
        """What is known of the clocks, read once: whoever claims asks several times a request."""
        if self.clock_marks is None:
            self.clock_marks = read()
        return self.clock_marks

    def uptime(self) -> Uptime:
        """For how long this machine runs, by its own count."""
        return Uptime(*clock.running())
