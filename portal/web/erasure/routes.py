"""Requests to erase a person's data: taken down, answered by two, and what became of them."""

from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from commissions.refusal import Refusal

from ...access.permissions import Permission
from ...access.policy import may
from ...models import (
    Client,
    ErasureDecision,
    ErasureOrigin,
    ErasureRequest,
    ErasureShown,
    ErasureState,
    Person,
)
from ...services.erasure import asking, proofs, requests
from ..edge import actor, config, db, files, form_page, load, now, refusing, send_texts_afterwards, show_refusal
from ..guard import guard
from ..language import choose
from ..limits import network
from ..lists.paging import page_of
from ..words.erasure import GONE, GROUNDS, ORIGINS, SHOWN
from .forms import AskForm, RefusalForm, SendBackForm

bp = Blueprint("erasure", __name__, url_prefix="/privacy/requests")


@bp.get("/")
@guard(Permission.CONFIRM_ERASURE)
def index() -> ResponseReturnValue:
    """The requests, the latest first."""
    stmt = requests.listing(actor(), now(), request.args.get("state", ""))
    page = page_of(db(), stmt, ErasureRequest.id, request.args.get("after"))
    return render_template(
        "erasure/index.html", page=page, origins=ORIGINS, proposed=requests.proposed(db(), page.rows), now=now()
    )


@bp.get("/<int:request_id>")
@guard(Permission.CONFIRM_ERASURE)
def show(request_id: int) -> ResponseReturnValue:
    """One request: what would go and what stays, or what went."""
    return _page(load(ErasureRequest, request_id), RefusalForm(formdata=None))


@bp.route("/clients/<int:client_id>/new", methods=["GET", "POST"])
@guard(Permission.MANAGE_PRIVACY)
def ask_client(client_id: int) -> ResponseReturnValue:
    """A client asks for erasure: what shows that it is he."""
    return _ask(load(Client, client_id), "client")


@bp.route("/people/<int:person_id>/new", methods=["GET", "POST"])
@guard(Permission.MANAGE_PRIVACY)
def ask_person(person_id: int) -> ResponseReturnValue:
    """The owner of a closed account asks for erasure."""
    return _ask(load(Person, person_id), "person")


@bp.post("/clients/<int:client_id>/code")
@guard(Permission.MANAGE_PRIVACY)
def text_client(client_id: int) -> ResponseReturnValue:
    """Text a code to the client's number."""
    return _text(load(Client, client_id), "client")


@bp.post("/people/<int:person_id>/code")
@guard(Permission.MANAGE_PRIVACY)
def text_person(person_id: int) -> ResponseReturnValue:
    """Text a code to the account's number."""
    return _text(load(Person, person_id), "person")


@bp.post("/<int:request_id>/erase")
@guard(Permission.MANAGE_PRIVACY)
def propose(request_id: int) -> ResponseReturnValue:
    """Propose to erase what may go."""
    row, form = load(ErasureRequest, request_id), RefusalForm(formdata=None)
    with refusing(form):
        requests.propose(db(), actor(), now(), row, erases=True)
        flash(_("Proposed. Another person confirms it."), "success")
        return redirect(url_for(".show", request_id=request_id), 303)
    return _page(row, form), 409


@bp.post("/<int:request_id>/refuse")
@guard(Permission.MANAGE_PRIVACY)
def propose_refusal(request_id: int) -> ResponseReturnValue:
    """Propose to erase nothing, and why."""
    row, form = load(ErasureRequest, request_id), RefusalForm()
    if form.validate_on_submit():
        with refusing(form):
            requests.propose(db(), actor(), now(), row, erases=False, words=form.words.data or "")
            flash(_("Proposed. Another person confirms it."), "success")
            return redirect(url_for(".show", request_id=request_id), 303)
    return _page(row, form), 422


@bp.post("/decisions/<int:decision_id>/confirm")
@guard(Permission.CONFIRM_ERASURE)
def confirm(decision_id: int) -> ResponseReturnValue:
    """Answer as another person proposed it; what is erased is gone at once."""
    row, form = load(ErasureDecision, decision_id), SendBackForm(formdata=None)
    with refusing(form):
        requests.confirm(db(), actor(), now(), row, files())
        send_texts_afterwards()
        said = _("Erased. The proof is below.") if row.erases else _("Answered. The person is told why.")
        flash(said, "success")
        return redirect(url_for(".show", request_id=row.request_id), 303)
    return _page(row.request, form), 409


