"""The portal's partner API for agencies' own systems: registrations, visits, money, and what happened.

`Client` asks, `errors` says what goes wrong, `webhooks.verify` tells a true call from a forged one.
"""

from .client import Client
from .errors import (
    ApiError,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    TooManyRequests,
    Unauthorized,
    Unavailable,
)
from .webhooks import SignatureInvalid, verify

__all__ = [
    "ApiError",
    "Client",
    "Conflict",
    "Forbidden",
    "Invalid",
    "NotFound",
    "SignatureInvalid",
    "TooManyRequests",
    "Unauthorized",
    "Unavailable",
    "verify",
]
