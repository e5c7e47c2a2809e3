"""The door for the employer's system of accounts: SCIM 2.0, as far as it closes accounts. One bearer token opens it."""

import hmac
from typing import Any

from flask import Blueprint, Response, abort, jsonify, request, url_for
from flask.blueprints import BlueprintSetupState

from commissions.refusal import Refusal

from ...rules.provider_sign_in.claims import Issuer, ProviderName
from ...services.provider_sign_in import scim, ties
from ..edge import config, db, now, providers
from ..guard import public
from ..limits import limiter
from ..messages import say

bp = Blueprint("scim", __name__, url_prefix="/scim/v2")

TYPE = "application/scim+json"
_ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
_CONFIG = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"
_STATUS = {"last_administrator": 409, "scim_opens_nothing": 403}
PER_ADDRESS = "120 per minute"


@bp.record_once
def _without_token(state: BlueprintSetupState) -> None:
    """Another system has no form of ours: it shows its own token."""
    state.app.extensions["csrf"].exempt(f"{__name__}.change")


@bp.get("/ServiceProviderConfig")
@public
@limiter.limit(PER_ADDRESS)
def abilities() -> Response:
    """What can be asked here."""
    _check()
    can = {name: {"supported": False} for name in ("bulk", "changePassword", "sort", "etag")}
    told = {"schemas": [_CONFIG], "patch": {"supported": True}, "filter": {"supported": True, "maxResults": scim.MOST}}
    bearer = {"type": "oauthbearertoken", "name": "Bearer", "description": "PORTAL_SCIM_TOKEN"}
    return _answer({**told, **can, "authenticationSchemes": [bearer]})


@bp.get("/Users")
@public
@limiter.limit(PER_ADDRESS)
def users() -> Response:
    """Whoever is tied to an account at the employer; `filter` names one."""
    issuer, first = _check(), max(1, request.args.get("startIndex", 1, type=int))
    if "filter" in request.args:
        try:
            found = scim.find(db(), issuer, request.args["filter"])
        except Refusal as refusal:
            return _error(400, refusal, "invalidFilter")
        total = len(found)
    else:
        every = db().scalars(ties.all_ties(issuer.provider)).all()
        count = min(scim.MOST, max(0, request.args.get("count", scim.MOST, type=int)))
        found, total = list(every[first - 1 : first - 1 + count]), len(every)
    shown = [scim.show(one, url_for(".user", key=one.id, _external=True)) for one in found]
    counts = {"totalResults": total, "itemsPerPage": len(shown), "startIndex": first}
    return _answer({"schemas": [scim.LIST], "Resources": shown, **counts})


@bp.get("/Users/<key>")
@public
@limiter.limit(PER_ADDRESS)
def user(key: str) -> Response:
    """One of them."""
    row = scim.get(db(), _check(), key)
    return _gone() if row is None else _answer(scim.show(row, request.base_url))


@bp.route("/Users/<key>", methods=["PATCH", "PUT"])
@public
@limiter.limit(PER_ADDRESS)
def change(key: str) -> Response:
    """`active: false`: who left loses access with the next request."""
    row = scim.get(db(), _check(), key)
    if row is None:
        return _gone()
    try:
        with db().begin_nested():
            scim.change(db(), now(), row, request.get_json(force=True, silent=True))
    except Refusal as refusal:
        return _error(_STATUS.get(refusal.code, 400), refusal)
    return _answer(scim.show(row, request.base_url))


def _check() -> Issuer:
    """The issuer whose accounts are meant. Without the token nothing is here, nor without a provider."""
    token = config().scim_token
    provider = providers().get(ProviderName.COMPANY) or providers().get(ProviderName.WECOM)
    if provider is None or not token:
        abort(404)
    shown = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not hmac.compare_digest(shown.encode(), token.encode()):
        abort(401)
    return provider.issuer


def _answer(body: dict[str, Any], status: int = 200) -> Response:
    answer = jsonify(body)
    answer.status_code, answer.content_type = status, TYPE
    return answer


def _error(status: int, refusal: Refusal, kind: str = "") -> Response:
    said = {"schemas": [_ERROR], "status": str(status), "detail": str(say(refusal))}
    return _answer({**said, **({"scimType": kind} if kind else {})}, status)


def _gone() -> Response:
    return _error(404, Refusal("scim_unknown"))
