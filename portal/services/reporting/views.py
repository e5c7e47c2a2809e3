"""The reporting views: their columns, in their order, and what each is made of. They are a promise to who built on them
(docs/reporting.md): a column is added at the end or stays as it is; what must change becomes another view, `deals_v2`.

No name, no phone, and no number of the portal's own: rows are known by those of `ReportingKey`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from ...models.reporting.keys import KEYED


class Kind(StrEnum):
    """What a column holds. An instant is UTC: `timestamptz` on PostgreSQL, text on SQLite."""

    KEY = "key"
    TEXT = "text"
    COUNT = "bigint"
    FLAG = "integer"
    INSTANT = "instant"
    DAY = "date"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, what it holds, and how it is found. `subject`: of a key, the table whose row it names."""

    name: str
    kind: Kind
    found: str
    subject: str = ""


@dataclass(frozen=True, slots=True)
class View:
    """A view: its columns over rows of the portal's own tables."""

    name: str
    rows: str
    columns: Sequence[Column]

    def query(self, dialect: str) -> str:
        """What it is made of, on one of the two databases."""
        keys = [column for column in self.columns if column.kind is Kind.KEY]
        joins = [
            f"LEFT JOIN reporting_keys AS of_{one.name} "
            f"ON of_{one.name}.subject = '{one.subject}' AND of_{one.name}.row_id = {one.found}"
            for one in keys
        ]
        selected = ", ".join(f"{_value(column, dialect)} AS {column.name}" for column in self.columns)
        return f"SELECT {selected} FROM {self.rows} {' '.join(joins)}"  # noqa: S608 - names of ours


def _value(column: Column, dialect: str) -> str:
    if column.kind in (Kind.INSTANT, Kind.DAY):  # SQLite has texts for them, and would make numbers by a cast
        return column.found
    if column.kind is Kind.KEY:
        given = f"of_{column.name}.key"
        return given if dialect == "sqlite" else f"replace(CAST({given} AS text), '-', '')"
    return f"CAST({column.found} AS {column.kind})"


def _key(name: str, subject: str, found: str) -> Column:
    assert subject in KEYED
    return Column(name, Kind.KEY, found, subject)


def _text(name: str, found: str) -> Column:
    return Column(name, Kind.TEXT, found)


def _count(name: str, found: str) -> Column:
    return Column(name, Kind.COUNT, found)


def _flag(name: str, holds: str) -> Column:
    return Column(name, Kind.FLAG, f"CASE WHEN {holds} THEN 1 ELSE 0 END")


def _instant(name: str, found: str) -> Column:
    return Column(name, Kind.INSTANT, found)


def _reached(name: str, kind: str) -> Column:
    """When a deal reached a milestone."""
    return _instant(
        name,
        f"(SELECT step.at FROM milestones AS step WHERE step.deal_id = deals.id AND step.kind = '{kind}')",  # noqa: S608 - names of ours
    )


_COUNTS = "review.decision = 'genuine' OR (review.id IS NULL AND showings.verdict = 'verified')"

