"""Clients' files: the list with its filters, the board, who is silent, files of them, and the page of one."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, Response, abort, render_template, request
from flask_babel import gettext as _

from ...access.permissions import Permission
from ...access.policy import may
from ...models import CareFile
from ...rules.care.plan import Grade, Stage
from ...rules.care_files.points import suggest
from ...services import contacts
from ...services.care import contacts as care_contacts
from ...services.care import day
from ...services.care_files import finding, known, scoring, tags, timeline
from ...services.care_files.finding import UNGRADED, ListedFile, Silence, Wanted
from ...services.registrations import lists as registrations
from ..care import words as care_words
from ..edge import actor, db, load, now
from ..guard import guard
from ..lists.arguments import chosen, number_of
from ..lists.exports import Column, export
from ..lists.paging import SIZE
from . import words
from .forms import TagForm
from .parts import Known, parts_of

bp = Blueprint("care_files", __name__, url_prefix="/care/files")

EXPORT_ROWS = 5_000
NUMBERS_ROWS = 500
"""So many numbers at most are taken along in plain; each of them is written down."""

COLUMN_CARDS = 8
LATEST = 20
"""Entries of the time line that stand on the page; the others are one tap away."""

Choices = list[tuple[Any, Any]]


@bp.get("")
@guard(Permission.CARE_FOR_CLIENTS)
def index() -> str:
    """The files that the reader may see, the newest first, narrowed by the address."""
    return _list(_wanted(), _("Clients' files"))


@bp.get("/silent")
@guard(Permission.CARE_FOR_CLIENTS)
def silent() -> str:
    """Who has not bought and was not met for long."""
    wanted = _wanted()
    asked = wanted if wanted.silence else replace(wanted, silence=Silence.SILENT)
    return _list(asked, _("Silent clients"), finding.look(db(), actor(), now()))


@bp.get("/board")
@guard(Permission.CARE_FOR_CLIENTS)
def board() -> str:
    """Files by stage, the latest to reach it first."""
    columns = finding.board(db(), actor(), now(), _wanted(), COLUMN_CARDS)
    return render_template(
        "care_files/board.html",
        columns=[(stage, *columns[stage]) for stage in Stage],
        asked=_asked(),
        choices=_choices(),
        care_words=care_words,
        words=words,
    )


@bp.get("/files.<kind>")
@guard(Permission.CARE_FOR_CLIENTS)
def download(kind: str) -> Response:
    """The same list as a file; numbers stay masked."""
    rows = finding.every(db(), actor(), now(), _wanted(), EXPORT_ROWS)
    return export(rows, _columns(lambda one: one.row.phone), _("clients"), kind)


@bp.post("/numbers.<kind>")
@guard(Permission.LEAD_CARE)
def download_numbers(kind: str) -> Response:
    """The same list with the numbers in plain, for who leads the care; of each client it is written down."""
    if kind not in ("csv", "xlsx"):
        abort(404)
    rows = list(finding.every(db(), actor(), now(), _wanted(), NUMBERS_ROWS))
    plain = known.reveal(db(), actor(), now(), [one.file for one in rows])
    return export(rows, _columns(lambda one: plain[one.file.id].e164), _("clients"), kind)


@bp.get("/<int:file_id>")
@guard(Permission.CARE_FOR_CLIENTS)
def show(file_id: int) -> str:
    """One client's file."""
    return page(load(CareFile, file_id))


@bp.post("/<int:file_id>/contact")
@guard(Permission.CARE_FOR_CLIENTS)
def reveal(file_id: int) -> str:
    """The same page with the phone in plain, this once; that it was looked at is written down."""
    file = load(CareFile, file_id)
    return page(file, phone=known.reveal(db(), actor(), now(), [file])[file.id])


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePage:
    """What the page of a file shows."""

    listed: ListedFile
    suggestion: Any
    high_end: str
    seen: Any
    needs: Any
    days: Any
    loss: Any
    grounds: Any
    entries: Any
    more_entries: int
    offered: Any
    phone: contacts.Phone | None
    may_reassign: bool


