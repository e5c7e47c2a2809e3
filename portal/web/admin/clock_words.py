"""What is odd about a clock, for who looks at *Health*."""

from flask_babel import format_timedelta
from flask_babel import lazy_gettext as _l

from ...rules.timekeeping import Doubt, Judged

_WORDS = {
    Doubt.LEAPT: _l("The clock moved by %(off)s, though that much time did not pass."),
    Doubt.AHEAD: _l("The clock is %(off)s past all that is known: the portal stood still, or the clock is wrong."),
    Doubt.BEHIND: _l("The clock is %(off)s before what is known already."),
    Doubt.APART: _l("The clocks of this machine and of the database are %(off)s apart."),
}


def words_of(judged: Judged) -> str | None:
    """The doubt in the reader's language; None where there is none."""
    if judged.doubt is None:
        return None
    off = format_timedelta(abs(judged.off))
    return str(_WORDS[judged.doubt]) % {"off": off}
