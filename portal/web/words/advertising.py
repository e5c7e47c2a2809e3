"""What no advertisement for homes may promise, in words: why a line was refused."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from referral.posters.advertising import Promise

PROMISES: Mapping[str, Any] = {
    Promise.APPRECIATION: _l("it promises rising value or a return"),
    Promise.TRAVEL_TIME: _l("a place is given in metres or stops, not in minutes"),
    Promise.SCHOOLING: _l("it promises schooling, registration of residence or work"),
    Promise.SUPERLATIVE: _l("it is a superlative"),
    Promise.PRICE: _l("prices and discounts are the sales office's to say"),
    Promise.FINANCING: _l("it offers an investment"),
    Promise.SUPERSTITION: _l("it appeals to superstition"),
}
"""Each ends a sentence: “…” may not stand there: …"""
