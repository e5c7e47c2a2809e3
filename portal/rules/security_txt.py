"""`/.well-known/security.txt`: whom to tell of a weakness (RFC 9116)."""

import re
from datetime import UTC, datetime, timedelta

_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_GOOD_FOR = timedelta(days=180)
"""Who reads it later asks again: what is older than a year may name somebody who has left."""


def lines(contact: str, address: str, now: datetime) -> list[str]:
    """The file's lines. `contact` is how the operator is reached, as it stands on the privacy page at `address`."""
    mail = _MAIL.search(contact)
    until = (now + _GOOD_FOR).astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat()
    return [
        f"Contact: mailto:{mail[0]}" if mail else f"Contact: {address}/privacy-notice",
        f"Expires: {until}Z",
        "Preferred-Languages: zh, en",
        f"Canonical: {address}/.well-known/security.txt",
    ]
