"""WeChat's official account (公众号): what lets a shared link of ours show a card, and notices to who follows it."""

from __future__ import annotations

from pathlib import Path

from ...clock import Clock
from ...config import Config
from ..apps import AppCarrier
from .account import OfficialAccount, WeChat
from .local import LocalWeChat
from .local_notices import LocalNotices
from .notices import WeChatNotices, read_templates


def load_wechat(config: Config) -> WeChat | None:
    """Who hands out tickets by these settings; None where links show no card."""
    if config.wechat_by == "official":
        return OfficialAccount(config.wechat_app_id, config.wechat_app_secret, config.wechat_endpoint.rstrip("/"))
    return LocalWeChat(config.data_dir / "wechat") if config.wechat_by == "local" else None


def load_wechat_notices(config: Config, clock: Clock) -> AppCarrier | None:
    """Who carries notices to followers by these settings; None where none go out. Raises ConfigError."""
    if not config.wechat_notices:
        return None
    if config.wechat_by == "local":
        return LocalNotices(config.data_dir / "wechat", clock).carrier
    endpoint = config.wechat_endpoint.rstrip("/")
    account = OfficialAccount(config.wechat_app_id, config.wechat_app_secret, endpoint)
    return WeChatNotices(account, read_templates(Path(config.wechat_templates)), endpoint)
