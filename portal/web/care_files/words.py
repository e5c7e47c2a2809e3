"""What a client's file says: needs, grades, days, behaviour, tags, and the lines of its time line."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectChoice

from ...models import CareTag, MilestoneKind, TextKind
from ...rules.care.plan import MAD, Channel, Grade, Mark
from ...rules.care_files.days import ToldDay
from ...rules.care_files.facts import COUNTED, Behaviour, Fact, FileFacts, LossReason
from ...rules.care_files.importing import Row, Source
from ...rules.care_files.needs import Needs, Purpose, Urgency
from ...rules.care_files.points import PointRule
from ...rules.care_files.tags import TagKind
from ...services.care.stages import Standing
from ...services.care_files.finding import Silence
from ...services.care_files.scoring import Tried
from ...services.care_files.timeline import Entry, Kind
from ..care import words as care_words
from ..components import colon, day, instant
from ..words import loans as loan_words
from ..words import not_bought as not_bought_words
from ..words import promises as promise_words

GRADES: Mapping[Grade, Any] = {
    Grade.A: _l("A: will buy soon"),
    Grade.B: _l("B: may buy"),
    Grade.C: _l("C: for later"),
    Grade.INVALID: _l("Invalid: leave in peace"),
}

PURPOSES: Mapping[Purpose, Any] = {
    Purpose.FIRST_HOME: _l("First home"),
    Purpose.UPGRADE: _l("Upgrade"),
    Purpose.SCHOOL: _l("School"),
    Purpose.INVESTMENT: _l("Investment"),
}

URGENCIES: Mapping[Urgency, Any] = {
    Urgency.NOW: _l("At once"),
    Urgency.QUARTER: _l("Within three months"),
    Urgency.YEAR: _l("Within a year"),
    Urgency.LOOKING: _l("Only looking"),
}

DAYS: Mapping[ToldDay, Any] = {
    ToldDay.BIRTHDAY: _l("Birthday"),
    ToldDay.WEDDING: _l("Wedding day"),
    ToldDay.SCHOOL_ENTRY: _l("First day of school"),
}

SEEN: Mapping[Behaviour, Any] = {
    Behaviour.VIRTUAL_TOUR: _l("Watched the virtual tour"),
    Behaviour.ASKED_PRICE: _l("Asked for the price"),
    Behaviour.ASKED_LOAN: _l("Asked about a loan"),
    Behaviour.BROUGHT_FAMILY: _l("Brought the family"),
}

LOSSES: Mapping[LossReason, Any] = {
    LossReason.BOUGHT_ELSEWHERE: _l("Bought elsewhere"),
    LossReason.PRICE: _l("The price"),
    LossReason.COMPETITOR: _l("Prefers another development"),
    LossReason.CHANGED_NEEDS: _l("Needs have changed"),
    LossReason.NO_LOAN: _l("Gets no loan"),
    LossReason.UNREACHABLE: _l("Cannot be reached"),
    LossReason.OTHER: _l("Another reason"),
}

TAG_KINDS: Mapping[TagKind, Any] = {
    TagKind.BASIC: _l("About the client"),
    TagKind.BEHAVIOUR: _l("What the client does"),
    TagKind.SOURCE: _l("Where the client came from"),
}

SILENCES: Mapping[Silence, Any] = {
    Silence.REMIND: _l("Not met for 30 days"),
    Silence.SILENT: _l("Silent for 60 days"),
}

SOURCES: Mapping[Source, Any] = {
    Source.OWN_CLIENTS: _l("My own clients' address book"),
    Source.SITE_BOOK: _l("The visitors' book at the site"),
    Source.FORMER_SYSTEM: _l("Another system of ours"),
    Source.GATHERING: _l("Guests of a gathering"),
}

ROWS: Mapping[Row, Any] = {
    Row.NEW: _l("New client"),
    Row.ADDS: _l("Adds to the file"),
    Row.SAME: _l("There already"),
    Row.TWICE: _l("Twice in the list"),
    Row.COLLEAGUES: _l("A colleague's client"),
    Row.NOT_REGISTERED: _l("Not registered by you"),
    Row.UNREADABLE: _l("Cannot be read"),
}

ROW_TONES: Mapping[Row, str] = {
    Row.NEW: "success",
    Row.ADDS: "info",
    Row.SAME: "neutral",
    Row.TWICE: "neutral",
    Row.COLLEAGUES: "warning",
    Row.NOT_REGISTERED: "warning",
    Row.UNREADABLE: "danger",
}

FACTS: Mapping[Fact, Any] = {
    Fact.VIRTUAL_TOURS: _l("Virtual tours watched"),
    Fact.PRICE_QUESTIONS: _l("Questions about the price"),
    Fact.LOAN_QUESTIONS: _l("Questions about a loan"),
    Fact.FAMILY_VISITS: _l("Visits with the family"),
    Fact.VISITS: _l("Visits"),
    Fact.CONTACTS: _l("Contacts made"),
    Fact.DAYS_WITHOUT_CONTACT: _l("Days without a contact"),
    Fact.MONEY: _l("Money is known"),
    Fact.AUTHORITY: _l("Who decides is known"),
    Fact.DESIRE: _l("What the client wants is known"),
    Fact.NEEDS_KNOWN: _l("Needs known"),
    Fact.REGISTERED: _l("Registered by an agency"),
    Fact.WALKED_IN: _l("Walked in"),
    Fact.REFERRED: _l("Came by a friend"),
    Fact.BY_POSTER: _l("Came by a poster"),
}

_TEXTS: Mapping[TextKind, Any] = {
    TextKind.ARRIVAL_CODE: _l("Code at the site"),
    TextKind.FACE_WITHDRAWAL: _l("How to withdraw the consent to photos"),
    TextKind.GIFT: _l("A gift"),
    TextKind.SLOT_PASS: _l("The pass of a booked visit"),
    TextKind.SLOT_OFF: _l("A booked visit was called off"),
}

_MILESTONES: Mapping[MilestoneKind, Any] = {
    MilestoneKind.SUBSCRIBED: _l("Subscribed"),
    MilestoneKind.SIGNED: _l("Signed"),
    MilestoneKind.LOAN_RELEASED: _l("Loan released"),
    MilestoneKind.HANDED_OVER: _l("Handed over"),
    MilestoneKind.CANCELLED: _l("Cancelled"),
}

_TEN_THOUSAND = 10_000


def choices(wording: Mapping[Any, Any]) -> list[SelectChoice]:
    """The words of a fixed set, to be chosen from."""
    return [SelectChoice(word.value, label) for word, label in wording.items()]


def tag(row: CareTag) -> str:
    """A tag's word in the reader's language, where it has one."""
    return row.word_en if row.word_en and str(get_locale()) == "en" else row.word


def rule_name(rule: PointRule) -> str:
    """What a rule of points gives points for."""
    return rule.en if str(get_locale()) == "en" else rule.zh


def days_without(days: int) -> str:
    """How long ago somebody was met."""
    return _("today") if days == 0 else ngettext("%(num)d day ago", "%(num)d days ago", days)


def area(needs: Needs) -> str:
    """From how many square metres to how many."""
    first, last = needs.area_from, needs.area_to
    if first and last:
        return f"{first} m²" if first == last else f"{first}–{last} m²"
    if first:
        return _("from %(area)s m²", area=first)
    return _("up to %(area)s m²", area=last) if last else ""


def _yuan(whole: int | None) -> str:
    return f"¥{whole:,}" if whole else ""


def needs_lines(needs: Needs) -> list[tuple[str, str]]:
    """What is known of a client's needs, in the order of the form."""
    said = (
        (_("District"), needs.district),
        (_("Bedrooms"), str(needs.rooms or "")),
        (_("Area"), area(needs)),
        (_("Floor"), needs.floor),
        (_("Direction"), needs.direction),
        (_("Decoration"), needs.decoration),
        (_("Budget"), _yuan(needs.budget)),
        (_("Down payment"), _yuan(needs.down_payment)),
        (_("Purpose"), str(PURPOSES[needs.purpose]) if needs.purpose else ""),
        (_("How soon"), str(URGENCIES[needs.urgency]) if needs.urgency else ""),
        (_("Family"), needs.family),
        (_("Who decides"), needs.decision_makers),
        (_("Other agencies asked"), needs.agencies),
        (_("Other developments looked at"), needs.competitors),
        (_("In the client's words"), needs.words),
    )
    return [(label, value) for label, value in said if value]


