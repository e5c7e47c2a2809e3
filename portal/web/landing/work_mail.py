"""A company's employee shows that he works there: on the landing page, on the page of thanks, and by a link in a mail.

No page here sets a cookie or needs a script. None says whether somebody stands on a company's list: who types another
person's number must not learn where that person works. An address is kept nowhere: until the mail is sent it lies
sealed in the outbox, and to send it once more it travels, sealed, in the friend's own address line.

Mail servers open links before their readers do, so opening one does nothing; the button on the page does.
"""

import base64
from dataclasses import dataclass
from urllib.parse import urljoin

from flask import Blueprint, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from limits import parse

from commissions.refusal import Refusal
from referral.code import sign_link, verify_link
from referral.employee import WorkAddress

from ...crypto import SealBroken
from ...models import Lead, Programme, Referrer
from ...services.contacts import vault_of
from ...services.programmes import employee_checks, work_mails
from ...services.programmes.employee_checks import Asked
from ..edge import config, db, now, post, send_mails_afterwards
from ..guard import public
from ..language import choose
from ..limits import limiter
from .lead_forms import EmployeeForm, LeadForm
from .visitor_forms import ConfirmForm, WorkForm

bp = Blueprint("work_mail", __name__, url_prefix="/r/employer")

_MAILS_TO_AN_ADDRESS = parse("5/day")
_PRESSED = "work address confirmed"
_FAILED = {
    "link_invalid": 404,
    "link_expired": 410,
    "offer_over": 410,
    "work_domain_gone": 410,
    "work_email_used": 409,
}


@dataclass(frozen=True, slots=True)
class Offer:
    """What a company's page says of the discount and asks for it."""

    programme: Programme
    asked: Asked

    @property
    def company(self) -> str:
        return self.programme.referrer.person.name


@dataclass(frozen=True, slots=True)
class Invitation:
    """What the page of thanks says of the discount: the offer, and where a mail is on its way to, as it may be shown
    and as it is sent again."""

    offer: Offer
    form: WorkForm
    masked: str | None
    sealed: str | None


@dataclass(frozen=True, slots=True)
class Work:
    """What a friend typed of his work."""

    address: WorkAddress | None = None
    staff_number: str = ""


@bp.record_once
def _bring_own_token(state: BlueprintSetupState) -> None:
    state.app.extensions["csrf"].exempt(bp)


@bp.get("/<token>")
@public
def show(token: str) -> ResponseReturnValue:
    """What a link in a mail opens: one button, and nothing done yet."""
    try:
        lead = work_mails.link_of(db(), token, _key(), now()).lead
    except Refusal as refusal:
        return _failed(refusal)
    return render_template("landing/work_mail.html", lead=lead, confirmed=_pressed(token), form=ConfirmForm())


@bp.post("/<token>")
@public
@limiter.limit("20/minute")
def confirm(token: str) -> ResponseReturnValue:
    """The reader says that it was he."""
    if ConfirmForm().validate_on_submit():
        try:
            work_mails.confirm(db(), now(), token, _key(), address=request.remote_addr)
        except Refusal as refusal:
            return _failed(refusal)
        return redirect(url_for(".show", token=token, done=sign_link(_PRESSED, token, _key())), 303)
    return redirect(url_for(".show", token=token), 303)


def _pressed(token: str) -> bool:
    """Whether the address is the one that the button led to. What is known of the client is not asked: who leaves
    another person's number, and an address of his own, must not learn whether that person stands on the list."""
    try:
        return verify_link(request.args.get("done", ""), _PRESSED, _key(), now()) == token
    except Refusal:
        return False


# For the landing page and the page of thanks


def offer(referrer_id: int) -> Offer | None:
    """What a company offers on its landing page; None for every other referrer."""
    programme = employee_checks.company_of(db(), referrer_id)
    if programme is None:
        return None
    return Offer(programme, employee_checks.asked(db(), programme, mails_go_out=post() is not None))


def lead_form(referrer: Referrer) -> LeadForm:
    """The form of a landing page, with what a company asks of its employees."""
    found, of_code = offer(referrer.id), {"csrf_context": referrer.code}
    if found is None or not found.asked:
        return LeadForm(meta=of_code)
    form = EmployeeForm(meta=of_code)
    _take_out_unasked(form, found.asked)
    return form


