"""A look at a development's page before friends see it."""

from dataclasses import replace

from flask import Blueprint, render_template
from flask_babel import gettext as _

from ...access.permissions import Permission
from ...models import Development
from ...services.landing import content
from ...services.referral import link_previews
from ..edge import db, load, now
from ..guard import guard
from ..landing.landing import DevelopmentView, OfferView
from ..landing.shown import page_of
from ..posters.drawing import reader_language
from ..words import landing as words
from .content import plan_kept, view_kept

bp = Blueprint("landing_preview", __name__, url_prefix="/partners/developments/<int:development_id>/page/preview")


@bp.get("/")
@guard(Permission.MANAGE_PARTNERS)
def show(development_id: int) -> str:
    """The page as a friend would see it, without a form to send."""
    development, lang = load(Development, development_id), reader_language()
    draft = content.shown(db(), development, now(), lang, draft=True)
    return render_template(
        "landing_content/preview.html",
        offer=OfferView(),
        view=DevelopmentView(
            development=development,
            front=link_previews.preview_of(db(), development, lang),
            shown=replace(page_of(development, lang), content=draft, picture_url=view_kept, plan_url=plan_kept),
            widths=link_previews.WIDTHS,
            inviter=_("A friend of yours"),
        ),
        shown_words=words,
    )
