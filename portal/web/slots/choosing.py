"""A visit that is booked with a registration: the times that a form offers, and the one that was chosen in it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from wtforms import SelectField
from wtforms.validators import Optional

from commissions.refusal import Refusal

from ...clock import YEARS
from ...models import Development
from ...rules.slots.slot import MOST_VISITORS, days_offered, fitting
from ...services.slots import bookings, hours
from ...services.slots.bookings import Offer, Open, Wanted
from ..components import clock_time, dotted
from ..edge import db, now
from ..forms.fields import WholeField
from ..messages import say


@dataclass(slots=True)
class Openings:
    """What may be booked for clients who are registered now; each development is asked once."""

    _opened: dict[int, Open | None] = field(default_factory=dict)
    _times: dict[tuple[int, date], list[Offer]] = field(default_factory=dict)

    def days(self, development: Development) -> list[date]:
        """The days on which a development receives booked visits; none where it receives none."""
        opened = self._of(development)
        return days_offered(opened.hours, opened.closed, now()) if opened is not None else []

    def times(self, development: Development, day: date) -> list[Offer]:
        """The times of a day, the full ones too."""
        opened, key = self._of(development), (development.id, day)
        if opened is not None and key not in self._times:
            self._times[key] = bookings.offers_to_new(db(), now(), development, opened, day)
        return self._times.get(key, [])

    def _of(self, development: Development) -> Open | None:
        if development.id not in self._opened:
            self._opened[development.id] = hours.opened(db(), now(), development.id)
        return self._opened[development.id]


class VisitFields:
    """The fields of a form in which a visit is booked besides; whoever leaves the time empty books none."""

    begins = SelectField(_l("Time of the visit"), validate_choice=False)
    visitors = WholeField(_l("How many people come"), [Optional()], default=1)

    def offer_times(self, offers: Sequence[Offer], nothing: str) -> None:
        """Set which times the page offers; a full one is shown and cannot be chosen. `nothing` stands for none."""
        self.begins.choices = [("", nothing, {}), *(_choice(offer) for offer in offers)]
        self.visitors.flags.required = True  # with a time that is chosen
        if self.begins.data not in {offer.slot.begins.isoformat() for offer in offers if offer.left}:
            self.begins.data = ""

    @property
    def visit(self) -> Wanted | None:
        """What was chosen, if it was."""
        begins = read_begins(self.begins.data or "")
        return Wanted(begins, self.visitors.data or 1) if begins is not None else None

    def visit_complete(self) -> bool:
        """Whether what is chosen can be booked as it stands; what is wrong is said at its field."""
        if not self.begins.data:
            return True
        if read_begins(self.begins.data) is None:
            self.begins.errors = [_("Choose a time.")]
        if not 1 <= (self.visitors.data or 0) <= MOST_VISITORS:
            self.visitors.errors = [say(Refusal("slot_visitors_wrong", most=MOST_VISITORS))]
        return not (self.begins.errors or self.visitors.errors)


def read_begins(text: str) -> datetime | None:
    """The instant that a form carries, if it is one."""
    try:
        begins = datetime.fromisoformat(text)
    except ValueError:
        return None
    return begins if begins.tzinfo is not None and begins.year in YEARS else None


def free_at(offers: Iterable[Offer], on: date, at: time) -> str:
    """The value of the free time that somebody means who says a clock time; empty where none is free then."""
    found = fitting((offer.slot for offer in offers if offer.left), on, at)
    return found.begins.isoformat() if found is not None else ""


def _choice(offer: Offer) -> tuple[str, str, dict[str, object]]:
    begins = offer.slot.begins
    left = ngettext("%(num)d place left", "%(num)d places left", offer.left) if offer.left else _("Full")
    words = dotted(f"{clock_time(begins)}–{clock_time(offer.slot.ends)}", left)
    return begins.isoformat(), words, {} if offer.left else {"disabled": True}
