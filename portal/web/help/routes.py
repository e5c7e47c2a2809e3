"""The help pages, the statement on accessibility, the guide of the first days, and what a phone needs to put the portal
on its home screen.
"""

from typing import Any

from flask import Blueprint, Response, abort, jsonify, redirect, render_template, request, url_for
from flask_login import current_user

from ...access.permissions import Permission
from ...models import Role
from ...services.faces import faces
from ...services.home import guides
from ..components import initial
from ..edge import actor, config, db, engine, now
from ..guard import guard, public
from ..lists.arguments import number_of
from . import install, pages

bp = Blueprint("help", __name__)

_CANVAS = "#F6F8FA"


@bp.get("/help")
@guard(Permission.OWN_PROFILE)
def index() -> str:
    """What the reader's role has to know, with an anchor for each topic; `q` narrows it to what holds the word."""
    sections = pages.sections(current_user.person.role, pages.reader_language())
    find = request.args.get("q", "").strip().casefold()
    found = [one for one in sections if find in _words(one)] if find else sections
    return render_template("help/index.html", topics=found, guide=_guide() if not find else None)


@bp.post("/help/guide")
@guard(Permission.OWN_PROFILE)
def guide() -> Any:
    """Put the guide away, or back on the first page."""
    if actor().role not in guides.GUIDED:
        abort(404)
    guides.show_guide(db(), now(), actor(), show="show" in request.form)
    return redirect(url_for("home.index"))


@bp.get("/accessibility")
@public
def accessibility() -> str:
    """What these pages do for everybody to be able to use them, what does not work yet, and whom to tell."""
    return render_template("help/accessibility.html", contact=config().privacy_contact)


@bp.get("/app.webmanifest")
@public
def manifest() -> Response:
    """What a browser asks for before it puts the portal on a home screen. It says nothing about anybody."""
    icons: list[dict[str, str]] = [
        {"src": url_for("help.icon", size=size), "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
        for size in install.SIZES
        for purpose in ("any", "maskable")
    ]
    answer = jsonify(
        id="/",
        name=config().brand_name_zh,
        short_name=config().brand_name_zh,
        lang="zh-Hans-CN",
        start_url=url_for("home.index"),
        scope=url_for("home.index"),
        display="standalone",
        theme_color=config().brand_primary,
        background_color=_CANVAS,
        icons=icons,
    )
    answer.mimetype = "application/manifest+json"
    answer.headers["Cache-Control"] = "public, max-age=300"
    return answer


@bp.get("/app-icon.png")
@public
def icon() -> Response:
    """The brand's letter on its colour, in one of the sizes that phones ask for."""
    size = number_of(request.args.get("size")) or 0
    if size not in install.SIZES:
        abort(404)
    drawn = install.icon(initial(config().brand_name_zh), config().brand_primary, size)
    return Response(drawn, mimetype="image/png", headers={"Cache-Control": "public, max-age=86400"})


def guide_shown() -> dict[str, Any] | None:
    """The guide for a first page, until its reader has put it away."""
    return _guide() if guides.is_shown(db(), actor()) else None


def _guide() -> dict[str, Any] | None:
    """What a newcomer does first, and what of it is done."""
    role = actor().role
    if role not in guides.GUIDED:
        return None
    broker = role is Role.BROKER
    return {
        "broker": broker,
        "enrolled": broker and faces.comparable(engine(), faces.enrolment(db(), actor().id)),
        "browser": install.browser(request.user_agent.string).value,
        "shown": guides.is_shown(db(), actor()),
    }


def _words(section: pages.Section) -> str:
    return " ".join([section.title, *(item for block in section.blocks for item in block.items)]).casefold()


def _theme_colour() -> str:
    return config().brand_primary


@bp.record_once
def _for_templates(state: Any) -> None:
    state.app.jinja_env.globals.update(help_url=pages.help_url, guide_shown=guide_shown, theme_colour=_theme_colour)
