"""Writing a text, retiring one, and the lists that texts are checked by."""

from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import IntegerField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Regexp

from commissions.refusal import Refusal

from ...rules.care.plan import Channel, Stage, Step
from ...rules.care_texts.text import LONGEST, SAID_BY, Text
from ...rules.not_bought.reasons import Reason
from ..care.words import CHANNELS, STAGES
from ..care_plans.words import title as step_title
from ..edge import show_refusal
from ..forms.fields import InBounds, LineField
from ..lists.arguments import chosen, number_of
from ..words.not_bought import REASONS
from . import words

_EVERYWHERE = _l("All developments")


class TextForm(FlaskForm):
    """A text, or its next version."""

    code = StringField(
        _l("Short name"),
        [
            DataRequired(_l("Enter a short name.")),
            Length(max=40),
            Regexp(r"^[A-Za-z_][A-Za-z0-9_]*$", message=_l("Letters, digits and _, such as virtual_tour.")),
        ],
    )
    use = SelectField(_l("What it is for"))
    stage = SelectField(_l("Stage of the client"))
    channel = SelectField(_l("Channel"))
    development = SelectField(_l("Development"))
    title = LineField(_l("Title"), [Length(max=60)])
    title_en = LineField(_l("Title in English"), [Length(max=60)])
    zh = TextAreaField(_l("In Chinese"), [DataRequired(_l("Write the text.")), Length(max=LONGEST)])
    en = TextAreaField(_l("In English"), [Length(max=LONGEST)])
    note = TextAreaField(_l("Why"), [DataRequired(_l("Say why, so that who decides knows.")), Length(max=500)])

    def choose_from(self, steps: Mapping[str, Step], developments: Iterable[tuple[int, str]]) -> None:
        """Offer the steps of the plans, the reasons, and these developments."""
        uses = [(f"step:{code}", step_title(step)) for code, step in steps.items()]
        uses += [(f"step:{code}", str(said)) for code, said in words.RHYTHMS.items()]
        uses += [(f"reason:{one}", str(REASONS[one])) for one in Reason]
        known = {value for value, _said in uses}
        if self.use.data and self.use.data not in known and self.use.data.startswith("step:"):
            uses.append((self.use.data, self.use.data.removeprefix("step:")))
        self.use.choices = uses
        self.stage.choices = [SelectChoice("", words.COMMON["any_stage"])] + [
            SelectChoice(one.value, said) for one, said in STAGES.items() if one is not Stage.LOST
        ]
        self.channel.choices = [(one.value, CHANNELS[one]) for one in SAID_BY]
        places = (SelectChoice(str(key), name) for key, name in developments)
        self.development.choices = [SelectChoice("", _EVERYWHERE), *places]

    @property
    def development_id(self) -> int | None:
        """The one development, or all."""
        return number_of(self.development.data)

    def text(self) -> Text | None:
        """The text that was typed; None where it could not be sent, with the fault at its field."""
        kind, _colon, name = str(self.use.data or "").partition(":")
        try:
            return Text(
                code=str(self.code.data or "").strip(),
                channel=chosen(Channel, self.channel.data) or Channel.WECHAT,
                zh=_lines(self.zh.data),
                en=_lines(self.en.data),
                step=name if kind == "step" else None,
                reason=chosen(Reason, name) if kind == "reason" else None,
                stage=chosen(Stage, self.stage.data),
                title=self.title.data or "",
                title_en=self.title_en.data or "",
            )
        except Refusal as refusal:
            show_refusal(self, refusal)
            return None

    @classmethod
    def of(cls, text: Text, development_id: int | None) -> "TextForm":
        """The form that shows a text."""
        return cls(
            formdata=None,
            code=text.code,
            use=f"step:{text.step}" if text.step is not None else f"reason:{text.reason}",
            stage="" if text.stage is None else text.stage.value,
            channel=text.channel.value,
            development="" if development_id is None else str(development_id),
            title=text.title,
            title_en=text.title_en,
            zh=text.zh,
            en=text.en,
        )


class RetireForm(FlaskForm):
    """Using a text no more."""

    reason = TextAreaField(_l("Why is it used no more?"), [DataRequired(_l("Say why.")), Length(max=500)])


class WordsForm(FlaskForm):
    """Words about competitors that warn."""

    words = TextAreaField(_l("Words, one a line"), [Length(max=10_000)])


class LinkForm(FlaskForm):
    """Where the link of a development's texts leads."""

    development = SelectField(_l("Development"))
    address = StringField(_l("Address"), [Length(max=300)])

    def choose_from(self, developments: Iterable[tuple[int, str]]) -> None:
        """Offer these developments."""
        self.development.choices = [(str(key), name) for key, name in developments]


def _share(reason: Reason) -> IntegerField:
    return IntegerField(REASONS[reason], [InputRequired(_l("Enter a number.")), InBounds(0, 100)], default=0)


class SharesForm(FlaskForm):
    """The handbook's share of each reason, in percent."""

    price = _share(Reason.PRICE)
    competitor = _share(Reason.COMPETITOR)
    hesitation = _share(Reason.HESITATION)
    needs = _share(Reason.NEEDS)
    other = _share(Reason.OTHER)


def _lines(typed: Any) -> str:
    return str(typed or "").replace("\r\n", "\n").strip()
