"""What a statement says, worded once: its page, its PDF and its workbook show these words and figures."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import ngettext

from ...models import Statement
from ...services.statements import details as statement_details
from ...services.statements.details import CauseSum, Neighbours
from ...session import Session
from ..components import instant, money, month
from ..words.statuses import status

WHOLE, PLUS, MINUS = "whole", "plus", "minus"


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the waterfall, in fen: a whole sum from zero, or a plus or minus from where the one before ended.

    `cause` names the lines behind it, `count` says how many they are; None for a sum.
    """

    label: str
    fen: int
    start_fen: int
    kind: str
    cause: str | None = None
    count: int | None = None

    @property
    def end_fen(self) -> int:
        return self.start_fen + self.fen


def title(statement: Statement) -> str:
    """What the statement is called."""
    return _("Statement %(number)s", number=statement.number)


def lead(statement: Statement) -> str:
    """Whose it is, and of when."""
    version = _("Version %(number)s", number=statement.version) if statement.version > 1 else ""
    return " · ".join(part for part in (statement.payee_name, month(statement.month), version) if part)


def sums(statement: Statement) -> list[tuple[str, int]]:
    """Its four sums, in fen."""
    return [
        (_("Carried in"), statement.opening_fen),
        (_("Lines"), statement.lines_fen),
        (_("Payable"), statement.payable_fen),
        (_("Carried on"), statement.carried_fen),
    ]


def facts(statement: Statement, *, brand: str) -> list[tuple[str, str]]:
    """What it is, term by term."""
    return [
        (_("Number"), statement.number),
        (_("Payee"), statement.payee_name),
        (_("Month"), month(statement.month)),
        (_("Version"), str(statement.version)),
        (_("Issued at"), instant(statement.issued_at)),
        (_("Issued by"), brand),
    ]


def remarks(statement: Statement, around: Neighbours) -> list[str]:
    """How it hangs together with those before and after it."""
    said = []
    if statement.opening_fen and around.before is not None:
        carried = {"amount": money(statement.opening_fen), "number": around.before.number}
        said.append(_("%(amount)s is carried in from statement %(number)s.", **carried))
    if statement.carried_fen and around.after is not None:
        carried = {"amount": money(statement.carried_fen), "number": around.after.number}
        said.append(_("%(amount)s is carried on to statement %(number)s.", **carried))
    elif statement.carried_fen:
        amount = money(statement.carried_fen)
        said.append(_("%(amount)s is carried on to the next statement. It is never collected.", amount=amount))
    return said


def steps(statement: Statement, by_cause: Sequence[CauseSum]) -> list[Step]:
    """From what was carried in, by each cause's lines, to what is paid or carried on."""
    return list(_steps(statement, by_cause))


def _steps(statement: Statement, by_cause: Sequence[CauseSum]) -> Iterator[Step]:
    if statement.opening_fen:
        yield Step(_("Carried in"), statement.opening_fen, 0, WHOLE)
    reached = statement.opening_fen
    for one in by_cause:
        word = str(status("line", one.cause).word)
        yield Step(word, one.fen, reached, MINUS if one.fen < 0 else PLUS, one.cause.value, one.count)
        reached += one.fen
    if statement.payable_fen or not statement.carried_fen:
        yield Step(_("Payable"), statement.payable_fen, 0, WHOLE)
    else:
        yield Step(_("Carried on"), statement.carried_fen, 0, WHOLE)


def drawn(statement: Statement, waterfall: Sequence[Step]) -> dict[str, object]:
    """The waterfall for the page's picture: see `static/js/pictures.js`."""
    return {
        "kind": "waterfall",
        "title": _("From the lines to what is payable, statement %(number)s", number=statement.number),
        "steps": [
            {"label": one.label, "start": one.start_fen, "end": one.end_fen, "kind": one.kind, "said": _said(one)}
            for one in waterfall
        ],
    }


def _said(step: Step) -> str:
    figure = money(step.fen, signed=step.kind != WHOLE)
    if step.count is None:
        return f"{step.label}: {figure}"
    lines = ngettext("%(num)d line", "%(num)d lines", step.count)
    return f"{step.label}: {figure} ({lines})"


@dataclass(frozen=True, slots=True)
class Content:
    """A statement with what its documents need of it, loaded once."""

    statement: Statement
    around: Neighbours
    steps: Sequence[Step]


def content_of(session: Session, statement: Statement) -> Content:
    """The statement's content, without its lines: those are many, and a page shows some."""
    waterfall = steps(statement, statement_details.cause_sums(session, statement))
    return Content(statement, statement_details.neighbours(session, statement), waterfall)
