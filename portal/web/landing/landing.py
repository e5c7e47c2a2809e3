"""What a friend sees: the page behind a poster's code, its form, and thanks (rules 7.2).

No page here sets a cookie or asks for a script: a scan says nothing about who scanned. So the forms bring a
signed token of their own, and the blueprint is left out of the check that needs a session. That somebody came is
counted after the answer (`scans`), by what the address says of poster and place: `?d=arch&c=wechat`.
"""

from dataclasses import dataclass
from functools import partial
from urllib.parse import urljoin

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import HTTPException

from commissions.refusal import Refusal
from referral.code import grouped, normalise
from referral.rewards.reward_plan import Event, Gift

from ...models import Audience, Campaign, Development, Programme, Referrer
from ...services.leads import leads
from ...services.leads import receipts as lead_receipts
from ...services.posters import shown_names
from ...services.programmes import gifts, programmes, stands
from ...services.referral import link_previews
from ...services.referral.link_previews import DevelopmentPreview
from ..edge import abandon, config, db, files, now, refusing
from ..guard import public
from ..landing.pictures import public_picture
from ..landing.shown import page_of
from ..language import choose
from ..limits import limiter
from ..wechat.card import card_script
from ..words import landing as shown_words
from ..words import rewards as words
from . import gift_keys, lead_links, phone_proof, rate_limits, work_mail
from .lead_forms import LeadForm, Words
from .scans import count_afterwards, origin
from .shown import ShownPage
from .visitor_forms import CodeForm, OptOutForm, WorkForm

bp = Blueprint("landing", __name__, url_prefix="/r")

LANGUAGES = ("zh", "en")

_DEAD_ENDS = {
    "code_mistyped": 404,
    "code_unknown": 404,
    "code_too_early": 404,
    "code_revoked": 410,
    "offer_over": 410,
}


@bp.record_once
def _bring_own_token(state: BlueprintSetupState) -> None:
    state.app.extensions["csrf"].exempt(bp)


@bp.get("/")
@public
def type_code() -> ResponseReturnValue:
    """For who holds a printed code and no camera: type it, and on."""
    typed = normalise(request.args.get("code", ""))
    if typed and not typed.isalnum():  # a slash would lead to another address
        return dead_end(Refusal("code_mistyped", typed=typed[:32]), typed)
    if typed:
        return redirect(url_for(".show", code=typed))
    return render_template("landing/type_code.html", form=CodeForm())


@bp.get("/<code>")
@public
def show(code: str) -> ResponseReturnValue:
    """The landing page of a code; of an invitation that has ended without it."""
    try:
        referrer, over = leads.open_page(db(), now(), code)
    except Refusal as refusal:
        return dead_end(refusal, code)
    if over is None:
        count_afterwards(referrer.id)
    return landing_page(referrer, over=over)


@bp.post("/<code>")
@public
@limiter.limit("30/minute")
def leave(code: str) -> ResponseReturnValue:
    """Name and phone, left with consent. One answer for whatever was decided: a stranger who tries numbers learns
    nothing of them."""
    try:
        referrer, over = leads.open_page(db(), now(), code)
    except Refusal as refusal:
        return dead_end(refusal, code)
    form = _form_for(referrer, over)
    if form.validate_on_submit():
        if form.website.data:
            return redirect(url_for(".thanks"))  # a machine: it learns nothing, and nothing is kept
        rate_limits.check(referrer, form)
        words_read = form.shown.words if form.shown else Words.of_today()
        with refusing(form):
            work = None if over else work_mail.read(referrer.id, form)
            came_by = phone_proof.asked(referrer, form.phone.data or "", origin(), over=over is not None)
            lead = leads.leave_lead(
                db(),
                now(),
                leads.LeftLead(
                    code=code,
                    name=form.name.data,
                    phone=form.phone.data,
                    consent_version=words_read.contact if form.contact.data else None,
                    progress_version=words_read.progress if form.data.get("progress") else None,
                    origin=came_by,
                    locale=words_read.locale,
                    address=request.remote_addr,
                ),
            )
            mailed = None if work is None else work_mail.take(lead, work)
            key = lead_receipts.latest(db(), lead).receipt.key
            if came_by.asks_proof:
                return redirect(phone_proof.address(lead_links.signed(key, asks_proof=True), mailed))
            return redirect(url_for(".thanks_for", token=lead_links.signed(key), mailed=mailed))
    return landing_page(referrer, form, over=over), 422


