"""What an erasure consists of: portions of rows, each counted for the preview and erased by the same condition."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Integer, delete, func, literal, select, union_all, update

from ...session import Session


class What(StrEnum):
    """The kinds of data, as a person is told what went."""

    PHONE = "phone"
    NAMES = "names"
    SEARCH_WORDS = "search_words"
    NOTES = "notes"
    TEXTS = "texts"
    MARKS = "marks"
    IMPORTED = "imported"
    INVITATIONS = "invitations"
    PHOTOS = "photos"
    TEMPLATES = "templates"
    GUARDIANS = "guardians"
    REMINDERS = "reminders"
    CONSENTS = "consents"
    ACCOUNT = "account"
    SIGN_INS = "sign_ins"
    FACTORS = "factors"
    ADDRESSES = "addresses"
    BANK = "bank"
    PROPOSALS = "proposals"


@dataclass(frozen=True, slots=True)
class Part:
    """Rows that are emptied of something, or go (`values` is None). What was erased before is not found again."""

    what: What
    model: Any
    where: tuple[Any, ...]
    values: Mapping[str, Any] | None

    def erase(self, session: Session) -> int:
        """Take them; how many there were."""
        deed: Any = delete(self.model) if self.values is None else update(self.model).values(**self.values)
        done: Any = session.execute(deed.where(*self.where).execution_options(synchronize_session=False))
        return int(done.rowcount)


def counted(session: Session, parts: Iterable[Part]) -> Counter[What]:
    """What an erasure would take, by kind."""
    found: Counter[What] = Counter()
    asked = [*parts]
    counts = [
        select(literal(number, Integer()), func.count()).select_from(part.model).where(*part.where)
        for number, part in enumerate(asked)
    ]
    for number, count in session.execute(union_all(*counts)) if counts else ():
        found[asked[number].what] += count
    return +found


def erased(session: Session, parts: Iterable[Part]) -> Counter[What]:
    """Take it; what went, by kind."""
    session.flush()
    found: Counter[What] = Counter()
    for part in parts:
        found[part.what] += part.erase(session)
    session.expire_all()
    return +found
