"""What client care says in several places: stages, grades, marks, channels, and how a contact went."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from ...models import ContactOutcome
from ...rules.care.plan import Channel, Grade, Mark, Stage

STAGES: Mapping[Stage, Any] = {
    Stage.NOT_VISITED: _l("Not visited yet"),
    Stage.VISITED: _l("Visited"),
    Stage.SUBSCRIBED: _l("Subscribed"),
    Stage.SIGNED: _l("Signed"),
    Stage.LOAN_RELEASED: _l("Loan released"),
    Stage.HANDED_OVER: _l("Handed over"),
    Stage.LOST: _l("Lost"),
}

GRADES: Mapping[Grade, Any] = {
    Grade.A: _l("Grade A"),
    Grade.B: _l("Grade B"),
    Grade.C: _l("Grade C"),
    Grade.INVALID: _l("Invalid"),
}

MARKS: Mapping[Mark, Any] = {
    Mark.MONEY: _l("Money known"),
    Mark.AUTHORITY: _l("Authority known"),
    Mark.DESIRE: _l("Desire known"),
}

CHANNELS: Mapping[Channel, Any] = {
    Channel.CALL: _l("Phone call"),
    Channel.WECHAT: _l("WeChat"),
    Channel.TEXT: _l("Text"),
    Channel.VISIT: _l("Visit"),
    Channel.LETTER: _l("Letter"),
    Channel.GIFT: _l("Gift"),
    Channel.EVENT: _l("Gathering"),
    Channel.ANY: _l("Any contact"),
}

OUTCOMES: Mapping[ContactOutcome, Any] = {
    ContactOutcome.REACHED: _l("Spoke with the client"),
    ContactOutcome.NO_ANSWER: _l("No answer"),
    ContactOutcome.CALL_LATER: _l("Asked for another time"),
    ContactOutcome.INTERESTED: _l("Interested"),
    ContactOutcome.NOT_INTERESTED: _l("Not interested"),
    ContactOutcome.COMES: _l("Will come"),
    ContactOutcome.SENT: _l("Sent"),
    ContactOutcome.WITHDRAWN: _l("Contact withdrawn"),
}

ICONS: Mapping[Channel, str] = {
    Channel.CALL: "phone",
    Channel.WECHAT: "copy",
    Channel.TEXT: "bell",
    Channel.VISIT: "showing",
    Channel.LETTER: "statement",
    Channel.GIFT: "gift",
    Channel.EVENT: "calendar",
    Channel.ANY: "refresh",
}
