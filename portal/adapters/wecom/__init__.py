"""企业微信 (WeCom): the robots of its groups, and the company's app, which reaches its members one by one."""

from __future__ import annotations

from ...clock import Clock
from ...config import Config
from ..apps import AppCarrier
from .app import WeComApp
from .local import LocalWecom
from .robot import GroupRobots, Robots


def load_robots(config: Config, clock: Clock) -> Robots | None:
    """Who carries messages to groups by these settings; None where none go out."""
    if config.wecom_by == "wecom":
        return GroupRobots()
    return LocalWecom(config.data_dir / "wecom", clock).robots if config.wecom_by == "local" else None


def load_wecom_app(config: Config, clock: Clock) -> AppCarrier | None:
    """Who carries messages to members by these settings; None where none go out."""
    if not config.wecom_app:
        return None
    if config.wecom_by == "local":
        return LocalWecom(config.data_dir / "wecom", clock).app.carrier
    return WeComApp(config.wecom_corp_id, config.wecom_agent_id, config.wecom_app_secret)