def page(file: CareFile, phone: contacts.Phone | None = None, tag_form: TagForm | None = None) -> str:
    """The page of a file."""
    rules = scoring.in_force(db())
    listed = finding.listed(db(), actor(), now(), [file])[0]
    due = day.of_file(db(), actor(), now(), file, listed.row.standing)
    made = care_contacts.of_file(db(), actor(), file)
    needs, judged = known.needs_row(db(), actor(), file), listed.row.judgement
    entries = timeline.of_file(db(), actor(), file, made)
    shown = entries if request.args.get("all") else entries[:LATEST]
    one = FilePage(
        listed=listed,
        suggestion=suggest(rules, listed.facts) if rules else None,
        high_end=words.high_end(due.high_end_yuan, listed.row.standing),
        seen=words.seen(listed.facts),
        needs=words.needs_lines(known.needs_in(db(), needs)) if needs else [],
        days=known.days_of(db(), actor(), [file.id]).get(file.id, {}),
        loss=known.loss_of(db(), actor(), file),
        grounds=known.grounds_of(db(), judged) if judged else {},
        entries=[words.line(entry) for entry in shown],
        more_entries=len(entries) - len(shown),
        offered=[tag for tag in tags.offered(db(), actor()) if tag.fact is None],
        phone=phone,
        may_reassign=may(actor(), Permission.LEAD_CARE),
    )
    return render_template(
        "care_files/show.html",
        file=file,
        one=one,
        parts=parts_of(file, Known(due, made)),
        tag_form=tag_form or TagForm(formdata=None),
        care_words=care_words,
        words=words,
    )


def _list(wanted: Wanted, heading: str, looked: finding.Looked | None = None) -> str:
    after = request.args.get("after")
    if after and number_of(after) is None:
        abort(404)
    return render_template(
        "care_files/index.html",
        found=finding.page(db(), actor(), now(), wanted, number_of(after), SIZE, looked),
        heading=heading,
        counts=looked.counts if looked else None,
        asked=_asked() | ({"silence": wanted.silence.value} if wanted.silence else {}),
        choices=_choices(),
        care_words=care_words,
        words=words,
        may_lead=may(actor(), Permission.LEAD_CARE),
    )


def _wanted() -> Wanted:
    """What the address asks for."""
    grade = request.args.get("grade", "")
    return Wanted(
        find=request.args.get("q", ""),
        tag_id=number_of(request.args.get("tag")),
        grade=grade if grade in {*Grade, UNGRADED} else "",
        stage=chosen(Stage, request.args.get("stage")),
        carer_id=number_of(request.args.get("carer")),
        development_id=number_of(request.args.get("development")),
        silence=chosen(Silence, request.args.get("silence")),
    )


FILTERS = ("q", "tag", "grade", "stage", "carer", "development", "silence")


def _asked() -> dict[str, str]:
    """The address's filters, for the links that take the list along."""
    return {name: value for name, value in request.args.items() if value and name in FILTERS}


def _choices() -> dict[str, Choices]:
    """What lists can be narrowed to; a filter with nothing to choose from is left out."""
    carers = finding.carers(db(), actor()) if may(actor(), Permission.LEAD_CARE) else []
    places = registrations.developments(db(), actor())
    stages = [(stage.value, care_words.STAGES[stage]) for stage in Stage]
    grades = [(grade.value, care_words.GRADES[grade]) for grade in Grade]
    offered: dict[str, Choices] = {
        "stage": [("", _("All stages")), *stages],
        "grade": [("", _("All grades")), *grades, (UNGRADED, _("No grade yet"))],
        "tag": [("", _("All tags")), *((tag.id, words.tag(tag)) for tag in tags.offered(db(), actor()))],
        "carer": [("", _("All carers")), *((one.id, one.name) for one in carers)],
        "development": [("", _("All developments")), *((one.id, one.name) for one in places)],
    }
    return {name: choices for name, choices in offered.items() if len(choices) > 2}


def _columns(phone: Callable[[ListedFile], str]) -> tuple[Column, ...]:
    return (
        Column(_("Number"), lambda one: one.file.id),
        Column(_("Client"), lambda one: one.name),
        Column(_("Phone"), phone),
        Column(_("Development"), lambda one: one.file.development.name),
        Column(_("Stage"), lambda one: str(care_words.STAGES[one.row.standing.stage])),
        Column(_("Grade"), lambda one: one.row.judgement.grade if one.row.judgement else None),
        Column(_("Tags"), lambda one: ", ".join(words.tag(borne.tag) for borne in one.tags)),
        Column(_("In the care of"), lambda one: one.row.carer.name if one.row.carer else None),
        Column(_("Last contact"), lambda one: one.last),
        Column(_("File opened"), lambda one: one.file.opened_at),
    )
