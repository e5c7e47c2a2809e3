"""The signature of a public page for WeChat; and the stand-in of development, which checks it and draws the card."""

from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, jsonify, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from ...adapters.wechat.local import Card, LocalWeChat, Signed
from ...adapters.wechat.local_notices import LocalNotices, StandInNotices
from ...models import App
from ..edge import app_carrier, now, senders, wechat
from ..guard import public
from ..limits import limiter
from .card import signed

bp = Blueprint("wechat", __name__)

_LONGEST = 500
_ON_ITS_WAY = 2.0
"""Seconds: what was told on the page before is found here."""
_WHERE = ("friend", "moments")


@bp.record_once
def _without_token(state: BlueprintSetupState) -> None:
    """The stand-in is told by a page that has no session, as WeChat is."""
    state.app.extensions["csrf"].exempt(f"{__name__}.told")


@bp.get("/wechat/card")
@public
@limiter.limit("120/minute")
def config() -> Response | tuple[Response, int]:
    """What `wx.config` is given at `?url=`; 404 where that page shows no card."""
    found = signed(request.args.get("url", ""))
    return jsonify(found) if found else (jsonify({}), 404)


@bp.get("/dev/wechat")
@public
def index() -> ResponseReturnValue:
    """The cards that WeChat would show, the newest first; and the notices that people got."""
    for one in senders().values():
        one.settle(_ON_ITS_WAY)
    pictures = [(card, _on_this_server(card.picture)) for card in _stand_in().cards()]
    notices = _notices()
    readers = [(one, notices.follows(one), notices.came(one)) for one in notices.readers()] if notices else []
    away = notices is not None and notices.away
    return render_template("wechat/index.html", cards=pictures, readers=readers, away=away)


@bp.post("/dev/wechat/readers/<who>/following")
@public
@limiter.limit("60/minute")
def following(who: str) -> ResponseReturnValue:
    """Let somebody follow the account no longer, or again."""
    notices = _notices()
    if notices is None or who not in notices.readers():
        abort(404)
    notices.follow(who, following=not notices.follows(who))
    return redirect(url_for(".index"))


@bp.post("/dev/wechat/away")
@public
@limiter.limit("60/minute")
def away() -> ResponseReturnValue:
    """Let notices be out of reach, or come back."""
    notices = _notices()
    if notices is None:
        abort(404)
    notices.go_away(away=not notices.away)
    return redirect(url_for(".index"))


@bp.post("/dev/wechat/told")
@public
@limiter.limit("120/minute")
def told() -> tuple[Response, int]:
    """What a page told WeChat: who it is, and then the card. WeChat's own words where it would say no."""
    account, said = _stand_in(), request.get_json(silent=True)
    told = said if isinstance(said, dict) else {}
    page = told.get("page")
    if not isinstance(page, dict) or not account.accepts(_signed(page)):
        return jsonify(errMsg="config:invalid signature"), 403
    card = told.get("card")
    if not isinstance(card, dict):
        return jsonify(errMsg="config:ok"), 200
    link = _text(card, "link")
    if urlsplit(link).netloc != urlsplit(_text(page, "address")).netloc:
        return jsonify(errMsg="invalid url domain"), 400
    where = _text(card, "where")
    if where not in _WHERE:
        abort(400)
    account.keep(Card(where, _text(card, "title"), _text(card, "desc"), link, _text(card, "imgUrl"), now()))
    return jsonify(errMsg="ok"), 200


def _stand_in() -> LocalWeChat:
    account = wechat()
    if not isinstance(account, LocalWeChat):
        abort(404)
    return account


def _notices() -> LocalNotices | None:
    carrier = app_carrier(App.WECHAT)
    return carrier.notices if isinstance(carrier, StandInNotices) else None


def _signed(page: dict[str, Any]) -> Signed:
    timestamp = page.get("timestamp")
    number = timestamp if isinstance(timestamp, int) else 0
    return Signed(
        _text(page, "appId"), number, _text(page, "nonceStr"), _text(page, "signature"), _text(page, "address")
    )


def _text(said: dict[str, Any], key: str) -> str:
    value = said.get(key)
    return value[:_LONGEST] if isinstance(value, str) else ""


def _on_this_server(picture: str) -> str:
    """A picture's address without its host: the card's is the public one, which a developer's machine may not have."""
    parts = urlsplit(picture)
    return f"{parts.path}?{parts.query}" if parts.path.startswith("/r/") else ""
