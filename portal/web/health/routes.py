"""`/healthz`, `/readyz` and the stylesheet of the owner's brand."""

from flask import Blueprint, Response, jsonify
from sqlalchemy import text

from ..edge import config, db
from ..guard import public

bp = Blueprint("health", __name__)


@bp.get("/healthz")
@public
def alive() -> Response:
    """The process answers."""
    return jsonify(status="ok")


@bp.get("/readyz")
@public
def ready() -> Response:
    """The database answers, and its schema is there."""
    revision = db().scalar(text("SELECT version_num FROM alembic_version"))
    return jsonify(status="ok", schema=revision)


@bp.get("/brand.css")
@public
def brand() -> Response:
    """The owner's two colours as the design system's tokens, with lighter twins for dark screens."""
    tokens = []
    for name, colour in (("primary", config().brand_primary), ("accent", config().brand_accent)):
        red_green_blue = [int(colour[place : place + 2], 16) for place in (1, 3, 5)]
        lighter = [part + (255 - part) * 45 // 100 for part in red_green_blue]
        tokens.append(f"--brand-{name}-rgb:{_listed(red_green_blue)};--brand-{name}-dark-rgb:{_listed(lighter)}")
    css = f":root{{{';'.join(tokens)}}}\n"
    return Response(css, mimetype="text/css", headers={"Cache-Control": "public, max-age=300"})


def _listed(parts: list[int]) -> str:
    return ",".join(str(part) for part in parts)
