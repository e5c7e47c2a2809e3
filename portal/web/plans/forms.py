"""The editor of a plan: rows of steps and instalments that come and go, and every fault marked at its field."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext as _lp
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileSize
from wtforms import BooleanField, FieldList, Form, FormField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from commissions.calendar import Window
from commissions.money import parse_yuan
from commissions.plan import (
    MILESTONES,
    Instalment,
    Mode,
    Plan,
    Scope,
    SplitCounts,
    Tier,
    instalment_faults,
    tier_faults,
)
from commissions.refusal import Refusal

from ...services.commission.plans import LONGEST_NAME
from ..forms.fields import InstantField, YuanField
from ..forms.rows import gather_faults, hundredths, read, required, text_in, whole
from ..words import plans as words
from ..words.statuses import status

_LARGEST = 64 * 1024
_MOST_ROWS = 20
_PLACE = re.compile(r"(tiers|instalments)(?:\[(\d+)\])?(?:\.(\w+))?")
_FIELDS = {None: "amount", "rate_bps": "amount", "fixed_fen": "amount", "from": "up_to", "share_bps": "share"}
"""Where a place of a plan stands in a row, unless its field has the same name."""


class TierRow(Form):
    """A step of the ladder. It begins where the one before ends."""

    up_to = StringField(_l("Up to deal"))
    pays = SelectField(_lp("tier", "Pays"))
    amount = StringField(_l("Rate or sum"))
    benefit = StringField(_l("Benefit"), [Length(max=60)])

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        required(self.pays, self.amount)
        self.pays.choices = [("rate", _("Percent")), ("sum", _("Yuan a deal"))]

    def tier(self) -> Tier | None:
        """The step that was typed; None, with its fields marked, where it cannot be read."""
        up_to, ranks_read = read(self.up_to, whole, words.EDITOR["rank"])
        by_rate = self.pays.data != "sum"
        said = words.EDITOR["rate" if by_rate else "sum"]
        pay, pay_read = read(self.amount, _percent if by_rate else parse_yuan, said)
        if pay is None and pay_read:
            self.amount.errors = [said]
        if pay is None or not ranks_read:
            return None
        return Tier(up_to, benefit=text_in(self.benefit) or None, **{"rate_bps" if by_rate else "fixed_fen": pay})


class InstalmentRow(Form):
    """A share of the commission, and the milestone at which it falls due."""

    milestone = SelectField(_l("Milestone"))
    share = StringField(_lp("instalment", "Share"))

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        required(self.milestone, self.share)
        self.milestone.choices = [(one, status("deal", one).word) for one in MILESTONES]

    def instalment(self) -> Instalment | None:
        """The instalment that was typed; None, with its field marked, where it cannot be read."""
        share_bps, _was_read = read(self.share, _percent, words.EDITOR["rate"])
        if share_bps is None:
            self.share.errors = [words.EDITOR["rate"]]
            return None
        return Instalment(str(self.milestone.data), share_bps)


class PlanForm(FlaskForm):
    """A plan with the instant from which it holds and a note for who decides. `toml` and `file` fill in the rest."""

    name = StringField(
        _l("Name of the plan"),
        [DataRequired(_l("Enter a name.")), Length(max=LONGEST_NAME)],
    )
    mode = SelectField(_l("Way of counting"))
    window = SelectField(_l("Window"))
    scope = SelectField(_l("Scope"))
    split_counts = SelectField(_l("Split deals count"))
    tiers = FieldList(FormField(TierRow), max_entries=_MOST_ROWS)
    instalments = FieldList(FormField(InstalmentRow), max_entries=len(MILESTONES))
    cap = YuanField(_l("Most that one deal earns"))
    fine = YuanField(_l("Fine for a confirmed fake showing"))
    forfeiture = BooleanField(_l("The deal of a fake showing earns nothing (forfeiture)"))
    effective_from = InstantField(_l("In force from"), [InputRequired(_l("Enter day and time."))])
    note = TextAreaField(_l("Note for who decides"), [Length(max=500)])
    toml = TextAreaField(_l("Plan text"))
    file = FileField(_l("Plan file"), [FileSize(_LARGEST, message=_l("This file is too large for a plan."))])

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        required(self.mode, self.window, self.scope)
        for field, table in (
            (self.mode, words.MODES),
            (self.window, words.WINDOWS),
            (self.scope, words.SCOPES),
            (self.split_counts, words.SPLITS),
        ):
            field.choices = [(choice.value, said) for choice, (said, _why) in table.items()]

    @classmethod
    def of(cls, plan: Plan, effective_from: datetime, note: str = "") -> "PlanForm":
        """The form that shows a plan."""
        return cls(
            formdata=None,
            effective_from=effective_from,
            note=note,
            name=plan.name,
            mode=plan.mode.value,
            window=plan.window.value,
            scope=plan.scope.value,
            split_counts=plan.split_counts.value,
            tiers=[_tier_row(tier) for tier in plan.tiers],
            instalments=[
                {"milestone": part.milestone, "share": hundredths(part.share_bps)} for part in plan.instalments
            ],
            cap=plan.cap_fen,
            fine=plan.fine_fen,
            forfeiture=plan.forfeiture,
        )

    def plan(self) -> Plan | None:
        """The plan that was typed; None where it does not hold, with every fault marked at its field.

        Call it after `validate`: it adds to what that found.
        """
        tiers = [row.form.tier() for row in self.tiers.entries]
        parts = [row.form.instalment() for row in self.instalments.entries]
        if None not in tiers:
            self._mark(tier_faults([tier for tier in tiers if tier]))
        if None not in parts:
            self._mark(instalment_faults([part for part in parts if part]))
        for field in (self.cap, self.fine):
            if field.data is not None and field.data < 1:
                field.errors = [words.EDITOR["sum"]]
        gather_faults(self)
        if self.errors:
            return None
        return Plan(
            name=text_in(self.name),
            tiers=tuple(tier for tier in tiers if tier),
            mode=Mode(self.mode.data),
            window=Window(self.window.data),
            scope=Scope(self.scope.data),
            split_counts=SplitCounts(self.split_counts.data or SplitCounts.FULL),
            instalments=tuple(part for part in parts if part),
            cap_fen=self.cap.data,
            fine_fen=self.fine.data,
            forfeiture=self.forfeiture.data,
        )

    def imported(self) -> str | None:
        """The text to fill the form in from: of the file, if there is one. None when that is no text."""
        if not self.file.data:
            return str(self.toml.data or "")
        try:
            text: str = self.file.data.read().decode("utf-8-sig")
        except UnicodeDecodeError:
            return None
        return text

    def _mark(self, faults: Iterable[Refusal]) -> None:
        for fault in faults:
            match = _PLACE.fullmatch(str(fault.facts["place"]))
            assert match is not None, fault
            rows = self[match[1]].entries
            if not rows:
                self.form_errors.append(words.fault(fault))
                continue
            row = rows[_row_of(fault, match[2])].form
            if fault.code == "plan_tier_overlap":
                row.up_to.errors = [*row.up_to.errors, words.fault(fault)]
                continue
            field = row["share" if match[0] == "instalments" else _FIELDS.get(match[3], match[3])]
            field.errors = [*field.errors, words.fault(fault)]


def _row_of(fault: Refusal, number: str | None) -> int:
    """The row to mark. Where a step follows an open one, it is the open one that has to end."""
    if number is None:
        return -1
    return int(number) - (2 if "reason" in fault.facts else 1)


def _percent(text: str) -> int:
    """Basis points: hundredths of a percent, as fen are hundredths of a yuan."""
    return parse_yuan(text.removesuffix("%").strip())


def _tier_row(tier: Tier) -> Mapping[str, str]:
    by_rate = tier.rate_bps is not None
    return {
        "up_to": "" if tier.up_to is None else str(tier.up_to),
        "pays": "rate" if by_rate else "sum",
        "amount": hundredths(tier.rate_bps if tier.rate_bps is not None else tier.fixed_fen or 0),
        "benefit": tier.benefit or "",
    }
