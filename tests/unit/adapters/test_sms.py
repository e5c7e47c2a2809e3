"""Delivering texts: the signature that Alibaba Cloud publishes, its service's answers, and the stand-in."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from portal.adapters.delivery import DeliveryFailed, may_have_gone
from portal.adapters.sms.aliyun import Account, AliyunSms, authorization, canonical_query
from portal.adapters.sms.inbound import Report, answers_in, reports_in
from portal.adapters.sms.local import LocalSms
from portal.adapters.sms.sender import Sms

NOW = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
PHONE = "+8613800138000"
PARAMS = {"code": "012345", "development": "云栖 1 号院 & 湖"}

PUBLISHED = "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
"""The signature in Alibaba Cloud's documentation of V3 signing, for the request that stands there."""


class Service(HTTPServer):
    """A small SendSms: it checks the signature and answers what the test wants."""

    answer: Any
    status: int = 200
    silent: bool = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[dict[str, str]] = []
        self.answer = {"Code": "OK", "Message": "OK", "BizId": "134523^4351232", "RequestId": "0A97"}


class Handler(BaseHTTPRequestHandler):
    server: Service

    def do_POST(self) -> None:
        query = urlsplit(self.path).query
        signed = {name.lower(): value for name, value in self.headers.items() if name.lower().startswith("x-acs-")}
        signed["host"] = self.headers["Host"]
        if self.server.silent:
            return
        self.server.asked.append({name: values[0] for name, values in parse_qs(query).items()} | signed)
        if self.headers["Authorization"] == authorization("id", "secret", query, signed):
            self._answer(self.server.status, self.server.answer)
        else:
            self._answer(400, {"Code": "SignatureDoesNotMatch", "Message": "…"})

    def _answer(self, status: int, answer: Any) -> None:
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, *_words: object) -> None:
        """Tests say what went wrong."""


@pytest.fixture
def service() -> Iterator[Service]:
    with Service() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def aliyun(endpoint: str, secret: str = "secret") -> Sms:
    account = Account("id", secret, "桥园置业", {"arrival_code": "SMS_123"}, endpoint)
    return AliyunSms(account, lambda: NOW)


def test_the_signature_is_the_published_one() -> None:
    query = canonical_query(
        {"RegionId": "cn-shanghai", "ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd"}
    )
    headers = {
        "host": "ecs.cn-shanghai.aliyuncs.com",
        "x-acs-action": "RunInstances",
        "x-acs-content-sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "x-acs-date": "2023-10-26T10:22:32Z",
        "x-acs-signature-nonce": "3156853299f313e23d1673dc12e1703d",
        "x-acs-version": "2014-05-26",
    }
    signed = "host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version"
    assert authorization("YourAccessKeyId", "YourAccessKeySecret", query, headers) == (
        f"ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders={signed},Signature={PUBLISHED}"
    )


def test_a_text_is_handed_over_signed(service: Service) -> None:
    sender = aliyun(f"http://127.0.0.1:{service.server_port}")
    assert sender.send(PHONE, "arrival_code", PARAMS, key="arrival-code-7") == "134523^4351232"
    sender.send(PHONE, "arrival_code", PARAMS, key="arrival-code-7")
    first, second = service.asked
    assert {name: first[name] for name in ("PhoneNumbers", "SignName", "TemplateCode", "OutId")} == {
        "PhoneNumbers": "13800138000",
        "SignName": "桥园置业",
        "TemplateCode": "SMS_123",
        "OutId": "arrival-code-7",
    }
    assert (first["x-acs-action"], first["x-acs-version"]) == ("SendSms", "2017-05-25")
    assert first["x-acs-date"] == "2026-03-10T02:00:00Z"
    assert json.loads(first["TemplateParam"]) == PARAMS
    assert first["x-acs-signature-nonce"] != second["x-acs-signature-nonce"]


@pytest.mark.parametrize(
    ("code", "status", "for_good", "carrier"),
    [
        ("isv.MOBILE_NUMBER_ILLEGAL", 200, True, False),
        ("isv.BUSINESS_LIMIT_CONTROL", 200, False, False),
        ("InvalidAccessKeyId.NotFound", 404, True, False),
        ("isp.SYSTEM_ERROR", 503, False, True),
        ("isv.AMOUNT_NOT_ENOUGH", 200, False, True),
        ("Throttling.User", 400, False, True),
    ],
)
def test_what_is_worth_another_try(service: Service, code: str, status: int, for_good: bool, carrier: bool) -> None:
    service.answer, service.status = {"Code": code, "Message": "…"}, status
    with pytest.raises(DeliveryFailed) as caught:
        aliyun(f"http://127.0.0.1:{service.server_port}").send(PHONE, "arrival_code", PARAMS, key="k")
    assert (caught.value.code, caught.value.for_good, caught.value.carrier) == (code, for_good, carrier)
    assert not may_have_gone(caught.value.code)


@pytest.mark.parametrize(
    ("answer", "silent", "code"),
    [({}, True, "no_answer"), ({"Message": "…"}, False, "not_understood"), (["…"], False, "not_understood")],
)
def test_a_text_without_a_clear_answer_may_have_gone(service: Service, answer: Any, silent: bool, code: str) -> None:
    service.answer, service.silent = answer, silent
    with pytest.raises(DeliveryFailed) as caught:
        aliyun(f"http://127.0.0.1:{service.server_port}").send(PHONE, "arrival_code", PARAMS, key="k")
    assert (caught.value.code, caught.value.carrier) == (code, True)
    assert may_have_gone(code)


