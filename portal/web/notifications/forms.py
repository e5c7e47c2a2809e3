"""Forms of the inbox's settings: which topics come by which way, the digest, the mail address."""

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectChoice, SelectField, SelectMultipleField, StringField
from wtforms.validators import InputRequired, Length

from ...models import DigestEvery

DIGESTS: dict[DigestEvery, Any] = {
    DigestEvery.NEVER: _l("No digest"),
    DigestEvery.DAY: _l("Every day"),
    DigestEvery.WEEK: _l("Every Monday"),
}


class ChoicesForm(FlaskForm):
    """By which ways topics come, `topic.channel` each that is wanted; and the digest."""

    wanted = SelectMultipleField(_l("By which way"))
    digest = SelectField(_l("Digest by mail"), choices=[SelectChoice(one.value, word) for one, word in DIGESTS.items()])
    digest_hour = SelectField(
        _l("At what time"), coerce=int, choices=[SelectChoice(hour, f"{hour:02d}:00") for hour in range(6, 23)]
    )


class AddressForm(FlaskForm):
    """Where mails go; empty: nowhere any more."""

    address = StringField(
        _l("Mail address"),
        [InputRequired(_l("Please fill this in.")), Length(max=200)],
        filters=[lambda text: (text or "").strip()],
    )