@bp.errorhandler(429)
def too_often(_error: HTTPException) -> ResponseReturnValue:
    """A form that came too often is shown again with all that was typed in it; anything else says the same alone."""
    abandon()
    if request.endpoint != f"{bp.name}.{leave.__name__}":
        return render_template("errors/429.html"), 429
    code = (request.view_args or {})["code"]
    try:
        referrer, over = leads.open_page(db(), now(), code)
    except Refusal as refusal:
        return dead_end(refusal, code)
    form = _form_for(referrer, over)
    form.renew()
    form.form_errors.append(_("This page is used very often just now. Wait a while, then send it again."))
    return landing_page(referrer, form, over=over), 429


@bp.get("/thanks")
@public
def thanks() -> ResponseReturnValue:
    """Thanks to a machine."""
    return render_template("landing/thanks.html", visit=None)


@bp.get("/thanks/<token>")
@public
def thanks_for(token: str) -> ResponseReturnValue:
    """Thanks, with the receipt and the way out; and with the employees' discount, where a company invited."""
    return _thanks(token, WorkForm())


@bp.post("/thanks/<token>/work")
@public
@limiter.limit("10/minute")
def prove(token: str) -> ResponseReturnValue:
    """Where the friend works: let a mail go to the work address, once more too, or look at the company's list."""
    visit, form = lead_links.opened(token), WorkForm()
    if visit.consent.withdrawn_at:
        return redirect(url_for(".thanks_for", token=token))  # a page of before: nothing is asked any more
    if form.validate_on_submit():
        with refusing(form):
            mailed = work_mail.take(visit.lead, work_mail.read_again(visit.lead, form))
            return redirect(url_for(".thanks_for", token=token, mailed=mailed))
    return _thanks(token, form), 422


@bp.post("/thanks/<token>")
@public
@limiter.limit("10/minute")
def opt_out(token: str) -> ResponseReturnValue:
    """Opt out (退订): no more contact."""
    if OptOutForm().validate_on_submit():
        leads.withdraw(db(), now(), lead_links.opened(token).lead, address=request.remote_addr)
    return redirect(url_for(".thanks_for", token=token))


@bp.get("/card/<int:development_id>/<lang>.jpg")
@public
def card(development_id: int, lang: str) -> Response:
    """The picture that a messenger shows beside a shared link: the development's, the same for every referrer."""
    development = link_previews.shown(db(), development_id)
    if development is None or lang not in LANGUAGES:
        abort(404)
    front, brand = link_previews.preview_of(db(), development, lang), _brand(lang)
    return public_picture(front.card_key(brand), partial(link_previews.draw, files(), front, brand))


@bp.get("/view/<int:development_id>-<int:width>.jpg")
@public
def view(development_id: int, width: int) -> Response:
    """The picture at the head of a development's page, cut to size and written anew."""
    development = link_previews.shown(db(), development_id)
    front = link_previews.preview_of(db(), development, LANGUAGES[0]) if development else None
    if front is None or width not in link_previews.WIDTHS:
        abort(404)
    return public_picture(f"{front.view_key}-{width}", partial(link_previews.view, files(), front, width))


def address_of(
    referrer: Referrer, *, code: str | None = None, design: str | None = None, campaign: str | None = None
) -> str:
    """The landing page's public address, as it stands in the poster's QR code.

    `code`: the one that the referrer chose, where it is to be read. `design` and `campaign` are counted with each scan.
    """
    path = url_for("landing.show", code=code or referrer.code, d=design, c=campaign)
    return urljoin(config().base_url, path)


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferView:
    """What a programme offers on this page; `over`: why its invitation has ended."""

    over: str = ""
    programme: Programme | None = None
    gift: Gift | None = None
    gift_key: str | None = None
    left: bool = False
    lead_gift: Gift | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DevelopmentView:
    """The development as the page shows it, and who invites to it."""

    development: Development
    front: DevelopmentPreview
    shown: ShownPage
    widths: tuple[int, int]
    inviter: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareCard:
    """What messengers show when the page is shared."""

    address: str
    picture_url: str
    script: str | None
    picture: str
    links: dict[str, str]