VIEWS: Sequence[View] = (
    View(
        "developments",
        "developments",
        (
            _key("development_id", "developments", "developments.id"),
            _text("city", "developments.city"),
            _instant("opened_at", "developments.created_at"),
            _instant("closed_at", "developments.closed_at"),
        ),
    ),
    View(
        "agencies",
        "agencies",
        (
            _key("agency_id", "agencies", "agencies.id"),
            _instant("joined_at", "agencies.created_at"),
            _instant("left_at", "agencies.deactivated_at"),
        ),
    ),
    View(
        "partners",
        "(SELECT * FROM people WHERE role IN ('principal', 'broker', 'referrer')) AS partners",
        (
            _key("person_id", "people", "partners.id"),
            _text("role", "partners.role"),
            _key("agency_id", "agencies", "partners.agency_id"),
            _instant("joined_at", "partners.created_at"),
            _instant("left_at", "partners.deactivated_at"),
        ),
    ),
    View(
        "registrations",
        "registrations",
        (
            _key("contact_id", "touches", "registrations.touch_id"),
            _key("development_id", "developments", "registrations.development_id"),
            _key("agency_id", "agencies", "registrations.agency_id"),
            _key("person_id", "people", "registrations.broker_id"),
            _text("outcome", "registrations.outcome"),
            _text("refused_because", "registrations.code"),
            _instant("registered_at", "registrations.at"),
        ),
    ),
    View(
        "contacts",
        "touches",
        (
            _key("contact_id", "touches", "touches.id"),
            _key("development_id", "developments", "touches.development_id"),
            _text("kind", "touches.kind"),
            _key("agency_id", "agencies", "touches.agency_id"),
            _key("person_id", "people", "touches.person_id"),
            _instant("came_at", "touches.at"),
            _instant("protected_until", "touches.protected_until"),
            _instant("ended_at", "touches.retired_at"),
        ),
    ),
    View(
        "showings",
        "showings LEFT JOIN showing_reviews AS review ON review.showing_id = showings.id",
        (
            _key("showing_id", "showings", "showings.id"),
            _key("contact_id", "touches", "showings.touch_id"),
            _key("development_id", "developments", "showings.development_id"),
            _key("agency_id", "agencies", "showings.agency_id"),
            _key("person_id", "people", "showings.broker_id"),
            _text("way", "showings.way"),
            _text("verdict", "showings.verdict"),
            _text("decision", "review.decision"),
            _flag("counts", _COUNTS),
            _instant("shown_at", "showings.at"),
        ),
    ),
    View(
        "leads",
        "leads LEFT JOIN referrers ON referrers.id = leads.referrer_id",
        (
            _key("lead_id", "leads", "leads.id"),
            _key("contact_id", "touches", "leads.touch_id"),
            _key("development_id", "developments", "leads.development_id"),
            _key("person_id", "people", "referrers.person_id"),
            _text("audience", "referrers.audience"),
            _text("outcome", "leads.outcome"),
            _text("refused_because", "leads.code"),
            _instant("left_at", "leads.at"),
        ),
    ),
    View(
        "deals",
        "deals LEFT JOIN touches ON touches.id = deals.touch_id",
        (
            _key("deal_id", "deals", "deals.id"),
            _key("contact_id", "touches", "deals.touch_id"),
            _key("development_id", "developments", "deals.development_id"),
            _key("agency_id", "agencies", "deals.agency_id"),
            _key("person_id", "people", "deals.owner_id"),
            _text("contact_kind", "touches.kind"),
            _count("price_fen", "deals.price_fen"),
            _flag("stands", "deals.signed_at IS NOT NULL AND deals.cancelled_at IS NULL"),
            _reached("subscribed_at", "subscribed"),
            _instant("signed_at", "deals.signed_at"),
            _reached("loan_released_at", "loan_released"),
            _reached("handed_over_at", "handed_over"),
            _instant("cancelled_at", "deals.cancelled_at"),
        ),
    ),
    View(
        "earnings",
        "posted_lines",
        (
            _key("deal_id", "deals", "posted_lines.deal_id"),
            _key("agency_id", "agencies", "posted_lines.agency_id"),
            _key("person_id", "people", "posted_lines.person_id"),
            _text("cause", "posted_lines.cause"),
            _count("amount_fen", "posted_lines.amount_fen"),
            _instant("posted_at", "posted_lines.posted_at"),
        ),
    ),
    View(
        "statements",
        "statements",
        (
            _key("statement_id", "statements", "statements.id"),
            _key("agency_id", "agencies", "statements.agency_id"),
            _key("person_id", "people", "statements.person_id"),
            _text("month", "statements.month"),
            _count("version", "statements.version"),
            _count("opening_fen", "statements.opening_fen"),
            _count("lines_fen", "statements.lines_fen"),
            _count("payable_fen", "statements.payable_fen"),
            _count("carried_fen", "statements.carried_fen"),
            _instant("issued_at", "statements.issued_at"),
        ),
    ),
    View(
        "payouts",
        "payouts",
        (
            _key("payout_id", "payouts", "payouts.id"),
            _key("statement_id", "statements", "payouts.statement_id"),
            _key("agency_id", "agencies", "payouts.agency_id"),
            _key("person_id", "people", "payouts.person_id"),
            _count("amount_fen", "payouts.amount_fen"),
            _text("state", "payouts.state"),
        ),
    ),
    View(
        "days",
        "day_figures",
        (
            Column("day", Kind.DAY, "day_figures.day"),
            _key("development_id", "developments", "day_figures.development_id"),
            _count("deals", "day_figures.deals"),
            _count("deals_shown", "day_figures.shown"),
            _count("deals_referred", "day_figures.referred"),
            _count("showings", "day_figures.showings"),
        ),
    ),
    View(
        "entered_measures",
        "(SELECT * FROM measure_entries AS entry WHERE NOT EXISTS (SELECT 1 FROM measure_entries AS later "
        "WHERE later.corrects_id = entry.id)) AS entered",
        (
            _text("month", "entered.month"),
            _key("development_id", "developments", "entered.development_id"),
            _text("measure", "entered.measure"),
            _count("part", "entered.part"),
            _count("whole", "entered.whole"),
            _instant("entered_at", "entered.at"),
        ),
    ),
)
