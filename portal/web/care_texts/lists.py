"""The lists that colleagues keep: words about competitors, links, the handbook's shares of reasons."""

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from ...access.permissions import Permission
from ...models import ListKind
from ...rules.not_bought.reasons import Reason
from ...services.care_plans import plans
from ...services.care_texts import lists
from ..edge import actor, db, now, refusing
from ..guard import guard
from ..lists.arguments import number_of
from .forms import LinkForm, SharesForm, WordsForm

bp = Blueprint("kept_lists", __name__, url_prefix="/care/texts/lists")


TABS = {"words": _l("Words about competitors"), "link": _l("Links of texts"), "shares": _l("The handbook's shares")}


@bp.get("")
@guard(Permission.LEAD_CARE)
def index() -> ResponseReturnValue:
    """One of the lists as it stands."""
    forms: dict[str, Callable[[], WordsForm | LinkForm | SharesForm]] = {
        "link": lambda: _link_form(LinkForm(formdata=None)),
        "shares": _shares_form,
    }
    of = request.args.get("of", "words")
    return _page(of if of in forms else "words", forms.get(of, _words_form)()), 200


@bp.post("/words")
@guard(Permission.LEAD_CARE)
def keep_words() -> ResponseReturnValue:
    """Keep other words."""
    form = WordsForm()
    if form.validate_on_submit():
        with refusing(form):
            lists.keep_words(db(), actor(), now(), str(form.words.data or "").splitlines())
            return _kept("words")
    return _page("words", form), 422


@bp.post("/link")
@guard(Permission.LEAD_CARE)
def keep_link() -> ResponseReturnValue:
    """Keep a development's link."""
    form = _link_form(LinkForm())
    development_id = number_of(form.development.data)
    if form.validate_on_submit() and development_id is not None:
        with refusing(form):
            lists.keep_link(db(), actor(), now(), development_id, form.address.data or "")
            return _kept("link")
    return _page("link", form), 422


@bp.post("/shares")
@guard(Permission.LEAD_CARE)
def keep_shares() -> ResponseReturnValue:
    """Keep other shares."""
    form = SharesForm()
    if form.validate_on_submit():
        with refusing(form):
            lists.keep_shares(db(), actor(), now(), {reason: form[reason].data for reason in Reason})
            return _kept("shares")
    return _page("shares", form), 422


def _kept(of: str) -> ResponseReturnValue:
    flash(_("Kept."), "success")
    return redirect(url_for(".index", of=of))


def _words_form() -> WordsForm:
    return WordsForm(formdata=None, words="\n".join(lists.competitor_words(db())))


def _shares_form() -> SharesForm:
    return SharesForm(formdata=None, **{str(one): share for one, share in lists.usual_shares(db()).items()})


def _link_form(form: LinkForm) -> LinkForm:
    form.choose_from(plans.development_names(db()))
    return form


def _page(of: str, form: WordsForm | LinkForm | SharesForm) -> str:
    return render_template(
        "care_texts/lists.html",
        of=of,
        form=form,
        tabs_of=[(word, url_for(".index", of=one), one == of) for one, word in TABS.items()],
        kept_words=lists.newest(db(), ListKind.COMPETITOR_WORDS),
        links=lists.links(db()),
        developments=plans.development_names(db()),
        reasons=list(Reason),
    )
