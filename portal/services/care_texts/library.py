"""The library of texts: which text is used for a step or a reason, where. What nobody has written is the given one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from ...models import CareText, CareTextEnd, ProposalState
from ...rules.care.plan import Channel, Stage
from ...rules.care_texts.given import given_texts
from ...rules.care_texts.text import Text, best
from ...rules.not_bought.reasons import Reason
from ...session import Session

Key = tuple[str, int | None]
"""A text's code, and for which development alone it is."""


class EntryState(StrEnum):
    """How a text of the library stands: as the handbooks have it, as colleagues wrote it, or used no more."""

    GIVEN = "given"
    IN_USE = "in_use"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class Entry:
    """A text of the library: its words, the version that they come from (None: given), and whether it is used."""

    text: Text
    development_id: int | None
    row: CareText | None
    ended: CareTextEnd | None = None

    @property
    def key(self) -> Key:
        """What tells it from the others."""
        return self.text.code, self.development_id

    @property
    def state(self) -> EntryState:
        """How it stands."""
        if self.ended is not None:
            return EntryState.RETIRED
        return EntryState.GIVEN if self.row is None else EntryState.IN_USE


@dataclass(frozen=True, slots=True)
class Library:
    """All texts, read once: carers' pages ask it for each line."""

    entries: Sequence[Entry]

    def for_step(self, step: str, stage: Stage | None, channel: Channel, development_id: int | None) -> Entry | None:
        """The text for a step of a plan: the development's own before the one for all."""
        fitting = self._used((one for one in self.entries if one.text.step == step), development_id)
        found = best([one.text for one in fitting], stage=stage, channel=channel)
        return next((one for one in fitting if one.text is found), None)

    def for_reason(self, reason: Reason, development_id: int | None) -> list[Entry]:
        """The texts against a reason of not buying."""
        return self._used((one for one in self.entries if one.text.reason is reason), development_id)

    def _used(self, entries: Iterable[Entry], development_id: int | None) -> list[Entry]:
        of_code: dict[str, Entry] = {}
        for one in entries:
            if one.ended is None and one.development_id in (None, development_id):
                former = of_code.get(one.text.code)
                if former is None or former.development_id is None:
                    of_code[one.text.code] = one
        return list(of_code.values())


def library(session: Session) -> Library:
    """Every text as it stands: the newest version of each, else the given one; in the order of the given ones."""
    newest = (
        select(func.max(CareText.id))
        .where(CareText.state == ProposalState.CONFIRMED)
        .group_by(CareText.code, CareText.development_id)
    )
    rows = session.scalars(
        select(CareText).where(CareText.id.in_(newest)).options(joinedload(CareText.development)).order_by(CareText.id)
    )
    written = {(row.code, row.development_id): row for row in rows}
    ends = {
        (end.code, end.development_id): end for end in session.scalars(select(CareTextEnd).order_by(CareTextEnd.id))
    }
    entries = []
    for text in given_texts():
        row = written.pop((text.code, None), None)
        entries.append(_entry(text if row is None else text_of(row), None, row, ends))
    entries += [_entry(text_of(row), row.development_id, row, ends) for row in written.values()]
    return Library(entries)


def text_of(row: CareText) -> Text:
    """What a version says, as the rules have it."""
    return Text(
        code=row.code,
        channel=row.channel,
        zh=row.zh,
        en=row.en,
        step=row.step,
        reason=row.reason_for,
        stage=row.stage,
        title=row.title,
        title_en=row.title_en,
    )


def find(session: Session, key: Key) -> Entry | None:
    """The text with this key."""
    return next((one for one in library(session).entries if one.key == key), None)


def versions(session: Session, key: Key) -> Sequence[CareText]:
    """All versions and proposals of a text, the newest first."""
    people = joinedload(CareText.proposer), joinedload(CareText.decider)
    stmt = select(CareText).where(CareText.code == key[0], _same(CareText, key)).options(*people)
    return session.scalars(stmt.order_by(CareText.id.desc())).all()


def ends(session: Session, key: Key) -> Sequence[CareTextEnd]:
    """When it was retired, by whom and why, the newest first."""
    stmt = select(CareTextEnd).where(CareTextEnd.code == key[0], _same(CareTextEnd, key))
    return session.scalars(stmt.options(joinedload(CareTextEnd.by)).order_by(CareTextEnd.id.desc())).all()


def _same(model: type[CareText] | type[CareTextEnd], key: Key):  # type: ignore[no-untyped-def]
    column = model.development_id
    return column.is_(None) if key[1] is None else column == key[1]


def _entry(text: Text, development_id: int | None, row: CareText | None, ends: dict[Key, CareTextEnd]) -> Entry:
    end = ends.get((text.code, development_id))
    since: datetime | None = None if row is None else row.decided_at
    ended = end is not None and (since is None or end.at >= since)
    return Entry(text, development_id, row, end if ended else None)