def landing_page(referrer: Referrer, form: LeadForm | None = None, said: str = "", over: Refusal | None = None) -> str:
    """The page of a code; `said` stands above its form, in a sentence. `over`: why its invitation has ended."""
    programme = None if over else programmes.of(db(), referrer)
    gift = None if programme is None else gifts.scan_gift(db(), now(), programme)
    left = programme is not None and gift is not None and gifts.gifts_left(db(), now(), programme, gift)
    lang = "zh" if choose() == "zh_Hans_CN" else "en"
    front = link_previews.preview_of(db(), referrer.development, lang)
    card = url_for("landing.card", development_id=referrer.development_id, lang=lang, v=front.card_key(_brand(lang)))
    square = url_for(
        "landing.view", development_id=referrer.development_id, width=link_previews.WIDTHS[0], v=front.view_key
    )
    return render_template(
        "landing/landing.html",
        form=form or _form_for(referrer, over),
        offer=OfferView(
            over=over.code if over else "",
            programme=programme,
            gift=gift,
            gift_key=_gift_key(programme) if programme is not None and left else None,
            left=left,
            lead_gift=None if programme is None else gifts.open_gift(db(), now(), programme, Event.LEAD),
        ),
        said=said,
        form_action=url_for("landing.leave", code=referrer.code) if said else "",
        words=words,
        view=DevelopmentView(
            development=referrer.development,
            front=front,
            shown=page_of(referrer.development, lang),
            widths=link_previews.WIDTHS,
            inviter=shown_names.inviter(db(), referrer),
        ),
        shown_words=shown_words,
        card=ShareCard(
            address=address_of(referrer),
            picture_url=urljoin(config().base_url, card),
            script=None if over else card_script(),
            picture=urljoin(config().base_url, square),
            links={one.value: address_of(referrer, campaign=one.value) for one in (Campaign.WECHAT, Campaign.MOMENTS)},
        ),
    )


def _gift_key(programme: Programme) -> str | None:
    """A key for the button; None where the stand asks for its tablet's code, and the address brings none."""
    step = stands.step_of(db(), now(), programme, request.args.get("k", ""))
    return None if programme.asks_code and step is None else gift_keys.new_key(programme, step)


def _thanks(token: str, work: WorkForm) -> str:
    """The same page for every number, known to us or not; what it shows is of this time's consent alone."""
    visit = lead_links.opened(token)
    withdrawn_at, asks_proof = visit.consent.withdrawn_at, lead_links.asks_proof(token)
    no_gift = asks_proof or visit.lead.code == "invitation_ended"
    return render_template(
        "landing/thanks.html",
        code_page=phone_proof.address(token, None) if asks_proof and phone_proof.texts_go_out() else None,
        asks_proof=asks_proof,
        visit=visit,
        withdrawn_at=withdrawn_at,
        form=OptOutForm(),
        token=token,
        lead_gift=None if no_gift else _lead_gift(visit.lead.referrer),
        words=words,
        invitation=None if withdrawn_at else work_mail.invitation(visit.lead, work, request.args.get("mailed")),
    )


def _lead_gift(referrer: Referrer) -> Gift | None:
    """What a new number brings at this stand: said to every number alike."""
    programme = programmes.of(db(), referrer)
    return None if programme is None else gifts.open_gift(db(), now(), programme, Event.LEAD)


def _form_for(referrer: Referrer, over: Refusal | None) -> LeadForm:
    """A programme reads nobody's surname, so it asks for no leave to; nor does whose invitation has ended."""
    form = LeadForm(meta={"csrf_context": referrer.code}) if over else work_mail.lead_form(referrer)
    if over or referrer.audience is Audience.PROGRAMME:
        del form.progress
    return form


def _brand(lang: str) -> str:
    return config().brand_name_zh if lang == "zh" else config().brand_name


def dead_end(refusal: Refusal, typed: str) -> tuple[str, int]:
    """A kind page for a code that leads nowhere, with the field to type it again where that helps."""
    if refusal.code not in _DEAD_ENDS:
        raise refusal
    form = CodeForm(data={"code": grouped(normalise(typed)[:16])})
    page = render_template("landing/dead_end.html", code=refusal.code, form=form, begins=refusal.facts.get("begins"))
    return page, _DEAD_ENDS[refusal.code]
