"""Texts as the provider's approved templates have them, for the inbox of the stand-in that delivers nothing."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from ...adapters.sms.local import Delivered
from ...models import TextKind
from ..edge import config
from ..language import choose
from ..links import address_of

Params = Mapping[str, str]


def worded(text: Delivered) -> tuple[str, str | None]:
    """The text, and the link in it."""
    brand = config().brand_name_zh if choose() == "zh_Hans_CN" else config().brand_name
    return _WORDS[TextKind(text.template)](text.params, brand)


def _arrival_code(params: Params, brand: str) -> tuple[str, str | None]:
    return _(
        "[%(brand)s] Code %(code)s, good for 10 minutes. Read it to the broker who is with you at %(development)s. "
        "Not there? Tell it to nobody.",
        brand=brand,
        **params,
    ), None


def _account_link(params: Params, brand: str) -> tuple[str, str | None]:
    link = address_of(params["token"])
    return _(
        "[%(brand)s] Choose the password of your account by this link, once and within 7 days: %(link)s Give it to "
        "nobody. You did not ask for it? Tell us.",
        brand=brand,
        link=link,
    ), link


def _bank_change(params: Params, brand: str) -> tuple[str, str | None]:
    link = _address("bank_details.mine")
    return _(
        "[%(brand)s] Since %(day)s you are paid to another account, which ends in %(last_four)s. Not yours? Object "
        "here, and nothing is paid: %(link)s",
        brand=brand,
        link=link,
        **params,
    ), link


def _phone_change(params: Params, brand: str) -> tuple[str, str | None]:
    return _(
        "[%(brand)s] Since %(day)s your account is signed in by another phone number. You do not know of it? Tell "
        "an administrator at once.",
        brand=brand,
        **params,
    ), None


def _phone_code(params: Params, brand: str) -> tuple[str, str | None]:
    return _(
        "[%(brand)s] Code %(code)s for %(development)s, good for 10 minutes. Type it on the page where you asked "
        "for it. Nobody of ours asks you for it.",
        brand=brand,
        **params,
    ), None


def _invitation(params: Params, brand: str) -> tuple[str, str | None]:
    link = _address("invited.show", token=params["token"])
    return _(
        "[%(brand)s] %(inviter)s of %(development)s invites you to refer friends, with a reward for each who buys. "
        "See it, say yes or no: %(link)s Answer T and we text no more.",
        brand=brand,
        link=link,
        inviter=params["inviter"],
        development=params["development"],
    ), link


def _gift(params: Params, brand: str) -> tuple[str, str | None]:
    return _(
        "[%(brand)s] %(gift)s waits for you at %(development)s: show the code %(code)s at reception until %(until)s. "
        "Answer T and we text no more.",
        brand=brand,
        **params,
    ), None


def _withdrawal(params: Params, brand: str) -> tuple[str, str | None]:
    link = _address("withdrawals.show", token=params["token"])
    return _(
        "[%(brand)s] You agreed to a face comparison at your visit. "
        "See what is stored, and withdraw at any time: %(link)s",
        brand=brand,
        link=link,
    ), link


def _erasure(params: Params, brand: str) -> tuple[str, str | None]:
    link = _address("erasure_page.result", key=params["token"])
    return _(
        "[%(brand)s] Your request to erase your data was answered. Read here what was done, what stays, and why: "
        "%(link)s",
        brand=brand,
        link=link,
    ), link


def _slot_pass(params: Params, brand: str) -> tuple[str, str | None]:
    link = _address("slot_passes.show", key=params["token"])
    return _(
        "[%(brand)s] Your visit to %(development)s: %(when)s. Show this pass at the gate: %(link)s Answer T and we "
        "text no more.",
        brand=brand,
        development=params["development"],
        when=params["when"],
        link=link,
    ), link


def _slot_off(params: Params, brand: str) -> tuple[str, str | None]:
    return _(
        "[%(brand)s] Your visit to %(development)s at %(when)s was called off; the pass for it is void. For another "
        "time ask your broker. Answer T and we text no more.",
        brand=brand,
        development=params["development"],
        when=params["when"],
    ), None


def _survey(params: Params, brand: str) -> tuple[str, str | None]:
    link = _address("owner_pages.survey", key=params["token"])
    return _(
        "[%(brand)s] You live at %(development)s: are you content? Three marks, one minute: %(link)s Answer T and we "
        "text no more.",
        brand=brand,
        development=params["development"],
        link=link,
    ), link


def _complaint(params: Params, brand: str) -> tuple[str, str | None]:
    link = _address("owner_pages.complaint", key=params["token"])
    return _(
        "[%(brand)s] There is news of your complaint at %(development)s. Read it, and tell us whether it is settled: "
        "%(link)s",
        brand=brand,
        development=params["development"],
        link=link,
    ), link


def _gathering(params: Params, brand: str) -> tuple[str, str | None]:
    link = _address("guest_cards.show", key=params["token"])
    return _(
        "[%(brand)s] %(title)s at %(development)s: your card, and whether you come: %(link)s Answer T and we text no "
        "more.",
        brand=brand,
        title=params["title"],
        development=params["development"],
        link=link,
    ), link


def _client_link(params: Params, brand: str) -> tuple[str, str | None]:
    link = _address("client_links.show", token=params["token"])
    return _(
        "[%(brand)s] About your home at %(development)s: read here how things stand, and confirm what was promised: "
        "%(link)s Answer T and we text no more.",
        brand=brand,
        development=params["development"],
        link=link,
    ), link


def notice_text(params: Params, brand: str) -> tuple[str, str | None]:
    """What a text of a notice says."""
    link, more = _address("notifications.index"), int(params["count"]) - 1
    if more:
        return _(
            "[%(brand)s] %(what)s, and %(more)d more. See your notices: %(link)s",
            brand=brand,
            what=params["what"],
            more=more,
            link=link,
        ), None
    return _("[%(brand)s] %(what)s. See your notices: %(link)s", brand=brand, what=params["what"], link=link), None


def _address(endpoint: str, **values: Any) -> str:
    return config().base_url.rstrip("/") + url_for(endpoint, **values)


def _care(params: Params, brand: str) -> tuple[str, str | None]:
    return f"【{brand}】{params['text']}", None


_WORDS: Mapping[TextKind, Callable[[Params, str], tuple[str, str | None]]] = {
    TextKind.ARRIVAL_CODE: _arrival_code,
    TextKind.FACE_WITHDRAWAL: _withdrawal,
    TextKind.ACCOUNT_LINK: _account_link,
    TextKind.BANK_CHANGE: _bank_change,
    TextKind.PHONE_CHANGE: _phone_change,
    TextKind.PHONE_CODE: _phone_code,
    TextKind.INVITATION: _invitation,
    TextKind.GIFT: _gift,
    TextKind.NOTICE: notice_text,
    TextKind.ERASURE: _erasure,
    TextKind.SLOT_PASS: _slot_pass,
    TextKind.SLOT_OFF: _slot_off,
    TextKind.CLIENT_LINK: _client_link,
    TextKind.SURVEY: _survey,
    TextKind.COMPLAINT: _complaint,
    TextKind.GATHERING: _gathering,
    TextKind.CARE: _care,
}
