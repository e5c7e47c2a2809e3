"""What caused a line, in words: one table of how each kind of record is told.

Names of the staff are for the staff; a partner reads what happened and when.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import pgettext as _p

from ...models import (
    Adjustment,
    Base,
    Correction,
    DealMove,
    Milestone,
    Period,
    Person,
    Reward,
    Strike,
    WindowSeal,
    Withholding,
)
from ..components import instant, money
from ..words.deals import WHAT
from ..words.lines import window_words
from ..words.statuses import status

Pairs = Iterator[tuple[str, str]]

KINDS: Mapping[type[Base], Any] = {
    Milestone: _l("A step of the deal"),
    Strike: _l("A strike"),
    Correction: _l("A correction"),
    DealMove: _l("A decision whose deal it is"),
    Adjustment: _l("An adjustment by hand"),
    Reward: _l("A reward"),
    Withholding: _l("Tax worked out"),
    WindowSeal: _l("A seal"),
    Period: _l("A month's close"),
}
"""What happened, as a heading."""


def kind_of(cause: Base) -> str:
    """What kind of event posted the line."""
    return str(KINDS[type(cause)])


def told(cause: Base, *, staff: bool) -> list[tuple[str, str]]:
    """The event as terms and values."""
    return list(_TOLD[type(cause)](cause, staff))


def _milestone(row: Milestone, _staff: bool) -> Pairs:
    yield _("Milestone"), str(status("deal", row.kind).word)
    yield _("It happened at"), instant(row.at)
    yield _("Recorded at"), instant(row.recorded_at)
    if row.note:
        yield _("Note"), row.note


def _strike(row: Strike, staff: bool) -> Pairs:
    yield _("Showing"), _("No. %(number)s on %(day)s", number=row.showing_id, day=instant(row.showing.at))
    yield _("Confirmed fake"), _hand(row.confirmer, row.confirmed_at, staff)
    if row.appeal is not None:
        decision = row.appeal.decision
        yield _("Appeal"), _("Filed %(at)s", at=instant(row.appeal.filed_at))
        if decision is not None:
            word = status("appeal", decision.outcome).word
            yield _("Appeal's decision"), f"{word} · {_hand(decision.decider, decision.decided_at, staff)}"
    if row.voided_at is not None:
        yield _("Voided at"), instant(row.voided_at)


def _correction(row: Correction, staff: bool) -> Pairs:
    yield _("Reason"), row.reason
    yield _("Corrected"), _hand(row.maker, row.made_at, staff)
    yield _("What"), _(", ").join(sorted({str(WHAT[fact.what]) for fact in row.facts}))


def _decision(row: DealMove, staff: bool) -> Pairs:
    if staff:
        yield _("Reason"), row.reason
    yield _("Decided at"), instant(row.at)


def _adjustment(row: Adjustment, staff: bool) -> Pairs:
    yield _("Reason"), row.reason
    yield _("Proposed"), _hand(row.proposer, row.proposed_at, staff)
    if row.decider is not None and row.decided_at is not None:
        yield _p("adjustment", "Decided by"), _hand(row.decider, row.decided_at, staff)
    if staff:
        yield _("Attachment"), row.attachment_name


def _reward(row: Reward, _staff: bool) -> Pairs:
    yield _("Step of the reward plan"), str(row.rung)
    yield _("Status"), str(status("reward", row.state).word)
    if row.value_fen is not None:
        yield _("Promised"), money(row.value_fen)


def _withholding(row: Withholding, _staff: bool) -> Pairs:
    yield _("Month"), row.month
    yield _("Earned in money"), money(row.cash_fen)
    yield _("Earned in goods"), money(row.goods_fen)
    yield _("Taxable"), money(row.taxable_fen)
    yield _("Tax"), money(row.tax_fen)
    yield _("Tax table"), _("version %(version)s", version=row.table.version)
    yield _("Worked out at"), instant(row.computed_at)


def _seal(row: WindowSeal, _staff: bool) -> Pairs:
    yield _("Window"), window_words(row.label)
    yield _("Sealed at"), instant(row.sealed_at)


def _period(row: Period, staff: bool) -> Pairs:
    yield _("Month"), row.month
    if row.started_at is not None:
        yield _("Begun"), _hand(row.starter, row.started_at, staff)
    if row.closed_at is not None:
        yield _("Closed at"), instant(row.closed_at)


def _hand(person: Person | None, at: datetime, staff: bool) -> str:
    """When, and for the staff by whom."""
    return f"{instant(at)} · {person.name}" if staff and person is not None else instant(at)


_TOLD: Mapping[type[Base], Callable[[Any, bool], Pairs]] = {
    Milestone: _milestone,
    Strike: _strike,
    Correction: _correction,
    DealMove: _decision,
    Adjustment: _adjustment,
    Reward: _reward,
    Withholding: _withholding,
    WindowSeal: _seal,
    Period: _period,
}
