"""The public key of an endpoint, for who verifies what it gets by Ed25519 (`v1a`)."""

from flask import Blueprint, Response, abort, jsonify

from ...models import WebhookEndpoint
from ...rules.partner_api.identifiers import Prefix, number_of
from ...rules.webhooks.signing import public_key
from ...services.webhooks import worker
from ..edge import db
from ..guard import public

bp = Blueprint("webhook_keys", __name__)


@bp.get("/.well-known/webhook-keys/<name>")
@public
def show(name: str) -> Response:
    """The keys that sign for an endpoint: one, which holds as long as the portal's signing key does."""
    number = number_of(Prefix.WEBHOOK, name)
    row = db().get(WebhookEndpoint, number) if number is not None else None
    if row is None or row.deleted_at is not None:
        abort(404)
    key = public_key(worker.public_key_of(db(), row.id))
    return jsonify({"keys": [{"endpoint": name, "algorithm": "ed25519", "signature": "v1a", "public_key": key}]})
