"""Why clients did not buy: said after a visit, counted over time and by whom, and every answer behind a figure."""

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ...access.permissions import Permission
from ...access.policy import may
from ...clock import local_day
from ...models import CareFile, NotBought
from ...rules.not_bought import shares
from ...rules.not_bought.reasons import Reason, Tried
from ...services.care import texts as care_texts
from ...services.care_plans import plans
from ...services.care_texts import library, lists
from ...services.not_bought import answers, figures
from ..care import words as care_words
from ..care_texts import words as text_words
from ..edge import actor, db, form_page, load, now, refusing
from ..guard import guard
from ..lists.arguments import chosen, day_of, number_of
from ..lists.exports import Column, export
from ..words import not_bought as words
from .forms import ReasonsForm

bp = Blueprint("not_bought", __name__, url_prefix="/care/not-bought")

_MONTHS = 12
_MOST = 200
"""Answers a page; a file has them all."""


@dataclass(frozen=True, slots=True)
class Group:
    """A line of a table: whose, where it is narrowed to, how often each reason was said, and its share."""

    label: str
    url: str
    counts: Mapping[Reason, int]
    shares: Mapping[Reason, int]

    @property
    def total(self) -> int:
        """All that was said."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class Figures:
    """What the page counts: how many answers, each reason with its share and the handbook's, and what was tried."""

    answers: int
    counts: Mapping[Reason, shares.Count]
    share: Mapping[Reason, int]
    usual: Mapping[Reason, int]
    tried: Mapping[tuple[Reason, Tried], shares.Count]


@bp.get("")
@guard(Permission.CARE_FOR_CLIENTS)
def index() -> str:
    """The shares of reasons beside the handbook's, over time and by whom; what was tried, and who came back."""
    asked = _asked()
    found = figures.rows(db(), actor(), asked)
    return render_template(
        "not_bought/index.html",
        asked=asked,
        of=_figures(found, asked),
        groups=_tables(found, asked),
        to_say=len(answers.all_to_say(db(), actor(), now())),
        texts=_texts(asked.development_id),
        address=_address,
        **_filters(),
    )


def _figures(found: list[figures.Row], asked: figures.Asked) -> Figures:
    mentions = figures.mentions(found, asked)
    counts = shares.by_reason(mentions)
    said = shares.shares({reason: one.mentions for reason, one in counts.items()})
    return Figures(len(found), counts, said, lists.usual_shares(db()), shares.by_tried(mentions))


def _tables(found: list[figures.Row], asked: figures.Asked) -> dict[str, list[Group]]:
    """The shares of reasons by month, by who answered, by agency and by development."""
    agencies, people, places = figures.agencies(db(), found), figures.people(found), _places()
    return {
        "months": _groups(found, asked, lambda row: f"{row.answer.visit_on:%Y-%m}", _month),
        "people": _groups(found, asked, lambda row: row.answer.by_id, lambda key: (people[key], {"person": key})),
        "agencies": _groups(found, asked, lambda row: row.agency_id, lambda key: _agency(key, agencies)),
        "developments": _groups(
            found, asked, lambda row: row.answer.file.development_id, lambda key: (places[key], {"development": key})
        ),
    }


@bp.get("/answers")
@guard(Permission.CARE_FOR_CLIENTS)
def rows() -> str:
    """The answers behind a figure."""
    asked = _asked()
    found = figures.rows(db(), actor(), asked)
    return render_template(
        "not_bought/rows.html",
        asked=asked,
        rows=found[:_MOST],
        total=len(found),
        most=_MOST,
        names=care_texts.client_names(db(), [row.answer.file for row in found[:_MOST]]),
        agencies=figures.agencies(db(), found),
        files=[_address(asked, kind=kind) for kind in ("csv", "xlsx")],
        words=words,
        places=plans.development_names(db()),
    )


@bp.get("/answers.<kind>")
@guard(Permission.CARE_FOR_CLIENTS)
def rows_file(kind: str) -> Response:
    """The same as a file."""
    found = figures.rows(db(), actor(), _asked())
    names, agencies = care_texts.client_names(db(), [row.answer.file for row in found]), figures.agencies(db(), found)
    columns = (
        Column(_("Visit"), lambda row: row.answer.visit_on),
        Column(_("Client"), lambda row: names[row.answer.file_id]),
        Column(_("Development"), lambda row: row.answer.file.development.name),
        Column(_("Agency"), lambda row: agencies.get(row.agency_id, "")),
        Column(_("Said by"), lambda row: row.answer.by.name),
        Column(_("Reasons"), lambda row: _listed(words.REASONS[one.reason] for one in row.answer.reasons)),
        Column(_("What was tried"), lambda row: _listed(words.TRIED[one.tried] for one in row.answer.reasons)),
        Column(_("Won back"), lambda row: row.revived_on),
    )
    return export(found, columns, "not-bought", kind)


@bp.get("/to-say")
@guard(Permission.CARE_FOR_CLIENTS)
def to_say() -> str:
    """The visits that wait for a reason."""
    waits = answers.all_to_say(db(), actor(), now())
    files = care_texts.files_by_id(db(), actor(), {key for _day, key in waits[:_MOST]})
    return render_template(
        "not_bought/to_say.html",
        rows=[(day, files[key]) for day, key in waits[:_MOST] if key in files],
        names=care_texts.client_names(db(), list(files.values())),
        carers=care_texts.carer_names(db(), list(files.values())),
    )


