"""The signs of life in words: what each is, and what to do when it is not fine."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext as _lp

from ...adapters.delivery import UNREACHABLE, may_have_gone
from ...rules.vital_signs import Level, Sign, Vital, worst
from ...services.home.health import Concern
from ..notifications.apps import operators_why

NAMES: Mapping[Vital, Any] = {
    Vital.WORKER: _l("Worker"),
    Vital.SWEEP: _l("Sweep of every minute"),
    Vital.MESSAGES: _l("Texts, mails and messages to groups"),
    Vital.IMPORTS: _l("Imports"),
    Vital.CLOSES: _l("Closing of months"),
    Vital.LEDGER: _l("Verification of the ledger"),
    Vital.RETENTION: _l("Daily deletion"),
    Vital.BACKUP: _l("Backup"),
}

LEVELS: Mapping[Level, tuple[Any, str, str]] = {
    Level.FINE: (_lp("health", "Well"), "success", "check"),
    Level.LATE: (_lp("health", "Late"), "warning", "clock"),
    Level.WRONG: (_l("Not well"), "danger", "alert"),
}
"""How a level is shown: word, tone, icon."""

_TO_DO: Mapping[Vital, Any] = {
    Vital.WORKER: _l("What is due by time alone waits: rewards, deletions. Start it with “portal worker”."),
    Vital.SWEEP: _l("The sweep does not come to an end: the worker's log says why."),
    Vital.MESSAGES: _l("They are written down and nothing is lost. The log says what the provider answers."),
    Vital.IMPORTS: _l("A file of deals is under way for longer than that takes: the worker's log says why."),
    Vital.CLOSES: _l("A month's close does not come to an end: the page of the month says where it stands."),
    Vital.LEDGER: _l("Each night the worker verifies the ledger. Run “portal ledger verify” to do it now."),
    Vital.RETENTION: _l("What may not be kept any longer is still stored: the worker's log says why."),
    Vital.BACKUP: _l(
        "Run “portal backup” each night. Where backups are made by other means, set PORTAL_HEALTH_BACKUP_HOURS=0."
    ),
}


@dataclass(frozen=True, slots=True)
class SignView:
    """A sign as the page shows it."""

    sign: Sign
    name: str
    word: str
    tone: str
    icon: str
    said: str
    to_do: str | None


def shown(sign: Sign) -> SignView:
    """A sign in words; what to do only where it is not fine."""
    word, tone, icon = LEVELS[sign.level]
    to_do = None if sign.level is Level.FINE else str(_TO_DO[sign.vital])
    if sign.why == "ahead":
        to_do = _("Its last instant is still to come: a clock was ahead. Set it right, and look at what was done then.")
    return SignView(sign, str(NAMES[sign.vital]), str(word), tone, icon, _said(sign), to_do)


CONCERNS: Mapping[Concern, Any] = {
    Concern.CLOCK: _l("The clock is in doubt"),
    Concern.SWEEP: _l("Work that fails again and again"),
    Concern.DATABASE_FILE: _l("The database's file is damaged"),
    Concern.FILES: _l("Stored files are wrong"),
}

_TOLD = {Vital.WORKER, Vital.MESSAGES, Vital.LEDGER, Vital.RETENTION}
"""What an administrator sees on the first page also when it is well."""


@dataclass(frozen=True, slots=True)
class Summary:
    """The signs of life in a few lines: how the whole stands, which are not well, what is wrong beside them, and those
    that are told when they are well, too."""

    word: str
    tone: str
    icon: str
    odd: list[SignView]
    concerns: list[str]
    well: list[SignView]


def summary(signs: Sequence[Sign], concerns: Sequence[Concern]) -> Summary:
    """What the first page says: calm when all is well, otherwise what is not."""
    level = Level.WRONG if concerns else worst(list(signs))
    word, tone, icon = LEVELS[level]
    if level is Level.FINE:
        word = _("All is well")
    odd = [shown(sign) for sign in signs if sign.level is not Level.FINE]
    well = [shown(sign) for sign in signs if sign.level is Level.FINE and sign.vital in _TOLD]
    return Summary(str(word), tone, icon, odd, [str(CONCERNS[one]) for one in concerns], well)


OUTBOXES: Mapping[str, Any] = {
    "texts": _l("Texts"),
    "mails": _l("Mails"),
    "robots": _l("Messages to groups"),
    "wecom": _l("Messages in WeCom"),
    "wechat": _l("Notices in WeChat"),
}


def why(code: str) -> str:
    """Why a message was given up, in words where the portal has them; else the provider's own."""
    if may_have_gone(code):
        return _("The provider never said whether it has it: it may have gone out (%(code)s).", code=code)
    known = {
        "expired": _("Too late for it: nobody was there to take it in time."),
        UNREACHABLE: _("The provider could not be reached until it was too late."),
    }
    if mended := operators_why(code):
        return _("The provider refused it: %(code)s, %(why)s", code=code, why=mended)
    return known.get(code) or _("The provider refused it: %(code)s", code=code)


def _said(sign: Sign) -> str:
    """What the instant beside it means."""
    return {
        "ran": _("last"),
        "late": _("last"),
        "ahead": _("last"),
        "never": _("not yet"),
        "nothing": _("nothing waits"),
        "waits": _("the oldest waits since"),
        "broken": _("found"),
    }[sign.why]