def listed(*keys: str, whole: int | None = None) -> dict[str, Any]:
    """What QuerySendDetails answers: the texts to a phone on a day."""
    texts = [{"OutId": key, "PhoneNum": "13800138000", "SendStatus": 3} for key in keys]
    total = len(keys) if whole is None else whole
    return {"Code": "OK", "TotalCount": str(total), "SmsSendDetailDTOs": {"SmsSendDetailDTO": texts}}


@pytest.mark.parametrize(("found", "expected"), [(["b"], False), (["b", "k"], True), ([], False)])
def test_it_is_asked_whether_it_has_a_text(service: Service, found: list[str], expected: bool) -> None:
    service.answer = listed(*found)
    sender = aliyun(f"http://127.0.0.1:{service.server_port}")
    assert sender.has(PHONE, key="k", since=NOW - timedelta(hours=12)) is expected
    days = [asked["SendDate"] for asked in service.asked]
    assert days == (["20260309"] if expected else ["20260309", "20260310"]), "days as the service counts them"
    assert {(asked["x-acs-action"], asked["PhoneNumber"]) for asked in service.asked} == {
        ("QuerySendDetails", "13800138000")
    }


@pytest.mark.parametrize("answer", [listed("b", whole=2), {"Code": "Forbidden.RAM"}], ids=["in part", "not allowed"])
def test_a_list_that_is_not_whole_says_nothing(service: Service, answer: Any) -> None:
    service.answer = answer
    with pytest.raises(DeliveryFailed) as caught:
        aliyun(f"http://127.0.0.1:{service.server_port}").has(PHONE, key="k", since=NOW)
    assert may_have_gone(caught.value.while_asking().code)


REPORTS = {
    "arrived": ({"SendStatus": 3, "ErrCode": "DELIVERED"}, Report("k", None)),
    "failed": ({"SendStatus": 2, "ErrCode": "MOBILE_NOT_ON_SERVICE"}, Report("k", "MOBILE_NOT_ON_SERVICE")),
    "failed without a word": ({"SendStatus": 2}, Report("k", "UNKNOWN")),
    "still open": ({"SendStatus": 1}, None),
    "a status that nobody knows": ({"SendStatus": "9"}, None),
    "another text": ({"SendStatus": 3, "OutId": "b"}, None),
}


@pytest.mark.parametrize(("said", "expected"), REPORTS.values(), ids=REPORTS)
def test_it_is_asked_what_became_of_a_text(service: Service, said: dict[str, Any], expected: Report | None) -> None:
    service.answer = listed("k")
    service.answer["SmsSendDetailDTOs"]["SmsSendDetailDTO"][0].update(said)
    midnight = datetime(
        2026, 3, 9, 16, 0, 30, tzinfo=UTC
    )  # of a Shanghai day: handed over on the day before it, perhaps
    sender = aliyun(f"http://127.0.0.1:{service.server_port}")
    assert sender.report(PHONE, key="k", number="134523^4351232", sent_at=midnight) == expected
    days = [asked["SendDate"] for asked in service.asked]
    assert days == (["20260309"] if expected else ["20260309", "20260310"])
    assert {asked["BizId"] for asked in service.asked} == {"134523^4351232"}


def test_another_key_is_refused(service: Service) -> None:
    with pytest.raises(DeliveryFailed, match="SignatureDoesNotMatch"):
        aliyun(f"http://127.0.0.1:{service.server_port}", secret="another").send(PHONE, "arrival_code", {}, key="k")


def test_nobody_answers() -> None:
    with pytest.raises(DeliveryFailed) as caught:
        aliyun("http://127.0.0.1:9").send(PHONE, "arrival_code", PARAMS, key="k")
    assert (caught.value.code, caught.value.for_good, caught.value.carrier) == ("unreachable", False, True)


def test_the_stand_in_keeps_a_repeated_text_once(tmp_path: Path) -> None:
    sender = LocalSms(tmp_path / "texts")
    assert sender.inbox() == []
    for key in ("a", "a", "b"):
        sender.send(PHONE, "arrival_code", PARAMS, key=key)
    assert [(text.phone, text.params) for text in sender.inbox()] == [(PHONE, PARAMS)] * 2


def test_a_push_that_is_nested_without_end_is_none() -> None:
    with pytest.raises(ValueError, match="nested"):
        answers_in(b"[" * 100_000)


REPORTED = {
    "there": ({"success": True, "err_code": "DELIVERED", "out_id": "notice-sms-3-9"}, Report("notice-sms-3-9", None)),
    "not there": (
        {"success": False, "err_code": "MOBILE_NOT_ON_SERVICE", "out_id": "k1", "phone_number": "13800138000"},
        Report("k1", "MOBILE_NOT_ON_SERVICE"),
    ),
    "nobody says why": ({"success": False, "out_id": "k1"}, Report("k1", "UNKNOWN")),
    "a word that is too long": ({"success": False, "err_code": "X" * 99, "out_id": "k1"}, Report("k1", "X" * 40)),
    "not by us": ({"success": True}, Report("", None)),
}


@pytest.mark.parametrize(("one", "report"), REPORTED.values(), ids=REPORTED)
def test_a_report_says_whether_a_text_reached_its_phone(one: dict[str, object], report: Report) -> None:
    assert reports_in(json.dumps([one]).encode()) == [report]


@pytest.mark.parametrize("body", [b"", b"{}", b"[1]", b'[{"success": "yes"}]', b'[{"out_id": "k1"}]', b"[" * 100_000])
def test_what_is_no_report_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        reports_in(body)
