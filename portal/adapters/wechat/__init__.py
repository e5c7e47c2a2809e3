"""WeChat's official account (公众号): what lets a shared link of ours show a card, and nothing else of it."""

from __future__ import annotations

from ...config import Config
from .account import OfficialAccount, WeChat
from .local import LocalWeChat


def load_wechat(config: Config) -> WeChat | None:
    """Who hands out tickets by these settings; None where links show no card."""
    if config.wechat_by == "official":
        return OfficialAccount(config.wechat_app_id, config.wechat_app_secret, config.wechat_endpoint.rstrip("/"))
    return LocalWeChat(config.data_dir / "wechat") if config.wechat_by == "local" else None