@bp.post("/decisions/<int:decision_id>/send-back")
@guard(Permission.CONFIRM_ERASURE, stops=True)
def send_back(decision_id: int) -> ResponseReturnValue:
    """Send a proposed answer back, with a reason."""
    row, form = load(ErasureDecision, decision_id), SendBackForm()
    if form.validate_on_submit():
        with refusing(form):
            requests.refuse(db(), actor(), now(), row, form.reason.data or "")
            flash(_("Sent back. Nothing was erased."), "success")
            return redirect(url_for(".show", request_id=row.request_id), 303)
    return _page(row.request, form), 422


@bp.post("/decisions/<int:decision_id>/withdraw")
@guard(Permission.MANAGE_PRIVACY)
def withdraw(decision_id: int) -> ResponseReturnValue:
    """Take one's own proposed answer back."""
    row, form = load(ErasureDecision, decision_id), SendBackForm(formdata=None)
    with refusing(form):
        requests.withdraw(db(), actor(), now(), row)
        flash(_("Withdrawn. Nothing was erased."), "success")
        return redirect(url_for(".show", request_id=row.request_id), 303)
    return _page(row.request, form), 409


def _ask(whose: Client | Person, kind: str) -> ResponseReturnValue:
    form = AskForm()
    if form.validate_on_submit():
        with refusing(form):
            taken = _taken(whose, form)
            if isinstance(taken, Refusal):
                show_refusal(form, taken)
            else:
                flash(_("The request is taken down."), "success")
                return redirect(url_for(".show", request_id=taken.id), 303)
    texts = config().texts(config().sms_number_template)
    return form_page("erasure/ask.html", form, whose=whose, kind=kind, texts=texts)


def _taken(whose: Client | Person, form: AskForm) -> ErasureRequest | Refusal:
    if form.papers.data:
        return requests.ask(db(), actor(), now(), whose, ErasureOrigin.OFFICER, shown_by=ErasureShown.PAPERS)
    if not (form.code.data or "").strip():
        raise Refusal("erasure_not_shown", field="code")
    return asking.take_at_officer(db(), actor(), now(), whose, code=form.code.data or "", owner=owner_name())


def _text(whose: Client | Person, kind: str) -> ResponseReturnValue:
    form = AskForm(formdata=None)
    with refusing(form):
        asking.text_to(db(), now(), whose, owner=owner_name(), network=network())
        send_texts_afterwards()
        flash(_("A code is on its way to the number. The person types it here."), "success")
        return redirect(_asking(whose), 303)
    return render_template("erasure/ask.html", form=form, whose=whose, kind=kind, texts=True), 409


def _asking(whose: Client | Person) -> str:
    if isinstance(whose, Client):
        return url_for(".ask_client", client_id=whose.id)
    return url_for(".ask_person", person_id=whose.id)


def owner_name() -> str:
    """Who asks for the code, as the text names it."""
    return config().brand_name_zh if choose() == "zh_Hans_CN" else config().brand_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Forms:
    """The decisions that take words."""

    send_back: SendBackForm
    refusal: RefusalForm


@dataclass(frozen=True, slots=True, kw_only=True)
class MayDo:
    """What the reader may do with this request."""

    propose: bool
    decide: bool
    manage: bool


def _page(row: ErasureRequest, form: RefusalForm | SendBackForm) -> str:
    waiting = requests.waiting(db(), row)
    opened = row.state is ErasureState.OPEN
    return render_template(
        "erasure/show.html",
        row=row,
        form=form,
        forms=Forms(
            send_back=form if isinstance(form, SendBackForm) else SendBackForm(formdata=None),
            refusal=form if isinstance(form, RefusalForm) else RefusalForm(formdata=None),
        ),
        preview=requests.preview(db(), now(), row) if opened or row.state is ErasureState.GRANTED else None,
        proofs=proofs.of_request(db(), row),
        waiting=waiting,
        decisions=requests.decisions(db(), row),
        may=MayDo(
            propose=opened and waiting is None and may(actor(), Permission.MANAGE_PRIVACY),
            decide=waiting is not None and waiting.proposed_by != actor().id,
            manage=may(actor(), Permission.MANAGE_PRIVACY),
        ),
        words={"gone": GONE, "grounds": GROUNDS, "origins": ORIGINS, "shown": SHOWN},
        now=now(),
    )
