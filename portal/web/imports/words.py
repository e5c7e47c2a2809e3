"""What a row does, in words; and the words of the template."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from commissions.refusal import Refusal

from ...adapters.sheets.deal_file import heading
from ...models import ImportRow, RowOutcome
from ...services import contacts
from ...services.imports.rows import refusal_of
from ..components import day, money, percent, reader_locale
from ..messages import sentence
from ..words.deals import TOUCHES
from ..words.statuses import status

HINTS: Mapping[str, Any] = {
    "development": _l("Needed. The name as it stands in the portal, or its number."),
    "unit": _l("Needed. As in the contract."),
    "phone": _l("Needed for a new deal. For milestones of a deal that is there it may be empty."),
    "name": _l("Needed for a new deal."),
    "price": _l("Needed for a new deal, in yuan: 2000000 or 2,000,000.00. Before a programme's discount."),
    "subscribed": _l("Needed for a new deal. A day (2026-03-05) or a time (2026-03-05 14:30), in Beijing time."),
    "signed": _l("When it was signed; empty if not yet. A day alone counts to its end, today up to now."),
    "loan_released": _l("When the loan was released; empty if not yet."),
    "handed_over": _l("When it was handed over; empty if not yet."),
    "cancelled": _l("When it was cancelled. Then the note must say why."),
    "note": _l("Goes with the last milestone of the row."),
}
"""What to fill in, a column."""


@dataclass(frozen=True, slots=True)
class ImportRowView:
    """A row as the page shows it: masked, and with what it does in words."""

    number: int
    state: str
    development: str
    unit: str
    buyer: str
    phone: str
    does: str
    why: str
    total_fen: int | None
    estimate: bool
    deal_id: int | None


def language() -> str:
    """The reader's language, as the columns know it: `zh` or `en`."""
    return reader_locale().language


def headings(keys: Sequence[str]) -> list[str]:
    """The columns in the reader's language."""
    return [heading(key, language()) for key in keys]


def shown(row: ImportRow, opened: Mapping[str, str] | None, names: Mapping[tuple[str, int], str]) -> ImportRowView:
    """A row in words; `opened` are its cells, None where they do not open; `names` are those of agencies and people."""
    cells = opened or {}
    outcome = row.outcome or row.expected
    facts = (row.facts if row.outcome else row.expected_facts) or {}
    refused = outcome is RowOutcome.REFUSED
    return ImportRowView(
        number=row.number,
        state="waiting" if outcome is None else outcome.value,
        development=cells.get("development", ""),
        unit=_("Cannot be read") if opened is None else cells.get("unit", "") if cells else _("Erased"),
        buyer=cells.get("name", ""),
        phone=_masked(cells.get("phone", "")),
        does="" if outcome is None or refused else _does(facts),
        why=reason(facts) if refused else "" if outcome is None else _whose(facts, names),
        total_fen=(row.posted_fen if row.outcome else row.expected_fen) if facts.get("lines") else None,
        estimate=bool(facts.get("estimate")) and row.outcome is None,
        deal_id=row.deal_id,
    )


def reason(facts: Mapping[str, Any]) -> str:
    """Why a row was refused, in the reader's language."""
    code, told = refusal_of(facts)
    return sentence(code, **told)


def _does(facts: Mapping[str, Any]) -> str:
    steps = facts.get("steps", [])
    done = _(", ").join(str(status("deal", step).word) for step in steps) or _("All of it is recorded already")
    taken = facts.get("discount")
    if taken is None:
        return done
    off = {"rate": percent(taken["rate_bps"]), "price": money(taken["price_fen"])}
    return done + " · " + _("%(rate)s off by a programme: %(price)s", **off)


def _whose(facts: Mapping[str, Any], names: Mapping[tuple[str, int], str]) -> str:
    """The owner, and the touch by which he is."""
    person = names.get(("person", facts.get("owner_id") or 0))
    if person is None:
        return _("Nobody's: no contact protected the client then")
    agency = names.get(("agency", facts.get("agency_id") or 0))
    who = f"{agency} · {person}" if agency else person
    if touch := facts.get("owner"):
        on = day(datetime.fromisoformat(touch["at"]))
        return _("%(who)s, by %(touch)s on %(day)s", who=who, touch=str(TOUCHES[touch["kind"]]), day=on)
    return who


def _masked(phone: str) -> str:
    if not phone:
        return ""
    try:
        return contacts.parse_phone(phone).masked
    except Refusal:
        return "****"  # what is no phone may still be nearly one