def read(referrer_id: int, form: LeadForm | WorkForm) -> Work:
    """What was typed of his work, by a form of `lead_form` or of the page of thanks.

    Raises Refusal: those of `employee_checks.address_of`.
    """
    programme = employee_checks.company_of(db(), referrer_id)
    if programme is None:
        return Work()
    email, number = (_typed(form, name) for name in ("work_email", "staff_number"))
    return Work(employee_checks.address_of(programme, email) if email else None, number)


def read_again(lead: Lead, form: WorkForm) -> Work:
    """`read`, or the address to which a mail went already. Raises Refusal: those of `read`."""
    typed = read(lead.referrer_id, form)
    sealed = form.again.data
    if typed.address is not None or typed.staff_number or not sealed:
        return typed
    programme = employee_checks.company_of(db(), lead.referrer_id)
    before = _unsealed(lead, sealed)
    return Work(employee_checks.address_of(programme, before) if programme and before else None)


def take(lead: Lead, work: Work) -> str | None:
    """Look the lead up on its company's list, and let a mail go to the address; the sealed address, where one goes.

    A mail goes for a lead that does not count too: who waits for it must not learn whose number is known to us.
    Raises Refusal: `work_mails_used_up`.
    """
    if employee_checks.company_of(db(), lead.referrer_id) is None:
        return None
    employee_checks.look_up(db(), now(), lead, staff_number=work.staff_number)
    if work.address is None or post() is None:
        return None
    token = work_mails.token_for(db(), now(), lead, work.address, _key())
    mailbox, *_ = employee_checks.mail_marks(db(), lead.referrer_id, work.address)
    if not limiter.limiter.hit(_MAILS_TO_AN_ADDRESS, mailbox):
        raise Refusal("work_mails_used_up", field="work_email")
    link = urljoin(config().base_url, url_for("work_mail.show", token=token))
    work_mails.send_link(db(), now(), lead, work.address, link=link, locale=choose())
    send_mails_afterwards()
    return _sealed(lead, work.address)


def invitation(lead: Lead, form: WorkForm, mailed: str | None) -> Invitation | None:
    """What the page of thanks says of the discount, whether the lead counts or not; None where no company invited."""
    found = offer(lead.referrer_id)
    if found is None:
        return None
    _take_out_unasked(form, found.asked)
    before = _unsealed(lead, mailed or form.again.data or "")
    if before is None:
        return Invitation(found, form, None, None)
    local, _, domain = before.rpartition("@")
    form.again.data = mailed or form.again.data
    return Invitation(found, form, WorkAddress(local, domain).masked, form.again.data)


def _take_out_unasked(form: EmployeeForm | WorkForm, asked: Asked) -> None:
    if asked.domains:
        ends = _(", ").join(f"@{domain}" for domain in asked.domains)
        form.work_email.description = _("It ends in %(domains)s.", domains=ends)
    else:
        del form.work_email
    if not asked.staff_number:
        del form.staff_number


def _typed(form: LeadForm | WorkForm, name: str) -> str:
    return (form[name].data or "").strip() if name in form else ""


def _sealed(lead: Lead, address: WorkAddress) -> str:
    sealed = vault_of(db()).seal_text(address.written, _context(lead))
    return base64.urlsafe_b64encode(sealed).decode()


def _unsealed(lead: Lead, text: str) -> str | None:
    """The address in plain; None for what we did not seal for this lead."""
    try:
        return vault_of(db()).open_text(base64.urlsafe_b64decode(text), _context(lead))
    except (SealBroken, ValueError):
        return None


def _context(lead: Lead) -> str:
    return f"work address of lead {lead.id}"


def _key() -> bytes:
    return config().secret_key.encode()


def _failed(refusal: Refusal) -> tuple[str, int]:
    """A kind page for a link that does nothing any more."""
    if refusal.code not in _FAILED:
        raise refusal
    page = render_template("landing/work_mail_failed.html", code=refusal.code, domain=refusal.facts.get("domain"))
    return page, _FAILED[refusal.code]
