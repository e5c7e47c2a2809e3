"""What whoever delivers texts or mails says when a message did not go out, or when nobody knows whether it did."""

from __future__ import annotations

NO_ANSWER = "no_answer"
"""It was handed over, and no answer came: it may have been taken all the same."""
NOT_UNDERSTOOD = "not_understood"
"""It was handed over, and the answer says nothing."""
UNREACHABLE = "unreachable"
"""It was not handed over: nobody was there to take it."""

FOR_ITS_READER = ("smtp_4%", "isv.BUSINESS_LIMIT_CONTROL", "wecom_45009")
"""Patterns of the codes by which a reader's own carrier, or a robot's own bound, wants a message later: that holds up
no other."""

_FAULT = "fault_"
_NOT_ASKED = "not_asked_"


class DeliveryFailed(Exception):
    """A message was not taken, as far as is known.

    `code` is the provider's word for why, and holds nobody's address. `for_good`: trying again would not help.
    `carrier`: it lies with the carrier, not with this message, so that the next one would fare no better now.
    """

    def __init__(self, code: str, *, for_good: bool = False, carrier: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.for_good = for_good
        self.carrier = carrier

    @classmethod
    def by_fault(cls, error: Exception) -> DeliveryFailed:
        """A fault of ours. What the error says is kept nowhere: it may hold somebody's address."""
        return cls(f"{_FAULT}{type(error).__name__}")

    def while_asking(self) -> DeliveryFailed:
        """The same, when the carrier was only asked whether it has the message: it still may."""
        return DeliveryFailed(f"{_NOT_ASKED}{self.code}"[:60], carrier=self.carrier)


def may_have_gone(code: str | None) -> bool:
    """Whether a message may be out, by what its last try came to. None: who tried it never said."""
    return code is None or code in {NO_ANSWER, NOT_UNDERSTOOD} or code.startswith((_FAULT, _NOT_ASKED))