@bp.route("/of/<int:file_id>", methods=["GET", "POST"])
@guard(Permission.CARE_FOR_CLIENTS)
def say(file_id: int) -> ResponseReturnValue:
    """Say why a client did not buy."""
    file = load(CareFile, file_id)
    waits = answers.to_say(answers.known_of(db(), actor(), file), now())
    visit = day_of(request.args.get("visit")) or next(iter(waits), local_day(now()))
    form = ReasonsForm() if request.method == "POST" else ReasonsForm(formdata=None, visit=visit)
    if form.validate_on_submit():
        with refusing(form):
            answers.say(db(), actor(), now(), file, form.said())
            return _thanks(file, form)
    return _form_page(file, form)


@bp.route("/<int:answer_id>/correct", methods=["GET", "POST"])
@guard(Permission.CARE_FOR_CLIENTS)
def correct(answer_id: int) -> ResponseReturnValue:
    """Say it anew."""
    row = load(NotBought, answer_id)
    form = ReasonsForm() if request.method == "POST" else ReasonsForm.of(row, answers.note_of(db(), actor(), row))
    if form.validate_on_submit():
        with refusing(form):
            answers.correct(db(), actor(), now(), row, form.said())
            return _thanks(row.file, form)
    return _form_page(row.file, form, corrects=row)


def _thanks(file: CareFile, form: ReasonsForm) -> ResponseReturnValue:
    """Noted; then what helps against the reasons that were named."""
    flash(_("Noted. What may help stands below."), "success")
    named = [str(reason) for reason in form.said().reasons]
    return redirect(url_for(".help_with", file_id=file.id, reason=named))


@bp.get("/of/<int:file_id>/help")
@guard(Permission.CARE_FOR_CLIENTS)
def help_with(file_id: int) -> str:
    """The texts that fit the reasons, with this client in them, to copy or to say."""
    file = load(CareFile, file_id)
    named = [reason for reason in Reason if reason in request.args.getlist("reason")] or list(Reason)
    held, place, spoken = library.library(db()), file.development_id, care_words.spoken()
    filled = care_texts.filler(db(), actor(), file, spoken)
    texts = [(reason, held.for_reason(reason, place)) for reason in named]
    found = [(reason, [(one, filled(one.text.words(spoken))) for one in fitting]) for reason, fitting in texts]
    return render_template(
        "not_bought/help.html",
        file=file,
        name=care_texts.client_name(db(), file),
        found=found,
        words=words,
        text_words=text_words,
        care_words=care_words,
    )


def _listed(said: Iterable[Any]) -> str:
    return _(", ").join(map(str, said))


def _form_page(file: CareFile, form: ReasonsForm, corrects: NotBought | None = None) -> ResponseReturnValue:
    return form_page(
        "not_bought/say.html",
        form,
        file=file,
        name=care_texts.client_name(db(), file),
        corrects=corrects,
        visits=answers.to_say(answers.known_of(db(), actor(), file), now()),
    )


def _asked() -> figures.Asked:
    today, args = local_day(now()), request.args
    first = (today.replace(day=1) - timedelta(days=30 * (_MONTHS - 1))).replace(day=1)
    return figures.Asked(
        since=day_of(args.get("since")) or first,
        until=day_of(args.get("until")) or today,
        development_id=number_of(args.get("development")),
        agency_id=number_of(args.get("agency")),
        person_id=number_of(args.get("person")),
        reason=chosen(Reason, args.get("reason")),
        tried=chosen(Tried, args.get("tried")),
        revived={"1": True, "0": False}.get(args.get("revived", "")),
    )


def _address(asked: figures.Asked, **narrowed: Any) -> str:
    """The answers behind a figure of what was asked; as a file of a `kind`."""
    said = {
        "since": asked.since,
        "until": asked.until,
        "development": asked.development_id,
        "agency": asked.agency_id,
        "person": asked.person_id,
        "reason": asked.reason,
        "tried": asked.tried,
        "revived": None if asked.revived is None else int(asked.revived),
    }
    return url_for(".rows_file" if "kind" in narrowed else ".rows", **said | narrowed)


def _groups(
    found: list[figures.Row],
    asked: figures.Asked,
    key: Callable[[figures.Row], Any],
    named: Callable[[Any], tuple[str, Mapping[str, Any]]],
) -> list[Group]:
    rows = [(key(row), mention) for row, mention in figures.mentioned(found, asked)]
    lines = []
    for one, counts in shares.by_group(rows).items():
        label, narrowed = named(one)
        lines.append(Group(label, _address(asked, **narrowed), counts, shares.shares(counts)))
    return lines


def _month(key: Hashable) -> tuple[str, Mapping[str, Any]]:
    first = date.fromisoformat(f"{key}-01")
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return str(key), {"since": first, "until": last}


def _agency(key: int | None, names: Mapping[int, str]) -> tuple[str, Mapping[str, Any]]:
    return (_("Without an agency"), {"agency": 0}) if key is None else (names[key], {"agency": key})


def _places() -> dict[int, str]:
    return dict(plans.development_names(db()))


def _texts(development_id: int | None) -> list[tuple[Reason, list[library.Entry]]]:
    held = library.library(db())
    return [(reason, held.for_reason(reason, development_id)) for reason in Reason]


def _filters() -> dict[str, Any]:
    return {
        "words": words,
        "text_words": text_words,
        "places": plans.development_names(db()),
        "may": {one.name.lower(): may(actor(), one) for one in (Permission.LEAD_CARE, Permission.READ_CARE_TEXTS)},
    }
