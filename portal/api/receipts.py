"""Receipts as they are answered: what was decided, signed, to be verified without us."""

from pydantic import Field

from ..models import Receipt
from ..services.claims import receipts
from ..web.edge import db
from ..web.receipts.routes import public_address
from .fields import Shown


class ReceiptShown(Shown):
    """What was decided, signed: whoever has it can show it, and anybody can verify it without us."""

    proof_url: str = Field(description="The public page that verifies it.")
    algorithm: str = Field(examples=["Ed25519"])
    signed: str = Field(description="The exact text that the signature covers, in UTF-8.")
    signature: str = Field(description="Base64.")
    key_id: str
    public_key: str = Field(description="Raw, in base64; see also /.well-known/receipt-key.")


def receipt_shown(receipt: Receipt) -> ReceiptShown:
    """A receipt with its proof."""
    return ReceiptShown(proof_url=public_address(receipt), **receipts.proof(db(), receipt))