def high_end(from_yuan: int | None, standing: Standing) -> str:
    """Why a client is high-end, by the price line of the plan; empty for who is not."""
    if from_yuan is None:
        return ""
    if standing.deal_id is not None:
        return _("bought for %(yuan)s or more", yuan=_yuan(from_yuan))
    return _("has %(yuan)s or more to spend", yuan=_yuan(from_yuan))


def seen(figures: FileFacts) -> list[tuple[Behaviour, str, int]]:
    """What a client can be seen to do, and how often he was."""
    return [(behaviour, str(label), figures.get(COUNTED[behaviour], 0)) for behaviour, label in SEEN.items()]


def silence_chips(counts: Mapping[Silence, int]) -> list[tuple[str, str]]:
    """For how long, with how many clients that are; the longest first."""
    return [(one.value, f"{SILENCES[one]} ({counts[one]})") for one in (Silence.SILENT, Silence.REMIND)]


def mark_pairs(grounds: Mapping[Mark, str]) -> list[tuple[Any, str]]:
    """The marks that are known, and what each rests on."""
    return [(care_words.MARKS[mark], grounds[mark]) for mark in MAD if mark in grounds]


def day_pairs(days: Mapping[ToldDay, date]) -> list[tuple[Any, str]]:
    """The days that a client told."""
    return [(label, day(days[kind])) for kind, label in DAYS.items() if kind in days]


