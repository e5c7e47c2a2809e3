"""Places where a link or a poster was put, in words."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext as _lp

from ...models import Campaign

CAMPAIGNS: Mapping[str, Any] = {
    Campaign.WECHAT: _l("WeChat chat"),
    Campaign.MOMENTS: _l("WeChat Moments"),
    Campaign.QQ: _l("QQ"),
    Campaign.WEIBO: _l("Weibo"),
    Campaign.REDNOTE: _l("Rednote"),
    Campaign.DOUYIN: _l("Douyin"),
    Campaign.WHATSAPP: _l("WhatsApp"),
    Campaign.SMS: _l("Text message"),
    Campaign.EMAIL: _l("E-mail"),
    Campaign.PRINT: _l("Printed poster"),
    Campaign.STAND: _lp("campaign", "Stand"),
    Campaign.EVENT: _lp("campaign", "Event"),
    Campaign.OFFICE: _lp("campaign", "Office"),
    Campaign.OTHER: _l("Another place"),
}


def campaign_word(campaign: str) -> str:
    """The place in words; for the empty one, that none was named."""
    return str(CAMPAIGNS.get(campaign) or _l("No place named"))
