"""The referrer's own poster and personal link."""

from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, Response, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from referral.code import grouped
from referral.posters.design import Design
from referral.posters.design_file import LANGUAGES
from referral.rewards.reward_plan import RewardPlan

from ...access.permissions import Permission
from ...models import Referrer
from ...services.joining import joining
from ...services.posters import own_lines, posters, shown_names
from ...services.posters.posters import PosterChoices, PosterSettings
from ...services.referral import branding, funnel, vanity_codes
from ...services.referral.funnel import Steps
from ...services.rewards import rewards
from ..edge import actor, config, db, files, now, wechat
from ..guard import guard
from ..landing.landing import address_of
from ..posters.drawing import kept_picture, orderable, poster_file, reader_language
from ..posters.forms import PosterForm
from ..referrers.funnel import own_figures
from ..referrers.own import of, own_referrer, own_referrers, places
from ..wechat.card import in_wechat
from ..words import rewards as words

bp = Blueprint("poster", __name__, url_prefix="/poster")


@dataclass(frozen=True, slots=True, kw_only=True)
class PosterView:
    """The poster that was chosen, the code and link it bears, and what came of it so far."""

    notes: list[str]
    chosen: dict[str, Any]
    may_join: bool
    design: Design
    inviter: str
    code: str
    link: str
    told: list[dict[str, Any]]
    steps: Steps
    lang: str
    plan: RewardPlan | None
    in_wechat: bool
    cards: bool


@bp.get("/")
@guard(Permission.OWN_POSTER)
def show() -> ResponseReturnValue:
    """My poster: choose a design and words, look at it, take it; the link, and how it works."""
    mine, referrer = own_referrers(), own_referrer()
    here = of(mine, referrer)
    settings = PosterSettings.of(config()).stocked(db())
    form = PosterForm.asked(
        request.args, settings.catalogue, reader_language(), _may_write(referrer), referrer.person.name
    )
    chosen, own_code = form.choices, _own_code(referrer)
    steps = funnel.own(db(), actor(), referrer)
    return render_template(
        "my_referral/poster.html",
        referrer=referrer,
        form=form,
        view=PosterView(
            notes=form.notes(referrer.person.name)
            + _half_translated(referrer, chosen.lang)
            + _to_be_read(referrer, chosen),
            chosen=form.arguments | here,
            inviter=shown_names.inviter(db(), referrer),
            may_join=bool(joining.open_to(db(), actor(), now())),
            design=settings.design(chosen.design),
            code=own_code or grouped(referrer.code),
            link=address_of(referrer, code=own_code or None),
            told=own_figures(steps),
            steps=steps,
            lang=chosen.lang,
            plan=rewards.plan_of(db(), referrer),
            in_wechat=in_wechat(),
            cards=in_wechat() and wechat() is not None,
        ),
        here=here,
        switcher=places("poster.show", mine, referrer),
        thumbnail=lambda name: url_for("poster.thumbnail", design_name=name, lang=chosen.lang, **here),
        words=words,
    )


@bp.get("/<lang>.<any(png, jpg, pdf):kind>")
@guard(Permission.OWN_POSTER)
def picture(lang: str, kind: str) -> Response:
    """The poster as a file: PNG, a small JPEG to look at, PDF for paper; `?download` makes it one to keep."""
    referrer = own_referrer()
    if lang not in LANGUAGES or referrer.revoked_at is not None:
        abort(404)
    settings = PosterSettings.of(config()).stocked(db())
    asked = MultiDict([*request.args.items(), ("lang", lang)])
    choices = PosterForm.asked(asked, settings.catalogue, lang, _may_write(referrer), referrer.person.name).choices
    wanted = orderable(
        lambda: posters.spec_of(
            settings,
            files(),
            referrer,
            posters.look_of(db(), referrer.development),
            choices,
            own_lines=own_lines.approved_for(db(), referrer),
        )
    )
    wanted = replace(wanted, own_code=_own_code(referrer))
    return poster_file(wanted, kind, name=f"poster-{referrer.code}-{choices.design}-{lang}.{kind}")


@bp.get("/designs/<design_name>-<any(zh, en):lang>.jpg")
@guard(Permission.OWN_POSTER)
def thumbnail(design_name: str, lang: str) -> Response:
    """One's own poster in a design, small: what to choose it by."""
    referrer, settings = own_referrer(), PosterSettings.of(config()).stocked(db())
    if settings.catalogue.find(design_name) is None:
        abort(404)
    look = posters.look_of(db(), referrer.development)
    wanted = orderable(lambda: posters.spec_of(settings, files(), referrer, look, PosterChoices(design_name, lang)))
    wanted = replace(wanted, own_code=_own_code(referrer))
    return kept_picture(f"{wanted.key}-thumbnail", "image/jpeg", lambda: posters.thumbnail(wanted))


def _own_code(referrer: Referrer) -> str:
    """The code that the referrer chose; empty for who has the drawn one alone."""
    chosen = vanity_codes.of(db(), referrer.id)
    return chosen.code if chosen else ""


def _half_translated(referrer: Referrer, lang: str) -> list[str]:
    """That an English poster says Chinese words, where staff have given it no others."""
    if lang == "zh" or branding.speaks_english(posters.look_of(db(), referrer.development)):
        return []
    return [
        _("The sales office has not given all English words for this development, so the poster says some in Chinese.")
    ]


def _to_be_read(referrer: Referrer, choices: PosterChoices) -> list[str]:
    """That a line of one's own does not stand there yet."""
    approved = own_lines.approved_for(db(), referrer)
    wanted = [text for text in (choices.headline, choices.slogan) if text and text not in approved]
    return [_("“%(text)s” stands there once the sales office has read it.", text=text) for text in wanted]


def _may_write(referrer: Referrer) -> bool:
    look = posters.look_of(db(), referrer.development)
    return look is not None and look.own_words
