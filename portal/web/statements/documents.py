"""A statement to keep: as PDF and as a workbook. The words are the page's (`content`, `line_words`).

A paper is the same for whoever takes it, so it names neither who issued nor who took it, and it says nothing that can
change after the statement was issued.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from flask_babel import gettext as _

from ...adapters.papers import pdf
from ...adapters.sheets.spreadsheets import Sheet, workbook_file
from ...models import PostedLine
from ..components import day, language_tag, money, percent
from ..lists.exports import yuan
from ..words import lines as line_words
from ..words.statuses import status
from . import content
from .content import WHOLE, Content


def as_pdf(said: Content, lines: Iterable[PostedLine], *, brand: str) -> bytes:
    """The statement as a PDF in the reader's language."""
    statement = said.statement
    paper = pdf.Paper(
        language=language_tag(),
        brand=brand,
        title=content.title(statement),
        lead=content.lead(statement),
        facts=content.facts(statement, brand=brand),
        sums=[(label, money(fen)) for label, fen in content.sums(statement)],
        bars_title=_("How it comes together"),
        bars=[
            pdf.Bar(one.label, money(one.fen, signed=one.kind != WHOLE), one.start_fen, one.end_fen, one.kind)
            for one in said.steps
        ],
        table_title=_("Lines, each with its reason"),
        columns=(_("Posted at"), _("Statement line"), _("Cause"), _("Milestone"), _("Amount")),
        rows=[_row(line) for line in lines],
        remarks=_remarks(said),
        foot=f"{brand} · {content.title(statement)}",
        page_label=_("Page {page} of {pages}"),
    )
    return pdf.write(paper, statement.issued_at)


def _remarks(said: Content) -> list[str]:
    """What a paper can say for good: not which statement will follow."""
    return content.remarks(said.statement, replace(said.around, after=None))


def _row(line: PostedLine) -> pdf.Row:
    cells = (
        day(line.posted_at),
        line_words.title(line),
        str(status("line", line.cause).word),
        line_words.milestone(line),
        money(line.amount_fen, signed=True),
    )
    return pdf.Row(cells, line_words.explanation(line))


def as_workbook(said: Content, lines: Sequence[PostedLine], *, brand: str) -> bytes:
    """The statement as a workbook: a summary, the lines with their amounts as numbers, and every explanation."""
    statement = said.statement
    summary = [
        (content.title(statement), brand),
        *content.facts(statement, brand=brand),
        *((label, yuan(fen)) for label, fen in content.sums(statement)),
        *((remark, None) for remark in _remarks(said)),
        (_("How it comes together"), None),
        *((one.label, yuan(one.fen)) for one in said.steps),
    ]
    explained = (
        (line_words.title(line), yuan(line.amount_fen), one.term, f"{one.words} {one.note}".rstrip())
        for line in lines
        for one in line_words.reasons(line)
    )
    headings = (_("Statement line"), _("Amount"), _("About"), _("In words"))
    listed = (_line_columns(), *map(_line_cells, lines))
    return workbook_file(
        Sheet(summary, _("Summary"), widths=(34, 34), bold=()),
        Sheet(listed, _("Lines"), widths=(18, 26, 12, 14, 14, 10, 8, 9, 16)),
        Sheet((headings, *explained), _("Explanations"), widths=(26, 16, 24, 90)),
    )


def _line_columns() -> tuple[str, ...]:
    return (
        _("Posted at"),
        _("Statement line"),
        _("Cause"),
        _("Milestone"),
        _("Broker"),
        _("Window"),
        _("Rank"),
        _("Rate"),
        _("Amount"),
    )


def _line_cells(line: PostedLine) -> tuple[Any, ...]:
    return (
        line.posted_at,
        line_words.title(line),
        str(status("line", line.cause).word),
        line_words.milestone(line),
        line_words.broker(line) or None,
        line_words.window_words(line.window) if line.window else None,
        line.rank,
        percent(line.rate_bps) if line.rate_bps else None,
        yuan(line.amount_fen),
    )
