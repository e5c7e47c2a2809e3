"""The inbox of the stand-in that delivers no texts. Where a provider sends them there is no such page."""

from flask import Blueprint, abort, render_template, url_for
from flask_babel import gettext as _

from ...adapters.sms.local import Delivered, LocalSms
from ...models import TextKind
from ...services.contacts import Phone
from ..edge import config, sms
from ..guard import public
from ..language import choose

bp = Blueprint("inbox", __name__)


@bp.get("/dev/inbox")
@public
def index():
    """What came, the newest first."""
    sender = sms()
    if not isinstance(sender, LocalSms):
        abort(404)
    texts = [(Phone(text.phone).masked, text.at, *_worded(text)) for text in sender.inbox()]
    return render_template("inbox/index.html", texts=texts)


def _worded(text: Delivered) -> tuple[str, str | None]:
    """The text as the provider's template has it, and the link in it."""
    if text.template == TextKind.ARRIVAL_CODE:
        return _(
            "[%(brand)s] Code %(code)s, good for 10 minutes. Read it to the broker who is with you at %(development)s. "
            "Not there? Tell it to nobody.",
            brand=_brand(),
            **text.params,
        ), None
    link = config().base_url.rstrip("/") + url_for("withdrawals.show", token=text.params["token"])
    return _(
        "[%(brand)s] You agreed to a face comparison at your visit. "
        "See what is stored, and withdraw at any time: %(link)s",
        brand=_brand(),
        link=link,
    ), link


def _brand() -> str:
    return config().brand_name_zh if choose() == "zh_Hans_CN" else config().brand_name
