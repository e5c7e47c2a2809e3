"""Which lists can be exported by a schedule: found by the address of their file, shown in the reader's words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from flask import current_app, request, url_for
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from werkzeug.exceptions import HTTPException
from werkzeug.routing import BuildError

from ...access.policy import may
from ...models import Agency, Development, ExportSchedule
from ...rules.exports.moving import MOVING, Moving
from ...services.notifications.words.exports import LISTS
from ..components import day as day_word
from ..components import month as month_word
from ..edge import actor, db
from ..guard import permission_of
from ..lists.arguments import day_of, month_in, number_of
from ..words.statuses import STATUSES

_PAGES: Mapping[str, str] = {
    "admin.audit_export": "admin.audit",
    "admin.people_export": "admin.people",
    "agency.brokers_export": "agency.brokers",
    "agency_measures.own_file": "agency_measures.own",
    "channel_measures.rows_file": "channel_measures.rows",
    "cohort_rows.own_file": "cohort_rows.own",
    "ledger.download_account": "ledger.account",
    "measures.figure_file": "measures.figure",
    "my_measures.download": "my_measures.index",
    "not_bought.rows_file": "not_bought.rows",
    "partners.agencies_download": "partners.agencies",
    "partners.agreements_download": "partners.agreements",
    "partners.developments_download": "partners.developments",
    "privacy.erasures_export": "privacy.erasures",
    "programmes.download_costs": "programmes.costs",
    "referrers.download_leads": "referrers.all_leads",
}
"""The page of a list whose page is not its room's first."""

_STATES: Mapping[str, str] = {
    "adjustments.download": "adjustment",
    "admin.people_export": "account",
    "agency.brokers_export": "account",
    "appeals.download": "appeal",
    "bank_details.download": "proposal",
    "benefits.download": "benefit",
    "complaints.download": "complaint",
    "deals.download": "deal",
    "disputes.download": "dispute",
    "imports.download": "import",
    "loans.download": "loan",
    "partners.agencies_download": "account",
    "partners.agreements_download": "agreement",
    "programmes.download": "programme",
    "promises.download": "promise",
    "referrers.download_leads": "lead",
    "registrations.download": "registration",
    "risk.download": "risk_flag",
    "showings.download": "showing",
    "vouchers.download": "voucher",
    "webhook_deliveries.download": "webhook_delivery",
}
"""Whose states a list is narrowed by, as the table of states calls it, where its filter `state` is one of them."""

MOVING_WORDS: Mapping[str, Any] = {
    Moving.LAST_MONTH: _l("the month before"),
    Moving.THIS_MONTH: _l("the month under way"),
    Moving.TODAY: _l("today"),
    Moving.TOMORROW: _l("tomorrow"),
}
"""What a filter that moves along says."""

_NOT_KEPT = ("q", "after")
"""What was searched for may be a client; a page of a list is none of a file."""

_MOST_FILTERS, _LONGEST = 10, 60
"""No page of ours has an address with more of them, or longer ones."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A list as its file's address names it. `searched`: something was searched for, which is left out."""

    endpoint: str
    arguments: dict[str, Any]
    filters: dict[str, str] = field(default_factory=dict)
    searched: bool = False


def listed(address: str) -> Listed | None:
    """The list of a file's address, of those that can be exported by a schedule; None for anything else."""
    parts = urlsplit(address)
    try:
        endpoint, arguments = current_app.url_map.bind("").match(parts.path, "GET")
    except HTTPException:
        return None
    if endpoint not in LISTS:
        return None
    asked = dict(parse_qsl(parts.query))
    filters = {name: value for name, value in asked.items() if value and name not in _NOT_KEPT}
    if len(filters) > _MOST_FILTERS or any(len(one) > _LONGEST for pair in filters.items() for one in pair):
        return None
    ending = ending_of(endpoint)
    kept = {name: value for name, value in arguments.items() if name != ending}
    return Listed(endpoint, kept, filters, searched=bool(asked.get("q")))


def regularly(address: str) -> str | None:
    """Where a list is asked for regularly, for the file at this address; None where it cannot be."""
    found = listed(address.removeprefix(request.script_root))
    return None if found is None else url_for("exports.new", of=address)


def readable(endpoint: str) -> bool:
    """Whether who acts may read the list."""
    permission = permission_of(current_app, endpoint)
    return permission is not None and may(actor(), permission)


def ending_of(endpoint: str) -> str:
    """What the kind of file is called in the address of a list."""
    (rule,) = current_app.url_map.iter_rules(endpoint)
    return "ending" if "ending" in rule.arguments else "kind"


def title(endpoint: str) -> str:
    """What a list is called."""
    return gettext(LISTS[endpoint]) if endpoint in LISTS else gettext("List")


def page_url(row: ExportSchedule) -> str | None:
    """The page of the list, narrowed as far as it is by itself; None where it is gone."""
    room = row.endpoint.partition(".")[0]
    filters = {name: value for name, value in row.filters.items() if value not in MOVING.get(name, ())}
    try:
        return url_for(_PAGES.get(row.endpoint, f"{room}.index"), **row.arguments, **filters)
    except BuildError:
        return None


def narrowed(of: Listed | ExportSchedule) -> list[str]:
    """By what a list is narrowed, in words: what has a name by its name, the rest counted."""
    found = [word for name, value in of.filters.items() if (word := _word(of.endpoint, name, value)) is not None]
    rest = len(of.filters) - len(found)
    return [*found, ngettext("%(num)d filter", "%(num)d filters", rest)] if rest else found


def _word(endpoint: str, name: str, value: str) -> str | None:
    if name == "state":
        known = STATUSES.get(_STATES.get(endpoint, ""), {}).get(value)
        return None if known is None else str(known.word)
    return when_word(name, value) or _name(name, value)


def when_word(name: str, value: str) -> str | None:
    """Of which month or day a list is, if a filter says that."""
    if value in MOVING.get(name, ()):
        return str(MOVING_WORDS[value])
    if name == "month" and (label := month_in(value)) is not None:
        return month_word(label)
    if name == "day" and (on := day_of(value)) is not None:
        return day_word(on)
    return None


def _name(name: str, value: str) -> str | None:
    names = {"development": Development.name, "agency": Agency.name}
    key, column = number_of(value), names.get(name)
    if column is None or key is None:
        return None
    return db().scalar(select(column).where(column.class_.id == key))