def grade_pairs(tried: Tried) -> list[tuple[Any, str]]:
    """For how many files each grade is suggested: by what holds, and by what is proposed."""
    grades = (Grade.A, Grade.B, Grade.C)
    return [(care_words.GRADES[grade], f"{tried.before[grade]} → {tried.after[grade]}") for grade in grades]


def line(entry: Entry) -> dict[str, Any]:
    """An entry of the time line: its title, what stands beneath, and its tone."""
    title, tone = _TITLES[entry.kind](entry)
    promised = entry.more.get("promised")
    parts = (
        entry.by,
        entry.words,
        _("promised") + colon() + promised if promised else "",
        "" if entry.ours else _("from the other side"),
    )
    return {"at": entry.at, "title": title, "text": " · ".join(part for part in parts if part), "tone": tone}


def _contact(entry: Entry) -> tuple[str, str]:
    tone = "success" if entry.row.channel is Channel.VISIT else "info"
    channel, outcome = care_words.CHANNELS[entry.row.channel], care_words.OUTCOMES[entry.row.outcome]
    return f"{channel}{colon()}{outcome}", tone


def _judged(entry: Entry) -> tuple[str, str]:
    grounds = entry.more["grounds"]
    grade = str(GRADES[entry.row.grade]) if entry.row.grade else _("No grade yet")
    marks = [f"{care_words.MARKS[mark]} ({grounds[mark]})" for mark in MAD if mark in grounds]
    return " · ".join((grade, *marks)), "neutral"


def _lost(entry: Entry) -> tuple[str, str]:
    if entry.row.revived:
        return _("Not lost after all"), "success"
    return _("Given up as lost") + colon() + str(LOSSES[LossReason(entry.row.reason)]), "danger"


def _needs(entry: Entry) -> tuple[str, str]:
    needs = needs_lines(entry.more["needs"])[:4]
    return _("Needs") + colon() + " · ".join(value for _label, value in needs), "neutral"


def _registration(entry: Entry) -> tuple[str, str]:
    accepted = entry.more["accepted"]
    return (_("Registered by an agency"), "success") if accepted else (_("A registration was refused"), "warning")


def _not_bought(entry: Entry) -> tuple[str, str]:
    said = _(", ").join(str(not_bought_words.REASONS[one.reason]) for one in entry.row.reasons)
    return _("Why nothing was bought") + colon() + said, "warning"


def _promise_over(entry: Entry) -> tuple[str, str]:
    said, tone = (_("Promise kept"), "success") if entry.row.end.kept else (_("Promise withdrawn"), "warning")
    return said + colon() + promise_words.what(entry.row), tone


def _loan(entry: Entry) -> tuple[str, str]:
    loan = entry.row
    return (_("No loan needed") if loan.cash else _("Loan") + colon() + loan.bank) + f" · {loan.deal.unit}", "info"


_TITLES: Mapping[Kind, Callable[[Entry], tuple[str, str]]] = {
    Kind.OPENED: lambda _entry: (_("File opened"), "neutral"),
    Kind.CONTACT: _contact,
    Kind.WALK_IN: lambda _entry: (_("Walked in"), "success"),
    Kind.LEAD: lambda _entry: (_("Came by a friend"), "success"),
    Kind.REGISTRATION: _registration,
    Kind.SHOWING: lambda _entry: (_("Showing with a broker"), "success"),
    Kind.BOOKED: lambda entry: (_("Visit booked for %(at)s", at=instant(entry.row.begins_at)), "info"),
    Kind.MILESTONE: lambda entry: (f"{_MILESTONES[entry.row.kind]} · {entry.row.deal.unit}", "accent"),
    Kind.TEXT: lambda entry: (_("Text") + colon() + str(_TEXTS.get(entry.row.kind, _("Notice"))), "info"),
    Kind.ASSIGNED: lambda entry: (_("In the care of %(name)s", name=entry.row.carer.name), "neutral"),
    Kind.JUDGED: _judged,
    Kind.NEEDS: _needs,
    Kind.SEEN: lambda entry: (
        _("Opened the virtual tour by the link") if entry.row.by_link else str(SEEN[entry.row.behaviour]),
        "info",
    ),
    Kind.LOST: _lost,
    Kind.NOT_BOUGHT: _not_bought,
    Kind.PROMISED: lambda entry: (_("A promise was made") + colon() + promise_words.what(entry.row), "accent"),
    Kind.PROMISE_OVER: _promise_over,
    Kind.LOAN: _loan,
    Kind.LOAN_STEP: lambda entry: (_("Loan") + colon() + str(loan_words.KINDS[entry.row.kind]), "info"),
}
