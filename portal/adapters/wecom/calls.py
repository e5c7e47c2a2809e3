"""Where 企业微信 is asked, and how what it answers is written down.

Its `errcode`s stand at developer.work.weixin.qq.com/document/path/90313; each is handled where it may come.
"""

from __future__ import annotations

HOST = "https://qyapi.weixin.qq.com"
TOO_MANY = 45009


def code_of(errcode: int) -> str:
    """What is written down of an `errcode`."""
    return f"wecom_{errcode}"
