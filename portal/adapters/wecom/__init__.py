"""企业微信 (WeCom): the robots of its groups."""

from __future__ import annotations

from ...clock import Clock
from ...config import Config
from .local import LocalWecom
from .robot import GroupRobots, Robots


def load_robots(config: Config, clock: Clock) -> Robots | None:
    """Who carries messages to groups by these settings; None where none go out."""
    if config.wecom_by == "wecom":
        return GroupRobots()
    return LocalWecom(config.data_dir / "wecom", clock).robots if config.wecom_by == "local" else None
