"""Robots by the documented call, the stand-in that refuses what the real one refuses, and what is kept out of logs."""

import logging
import traceback
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from portal.adapters.delivery import NO_ANSWER, NOT_UNDERSTOOD, UNREACHABLE, DeliveryFailed, may_have_gone
from portal.adapters.wecom.local import LocalWecom
from portal.adapters.wecom.robot import ROBOT_IS_GONE, GroupRobots
from portal.logs import init_logs
from tests.clock import MovableClock

KEY = "73febdcb-1b38-4d1b-a994-790f21fc8d30"
NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)


def answering(answer: httpx.Response | Exception, asked: list[httpx.Request] | None = None) -> GroupRobots:
    def handle(request: httpx.Request) -> httpx.Response:
        if asked is not None:
            asked.append(request)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return GroupRobots(httpx.MockTransport(handle))


def test_a_message_is_one_documented_call() -> None:
    asked: list[httpx.Request] = []
    answering(httpx.Response(200, json={"errcode": 0, "errmsg": "ok"}), asked).send(KEY, "**你好**")
    assert (asked[0].method, str(asked[0].url)) == (
        "POST",
        f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={KEY}",
    )
    assert httpx.Response(200, content=asked[0].content).json() == {
        "msgtype": "markdown",
        "markdown": {"content": "**你好**"},
    }


REFUSALS = {
    "too many a minute: later, and no other robot waits": ({"errcode": 45009}, ("wecom_45009", False, False)),
    "taken out of its group: for good": ({"errcode": 93000}, ("wecom_93000", True, False)),
    "busy: all wait": ({"errcode": -1}, ("wecom_-1", False, True)),
    "what would be refused again is not sent again": ({"errcode": 40058}, ("wecom_40058", True, False)),
    "an answer without a code": ({"ok": True}, ("wecom_-1", False, True)),
}


@pytest.mark.parametrize(("said", "expected"), REFUSALS.values(), ids=REFUSALS)
def test_what_wecom_says_decides_whether_it_is_tried_again(
    said: dict[str, object], expected: tuple[str, bool, bool]
) -> None:
    with pytest.raises(DeliveryFailed) as failed:
        answering(httpx.Response(200, json=said)).send(KEY, "x")
    assert (failed.value.code, failed.value.for_good, failed.value.carrier) == expected
    assert (expected[0] in ROBOT_IS_GONE) == (expected[0] == "wecom_93000")


OUTAGES: dict[str, tuple[httpx.Response | Exception, str]] = {
    "nobody there": (httpx.ConnectError(f"https://qyapi.weixin.qq.com/?key={KEY}"), UNREACHABLE),
    "no answer": (httpx.ReadTimeout("slow"), NO_ANSWER),
    "a proxy's page": (httpx.Response(502, text="<html>"), NOT_UNDERSTOOD),
    "too much": (httpx.Response(200, content=b'{"errcode": 0, "x": "' + b"x" * 30_000 + b'"}'), NOT_UNDERSTOOD),
    "nested without end": (httpx.Response(200, content=b"[" * 5000), NOT_UNDERSTOOD),
}


@pytest.mark.parametrize(("answer", "code"), OUTAGES.values(), ids=OUTAGES)
def test_an_outage_is_the_carriers_and_never_tells_the_key(answer: httpx.Response | Exception, code: str) -> None:
    with pytest.raises(DeliveryFailed) as failed:
        answering(answer).send(KEY, "x")
    assert (failed.value.code, failed.value.carrier, failed.value.for_good) == (code, True, False)
    assert may_have_gone(code) == (code != UNREACHABLE)
    assert KEY not in "".join(traceback.format_exception(failed.value))


def test_no_log_holds_a_robots_key(caplog: pytest.LogCaptureFixture) -> None:
    """httpx writes down each address that it asks."""
    init_logs("INFO")
    with caplog.at_level(logging.INFO):
        answering(httpx.Response(200, json={"errcode": 0})).send(KEY, "x")
    assert KEY not in caplog.text


def test_the_stand_in_refuses_what_wecom_refuses(tmp_path: Path) -> None:
    clock = MovableClock(NOON)
    wecom = LocalWecom(tmp_path, clock)
    key = wecom.let_in("案场群").key

    def refused(key: str, text: str) -> str:
        with pytest.raises(DeliveryFailed) as failed:
            wecom.robots.send(key, text)
        return failed.value.code

    assert refused(KEY, "x") == "wecom_93000"
    assert refused(key, "") == "wecom_44004"
    assert refused(key, "好" * 1366) == "wecom_40058"
    wecom.robots.send(key, "好" * 1365)
    for _ in range(19):
        wecom.robots.send(key, "x")
    assert refused(key, "x") == "wecom_45009"
    clock.move(seconds=61)
    wecom.robots.send(key, "y")
    assert [one.text for one in wecom.said(key)][-1] == "y"
    wecom.go_away(away=True)
    assert refused(key, "z") == UNREACHABLE
    wecom.go_away(away=False)
    wecom.take_out(key)
    assert refused(key, "z") == "wecom_93000"
